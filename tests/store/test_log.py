"""The log: what was written is there whatever happens, and the derived tables are what a fold of it gives."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.errors import ErrataError
from reviewer.event import WHOLE, Event, Subject, decode
from reviewer.review import Review, Status
from reviewer.trajectory import Trajectory
from store import Store
from store.database import StoreError
from store.log import Change, ReadOnlyReview
from tests import devices as d
from tests.devices import AUTHOR, TRAJECTORY, Device, logs, subject
from tests.programs import start

GOOD: dict[str, Any] = {"kind": "rating", "value": 1}
BAD: dict[str, Any] = {"kind": "rating", "value": -1}


@contextmanager
def fresh_store() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "store.db") as store:
        yield store


def derived(store: Store) -> dict[str, list[Any]]:
    """The derived tables, row by row."""
    return {
        table: sorted(store.connection.rows(f"SELECT * FROM {table}"))
        for table in ("head", "superseded", "annotations", "reviews", "ratings", "mistakes")
    }


def say(store: Store, *values: dict[str, Any] | None, step: int = 1) -> list[Event]:
    return store.log.write([Change(subject(step), value) for value in values], rubric="r")


# -- writing

_WRITER = """
import sys
from pathlib import Path
from reviewer.annotation import Comment
from store import Store
with Store(Path(sys.argv[1])) as store:
    session = store.session("r", store.trajectories.find("1").id)
    print("ready", flush=True)
    n = 0
    while True:
        n += 1
        match n % 5:
            case 0: events = session.undo() and []
            case 1: events = session.comment(0, Comment(text="x" * (n * 37 % 20_000)))
            case _: events = session.rate(n % 7 + 1, n % 3 - 1)
        for event in events or []:
            print(event.id, flush=True)
