"""What others can put into a hub: it is refused, kept aside, told once, and stops nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reviewer.event import VERSION, Event, Subject, new_event_id
from store.hubs import Hub, NoPermission, open_hub
from store.hubs.hub import MAX_OBJECT
from store.sync.keys import device_key
from store.sync.segment import sign_segment
from tests.store.sync.teams import LEAD, Member, Team


def put(team: Team, name: str, data: bytes) -> str:
    path = team.hub / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return name


def put_named(team: Team, box: str, data: bytes) -> str:
    return put(team, f"{box}/{hashlib.sha256(data).hexdigest()}.segment", data)


def put_signed(
    team: Team, member: Member, *lines: bytes, box: str = "", kind: Any = "events", author: str = ""
) -> str:
    """A segment that a member's own key signs, with whatever in it."""
    box = box or f"outbox/{member.name}"
    return put(team, *sign_segment(member.mail.team.key, kind, author or member.name, box, "w", None, lines))


def line_of(member: Member, **changes: Any) -> bytes:
    """An event of a member's, in bytes, with other fields; the member's own store does not keep it."""
    subject = Subject(member.name, "t", 0, "comment", "x")
    event = Event(new_event_id(), member.name, "d", 1, subject, {"kind": "comment", "text": "hi"})
    return json.dumps(json.loads(event.encode()) | changes).encode()


Attack = Callable[[Team, Member, Member], str]

ATTACKS: dict[str, tuple[str, Attack]] = {
    "another's event": (
        "forged",
        lambda team, bob, eve: put_signed(team, bob, line_of(bob), line_of(eve)),
    ),
    "the lead's event": (
        "forged",
        lambda team, bob, eve: put_signed(team, bob, line_of(team.lead)),
    ),
    "another's subject": (
        "forged",
        lambda team, bob, eve: put_signed(team, bob, line_of(bob, subject=["eve", "t", 0, "comment", "x"])),
    ),
    "another's name": (
        "misplaced",
        lambda team, bob, eve: put_signed(team, bob, line_of(eve), author="eve"),
    ),
    "another's box": (
        "unknown key",
        lambda team, bob, eve: put_signed(team, bob, line_of(eve), author="eve", box="outbox/eve"),
    ),
    "a copy of another's segment": (
        "unknown key",
        lambda team, bob, eve: put_named(team, "outbox/bob", team.files("outbox/eve")[0].read_bytes()),
    ),
    "a copy of the lead's segment": (
        "unknown key",
        lambda team, bob, eve: put_named(team, "outbox/bob", team.files("inbox/bob")[0].read_bytes()),
    ),
    "no event": ("forged", lambda team, bob, eve: put_signed(team, bob, b"{}")),
    "not even text": ("forged", lambda team, bob, eve: put_signed(team, bob, b"\xff\x00")),
    "no notice": ("forged", lambda team, bob, eve: put_signed(team, bob, b"[]", kind="notices")),
    "a nest of brackets": ("forged", lambda team, bob, eve: put_signed(team, bob, b"[" * 100_000, kind="notices")),
    "a name that climbs": (
        "forged",
        lambda team, bob, eve: put_signed(
            team, bob, b'{"kind": "damaged", "name": "outbox/bob/../../../x", "seen": ""}', kind="notices"
        ),
    ),
    "a compressed bomb": ("too large", lambda team, bob, eve: put_signed(team, bob, b" " * (65 << 20))),
    "no segment": ("forged", lambda team, bob, eve: put_named(team, "outbox/bob", b"hello")),
    "another name": ("damaged", lambda team, bob, eve: put(team, f"outbox/bob/{'a' * 64}.segment", b"hello")),
    "torn": (
        "damaged",
        lambda team, bob, eve: put(
            team, f"outbox/bob/{'b' * 64}.segment", team.files("outbox/bob")[0].read_bytes()[:99]
        ),
    ),
    "2 GB": ("too large", lambda team, bob, eve: put_large(team, f"outbox/bob/{'c' * 64}.segment")),
    "a newer form": ("newer", lambda team, bob, eve: put_named(team, "outbox/bob", b"errata segment 2\n...")),
    "a newer kind": ("newer", lambda team, bob, eve: put_signed(team, bob, b"{}", kind="songs")),
    "a stranger's": (
        "unknown key",
        lambda team, bob, eve: put(
            team,
            *sign_segment(device_key(team.folder / "x.db"), "events", "bob", "outbox/bob", "w", None, [line_of(bob)]),
        ),
    ),
}


