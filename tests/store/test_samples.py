"""The store that `errata demo` opens. What the samples themselves say is tried in tests/test_samples.py."""

from __future__ import annotations

import pytest

from reviewer.event import WHOLE
from reviewer.review import Status
from reviewer.rubric import built_in_rubric
from reviewer.trajectory import command_sha256
from store import Store
from store.queue import queue
from store.samples import GOLD, fill_with_samples, sample_paths


@pytest.fixture
def demo(store: Store) -> Store:
    fill_with_samples(store)
    return store


def test_every_sample_is_there_with_a_submitted_gold_review(demo: Store) -> None:
    """Each passes what a reviewer's own submission must, and every word in it is anchored."""
    heads = demo.trajectories.all()
    assert len(heads) == len(sample_paths()) >= 3
    for head in heads:
        session = demo.session(GOLD, head.id)
        assert session.review.status is Status.SUBMITTED
        assert session.unjudged == []
        assert session.review.contested == []
        for event in session.review.events.values():
            assert event.rubric == built_in_rubric().version
            if event.subject.step != WHOLE:
                assert event.command_sha256 == command_sha256(session.step(event.subject.step).command)
    assert demo.log.faults() == []
    assert {row.status for row in queue(demo, "newcomer")} == {Status.TO_DO}


def test_filling_again_changes_nothing(demo: Store) -> None:
    before = [event.id for event in demo.log.events()]
    demo.session("newcomer", demo.trajectories.find("1").id).rate(1, 1)
    fill_with_samples(demo)
    assert [event.id for event in demo.log.events()][: len(before)] == before
    assert len(list(demo.log.events())) == len(before) + 1
