"""Syncs that happen by themselves, and what the status line says of syncing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from store import Store
from store.hubs import Hub, HubError, open_hub
from store.importer import import_paths
from tests.store.sync.teams import Member, Team
from tests.tui.desk import sit_down
from tests.tui.sessions import REVIEWER
from tests.tui.troubles import TROUBLES, Trouble
from tui.background import send_before_leaving
from tui.settings import Settings

OFTEN = Settings(sync_every=0.05)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.syncs.FIRST", 0.01)


# -- by itself


async def test_it_syncs_by_itself_in_the_queue_and_in_a_review(team: Team, member: Member) -> None:
    async with sit_down(member.store, settings=OFTEN) as desk:
        hints = desk.foot
        await until(lambda: "serve the model" in desk.text)
        assert desk.foot == "saved 0, sent 0, received by lead 0; 1 new session"
        await desk.press("j")
        assert desk.foot == hints
        await desk.press("enter", "escape", "1")
        await until(lambda: "received 0/1" in desk.top)
        team.lead.sync()
        assert team.lead.store.connection.row("SELECT count(*) FROM ratings") == (1,)
        await until(lambda: "received 1/1" in desk.top)
        assert "saved" not in desk.foot, "only news are told"


async def test_it_does_not_sync_by_itself_unless_it_is_asked_to(member: Member) -> None:
    async with sit_down(member.store) as desk:
        await desk.pilot.pause(0.1)
        assert "serve the model" not in desk.text and desk.app.syncs.state == ""


async def test_a_hub_that_is_gone_is_two_words_and_tried_ever_more_seldom(
    member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []

    def gone(url: str) -> Hub:
        tries.append(time.monotonic())
        raise HubError("no route to host")

    monkeypatch.setattr("tui.background.open_hub", gone)
    async with sit_down(member.store, settings=OFTEN) as desk:
        hints = desk.foot
        await until(lambda: len(tries) == 5)
        assert "not synced" in desk.top and desk.foot == hints
        waits = [later - earlier for earlier, later in pairwise(tries)]
        assert all(wait > 0.05 * 2**n for n, wait in enumerate(waits, start=1))
        await desk.press("S")
        await until(lambda: "no route to host" in desk.foot)
        monkeypatch.setattr("tui.background.open_hub", open_hub)
        await desk.press("S")
        await until(lambda: "saved 0, sent 0" in desk.foot)
        assert "not synced" not in desk.top
        assert "serve the model" in desk.text


async def test_s_during_such_a_sync_says_what_comes_of_it(member: Member, gate: threading.Event) -> None:
    async with sit_down(member.store, settings=Settings(sync_every=3600)) as desk:
        await until(lambda: "syncing" in desk.top)
        await desk.press("S")
        assert desk.foot == "syncing; go on meanwhile"
        await desk.press("S")
        assert desk.foot == "a sync goes on already"
        gate.set()
        await until(lambda: "1 new session" in desk.foot)


async def test_without_a_hub_nothing_is_shown_and_nothing_fails(store: Store) -> None:
    async with sit_down(store, settings=OFTEN) as desk:
        await desk.pilot.pause(0.2)
        assert not any(word in desk.top for word in ("sync", "sent", "received"))
        await desk.press("S")
        assert desk.foot == "no hub is set up; `errata hub add NAME URL` sets one up"


async def test_no_sync_begins_while_an_import_has_the_store(
    member: Member, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_on = threading.Event()
    real = import_paths
    monkeypatch.setattr("tui.panels.importing.import_paths", lambda *a, **k: read_on.wait(30) and real(*a, **k))
    async with sit_down(member.store, settings=Settings(sync_every=3600)) as desk:
        await desk.press("i", *str(tmp_path / "nothing"), "enter")
        asked: list[str] = []
        member.store.connection.raw.set_trace_callback(asked.append)
        for _ in range(20):
            await asyncio.sleep(0.01)
            desk.app.paint()
        assert desk.app.syncs.state == "" and asked == []
        read_on.set()
        await until(lambda: "serve the model" in desk.text)


# -- the status line


@pytest.mark.parametrize(
    ("width", "queue", "review"),
    [
        (80, "sent 0/1", "1/5 rated · saved ??:??:?? · sent 0 · received 0"),
        (200, "saved 1 · sent 0 · received 0", "1/5 rated · saved ??:??:?? · sent 0 · received 0"),
    ],
)
async def test_what_is_saved_sent_and_received_is_shown(member: Member, width: int, queue: str, review: str) -> None:
    member.sync()
    async with sit_down(member.store, size=(width, 24)) as desk:
        await desk.pilot.pause()
        await desk.press("enter", "escape", "1")
        shown = desk.top.rstrip()
        at = shown.index("saved ") + len("saved ")
        assert (shown[:at] + "??:??:??" + shown[at + 8 :]).endswith(review)
        assert "serve the" in shown
        await desk.press("q")
        assert desk.top.rstrip().endswith(queue)
        await desk.press("S")
        await until(lambda: desk.app.syncs.state == "")
        assert ("received 0/1" if width == 80 else "saved 1 · sent 1 · received 0") in desk.top


async def test_nothing_is_counted_for_the_lead(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose own words stay here."""
    monkeypatch.setattr("tests.tui.desk.REVIEWER", team.lead.name)
    async with sit_down(team.lead.store, size=(200, 24), settings=OFTEN) as desk:
        await until(lambda: "syncing" in desk.top)
        await until(lambda: "syncing" not in desk.top)
        assert not any(word in desk.top for word in ("saved", "sent", "received"))


