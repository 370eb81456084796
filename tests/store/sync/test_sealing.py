"""A hub that others can read: what is in it is sealed, opens for those whom it is for, and stays so."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrage import passphrase

from reviewer.errors import ErrataError
from store.hubs import HubError
from store.hubs.folder import FolderHub
from store.sync.hub_book import find_hubs, join_hub, start_hub
from store.sync.keys import DeviceKey, device_key, key_path, ssh_public_key
from store.sync.sealing import MAX_HEADER, seal, unseal
from store.sync.segment import Refused, introduce
from store.sync.travel import check_part
from tests.programs import require
from tests.store.sync.teams import LEAD, Member, Team


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    made = Team(tmp_path, sealed=True)
    yield made
    made.close()


def key_of(member: Member) -> DeviceKey:
    return member.mail.team.key


def boxes(team: Team) -> list[Path]:
    """All that is in the hub but who the lead is."""
    return [path for path in team.files() if path.parent.name != "team"]


def opens(path: Path, member: Member) -> bool:
    try:
        unseal(path.read_bytes(), key_of(member))
    except Refused as error:
        assert error.reason == "sealed"
        return False
    return True


def is_readable(team: Team, path: Path) -> bool:
    """Whether anybody who has the file can read what is in it."""
    for read in (
        lambda data: introduce(str(path.relative_to(team.hub)), data),
        lambda data: check_part(path.stem, data),
    ):
        try:
            read(path.read_bytes())
        except Refused:
            continue
        return True
    return False


def work(team: Team) -> tuple[Member, Member]:
    """Something of each kind goes through the hub."""
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    bob.say("bob's"), eve.say("eve's")
    team.lead.mail.send([team.lead.say("well done").id], "bob")
    for member in (bob, eve):
        team.lead.mail.share(team.lead.add(f"for {member.name}"), member.name)
    for member in (bob, eve, team.lead, bob, eve):
        member.sync()
    return bob, eve


# -- who can read what


def test_a_box_opens_for_its_owner_and_the_lead_alone(team: Team) -> None:
    bob, eve = work(team)
    assert len(boxes(team)) > 8
    for path in boxes(team):
        assert not is_readable(team, path)
        assert opens(path, team.lead)
        assert opens(path, bob) is (path.parent.name == "bob")
        assert opens(path, eve) is (path.parent.name == "eve")
    assert bob.said() == {"bob's", "well done"}
    assert [head.title for head in bob.store.trajectories.all()] == ["for bob"]


def test_what_is_not_sealed_everybody_can_read(tmp_path: Path) -> None:
    """So that the test above can fail."""
    team = Team(tmp_path)
    work(team)
    assert all(is_readable(team, path) for path in boxes(team))
    team.close()


def test_age_itself_opens_what_is_sealed(team: Team, tmp_path: Path) -> None:
    require("age")
    bob, _ = work(team)
    identity = tmp_path / "identity"
    identity.write_bytes(key_of(bob).openssh())
    identity.chmod(0o600)
    for path in team.files("inbox/bob"):
        opened = subprocess.run(["age", "-d", "-i", identity, path], capture_output=True, check=True).stdout
        assert opened == unseal(path.read_bytes(), key_of(bob))


def test_a_key_is_one_of_openssh(tmp_path: Path) -> None:
    require("ssh-keygen")
    key = device_key(tmp_path / "a.db")
    (tmp_path / "key").write_bytes(key.openssh())
    (tmp_path / "key").chmod(0o600)
    shown = subprocess.run(["ssh-keygen", "-y", "-f", tmp_path / "key"], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ssh_public_key(key.public)


# -- devices that come and go


def test_a_device_that_is_trusted_later_gets_what_was_sent_before(team: Team) -> None:
    bob, _ = work(team)
    later = team.newcomer("bob", "bob-2")
    assert later.said() == set()
    assert {reason for _, reason, *_ in later.mail.reasons()} == {"sealed"}
    assert later.sync().refused == [], "it is told once"
    team.lead.sync()
    team.lead.mail.team.trust("bob", key_of(later).public)
    team.lead.sync(), later.sync()
    assert later.said() == bob.said() == {"bob's", "well done"}
    assert [head.title for head in later.store.trajectories.all()] == ["for bob"]
    assert later.mail.reasons() == []
    later.say("from the second")
    for member in (later, bob):
        member.sync()
    assert "from the second" in bob.said()


def test_a_device_that_was_revoked_opens_nothing_from_then_on(team: Team) -> None:
    bob, _ = work(team)
    other = team.reviewer("bob", "bob-2")
    team.lead.mail.team.trust("bob", key_of(bob).public, revoke=True)
    before = set(boxes(team))
    team.lead.mail.send([team.lead.say("only for the other", "x").id], "bob")
    team.lead.sync(), other.sync()
    other.say("from the other", "y")
    other.sync()
    new = [path for path in boxes(team) if path not in before]
    assert len(new) >= 2
    assert [path for path in new if opens(path, bob)] == []
    assert "only for the other" in other.said()


def test_a_new_key_for_the_same_store_gets_all_anew(team: Team) -> None:
    """As after a backup was restored to a new machine: the key stands beside the store, not in it."""
    bob, _ = work(team)
    key_path(bob.store.path).unlink()
    feedback = team.lead.say("more", "x")
    team.lead.mail.send([feedback.id], "bob")
    team.lead.sync()
    bob.sync()
    assert "more" not in bob.said()
    team.lead.mail.team.trust("bob", key_of(bob).public)
    for member in (team.lead, bob) * 2:
        member.sync()
    assert "more" in bob.said()


# -- a hub that is sealed stays so


@pytest.fixture
def plain(team: Team, tmp_path: Path) -> Path:
    """Another hub of the same lead, in the clear, with what the lead says there of who they are."""
    place = tmp_path / "plain"
    place.mkdir()
    start_hub(team.lead.store, LEAD, "plain", str(place))
    return place


def downgrade(team: Team, plain: Path) -> None:
    """Take from the hub that it is sealed, as anybody who can write there can."""
    shutil.rmtree(team.hub / "team")
    shutil.copytree(plain / "team", team.hub / "team")


def test_a_hub_says_by_itself_whether_it_is_sealed(team: Team, plain: Path, tmp_path: Path) -> None:
    assert [hub.sealed for hub in find_hubs(team.lead.store)] == [True, False]
    bob = team.reviewer("bob")
    join_hub(bob.store, "bob", "plain", str(plain))
    assert [hub.sealed for hub in find_hubs(bob.store)] == [True, False]
    start_hub(team.lead.store, LEAD, "h", str(team.hub))
    assert find_hubs(team.lead.store, "h")[0].sealed


def test_a_hub_that_was_sealed_is_not_written_to_in_the_clear(team: Team, plain: Path) -> None:
    bob = team.reviewer("bob")
    downgrade(team, plain)
    bob.say("secret")
    for attempt in (
        bob.sync,
        lambda: join_hub(bob.store, "bob", "h", str(team.hub)),
        lambda: join_hub(bob.store, "bob", "another", str(team.hub)),
        lambda: start_hub(team.lead.store, LEAD, "h", str(team.hub)),
    ):
        with pytest.raises(ErrataError, match=r"hub of another lead|was not started as a sealed hub"):
            attempt()
    shutil.rmtree(team.hub / "team")
    bob.sync(), team.lead.sync()
    assert team.lead.said() == {"secret"}
    assert [path for path in boxes(team) if is_readable(team, path)] == []


def test_who_was_told_that_a_hub_is_sealed_joins_no_other(team: Team, plain: Path, tmp_path: Path) -> None:
    downgrade(team, plain)
    store = team._member("carol").store
    with pytest.raises(ErrataError, match="was not started as a sealed hub"):
        join_hub(store, "carol", "h", str(team.hub), sealed=True)
    assert store.connection.rows("SELECT * FROM hub") == []


def test_a_hub_in_the_clear_is_not_sealed_later(team: Team, plain: Path) -> None:
    with pytest.raises(ErrataError, match="was not started as a sealed hub, so all can read it"):
        start_hub(team.lead.store, LEAD, "plain", str(plain), sealed=True)


def test_a_hub_that_checks_names_by_bytes_is_not_sealed(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FolderHub, "can_be_sealed", False)
    (tmp_path / "other").mkdir()
    with pytest.raises(HubError, match="this kind of hub cannot be sealed"):
        start_hub(team.lead.store, LEAD, "other", str(tmp_path / "other"), sealed=True)
    assert team.files() and not list((tmp_path / "other").iterdir())


# -- what others can put there

Attack = Callable[[bytes, Member, Member], bytes]


def long_header(sealed: bytes, bob: Member, eve: Member) -> bytes:
    """A file for this device, it says, a thousand times."""
    first, stanza, body, rest = sealed.split(b"\n", 3)
    return b"\n".join([first, *[stanza, body] * 1_000, rest])


ATTACKS: dict[str, tuple[str, Attack]] = {
    "in the clear": ("damaged", lambda sealed, bob, eve: unseal(sealed, key_of(bob))),
    "sealed for another": (
        "sealed",
        lambda sealed, bob, eve: seal(unseal(sealed, key_of(bob)), {key_of(eve).public}),
    ),
    "something else": ("damaged", lambda sealed, bob, eve: seal(b"hello", {key_of(bob).public})),
    "sealed twice": ("damaged", lambda sealed, bob, eve: seal(sealed, {key_of(bob).public})),
    "a passphrase": ("sealed", lambda sealed, bob, eve: passphrase.encrypt(b"hello", "p")),
    "torn in the header": ("damaged", lambda sealed, bob, eve: sealed[:100]),
    "torn": ("damaged", lambda sealed, bob, eve: sealed[:-1]),
    "more at the end": ("damaged", lambda sealed, bob, eve: sealed + b"x"),
    "nothing": ("damaged", lambda sealed, bob, eve: b"age-encryption.org/v1\n"),
    "a long header": ("damaged", long_header),
}


@pytest.mark.parametrize(("reason", "attack"), ATTACKS.values(), ids=list(ATTACKS))
def test_what_cannot_be_opened_is_refused_told_once_and_put_again(team: Team, reason: str, attack: Attack) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    before = set(team.files("inbox/bob"))
    for slot in ("a", "b"):
        team.lead.mail.send([team.lead.say(f"feedback {slot}", slot).id], "bob")
        team.lead.sync()
    path = min(set(team.files("inbox/bob")) - before)
    path.write_bytes(attack(path.read_bytes(), bob, eve))
    start = time.monotonic()
    report = bob.sync()
    assert time.monotonic() - start < 3
    name = str(path.relative_to(team.hub))
    assert [(name_, reason_) for name_, reason_, *_ in report.refused] == [(name, reason)]
    assert "\n" not in report.refused[0].why
    assert len(bob.said()) == 1, "the rest goes on"
    assert bob.sync().refused == []
    team.lead.sync(), bob.sync()
    assert bob.said() == {"feedback a", "feedback b"}
    assert bob.mail.reasons() == []
    assert not is_readable(team, path)


def test_what_was_cut_off_is_put_again_by_who_holds_it(team: Team) -> None:
    bob, _ = work(team)
    (path, *_) = team.files("outbox/bob")
    sealed = path.read_bytes()
    path.write_bytes(sealed[:100])
    bob.sync()
    assert len(path.read_bytes()) > 200
    assert opens(path, team.lead)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> list[DeviceKey]:
    folder = tmp_path_factory.mktemp("keys")
    return [device_key(folder / f"{n}.db") for n in range(3)]


@given(data=st.binary(max_size=300), where=st.integers(0, 10**6), what=st.binary(max_size=3), cut=st.integers(0, 40))
def test_a_seal_that_was_altered_opens_to_nothing_else(
    keys: list[DeviceKey], data: bytes, where: int, what: bytes, cut: int
) -> None:
    sealed = seal(data, {key.public for key in keys[:2]})
    at = where % len(sealed)
    altered = sealed[:at] + what + sealed[at + cut :]
    for key in keys[:2]:
        assert unseal(sealed, key) == data
        try:
            assert unseal(altered, key) == data
        except Refused as error:
            assert error.reason in ("damaged", "sealed")
    with pytest.raises(Refused, match="sealed for other devices than this one"):
        unseal(sealed, keys[2])


def test_a_key_that_is_none_is_no_ones(keys: list[DeviceKey]) -> None:
    """A lead can mistype the 64 digits of a key."""
    sealed = seal(b"data", {"02" + "0" * 62, keys[0].public})
    assert unseal(sealed, keys[0]) == b"data"


def test_a_seal_is_small_for_a_hundred_devices(keys: list[DeviceKey]) -> None:
    sealed = seal(b"", {f"{n:02x}" + keys[0].public[2:] for n in range(200)} | {keys[0].public})
    assert len(sealed) < MAX_HEADER
    assert unseal(sealed, keys[0]) == b""
