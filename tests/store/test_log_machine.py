"""The log under everything that devices do at once."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from reviewer.annotation import Comment, Mistake, Suggestion
from reviewer.event import WHOLE, Subject
from reviewer.review import Review, Status
from reviewer.trajectory import command_sha256
from store import Store
from store.log import Change, ReadOnlyReview
from store.queue import queue
from store.session import NotReady, ReviewSession
from tests import devices as d
from tests.devices import Device
from tests.examples import make_trajectory

# -- everything at once


class OneReviewOnTwoDevices(RuleBasedStateMachine):
    """A session on this device, the same reviewer's events from another, restarts: whatever comes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "store.db")
        head, _ = self.store.trajectories.add(make_trajectory())
        self.id = head.id
        self.session: ReviewSession = self.store.session("r", self.id)
        self.other = Review("r", self.id)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def act(self, name: str, *arguments: Any) -> None:
        try:
            getattr(self.session, name)(*arguments)
        except ReadOnlyReview:
            assert self.session.read_only
        except NotReady:
            assert name == "submit"

    @rule(step=st.integers(1, 7), value=st.sampled_from([1, 0, -1, "unsure"]))
    def rate(self, step: int, value: int | str) -> None:
        self.act("rate", step, value)

    @rule()
    def rate_the_rest_and_answer(self) -> None:
        for step in self.session.unjudged:
            self.act("rate", step, 0)
        self.act("answer", "outcome", "partial")
        self.act("answer", "side_effects", "none")

    @rule(step=st.integers(1, 7), code=st.sampled_from(["B1", "V3"]), severity=st.integers(1, 3))
    def mark(self, step: int, code: str, severity: int) -> None:
        self.act("mark", step, Mistake(code=code, severity=severity))

    @rule(step=st.integers(1, 7))
    def suggest(self, step: int) -> None:
        self.act("suggest", step, Suggestion(command="df -h"))

    @rule(step=st.integers(0, 7))
    def comment(self, step: int) -> None:
        self.act("comment", step, Comment(text="why?"))

    @rule(value=st.sampled_from(["success", "fail", ""]))
    def answer(self, value: str) -> None:
        self.act("answer", "outcome", value)

    @rule(through=st.integers(1, 7))
    def reveal(self, through: int) -> None:
        self.act("reveal", through)

    @rule(data=st.data())
    def withdraw_or_edit(self, data: st.DataObject) -> None:
        entries = [e for e in self.session.review.entries() if e.kind not in ("reveal", "submission")]
        if entries:
            entry = data.draw(st.sampled_from(entries))
            if entry.kind == "mistake" and data.draw(st.booleans()):
                self.act("mark", entry.step, entry.value, entry.slot)
                self.act("decide", entry.slot)
            else:
                self.act("withdraw", entry)

    @rule()
    def undo(self) -> None:
        self.act("undo")

    @rule()
    def redo(self) -> None:
        self.act("redo")

    @rule()
    def submit(self) -> None:
        if not self.session.read_only:
            self.act("submit")

    @precondition(lambda self: self.session.read_only)
    @rule()
    def reopen(self) -> None:
        self.act("reopen")

    @rule(
        step=st.integers(1, 3),
        choice=st.integers(-1, 1),
        offset=st.sampled_from([-d.HOUR, d.HOUR]),
        kind=st.integers(0, 5),
    )
    def say_on_the_other_device(self, step: int, choice: int, offset: int, kind: int) -> None:
        other = Device("other", clock=offset, review=self.other, written=len(self.other.events))
        if kind:
            other.write(Subject("r", self.id, step, "rating", "agent"), {"kind": "rating", "value": choice})
        else:
            revision = other.review.revision + (other.review.status is Status.SUBMITTED)
            state = "reopened" if other.review.status is Status.SUBMITTED else "submitted"
            value = {"kind": "submission", "state": state, "revision": revision}
            other.write(Subject("r", self.id, WHOLE, "submission"), value)

    @rule()
    def sync(self) -> None:
        self.store.log.apply(self.other.events.values())
        for event in list(self.store.log.events()):
            self.other.add(event)
        self.restart()

    @rule()
    def restart(self) -> None:
        path = self.store.path
        self.store.close()
        self.store = Store(path)
        self.session = self.store.session("r", self.id)

    @invariant()
    def the_tables_are_what_a_fold_gives(self) -> None:
        assert self.store.log.faults() == []

    @invariant()
    def what_is_on_the_screen_is_what_is_on_the_disk(self) -> None:
        kept = self.store.log.review("r", self.id)
        assert kept.state() == self.session.review.state()
        assert kept.entries() == self.session.review.entries()
        assert kept.undo() == self.session.review.undo()

    @invariant()
    def the_queue_the_views_and_the_review_agree(self) -> None:
        (row,) = queue(self.store, "r")
        review = self.session.review
        assert row.status is review.status
        assert row.rated == len(review.rated_steps)
        assert row.mistakes == len({(e.step, e.slot) for e in review.mistakes()})
        assert row.suggestions == len({(e.step, e.slot) for e in review.suggestions()})
        views = dict(self.store.connection.rows("SELECT status, revision FROM reviews"))
        if review.status is not Status.TO_DO:
            assert views == {review.status: review.revision}

    @invariant()
    def a_submitted_review_is_read_only_and_no_other(self) -> None:
        change = Change(Subject("r", self.id, WHOLE, "comment", "probe"), Comment(text="probe"))
        try:
            with self.store.connection.transaction():
                self.store.log.write([change], rubric="r")
                raise KeyboardInterrupt  # so that nothing is written
        except ReadOnlyReview:
            assert self.session.read_only
        except KeyboardInterrupt:
            assert not self.session.read_only

    @invariant()
    def every_event_is_anchored(self) -> None:
        for event in self.session.review.events.values():
            if event.device != "other" and event.subject.step != WHOLE:
                assert event.command_sha256 == command_sha256(self.session.step(event.subject.step).command)


OneReviewOnTwoDevices.TestCase.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=25)
TestOneReviewOnTwoDevices = OneReviewOnTwoDevices.TestCase
