"""What a rubric hides until a command is judged, and how it is revealed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from reviewer.annotation import Reveal
from reviewer.rubric import parse_rubric
from store import Store
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import BUILD, REVIEWER, WORLD

SECRETS = ["Filesystem", "llama.cpp", "serve.py", "vllm", "curl", ".cache", "printf"]
"""What only later steps hold."""


@pytest.fixture
def forward_id(store: Store) -> str:
    store.use_rubric(sessions.rubric("forward"))
    return sessions.add(store, sessions.served_model())


@pytest.fixture
def action_first_id(store: Store) -> str:
    store.use_rubric(sessions.rubric("action-first"))
    return sessions.add(store, sessions.served_model())


def _reveals(desk: Desk) -> list[int]:
    return [e.value.through for e in desk.stored.review.entries() if isinstance(e.value, Reveal)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)], ids=str)
async def test_nothing_shows_the_future(store: Store, forward_id: str, size: tuple[int, int]) -> None:
    ways = [("j",), ("G",), ("g", "9", "enter"), ("tab",), ("shift+tab",), ("]",), ("/", *"vllm", "enter"), ("n",)]
    ways += [("f", "f"), ("f", "u"), ("p", "p"), ("o", "space", "space"), (":",), ("v",), ("x",), ("!",), ("T",)]
    async with sit_down(store, forward_id, size=size) as desk:
        for way in ways:
            await desk.press(*way)
            shown = desk.text
            await desk.press("escape", "escape")
            assert desk.step == 1
            assert not [secret for secret in SECRETS if secret in shown and secret not in "".join(way)], way


async def test_a_rating_shows_the_next_command(store: Store, forward_id: str) -> None:
    async with sit_down(store, forward_id) as desk:
        assert "13 hidden until 1 is judged (R reveals)" in desk.text
        await desk.press("j")
        assert desk.foot == "step 2 is hidden until 1 is judged; R reveals it (recorded)"
        await desk.press("1", "j")
        assert desk.step == 2 and "Filesystem" in desk.text
        assert not _reveals(desk), "that is no revealing"


async def test_a_step_that_asks_for_no_rating_hides_nothing(store: Store, forward_id: str) -> None:
    async with sit_down(store, forward_id) as desk:
        await desk.press("1", "j", "1", "j", "j")
        assert desk.step == BUILD, "step 3 only wrote"


async def test_taking_the_rating_back_hides_it_again(store: Store, forward_id: str) -> None:
    async with sit_down(store, forward_id) as desk:
        await desk.press("1", "j")
        assert desk.step == 2
        await desk.press("u")
        assert desk.step == 1
        assert "Filesystem" not in desk.text


async def test_a_rating_withdrawn_under_ones_feet(store: Store, forward_id: str) -> None:
    """Standing on step 2, step 1 loses its rating: what is hidden again is not shown."""
    async with sit_down(store, forward_id) as desk:
        await desk.press("1", "j", "1", "j", "k", "k", "x", "1", "w")
        assert desk.step == 1
        await desk.press("j")
        assert desk.step == 1


async def test_an_output_stays_hidden_until_its_command_is_judged(store: Store, action_first_id: str) -> None:
    async with sit_down(store, action_first_id) as desk:
        assert "command not found" not in desk.text
        assert "hidden until you have judged the command" in desk.text
        assert desk.row_with("> ").endswith("nvidia-smi" + " " * 53 + "░░"), (
            "neither the exit code nor how long it took"
        )
        for key in ("o", "r", "space", "J"):
            await desk.press(key)
            assert "command not found" not in desk.text and "127" not in desk.text
        await desk.press("/", *"not found", "enter")
        assert desk.foot == '"not found" is nowhere in what you may see so far'
        await desk.press("-")
        assert "command not found" in desk.text and "127" in desk.row_with("> ")


async def test_revealing_is_asked_and_recorded(store: Store, forward_id: str) -> None:
    async with sit_down(store, forward_id) as desk:
        await desk.press("R")
        assert "it is recorded that you did" in desk.text
        await desk.press("escape")
        assert not _reveals(desk) and desk.step == 1
        await desk.press("R", "n")
        assert _reveals(desk) == [2]
        assert desk.step == 2 and "Filesystem" in desk.text
        assert "12 hidden until 1 is judged" in desk.text
        await desk.press("R", "a")
        assert max(_reveals(desk)) == WORLD
        assert desk.step == 2 and "hidden" not in desk.text, "one stays where one was"
        await desk.press("R")
        assert desk.foot == "nothing is hidden"


async def test_revealing_an_output_first(store: Store, action_first_id: str) -> None:
    async with sit_down(store, action_first_id) as desk:
        await desk.press("R", "n")
        assert desk.step == 1 and "command not found" in desk.text
        assert _reveals(desk) == [1]
        await desk.press("R", "n")
        assert desk.step == 2 and "Filesystem" in desk.text


async def test_what_was_seen_cannot_be_unseen(store: Store, forward_id: str) -> None:
    async with sit_down(store, forward_id) as desk:
        await desk.press("R", "n", "u")
        assert desk.foot == "nothing to undo"
        assert _reveals(desk) == [2]


async def test_an_event_says_what_had_been_seen(store: Store, action_first_id: str) -> None:
    async with sit_down(store, action_first_id) as desk:
        await desk.press("1")
        events = list(desk.stored.review.events.values())
        assert [event.seen_through for event in events] == [None], "the output was hidden"
        await desk.press("j", "k", "0")
        events = sorted(desk.stored.review.events.values(), key=lambda event: event.time)
        assert events[-1].seen_through == 1


async def test_what_is_drawn_ahead_was_not_seen(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        desk.review.prepare()
        await desk.press("1")
        assert [event.seen_through for event in desk.stored.review.events.values()] == [1]


async def test_time_that_was_spent_is_in_the_events(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr("tui.review.standing.time", SimpleNamespace(monotonic=lambda: clock))
    async with sit_down(store, session_id) as desk:
        clock += 2.5
        await desk.press("j")
        clock += 3600.0
        await desk.press("1")
    (event,) = store.log.review(REVIEWER, session_id).events.values()
    assert event.active_ms == 2_500 + 60_000, "an hour away from the keyboard is not an hour of work"


@pytest.mark.parametrize("field", ["model", "agent", "outcome"])
async def test_who_did_it_is_not_shown(store: Store, field: str) -> None:
    trajectory = sessions.add(store, sessions.served_model())
    head = store.trajectories.get(trajectory)
    store.use_rubric(sessions.rubric("all"))
    async with sit_down(store, trajectory, size=(200, 50)) as desk:
        assert getattr(head, field) not in desk.text.replace("submitted", "" if field != "outcome" else "submitted")
        await desk.press("q")
        assert head.model not in desk.text and head.agent not in desk.text


async def test_the_model_is_shown_when_the_rubric_does_not_hide_it(store: Store, session_id: str) -> None:
    text = sessions.rubric("all").text.replace('hide = ["agent", "model", "outcome"]', "hide = []")
    store.use_rubric(parse_rubric(text))
    async with sit_down(store, session_id) as desk:
        assert "some-model-1" in desk.top
