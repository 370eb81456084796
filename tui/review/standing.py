"""Standing at a step of a session: what moving, looking and judging have in common."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import ClassVar

from reviewer.errors import ErrataError
from reviewer.rubric import Rubric
from store.database import StoreError
from store.session import ReviewSession
from tui.actions import Action
from tui.drawing import PLAIN, Row
from tui.host import Host
from tui.keys import Key
from tui.panel import Size
from tui.place import Place
from tui.review.drafts import Drafts
from tui.review.view import View, draw

_REST = 0.05
"""Seconds without a key after which the steps beside are prepared: more than between the repeats of a held key."""

_IDLE_MS = 60_000
"""Time without a key beyond this is not active time."""


class Standing(Place):
    """A session, and the step of it that is looked at."""

    name: ClassVar[str] = "review"

    def __init__(self, app: Host, session: ReviewSession) -> None:
        super().__init__(app)
        self.session = session
        self.view = View(step=min(session.place, session.visible.steps), listed=self.all_steps())
        self.size = Size(80, 24)
        self.drafts = Drafts(app, session, self._told_of_drafts)
        self._last_key = time.monotonic()
        self._resting: asyncio.TimerHandle | None = None

    def handle(self, key: Key) -> None:
        now = time.monotonic()
        self.session.spend(min(round((now - self._last_key) * 1000), _IDLE_MS))
        self._last_key = now
        tried = self.drafts.tried
        super().handle(key)
        if self.drafts.are_owed and self.drafts.tried == tried:
            self.drafts.settle()
        self._rest()

    def _rest(self) -> None:
        """Prepare the steps beside this one when no key comes for a moment."""
        self._stop_resting()
        self._resting = asyncio.get_running_loop().call_later(_REST, self.app.call_later, self.prepare)

    def _stop_resting(self) -> None:
        if self._resting:
            self._resting.cancel()

    def prepare(self) -> None:
        """Draw the next step and the one before for nobody: they are read, coloured and laid out then, and a key has
        but to show them.
        """
        with suppress(ErrataError):  # what cannot be read is told of when it is to be shown
            for step in (*self._after()[:1], *self._before()[-1:]):
                draw(self.session, self.view.at(step), self.look, self.size)

    def entered(self) -> None:
        self._rest()

    def settle(self) -> bool:
        return self.drafts.settle()

    def left(self) -> None:
        self._stop_resting()
        self.drafts.stop()
        self.drafts.settle(last=True)

    def _told_of_drafts(self, text: str, is_kept: bool) -> None:
        self.say(text, bad=not is_kept)
        self._note_saved(is_kept)

    def _note_saved(self, is_saved: bool) -> None:
        self.view.saved = f"saved {datetime.now():%H:%M:%S}" if is_saved else "not saved"

    @property
    def rubric(self) -> Rubric:
        return self.session.rubric

    def rows(self, size: Size) -> list[Row]:
        self.size = size
        self.view.synced = self.app.sync_words(saved=not self.view.saved)
        if not self.session.steps:
            return [[(" this session has no steps", PLAIN)]]
        if self.view.step <= self.session.visible.outputs:
            self.session.shown(self.view.step)
        return draw(self.session, self.view, self.look, size)

    def run(self, action: Action) -> None:
        if self.session.steps or action.group == "Else" or action.name in ("task", "finish"):
            super().run(action)
        else:
            self.say("this session has no steps; v finishes the review, q goes back")

    def all_steps(self) -> Sequence[int]:
        return range(1, len(self.session.steps) + 1)

    def go(self, step: int) -> None:
        """Stand on a step, if it may be seen. One that a filter leaves out ends the filter."""
        visible = self.session.visible.steps
        if step > visible:
            waits = next(iter(self.session.unjudged), visible)
            self.say(f"step {step} is hidden until {waits} is judged; R reveals it (recorded)")
            step = visible
        if step not in self.view.listed:
            self.view.listed, self.view.filter_name = self.all_steps(), ""
        if step != self.view.step:
            self.view = self.view.at(step)

    def let_go(self) -> None:
        self.view.part = None
        self.view.find = ""
        self.view.listed, self.view.filter_name = self.all_steps(), ""

    def _after(self) -> Sequence[int]:
        return self.view.listed[bisect_right(self.view.listed, self.view.step) :]

    def _before(self) -> Sequence[int]:
        return self.view.listed[: bisect_left(self.view.listed, self.view.step)]

    @contextmanager
    def acting(self) -> Iterator[None]:
        """An act: durable when the block ends, and only then shown as saved."""
        try:
            yield
        except StoreError:
            self._note_saved(False)
            raise
        self._note_saved(not self.drafts.are_owed)

    def may_write(self) -> bool:
        if self.session.is_anothers:
            self.say(f"you only look: {self.session.reviewer} writes this review on a device of their own")
        elif self.session.read_only:
            self.say("this review is submitted and read-only; v reopens it")
        return not self.session.read_only
