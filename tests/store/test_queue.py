"""The queue: what a reviewer has to do, in the order in which to do it."""

from __future__ import annotations

from reviewer.annotation import Comment, Mistake, Suggestion
from reviewer.hints import hints_of
from reviewer.review import Status
from store import Store
from store.queue import QueueRow, queue
from store.trajectories import TrajectoryHead
from tests.examples import make_trajectory


def submit(store: Store, reviewer: str, number: int) -> None:
    session = store.session(reviewer, store.trajectories.find(str(number)).id)
    for step in session.unjudged:
        session.rate(step, 0)
    session.answer("outcome", "fail")
    session.answer("side_effects", "none")
    session.submit()


def _hints(store: Store, head: TrajectoryHead) -> int:
    """How many there are, by the rules themselves."""
    found = len(hints_of(store.trajectories.trajectory(head.id)))
    assert found
    return found


def test_an_empty_store_has_an_empty_queue(store: Store) -> None:
    assert queue(store, "r") == []


def test_in_work_first_then_to_do_then_submitted(store: Store) -> None:
    for n in range(1, 7):
        store.trajectories.add(make_trajectory(f"task {n}"))
    submit(store, "r", 1)
    submit(store, "r", 5)
    for n in (6, 3):
        store.session("r", store.trajectories.find(str(n)).id).rate(1, 1)
    assert [(row.head.number, row.status) for row in queue(store, "r")] == [
        (3, Status.IN_WORK),
        (6, Status.IN_WORK),
        (2, Status.TO_DO),
        (4, Status.TO_DO),
        (1, Status.SUBMITTED),
        (5, Status.SUBMITTED),
    ]
    store.session("r", store.trajectories.find("5").id).reopen()
    assert [row.head.number for row in queue(store, "r") if row.status is Status.IN_WORK] == [3, 5, 6]


def test_each_reviewer_has_their_own(store: Store) -> None:
    head, _ = store.trajectories.add(make_trajectory())
    submit(store, "one", 1)
    assert queue(store, "one")[0].status is Status.SUBMITTED
    assert queue(store, "other") == [QueueRow(head, Status.TO_DO, judged_work=5, hints=_hints(store, head))]


def test_the_row_counts_what_was_said(store: Store) -> None:
    head, _ = store.trajectories.add(make_trajectory())
    session = store.session("r", head.id)
    for step, value in ((1, 1), (2, -1), (3, 0), (2, 0)):
        session.rate(step, value)
    slot = session.suggest(2, Suggestion(command="ls"))[0].subject.slot
    session.rate(2, 1, slot)
    session.mark(2, Mistake(code="B1"))
    session.mark(2, Mistake(code="P1"))
    session.withdraw(session.review.mistakes(2)[0])
    session.comment(0, Comment(text="a"))
    session.comment(0, Comment(text="b"))
    (row,) = queue(store, "r")
    assert row == QueueRow(
        head, Status.IN_WORK, rated=3, judged_work=5, mistakes=1, suggestions=1, comments=2, hints=_hints(store, head)
    )


def test_a_review_of_which_all_was_taken_back_is_to_do_again(store: Store) -> None:
    head, _ = store.trajectories.add(make_trajectory())
    session = store.session("r", head.id)
    session.rate(1, 1)
    session.undo()
    assert queue(store, "r") == [QueueRow(head, Status.TO_DO, judged_work=5, hints=_hints(store, head))]
