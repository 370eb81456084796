"""A session that attacks its reader: what an agent wrote is shown, and never obeyed."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from store import Store
from tests.end_to_end.hostile import hostile_rubric
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import ATTACKS

_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)

STEPS = range(1, len(ATTACKS) + 3)


@pytest.fixture
def hostile_id(store: Store) -> str:
    store.use_rubric(replace(sessions.rubric("all"), hide=frozenset()))
    return sessions.add(store, sessions.hostile())


async def _check(desk: Desk, size: tuple[int, int]) -> None:
    """Neither the place's own rows nor what leaves the app hold anything that a terminal obeys."""
    assert not _OBEYED.findall(desk.text.replace("\n", ""))
    painted = await desk.look()
    assert not _OBEYED.findall("".join(painted))
    assert [row.rstrip() for row in painted] == desk.rows, "the last filter had nothing left to do"
    assert [cell_len(row) for row in painted] == [size[0]] * size[1]
    for strip in desk.strips:
        assert not [
            segment for segment in strip if segment.style and (segment.style.link or segment.style.meta.get("@click"))
        ]


@pytest.mark.parametrize(("size", "ascii_only"), [((80, 24), False), ((200, 50), False), ((120, 40), True)], ids=str)
@pytest.mark.parametrize("step", STEPS)
async def test_every_way_of_looking_at_a_step(
    store: Store, hostile_id: str, step: int, size: tuple[int, int], ascii_only: bool
) -> None:
    async with sit_down(store, hostile_id, size=size, ascii_only=ascii_only) as desk:
        await desk.press("g", *str(step), "enter")
        await _check(desk, size)
        for keys in (("t",), ("o",), ("r",), ("space", "J"), ("o",), ("l",), ("m",), ("m",), ("f",), ("e",)):
            await desk.press(*keys)
            await _check(desk, size)
            await desk.press("escape")
            assert desk.app.is_running
        assert desk.text.isascii() or not ascii_only


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
@pytest.mark.parametrize("number", range(len(ATTACKS)))
async def test_an_attack_in_what_a_person_says(store: Store, hostile_id: str, number: int, ascii_only: bool) -> None:
    """It may be pasted from the output, and shown wherever what was said is."""
    attack = ATTACKS[number]
    async with sit_down(store, hostile_id, ascii_only=ascii_only) as desk:
        await desk.press("g", *str(number + 1), "enter", "s")
        await _check(desk, (80, 24))
        await desk.paste(attack)
        await _check(desk, (80, 24))
        await desk.press("tab")
        await desk.paste(attack)
        await desk.press("x", "ctrl+s", "c")
        await desk.paste(attack)
        await desk.press("x", "ctrl+s", "m", "b", "1", "x")
        await desk.paste(attack)
        await _check(desk, (80, 24))
        await desk.press("enter", "x")
        await _check(desk, (80, 24))
        await desk.press("1")
        await _check(desk, (80, 24))
        await desk.press("escape", "/")
        await desk.paste(attack.replace("\n", " "))
        await desk.press("enter")
        await _check(desk, (80, 24))
        await desk.press("g")
        await desk.paste(attack)
        await desk.press("enter")
        await _check(desk, (80, 24))
        await desk.press("v", "1", "1", "1")
        await desk.paste(attack)
        await desk.press("enter")
        await _check(desk, (80, 24))


@pytest.mark.parametrize("ascii_only", [False, True], ids=["unicode", "ascii"])
async def test_task_titles_and_names(store: Store, hostile_id: str, ascii_only: bool) -> None:
    async with sit_down(store, ascii_only=ascii_only) as desk:
        await _check(desk, (80, 24))
        assert "hostile" in desk.text
        await desk.press("/")
        await desk.paste("".join(ATTACKS))
        await _check(desk, (80, 24))
        await desk.press("enter")
        await _check(desk, (80, 24))
        await desk.press("/", "ctrl+u", "enter", "i")
        await desk.paste("/tmp/" + "".join(ATTACKS))
        await desk.press("enter")
        await _check(desk, (80, 24))
        await desk.press("enter")
        assert "Do this:" in desk.text
        await _check(desk, (80, 24))


async def test_a_rubric_is_somebodys_text_too(store: Store, hostile_id: str) -> None:
    store.use_rubric(hostile_rubric("\x1b]0;owned\x07\u202e\u200b[/foo] ${x}"))
    async with sit_down(store, hostile_id) as desk:
        for keys in (("m",), ("b",), ("3",), ("escape", "v"), ("escape", "i"), ("space", "space")):
            await desk.press(*keys)
            await _check(desk, (80, 24))


async def test_what_is_hidden_in_a_command_is_shown(store: Store, hostile_id: str) -> None:
    async with sit_down(store, hostile_id) as desk:
        assert "echo ␛]52;c;cHduZWQ=␇" in desk.text
        await desk.press("g", "8", "enter")
        assert "<U+202E>gnp.exe" in desk.text
