"""What the lead redacts is gone everywhere, a tombstone stays, and nothing else changes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from zstandard import ZstdDecompressor, ZstdError

from reviewer.annotation import Comment
from reviewer.errors import ErrataError
from reviewer.event import WHOLE, Event, Subject
from reviewer.trajectory import Step
from store import Store
from store.database import Connection
from store.hubs import Hub, NoPermission, open_hub
from store.hubs.folder import FolderHub
from store.log import Change
from store.recover import recover
from store.sync.redaction import redact, redact_trajectory
from store.sync.sealing import seal
from store.sync.segment import Kind, sign_segment
from store.sync.sync import Sync, run
from store.verify import verify
from tests.examples import make_trajectory
from tests.store.sync.teams import LEAD, Member, Team, back_up, restore

SECRET = "zq9f1c07aa55d14e3b"
_ZSTD = b"\x28\xb5\x2f\xfd"


@pytest.fixture
def team(any_team: Team) -> Team:
    return any_team


def holds(path: Path) -> bool:
    """Whether a file holds the secret, as it is or compressed."""
    data, at = path.read_bytes(), 0
    while (at := data.find(_ZSTD, at) + 1) > 0:
        try:
            data += ZstdDecompressor().stream_reader(data[at - 1 : at + 100_000]).read(1 << 20)
        except ZstdError:
            continue
    return SECRET.encode() in data


def holders(team: Team) -> set[str]:
    """The files of the stores and of the hub that hold the secret, without backups."""
    files = [path for path in team.folder.rglob("*") if path.is_file() and path.suffix != ".backup"]
    return {str(path.relative_to(team.folder)) for path in files if holds(path)}


def faults(store: Store) -> list[str]:
    """What is wrong with a store, but that nobody imported what these tests talk of."""
    return [fault for fault in verify(store).faults if not fault.startswith("trajectory t is not there")]


def everybody_syncs(team: Team, rounds: int = 3) -> None:
    for _ in range(rounds):
        for member in team.members:
            member.sync()


def put(team: Team, member: Member, kind: Kind, line: bytes, box: str) -> None:
    """A segment that a member's key signs, as others can put there what is not sealed."""
    name, data = sign_segment(member.mail.team.key, kind, member.name, box, "w", None, [line])
    (team.hub / name).parent.mkdir(parents=True, exist_ok=True)
    (team.hub / name).write_bytes(data)


def said_everywhere(team: Team) -> tuple[Member, Member, Event]:
    """Bob, on two devices, said two things in one segment, of which one is a secret; everybody has it."""
    bob, other = team.reviewer("bob"), team.reviewer("bob", "bob-2")
    event = bob.say(f"the password is {SECRET}", "a")
    bob.say("harmless", "b")
    everybody_syncs(team)
    assert len({name.partition(".")[0] for name in holders(team) if name.endswith((".db", "-wal"))}) == 3
    return bob, other, event


def test_a_sync_tells_what_it_took_from_here_and_no_more(team: Team) -> None:
    bob, other, event = said_everywhere(team)
    session = team.lead.add("serve the model")
    team.lead.mail.share(session, "bob")
    everybody_syncs(team)
    redact(team.lead.store, LEAD, event.id, "a password")
    redact_trajectory(team.lead.store, LEAD, session, "private")
    assert team.lead.sync().redacted == []
    for device in (bob, other):
        told = device.sync().redacted
        assert {(taken.why.id, taken.title, taken.subject) for taken in told} == {
            (event.id, "", event.subject),
            (session, "serve the model", None),
        }
        assert {(taken.why.by, taken.why.reason) for taken in told} == {(LEAD, "a password"), (LEAD, "private")}
        assert device.sync().redacted == []
    third = team.newcomer("bob", "bob-3")
    team.lead.mail.team.trust("bob", third.mail.team.key.public)
    team.lead.sync()
    assert third.sync().redacted == [], "it never had them"