"""


def test_every_act_that_was_answered_survives_kill_9(tmp_path: Path, trajectory: Trajectory) -> None:
    """A writer that says so after each act is killed in the middle of its work, many times over."""
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
    answered: set[str] = set()
    moments = random.Random(20)
    for _ in range(15):
        with start(_WRITER, path) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
            lines = [writer.stdout.readline() for _ in range(moments.randrange(40))]
            writer.kill()
            lines += writer.stdout.read().splitlines(keepends=True)
        now = {line.strip() for line in lines if line.endswith("\n")}
        answered |= now
        with Store(path) as store:
            kept = {event.id for event in store.log.events()}
            assert answered <= kept
            assert store.log.faults() == []
            assert store.connection.row("PRAGMA integrity_check") == ("ok",)
    assert len(answered) > 100


def test_an_act_is_written_whole_or_not_at_all(store: Store) -> None:
    say(store, GOOD)
    before = list(store.log.events()), derived(store)
    wrong: Any = {"kind": "rating", "value": float("nan")}
    with pytest.raises(ErrataError):
        store.log.write([Change(subject(2), GOOD), Change(subject(3), wrong)], rubric="r")
    assert (list(store.log.events()), derived(store)) == before


def test_an_event_names_what_it_replaces_and_when(store: Store) -> None:
    (first,), (second,) = say(store, GOOD), say(store, BAD)
    assert first.supersedes == ()
    assert second.supersedes == (first.id,)
    assert second.time > first.time
    assert second.id != first.id
    assert store.log.review(AUTHOR, TRAJECTORY).heads(subject(1)) == [second]


def test_the_clock_goes_on_when_the_wall_clock_went_back(store: Store) -> None:
    (seen,) = Device("b", clock=10**6 * d.HOUR).write(subject(1), GOOD)
    store.log.apply([seen])
    (event,) = say(store, BAD)
    assert event.time == seen.time + 1
    assert store.log.review(AUTHOR, TRAJECTORY).rating(1) == -1


def test_active_time_is_counted_once_for_an_act(store: Store) -> None:
    store.log.write([Change(subject(1), GOOD), Change(subject(2), GOOD)], rubric="r", seen_through=5, active_ms=900)
    assert [event.active_ms for event in store.log.events()] == [900, 0]
    assert [event.seen_through for event in store.log.events()] == [5, 5]


def test_who_said_anything(store: Store) -> None:
    for author in ("zoe", "ada", "zoe"):
        store.log.write([Change(Subject(author, TRAJECTORY, 1, "rating", "agent"), GOOD)], rubric="r")
    assert store.log.authors(TRAJECTORY) == ["ada", "zoe"]
    assert store.log.authors("cd" * 32) == []


# -- taking in what was written elsewhere


@settings(max_examples=settings().max_examples // 2)
@given(logs(), st.randoms(use_true_random=False))
def test_events_may_come_in_any_order_and_often(events: list[Event], order: random.Random) -> None:
    """What a device superseded may be known before it is: it stays superseded when it comes."""
    kept = []
    for _ in range(2):
        order.shuffle(events)
        with fresh_store() as store:
            cut = order.randrange(len(events) + 1)
            assert store.log.apply(events[:cut]) == cut
            assert store.log.apply(events) == len(events) - cut
            assert store.log.apply(reversed(events)) == 0
            assert store.log.faults() == []
            assert (
                store.log.review(AUTHOR, TRAJECTORY).state()
                == Review(AUTHOR, TRAJECTORY, {event.id: event for event in events}).state()
            )
            kept.append(derived(store))
    assert kept[0] == kept[1]


def test_what_supersedes_may_come_first(store: Store) -> None:
    device = Device("b")
    (old,) = device.write(subject(1), GOOD)
    (new,) = device.write(subject(1), BAD)
    assert store.log.apply([new]) == 1
    assert store.log.apply([old]) == 1
    assert store.log.review(AUTHOR, TRAJECTORY).rating(1) == -1
    assert len(store.connection.rows("SELECT * FROM annotations")) == 1


def test_another_subjects_event_supersedes_nothing_here(store: Store) -> None:
    (mine,) = say(store, GOOD)
    theirs = replace(
        mine, id="evil", author="lead", subject=mine.subject._replace(author="lead"), supersedes=(mine.id,), raw=b""
    )
    store.log.apply([theirs])
    assert store.log.review(AUTHOR, TRAJECTORY).rating(1) == 1
    assert store.log.faults() == []


def test_events_are_kept_as_the_bytes_they_came_in(store: Store) -> None:
    (event,) = Device("b").write(subject(1), GOOD)
    body = json.loads(event.encode()) | {"note": "from a newer version", "value": GOOD | {"mood": "good"}}
    raw = json.dumps(body, indent=1).encode()
    store.log.apply([decode(raw)])
    assert [kept.encode() for kept in store.log.events()] == [raw]
    assert store.log.faults() == []


def test_an_event_that_this_version_cannot_read_breaks_nothing(store: Store) -> None:
    device = Device("b")
    device.write(subject(1), GOOD)
    device.write(subject(2), {"kind": "rating", "value": {"stars": 4}})
    device.write(subject(3, "mood", "x"), {"kind": "mood"})
    store.log.apply(device.review.events.values())
    assert store.log.review(AUTHOR, TRAJECTORY).rated_steps == {1}
    assert store.connection.row("SELECT status FROM reviews") == ("in work",)
    (fault,) = store.log.faults()
    assert "not a well-formed rating" in fault


@pytest.mark.parametrize("first", [1, 2])
def test_of_two_submissions_the_later_revision_counts_everywhere(store: Store, first: int) -> None:
    """One device submitted and reopened; the other, offline, submitted. The review, the views and the log agree."""
    submission = subject(WHOLE, "submission", "")
    devices = [Device("a"), Device("b", clock=d.HOUR)]
    for number, device in enumerate(devices, 1):
        device.write(submission, {"kind": "submission", "state": "submitted", "revision": 1})
        if number == first:
            device.write(submission, {"kind": "submission", "state": "reopened", "revision": 2})
        store.log.apply(device.review.events.values())
    assert store.log.review(AUTHOR, TRAJECTORY).status is Status.IN_WORK
    assert store.connection.row("SELECT status, revision FROM reviews") == ("in work", 2)
    say(store, GOOD)
    store.log.write([Change(submission, {"kind": "submission", "state": "submitted", "revision": 2})], rubric="r")
    assert store.log.review(AUTHOR, TRAJECTORY).status is Status.SUBMITTED
    assert store.connection.row("SELECT status, revision FROM reviews") == ("submitted", 2)
    with pytest.raises(ReadOnlyReview):
        say(store, BAD)


# -- the derived tables


@settings(max_examples=settings().max_examples // 2)
@given(logs())
def test_rebuilding_gives_the_same_tables(events: list[Event]) -> None:
    with fresh_store() as store:
        store.log.apply(events)
        before = derived(store)
        store.log.rebuild()
        assert derived(store) == before
        for table in ("head", "superseded"):
            store.connection.execute(f"DELETE FROM {table}")
        store.log.rebuild()
        assert derived(store) == before
        assert store.log.faults() == []


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("DELETE FROM head WHERE step = 2", "head {two} is missing; a fold of the log gives it"),
        (
            "INSERT INTO head SELECT author, trajectory, step, kind, slot, id FROM event WHERE step = 1 LIMIT 1",
            "head {one} is kept but a fold of the log does not give it",
        ),
        ("UPDATE head SET event = 'made up' WHERE step = 2", "head made up is kept but"),
        ("DELETE FROM superseded", "superseded {one} is missing; a fold of the log gives it"),
        (
            "INSERT INTO superseded SELECT event, author, trajectory, step, kind, slot FROM head",
            "superseded {two} is kept but a fold of the log does not give it",
        ),
        ("DELETE FROM event WHERE step = 2", "head {two} is kept but a fold of the log does not give it"),
        ("UPDATE event SET raw = x'7b7d' WHERE step = 2", "event {two}: not an event"),
        ("UPDATE event SET raw = 'text' WHERE step = 2", "event {two}: not an event"),
        ("UPDATE event SET raw = replace(raw, ':-1}', ':0}') WHERE step = 2", "event {two}: its columns differ"),
        ("""UPDATE event SET raw = replace(raw, '"author":"rev', '"author":"lead') WHERE step = 2""", "event {two}"),
        *(
            (f"UPDATE event SET {column} = '{value}' WHERE step = 2", "event {two}: its columns differ")
            for column, value in {
                "author": "lead", "device": "mine", "time": 7, "trajectory": "cd", "kind": "mistake", "slot": "b",
                "value": '{"kind":"rating","value":1}', "rubric": "other", "undoes": "x", "seen_through": 9,
                "active_ms": 5,
            }.items()
        ),
        ("UPDATE event SET step = 3 WHERE step = 2", "event {two}: its columns differ"),
        ("UPDATE event SET value = NULL WHERE step = 2", "event {two}: its columns differ"),
        ("UPDATE event SET id = 'x' WHERE step = 2", "event {two}: its columns differ"),
    ],
)  # fmt: skip
def test_tampering_is_found(store: Store, damage: str, says: str) -> None:
    one, *_ = say(store, GOOD)
    say(store, BAD)
    (two,) = say(store, BAD, step=2)
    assert store.log.faults() == []
    store.connection.execute(damage)
    faults = store.log.faults()
    assert any(fault.startswith(says.format(one=one.id, two=two.id)) for fault in faults), faults
    assert all("\n" not in fault for fault in faults)


def test_rebuilding_mends_the_derived_tables(store: Store) -> None:
    say(store, GOOD)
    say(store, BAD)
    before = derived(store)
    store.connection.execute("UPDATE head SET event = 'made up'")
    store.connection.execute("UPDATE superseded SET id = 'made up'")
    store.log.rebuild()
    assert store.log.faults() == []
    assert derived(store) == before


def test_a_log_that_cannot_be_read_is_not_rebuilt_from(store: Store) -> None:
    say(store, GOOD)
    before = derived(store)
    store.connection.execute("UPDATE event SET raw = 'text'")
    with pytest.raises(ErrataError, match="not an event"):
        store.log.rebuild()
    assert derived(store) == before


def test_a_full_review_of_a_long_session_opens_at_once(store: Store) -> None:
    """What was said is read with one query for a review, not one for a step."""
    asked: list[str] = []
    for step in range(1, 301):
        say(store, GOOD, step=step)
    store.connection.raw.set_trace_callback(asked.append)
    assert len(store.log.review(AUTHOR, TRAJECTORY).rated_steps) == 300
    assert len(asked) == 1


def test_an_event_cannot_be_written_to_a_store_opened_for_reading(store: Store) -> None:
    with Store(store.path, write=False) as reading, pytest.raises(StoreError, match="cannot be written"):
        say(reading, GOOD)