async def test_what_waits_long_is_told(member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    member.sync()
    member.say("hello")
    member.sync()
    now = time.time()
    monkeypatch.setattr("store.sync.receipts.time.time", lambda: now + 9.5 * 24 * 3600)
    for size in ((80, 24), (200, 50)):
        async with sit_down(member.store, size=size) as desk:
            await until(lambda desk=desk: "not received for 9 days" in desk.top)  # type: ignore[misc]


async def test_a_key_does_not_count_the_store(member: Member) -> None:
    """By what SQLite is asked while keys are pressed: no query without a place to begin from."""
    member.sync()
    async with sit_down(member.store) as desk:
        await desk.pilot.pause()
        await desk.press("enter", "escape")
        asked: list[str] = []
        member.store.connection.raw.set_trace_callback(asked.append)
        await desk.press("1", "j", "k")
        counting = [query for query in asked if "count(" in query or "total(" in query]
        assert counting and all("rowid > " in query for query in counting)


# -- leaving


def test_what_is_unsent_is_sent_when_the_screens_are_left(team: Team, member: Member) -> None:
    member.say("hello")
    send_before_leaving(member.store, REVIEWER)
    team.lead.sync()
    assert team.lead.said() == {"hello"}


def test_to_leave_waits_for_a_slow_hub_no_longer_than_a_moment(
    member: Member, gate: threading.Event, capsys: pytest.CaptureFixture[str]
) -> None:
    member.say("hello")
    start = time.monotonic()
    send_before_leaving(member.store, REVIEWER)
    assert time.monotonic() - start < 5
    assert capsys.readouterr().err == "1 event not sent yet, all saved here; the next sync sends them\n"
    gate.set()
    assert member.sync().counts.sent == 1


# -- a hub that is not well


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=list(TROUBLES))
async def test_what_is_wrong_with_a_hub_is_told_and_leaves_nothing_half_done(
    team: Team, member: Member, trouble: Trouble
) -> None:
    member.sync()
    async with sit_down(member.store) as desk:
        await desk.press("enter", "escape", "1")
        with trouble.make(team, member):
            await desk.press("S")
            await until(lambda: desk.app.syncs.state == "" and "saved 1" not in desk.foot)
            foot = " ".join(" ".join(desk.rows[-6:]).split())
            assert trouble.said in foot.replace("/ ", "/")
            assert "hush" not in foot
            assert "not synced" in desk.top
            await desk.press("j", "-")
            assert desk.foot != foot and desk.stored.review.rating(2) == -1
            assert member.mail.counts("h").sent == 0
        await desk.press("S")
        await until(lambda: desk.foot == "saved 2, sent 2, received by lead 0")
        assert "not synced" not in desk.top
    assert team.lead.sync().new == 2
