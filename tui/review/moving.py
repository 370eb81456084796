"""Moving from step to step: in order, to the next that needs something, by number."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import partial

from tui import panels
from tui.drawing import PLAIN
from tui.panels.prompt import Prompt
from tui.review.standing import Standing


class Moving(Standing):
    """The actions that only move. None of them writes."""

    def _go_first(self, steps: Iterable[int], nothing: str) -> None:
        step = next(iter(steps), None)
        if step is None:
            self.say(nothing)
        else:
            self.go(step)

    @property
    def _what_then(self) -> str:
        return "" if self.session.read_only else "; v finishes the review"

    def do_next_step(self) -> None:
        self._go_first(self._after(), f"this is the last step{self._what_then}")

    def do_previous_step(self) -> None:
        self._go_first(reversed(self._before()), "this is the first step")

    def do_next_unjudged(self) -> None:
        waiting = self.session.unjudged
        around = waiting[bisect_right(waiting, self.view.step) :] or waiting
        self._go_first(around, f"every command has a rating{self._what_then}")

    def do_previous_unjudged(self) -> None:
        waiting = self.session.unjudged
        around = waiting[: bisect_left(waiting, self.view.step)] or waiting
        self._go_first(reversed(around), f"every command has a rating{self._what_then}")

    def do_next_failing(self) -> None:
        self._to_failing(self._after(), "no failing command after this one")

    def do_previous_failing(self) -> None:
        self._to_failing(reversed(self._before()), "no failing command before this one")

    def _to_failing(self, steps: Iterable[int], nothing: str) -> None:
        visible = self.session.visible.outputs
        failing = (n for n in steps if n <= visible and self.session.steps[n - 1].failed)
        self._go_first(failing, nothing + (" so far" if visible < len(self.session.steps) else ""))

    def do_next_hint(self) -> None:
        self._to_hint(self._after(), "no hint after this step")

    def do_previous_hint(self) -> None:
        self._to_hint(reversed(self._before()), "no hint before this step")

    def _to_hint(self, steps: Iterable[int], nothing: str) -> None:
        hidden = " so far" if self.session.visible.steps < len(self.session.steps) else ""
        self._go_first((n for n in steps if self.session.hints(n)), nothing + hidden)

    def do_go_to(self) -> None:
        def go(text: str) -> None:
            if not text.strip():
                self.go(1)
            elif text.strip().isdecimal() and len(text) < 10 and 1 <= int(text) <= len(self.session.steps):
                self.go(int(text))
            else:
                self.say(f"there is no step {text}; they go from 1 to {len(self.session.steps)}", bad=True)

        self.open(Prompt("go to step (Enter alone: the first)", go))

    def do_last_step(self) -> None:
        self.go(self.session.visible.steps)

    def do_filter(self) -> None:
        session = self.session
        marked = {entry.step for entry in session.review.remarks()}
        contested = {heads[0].subject.step for heads in session.review.contested}
        choices: dict[str, tuple[str, Sequence[int]]] = {
            "a": ("all steps", self.all_steps()),
            "u": ("without a rating", session.unjudged),
            "f": ("failing", [s.ordinal for s in session.steps[: session.visible.outputs] if s.failed]),
            "m": ("marked", [n for n in self.all_steps() if n in marked]),
            "b": ("rated bad", [n for n in self.all_steps() if _is_bad(session.review.rating(n))]),
        }
        if contested:
            choices["d"] = ("in two versions", [n for n in self.all_steps() if n in contested])

        def choose(name: str, steps: Sequence[int]) -> None:
            if not steps:
                self.say(f"no step is {name}")
                return
            self.view.listed = steps
            self.view.filter_name = "" if name == "all steps" else name
            if self.view.step not in steps:
                self.go(next((n for n in steps if n >= self.view.step), steps[-1]))

        self.open(
            panels.Pick(
                "show only steps that are",
                [
                    panels.Choice(key, [(f"{name} ({len(steps)})", PLAIN)], partial(choose, name, steps))
                    for key, (name, steps) in choices.items()
                ],
            )
        )


def _is_bad(rating: int | str | None) -> bool:
    return isinstance(rating, int) and rating < 0
