"""The event log: the only thing ever written about a review, and the tables derived from it."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from msgspec import Struct

from reviewer.annotation import Submission, Value, dump_value, parse_value
from reviewer.errors import ErrataError
from reviewer.event import WHOLE, Event, Newer, Subject, decode, new_event_id, next_time, read
from reviewer.review import Heads, Review, Status
from store.database import Connection

_E = TypeVar("_E", bound=Event | Newer)

_dump = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode

_RAW = "CAST(raw AS BLOB) AS raw"
"""An event's bytes, also where somebody's SQL has made text of them."""

_SUBJECT = "author=?2 AND trajectory=?3 AND step=?4 AND kind=?5 AND slot=?6"

_BATCH = 1000
"""How many events are taken in at once: as fast as any number, and as much memory as nobody notices."""

_DERIVED = {"head": "event", "superseded": "id"}
"""The derived tables, each with its column for an event's id; the others are the subject."""


class ReadOnlyReview(ErrataError):
    """An act on a review that was submitted."""


class Clash(ErrataError):
    """Two events with one id."""


class Change(Struct, frozen=True):
    """One change to write: set a subject to a value, or withdraw it (None). `undoes`: the event it takes back."""

    subject: Subject
    value: Value | dict[str, Any] | None
    command_sha256: str | None = None
    undoes: str | None = None


