"""S: a sync behind the screens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.sync.hub_book import join_hub
from tests.store.sync.teams import Member, Team
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import REVIEWER


@pytest.fixture(params=[False, True], ids=["plain", "sealed"])
def team(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Team]:
    made = Team(tmp_path, sealed=request.param)
    yield made
    made.close()


async def synced(desk: Desk) -> None:
    async with asyncio.timeout(30):
        while desk.app.syncs.state:
            await asyncio.sleep(0.005)


async def test_a_sync_brings_sessions_and_says_how_far_things_are(team: Team, member: Member) -> None:
    async with sit_down(member.store) as desk:
        await desk.press("S")
        await synced(desk)
        assert desk.foot == "saved 0, sent 0, received by lead 0; 1 new session"
        assert "serve the model" in desk.row_with("serve the model")
        await desk.press("enter", "escape", "1", "S")
        await synced(desk)
        assert desk.foot == "saved 1, sent 1, received by lead 0"
        team.lead.sync()
        await desk.press("S")
        await synced(desk)
        assert desk.foot == "saved 1, sent 1, received by lead 1"


async def test_keys_do_not_wait_for_the_hub(team: Team, member: Member, gate: threading.Event) -> None:
    gate.set()
    member.sync()
    gate.clear()
    async with sit_down(member.store) as desk:
        await desk.press("S")
        assert desk.foot == "syncing; go on meanwhile"
        assert "syncing" in desk.top
        await desk.press("enter", "escape", "1", "j", "-")
        assert desk.review.session.review.rating(2) == -1
        await desk.press("S")
        assert desk.foot == "a sync goes on already"
        gate.set()
        await synced(desk)
        assert desk.foot == "saved 2, sent 2, received by lead 0", "also what was said while it went on"


async def test_to_leave_does_not_wait_for_the_hub(member: Member, gate: threading.Event) -> None:
    async with asyncio.timeout(10):
        async with sit_down(member.store) as desk:
            await desk.press("S", "q")
    assert desk.app.return_value == 0
    gate.set()


async def test_what_another_device_said_is_shown_and_nothing_unseen_is_replaced(
    team: Team, member: Member, gate: threading.Event
) -> None:
    gate.set()
    other = team.reviewer(REVIEWER, "other-device")
    member.sync()
    (head,) = member.store.trajectories.all()
    member.sync(), other.sync()
    other.store.session(REVIEWER, head.id).rate(1, -1)
    other.sync()
    async with sit_down(member.store) as desk:
        await desk.press("enter", "escape", "c", "S")  # in an editor, S is a letter
        assert desk.app.syncs.state == ""
        desk.app.sync()
        await synced(desk)
        assert desk.review.session.review.rating(1) is None, "not under an open panel"
        await desk.press("ctrl+s")
        assert desk.review.session.review.rating(1) == -1
        await desk.press("1")
        assert desk.review.session.review.contested == []


async def test_what_another_device_said_counts_at_once(team: Team, member: Member) -> None:
    other = team.reviewer(REVIEWER, "other-device")
    member.sync(), other.sync()
    (head,) = member.store.trajectories.all()
    other.store.session(REVIEWER, head.id).rate(1, -1)
    other.sync()
    async with sit_down(member.store, head.id, size=(120, 30)) as desk:
        assert "0/5 rated" in desk.top
        before = desk.row_with("ls -la")
        await desk.press("S")
        await synced(desk)
        assert "1/5 rated" in desk.top
        assert desk.row_with("ls -la") != before, "the list has its mark, too"
        await desk.press("tab")
        assert desk.step == 2, "it is judged"


async def test_two_heads_are_marked_after_a_sync(team: Team, member: Member) -> None:
    other = team.reviewer(REVIEWER, "other-device")
    member.sync(), other.sync()
    (head,) = member.store.trajectories.all()
    other.store.session(REVIEWER, head.id).rate(1, -1)
    other.sync()
    async with sit_down(member.store) as desk:
        await desk.press("enter", "escape", "1", "S")
        await synced(desk)
        (pair,) = desk.review.session.review.contested
        assert len(pair) == 2


async def test_what_would_keep_a_key_waiting_is_left_for_the_command(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.background._LONGEST", 1000)
    async with sit_down(member.store) as desk:
        await desk.press("S")
        await synced(desk)
        assert "1 long session: `errata sync` brings" in " ".join(desk.rows[-3:])
        assert member.store.trajectories.all() == []
    assert len(member.sync().trajectories) == 1


async def test_a_hub_that_is_gone_is_said_and_everything_goes_on(team: Team, member: Member) -> None:
    team.hub.rename(team.hub.with_name("gone"))
    async with sit_down(member.store) as desk:
        await desk.press("S")
        await synced(desk)
        foot = " ".join(" ".join(desk.rows[-3:]).split())  # where lines end depends on how long the path is
        assert "there is no such folder; mount its disk" in foot
        await desk.press("j")
    with pytest.raises(Exception, match="no such folder"):
        join_hub(member.store, REVIEWER, "h", str(team.hub))
