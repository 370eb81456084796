"""Redaction: the one way in which bytes leave a store. A tombstone stays, which says who took them, when and why.

An event keeps its place: its author, its subject and what it supersedes. Only what it says is gone, as if it had been
withdrawn. So the same events are heads as before, wherever and in whatever order the original and the tombstone come.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from reviewer.errors import ErrataError
from reviewer.event import Event, decode
from store.database import Connection

if TYPE_CHECKING:
    from store.store import Store

_DUE = "scrub"


class Redaction(NamedTuple):
    """That an event (by id) was redacted. by: a person. at: ISO 8601."""

    id: str
    by: str
    at: str
    reason: str


def redaction(id_: str, by: str, reason: str) -> Redaction:
    """A redaction of now. Raises ErrataError where no reason is given."""
    if not reason.strip():
        raise ErrataError("say why, with --reason: it is all that stays")
    return Redaction(id_, by, datetime.now(UTC).isoformat(timespec="seconds"), reason.strip())


def find_event(store: Store, id_: str) -> Event:
    """The event of this id, or whose id begins so. Raises ErrataError when there is not one."""
    rows = store.connection.rows("SELECT CAST(raw AS BLOB) FROM event WHERE substr(id, 1, ?) = ?", (len(id_), id_))
    if len(rows) != 1 or not id_:
        many = f"{len(rows)} events begin with" if rows else "there is no event"
        raise ErrataError(f"{many} {id_!r}; `errata show REF --json` has the ids of what is in force")
    return decode(rows[0][0])


def take_away(store: Store, event: Event, why: Redaction) -> bool:
    """Keep of an event only that it was there, also of one that has not come yet. Returns whether that is news.

    `scrub` then makes sure that nothing of it is left in the file.
    """
    db = store.connection
    with db.transaction():
        if not db.execute("INSERT OR IGNORE INTO redacted VALUES (?,?,?,?)", why).rowcount:
            return False
        store.log.empty(event)
        db.execute("INSERT OR REPLACE INTO meta VALUES (?,'')", (_DUE,))
    return True


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


def scrub(store: Store) -> None:
    """Where something was redacted, write the file anew, so that nothing of it is left there or in its log.

    That takes about as long as to copy the store. Raises StoreError when there is no room for that; it stays due.
    """
    db = store.connection
    if db.row("SELECT 1 FROM meta WHERE key = ?", (_DUE,)) is not None:
        db.write_anew()
        with db.transaction():
            db.execute("DELETE FROM meta WHERE key = ?", (_DUE,))
