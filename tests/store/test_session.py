"""A trajectory opened for review: every act, the rules that hold for them, and what survives a restart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from reviewer.annotation import AGENT, Comment, Mistake, Span, Submission, Suggestion
from reviewer.errors import ErrataError
from reviewer.event import WHOLE
from reviewer.reveal import Visible
from reviewer.review import Status
from reviewer.rubric import built_in_rubric
from reviewer.trajectory import Trajectory, command_sha256
from store import Store
from store.log import ReadOnlyReview
from store.session import NotReady, ReviewSession
from store.trajectories import NoMatch
from tests.devices import Device
from tests.examples import JUDGED_WORK, make_trajectory


@pytest.fixture
def session(store: Store, trajectory: Trajectory) -> ReviewSession:
    head, _ = store.trajectories.add(trajectory)
    return store.session("rev-03", head.id)


def rate_all(session: ReviewSession) -> None:
    for step in session.unjudged:
        session.rate(step, 1)


def make_ready(session: ReviewSession) -> None:
    rate_all(session)
    session.answer("outcome", "fail")
    session.answer("side_effects", "none")


def opened_again(store: Store, session: ReviewSession) -> ReviewSession:
    return store.session(session.reviewer, session.head.id)


# -- acts


def test_a_rating_is_kept_and_replaced(store: Store, session: ReviewSession) -> None:
    for value in (1, 0, -1, "unsure"):
        (event,) = session.rate(2, value)
        assert event.author == "rev-03"
        assert event.rubric == built_in_rubric().version
        assert event.command_sha256 == command_sha256("python serve.py --port 5000")
        assert session.review.rating(2) == value
        assert opened_again(store, session).review.rating(2) == value
    assert len(session.review.entries()) == 1
    assert session.review.rating(1) is None


@pytest.mark.parametrize("value", [2, -2, 0.5, "1", "good", "", None])
def test_a_rating_off_the_scale_is_refused(session: ReviewSession, value: Any) -> None:
    with pytest.raises(ErrataError, match="not on the rubric's scale; it has 1, 0, -1 and unsure"):
        session.rate(2, value)
    assert session.review.events == {}


def test_a_suggestion_can_be_rated_too(session: ReviewSession) -> None:
    (suggested,) = session.suggest(2, Suggestion(command="python serve.py --port 8000", rationale="the task says so"))
    slot = suggested.subject.slot
    session.rate(2, -1)
    session.rate(2, 1, slot)
    assert (session.review.rating(2), session.review.rating(2, slot)) == (-1, 1)
    assert session.review.rated_steps == {2}
    with pytest.raises(ErrataError, match="step 1 has no suggestion"):
        session.rate(1, 1, slot)
    with pytest.raises(ErrataError, match="step 2 has no suggestion nonsense"):
        session.rate(2, 1, "nonsense")


def test_several_mistakes_and_suggestions_at_a_step(session: ReviewSession) -> None:
    first = session.mark(2, Mistake(code="P1", severity=3, span=Span(of="command", start=16, end=27)))[0].subject.slot
    session.mark(2, Mistake(code="B1", follows=1))
    session.mark(2, Mistake(code="P1", severity=1, note="only the port"), first)
    assert {(e.value.code, e.value.severity) for e in session.review.mistakes(2)} == {("P1", 1), ("B1", 2)}  # type: ignore[union-attr]
    session.suggest(2, Suggestion(command="ls"))
    session.suggest(2, Suggestion(thought="look first"))
    assert len(session.review.suggestions(2)) == 2


def test_a_code_is_kept_as_the_rubric_writes_it(session: ReviewSession) -> None:
    (event,) = session.mark(2, Mistake(code="p1"))
    assert event.value is not None and event.value["code"] == "P1"


def test_a_code_that_the_rubric_lacks_is_refused(session: ReviewSession) -> None:
    with pytest.raises(ErrataError, match="has no code 'Q9'; it has B1, B2"):
        session.mark(2, Mistake(code="Q9"))
    assert session.review.events == {}


def test_comments_on_a_step_on_the_whole_and_in_reply(session: ReviewSession) -> None:
    (question,) = session.comment(2, Comment(text="is this in scope?", to_lead=True))
    session.comment(WHOLE, Comment(text="overall careful"))
    session.comment(2, Comment(text="never mind", replies_to=question.subject.slot))
    assert [entry.kind for entry in session.review.entries(2)] == ["comment", "comment"]
    assert [entry.step for entry in session.review.entries()] == [0, 2, 2]
    assert session.review.entries(WHOLE)[0].event.command_sha256 is None


def test_answers(session: ReviewSession) -> None:
    session.answer("outcome", "partial")
    session.answer("summary", "It served on the wrong port.\nNobody checked.")
    assert session.review.answer("outcome") == "partial"
    session.answer("outcome", "")
    assert session.review.answer("outcome") is None
    with pytest.raises(
        ErrataError, match="'yes' is no answer to 'outcome'; choose one of success, partial, fail, unsure"
    ):
        session.answer("outcome", "yes")
    with pytest.raises(ErrataError, match="has no question 'mood'"):
        session.answer("mood", "good")


def test_at_most_one_mistake_is_decisive(store: Store, session: ReviewSession) -> None:
    def decisive() -> list[str]:
        kept = [slot for (slot,) in store.connection.rows("SELECT slot FROM mistakes WHERE decisive")]
        assert kept == [session.review.decisive] * len(kept)
        return kept

    slots = [session.mark(step, Mistake(code="B1"))[0].subject.slot for step in (1, 2, 2)]
    assert decisive() == []
    for slot in slots:
        session.decide(slot)
        assert decisive() == [slot]
    session.withdraw(session.review.mistakes(2)[-1])
    assert decisive() == []
    session.decide(slots[0])
    session.decide(None)
    assert decisive() == []
    with pytest.raises(ErrataError, match="there is no mistake nonsense"):
        session.decide("nonsense")


def test_withdrawing(session: ReviewSession) -> None:
    session.rate(1, 1)
    session.comment(1, Comment(text="hm"))
    for entry in list(session.review.entries()):
        session.withdraw(entry)
    assert session.review.entries() == []
    assert session.review.status is Status.TO_DO


def test_what_was_seen_or_submitted_cannot_be_withdrawn(session: ReviewSession) -> None:
    session.reveal(3)
    make_ready(session)
    session.submit()
    for entry in session.review.entries():
        if entry.kind in ("reveal", "submission"):
            with pytest.raises(ErrataError, match="cannot be taken back"):
                session.withdraw(entry)
    assert session.review.status is Status.SUBMITTED


@pytest.mark.parametrize("step", [0, -1, 8, 10**6])
def test_a_step_that_is_not_there(session: ReviewSession, step: int) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: session.rate(step, 1),
        lambda: session.mark(step, Mistake(code="B1")),
        lambda: session.suggest(step, Suggestion(command="ls")),
    ]
    if step != WHOLE:
        acts.append(lambda: session.comment(step, Comment(text="a")))
    for act in acts:
        with pytest.raises(NoMatch, match=f"has no step {step}"):
            act()
    assert session.review.events == {}


def test_a_command_with_bytes_that_are_no_utf_8_can_be_suggested_better(session: ReviewSession) -> None:
    (event,) = session.suggest(4, Suggestion(command="cat caf\udce9 \0 \x1b[31m"))
    assert event.value is not None
    assert event.value["command"] == "cat caf? \0 \x1b[31m"


# -- what is told to the session goes into the next event


def test_time_and_what_was_seen_are_written_with_the_next_act(store: Store, session: ReviewSession) -> None:
    session.shown(2)
    session.shown(1)
    session.spend(700)
    session.spend(300)
    (first,) = session.rate(1, 1)
    (second,) = session.rate(2, 1)
    assert (first.seen_through, first.active_ms) == (2, 1000)
    assert (second.seen_through, second.active_ms) == (2, 0)
    again = opened_again(store, session)
    (third,) = again.rate(4, 1)
    assert third.seen_through == 2
    assert again.review.active_ms == 1000


def test_nothing_seen_is_not_step_0(session: ReviewSession) -> None:
    assert session.rate(1, 1)[0].seen_through is None


# -- what is left to do, and what may be seen


def test_what_is_left_to_judge(session: ReviewSession) -> None:
    assert session.unjudged == JUDGED_WORK
    assert session.judged_count == (0, 5)
    session.rate(2, "unsure")
    session.rate(3, 0)  # a thought; nobody asked, and it does not count
    assert session.unjudged == [1, 4, 6, 7]
    assert session.judged_count == (1, 5)


def test_the_future_is_hidden_until_it_is_reached_or_revealed(store: Store, session: ReviewSession) -> None:
    assert session.visible == Visible(1, 1)
    session.rate(1, 1)
    assert session.visible == Visible(2, 2)
    (event,) = session.reveal(5)
    assert event.value == {"kind": "reveal", "through": 5}
    assert session.visible == Visible(5, 5)
    assert session.undo() is not None  # takes back the rating, not what was seen
    assert session.unjudged == JUDGED_WORK
    assert opened_again(store, session).visible == Visible(5, 5)
    with pytest.raises(NoMatch):
        session.reveal(8)


# -- undo


def test_undo_and_redo_reach_over_a_restart(store: Store, session: ReviewSession) -> None:
    session.rate(1, 1)
    session.rate(1, -1)
    session.mark(1, Mistake(code="B1"))
    states = [session.review.state()]
    while session.undo():
        session = opened_again(store, session)
        states.append(session.review.state())
    assert len(states) == 4 and states[-1] == {}
    while session.redo():
        session = opened_again(store, session)
        assert session.review.state() == states[-2]
        states.pop()
    assert len(states) == 1


def test_undo_says_what_it_took_back(session: ReviewSession) -> None:
    assert session.undo() is None and session.redo() is None
    (rated,) = session.rate(2, 1)
    undone = session.undo()
    assert undone is not None and undone.act == rated
    redone = session.redo()
    assert redone is not None and redone.subject == rated.subject
    assert session.review.rating(2) == 1


def test_picking_one_of_two_versions(store: Store, session: ReviewSession) -> None:
    session.rate(1, 1)
    said = Device("other").write(session.review.subject(1, "rating", AGENT), {"kind": "rating", "value": -1})
    store.log.apply(said)
    session = opened_again(store, session)
    assert [entry.contested for entry in session.review.entries(1)] == [True, True]
    session.pick(session.review.entries(1)[0])
    kept = session.review.entries(1)
    assert len(kept) == 1 and not kept[0].contested
    session.undo()
    assert len(session.review.entries(1)) == 2


# -- submitting


def test_what_a_submission_needs(session: ReviewSession) -> None:
    with pytest.raises(NotReady, match="5 commands have no rating: step 1, 2, 4, 6, 7") as refused:
        session.submit()
    assert refused.value.steps == JUDGED_WORK
    for step in JUDGED_WORK[:-1]:
        session.rate(step, 0)
    with pytest.raises(NotReady, match="1 command has no rating: step 7"):
        session.submit()
    session.rate(7, "unsure")
    with pytest.raises(NotReady, match=r"no answer yet to .Was the task done.. \(outcome\)") as refused:
        session.submit()
    assert refused.value.steps == []
    session.answer("outcome", "fail")
    with pytest.raises(NotReady, match="side_effects"):
        session.submit()
    session.answer("side_effects", "none")
    session.submit()
    assert session.review.status is Status.SUBMITTED


def test_a_submission_names_what_it_covers(session: ReviewSession) -> None:
    session.rate(1, -1)
    make_ready(session)
    in_force = {entry.event.id for entry in session.review.entries()}
    session.submit()
    submission = session.review.submission
    assert isinstance(submission, Submission)
    assert set(submission.covers) == in_force
    assert submission.revision == 1


def test_a_submitted_review_is_read_only_until_it_is_reopened(store: Store, session: ReviewSession) -> None:
    make_ready(session)
    (slot,) = (event.subject.slot for event in session.mark(2, Mistake(code="B1")))
    session.submit()
    other = opened_again(store, session)
    before = session.review.state()
    acts: list[Callable[[ReviewSession], Any]] = [
        lambda one: one.rate(1, 0),
        lambda one: one.mark(1, Mistake(code="B1")),
        lambda one: one.suggest(1, Suggestion(command="ls")),
        lambda one: one.comment(0, Comment(text="late")),
        lambda one: one.answer("outcome", "success"),
        lambda one: one.decide(slot),
        lambda one: one.reveal(7),
        lambda one: one.withdraw(one.review.mistakes()[0]),
        lambda one: one.undo(),
    ]
    for one in (session, other):
        assert one.read_only
        for act in acts:
            with pytest.raises(ReadOnlyReview, match="this review is submitted; reopen it to change it"):
                act(one)
        with pytest.raises(ErrataError, match="submitted already"):
            one.submit()
        assert one.review.state() == before

    session.reopen()
    assert (session.review.status, session.review.revision) == (Status.IN_WORK, 2)
    with pytest.raises(ErrataError, match="is not submitted"):
        session.reopen()
    session.rate(1, 0)
    session.submit()
    assert (session.review.status, session.review.revision) == (Status.SUBMITTED, 2)
    assert opened_again(store, session).review.revision == 2
    first = next(e for e in store.log.events() if e.value and e.value.get("state") == "submitted")
    assert first.value is not None and first.value["revision"] == 1  # what was submitted before stays in the log


def test_a_second_window_cannot_write_to_what_the_first_has_submitted(store: Store, session: ReviewSession) -> None:
    second = opened_again(store, session)
    make_ready(session)
    session.submit()
    assert not second.read_only  # it has not looked since
    with pytest.raises(ReadOnlyReview):
        second.rate(1, -1)
    assert second.review.events == {}


def test_a_rubric_that_requires_nothing(store: Store, trajectory: Trajectory) -> None:
    rubric = replace(built_in_rubric(), require=frozenset(), question=(), reveal="all", text="x")
    head, _ = store.trajectories.add(trajectory)
    session = ReviewSession(store.connection, store.log, store.trajectories, rubric, "r", head.id)
    assert session.visible == Visible(7, 7)
    session.submit()
    assert session.read_only


# -- drafts and the place


def test_what_is_made_of_a_review_is_told_of_what_changes_it(store: Store, session: ReviewSession) -> None:
    def change(act: Callable[[], object]) -> int:
        before = session.changes
        act()
        return session.changes - before

    assert change(lambda: session.rate(1, 1))
    assert change(lambda: session.keep_draft(2, "comment", "", {"text": "o"}))
    assert not change(lambda: session.keep_draft(2, "comment", "", {"text": "oh"})), "nothing more is shown of it"
    assert change(lambda: session.drop_draft(2, "comment"))
    assert change(session.undo)
    opened_again(store, session).rate(1, -1)
    assert change(session.refresh)
    assert session.judged_count == (1, len(JUDGED_WORK))


def test_a_draft_survives_the_program(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    fields = {"command": "tar -xf m.tgz\n# ünfinished \ud800\0", "rationale": ""}
    with Store(path) as store:
        head, _ = store.trajectories.add(trajectory)
        session = store.session("rev-03", head.id)
        assert session.draft(2, "suggestion") is None
        session.keep_draft(2, "suggestion", "", {"command": "tar"})
        session.keep_draft(2, "suggestion", "", fields)
        session.keep_draft(2, "comment", "0000000a", {"text": "is"})
    with Store(path) as store:
        session = store.session("rev-03", head.id)
        assert session.draft(2, "suggestion") == fields
        assert session.draft_places == {(2, "suggestion", ""), (2, "comment", "0000000a")}
        assert session.review.events == {}  # a draft says nothing yet
        assert store.session("another", head.id).draft(2, "suggestion") is None
        session.drop_draft(2, "suggestion")
        assert session.draft(2, "suggestion") is None
        assert store.session("rev-03", head.id).draft_places == {(2, "comment", "0000000a")}


def test_the_place_survives_the_program(store: Store, session: ReviewSession) -> None:
    assert session.place == 1
    session.keep_place(6)
    assert opened_again(store, session).place == 6
    assert store.session("another", session.head.id).place == 1
    session.keep_place(99)
    assert session.place == 7
    session.keep_place(-3)
    assert session.place == 1


def test_reviewers_and_trajectories_do_not_mix(store: Store, session: ReviewSession) -> None:
    other_head, _ = store.trajectories.add(make_trajectory("another task"))
    session.rate(1, 1)
    for other in (store.session("another", session.head.id), store.session(session.reviewer, other_head.id)):
        assert other.review.events == {}
        other.rate(1, -1)
    assert opened_again(store, session).review.rating(1) == 1
    assert store.log.authors(session.head.id) == ["another", "rev-03"]


def test_a_trajectory_that_is_not_there(store: Store) -> None:
    with pytest.raises(NoMatch, match="there is no trajectory"):
        store.session("rev-03", "00" * 32)
