"""Several devices and a lead over a folder that tears, loses, damages, repeats, reorders and lists late; devices that
crash between any two transactions or questions, are restored from backups, and have clocks that jump for days.

Whatever happened: once the trouble is over and everybody has synced, all that was ever answered "saved" is at the
lead, unless every copy of it was destroyed; the devices of one reviewer agree, with each other and with the lead;
every receipt is there; and nobody ever held, or could have read, what was not theirs.
"""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from zstandard import ZstdError

from reviewer import event as envelope
from store import Store
from store.hubs import HubError, open_hub
from store.redaction import redacted
from store.sync.hub_book import start_hub
from store.sync.redaction import redact
from store.sync.sealing import unseal
from store.sync.segment import Refused, introduce, unpack_bounded
from store.sync.sync import Report, Sync, run
from store.sync.travel import PART, check_part
from tests.examples import make_trajectory
from tests.store.sync.teams import LEAD, Member, Team
from tests.store.sync.troubles import FAULTS, Clock, Killed, TroubledHub, killed_after

DEVICES = {"alice-1": "alice", "alice-2": "alice", "bob": "bob", LEAD: LEAD}
REVIEWERS = [device for device in DEVICES if device != LEAD]
SESSIONS = ["serve a model", "mend the disk"]
GOLD = "the gold"
MODEL = make_trajectory().model.encode()


@cache
def a_team(sealed: bool) -> Path:
    """A team that is set up, to be copied: that takes a hundredth of setting one up."""
    folder = Path(tempfile.mkdtemp(dir=_MEMORY))
    team = Team(folder, sealed=sealed)
    for device in REVIEWERS:
        team.reviewer(DEVICES[device], device)
    for title in SESSIONS:
        team.lead.add(title)
    for member in [*team.members, *team.members]:
        member.sync()
    team.close()
    return folder