def put_large(team: Team, name: str) -> str:
    put(team, name, b"")
    with (team.hub / name).open("r+b") as file:
        file.truncate(2 << 30)
    return name


@pytest.mark.parametrize(("reason", "attack"), ATTACKS.values(), ids=list(ATTACKS))
def test_what_is_false_is_refused_and_told_once_and_the_rest_goes_on(team: Team, reason: str, attack: Attack) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    eve.say("eve's"), bob.say("bob's")
    eve.sync(), bob.sync()
    name = attack(team, bob, eve)
    report = team.lead.sync()
    assert [(name_, reason_) for name_, reason_, *_ in report.refused] == [(name, reason)]
    assert "\n" not in report.refused[0][2]
    assert team.lead.said() == {"bob's", "eve's"}
    assert [name_ for name_, *_ in team.lead.mail.reasons()] == [name]
    assert name not in team.lead.mail.held(), "it is not had, nor put back"
    assert team.lead.sync().refused == []
    assert team.lead.store.log.faults() == []
    for member in (bob, eve, bob):
        member.sync()
    assert bob.mail.counts("h").received == eve.mail.counts("h").received == 1
    assert bob.said() == {"bob's"}


@pytest.mark.parametrize(
    ("box", "author"), [("inbox/bob", LEAD), ("inbox/bob", "bob"), ("outbox/bob", "bob"), ("team", LEAD)]
)
def test_a_reviewers_device_believes_the_lead_and_itself_alone(team: Team, box: str, author: str) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    member = team.lead if author == LEAD else bob
    forged = {"kind": "key", "author": LEAD, "key": eve.mail.team.key.public}
    put_signed(team, eve, json.dumps(forged).encode(), box=box, author=author, kind="notices")
    put_signed(team, eve, line_of(member), box=box, author=author)
    bob.sync()
    assert bob.said() == set()
    assert bob.mail.team.keys(LEAD) == {team.lead.mail.team.key.public}
    assert bob.mail.team.keys("bob") == {bob.mail.team.key.public}


