"""Searching one session, a little at a time: which of the steps that may be seen hold a text, and where."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Iterator

from reviewer.terminal import without_sequences
from store.session import ReviewSession

TEXTS = -1
"""The place of a match that is in the command or the thought; the others are pages of the output."""


class Search:
    """A text looked for, in either case, from a step on and around. What the reveal policy hides is not searched.

    matches: (step, place) of what was found so far, in order. first: what was found first. done: all was searched.
    """

    def __init__(self, session: ReviewSession, text: str, start: int) -> None:
        self.text = text
        self.matches: list[tuple[int, int]] = []
        self.first: tuple[int, int] | None = None
        self.done = False
        self.searched = 0
        self._session = session
        self._walk = self._search(start)

    @property
    def steps(self) -> list[int]:
        """The steps with a match, in order."""
        return sorted({step for step, _ in self.matches})

    def pages(self, step: int) -> list[int]:
        """The pages of a step's output that have a match."""
        return [place for found, place in self.matches if found == step and place != TEXTS]

    def work(self, seconds: float) -> None:
        """Go on searching for a time."""
        until = time.monotonic() + seconds
        for _ in self._walk:
            if time.monotonic() > until:
                return
        self.done = True

    def _search(self, start: int) -> Iterator[None]:
        wanted = self.text.lower()
        visible = self._session.visible
        for ordinal in [*range(start, visible.steps + 1), *range(1, min(start, visible.steps + 1))]:
            step = self._session.step(ordinal)
            if wanted in step.action_text.lower() or wanted in step.thought.lower():
                self._found(ordinal, TEXTS)
            output = self._session.output(ordinal) if ordinal <= visible.outputs else None
            for number, page in enumerate(output or ()):
                if wanted in without_sequences(page).lower():
                    self._found(ordinal, number)
                yield
            self.searched += 1
            yield

    def _found(self, step: int, place: int) -> None:
        self.first = self.first or (step, place)
        insort(self.matches, (step, place))
