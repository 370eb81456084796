"""What is to be sent and what has come: events and notices in segments, on this side of a hub.

Everything here is in the store, in the same transactions as what it is about. A crash anywhere leaves what was there
before or after; a backup that is restored is an older state of all of it at once.

Notices are what a lead and a reviewer tell each other beside events, each a line of JSON with a `kind`:

    received   segment               the lead has it, for good
    damaged    name, seen            it cannot be read; put it again
    key        author, key, revoked  whose key to believe (store/sync/team.py); sealed: in a hub that is
    share      trajectory, name, size, parts, rubric   a trajectory to review (store/sync/travel.py), and by what
    rubric     version, text         a rubric, named by the SHA-256 of its TOML text
    redacted   event and segments, or trajectory, by, at, reason   what stays of it (store/sync/redaction.py)
    hello      key                   nothing but a signature, for the lead to see the key

Of another kind, a notice is kept and not read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from reviewer.errors import ErrataError
from reviewer.event import read
from reviewer.rubric import Rubric, parse_rubric
from reviewer.trajectory import Trajectory
from reviewer.withholding import withhold
from store.hubs.hub import owner_of, split_name
from store.log import Clash
from store.store import Store
from store.sync import redaction
from store.sync.receipts import Counts, counts
from store.sync.segment import MAX_BYTES, MAX_LINES, Kind, Refused, Segment, open_segment, sign_segment
from store.sync.team import Team
from store.sync.travel import part_hashes
from store.trajectories import storable

_MAX_RUBRIC = 1 << 20
"""Bytes of a rubric's text that travels: a hundred times what is usual."""

_KEPT_ASIDE = 200
"""Of how many refused segments the bytes are kept; of more, what was wrong with them."""


class Gap(NamedTuple):
    """A segment that another names as the one before it, and that has not come."""

    author: str
    name: str
    before: str


class Refusal(NamedTuple):
    """A segment or part that was refused. reason: for programs (segment.py). key: that it is signed with."""

    name: str
    reason: str
    why: str
    key: str | None