class Log:
    """The events of a store.

    `write` makes events; `apply` takes in events made elsewhere. Both keep the derived tables up to date in the same
    transaction, and both have reached the disk when they return.
    """

    def __init__(self, connection: Connection, device: str) -> None:
        self._db = connection
        self.device = device

    def write(
        self,
        changes: Sequence[Change],
        *,
        rubric: str,
        seen_through: int | None = None,
        active_ms: int = 0,
        known: Container[str] | None = None,
    ) -> list[Event]:
        """Write one act: all its changes or none. Returns the events, durable.

        known: the ids of the events that the author had seen. What another device said meanwhile is not superseded.
        Raises ReadOnlyReview for a review that was submitted, unless the act is to reopen it, and StoreError when
        the disk refuses.
        """
        with self._db.transaction():
            before = {
                subject: [id_ for id_ in self._head_ids(subject) if known is None or id_ in known]
                for subject in {change.subject for change in changes}
            }
            for change in changes:
                self._refuse_if_submitted(change)
            events: list[Event] = []
            last = max((self._last_time(author) for author in {s.author for s in before}), default=0)
            for change in changes:
                last = next_time(last)
                value = dump_value(change.value) if isinstance(change.value, Value) else change.value
                event = Event(
                    id=new_event_id(),
                    author=change.subject.author,
                    device=self.device,
                    time=last,
                    subject=change.subject,
                    value=value,
                    supersedes=tuple(before[change.subject]),
                    command_sha256=change.command_sha256,
                    rubric=rubric,
                    undoes=change.undoes,
                    seen_through=seen_through,
                    active_ms=0 if events else active_ms,
                )
                events.append(decode(event.encode()))
            self._insert(events)
        return events

    def apply(self, events: Iterable[Event | Newer]) -> int:
        """Take in events, in any order, any number of times. Returns how many were new.

        Those of a newer version are kept until a program that can read them calls `read_unread`. Raises Clash when
        an id is taken by other bytes.
        """
        with self._db.transaction():
            return sum(self._keep(some) for some in _batches(events))

    def empty(self, event: Event) -> None:
        """Keep of an event all but what it says (store/redaction.py). One that has not come is kept so."""
        with self._db.transaction():
            row = self._db.row(f"SELECT {_RAW} FROM event WHERE id = ?", (event.id,))
            stays = (decode(row[0]) if row else event).emptied()
            if row:
                self._db.execute("UPDATE event SET value = NULL, raw = ? WHERE id = ?", (stays.encode(), event.id))
            else:
                self._insert([stays])

    def read_unread(self) -> int:
        """Take in what a newer version wrote, if this program is of that version now. Returns how many events."""
        rows = self._db.rows(f"SELECT {_RAW} FROM unread")
        readable = [event for (raw,) in rows if isinstance(event := read(raw), Event)]
        if not readable:
            return 0
        with self._db.transaction():
            for event in readable:
                self._db.execute("DELETE FROM unread WHERE id = ?", (event.id,))
            return self.apply(readable)

    def count(self, author: str) -> int:
        """How many events an author wrote. Takes as long as there are."""
        (count,) = self._db.row("SELECT count(*) FROM event WHERE author = ?", (author,))
        return int(count)

    def newest(self) -> int:
        """The place of the newest event in the order in which they came to this store."""
        return self._db.row("SELECT max(rowid) FROM event")[0] or 0

    def count_since(self, author: str, place: int) -> tuple[int, int]:
        """How many events of an author came after that place, and the place of the newest now."""
        query = "SELECT count(*), max(rowid) FROM event WHERE rowid > ? AND +author = ?"  # +: by rowid
        count, newest = self._db.row(query, (place, author))
        return count, newest or place

    def time_of_newest(self, author: str, number: int) -> int | None:
        """When an author wrote the oldest of their `number` newest events, in ms; None when they have fewer."""
        query = "SELECT time >> 16 FROM event WHERE author = ? ORDER BY time DESC LIMIT 1 OFFSET ?"
        row = self._db.row(query, (author, number - 1))
        return row[0] if row else None

    def begun_under(self, author: str, trajectory: str) -> str | None:
        """The version of the rubric under which an author began to review a trajectory; None when they did not."""
        query = "SELECT rubric FROM event WHERE author = ? AND trajectory = ? ORDER BY time, id LIMIT 1"
        row = self._db.row(query, (author, trajectory))
        return row[0] if row else None

    def review(self, author: str, trajectory: str) -> Review:
        """What an author has said about a trajectory."""
        rows = self._db.rows(f"SELECT {_RAW} FROM event WHERE author = ? AND trajectory = ?", (author, trajectory))
        events = [decode(raw) for (raw,) in rows]
        return Review(author, trajectory, {event.id: event for event in events})

    def authors(self, trajectory: str) -> list[str]:
        """Who has said anything about a trajectory."""
        rows = self._db.rows("SELECT DISTINCT author FROM event WHERE trajectory = ? ORDER BY author", (trajectory,))
        return [author for (author,) in rows]

    def events(self) -> Iterable[Event]:
        """Every event, in the order in which they came."""
        for row in self._db.dicts(f"SELECT {_RAW} FROM event ORDER BY rowid"):
            yield decode(row["raw"])

    # -- the derived tables

    def rebuild(self) -> None:
        """Make the derived tables anew from the log."""
        with self._db.transaction():
            for table in _DERIVED:
                self._db.execute(f"DELETE FROM {table}")
            for events in _batches(self.events()):
                self._derive(events)

    def faults(self) -> list[str]:
        """What is wrong with the log or the derived tables: a line each; [] when all is well."""
        found: list[str] = []
        heads = Heads()
        for row in self._db.dicts(f"SELECT *, {_RAW} FROM event"):
            try:
                event = decode(row["raw"])
            except ErrataError as error:
                found.append(f"event {row['id']}: {error}")
                continue
            try:
                parse_value(event.value or {})
            except ErrataError as error:
                found.append(f"event {event.id}: {error}")
            if _columns(event) != tuple(row[name] for name in _COLUMNS):
                found.append(f"event {event.id}: its columns differ from its bytes")
            heads.add(event)
        folds = {
            "head": {(*event.subject, event.id) for event in heads},
            "superseded": {(*subject, old) for subject, old in heads.superseded},
        }
        for table, fold in folds.items():
            kept = set(self._db.rows(f"SELECT author, trajectory, step, kind, slot, {_DERIVED[table]} FROM {table}"))
            found += [f"{table} {row[-1]} is kept but a fold of the log does not give it" for row in kept - fold]
            found += [f"{table} {row[-1]} is missing; a fold of the log gives it" for row in fold - kept]
        return found

    def _keep(self, events: Sequence[Event | Newer]) -> int:
        newer = [(event.id, event.author, event.version, event.raw) for event in events if isinstance(event, Newer)]
        new = self._insert([event for event in events if isinstance(event, Event)])
        return new + self._db.executemany("INSERT OR IGNORE INTO unread VALUES (?,?,?,?)", newer)

    def _insert(self, events: Sequence[Event]) -> int:
        """Keep events and derive what follows. Returns how many were new. Raises Clash."""
        new = self._db.executemany(_INSERT, [(*_columns(event), event.encode()) for event in events])
        if new < len(events):
            for event in events:
                if not self._is_known(event):
                    message = f"event {event.id} is there already, with other content"
                    raise Clash(message)
        self._derive(events)
        return new

    def _is_known(self, event: Event) -> bool:
        """Whether the event that is kept under this id is this one, or one of the two is what stays of the other."""
        (kept,) = self._db.row(f"SELECT {_RAW} FROM event WHERE id = ?", (event.id,))
        if event.value is None:
            return event.encode() in (kept, decode(kept).emptied().encode())
        return kept in (event.encode(), event.emptied().encode())

    def _derive(self, events: Sequence[Event]) -> None:
        """The one rule of the fold (reviewer.review.Heads.add), in SQL. To derive from an event again changes
        nothing.
        """
        dead = [(old, *event.subject) for event in events for old in event.supersedes]
        self._db.executemany("INSERT OR IGNORE INTO superseded VALUES (?,?,?,?,?,?)", dead)
        self._db.executemany(f"DELETE FROM head WHERE event=?1 AND {_SUBJECT}", dead)
        self._db.executemany(
            "INSERT OR IGNORE INTO head SELECT ?2,?3,?4,?5,?6,?1"
            f" WHERE NOT EXISTS (SELECT 1 FROM superseded WHERE id=?1 AND {_SUBJECT})",
            [(event.id, *event.subject) for event in events],
        )

    def _head_ids(self, subject: Subject) -> list[str]:
        rows = self._db.rows(
            "SELECT event FROM head WHERE author=? AND trajectory=? AND step=? AND kind=? AND slot=?", tuple(subject)
        )
        return [event for (event,) in rows]

    def _refuse_if_submitted(self, change: Change) -> None:
        author, trajectory, _, kind, _ = change.subject
        if kind == Submission.kind:
            return
        row = self._db.row(
            "SELECT json_extract(e.value, '$.state') AS state FROM head h JOIN event e ON e.id = h.event"
            " WHERE h.author=? AND h.trajectory=? AND h.step=? AND h.kind='submission' AND e.value IS NOT NULL"
            " ORDER BY json_extract(e.value, '$.revision') DESC, state = 'submitted' DESC",
            (author, trajectory, WHOLE),
        )
        if row == ("submitted",):
            message = f"this review is {Status.SUBMITTED}; reopen it to change it: v, or `errata submit REF --reopen`"
            raise ReadOnlyReview(message)

    def _last_time(self, author: str) -> int:
        """Of an author's events: somebody else's clock, however wrong, says nothing about theirs."""
        return (self._db.row("SELECT max(time) FROM event WHERE author = ?", (author,)) or (0,))[0] or 0


_COLUMNS = ("id", "device", *Subject._fields, "value", "time", "rubric", "undoes", "seen_through", "active_ms")
_INSERT = (
    f"INSERT INTO event ({', '.join(_COLUMNS)}, raw) VALUES ({', '.join('?' * len(_COLUMNS))}, ?)"
    " ON CONFLICT (id) DO NOTHING"
)


def _columns(event: Event) -> tuple[Any, ...]:
    """An event's `_COLUMNS`."""
    value = None if event.value is None else _dump(event.value)
    about = (value, event.time, event.rubric, event.undoes, event.seen_through, event.active_ms)
    return (event.id, event.device, *event.subject, *about)


def _batches(events: Iterable[_E]) -> Iterator[list[_E]]:
    some = iter(events)
    while batch := list(islice(some, _BATCH)):
        yield batch
