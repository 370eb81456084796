"""Keys typed ahead over a slow line meet the state that they were typed for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.annotation import Suggestion, dump_value
from reviewer.trajectory import Trajectory
from store import Store
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down

_BURST = [
    *("1", "j", "-", "m", "b", "3", "3", *"the disk was full", "enter"),
    *("s", "ctrl+u", *"du -sh ~ | sort -h", "tab", *"1 look first; j k q u v x", "ctrl+s"),
    *("j", "j", "0", "c", *"quick: 1 0 - . m b 3", "enter", *"second line", "ctrl+s"),
    *("g", *"12", "enter", ".", "d", "m", "m", "enter", "d", "/", *"curl", "enter", "1", "u", "ctrl+r"),
    *("x", "1", "escape", "v", "2", "1", "1", *"done", "enter", "q", "p", "p", "T", "q", "i", "j", "q"),
]


def _state(desk: Desk) -> list[Any]:
    """What was said, without the random names of slots."""
    return [
        (entry.step, entry.kind, dump_value(entry.value) | {"mistake": None})
        for entry in desk.stored.review.entries()
    ]


async def test_a_burst_ends_as_if_it_had_been_typed_slowly(store: Store, session_id: str) -> None:
    other = sessions.add(store, sessions.served_model("the same again"))
    async with sit_down(store, session_id) as desk:
        await desk.press(*_BURST)
        fast, fast_text = _state(desk), desk.rows[1:]
    async with sit_down(store, other) as desk:
        for key in _BURST:
            await desk.press(key)
        slow, slow_text = _state(desk), desk.rows[1:]
    assert fast == slow
    assert fast_text == slow_text
    assert (
        2,
        "suggestion",
        dump_value(Suggestion(command="du -sh ~ | sort -h", rationale="1 look first; j k q u v x"))
        | {"mistake": None},
    ) in fast
    assert {(step, kind) for step, kind, _ in fast} == {
        *{(1, "rating"), (2, "rating"), (2, "mistake"), (2, "suggestion"), (4, "rating"), (4, "comment")},
        *{(11, "rating"), (12, "rating"), (12, "mistake"), (0, "decisive"), (0, "answer")},
    }


async def test_a_burst_into_an_editor_arrives_whole(store: Store, session_id: str) -> None:
    text = "awk '{ print $1 }' access.log | sort | uniq -c | sort -rn | head -20 # top 20, all of it: äöü €"
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *text, "ctrl+s", "j", "1")
        assert [entry.value for entry in desk.said(1, "suggestion")] == [Suggestion(command=text)]
        assert desk.step == 2 and sessions.rating_of(store, session_id, 2) == 1


async def test_what_follows_a_refused_save_stays_in_the_editor(store: Store, session_id: str) -> None:
    """ctrl+s did not save; the keys after it are text, not ratings of another step."""
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+s", "j", "1")
        assert desk.place.panels
        assert desk.step == 1 and not desk.stored.review.events
        assert desk.stored.draft(1, "suggestion") == {"command": "nvidia-smij1", "rationale": ""}


async def test_a_paste_where_nothing_is_typed_does_nothing_but_say_so(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.paste("1mb3\nq")
        assert desk.foot == "pasted text is not taken as keys; open an editor first (s or c)"
        assert not desk.stored.review.events and desk.step == 1
        for key in ("m", "?", "x", "f", "T", "R", "v"):
            await desk.press(key)
            await desk.paste("b3\n")
            assert desk.foot in (
                "there is nothing to paste into here",
                "pasted text is not taken as keys; open an editor first (s or c)",
            )
            await desk.press("escape")
        assert not desk.stored.review.events


async def test_a_paste_into_an_editor_is_text(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u")
        await desk.paste("for f in *; do\r\n\techo \x1b[31m$f\x07\r\ndone")
        await desk.press("ctrl+s")
        (entry,) = desk.said(1, "suggestion")
        assert entry.value == Suggestion(command="for f in *; do\n    echo [31m$f\ndone")


_KEYS = [
    *"jk1230-.mbpcvsxdeoOrtTRhlnNfgGuU?:/iqyS<>![]{}J K",
    *("enter", "escape", "tab", "shift+tab", "space", "backspace", "delete", "up", "down", "left", "right"),
    *("pageup", "pagedown", "home", "end", "f1", "f5", "ctrl+s", "ctrl+r", "ctrl+u", "ctrl+w", "ctrl+l", "ctrl+c"),
    *("ctrl+o", "ctrl+underscore"),
]


_any_keys = given(
    keys=st.lists(st.sampled_from(_KEYS), min_size=20, max_size=120),
    reveal=st.sampled_from(["all", "forward", "action-first"]),
    is_hostile=st.booleans(),
)


@_any_keys
@settings(max_examples=min(settings().max_examples // 2, 100))
def test_no_row_of_keys_ends_the_program(keys: list[str], reveal: Any, is_hostile: bool) -> None:
    """Whatever is pressed, in whatever order."""
    asyncio.run(_press(keys, reveal, sessions.hostile() if is_hostile else sessions.served_model()))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@_any_keys
@settings(max_examples=min(settings().max_examples, 400))
def test_no_row_of_keys_of_very_many_does(keys: list[str], reveal: Any, is_hostile: bool) -> None:
    asyncio.run(_press(keys, reveal, sessions.hostile() if is_hostile else sessions.served_model()))


async def _press(keys: list[str], reveal: Any, trajectory: Trajectory) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder, "store.db")) as store:
        store.use_rubric(sessions.rubric(reveal))
        async with sit_down(store, sessions.add(store, trajectory)) as desk:
            for key in keys:
                desk.press_now(key)
                if desk.place.name == "queue":
                    desk.press_now("enter")
