"""The fold of events into a review: order of arrival, conflicts, the status, undo and redo."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.annotation import dump_value
from reviewer.event import WHOLE, Event, Subject
from reviewer.review import Heads, Review, Status
from tests import devices as d
from tests.devices import Device, logs, subject, sync, value

GOOD, NEUTRAL, BAD = ({"kind": "rating", "value": number} for number in (1, 0, -1))

State = dict[Subject, list[dict[str, Any]]]


def folded(events: list[Event]) -> Review:
    review = Review(d.AUTHOR, d.TRAJECTORY)
    for event in events:
        review.add(event)
    return review


def told(review: Review) -> dict[str, Any]:
    """All that a review says of itself."""
    return {
        "state": review.state(),
        "entries": review.entries(),
        "heads": {s: review.heads(s) for s in d.SUBJECTS},
        "contested": review.contested,
        "ratings": [(review.rating(step), review.mistakes(step)) for step in range(3)],
        "answer": review.answer("outcome"),
        "decisive": review.decisive,
        "status": review.status,
        "undo": review.undo(),
        "redo": review.redo(),
    }


# -- the fold


@given(logs(), st.randoms(use_true_random=False), st.data())
def test_the_order_of_arrival_does_not_matter(events: list[Event], random: Any, data: st.DataObject) -> None:
    """Shuffled, and with some events delivered several times."""
    arriving = events + data.draw(st.lists(st.sampled_from(events), max_size=10) if events else st.just([]))
    random.shuffle(arriving)
    assert told(folded(arriving)) == told(folded(events))
    assert told(Review(d.AUTHOR, d.TRAJECTORY, {e.id: e for e in arriving})) == told(folded(events))


@given(logs())
def test_a_head_is_an_event_that_nothing_of_its_subject_supersedes(events: list[Event]) -> None:
    superseded = {(event.subject, old) for event in events for old in event.supersedes}
    heads = {event.id for event in events if (event.subject, event.id) not in superseded}
    assert {event.id for event in Heads(events)} == heads
    assert {event.id for s in d.SUBJECTS for event in folded(events).heads(s)} == heads


@given(logs())
def test_devices_that_have_the_same_events_show_the_same(events: list[Event]) -> None:
    devices = d.three_devices()
    for number, event in enumerate(events):
        devices[number % 3].receive([event])
    for one, other in ((0, 1), (1, 2), (0, 1)):
        sync(devices[one], devices[other])
    assert told(devices[0].review) == told(devices[1].review) == told(devices[2].review)


def test_no_one_supersedes_another_subjects_event() -> None:
    device = Device("a")
    (said,) = device.write(subject(1), GOOD)
    foreign = [
        replace(said, id=f"x{n}", subject=other, author=other.author, supersedes=(said.id,))
        for n, other in enumerate(
            [subject(2), subject(1, slot="00000001"), subject(1, "comment"), Subject("lead", *said.subject[1:])]
        )
    ]
    for events in ([said, *foreign], [*foreign, said]):
        heads = Heads(events)
        assert heads[said.subject] == [said]
        assert len(list(heads)) == len(events)


def test_a_review_takes_in_only_its_own_events() -> None:
    device = Device("a")
    (said,) = device.write(subject(1), GOOD)
    review = Review(d.AUTHOR, d.TRAJECTORY)
    review.add(replace(said, author="lead", subject=said.subject._replace(author="lead")))
    review.add(replace(said, subject=said.subject._replace(trajectory="cd" * 32)))
    assert review.events == {} and review.status is Status.TO_DO


def test_what_is_superseded_stays_so_when_it_arrives_late() -> None:
    device = Device("a")
    (old,) = device.write(subject(1), BAD)
    (new,) = device.write(subject(1), GOOD)
    assert folded([new, old]).rating(1) == 1
    assert folded([new, old]).contested == []


# -- conflicts


def two_heads() -> tuple[Device, Device]:
    """Two devices that rated the same step while both were offline, and then synced."""
    one, other = Device("a"), Device("b", clock=d.HOUR)
    one.write(subject(1), GOOD)
    other.write(subject(1), BAD)
    sync(one, other)
    return one, other


def test_two_heads_are_both_kept_and_shown() -> None:
    for device in two_heads():
        entries = device.review.entries(1)
        assert [dump_value(entry.value)["value"] for entry in entries] == [1, -1]
        assert all(entry.contested for entry in entries)
        assert [[event.value for event in heads] for heads in device.review.contested] == [[GOOD, BAD]]
        assert device.review.rating(1) == -1  # the later, until a person picks


def test_a_person_picks() -> None:
    one, other = two_heads()
    one.write(subject(1), NEUTRAL)
    sync(one, other)
    for device in (one, other):
        assert device.review.contested == []
        assert device.review.rating(1) == 0


def test_undoing_the_pick_brings_both_back_and_redoing_it_removes_them_again() -> None:
    one, _ = two_heads()
    both = one.review.state()
    one.write(subject(1), NEUTRAL)
    picked = one.review.state()
    for _ in range(3):
        assert one.take_back(one.review.undo())
        assert one.review.state() == both
        assert len(one.review.contested) == 1
        one.restart()
        assert one.take_back(one.review.redo())
        assert one.review.state() == picked
        assert one.review.contested == []


def test_undo_takes_back_the_latest_act_of_whichever_device_and_nothing_else() -> None:
    """The other device's judgement of the same step is no part of the act, and stays."""
    one, other = two_heads()
    one.take_back(one.review.undo())
    assert one.review.state() == {subject(1): [GOOD]}
    one.take_back(one.review.undo())
    assert one.review.state() == {}
    assert one.review.undo() is None
    one.take_back(one.review.redo())
    one.take_back(one.review.redo())
    assert one.review.state() == {subject(1): [BAD, GOOD]}
    sync(one, other)
    assert other.review.state() == one.review.state()


