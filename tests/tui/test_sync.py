"""S: a sync behind the screens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.annotation import Comment
from store.sync.hub_book import join_hub
from store.sync.redaction import redact, redact_trajectory
from tests.store.sync.teams import LEAD, Member, Team
from tests.tui import sessions
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


def rated_elsewhere(team: Team, member: Member) -> str:
    """On another device of theirs the reviewer has rated the first step bad, and synced. Returns the session."""
    other = team.reviewer(REVIEWER, "other-device")
    member.sync(), other.sync()
    (head,) = member.store.trajectories.all()
    other.store.session(REVIEWER, head.id).rate(1, -1)
    other.sync()
    return head.id


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
    rated_elsewhere(team, member)
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
    id_ = rated_elsewhere(team, member)
    async with sit_down(member.store, id_, size=(120, 30)) as desk:
        assert "0/5 rated" in desk.top
        before = desk.row_with("ls -la")
        await desk.press("S")
        await synced(desk)
        assert "1/5 rated" in desk.top
        assert desk.row_with("ls -la") != before, "the list has its mark, too"
        await desk.press("tab")
        assert desk.step == 2, "it is judged"


async def test_a_session_that_the_lead_redacts_is_told_of_and_its_open_review_goes_on(
    team: Team, member: Member
) -> None:
    member.sync()
    (head,) = team.lead.store.trajectories.all()
    async with sit_down(member.store) as desk:
        await desk.press("enter", "escape", "1")
        redact_trajectory(team.lead.store, LEAD, head.id, "private")
        team.lead.sync()
        await desk.press("S")
        await synced(desk)
        said = f'redacted by ana: session "serve the model" [{head.short_id}]: private'
        assert said in " ".join(" ".join(desk.rows[-3:]).split())
        await desk.press("j", "-", "c", *"hm", "ctrl+s", "o", "T", "q", "u")
        assert desk.review.session.review.rating(2) == -1
        await desk.press("S")
        await synced(desk)
        assert "redacted" not in desk.foot, "it is told once"
        await desk.press("q")
        assert "serve the model" not in desk.text and "0 to do" in desk.top


async def test_a_review_stays_open_when_another_program_wipes_its_redacted_session(
    team: Team, member: Member
) -> None:
    member.sync()
    (head,) = member.store.trajectories.all()
    async with sit_down(member.store, head.id) as desk:
        redact_trajectory(team.lead.store, LEAD, head.id, "private")
        team.lead.sync(), member.sync()
        gone = f"session {head.short_id} was redacted by ana: private"
        for key in ("j", "o", "1", "s", "e", "T", "/", "r", "]", "v", "m", "x", "a", "}", "h", "y", "G", "S"):
            await desk.press(key, "escape")
            assert gone in desk.text
        await synced(desk)
        await desk.press("q")
        assert "0 to do" in desk.top


async def test_a_search_ends_when_another_program_wipes_its_redacted_session(
    team: Team, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.review.finding._AT_ONCE", 0)
    monkeypatch.setattr("tui.review.finding._AT_A_TIME", 1)
    member.sync()
    (head,) = member.store.trajectories.all()
    sessions.judge_all(member.store, head.id)  # so that all of it may be seen
    redact_trajectory(team.lead.store, LEAD, head.id, "private")
    team.lead.sync()
    async with sit_down(member.store, head.id) as desk:
        await desk.press("/", *"nowhere", "enter")
        assert desk.foot == '"nowhere", searching: 0 of 7 steps'
        member.sync()
        async with asyncio.timeout(10):
            while "was redacted by ana: private" not in desk.foot:
                await asyncio.sleep(0.005)


async def test_what_the_lead_redacts_of_what_one_said_is_told(team: Team, member: Member) -> None:
    member.sync()
    (head,) = member.store.trajectories.all()
    (event,) = member.store.session(REVIEWER, head.id).comment(2, Comment(text="the password is hush"))
    member.sync(), team.lead.sync()
    redact(team.lead.store, LEAD, event.id, "a password")
    team.lead.sync()
    async with sit_down(member.store, head.id) as desk:
        await desk.press("S")
        await synced(desk)
        said = f'the comment of alice at step 2 of session "serve the model" [{head.short_id}]: a password'
        assert f"redacted by ana: {said}" in " ".join(" ".join(desk.rows[-3:]).split())
        await desk.press("j")
        assert "hush" not in desk.text


async def test_two_heads_are_marked_after_a_sync(team: Team, member: Member) -> None:
    rated_elsewhere(team, member)
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
