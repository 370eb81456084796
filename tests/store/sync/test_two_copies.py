"""A folder hub of which everybody has a copy of their own, kept in step by a program that knows only files: it copies
them one by one, in any order, whenever it likes, and may be seen half-way.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from store.hubs import open_hub
from store.sync.hub_book import join_hub
from store.sync.sync import Report
from tests.store.sync.teams import Member, Team


class Copies:
    """The lead's copy of the hub, and bob's."""

    def __init__(self, team: Team, rnd: random.Random) -> None:
        self.of = {"ana": team.hub, "bob": team.folder / "copy"}
        self._rnd = rnd
        shutil.copytree(self.of["ana"], self.of["bob"])

    def sync(self, member: Member) -> Report:
        return member.sync(open_hub(str(self.of[member.name])))

    def files(self, who: str) -> dict[Path, int]:
        root = self.of[who]
        return {path.relative_to(root): path.stat().st_size for path in root.rglob("*") if path.is_file()}

    def merge(self, some: float = 1.0, torn: float = 0.0) -> None:
        """Copy some of the files that one has and the other lacks, or has less of; some of these only in part."""
        mine, theirs = self.files("ana"), self.files("bob")
        differ = [name for name in mine.keys() | theirs.keys() if mine.get(name) != theirs.get(name)]
        self._rnd.shuffle(differ)
        for name in differ[: round(some * len(differ))]:
            source, target = self.of["ana"] / name, self.of["bob"] / name
            if theirs.get(name, -1) > mine.get(name, -1):
                source, target = target, source
            data = source.read_bytes()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data[: len(data) // 2] if self._rnd.random() < torn else data)


@pytest.mark.parametrize("seed", range(8))
def test_two_copies_merged_file_by_file_come_to_the_same(any_team: Team, seed: int) -> None:
    rnd = random.Random(seed)
    lead, copies = any_team.lead, Copies(any_team, rnd)
    bob = Member(any_team.folder, "bob")
    any_team.members.append(bob)
    join_hub(bob.store, "bob", "h", str(copies.of["bob"]))
    copies.sync(bob)
    copies.merge()
    copies.sync(lead)
    lead.mail.team.trust("bob", bob.mail.team.key.public)
    sessions = [lead.add(f"session {number}") for number in range(3)]
    said, feedback = set(), set()
    for number in range(60):
        match rnd.choice(["say", "feedback", "share", "sync", "sync", "merge", "merge"]):
            case "say":
                said.add(f"said {number}")
                bob.say(f"said {number}", f"s{number}")
            case "feedback":
                feedback.add(f"feedback {number}")
                lead.mail.send([lead.say(f"feedback {number}", f"f{number}").id], "bob")
            case "share":
                lead.mail.share(sessions[number % 3], "bob")
            case "sync":
                copies.sync(rnd.choice([lead, bob]))
            case "merge":
                copies.merge(some=rnd.random(), torn=0.2)
    for id_ in sessions:
        lead.mail.share(id_, "bob")
    for _ in range(6):
        copies.sync(lead), copies.sync(bob)
        copies.merge()
    assert lead.said() == said | feedback == bob.said()
    assert {head.id for head in bob.store.trajectories.all()} == set(sessions)
    counts = bob.mail.counts("h")
    assert counts.saved == counts.received == len(said)
    assert copies.files("ana").keys() == copies.files("bob").keys()
    last = [copies.sync(lead), copies.sync(bob)]
    assert [(report.new, report.put, report.refused, report.missing) for report in last] == [(0, 0, [], [])] * 2
    assert lead.store.log.faults() == bob.store.log.faults() == []
