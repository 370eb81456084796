"""Syncing a store with a hub: copying the segments that the other side lacks. Nothing is merged, nothing is counted.

A sync is a generator. It does everything that is about the store, and yields what is to be asked of the hub; whoever
runs it asks, and sends the answer in. So `run` (the command line) and the screens, which ask in another thread, share
all but three lines; the store is touched from one thread only; and a test can end a sync between any two steps.

What decides is always the same: what is held here, and what the hub lists. There is no cursor. A segment counts as
had in the very transaction that takes in what it holds. A list that is out of date delays or repeats, nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from reviewer.errors import ErrataError
from reviewer.trajectory import SHORT_ID
from store.database import StoreError
from store.hubs.hub import MAX_OBJECT, Hub, HubError, Listed, NoPermission, split_name
from store.store import Store
from store.sync.hub_book import find_hubs
from store.sync.mail import Gap, Mail, Refusal
from store.sync.receipts import Counts, watch
from store.sync.redaction import Taken, redacted_parts
from store.sync.request import Request, Steps
from store.sync.sealing import sealed
from store.sync.segment import VERSION, WAITING, Refused
from store.sync.travel import check_part, join_parts, pack_parts, part_sizes
from store.trajectories import TrajectoryHead

_AT_ONCE = 128
_BYTES_AT_ONCE = 1 << 19
"""How many segments, or bytes of segments, are got with one question and taken in in one transaction: so many that
neither a line's delay nor a disk's counts, and so few that memory stays small."""


@dataclass
class Report:
    """What a sync did. counts: of the reviewer's own events. new: events that came. put: objects that were put.

    trajectories: those that came. redacted: what was here and is redacted. refused: what was newly refused.
    untrusted: all that waits for a key to be trusted. too_large: how many events cannot be sent. waiting: shared
    trajectories of which something is still missing in the hub. long: those that were left for their length. missing:
    what others wrote that has not come.
    """

    hub: str
    by_lead: bool
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0))
    segments: int = 0
    new: int = 0
    authors: set[str] = field(default_factory=set)
    put: int = 0
    trajectories: list[TrajectoryHead] = field(default_factory=list)
    redacted: list[Taken] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    untrusted: list[Refusal] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    too_large: int = 0
    waiting: int = 0
    long: int = 0
    missing: list[Gap] = field(default_factory=list)


class Sync:
    """One sync of a store with the hub of this name, for `me`.

    longest: where keys wait for the sync. Each segment is a transaction of its own then; a trajectory of more than so
    many bytes is left for another sync (to add it takes a third of a second for each megabyte, in one go), and the
    file is not written anew.
    """

    def __init__(self, store: Store, hub: str, me: str, *, longest: int | None = None) -> None:
        self.store = store
        self._hub = hub
        self._mail = Mail(store, me)
        self._me = me
        self._longest = longest
        self._at_once = _AT_ONCE if longest is None else 1
        self._listed: dict[str, Listed] = {}
        (self._entry,) = find_hubs(store, hub)
        self._held: dict[str, int] = {}
        self._sent: set[str] = set()
        self.report = Report(hub, self._mail.team.is_lead, redacted=self._mail.redacted)

    def steps(self) -> Steps:
        """The sync. Raises ErrataError when the hub is not this team's, and HubError when it cannot be used."""
        return sealed(self._steps(), self._mail.team) if self._entry.sealed else self._steps()

    def _steps(self) -> Steps:
        self._mail.team.check_key()
        self.store.log.read_unread()
        yield from self._list()
        self._held, self._sent = self._mail.held(), self._mail.sent(self._hub)
        self._refuse_another_hub()
        yield from self._pull("inbox")  # this first: it may say whose keys to believe
        for name, data in self._mail.kept_aside():
            self._take(name, data, "")
        yield from self._pull("outbox")
        self._held |= dict.fromkeys(self._mail.let_go_of(), 0)
        self._mark_sent(self._whole())
        if not self.report.by_lead:
            yield from self._pull_trajectories()
            self._mail.collect()
        while self._cut():
            yield Request("rest", "")
        if self.report.by_lead:
            yield from self._push_trajectories()
        yield from self._push()
        yield from self._remove_redacted()
        if self._longest is None:  # else somebody may be looking at what is to go
            try:
                self.store.scrub()
            except StoreError as error:
                self.report.problems.append(f"what was redacted is not wiped from the file yet: {error}")
        if not self.report.by_lead:
            watch(self.store, self._me)
        self.report.counts = self._mail.counts(self._hub)
        self.report.missing = self._mail.gaps()
        self.report.untrusted = [refusal for refusal in self._mail.reasons() if refusal.reason in WAITING]
        self.report.too_large = self._mail.too_large()

    # -- the list

    def _list(self) -> Steps:
        boxes = ["inbox", "outbox"] if self.report.by_lead else [f"inbox/{self._me}", f"outbox/{self._me}"]
        for box in ["team", *boxes]:
            for listed in (yield Request("list", box)):
                self._listed[listed.name] = listed

    def _refuse_another_hub(self) -> None:
        team = {name for name in self._listed if name.startswith("team/")}
        if team and not team & self._held.keys():
            raise HubError(f"hub {self._hub}: this is the hub of another lead, or of nobody you know")
        if not self._listed and self._sent:
            raise HubError(f"hub {self._hub}: it is empty; is it the right one, and is its disk mounted?")

    # -- in

    def _pull(self, boxes: str) -> Steps:
        """Take in every segment that is not held, in the order in which the hub lists them."""
        refused = self._mail.refused()
        news = []
        for name, listed in self._listed.items():
            if name in self._held or not (name.startswith(boxes) and name.endswith(".segment")):
                continue
            if refused.get(name) == _seen(listed):
                continue
            if listed.size > MAX_OBJECT:
                self._refuse(name, _seen(listed), Refused("too large", "larger than any segment is"), None)
            else:
                news.append(listed)
        done = 0
        for some in _some_at_once(news):
            found = yield from self._get(some, done, len(news))
            done += len(some)
            for at in range(0, len(found), self._at_once):
                with self.store.connection.transaction():
                    for name, data in found[at : at + self._at_once]:
                        self._take(name, data, _seen(self._listed[name]))
                if self._at_once < len(found):
                    yield Request("rest", "", b"", done, len(news))

    def _get(self, some: list[Listed], done: int, total: int) -> Generator[Request, Any, list[tuple[str, bytes]]]:
        """The objects that are there."""
        names = tuple(listed.name for listed in some)
        try:
            found = yield Request("get", names[0], b"", done, total, names=names)
        except NoPermission as error:
            if len(some) > 1:
                pairs: list[tuple[str, bytes]] = []
                for listed in some:
                    pairs += yield from self._get([listed], done, total)
                return pairs
            self._refuse(names[0], _seen(some[0]), Refused("damaged", str(error)), None)
            return []
        there = {name: data for name, data in zip(names, found, strict=True) if data is not None}
        for name, data in there.items():
            if isinstance(data, Refused):
                self._refuse(name, _seen(self._listed[name]), data, None)
        return [(name, data) for name, data in there.items() if isinstance(data, bytes)]

    def _take(self, name: str, data: bytes, seen: str) -> None:
        try:
            self.report.new += self._mail.take(name, data, self._hub)
        except Refused as error:
            self._refuse(name, seen, error, data)
        else:
            self._held[name] = len(data)
            self._sent.add(name)
            self.report.segments += 1
            self.report.authors.add(self._mail.team.author_of(split_name(name)[0]))

    def _refuse(self, name: str, seen: str, why: Refused, data: bytes | None) -> None:
        if self._mail.refuse(name, seen, why, data):
            self.report.refused.append(Refusal(name, why.reason, str(why), why.key))

    # -- out

    def _cut(self) -> bool:
        """Make segments of what is to be sent. Returns whether there was anything."""
        with self.store.connection.transaction():
            for _ in range(self._at_once):
                name = self._mail.cut()
                if name is None:
                    return False
                self._held[name] = len(self._mail.bytes_of(name))
        return True

    def _whole(self) -> list[str]:
        """The segments that are held here and listed at their full size, and not noted as sent."""
        again = self._mail.again()
        return [
            name
            for name, size in self._held.items()
            if name not in self._sent and (there := self._listed.get(name)) and there.may_be(size)
            if name not in again
        ]

    def _mark_sent(self, names: list[str]) -> None:
        self._mail.mark_sent(self._hub, names)
        self._sent.update(names)

    def _reviewers_here(self) -> set[str]:
        """Those who have put anything into this hub."""
        return {name.split("/")[1] for name in self._sent if name.startswith("outbox/")}

    def _push(self) -> Steps:
        """Put what the hub should have and does not list, or lists in another size, or somebody could not read.

        A reviewer puts what is in their own outbox, the lead what is for a reviewer of this hub. Each puts back what
        the other had put here, where the hub lets them: other devices may lack it, and who wrote it may have lost it.
        """
        mail, again, here = self._mail, self._mail.again(), self._reviewers_here()
        mine = ("inbox/", "team/") if self.report.by_lead else (f"outbox/{self._me}/",)
        introductions = mail.introductions(sealed=self._entry.sealed) if self.report.by_lead else {}

        def is_due(name: str) -> bool:
            box, _, rest = name.partition("/")
            if not self.report.by_lead:
                return name.startswith(mine) or (name in self._sent and box == "inbox")
            if box == "outbox":
                return name in self._sent
            return name in introductions or (box == "inbox" and rest.partition("/")[0] in here)

        missing = [
            name
            for name, size in self._held.items()
            if size
            if name in again or (there := self._listed.get(name)) is None or not there.may_be(size)
            if is_due(name)
        ]
        put: list[str] = []
        for done, name in enumerate(missing):
            try:
                yield Request("put", name, self._mail.bytes_of(name), done, len(missing))
            except HubError as error:
                if isinstance(error, NoPermission) and not name.startswith(mine):
                    continue  # only its author may write there; they will put it again themselves
                self._mark_sent(put)
                raise
            self.report.put += 1
            put.append(name)
            if len(put) == self._at_once:  # what is put and not marked when a sync is cut short, the next list tells
                self._mark_sent(put)
                put.clear()
        self._mark_sent(put)

    def _remove_redacted(self) -> Steps:
        """Remove from the hub what was let go of or redacted: the lead all, a reviewer from their own outbox."""
        boxes = ("inbox/", "outbox/") if self.report.by_lead else (f"outbox/{self._me}/",)
        gone = redacted_parts(self.store) | {name for name, size in self._held.items() if not size}
        for name in sorted(name for name in gone & self._listed.keys() if name.startswith(boxes)):
            try:
                yield Request("remove", name)
            except NoPermission as error:
                if self.report.by_lead:
                    self.report.problems.append(f"what was redacted is still in the hub: {error}")

    # -- trajectories

    def _push_trajectories(self) -> Steps:
        """As the lead, put the parts of shared trajectories that the hub lacks."""
        here, again = self._reviewers_here(), self._mail.again()
        missing: dict[str, dict[str, int]] = {}
        shares = self.store.connection.rows(
            "SELECT reviewer, trajectory, size, parts FROM share WHERE trajectory NOT IN (SELECT id FROM redacted)"
        )
        for reviewer, trajectory, size, parts in shares:
            if reviewer in here:
                sizes = part_sizes(json.loads(parts), size)
                names = {f"inbox/{reviewer}/{part}.part": bytes_ for part, bytes_ in sizes.items()}
                if lacking := {name: names[name] for name in names if name not in self._listed or name in again}:
                    missing.setdefault(trajectory, {}).update(lacking)
        done, total = 0, sum(sum(names.values()) for names in missing.values())
        for id_, names in missing.items():
            try:
                versions = self._mail.shared(id_)
            except ErrataError as error:
                self.report.problems.append(f"{id_[:SHORT_ID]} cannot be sent: {error}")
                continue
            for sha256, data in pack_parts(versions, {split_name(name)[1] for name in names}):
                for name in sorted(name for name in names if split_name(name)[1] == sha256):
                    yield Request("put", name, data, done, total, in_bytes=True)
                    done += names[name]
                    self._mark_sent([name])
                    self.report.put += 1

    def _pull_trajectories(self) -> Steps:
        """Get the parts of what the lead shares; a trajectory is added when all of them are there."""
        db = self.store.connection
        due = db.rows(
            "SELECT trajectory, name, size, parts FROM share WHERE reviewer = ? AND problem IS NULL"
            " AND trajectory NOT IN (SELECT id FROM trajectory UNION SELECT id FROM redacted)", (self._me,)
        )  # fmt: skip
        if self._longest is not None:
            self.report.long = sum(size > self._longest for _, _, size, _ in due)
            due = [share for share in due if share[2] <= self._longest]
        done, total = 0, sum(sum(part_sizes(json.loads(parts), size).values()) for _, _, size, parts in due)
        for id_, name, size, parts in due:
            hashes, sizes = json.loads(parts), part_sizes(json.loads(parts), size)
            have = {part for part in sizes if db.row("SELECT 1 FROM part WHERE name = ?", (part,))}
            for part, bytes_ in sizes.items():
                if part not in have and (yield from self._get_part(f"inbox/{self._me}/{part}.part", done, total)):
                    have.add(part)
                done += bytes_
            rubric = self.store.assigned_rubric(id_)
            if have >= set(hashes) and (rubric is None or self.store.has_rubric(rubric)):
                self._add(id_, name, hashes)
            else:
                self.report.waiting += 1

    def _get_part(self, name: str, done: int, total: int) -> Generator[Request, Any, bool]:
        listed = self._listed.get(name)
        if listed is None or self._mail.refused().get(name) == _seen(listed):
            return False
        try:
            if listed.size > MAX_OBJECT:  # it is put again over that, as what is damaged is
                raise Refused("damaged", "larger than any part of a trajectory is")
            data = yield Request("get", name, b"", done, total, in_bytes=True)
            if data is None:
                return False
            check_part(split_name(name)[1], data)
        except (NoPermission, Refused) as error:
            why = error if isinstance(error, Refused) else Refused("damaged", str(error))
            self._refuse(name, _seen(listed), why, None)
            return False
        db = self.store.connection
        with db.transaction():
            db.execute("INSERT OR IGNORE INTO part VALUES (?,?)", (split_name(name)[1], data))
            db.execute("DELETE FROM refused WHERE name = ?", (name,))
        return True

    def _add(self, id_: str, name: str, hashes: list[str]) -> None:
        """Add a trajectory of which all parts are here, and let go of them."""
        db = self.store.connection
        raw = {part: db.row("SELECT raw FROM part WHERE name = ?", (part,))[0] for part in hashes}
        problem = None
        with db.transaction():
            try:
                trajectory = join_parts(id_, name, [(part, raw[part]) for part in hashes])
                head, new = self.store.trajectories.add(trajectory)
                if new:
                    self.report.trajectories.append(head)
                elif head.id != id_:
                    problem = f"{id_[:SHORT_ID]} is shared, but its file is here already, read as {head.short_id}"
            except Refused as error:
                problem = str(error)
            if problem:
                self.report.problems.append(problem)
                db.execute(
                    "UPDATE share SET problem = ? WHERE reviewer = ? AND trajectory = ?", (problem, self._me, id_)
                )
            db.executemany("DELETE FROM part WHERE name = ?", [(part,) for part in hashes])


def _some_at_once(listed: list[Listed]) -> Iterator[list[Listed]]:
    some: list[Listed] = []
    for item in listed:
        if some and (len(some) == _AT_ONCE or sum(item.size for item in some) + item.size > _BYTES_AT_ONCE):
            yield some
            some = []
        some.append(item)
    if some:
        yield some


def _seen(listed: Listed) -> str:
    """How an object looked: when it looks otherwise, or this program has become another, it is tried again."""
    return f"{listed.size} {listed.mark} v{VERSION}"


Progress = Callable[[Request], None]


def run(sync: Sync, hub: Hub, on_progress: Progress = lambda request: None) -> Report:
    """Sync to the end. Raises ErrataError; what was done until then is kept, and the next sync goes on from there."""
    steps = sync.steps()
    with sync.store.connection.many_writes(), suppress(StopIteration):
        request = next(steps)
        while True:
            on_progress(request)
            try:
                answer = request.ask(hub)
            except HubError as error:
                request = steps.throw(error)
            else:
                request = steps.send(answer)
    return sync.report
