"""What is saved, sent and received, for people to look at; and how long something has waited.

To count takes as long as there are events (40 ms for 100,000). So it is done once, and after each sync; in between,
only what was said since is added.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from reviewer.errors import ErrataError
from store.store import Store
from store.sync.team import Team

LONG = 7
"""Days after which what is not sent, or sent and not received, is told of."""

_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Counts:
    """A reviewer's events: how many are saved here, how many a hub has, how many the lead has said to have."""

    saved: int
    sent: int
    received: int


def counts(store: Store, me: str, hub: str | None = None) -> Counts:
    """The counts as they are. hub: which one has been sent to; None for any."""
    saved = store.log.count(me)
    sent, received = store.connection.row(
        "SELECT total(segment IN (SELECT segment FROM sent WHERE ?2 IN (hub, ''))),"
        " total(segment IN (SELECT segment FROM receipt)) FROM carried WHERE box = ?1",
        (f"outbox/{me}", hub or ""),
    )
    return Counts(saved, int(sent), int(received))


def receipts(store: Store, me: str) -> Receipts | None:
    """A reviewer's receipts. None where no hub is set up, and for the lead, whose own words stay here."""
    try:
        return None if Team(store, me).lead == me else Receipts(store, me)
    except ErrataError:
        return None


class Receipts:
    """The counts of a reviewer, cheap to ask for at every key. `look` counts anew: after a sync."""

    def __init__(self, store: Store, me: str) -> None:
        self._store = store
        self._me = me
        self.look()

    def look(self) -> None:
        self._newest = self._store.log.newest()
        self._counts = counts(self._store, self._me)

    @property
    def counts(self) -> Counts:
        since, newest = self._store.log.count_since(self._me, self._newest)
        if since:
            old, self._newest = self._counts, newest
            self._counts = Counts(old.saved + since, old.sent, old.received)
        return self._counts

    @property
    def unsent(self) -> int:
        return self.counts.saved - self.counts.sent

    def late(self, now: float | None = None) -> str:
        """What has waited for LONG days or more, in some words; "" for nothing. now: seconds since the epoch."""
        now_ms = 1000 * (time.time() if now is None else now)
        for what, since in (("sent", self._unsent_since()), ("received", unreceived_since(self._store, self._me))):
            days = int((now_ms - since) // _DAY_MS) if since else 0
            if days >= LONG:
                return f"not {what} for {days} days"
        return ""

    def _unsent_since(self) -> float | None:
        """Since when something has been unsent, at least: the newest events are the ones that wait."""
        return self._store.log.time_of_newest(self._me, self.unsent) if self.unsent > 0 else None


def unreceived_since(store: Store, me: str) -> float | None:
    """Since when something has been sent and not been received, at least, in milliseconds; None when nothing is."""
    witness = store.setting(f"unreceived.{me}")
    return witness[1] if witness else None


def watch(store: Store, me: str) -> None:
    """Remember, at the end of a sync, one segment that the lead has not said to have, and since when that is so.

    One is enough: once it is received, another takes its place, from then on. So what is told has waited at least as
    long as it says.
    """
    waiting = (
        "SELECT segment FROM sent WHERE substr(segment, 1, length(?1)) = ?1"
        " AND segment NOT IN (SELECT segment FROM receipt)"
    )
    box = f"outbox/{me}/"
    witness = store.setting(f"unreceived.{me}")
    if witness and store.connection.row(f"{waiting} AND segment = ?2", (box, witness[0])):
        return
    row = store.connection.row(f"{waiting} LIMIT 1", (box,))
    if row or witness:
        store.set_setting(f"unreceived.{me}", [row[0], time.time() * 1000] if row else None)