def test_undo_does_not_bring_back_what_another_device_took_back() -> None:
    one, other = Device("a"), Device("b", clock=d.HOUR)
    one.write(subject(1), GOOD)
    other.write(subject(1), BAD)
    one.clock = 2 * d.HOUR
    one.take_back(one.review.undo())  # of its own rating, not knowing of the other's
    sync(one, other)
    assert one.review.state() == {subject(1): [BAD]}
    assert one.take_back(one.review.undo())
    assert one.review.state() == {}


# -- undo and redo


@given(d.steps)
def test_undo_restores_the_state_before_an_act_and_redo_the_one_after(steps: list[tuple[Any, ...]]) -> None:
    """After anything that three devices may have done: conflicts, syncs, other undos, a restart."""
    devices = d.three_devices()
    for act, number, about, choice in steps:
        device = devices[number % 3]
        if act in (d.SAY, d.WITHDRAW):
            before = device.review.state()
            d.happen(devices, act, number, about, choice)
            after = device.review.state()
            trial = Device("trial", clock=device.clock, review=folded(list(device.review.events.values())))
            for _ in range(2):
                assert trial.take_back(trial.review.undo())
                assert trial.review.state() == before
                trial.restart()
                assert trial.take_back(trial.review.redo())
                assert trial.review.state() == after
                trial.restart()
        else:
            d.happen(devices, act, number, about, choice)


@given(d.steps)
def test_undo_and_redo_are_a_stack(steps: list[tuple[Any, ...]]) -> None:
    """On one device: the model is a list of states and a place in it."""
    device = Device("a")
    states: list[State] = [{}]
    at = 0
    for act, _, about, choice in steps:
        d.happen([device], act, 0, about, choice)
        if act in (d.SAY, d.WITHDRAW):
            states[at + 1 :] = [device.review.state()]
            at += 1
        elif act == d.UNDO:
            at = max(at - 1, 0)
        elif act == d.REDO:
            at = min(at + 1, len(states) - 1)
        assert device.review.state() == states[at]
        assert (device.review.undo() is None) == (at == 0)
        assert (device.review.redo() is None) == (at == len(states) - 1)


def undo_all(devices: list[Device]) -> Device:
    """Sync, and take back on the first device whatever can be taken back."""
    device = devices[0]
    for other in devices[1:]:
        sync(device, other)
    most = len(device.review.events)
    undos = 0
    while device.take_back(device.review.undo()):
        undos += 1
        assert undos <= most
    return device


@given(d.steps)
def test_undo_comes_to_an_end(steps: list[tuple[Any, ...]]) -> None:
    devices = d.three_devices()
    for step in steps:
        d.happen(devices, *step)
    device = undo_all(devices)
    for _ in range(3):
        assert device.review.undo() is None
        device.restart()


@given(d.steps)
def test_what_devices_said_offline_can_all_be_taken_back_on_one_of_them(steps: list[tuple[Any, ...]]) -> None:
    """And done again, in the same order. (Where several devices undid the same acts before they synced, a value that
    one undo restored can be left over; it shows as any other, and can be withdrawn.)"""
    devices = d.three_devices()
    for step in steps:
        if step[0] not in (d.UNDO, d.REDO):
            d.happen(devices, *step)
    sync(devices[0], devices[1])
    sync(devices[0], devices[2])
    device = devices[0]
    merged = device.review.state()
    undo_all(devices)
    assert device.review.state() == {}
    while device.take_back(device.review.redo()):
        pass
    assert device.review.state() == merged


