"""The guide."""

from __future__ import annotations

import pytest

from store import Store
from tests.tui.desk import Desk, sit_down


def _range(desk: Desk) -> tuple[int, int, int]:
    """The first and the last line shown, of how many."""
    shown, _, total = desk.top.split()[-3:]
    first, last = shown.split("-")
    return int(first), int(last), int(total)


@pytest.mark.parametrize("size", [(80, 24), (200, 50), (40, 12)], ids=str)
async def test_every_code_of_the_rubric_is_in_it(store: Store, size: tuple[int, int]) -> None:
    async with sit_down(store, size=size) as desk:
        await desk.press("G")
        seen: list[str] = []
        before = ""
        while desk.text != before:
            before = desk.text
            seen += desk.rows[2:-1]
            desk.press_now("space")
        text = "".join("".join(row.split()) for row in dict.fromkeys(seen))
        for code in store.rubric.code:
            for part in (f"{code.id}{code.name}", code.definition[-12:], code.example[:12], code.when[-12:]):
                assert "".join(part.split()) in text


async def test_scrolling(store: Store) -> None:
    async with sit_down(store) as desk:
        await desk.press("G")
        first, last, total = _range(desk)
        assert (first, last) == (1, 21)
        await desk.press("j", "down", "k")
        assert _range(desk)[0] == 2
        await desk.press("space")
        assert _range(desk)[0] == 22, "one line of the page before stays"
        await desk.press("end")
        assert _range(desk)[1] == total
        await desk.press("j")
        assert _range(desk)[1] == total
        await desk.press("b", "g", "k")
        assert _range(desk)[0] == 1


async def test_searching(store: Store) -> None:
    async with sit_down(store) as desk:
        await desk.press("G", "n")
        assert desk.foot == "/ searches"
        await desk.press("/", *"e.g", "escape", "/", *"FALSE PREMISE", "enter")
        assert "false premise" in desk.rows[2]
        await desk.press("/", *"the agent", "enter")
        places = []
        for _ in range(30):
            places.append(_range(desk)[0])
            desk.press_now("n")
        assert len(set(places)) > 3 and places[0] in places[1:], "round and round"
        here = _range(desk)[0]
        await desk.press("n", "N")
        assert _range(desk)[0] == here
        await desk.press("/", *"zebra", "enter")
        assert desk.foot == '"zebra" is nowhere in the guide'


@pytest.mark.parametrize("leave", ["q", "escape"])
async def test_it_goes_back_to_where_one_was(store: Store, session_id: str, leave: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("j", "j", "i")
        assert "guide" in desk.top
        await desk.press(leave)
        assert desk.step == 3


async def test_a_narrower_screen_lays_it_out_again(store: Store) -> None:
    async with sit_down(store) as desk:
        await desk.press("G", "G")
        await desk.pilot.resize_terminal(40, 20)
        await desk.pilot.pause()
        assert max(map(len, desk.rows)) <= 40
        assert _range(desk)[2] > 100
