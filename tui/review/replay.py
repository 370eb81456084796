"""Replaying a session with its recorded timing: the command first, its output when it would have come."""

from __future__ import annotations

from textual.timer import Timer

from tui.review.moving import Moving

_LONGEST_WAIT = 5.0
_SHORTEST_WAIT = 0.3
_THINKING = 1.5
"""Seconds on a step before the next, and for a duration that is unknown."""


class Replay:
    """Moves a review from step to step by itself, up to what may be seen."""

    def __init__(self, place: Moving) -> None:
        self._place = place
        self._timer: Timer | None = None
        self.speed = 1.0

    @property
    def running(self) -> bool:
        return self._timer is not None

    def toggle(self) -> None:
        if self.running:
            self.stop()
            self._place.say("replay stopped")
        else:
            self._wait()

    def stop(self) -> None:
        if self._timer:
            self._timer.stop()
        self._timer = None
        self._place.view.replaying = ""

    def change_speed(self, factor: float) -> None:
        self.speed = min(max(self.speed * factor, 0.25), 64.0)
        if self.running:
            self._show_speed()
        else:
            self._place.say(f"replay speed x{self.speed:g}; p starts it")

    def _show_speed(self) -> None:
        self._place.view.replaying = f"replay x{self.speed:g} (p stops, < > speed)"

    def _wait(self) -> None:
        """Stay on this step as long as it took, within limits."""
        self._show_speed()
        step = self._place.session.steps[self._place.view.step - 1]
        took = _THINKING if step.duration is None else step.duration
        wait = max(min(took + _THINKING, _LONGEST_WAIT) / self.speed, _SHORTEST_WAIT / self.speed)
        self._timer = self._place.app.set_timer(wait, self._next)

    def _next(self) -> None:
        place = self._place
        if place.panels:  # the step does not change under someone who writes about it
            self._wait()
            return
        before = place.view.step
        place.do_next_step()
        if place.view.step == before:
            self.stop()
        else:
            self._wait()
        place.app.paint()
