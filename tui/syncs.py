"""The syncs of the screens: those that S asks for, those that happen by themselves, and what is said of them.

One that nobody asked for is quiet: a hub that does not answer is two words in the status line, and is tried again
after a while, twice as long each time. Only what came, and what was refused, is told.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.timer import Timer
from textual.worker import Worker

from reviewer.errors import ErrataError

if TYPE_CHECKING:
    from store.sync.receipts import Receipts
    from tui.app import ErrataApp
    from tui.background import BackgroundSync

FIRST = 1.0
"""Seconds after the screens opened."""

LONGEST = 3600.0
"""Seconds between two tries at most, but where the setting says more."""


class Syncs:
    """Syncs a store with all its hubs, while keys go on. every: the setting; None for when it is asked for only."""

    def __init__(self, app: ErrataApp, every: float | None) -> None:
        self._app = app
        self._every = every
        self._failures = 0
        self._going: BackgroundSync | None = None
        self._is_asked_for = False
        self._timer: Timer | None = None
        self._told = ""
        self._receipts: Receipts | None = None
        self._waits = ""

    def begin(self) -> None:
        """Count, and sync by and by if the settings say so. For after the first paint."""
        if self._app.store_is_lent:  # to an import that was typed ahead
            self._app.set_timer(FIRST, self.begin)
            return
        self._look()
        if self._every:
            self._timer = self._app.set_timer(FIRST, self._by_itself)

    def ask(self) -> None:
        """Sync now, and say what came of it. Raises ErrataError when there is no hub, or such a sync goes on."""
        if self._going and self._is_asked_for:
            raise ErrataError("a sync goes on already")
        if not self._going:
            self._start()
        self._is_asked_for = True

    def _by_itself(self) -> None:
        if self._app.store_is_lent:
            self._timer = self._app.set_timer(FIRST, self._by_itself)
        elif not self._going:
            try:
                self._start()
            except ErrataError:  # no hub is set up, so far
                self._go_on_later()

    def _start(self) -> None:
        from tui.background import BackgroundSync  # with the hubs and keys: 20 ms that the first screen does not need

        if self._timer:
            self._timer.stop()
        self._going = BackgroundSync(self._app.store, self._app.reviewer)
        _: Worker[None] = self._app.run_worker(partial(self._run, self._going))

    async def _run(self, sync: BackgroundSync) -> None:
        from tui.report import is_failure, said_of

        await sync.run(self._app.paint)
        asked, self._is_asked_for, self._going = self._is_asked_for, False, None
        self._failures = self._failures + 1 if sync.errors else 0
        self._look()
        if asked or any(report.segments or report.trajectories for report in sync.reports):
            for place in self._app.places:
                place.synced()
        text, bad = said_of(sync.reports, sync.errors)
        has_news = any(
            is_failure(report) or report.trajectories or report.redacted or report.long for report in sync.reports
        )
        if asked or (has_news and text != self._told):
            self._told = text
            self._app.place.say(text, bad=bad)
        self._go_on_later()
        self._app.paint()

    def _go_on_later(self) -> None:
        if self._every:
            wait = max(min(self._every * 2**self._failures, LONGEST), self._every)
            self._timer = self._app.set_timer(wait, self._by_itself)

    def _look(self) -> None:
        from store.sync.receipts import receipts

        if self._receipts:
            self._receipts.look()
        else:
            self._receipts = receipts(self._app.store, self._app.reviewer)
        if self._receipts:
            self._counts, self._waits = self._receipts.counts, self._receipts.late()

    # -- what is seen

    @property
    def state(self) -> str:
        """How far a sync is; "" when none goes on."""
        return self._going.state if self._going else ""

    def words(self, *, saved: bool) -> tuple[str, ...]:
        """What the status line says of syncing, in forms from long to short; () for nothing. saved: also how much is
        saved, in the longest.
        """
        dot = f" {self._app.look.dot} "
        state = self.state or ("not synced" if self._failures else "")
        if not self._receipts:
            return (state,) if state else ()
        if not self._app.store_is_lent:
            self._counts = self._receipts.counts
        counts, waits = self._counts, self._waits
        full = f"saved {counts.saved}{dot}" * saved + f"sent {counts.sent}{dot}received {counts.received}"
        which = ("sent", counts.sent) if counts.sent < counts.saved else ("received", counts.received)
        short = waits or f"{which[0]} {which[1]}/{counts.saved}" * bool(counts.saved)
        forms = [[state, waits, full], [state, short], [state or waits or short]]
        said = (dot.join(part for part in form if part) for form in forms)
        return tuple(dict.fromkeys(form for form in said if form))

    @property
    def has_unsent(self) -> bool:
        return self._receipts is not None and self._receipts.unsent > 0
