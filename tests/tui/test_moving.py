"""Moving through a session."""

from __future__ import annotations

import pytest

from store import Store
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import BUILD, COPIED, DISK, GPU, HEALTH, INSTALL, REVIEWER, SERVE, WORLD, WROTE


async def _walk(desk: Desk, key: str, times: int) -> list[int]:
    steps = []
    for _ in range(times):
        await desk.press(key)
        steps.append(desk.step)
    return steps


async def test_from_step_to_step_and_no_further(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        assert await _walk(desk, "j", 14) == [*range(2, 15), 14]
        assert desk.foot == "this is the last step; v finishes the review"
        assert await _walk(desk, "k", 14) == [*range(13, 0, -1), 1]
        assert desk.foot == "this is the first step"
        assert await _walk(desk, "down", 2) == [2, 3]


async def test_to_the_next_command_without_a_rating_and_round_again(store: Store, session_id: str) -> None:
    session = store.session(REVIEWER, session_id)
    for step in session.unjudged:
        if step not in (DISK, SERVE, WORLD):
            session.rate(step, 1)
    async with sit_down(store, session_id) as desk:
        assert await _walk(desk, "tab", 4) == [DISK, SERVE, WORLD, DISK]
        assert await _walk(desk, "shift+tab", 3) == [WORLD, SERVE, DISK]
        await desk.press("0")
        assert await _walk(desk, "tab", 3) == [SERVE, WORLD, SERVE]
        await desk.press("0", "tab", "0", "tab")
        assert desk.foot == "every command has a rating; v finishes the review"


async def test_from_failure_to_failure(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        assert await _walk(desk, "]", 5) == [SERVE, 9, INSTALL, HEALTH, HEALTH]
        assert desk.foot == "no failing command after this one"
        assert await _walk(desk, "[", 5) == [INSTALL, 9, SERVE, GPU, GPU]
        assert desk.foot == "no failing command before this one"


async def test_to_a_step_by_its_number(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("g", "1", "2", "enter")
        assert desk.step == 12
        await desk.press("g", "enter")
        assert desk.step == 1
        await desk.press("G")
        assert desk.step == 14
        await desk.press("g", "9", "escape")
        assert desk.step == 14


@pytest.mark.parametrize("text", ["15", "0", "-1", "x", "1.5", "²", "٣٣", "9" * 5000], ids=lambda text: text[:5])
async def test_a_number_that_is_no_step(store: Store, session_id: str, text: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("g")
        await desk.paste(text)
        await desk.press("enter")
        assert desk.step == 1
        assert f"there is no step {text[:20]}" in desk.text


async def test_a_search_goes_from_match_to_match_in_a_circle(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("/", *"NVIDIA-smi", "enter")
        assert desk.step == GPU
        assert desk.foot == '"NVIDIA-smi": step 1 of 2 with it'
        assert await _walk(desk, "n", 2) == [9, GPU]
        assert await _walk(desk, "N", 2) == [9, GPU]
        await desk.press("/", "ctrl+u", *"zebra", "enter")
        assert desk.foot == '"zebra" is nowhere'
        await desk.press("n")
        assert desk.foot == "/ searches; n and N go from match to match"


async def test_a_search_opens_the_output_at_the_match(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        assert "part_150.c" not in desk.text
        await desk.press("/", *"part_150.c", "enter")
        assert desk.step == BUILD
        assert "part_150.c" in desk.text


async def test_a_search_finds_thoughts_of_steps_that_only_wrote(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("/", *"quantised", "enter")
        assert desk.step == WROTE


async def test_an_empty_search_is_off(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("/", *"nvidia", "enter", "/", "ctrl+u", "enter")
        assert desk.foot == "search is off"
        assert desk.review.view.find == ""


async def test_a_search_that_is_left_changes_nothing(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("/", *"curl", "escape", "n")
        assert desk.step == 1


async def test_only_some_steps(store: Store, session_id: str) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.press("f", "b")
        assert desk.step == BUILD
        assert "only rated bad (f)" in desk.top
        assert await _walk(desk, "j", 2) == [SERVE, SERVE]
        await desk.press("f", "m")
        assert await _walk(desk, "j", 1) == [INSTALL]
        await desk.press("f", "f")
        assert "only failing" in desk.top
        await desk.press("f", "u")
        assert "only without a r" in desk.top
        await desk.press("f", "a")
        assert "only" not in desk.top
        assert await _walk(desk, "j", 1) == [desk.step]


async def test_a_filter_that_leaves_nothing_is_not_taken(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("f", "m")
        assert desk.foot == "no step is marked"
        assert await _walk(desk, "j", 1) == [2]


async def test_jumps_leave_the_filter_or_stay_visible_in_the_list(store: Store, session_id: str) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.press("f", "b", "g", *str(COPIED), "enter")
        assert desk.step == COPIED
        assert any(row.startswith(f"> {COPIED} ") for row in desk.rows)


async def test_esc_lets_go_of_what_was_searched_and_filtered(store: Store, session_id: str) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.press("f", "b", "/", *"git", "enter", "l")
        assert desk.review.view.filter_name and desk.review.view.find and desk.review.view.part
        await desk.press("escape")
        view = desk.review.view
        assert not (view.filter_name or view.find or view.part)
        assert len(view.listed) == 14 and desk.step == BUILD


async def test_the_place_is_kept_for_the_next_time(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("g", "7", "enter", "q")
        await desk.press("enter")
        assert desk.step == 7
    async with sit_down(store, session_id) as desk:
        assert desk.step == 7


async def test_a_session_without_steps(store: Store) -> None:
    empty = sessions.add(store, sessions.served_model("nothing happened", steps=0))
    async with sit_down(store, empty) as desk:
        assert "this session has no steps" in desk.text
        for key in (
            "j",
            "k",
            "tab",
            "]",
            "G",
            "o",
            "J",
            "space",
            "1",
            "s",
            "m",
            "c",
            "t",
            "r",
            "n",
            "x",
            "d",
            "l",
            "p",
            "R",
        ):
            await desk.press(key)
            await desk.press("escape")
            assert desk.app.is_running


async def test_hints_are_gone_to_and_answered(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        (first, *_) = [n for n in range(2, 15) if desk.stored.hints(n)]
        await desk.press("}")
        assert desk.step == first
        assert "hint" in desk.row_with("── here")
        await desk.press("a", "1")
        hint = desk.stored.hints(first)[0]
        assert desk.stored.hint_answer(hint) is True
        await desk.press("u", "g", "enter", "{")
        assert desk.stored.hint_answer(hint) is None
        assert desk.foot.startswith("no hint before this step")