def test_what_was_seen_and_submitted_is_not_undone() -> None:
    device = Device("a")
    device.write(subject(1), GOOD)
    device.write(subject(3, "reveal", ""), {"kind": "reveal", "through": 3})
    device.write(subject(WHOLE, "submission", ""), {"kind": "submission", "state": "submitted", "revision": 1})
    device.write(subject(WHOLE, "submission", ""), {"kind": "submission", "state": "reopened", "revision": 2})
    undo = device.review.undo()
    assert undo is not None and undo.subject == subject(1)
    device.take_back(undo)
    assert device.review.undo() is None
    assert device.review.revealed_through == 3
    assert device.review.revision == 2


def test_there_is_nothing_to_redo_after_something_new_was_said() -> None:
    device = Device("a")
    device.write(subject(1), GOOD)
    device.take_back(device.review.undo())
    device.write(subject(2), BAD)
    assert device.review.redo() is None


def test_an_undo_whose_act_has_not_arrived_is_not_a_thing_to_undo() -> None:
    device = Device("a")
    (act,) = device.write(subject(1), GOOD)
    device.take_back(device.review.undo())
    (undo,) = (event for event in device.review.events.values() if event.undoes == act.id)
    late = folded([undo])
    assert (late.undo(), late.redo()) == (None, None)
    late.add(act)
    assert told(late) == told(device.review)


# -- what is in force


def test_a_withdrawn_annotation_is_gone_and_its_review_to_do_again() -> None:
    device = Device("a")
    for said, rated, status in ((GOOD, {1}, Status.IN_WORK), (None, set(), Status.TO_DO)):
        device.write(subject(1), said)
        assert device.review.rated_steps == rated
        assert len(device.review.entries()) == len(rated)
        assert device.review.status is status


def test_what_this_version_cannot_read_is_kept_and_passed_over() -> None:
    """A kind of a newer version, a known kind in a new shape, and a value in the wrong place."""
    device = Device("a")
    device.write(subject(1), GOOD)
    device.write(subject(1, "mood", "x"), {"kind": "mood", "is": "good"})
    device.write(subject(2), {"kind": "rating", "value": 0.5})
    device.write(subject(3), {"kind": "comment", "text": "in a rating's place"})
    assert [entry.step for entry in device.review.entries()] == [1]
    assert device.review.rated_steps == {1}
    assert len(device.review.state()) == 4


def test_the_decisive_mistake_has_to_be_one_in_force() -> None:
    device = Device("a")
    mistake = subject(2, "mistake", "0000000a")
    device.write(mistake, value("mistake", 1))
    device.write(subject(WHOLE, "decisive", ""), {"kind": "decisive", "mistake": "0000000a"})
    assert device.review.decisive == "0000000a"
    device.write(mistake, None)
    assert device.review.decisive is None


def test_time_and_what_was_seen_add_up() -> None:
    device = Device("a")
    events = device.write(subject(1), GOOD) + device.write(subject(2), BAD)
    review = folded([replace(events[0], active_ms=1500, seen_through=4), replace(events[1], active_ms=20)])
    assert review.active_ms == 1520
    assert review.seen_through == 4


# -- the status


def submission(state: str, revision: int) -> dict[str, Any]:
    return {"kind": "submission", "state": state, "revision": revision}


SUBMISSION = subject(WHOLE, "submission", "")


def test_the_way_of_a_review() -> None:
    device = Device("a")
    review = device.review
    assert (review.status, review.revision) == (Status.TO_DO, 1)
    device.write(subject(1), GOOD)
    assert (review.status, review.revision) == (Status.IN_WORK, 1)
    device.write(SUBMISSION, submission("submitted", 1))
    assert (review.status, review.revision) == (Status.SUBMITTED, 1)
    device.write(SUBMISSION, submission("reopened", 2))
    assert (review.status, review.revision) == (Status.IN_WORK, 2)
    device.write(SUBMISSION, submission("submitted", 2))
    assert (review.status, review.revision) == (Status.SUBMITTED, 2)


@pytest.mark.parametrize("late", [False, True], ids=["reopened last", "submitted last"])
def test_of_two_submissions_the_later_revision_counts(late: bool) -> None:
    """One device submitted, reopened and went on; the other, offline, submitted the first revision."""
    one, other = Device("a"), Device("b", clock=d.HOUR if late else -d.HOUR)
    one.write(SUBMISSION, submission("submitted", 1))
    one.write(SUBMISSION, submission("reopened", 2))
    other.write(SUBMISSION, submission("submitted", 1))
    sync(one, other)
    assert (one.review.status, one.review.revision) == (Status.IN_WORK, 2)
    one.write(SUBMISSION, submission("submitted", 2))
    assert (one.review.status, one.review.revision) == (Status.SUBMITTED, 2)
