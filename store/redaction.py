"""Redaction: the one way in which bytes leave a store. A tombstone stays, which says who took them, when and why.

An event keeps its place: its author, its subject and what it supersedes. Only what it says is gone, as if it had been
withdrawn. So the same events are heads as before, wherever and in whatever order the original and the tombstone come.

Of a trajectory nothing stays but its id. It goes when the file is written anew, which is not while it is looked at.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from reviewer.errors import ErrataError
from reviewer.event import Event, decode
from store.database import Connection
from store.trajectories import Trajectories, storable

DUE = "scrub"
"""What a store keeps in its table `meta` while something that was redacted is to be wiped from its file."""


_LEAST = 8
"""How many characters of an id name an event: a slip would redact another."""


class Redaction(NamedTuple):
    """That an event or a trajectory (by id) was redacted. by: a person. at: ISO 8601."""

    id: str
    by: str
    at: str
    reason: str


def redaction(id_: str, by: str, reason: str) -> Redaction:
    """A redaction of now. Raises ErrataError where no reason is given."""
    if not reason.strip():
        raise ErrataError("say why, with --reason: it is all that stays")
    return Redaction(id_, by, datetime.now(UTC).isoformat(timespec="seconds"), reason.strip())


def find_event(db: Connection, id_: str) -> Event:
    """The event of this id, or whose id begins so, with eight characters at least. Raises ErrataError for none."""
    query = "SELECT CAST(raw AS BLOB) FROM event WHERE substr(id, 1, ?) = ?"
    rows = db.rows(query, (len(id_), storable(id_)))
    if rows and len(id_) < _LEAST:
        raise ErrataError(f"say with {_LEAST} characters of its id at least which event; what is redacted is gone")
    if len(rows) != 1:
        many = "more than one event begins with" if rows else "there is no event"
        raise ErrataError(f"{many} {id_!r}; `errata show REF --as NAME --json` has the ids of what NAME says")
    return decode(rows[0][0])


def mark(db: Connection, why: Redaction) -> bool:
    """Keep that something was redacted, for `scrub` to see to it; of an event, `Log.empty` keeps what is to stay.
    Returns whether that is news.
    """
    with db.transaction():
        news = db.execute("INSERT OR IGNORE INTO redacted VALUES (?,?,?,?)", why).rowcount
        if news:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?,'')", (DUE,))
    return bool(news)


def redacted(db: Connection) -> set[str]:
    """The ids of all that was redacted."""
    return {id_ for (id_,) in db.rows("SELECT id FROM redacted")}


def redactions(db: Connection, author: str, trajectory: str) -> list[tuple[Event, Redaction]]:
    """What an author had said about a trajectory, and would be in force had it not been redacted; by step."""
    rows = db.rows(
        "SELECT CAST(e.raw AS BLOB), r.id, r.by, r.at, r.reason FROM head h JOIN redacted r ON r.id = h.event"
        " JOIN event e ON e.id = h.event WHERE h.author = ? AND h.trajectory = ? ORDER BY e.step, e.rowid",
        (author, trajectory),
    )
    return [(decode(raw), Redaction(*rest)) for raw, *rest in rows]


def scrub(db: Connection, trajectories: Trajectories) -> None:
    """Write the file anew, so that nothing of what was redacted is left there or in its log.

    That takes about as long as to copy the store. Raises StoreError when there is no room for that; it stays due.
    """
    for (id_,) in db.rows("SELECT id FROM trajectory WHERE id IN (SELECT id FROM redacted)"):
        trajectories.remove(id_)
    db.write_anew()
    with db.transaction():
        db.execute("DELETE FROM meta WHERE key = ?", (DUE,))