class Mail:
    """The mail of a store's reviewer, or of its lead."""

    def __init__(self, store: Store, me: str) -> None:
        self._store = store
        self._db = store.connection
        self.me = me
        self.team = Team(store, me)
        self.redacted: list[redaction.Taken] = []
        """What notices that came took from here."""

    # -- out

    def send(self, events: list[str], reviewer: str) -> None:
        """As the lead, let a reviewer have these events (by id) of the lead's. Nothing else of them ever leaves."""
        with self._db.transaction():
            for event in events:
                if self._db.row("SELECT 1 FROM event WHERE id = ? AND author = ?", (event, self.me)) is None:
                    raise ErrataError(f"there is no event {event} of {self.me} to send")
                self._db.execute("INSERT OR IGNORE INTO carried VALUES (?,?,NULL)", (f"inbox/{reviewer}", event))

    def share(self, trajectory: str, reviewer: str) -> Rubric:
        """As the lead, let a reviewer have a trajectory (by its full id), and the rubric to judge it by: the one in
        use when it is first shared, with whomever. All who get it judge by the same, and none gets what it hides.
        Returns the rubric. Raises ErrataError.
        """
        if not self.team.is_lead:
            raise ErrataError(f"only the lead, {self.team.lead}, shares sessions")
        if reviewer not in self.team.reviewers:
            raise ErrataError(f"no key of {reviewer} is trusted yet: `errata hub trust {reviewer} KEY` first")
        whole = self._store.trajectories.trajectory(trajectory)
        with self._db.transaction():
            rubric = self._assign_rubric(trajectory)
            given = withhold(whole, rubric.hide)
            self.team.note(f"inbox/{reviewer}", kind="rubric", version=rubric.version, text=rubric.text)
            parts, name, size = part_hashes(given), storable(given.source.name), len(given.canonical)
            row = (reviewer, trajectory, name, size, json.dumps(parts))
            self._db.execute("INSERT OR IGNORE INTO share VALUES (?,?,?,?,?,NULL)", row)
            about = {"trajectory": trajectory, "name": name, "size": size, "parts": parts, "rubric": rubric.version}
            self.team.note(f"inbox/{reviewer}", kind="share", **about)
        return rubric

    def shared(self, trajectory: str) -> list[Trajectory]:
        """As the lead, a trajectory as it may have been shared: but for what its rubric hides; by an older version,
        whole. Raises ErrataError.
        """
        whole = self._store.trajectories.trajectory(trajectory)
        version = self._store.assigned_rubric(trajectory)
        return [withhold(whole, self._store.rubric_of(version).hide), whole] if version else [whole]

    def _assign_rubric(self, trajectory: str) -> Rubric:
        """The rubric that a shared trajectory is judged by; the one in use when it is shared for the first time."""
        version = self._store.assigned_rubric(trajectory)
        rubric = self._store.rubric_of(version) if version else self._store.rubric
        if len(rubric.text.encode()) > _MAX_RUBRIC:
            message = f"the rubric {rubric.name!r} is too large to share: more than {_MAX_RUBRIC >> 20} MiB"
            raise ErrataError(message)
        self._store.keep_rubric(rubric.version, rubric.name, rubric.text)
        self._store.assign_rubric(trajectory, rubric.version)
        return rubric

    def collect(self) -> None:
        """As a reviewer, put every event of one's own where the next segments take it along."""
        box = f"outbox/{self.me}"
        (uncollected,) = self._db.row(
            "SELECT (SELECT count(*) FROM event WHERE author = ?1) + (SELECT count(*) FROM unread WHERE author = ?1)"
            " - (SELECT count(*) FROM carried WHERE box = ?2)",
            (self.me, box),
        )
        if not uncollected:  # to count takes a tenth of the time of looking at each
            return
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO carried SELECT ?1, id, NULL FROM event WHERE author = ?2"
                " AND NOT EXISTS (SELECT 1 FROM carried WHERE box = ?1 AND event = id)",
                (box, self.me),
            )

    def cut(self) -> str | None:
        """Make one segment of what is to be sent. Returns its name; None when there was nothing. What is too large
        stays.
        """
        for kind, table, key, text in (
            (
                "events",
                "carried c INDEXED BY carried_waiting JOIN event e ON e.id = c.event",
                "event",
                "CAST(e.raw AS BLOB)",
            ),
            ("notices", "notice c INDEXED BY notice_waiting", "line", "CAST(c.line AS BLOB)"),
        ):
            row = self._db.row(
                f"SELECT c.box FROM {table} WHERE c.segment IS NULL AND length({text}) <= ? LIMIT 1", (MAX_BYTES,)
            )
            if row is None:
                continue
            (box,) = row
            rows = self._db.rows(
                f"SELECT c.{key}, {text} FROM {table} WHERE c.segment IS NULL AND c.box = ? AND length({text}) <= ?"
                f" ORDER BY c.{key} LIMIT ?",
                (box, MAX_BYTES, MAX_LINES),
            )
            size = 0
            fitting = [row for row in rows if (size := size + len(row[1])) <= MAX_BYTES]
            return self._sign("events" if kind == "events" else "notices", box, fitting, key)
        return None

    def _sign(self, kind: Kind, box: str, rows: list[tuple[str, bytes]], key: str) -> str:
        table = "carried" if kind == "events" else "notice"
        writer = self._store.log.device
        with self._db.transaction():
            before = self._db.row(
                "SELECT name FROM segment WHERE box = ? AND writer = ? ORDER BY rowid DESC LIMIT 1", (box, writer)
            )
            lines = [line for _, line in rows]
            name, raw = sign_segment(self.team.key, kind, self.me, box, writer, before[0] if before else None, lines)
            self._keep(name, box, writer, before[0] if before else None, raw)
            self._db.executemany(
                f"UPDATE {table} SET segment = ? WHERE box = ? AND {key} = ?", [(name, box, id_) for id_, _ in rows]
            )
        return name

    def too_large(self) -> int:
        """How many events are too large to be sent."""
        (count,) = self._db.row(
            "SELECT count(*) FROM carried c JOIN event e ON e.id = c.event"
            " WHERE c.segment IS NULL AND length(e.raw) > ?", (MAX_BYTES,)
        )  # fmt: skip
        return int(count)

    # -- what is held

    def held(self, box: str | None = None) -> dict[str, int]:
        """The segments held, of a box or of all: name to size, 0 of one let go of."""
        query = "SELECT name, length(raw) FROM segment WHERE ?1 IS NULL OR box = ?1"
        return dict(self._db.rows(query, (box,)))

    def let_go_of(self) -> list[str]:
        """The segments of which only that they were had is kept, for something in them was redacted."""
        if self._db.row("SELECT 1 FROM redacted") is None:  # most often: to look at each segment takes its time
            return []
        return [name for (name,) in self._db.rows("SELECT name FROM segment WHERE length(raw) = 0")]

    def introductions(self, *, sealed: bool) -> dict[str, int]:
        """Of the lead's, the segments of the box "team" that a hub begins with which is sealed, or is not."""
        return dict(
            self._db.rows(
                "SELECT s.name, length(s.raw) FROM segment s JOIN notice n ON n.segment = s.name WHERE n.box = 'team'"
                " GROUP BY s.name HAVING max(coalesce(json_extract(n.line, '$.sealed'), 0)) = ?",
                (sealed,),
            )
        )

    def bytes_of(self, name: str) -> bytes:
        raw: bytes = self._db.row("SELECT raw FROM segment WHERE name = ?", (name,))[0]
        return raw

    def _keep(self, name: str, box: str, writer: str, prev: str | None, raw: bytes) -> None:
        self._db.execute("INSERT OR IGNORE INTO segment VALUES (?,?,?,?,?)", (name, box, writer, prev, raw))

    def sent(self, hub: str) -> set[str]:
        """The segments that a hub has had."""
        return {name for (name,) in self._db.rows("SELECT segment FROM sent WHERE hub = ?", (hub,))}

    def mark_sent(self, hub: str, names: list[str]) -> None:
        """Note that a hub has these objects, whole."""
        with self._db.transaction():
            self._db.executemany("INSERT OR IGNORE INTO sent VALUES (?,?)", [(hub, name) for name in names])
            self._db.executemany("DELETE FROM again WHERE name = ?", [(name,) for name in names])

    def again(self) -> set[str]:
        """What the other side could not read."""
        return {name for (name,) in self._db.rows("SELECT name FROM again")}

    def counts(self, hub: str) -> Counts:
        return counts(self._store, self.me, hub)

    def gaps(self) -> list[Gap]:
        """What is known to have been written, and has not come: not listed, or not sent yet. What was refused is not
        among it.
        """
        rows = self._db.rows(
            "SELECT s.box, s.previous, s.name FROM segment s WHERE s.previous IS NOT NULL AND s.box <> 'team'"
            " AND NOT EXISTS (SELECT 1 FROM segment p WHERE p.name = s.previous)"
            " AND NOT EXISTS (SELECT 1 FROM refused r WHERE r.name = s.previous) ORDER BY s.rowid"
        )
        return [Gap(self.team.author_of(box), name, before) for box, name, before in rows]

    # -- in

    def take(self, name: str, data: bytes, hub: str) -> int:
        """Take in a segment that a hub had, whole or not at all. Returns how many events were new. Raises Refused."""
        box = split_name(name)[0]
        author = self.team.author_of(box)
        keys, revoked = self.team.keys(author), self.team.revoked(author)
        if self._db.row(
            "SELECT 1 FROM receipt WHERE segment = ?", (name,)
        ):  # the lead had it before the key was lost
            keys, revoked = keys | revoked, set()
        segment = open_segment(name, data, author, keys, revoked)
        taken: list[redaction.Taken | None] = []
        with self._db.transaction():
            if segment.kind == "events":
                new = self._take_events(segment)
            elif segment.kind == "notices":
                new = 0
                taken = [self._take_notice(segment, line) for line in segment.lines]
            else:
                raise Refused("newer", "holds what only a newer Errata can read", segment.key)
            spoilt = segment.kind == "events" and redaction.holds_redacted(self._store, segment.lines)
            self._keep(name, box, segment.writer, segment.prev, b"" if spoilt else data)
            if spoilt:
                redaction.let_go(self._store, name)
            self._db.execute("DELETE FROM refused WHERE name = ?", (name,))
            self._db.execute("DELETE FROM again WHERE name = ?", (name,))
            self._db.execute("INSERT OR IGNORE INTO sent VALUES (?,?)", (hub, name))
            if self.team.is_lead and author != self.me:
                self.team.note(f"inbox/{author}", kind="received", segment=name)
        self.redacted += filter(None, taken)
        return new

    def _take_events(self, segment: Segment) -> int:
        try:
            events = [read(line) for line in segment.lines]
        except ErrataError as error:
            raise Refused("forged", str(error), segment.key) from error
        if others := {event.author for event in events} - {segment.author}:
            raise Refused("forged", f"holds events of {min(others)}", segment.key)
        try:
            new = self._store.log.apply(events)
        except Clash as error:
            raise Refused("forged", str(error), segment.key) from error
        if segment.author == self.me:
            self._db.executemany(_CARRIED, [(segment.box, event.id, segment.name) for event in events])
        return new

    def _take_notice(self, segment: Segment, line: bytes) -> redaction.Taken | None:
        try:
            notice = json.loads(line)
            taken = self._obey(segment, notice)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ErrataError) as error:
            raise Refused("forged", f"a notice in it is malformed: {error!r}", segment.key) from error
        self._db.execute(_NOTICE, (segment.box, json.dumps(notice, sort_keys=True), segment.name))
        return taken

    def _obey(self, segment: Segment, notice: dict[str, Any]) -> redaction.Taken | None:
        """Do what a notice says, as far as its author may. Again, it changes nothing. Returns what it took away."""
        by_lead = segment.author == self.team.lead
        reviewer = owner_of(segment.box)
        match notice["kind"]:
            case "damaged" if owner_of(split_name(notice["name"])[0]) == reviewer:
                self._db.execute("INSERT OR IGNORE INTO again VALUES (?)", (notice["name"],))
            case "received" if by_lead:
                self._db.execute("INSERT OR IGNORE INTO receipt VALUES (?)", (notice["segment"],))
                self._db.execute("UPDATE refused SET seen = '' WHERE name = ?", (notice["segment"],))
            case "key" if by_lead:
                author, key = str(notice["author"]), bytes.fromhex(notice["key"]).hex()
                if author in (self.team.lead, reviewer):
                    self.team.believe(author, key, revoked=bool(notice.get("revoked")))
            case "share" if by_lead:
                parts = [bytes.fromhex(part).hex() for part in notice["parts"]]
                about = str(notice["trajectory"]), str(notice["name"]), int(notice["size"])
                row = (reviewer, *about, json.dumps(parts))
                self._db.execute("INSERT OR IGNORE INTO share VALUES (?,?,?,?,?,NULL)", row)
                if rubric := notice.get("rubric"):  # shares of older versions say nothing of it
                    self._store.assign_rubric(about[0], bytes.fromhex(rubric).hex())
            case "rubric" if by_lead:
                text = str(notice["text"])
                if hashlib.sha256(text.encode()).hexdigest() != notice["version"] or len(text) > _MAX_RUBRIC:
                    raise ValueError("not the rubric that it says")
                self._store.keep_rubric(notice["version"], _name_of(text), text)
            case "redacted" if by_lead:
                return redaction.obey(self._store, notice, {self.team.lead, reviewer})
        return None

    # -- what was refused

    def refuse(self, name: str, seen: str, why: Refused, data: bytes | None) -> bool:
        """Keep aside what was refused, with the reason. Returns whether that is news."""
        known = self._db.row("SELECT seen, reason FROM refused WHERE name = ?", (name,))
        (kept,) = self._db.row("SELECT count(raw) FROM refused")
        with self._db.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO refused VALUES (?,?,?,?,?,?)",
                (name, why.reason, str(why), why.key, seen, data if kept < _KEPT_ASIDE else None),
            )
            if why.reason in ("damaged", "sealed"):
                self._complain(name, seen)
        return known is None or known != (seen, why.reason)

    def _complain(self, name: str, seen: str) -> None:
        """Ask whoever has it to put it again."""
        reviewer = owner_of(split_name(name)[0])
        box = f"outbox/{self.me}"
        if self.team.is_lead:
            if reviewer not in self.team.reviewers:
                return
            box = f"inbox/{reviewer}"
        self.team.note(box, kind="damaged", name=name, seen=seen)

    def refused(self) -> dict[str, str]:
        """What was refused: name to how it looked then."""
        return dict(self._db.rows("SELECT name, seen FROM refused"))

    def kept_aside(self) -> Iterator[tuple[str, bytes]]:
        """What was refused for a key that is believed now, and can be tried again without the hub."""
        for (name,) in self._db.rows("SELECT name FROM refused WHERE seen = '' AND raw IS NOT NULL"):
            yield name, self._db.row("SELECT raw FROM refused WHERE name = ?", (name,))[0]

    def reasons(self) -> list[Refusal]:
        """All that is kept aside."""
        return [Refusal(*row) for row in self._db.rows("SELECT name, reason, why, key FROM refused ORDER BY name")]


def _name_of(rubric: str) -> str:
    """A rubric's name; "" where only a newer version can read it, which it is kept for."""
    try:
        return parse_rubric(rubric).name
    except ErrataError:
        return ""


_CARRIED = (
    "INSERT INTO carried VALUES (?,?,?) ON CONFLICT (box, event) DO UPDATE SET segment = excluded.segment"
    " WHERE segment IS NULL"
)
_NOTICE = (
    "INSERT INTO notice VALUES (?,?,?) ON CONFLICT (box, line) DO UPDATE SET segment = excluded.segment"
    " WHERE segment IS NULL"
)
