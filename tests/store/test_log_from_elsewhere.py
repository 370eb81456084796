"""The log takes in what other devices, other people and other versions wrote."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from reviewer import event as envelope
from reviewer.event import Event, Newer, Subject, decode, new_event_id, read
from reviewer.trajectory import Trajectory
from store import Store
from store.log import Clash

DAY = 86_400_000 << 16


def an_event(trajectory: str = "t", author: str = "r", **changes: Any) -> Event:
    subject = Subject(author, trajectory, 1, "rating", "agent")
    value = {"kind": "rating", "value": 1}
    fields: dict[str, Any] = {"id": new_event_id(), "author": author, "device": "other", "time": 7 << 16} | changes
    return decode(Event(subject=subject, value=value, **fields).encode())


def newer(event: Event, version: int) -> bytes:
    return json.dumps(json.loads(event.encode()) | {"v": version, "mood": "curious"}).encode()


def test_an_event_of_a_newer_version_is_kept_and_read_when_this_is_that_version(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = newer(an_event(), envelope.VERSION + 1)
    assert store.log.apply([read(raw), read(raw)]) == 1
    assert list(store.log.events()) == []
    assert store.log.faults() == []
    assert store.log.read_unread() == 0

    monkeypatch.setattr(envelope, "VERSION", envelope.VERSION + 1)
    assert store.log.read_unread() == 1
    assert [event.encode() for event in store.log.events()] == [raw]
    assert store.log.faults() == []
    assert store.log.read_unread() == 0


def test_two_events_with_one_id_are_a_clash_and_nothing_of_the_batch_is_kept(store: Store) -> None:
    first = an_event()
    store.log.apply([first])
    with pytest.raises(Clash, match=f"{first.id} is there already"):
        store.log.apply([an_event(), an_event(author="mallory", id=first.id)])
    assert list(store.log.events()) == [first]


def test_what_the_reviewer_has_not_seen_is_not_superseded(store: Store, trajectory: Trajectory) -> None:
    """A sync may bring another device's words between two keys. The next key must not take their place unseen."""
    head, _ = store.trajectories.add(trajectory)
    session = store.session("r", head.id)
    session.rate(1, -1)
    elsewhere = an_event(head.id)
    store.log.apply([elsewhere])
    session.rate(1, 0)
    session.refresh()
    ((one, two),) = session.review.contested
    assert elsewhere in (one, two)
    assert store.log.faults() == []
    session.rate(1, 1)
    assert session.review.contested == [], "now both were seen"


def test_another_persons_clock_moves_nobodys(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    now = time.time_ns() // 1_000_000 << 16
    store.log.apply([an_event(head.id, "ahead", time=now + 400 * DAY)])
    (event,) = store.session("r", head.id).rate(1, 1)
    assert event.time < now + DAY


def test_a_reviewers_own_clock_never_goes_back(store: Store, trajectory: Trajectory) -> None:
    """What is said on a second device comes after what the first one said, whose clock is ahead: undo follows it."""
    head, _ = store.trajectories.add(trajectory)
    ahead = an_event(head.id, time=(time.time_ns() // 1_000_000 << 16) + 10 * DAY)
    store.log.apply([ahead])
    (event,) = store.session("r", head.id).rate(1, -1)
    assert event.time > ahead.time
    assert isinstance(read(newer(ahead, 9)), Newer)