def test_a_reviewer_cannot_tell_the_lead_what_only_the_lead_may_tell(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    for notice in (
        {"kind": "key", "author": "eve", "key": bob.mail.team.key.public},
        {"kind": "key", "author": LEAD, "key": bob.mail.team.key.public},
        {"kind": "key", "author": "bob", "key": eve.mail.team.key.public},
        {"kind": "received", "segment": "x"},
        {"kind": "share", "trajectory": "t", "name": "n", "size": 1, "parts": []},
        {"kind": "of a newer version"},
    ):
        put_signed(team, bob, json.dumps(notice).encode(), kind="notices")
    assert team.lead.sync().refused == []
    for member in (team.lead, bob, eve):
        assert team.lead.mail.team.keys(member.name) == {member.mail.team.key.public}
    for table in ("share", "receipt"):
        assert team.lead.store.connection.rows(f"SELECT * FROM {table}") == []


def test_even_the_lead_cannot_give_a_device_somebody_elses_words(team: Team) -> None:
    """As a fault of a lead's program would."""
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    put_signed(team, team.lead, line_of(eve), box="inbox/bob")
    report = bob.sync()
    assert [(reason, why) for _, reason, why, _ in report.refused] == [("forged", "holds events of eve")]
    assert list(bob.store.log.events()) == []


def test_an_id_that_was_squatted_is_told_and_not_dropped_in_silence(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    event = eve.say("eve's")
    put_signed(team, bob, line_of(bob, id=event.id))
    team.lead.sync()
    eve.sync()
    report = team.lead.sync()
    assert report.refused[0][1] == "forged"
    assert f"event {event.id} is there already, with other content" in report.refused[0][2]


def test_thousands_of_false_segments_are_not_all_kept(team: Team) -> None:
    team.reviewer("bob")
    for n in range(250):
        put_named(team, "outbox/bob", f"hello {n}".encode())
    assert len(team.lead.sync().refused) == 250
    (kept,) = team.lead.store.connection.row("SELECT count(raw) FROM refused")
    assert kept == 200


def test_names_that_are_none_are_not_looked_at(team: Team) -> None:
    bob = team.reviewer("bob")
    for name in ("outbox/bob/x.sync-conflict-1.segment", "outbox/.x/y.segment", f"outbox/bob/{'a' * 64}.segment~"):
        put(team, name, b"hello")
    assert team.lead.sync().refused == bob.sync().refused == []


def test_events_and_fields_of_a_newer_version_are_kept_and_forwarded_unread(team: Team, tmp_path: Path) -> None:
    """The second device is as old as this program, the first is newer; and so is what it sends."""
    bob, other = team.reviewer("bob"), team.reviewer("bob", "bob-2")
    unknown_kind = line_of(
        bob, subject=["bob", "t", 0, "mood", ""], value={"kind": "mood", "is": "curious"}, colour="green"
    )
    newer = json.dumps({"v": VERSION + 1, "id": "x-1", "author": "bob", "mood": 3}).encode()
    name = put_signed(team, bob, unknown_kind, newer)
    for member in (other, team.lead):
        assert member.sync().refused == []
        assert [event.encode() for event in member.store.log.events()] == [unknown_kind]
        assert member.store.connection.rows("SELECT raw FROM unread") == [(newer,)]
        assert member.store.log.faults() == []
    raw = (team.hub / name).read_bytes()
    (team.hub / name).unlink()
    other.sync()
    assert (team.hub / name).read_bytes() == raw


def test_an_event_that_is_too_large_is_told_and_the_others_go(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("x" * (MAX_OBJECT // 2), "large"), bob.say("small", "small")
    report = bob.sync()
    assert (report.too_large, report.counts.saved, report.counts.sent) == (1, 2, 1)
    team.lead.sync()
    assert team.lead.said() == {"small"}


def test_what_was_damaged_in_the_hub_is_put_again(team: Team) -> None:
    """Damage of the same length does not show in a list: who reads it complains, and who wrote it puts it again."""
    bob = team.reviewer("bob")
    before = set(team.files("outbox/bob"))
    bob.say("hello")
    bob.sync()
    (path,) = set(team.files("outbox/bob")) - before
    raw = path.read_bytes()
    for _ in range(2):
        path.write_bytes(bytes(len(raw)))
        assert [reason for _, reason, *_ in team.lead.sync().refused] == ["damaged"]
        bob.sync()
        assert path.read_bytes() == raw
    team.lead.sync()
    assert team.lead.said() == {"hello"}
    assert team.lead.mail.reasons() == []


def test_a_file_that_may_not_be_read_stops_nothing(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    bob.say("bob's"), eve.say("eve's")
    bob.sync(), eve.sync()
    hub: Hub = open_hub(str(team.hub))
    get = hub._get

    def no(name: str) -> bytes | None:
        if name.startswith("outbox/bob"):
            raise NoPermission(f"no permission: {name} cannot be read")
        return get(name)

    hub._get = no  # type: ignore[method-assign]
    report = team.lead.sync(hub)
    assert [why for _, _, why, _ in report.refused if "no permission" in why]
    assert team.lead.said() == {"eve's"}


@pytest.mark.parametrize("how", ["2 GB", "no permission"])
def test_a_part_that_cannot_be_read_stops_nothing_and_is_put_again(team: Team, how: str) -> None:
    bob = team.reviewer("bob")
    bad, good = team.lead.add("bad"), team.lead.add("good")
    team.lead.mail.share(bad, "bob")
    team.lead.sync()
    (part,) = [path for path in team.files("inbox/bob") if path.suffix == ".part"]
    team.lead.mail.share(good, "bob")
    team.lead.sync()
    hub = open_hub(str(team.hub))
    get = hub.get

    def refuse(name: str) -> bytes | None:
        if name.endswith(part.name):
            raise NoPermission(f"no permission: {name} cannot be read")
        return get(name)

    if how == "2 GB":
        put_large(team, f"inbox/bob/{part.name}")
    else:
        hub.get = refuse  # type: ignore[method-assign]
    bob.say("hello")
    report = bob.sync(hub)
    assert [refusal.name for refusal in report.refused] == [f"inbox/bob/{part.name}"]
    assert ([head.id for head in report.trajectories], report.waiting, report.counts.sent) == ([good], 1, 1)
    team.lead.sync()
    assert [head.id for head in bob.sync().trajectories] == [bad]
    assert team.lead.said() == {"hello"}
