"""Redaction among a lead and reviewers: what was redacted goes from every store, and from the hubs.

The lead's notice holds the tombstone, so that a device which has not seen the event yet never takes it in. A segment
is signed bytes and cannot lose a line: it is let go of whole, here and in the hubs, and what else was in it is sent
anew by whoever had sent it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import msgspec

from reviewer.errors import ErrataError
from reviewer.event import Event, Subject, decode
from store.hubs.hub import owner_of, split_name
from store.redaction import Redaction, find_event, mark, redacted, redaction
from store.store import Store
from store.sync.segment import lines_of
from store.sync.team import Team


class Taken(NamedTuple):
    """What was here and is redacted: a trajectory (by its full id), or of what was said about it, a subject's event.
    title: the trajectory's, "" where that is not here.
    """

    why: Redaction
    trajectory: str
    title: str
    subject: Subject | None = None


def redact(store: Store, me: str, id_: str, reason: str) -> Event:
    """Redact an event, as the lead or in a store without a hub. Returns what stays of it. Raises ErrataError."""
    db, team = store.connection, _may(store, me)
    event = find_event(db, id_)
    if event.value is None:
        raise ErrataError(f"event {event.id} says nothing that could be redacted")
    why = redaction(event.id, me, reason)
    told = {box for (box,) in db.rows("SELECT box FROM carried WHERE event = ? AND box GLOB 'inbox/*'", (event.id,))}
    if team and event.author in team.reviewers:
        told.add(f"inbox/{event.author}")
    stays = event.emptied()
    with db.transaction():
        gone = _redact(store, event, why)
        for box in told:
            segments = [name for name in gone if owner_of(split_name(name)[0]) == owner_of(box)]
            Team(store, me).note(box, event=json.loads(stays.encode()), segments=segments, **_notice(why))
    return stays


def redact_trajectory(store: Store, me: str, id_: str, reason: str) -> None:
    """Redact a trajectory (by its full id), as the lead or in a store without a hub. Raises ErrataError.

    What was said about it stays.
    """
    db, _ = store.connection, _may(store, me)
    store.trajectories.get(id_)
    why = redaction(id_, me, reason)
    with db.transaction():
        mark(db, why)
        for (reviewer,) in db.rows("SELECT reviewer FROM share WHERE trajectory = ?", (id_,)):
            Team(store, me).note(f"inbox/{reviewer}", trajectory=id_, **_notice(why))


def _may(store: Store, me: str) -> Team | None:
    """The team whose lead `me` is; None in a store without a hub. Raises ErrataError for who is not the lead."""
    if store.connection.row("SELECT 1 FROM hub") is None:
        return None
    team = Team(store, me)
    if not team.is_lead:
        raise ErrataError(f"only the lead, {team.lead}, redacts")
    return team


def _notice(why: Redaction) -> dict[str, str]:
    return {"kind": "redacted", "by": why.by, "at": why.at, "reason": why.reason}


def obey(store: Store, notice: dict[str, Any], authors: Collection[str]) -> Taken | None:
    """Do what a lead's notice says of a trajectory, or of an event of one of these authors. Returns what that took
    from here, if anything.

    Raises ErrataError and ValueError.
    """
    db, about = store.connection, (str(notice["by"]), str(notice["at"]), str(notice["reason"]))
    title = "SELECT title FROM trajectory WHERE id = ?"
    if "trajectory" in notice:
        why = Redaction(str(notice["trajectory"]), *about)
        if not mark(db, why):
            return None
        db.execute("DELETE FROM part")  # what is still wanted of these comes again
        here = db.row(title, (why.id,))
        return Taken(why, why.id, here[0]) if here else None
    event = decode(json.dumps(notice["event"]).encode()).emptied()
    if event.author not in authors:
        raise ValueError(f"it is about {event.author}")
    why = Redaction(event.id, *about)
    said = db.row("SELECT 1 FROM event WHERE id = ? AND value IS NOT NULL", (event.id,))
    _redact(store, event, why)
    for name in notice.get("segments", ()):  # a device that never had them is not to miss them
        box = split_name(name)[0]
        if owner_of(box) in authors:
            db.execute("INSERT OR IGNORE INTO segment VALUES (?,?,'',NULL,x'')", (name, box))
    (found,) = db.row(title, (event.subject.trajectory,)) or ("",)
    return Taken(why, event.subject.trajectory, found, event.subject) if said else None


def holds_redacted(store: Store, lines: Iterable[bytes]) -> bool:
    """Whether one of these events is the original of what was redacted."""
    ids = redacted(store.connection)
    return bool(ids) and any(_says(line, ids) for line in lines)


def redacted_parts(store: Store) -> set[str]:
    """The names in hubs of the parts of what was shared and is redacted."""
    rows = store.connection.rows("SELECT reviewer, parts, trajectory IN (SELECT id FROM redacted) FROM share")
    names: dict[int, set[str]] = {0: set(), 1: set()}
    for reviewer, parts, is_redacted in rows:
        names[is_redacted] |= {f"inbox/{reviewer}/{part}.part" for part in json.loads(parts)}
    return names[1] - names[0]


def let_go(store: Store, segment: str) -> None:
    """Keep of a segment that it was had; what was in it is sent in another."""
    store.connection.execute("UPDATE segment SET raw = x'' WHERE name = ?", (segment,))
    store.connection.execute("UPDATE carried SET segment = NULL WHERE segment = ?", (segment,))


def _redact(store: Store, event: Event, why: Redaction) -> list[str]:
    """Returns the segments that were let go of."""
    db, gone = store.connection, []
    with db.transaction():
        if not mark(db, why):
            return []
        store.log.empty(event)
        names = db.rows(
            "SELECT name FROM segment WHERE length(raw) AND (box = 'outbox/' || ? OR box GLOB 'inbox/*')",
            (event.author,),
        )
        for (name,) in names:
            (raw,) = db.row("SELECT raw FROM segment WHERE name = ?", (name,))
            if any(_says(line, {event.id}) for line in lines_of(raw)):
                let_go(store, name)
                gone.append(name)
    return gone


def _says(line: bytes, ids: Collection[str]) -> bool:
    """Whether a line is an event of one of these ids, with something said in it."""
    body = msgspec.json.decode(line)
    return body.get("id") in ids and body.get("value") is not None