def test_it_is_gone_from_every_store_and_the_hub(team: Team) -> None:
    bob, _, event = said_everywhere(team)
    heads = bob.store.connection.rows("SELECT event FROM head ORDER BY 1")
    redact(team.lead.store, LEAD, event.id, "a password")
    everybody_syncs(team)
    assert holders(team) == set()
    for member in team.members:
        assert member.said() == {"harmless"}
        assert member.store.connection.rows("SELECT event FROM head ORDER BY 1") == heads
        assert faults(member.store) == []
        assert member.store.connection.row("SELECT id, by, reason FROM redacted") == (event.id, LEAD, "a password")
    counts = bob.sync().counts
    assert counts.saved == counts.sent == counts.received == 2
    newest = team.reviewer("bob", "bob-3")
    everybody_syncs(team)
    assert newest.said() == {"harmless"}
    assert newest.sync().missing == []
    assert holders(team) == set()


def test_what_replaced_something_and_is_redacted_does_not_bring_it_back(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("the first", "a")
    second = bob.say(SECRET, "a")
    third = bob.say("c1", "c")
    bob.say("c2", "c")
    everybody_syncs(team)
    redact(team.lead.store, LEAD, second.id, "a password")
    redact(team.lead.store, LEAD, third.id, "it was wrong, too")
    everybody_syncs(team)
    for member in team.members:
        assert member.said() == {"c2"}
        assert faults(member.store) == []


def test_what_was_redacted_before_it_came_is_never_taken_in(team: Team) -> None:
    """Also where somebody puts back what the hub had."""
    _, _, event = said_everywhere(team)
    kept = team.folder / "copy"
    shutil.copytree(team.hub, kept)
    redact(team.lead.store, LEAD, event.id, "a password")
    everybody_syncs(team)
    shutil.copytree(kept, team.hub, dirs_exist_ok=True)
    shutil.rmtree(kept)
    late = team.reviewer("bob", "bob-3")
    everybody_syncs(team)
    assert late.said() == {"harmless"}
    assert holders(team) == set()


def test_a_device_that_is_restored_from_before_loses_it_again(team: Team) -> None:
    bob, _, event = said_everywhere(team)
    back_up(bob)
    redact(team.lead.store, LEAD, event.id, "a password")
    everybody_syncs(team)
    restore(bob)
    assert SECRET in str(bob.said())
    everybody_syncs(team)
    assert bob.said() == {"harmless"}
    assert holders(team) == set()


def test_what_was_redacted_and_comes_in_another_segment_is_let_go_of(team: Team) -> None:
    """As from a device that was restored, and had cut a segment of its own before it heard of anything."""
    bob, other, event = said_everywhere(team)
    redact(team.lead.store, LEAD, event.id, "a password")
    everybody_syncs(team)
    put(team, bob, "events", event.raw, "outbox/bob")
    if team.sealed:
        (segment,) = (path for path in team.files("outbox/bob") if holds(path))
        segment.write_bytes(seal(segment.read_bytes(), team.lead.mail.team.keys(LEAD) | bob.mail.team.keys("bob")))
    everybody_syncs(team)
    assert holders(team) == set()
    assert other.said() == team.lead.said() == {"harmless"}


def test_what_the_lead_had_sent_is_taken_back(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    feedback = [team.lead.say(text, text[:3]).id for text in (SECRET, "well done")]
    for member in (bob, eve):
        team.lead.mail.send(feedback, member.name)
    everybody_syncs(team)
    assert SECRET in bob.said() & eve.said()
    redact(team.lead.store, LEAD, feedback[0], "too frank")
    everybody_syncs(team)
    assert holders(team) == set()
    assert bob.said() == eve.said() == team.lead.said() == {"well done"}


def test_what_is_no_ones_business_but_the_leads_is_told_to_nobody(team: Team) -> None:
    team.reviewer("bob")
    gold = team.lead.say(SECRET)
    everybody_syncs(team)
    redact(team.lead.store, LEAD, gold.id, "a slip")
    before = team.files()
    everybody_syncs(team)
    assert team.files() == before


# -- trajectories


def test_a_trajectory_is_gone_from_every_store_and_the_hub(team: Team) -> None:
    bob = team.reviewer("bob")
    secret = replace(make_trajectory("with a secret"), steps=(Step(1, 1, thought=SECRET, output=f"{SECRET}\n" * 9),))
    id_ = team.lead.store.trajectories.add(secret)[0].id
    kept = team.lead.add("harmless")
    for trajectory in (id_, kept):
        team.lead.mail.share(trajectory, "bob")
    team.lead.sync(), bob.sync()
    bob.say("about it", trajectory=id_)
    everybody_syncs(team)
    assert len(bob.store.trajectories.all()) == 2
    assert [hit.trajectory for hit in bob.store.trajectories.search(SECRET)] == [id_]
    assert {"ana.db-wal", "bob.db-wal"} <= holders(team)
    redact_trajectory(team.lead.store, LEAD, id_, "a secret")
    everybody_syncs(team)
    assert holders(team) == set()
    for member in team.members:
        assert [head.id for head in member.store.trajectories.all()] == [kept]
        assert member.store.trajectories.search(SECRET) == []
        assert len(member.store.trajectories.search("vllm")) > 0
        assert verify(member.store).faults == ()
        assert member.said() == {"about it"}
        with pytest.raises(ErrataError, match="was redacted by ana: a secret"):
            member.store.trajectories.find(id_[:10])
        with pytest.raises(ErrataError, match="was redacted by ana: a secret"):
            member.store.trajectories.add(secret)
    late = team.reviewer("bob", "bob-2")
    everybody_syncs(team)
    assert [head.id for head in late.store.trajectories.all()] == [kept]
    assert [member.sync().problems for member in team.members] == [[]] * len(team.members)


def test_a_trajectory_goes_once_nobody_looks_at_it(team: Team) -> None:
    """As with S on the screens: it is there until they are opened again."""
    bob = team.reviewer("bob")
    id_ = team.lead.add("harmless")
    team.lead.mail.share(id_, "bob")
    team.lead.sync(), bob.sync()
    session = bob.store.session("bob", id_)
    redact_trajectory(team.lead.store, LEAD, id_, "why")
    team.lead.sync()
    run(Sync(bob.store, "h", "bob", longest=1 << 20), open_hub(str(team.hub)))
    assert session.step(1).thought
    bob.store.close()
    bob.store = Store(bob.store.path)
    assert bob.store.trajectories.all() == []


# -- who may


def test_only_the_lead_redacts_and_says_why(team: Team) -> None:
    bob = team.reviewer("bob")
    event = bob.say("mine")
    everybody_syncs(team)
    with pytest.raises(ErrataError, match="only the lead, ana, redacts"):
        redact(bob.store, "bob", event.id, "I do not like it")
    with pytest.raises(ErrataError, match="only the lead, ana, redacts"):
        redact_trajectory(bob.store, "bob", bob.add("mine"), "I do not like it")
    with pytest.raises(ErrataError, match="say why, with --reason"):
        redact(team.lead.store, LEAD, event.id, " ")
    with pytest.raises(ErrataError, match="there is no event 'x'"):
        redact(team.lead.store, LEAD, "x", "why")
    for beginning in ("", event.id[:7]):
        with pytest.raises(ErrataError, match="say with 8 characters of its id at least which event"):
            redact(team.lead.store, LEAD, beginning, "why")
    with pytest.raises(ErrataError, match="there is no event"):
        redact(team.lead.store, LEAD, "\udc80", "why")
    redact(team.lead.store, LEAD, event.id[:20], "why")
    with pytest.raises(ErrataError, match="says nothing that could be redacted"):
        redact(team.lead.store, LEAD, event.id, "again")


def test_a_reviewer_redacts_nothing_at_the_leads(tmp_path: Path) -> None:
    """Neither by a notice, nor by sending their own event without what it said."""
    team = Team(tmp_path)
    bob = team.reviewer("bob")
    event = bob.say("what bob said")
    everybody_syncs(team)
    notice = {"kind": "redacted", "event": json.loads(event.emptied().encode()), "by": LEAD, "at": "", "reason": "x"}
    put(team, bob, "notices", json.dumps(notice).encode(), "outbox/bob")
    put(team, bob, "events", event.emptied().encode(), "outbox/bob")
    assert team.lead.sync().refused == []
    assert team.lead.said() == {"what bob said"}
    team.close()


def test_not_even_the_lead_redacts_what_a_device_should_not_know(tmp_path: Path) -> None:
    team = Team(tmp_path)
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    event = eve.say("eve's")
    for about, body in {
        "it is about eve": json.loads(event.emptied().encode()),
        "not an event": {},
        "'NoneType'": None,
    }.items():
        notice = {"kind": "redacted", "event": body, "by": LEAD, "at": "", "reason": "x"}
        put(team, team.lead, "notices", json.dumps(notice).encode(), "inbox/bob")
        (refusal,) = bob.sync().refused
        assert refusal.reason == "forged"
        assert about in refusal.why or "not an event" in refusal.why
    assert list(bob.store.log.events()) == []
    team.close()


# -- where it does not go well


def test_a_hub_that_does_not_let_one_remove_is_told_of_until_it_is_done(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(hub: Hub, name: str) -> None:
        raise NoPermission("no permission")

    bob, _, event = said_everywhere(team)
    monkeypatch.setattr(FolderHub, "_remove", refuse)
    redact(team.lead.store, LEAD, event.id, "a password")
    for _ in range(2):
        (problem,) = team.lead.sync().problems
        assert "what was redacted is still in the hub" in problem
        assert bob.sync().problems == []
    monkeypatch.undo()
    assert team.lead.sync().problems == []
    assert team.lead.said() == {"harmless"}


def test_a_file_that_could_not_be_wiped_is_at_the_next_sync(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    _, other, event = said_everywhere(team)
    redact(team.lead.store, LEAD, event.id, "a password")
    team.lead.sync()
    reader = Connection(other.store.path, write=False)
    reader.execute("BEGIN")
    reader.row("SELECT count(*) FROM event")  # it reads on, and what it reads is kept for it
    other.store.connection.execute("PRAGMA busy_timeout=10")
    (problem,) = other.sync().problems
    assert "what was redacted is not wiped from the file yet" in problem
    assert other.said() == {"harmless"}
    reader.close()
    everybody_syncs(team)
    assert holders(team) == set()


def test_a_store_without_a_hub(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        subject = Subject("me", "t", WHOLE, "comment", "s")
        (event,) = store.log.write([Change(subject, Comment(text=SECRET))], rubric="r")
        assert redact(store, "me", event.id, "oh").id == event.id
        store.scrub()
        assert not any(holds(path) for path in tmp_path.iterdir())
        assert store.log.apply([event]) == 0, "it does not come back"
        assert [other.value for other in store.log.events()] == [None]
        store.log.rebuild()
        assert faults(store) == []
        store.connection.execute("UPDATE event SET value = '{}', raw = ?", (event.encode(),))
        assert any("was redacted, but what it said is there" in fault for fault in faults(store))


def test_what_is_recovered_stays_redacted(tmp_path: Path) -> None:
    with Store(tmp_path / "a.db") as store:
        subject = Subject("me", "t", WHOLE, "comment", "s")
        (event,) = store.log.write([Change(subject, Comment(text=SECRET))], rubric="r")
        redact(store, "me", event.id, "oh")
        store.scrub()
    with Store(recover(tmp_path / "a.db").path) as store:
        assert store.log.apply([event]) == 0
        assert store.connection.row("SELECT reason FROM redacted") == ("oh",)
        assert faults(store) == []
