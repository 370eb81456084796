"""What is saved, sent and received; what has waited long; what is known to be missing."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from store.hubs import open_hub
from store.sync.hub_book import join_hub, start_hub
from store.sync.receipts import Counts, Receipts, receipts
from store.sync.request import Request
from store.sync.sync import Sync, run
from tests.store.sync.teams import LEAD, Member, Team


def in_days(days: float) -> float:
    return time.time() + days * 24 * 3600


def counted(member: Member) -> Receipts:
    found = receipts(member.store, member.name)
    assert found
    return found


def test_what_is_said_counts_at_once_and_what_a_sync_did_after_a_look(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("one", "a")
    mine = counted(bob)
    assert mine.counts == Counts(1, 0, 0)
    bob.say("two", "b"), bob.say("three", "c")
    bob.name = "guest"
    bob.say("somebody else's")
    bob.name = "bob"
    assert (mine.counts, mine.unsent) == (Counts(3, 0, 0), 3)
    bob.sync()
    mine.look()
    assert (mine.counts, mine.unsent) == (Counts(3, 3, 0), 0)
    team.lead.sync(), bob.sync()
    bob.say("four", "d")
    mine.look()
    assert mine.counts == Counts(4, 3, 3)


def test_what_one_of_two_hubs_has_is_sent(team: Team, tmp_path: Path) -> None:
    bob = team.reviewer("bob")
    second = tmp_path / "second"
    second.mkdir()
    start_hub(team.lead.store, LEAD, "second", str(second))
    join_hub(bob.store, "bob", "second", str(second))
    bob.say("one")
    bob.sync()
    assert bob.mail.counts("second") == Counts(1, 0, 0)
    assert counted(bob).counts == Counts(1, 1, 0)
    run(Sync(bob.store, "second", "bob"), open_hub(str(second)))
    assert counted(bob).counts == Counts(1, 1, 0)


def test_there_are_none_for_the_lead_and_without_a_hub(team: Team, tmp_path: Path) -> None:
    alone = Member(tmp_path, "alone")
    assert receipts(team.lead.store, LEAD) is receipts(alone.store, "alone") is None
    alone.store.close()


def test_what_is_long_not_sent_is_told(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("sent", "a")
    bob.sync(), team.lead.sync(), bob.sync()
    bob.say("not sent", "b")
    assert counted(bob).late(in_days(6.9)) == ""
    assert counted(bob).late(in_days(7.1)) == "not sent for 7 days"


def test_what_is_long_not_received_is_told_until_it_is(team: Team) -> None:
    """From when it was sent, not from when it was said."""
    bob = team.reviewer("bob")
    assert counted(bob).late(in_days(100)) == ""
    bob.say("one")
    bob.sync()
    assert counted(bob).late(in_days(6.9)) == ""
    assert counted(bob).late(in_days(9.1)) == "not received for 9 days"
    bob.say("two", "b")
    bob.sync()
    assert counted(bob).late(in_days(9.1)) == "not received for 9 days"
    team.lead.sync(), bob.sync()
    assert counted(bob).late(in_days(100)) == ""


@pytest.mark.parametrize("lost", [1, 2])
def test_what_a_hub_lost_is_missing_until_its_device_syncs_again(team: Team, lost: int) -> None:
    bob = team.reviewer("bob")
    texts = "abcde"
    written: list[Path] = []
    for text in texts:
        before = set(team.files("outbox/bob"))
        bob.say(text, text)
        bob.sync()
        written += set(team.files("outbox/bob")) - before
    for path in written[1 : 2 * lost : 2]:
        path.unlink()
    report = team.lead.sync()
    gone = [f"outbox/bob/{path.name}" for path in written[1 : 2 * lost : 2]]
    assert {(gap.author, gap.name) for gap in report.missing} == {("bob", name) for name in gone}
    assert team.lead.said() == set(texts) - set(texts[1 : 2 * lost : 2])
    bob.sync()
    assert team.lead.sync().missing == []
    assert team.lead.said() == set(texts)


def test_nothing_that_comes_late_in_the_same_sync_or_was_refused_is_missing(team: Team) -> None:
    bob = team.reviewer("bob")
    written: list[Path] = []
    for text in "abcdefgh":
        before = set(team.files("outbox/bob"))
        bob.say(text, text)
        bob.sync()
        written += set(team.files("outbox/bob")) - before
    written[3].write_bytes(b"damaged")
    report = team.lead.sync()  # by name, which is in no order of time
    assert [refusal.reason for refusal in report.refused] == ["damaged"]
    assert report.missing == []
    other = team.reviewer("bob", "other")
    assert other.sync().missing == []


def test_the_progress_of_sessions_is_in_bytes_and_goes_on_where_it_was_broken_off(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sync.travel.PART", 300)
    bob = team.reviewer("bob")
    id_ = team.lead.add("serve a model")
    team.lead.mail.share(id_, "bob")
    size = len(team.lead.mail.shared(id_)[0].canonical)
    parts = -(-size // 300)

    def transfer(member: Member, stop_after: int | None) -> list[tuple[int, int]]:
        """How far it said to be, before each part; the line drops after some."""
        told: list[tuple[int, int]] = []

        def watch(request: Request) -> None:
            if request.in_bytes:
                if len(told) == stop_after:
                    raise ConnectionError
                told.append((request.done, request.total))

        try:
            run(Sync(member.store, "h", member.name), open_hub(str(team.hub)), watch)
        except ConnectionError:
            assert len(told) == stop_after
        return told

    sent = transfer(team.lead, 2)
    assert sent == [(0, size), (300, size)]
    rest = transfer(team.lead, None)
    assert rest[0] == (0, size - 600), "what is there already is not sent again"
    assert len(rest) == parts - 2

    got = transfer(bob, 3)
    assert got == [(0, size), (300, size), (600, size)]
    rest = transfer(bob, None)
    assert rest[0] == (900, size) and len(rest) == parts - 3
    assert [bob.store.trajectories.trajectory(id_)] == team.lead.mail.shared(id_)[:1]