_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class TeamInTrouble(RuleBasedStateMachine):
    sealed = False

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=_MEMORY))
        shutil.copytree(a_team(self.sealed), self.folder, dirs_exist_ok=True)
        self.hub = self.folder / "hub"
        self.rnd = random.Random(0)
        self.clock = Clock()
        self.skew = dict.fromkeys(DEVICES, 0)
        envelope.time = self.clock  # type: ignore[assignment, attr-defined]
        self.members = {device: Member(self.folder, name, device) for device, name in DEVICES.items()}
        for member in self.members.values():  # theirs is the one that was copied
            member.store.connection.execute("UPDATE hub SET url = ?", (open_hub(str(self.hub)).url,))
        self.sessions = [head.id for head in self.members[LEAD].store.trajectories.all()]
        self.numbers = 0
        self.owed: dict[str, set[str]] = {device: set() for device in DEVICES}
        """What must be readable at a device in the end."""
        self.shared: set[tuple[str, str]] = set()
        self.redacted: dict[str, str] = {}
        """What must be readable nowhere in the end, by the id of its event."""
        self.looked_at: set[tuple[str, int, int]] = set()

    def teardown(self) -> None:
        try:
            self.get_over_it()
        finally:
            envelope.time = time  # type: ignore[attr-defined]
            for member in self.members.values():
                member.store.close()
            shutil.rmtree(self.folder)

    def at(self, device: str) -> Member:
        self.clock.offset = self.skew[device]
        return self.members[device]

    def text(self, what: str) -> str:
        self.numbers += 1
        return f"{what} {self.numbers}"

    # -- what people do

    @rule(device=st.sampled_from(REVIEWERS), slot=st.sampled_from("ab"))
    def say(self, device: str, slot: str) -> None:
        text = self.text("said")
        self.at(device).say(text, slot)
        for other, name in DEVICES.items():
            if name in (DEVICES[device], LEAD):
                self.owed[other].add(text)

    @rule()
    def say_the_gold(self) -> None:
        self.at(LEAD).say(self.text(GOLD), "gold")

    @rule(to=st.sampled_from(["alice", "bob"]))
    def give_feedback(self, to: str) -> None:
        text = self.text("feedback")
        lead = self.at(LEAD)
        lead.mail.send([lead.say(text, f"to {to}").id], to)
        for device, name in DEVICES.items():
            if name in (to, LEAD):
                self.owed[device].add(text)

    @rule(to=st.sampled_from(["alice", "bob"]), number=st.integers(0, len(SESSIONS) - 1))
    def share(self, to: str, number: int) -> None:
        self.at(LEAD).mail.share(self.sessions[number], to)
        self.shared.add((to, self.sessions[number]))

    @rule(which=st.integers(0, 10**6))
    def redact(self, which: int) -> None:
        lead = self.at(LEAD)
        said = [event for event in lead.store.log.events() if event.value and GOLD not in event.value["text"]]
        if said:
            event = said[which % len(said)]
            assert event.value
            redact(lead.store, LEAD, event.id, "a secret")
            self.redacted[event.id] = event.value["text"]
            for owed in self.owed.values():
                owed.discard(event.value["text"])

    @rule(device=st.sampled_from(list(DEVICES)), fault=st.sampled_from(FAULTS), chance=st.integers(0, 6))
    def sync(self, device: str, fault: str | None, chance: int) -> None:
        member = self.at(device)
        hub: Any = TroubledHub(self.hub, fault, chance, self.rnd)
        try:
            if fault == "killed after a commit":
                with killed_after(chance, member.store):
                    member.sync(hub)
            elif fault == "killed between questions":
                steps = Sync(member.store, "h", member.name).steps()
                request = next(steps)
                for _ in range(chance):
                    request = steps.send(request.ask(hub))
                steps.close()
                raise Killed
            else:
                member.sync(hub)
        except (Killed, StopIteration):
            self.reopen(device)
        except HubError as error:
            assert str(error) == "the line dropped" or "is it the right one" in str(error), error

    def reopen(self, device: str) -> None:
        self.members[device].store.close()
        self.members[device] = Member(self.folder, DEVICES[device], device)

    # -- what happens to them

    @rule(device=st.sampled_from(list(DEVICES)), days=st.integers(-400, 400))
    def set_the_clock(self, device: str, days: int) -> None:
        self.skew[device] = days * 86_400_000

    @rule(device=st.sampled_from(list(DEVICES)))
    def back_up(self, device: str) -> None:
        backup = self.folder / f"{device}.backup"
        with closing(sqlite3.connect(backup)) as to:
            self.members[device].store.connection.raw.backup(to)

    @rule(device=st.sampled_from(list(DEVICES)))
    def restore(self, device: str) -> None:
        backup = self.folder / f"{device}.backup"
        if backup.exists():
            with self.destroying():
                self.members[device].store.close()
                for end in ("-wal", "-shm"):
                    (self.folder / f"{device}.db{end}").unlink(missing_ok=True)
                shutil.copy(backup, self.folder / f"{device}.db")
                self.members[device] = Member(self.folder, DEVICES[device], device)
            if device == LEAD:
                kept = set(self.members[LEAD].store.connection.rows("SELECT reviewer, trajectory FROM share"))
                self.shared &= kept | self._shared_in_hub()
                self._forget_redactions()

    @rule(device=st.sampled_from(REVIEWERS))
    def burn(self, device: str) -> None:
        """A device is lost, and what it had sent lately too: the lead may be the only one who has it."""
        if (self.folder / f"{device}.backup").exists():
            with self.destroying():
                for path in (self.hub / "outbox" / DEVICES[device]).iterdir():
                    path.unlink()
                self.restore(device)

    @precondition(lambda self: any(self.files()))
    @rule(which=st.integers(0, 10**6), how=st.sampled_from(["lose", "cut", "zeros", "flip"]))
    def damage(self, which: int, how: str) -> None:
        files = list(self.files())
        path = files[which % len(files)]
        data = bytearray(path.read_bytes())
        shared = self._shared_in_hub()
        with self.destroying():
            match how:
                case "lose":
                    path.unlink()
                case "cut":
                    path.write_bytes(data[: len(data) // 2])
                case "zeros":
                    path.write_bytes(bytes(len(data)))
                case "flip" if data:
                    data[which % len(data)] ^= 1
                    path.write_bytes(data)
        known = set(self.members[LEAD].store.connection.rows("SELECT reviewer, trajectory FROM share"))
        self.shared -= shared - self._shared_in_hub() - known
        self._forget_redactions()

    @contextmanager
    def destroying(self) -> Iterator[None]:
        """What had its last copy destroyed is owed no longer."""
        before = self.copies()
        yield
        lost = before - self.copies()
        for owed in self.owed.values():
            owed -= lost

    def copies(self) -> set[str]:
        """All that is said in any store, or in any sound segment of the hub."""
        found: set[str] = set()
        for member in self.members.values():
            found |= {event.value["text"] for event in member.store.log.events() if event.value}
        for path in self.files():
            for event in self.events_in(path):
                found |= {event["value"]["text"]} if event["value"] else set()
        return found

    def files(self) -> Iterator[Path]:
        for path in sorted(self.hub.rglob("*")):
            if path.suffix in (".segment", ".part") and "conflict" not in path.name:
                yield path

    def events_in(self, path: Path) -> list[dict[str, Any]]:
        return [line for line in self.lines_in(path) if "subject" in line]

    def lines_in(self, path: Path) -> list[dict[str, Any]]:
        try:
            data = path.read_bytes()
            if self.sealed and path.parent.name != "team":
                data = unseal(data, self.members[LEAD].mail.team.key)
            return [json.loads(line) for line in introduce(str(path.relative_to(self.hub)), data).lines]
        except (Refused, FileNotFoundError):
            return []

    def _shared_in_hub(self) -> set[tuple[str, str]]:
        return {
            (path.parent.name, line["trajectory"])
            for path in self.files()
            for line in self.lines_in(path)
            if line.get("kind") == "share" and path.suffix == ".segment"
        }

    def _forget_redactions(self) -> None:
        """Those of which the lead's word was destroyed: the store that held it, and the notice."""
        known = redacted(self.members[LEAD].store.connection) | {
            line["event"]["id"] for path in self.files() for line in self.lines_in(path) if "reason" in line
        }
        self.redacted = {id_: text for id_, text in self.redacted.items() if id_ in known}

    # -- what always holds

    @invariant()
    def nobody_holds_or_can_read_what_is_not_theirs(self) -> None:
        for device in REVIEWERS:
            member = self.members[device]
            mine = {member.name, LEAD}
            for event in member.store.log.events():
                assert event.author in mine
                assert not event.value or GOLD not in event.value["text"]
            assert not any(head.model for head in member.store.trajectories.all()), "the rubric hides it"
        for path in self.files():
            about = path.stat()
            key = (path.name, about.st_size, about.st_mtime_ns)
            if key not in self.looked_at:
                self.looked_at.add(key)
                for said in self.events_in(path):
                    assert said["author"] == (LEAD if path.parent.parent.name == "inbox" else path.parent.name)
                    assert not said["value"] or GOLD not in said["value"]["text"]
                if self.sealed and path.parent.name != "team":
                    self.opens_for_nobody_else(path)
                elif path.suffix == ".part":
                    assert MODEL not in unpacked(path.read_bytes())

    def opens_for_nobody_else(self, path: Path) -> None:
        """What lies in a sealed hub is for the lead and its box's owner. What was damaged there is for nobody."""
        name, data = str(path.relative_to(self.hub)), path.read_bytes()
        with pytest.raises(Refused):
            introduce(name, data)
        with pytest.raises(Refused):
            check_part(path.stem, data)
        for member in self.members.values():
            if member.name not in (LEAD, path.parent.name):
                with pytest.raises(Refused):
                    unseal(data, member.mail.team.key)

    def get_over_it(self) -> None:
        for _ in range(5):
            for device, member in self.members.items():
                try:
                    member.sync(open_hub(str(self.hub)))
                except HubError as error:
                    assert "it is empty; is it the right one" in str(error)
                    if device == LEAD:
                        start_hub(member.store, LEAD, "h", str(self.hub))
        lead = self.members[LEAD].store
        for device, name in DEVICES.items():
            member = self.members[device]
            assert member.store.log.faults() == []
            texts = {event.value["text"] for event in member.store.log.events() if event.value}
            assert texts >= self.owed[device], f"{device} lacks what was said"
            assert not texts & set(self.redacted.values()), f"{device} has what was redacted"
            assert _heads(member.store, name) == _heads(lead, name)
            if device != LEAD:
                counts = member.mail.counts("h")
                assert counts.saved == counts.sent == counts.received
                shared = {id_ for to, id_ in self.shared if to == name}
                assert {head.id for head in member.store.trajectories.all()} >= shared
        for path in self.files():
            for said in self.events_in(path):
                assert not said["value"] or said["value"]["text"] not in self.redacted.values(), f"{path} has it"
        assert _heads(self.members["alice-1"].store, LEAD) == _heads(self.members["alice-2"].store, LEAD)
        for device in DEVICES:
            asked = _questions(self.members[device], self.hub)
            assert [question.split()[0] for question in asked] == ["list"] * 3, f"{device} still asks {asked}"


def unpacked(part: bytes) -> bytes:
    try:
        return unpack_bounded(part, PART)
    except (ZstdError, Refused):  # it was damaged
        return b""


def _heads(store: Store, author: str) -> set[str]:
    return {id_ for (id_,) in store.connection.rows("SELECT event FROM head WHERE author = ?", (author,))}


def _questions(member: Member, root: Path) -> list[str]:
    asked: list[str] = []
    sync = Sync(member.store, "h", member.name)
    report: Report = run(sync, open_hub(str(root)), lambda request: asked.append(f"{request.verb} {request.name}"))
    assert report.refused == []
    return asked


class SealedTeamInTrouble(TeamInTrouble):
    """The same, in a folder that all can read."""

    sealed = True


class TeamInMoreTrouble(TeamInTrouble):
    """The same, for a night."""


class SealedTeamInMoreTrouble(SealedTeamInTrouble):
    """The same, for a night."""


@pytest.mark.parametrize("trouble", [TeamInTrouble, SealedTeamInTrouble])
def test_a_hub_of_which_nothing_is_left_is_filled_again(trouble: type[TeamInTrouble]) -> None:
    state = trouble()
    state.say("bob", "a")
    state.sync("bob", None, 0)
    while any(state.files()):
        state.damage(0, "lose")
    state.teardown()


_ORDINARY = settings(max_examples=settings().max_examples // 2, stateful_step_count=30)
_MANY = settings(max_examples=2_000, stateful_step_count=40)
TeamInTrouble.TestCase.settings = SealedTeamInTrouble.TestCase.settings = _ORDINARY
TestTeamInTrouble = TeamInTrouble.TestCase
TestSealedTeamInTrouble = SealedTeamInTrouble.TestCase
TeamInMoreTrouble.TestCase.settings = SealedTeamInMoreTrouble.TestCase.settings = _MANY
TestTeamInMoreTrouble = pytest.mark.slow(TeamInMoreTrouble.TestCase)
TestSealedTeamInMoreTrouble = pytest.mark.slow(SealedTeamInMoreTrouble.TestCase)
