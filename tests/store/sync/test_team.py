"""Who is believed, and which hub is whose."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import ErrataError
from store.hubs import Hub, HubError, open_hub
from store.hubs.hub import Listed
from store.sync.hub_book import find_hubs, forget_hub, join_hub, start_hub
from store.sync.keys import key_path, short_key
from tests.store.sync.teams import LEAD, Member, Team


@pytest.fixture
def team(any_team: Team) -> Team:
    return any_team


# -- who is believed


def test_a_newcomer_is_read_once_the_lead_trusts_them(team: Team) -> None:
    bob = team.newcomer("bob")
    bob.say("hello")
    bob.sync()
    key = bob.mail.team.key.public
    report = team.lead.sync()
    assert {reason for _, reason, *_ in report.refused} == {"unknown key"}
    assert short_key(key) in report.refused[0][2]
    assert team.lead.said() == set()
    assert team.lead.sync().refused == [], "it is told once"
    team.lead.mail.team.trust("bob", short_key(key))
    assert team.lead.sync().new == 1
    assert team.lead.said() == {"hello"}
    assert bob.sync().counts.received == 1
    assert team.lead.mail.reasons() == []


def test_what_was_kept_aside_is_read_even_when_the_hub_lost_it(team: Team) -> None:
    bob = team.newcomer("bob")
    bob.say("hello")
    bob.sync()
    team.lead.sync()
    shutil.rmtree(team.hub / "outbox" / "bob")
    team.lead.mail.team.trust("bob", bob.mail.team.key.public)
    team.lead.sync()
    assert team.lead.said() == {"hello"}


def test_a_key_that_was_revoked_is_no_longer_believed(team: Team) -> None:
    old, new = team.reviewer("bob", "stolen"), team.reviewer("bob", "own")
    old.say("before", "a")
    old.sync(), team.lead.sync()
    team.lead.mail.team.trust("bob", old.mail.team.key.public, revoke=True)
    team.lead.sync()
    old.say("by the thief", "b")
    if find_hubs(old.store)[0].sealed:  # not even that it was revoked is for it to read
        assert [reason for _, reason, *_ in old.sync().refused] == ["sealed"]
    else:
        with pytest.raises(ErrataError, match="the lead has revoked this device's key"):
            old.sync(), old.sync()
    new.say("own", "c")
    new.sync()
    report = team.lead.sync()
    assert {reason for _, reason, *_ in report.refused} == {"revoked key"}
    new.sync()
    assert team.lead.said() == {"before", "own"}
    assert new.said() == {"before", "own"}
    with pytest.raises(ErrataError, match="was revoked, which is for good"):
        team.lead.mail.team.trust("bob", old.mail.team.key.public)


@pytest.mark.parametrize("backwards", [False, True], ids=["as it was said", "backwards"])
def test_a_revoked_key_stays_so_in_whatever_order_a_new_device_hears_of_it(tmp_path: Path, backwards: bool) -> None:
    class Ordered:
        def __init__(self, hub: Hub) -> None:
            self._hub = hub

        def __getattr__(self, verb: str) -> Any:
            return getattr(self._hub, verb)

        def list(self, box: str) -> list[Listed]:
            return sorted(self._hub.list(box), key=lambda listed: listed.mark, reverse=backwards)

    team = Team(tmp_path)
    stolen = team.reviewer("bob", "stolen").mail.team.key.public
    team.lead.mail.team.trust("bob", stolen, revoke=True)
    team.lead.sync()
    assert len(team.files("inbox/bob")) > 1, "that it is believed, and that it is not"
    new = Member(tmp_path, "bob", "new")
    join_hub(new.store, "bob", "h", str(team.hub))
    hub: Any = Ordered(open_hub(str(team.hub)))
    new.sync(hub)
    assert new.mail.team.revoked("bob") == {stolen}
    assert stolen not in new.mail.team.keys("bob")
    new.store.close()
    team.close()


def test_only_the_lead_trusts_and_shares(team: Team) -> None:
    bob = team.reviewer("bob")
    with pytest.raises(ErrataError, match="only the lead, ana"):
        bob.mail.team.trust("bob", "ab" * 32)
    with pytest.raises(ErrataError, match="only the lead, ana, shares"):
        bob.mail.share("x", "bob")


def test_names_that_differ_in_capitals_only_would_share_a_box(team: Team) -> None:
    team.reviewer("bob")
    with pytest.raises(ErrataError, match="Bob differs from bob in capital letters only"):
        team.lead.mail.team.trust("Bob", "ab" * 32)


def test_a_key_nobody_signed_with_is_asked_for_whole(team: Team) -> None:
    with pytest.raises(ErrataError, match="sync on both sides first"):
        team.lead.mail.team.trust("bob", "abcd-abcd-abcd-abcd")


# -- hubs that are none, or another's


def test_a_folder_that_is_no_hub(team: Team, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ErrataError, match="not an Errata hub; its lead starts it with"):
        join_hub(team.newcomer("bob").store, "bob", "x", str(tmp_path / "empty"))


def test_a_hub_that_was_emptied_or_swapped_is_not_written_to(team: Team, tmp_path: Path) -> None:
    """As when the disk is not mounted: what is put there would be thought sent."""
    bob = team.reviewer("bob")
    bob.say("one")
    bob.sync()
    shutil.rmtree(team.hub)
    team.hub.mkdir()
    for member in (bob, team.lead):
        with pytest.raises(HubError, match="it is empty; is it the right one, and is its disk mounted"):
            member.sync()
    assert team.files() == []
    (tmp_path / "other").mkdir()
    other = Team(tmp_path / "other")
    shutil.copytree(other.hub, team.hub, dirs_exist_ok=True)
    with pytest.raises(HubError, match="this is the hub of another lead"):
        bob.sync()
    other.close()


def test_a_hub_that_was_emptied_is_filled_again_when_it_is_set_up_again(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("one")
    bob.sync(), team.lead.sync()
    before = team.files("outbox/bob")
    shutil.rmtree(team.hub)
    team.hub.mkdir()
    start_hub(team.lead.store, LEAD, "h", str(team.hub))
    team.lead.sync()
    join_hub(bob.store, "bob", "h", str(team.hub))
    bob.sync(), team.lead.sync()
    assert team.files("outbox/bob") == before
    assert bob.sync().counts.received == 1


def test_a_store_works_for_one_lead(team: Team, tmp_path: Path) -> None:
    bob = team.reviewer("bob")
    (tmp_path / "other").mkdir()
    other = Team(tmp_path / "other")
    with pytest.raises(ErrataError, match="this store works for ana with key"):
        join_hub(bob.store, "bob", "second", str(other.hub))
    with pytest.raises(ErrataError, match="is the hub of ana already; use another place"):
        start_hub(bob.store, "bob", "second", str(other.hub))
    other.close()


def test_the_lead_may_be_named_by_the_key_they_told(team: Team) -> None:
    key = team.lead.mail.team.key.public
    bob = team.reviewer("bob")
    assert join_hub(bob.store, "bob", "h", str(team.hub), short_key(key)).key == key
    with pytest.raises(ErrataError, match="the lead's key there is not the one that you gave"):
        join_hub(bob.store, "bob", "h", str(team.hub), "0" * 16)


def test_nobody_else_is_the_lead_for_having_their_name(team: Team) -> None:
    with pytest.raises(ErrataError, match="ana is the lead of this hub; say with --as who you are"):
        team.newcomer(LEAD, "impostor")
    key_path(team.lead.store.path).unlink()
    with pytest.raises(ErrataError, match=r"this device's key .* is not the lead's"):
        team.lead.sync()


# -- what a lead may do, and leaving a hub


def test_the_lead_only_looks_at_what_a_reviewer_says(team: Team) -> None:
    bob = team.reviewer("bob")
    id_ = team.lead.add("serve the model")
    mine, theirs = team.lead.store.session(LEAD, id_), team.lead.store.session("bob", id_)
    assert mine.rate(1, 1)
    assert theirs.read_only
    with pytest.raises(ErrataError, match="bob says this on a device of their own"):
        theirs.rate(1, 1)
    assert not bob.store.session("bob", bob.add("serve the model")).read_only


def test_a_hub_that_is_forgotten_is_synced_with_no_longer(team: Team, tmp_path: Path) -> None:
    bob = team.reviewer("bob")
    other = tmp_path / "other"
    shutil.copytree(team.hub, other)
    with pytest.raises(ErrataError, match=r"h is .* already; take another name, or `errata hub remove h` first"):
        join_hub(bob.store, "bob", "h", str(other))
    assert forget_hub(bob.store, "h").name == "h"
    with pytest.raises(ErrataError, match="no hub is set up"):
        bob.sync()
    join_hub(bob.store, "bob", "h", str(other))
    assert bob.sync().counts.saved == 0
