"""Replaying a session with its recorded timing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reviewer.annotation import dump_value
from store import Store
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import BUILD, INSTALL, SERVE, WORLD
from tui.app import ErrataApp


class Clock:
    """Timers that go off when they are told to."""

    def __init__(self) -> None:
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.stopped = 0

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Clock:
        self.timers.append((delay, callback))
        return self

    def stop(self) -> None:
        self.stopped += 1

    @property
    def waiting(self) -> float:
        """How long the last timer waits."""
        return self.timers[-1][0]

    def go_off(self) -> None:
        self.timers[-1][1]()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(ErrataApp, "set_timer", lambda app, delay, callback: clock.set_timer(delay, callback))
    return clock


async def test_it_stays_on_each_step_as_long_as_that_took(store: Store, session_id: str, clock: Clock) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("p")
        assert "replay x1 (p stops, < > speed)" in desk.top
        waits = {}
        for step in range(1, WORLD):
            assert desk.step == step
            waits[step] = clock.waiting
            clock.go_off()
        assert waits[1] == pytest.approx(1.54), "0.04 s and the time to read"
        assert waits[BUILD] == waits[SERVE] == waits[INSTALL] == 5.0, "nobody waits eleven minutes"
        assert desk.step == WORLD
        clock.go_off()
        assert "replay" not in desk.top, "the last step ends it"
        assert "last step" in desk.foot


async def test_it_is_painted_without_a_key(store: Store, session_id: str, clock: Clock) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("p")
        clock.go_off()
        assert desk.text.startswith(" serve a model without a GPU · 2/14")


async def test_faster_and_slower(store: Store, session_id: str, clock: Clock) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(">")
        assert desk.foot == "replay speed x2; p starts it"
        await desk.press("p")
        assert clock.waiting == pytest.approx(0.77)
        await desk.press(">", ">")
        assert "replay x8" in desk.top
        clock.go_off()
        assert clock.waiting == pytest.approx(1.61 / 8)
        await desk.press(*"<" * 10)
        assert "replay x0.25" in desk.top
        await desk.press(*">" * 20)
        assert "replay x64" in desk.top


async def test_p_stops_it_and_any_place_left_does(store: Store, session_id: str, clock: Clock) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("p", "p")
        assert desk.foot == "replay stopped" and "replay" not in desk.top
        assert clock.stopped == 1
        await desk.press("p", "q")
        assert clock.stopped >= 2
        await desk.press("enter")
        assert "replay" not in desk.top


async def test_it_ends_at_what_may_not_be_seen_yet(store: Store, clock: Clock) -> None:
    store.use_rubric(sessions.rubric("forward"))
    trajectory = sessions.add(store, sessions.served_model())
    async with sit_down(store, trajectory) as desk:
        await desk.press("1", "j", "p")
        clock.go_off()
        assert desk.step == 2
        assert "replay" not in desk.top
        assert "hidden until 2 is judged" in desk.foot


async def test_moving_by_hand_meanwhile(store: Store, session_id: str, clock: Clock) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("p", "j", "j", "1")
        clock.go_off()
        assert desk.step == 4


async def _run_to(desk: Desk, step: int) -> None:
    while desk.step != step:
        await desk.pilot.pause(0.01)


async def test_with_a_real_clock(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(*">" * 6, "p")
        await _run_to(desk, WORLD)
        await desk.pilot.pause(0.2)
        assert "replay" not in desk.top


async def test_a_replay_does_not_write_into_an_open_editor(store: Store, session_id: str, clock: Clock) -> None:
    """A step that changes while a person types would put the text on another step."""
    async with sit_down(store, session_id) as desk:
        await desk.press("p", "s", *" -L")
        clock.go_off()
        assert desk.step == 1
        await desk.press("ctrl+s")
        assert len(desk.said(1, "suggestion")) == 1
        assert dump_value(desk.said(1, "suggestion")[0].value)["command"] == "nvidia-smi -L"
        assert not desk.stored.draft_places
        clock.go_off()
        assert desk.step == 2, "it goes on when the text is saved"
