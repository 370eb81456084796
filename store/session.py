"""A trajectory opened for review: what the screens and `errata annotate` do to it, with the rules that hold for both.

Every act is one durable transaction: when the method returns, it is saved.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from reviewer.annotation import (
    AGENT,
    Answer,
    Comment,
    Decisive,
    HintAnswer,
    Mistake,
    Rating,
    Reveal,
    Submission,
    Suggestion,
    Value,
    dump_value,
    parse_value,
)
from reviewer.errors import ErrataError
from reviewer.event import WHOLE, Event, Subject, new_slot
from reviewer.hint import Hint
from reviewer.reveal import Visible, visible
from reviewer.review import Entry, Review, Status, Undo
from reviewer.rubric import Rubric
from reviewer.trajectory import Step, Task, command_sha256
from store.database import Connection
from store.log import Change, Log, ReadOnlyReview
from store.outputs import Output
from store.redaction import Redaction, redactions
from store.trajectories import StepHead, Trajectories, TrajectoryHead


class NotReady(ErrataError):
    """A review that cannot be submitted yet; `steps` are the ordinals of the commands that lack a rating."""

    def __init__(self, message: str, steps: list[int]) -> None:
        super().__init__(message)
        self.steps = steps


class ReviewSession:
    """One reviewer's pass over one trajectory.

    steps: the steps' heads. review: what was said, up to date after every act. draft_places: (step, kind, slot) of
    what was being written when an editor was left. `shown` and `spend` tell the session what was looked at and for
    how long; both go into the next event.
    """

    def __init__(
        self,
        connection: Connection,
        log: Log,
        trajectories: Trajectories,
        rubric: Rubric,
        reviewer: str,
        trajectory: str,
    ) -> None:
        self._db = connection
        self._log = log
        self._trajectories = trajectories
        self.rubric = rubric
        self.reviewer = reviewer
        self.head: TrajectoryHead = trajectories.get(trajectory)
        self.steps: list[StepHead] = trajectories.step_heads(trajectory)
        self.review: Review = log.review(reviewer, trajectory)
        self._hints: dict[int, list[Hint]] = {}
        for hint in trajectories.hints(trajectory):
            self._hints.setdefault(hint.step, []).append(hint)
        self._judged_work = [step.ordinal for step in self.steps if step.judged_work]
        self.is_anothers = False
        """Whether this is a reviewer's in the store of their lead, who only looks."""
        self._seen_through = self.review.seen_through
        self._active_ms = 0
        self.changes = 0
        """How often what was said, or is being written, has changed: what a screen made of it holds until then."""
        self.draft_places: set[tuple[int, str, str]] = {
            tuple(row)
            for row in connection.rows(
                "SELECT step, kind, slot FROM draft WHERE author=? AND trajectory=?", (reviewer, trajectory)
            )
        }

    # -- looking

    def step(self, ordinal: int) -> Step:
        """A step with its texts, all but `output`. Raises NoMatch when there is no such step."""
        return self._trajectories.texts(self.head.id, ordinal)

    def output(self, ordinal: int) -> Output | None:
        """A step's output, None when none was recorded. Whether it may be seen, `visible` says."""
        return self._trajectories.output(self.head.id, ordinal)

    @property
    def task(self) -> Task:
        """What the agent was asked, with the standing instructions."""
        return self._trajectories.task(self.head.id)

    @cached_property
    def visible(self) -> Visible:
        """What the rubric's reveal policy lets the reviewer see now. Kept until the next act: a screen asks often."""
        return visible(self.rubric.reveal, self.review, self._judged_work, len(self.steps))

    @cached_property
    def unjudged(self) -> list[int]:
        """The ordinals of the commands that have no rating yet. Kept as long."""
        rated = self.review.rated_steps
        return [ordinal for ordinal in self._judged_work if ordinal not in rated]

    def hints(self, step: int) -> list[Hint]:
        """The hints at a step that may be seen: one that tells of a hidden output is held back."""
        seen, found = self.visible, self._hints.get(step, [])
        if step > seen.steps:
            return []
        if not found or step <= seen.outputs:
            return found
        from reviewer.hints import tells_outcome  # the rules take 12 ms to import

        return [hint for hint in found if not tells_outcome(hint)]

    def first_with_command(self, ordinal: int) -> int:
        """The first step with the very command of this one: an earlier one, or this one."""
        return self._first_with[self.steps[ordinal - 1].command]

    @cached_property
    def _first_with(self) -> dict[str | None, int]:
        return {step.command: step.ordinal for step in reversed(self.steps)}

    def hint_answer(self, hint: Hint) -> bool | None:
        """What the reviewer said of a hint: True right, False wrong, None nothing."""
        answers = (e.value.confirmed for e in self.review.entries(hint.step)
                   if isinstance(e.value, HintAnswer) and e.slot == hint.rule)  # fmt: skip
        return next(answers, None)

    @property
    def judged_count(self) -> tuple[int, int]:
        """(commands rated, commands to rate)."""
        return len(self._judged_work) - len(self.unjudged), len(self._judged_work)

    @property
    def read_only(self) -> bool:
        return self.is_anothers or self.review.status is Status.SUBMITTED

    def shown(self, ordinal: int) -> None:
        """Note that a step's output was on the screen."""
        self._seen_through = max(self._seen_through, ordinal)

    def spend(self, milliseconds: int) -> None:
        """Note active time."""
        self._active_ms += milliseconds

    def refresh(self) -> None:
        """Take in what a sync brought."""
        self.review = self._log.review(self.reviewer, self.head.id)
        self._changed()

    # -- acts

    def rate(self, step: int, value: int | str, option: str = AGENT) -> list[Event]:
        """Rate an option at a step. Raises ErrataError for a value off the rubric's scale."""
        self.rubric.check_rating(value)
        self.step(step)
        self._check_option(step, option)
        rating = Rating(value=value)  # type: ignore[arg-type]  # checked above
        return self._set(step, "rating", option, rating)

    def mark(self, step: int, mistake: Mistake, slot: str | None = None) -> list[Event]:
        """Mark a mistake, or change the one in `slot`. Raises ErrataError for a code that the rubric lacks."""
        code = self.rubric.find_code(mistake.code).id
        self.step(step)
        return self._set(step, "mistake", slot or new_slot(), replace(mistake, code=code))

    def suggest(self, step: int, suggestion: Suggestion, slot: str | None = None) -> list[Event]:
        """Write a better action, or change the one in `slot`."""
        self.step(step)
        return self._set(step, "suggestion", slot or new_slot(), suggestion)

    def comment(self, step: int, comment: Comment, slot: str | None = None) -> list[Event]:
        """Comment on a step (0: the whole), or change the comment in `slot`."""
        return self._set(step, "comment", slot or new_slot(), comment)

    def answer(self, question: str, value: str) -> list[Event]:
        """Answer one of the rubric's questions; "" takes the answer back."""
        asked = self.rubric.find_question(question)
        allowed = [choice.id for choice in asked.choices]
        if value and allowed and value not in allowed:
            message = f"{value!r} is no answer to {question!r}; choose one of {', '.join(allowed)}"
            raise ErrataError(message)
        return self._set(WHOLE, "answer", question, Answer(value=value) if value else None)

    def decide(self, mistake: str | None) -> list[Event]:
        """Say which mistake (by slot) decided the session; None for none."""
        if mistake is not None and mistake not in {entry.slot for entry in self.review.mistakes()}:
            message = f"there is no mistake {mistake}"
            raise ErrataError(message)
        return self._set(WHOLE, "decisive", "", Decisive(mistake=mistake) if mistake else None)

    def reveal(self, through: int) -> list[Event]:
        """Show what the reveal policy hides, up to and with a step; recorded."""
        return self._set(through, "reveal", "", Reveal(through=through))

    def answer_hint(self, hint: Hint, *, confirmed: bool) -> list[Event]:
        """Say whether a hint was right."""
        return self._set(hint.step, "hint", hint.rule, HintAnswer(confirmed=confirmed))

    def withdraw(self, entry: Entry) -> list[Event]:
        """Take an annotation back. Raises ErrataError for what cannot be: what was seen or submitted."""
        if isinstance(entry.value, Reveal | Submission):
            message = f"a {entry.kind} cannot be taken back; a submitted review can be reopened"
            raise ErrataError(message)
        subject = entry.event.subject
        return self._set(subject.step, subject.kind, subject.slot, None)

    def pick(self, entry: Entry) -> list[Event]:
        """Keep one of two versions that two devices wrote: it replaces both."""
        subject = entry.event.subject
        return self._set(subject.step, subject.kind, subject.slot, entry.value)

    def undo(self) -> Undo | None:
        """Take back the latest act of this review, of whatever day; None when there is nothing to take back."""
        return self._take_back(self.review.undo())

    def redo(self) -> Undo | None:
        """Do again what was undone last; None when there is nothing."""
        return self._take_back(self.review.redo())

    def submit(self) -> list[Event]:
        """Submit the review; it is read-only from then on. Raises NotReady saying what is missing."""
        if self.read_only:
            message = "this review is submitted already"
            raise ErrataError(message)
        missing = self.unjudged if "ratings" in self.rubric.require else []
        if missing:
            some = ", ".join(map(str, missing[:8])) + (" ..." if len(missing) > 8 else "")
            noun = "command has" if len(missing) == 1 else "commands have"
            message = f"not submitted: {len(missing)} {noun} no rating: step {some}"
            raise NotReady(message, missing)
        for question in self.rubric.question:
            if question.required and not self.review.answer(question.id):
                message = f'not submitted: no answer yet to "{question.ask}" ({question.id})'
                raise NotReady(message, [])
        covers = tuple(sorted(entry.event.id for entry in self.review.entries() if entry.kind != "submission"))
        return self._set(
            WHOLE,
            "submission",
            "",
            Submission(state="submitted", revision=self.review.revision, covers=covers),
        )

    def reopen(self) -> list[Event]:
        """Make a submitted review writable again, as its next revision."""
        if not self.read_only:
            message = "this review is not submitted"
            raise ErrataError(message)
        return self._set(WHOLE, "submission", "", Submission(state="reopened", revision=self.review.revision + 1))

    # -- drafts and places: kept at once, so that a lost line or a crash costs nothing

    def draft(self, step: int, kind: str, slot: str = "") -> dict[str, Any] | None:
        """What was being written there when the editor was left without saving."""
        row = self._db.row(
            "SELECT text FROM draft WHERE author=? AND trajectory=? AND step=? AND kind=? AND slot=?",
            (self.reviewer, self.head.id, step, kind, slot),
        )
        return json.loads(row[0]) if row else None

    def keep_draft(self, step: int, kind: str, slot: str, fields: dict[str, Any]) -> None:
        with self._db.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO draft VALUES (?,?,?,?,?,?)",
                (self.reviewer, self.head.id, step, kind, slot, json.dumps(fields)),
            )
        if (step, kind, slot) not in self.draft_places:
            self.draft_places.add((step, kind, slot))
            self._changed()

    @cached_property
    def redactions(self) -> list[tuple[Event, Redaction]]:
        """What would be in force had it not been redacted."""
        return redactions(self._db, self.reviewer, self.head.id)

    def drop_draft(self, step: int, kind: str, slot: str = "") -> None:
        with self._db.transaction():
            self._db.execute(
                "DELETE FROM draft WHERE author=? AND trajectory=? AND step=? AND kind=? AND slot=?",
                (self.reviewer, self.head.id, step, kind, slot),
            )
        if (step, kind, slot) in self.draft_places:
            self.draft_places.remove((step, kind, slot))
            self._changed()

    @property
    def place(self) -> int:
        """The step where the reviewer was last; the first when never opened."""
        row = self._db.row("SELECT step FROM place WHERE author=? AND trajectory=?", (self.reviewer, self.head.id))
        return min(max(row[0] if row else 1, 1), max(len(self.steps), 1))

    def keep_place(self, step: int) -> None:
        with self._db.transaction():
            self._db.execute("INSERT OR REPLACE INTO place VALUES (?,?,?)", (self.reviewer, self.head.id, step))

    # --

    def _set(self, step: int, kind: str, slot: str, value: Value | None) -> list[Event]:
        data = None if value is None else dump_value(value)
        parse_value(data or {})  # nothing malformed is ever written
        subject = Subject(self.reviewer, self.head.id, step, kind, slot)
        return self._write([Change(subject, data, self._anchor(step))])

    def _write(self, changes: list[Change]) -> list[Event]:
        if self.is_anothers:
            raise ReadOnlyReview(f"{self.reviewer} says this on a device of their own; you can only look here")
        events = self._log.write(
            changes,
            rubric=self.rubric.version,
            seen_through=self._seen_through or None,
            active_ms=self._active_ms,
            known=self.review.events,
        )
        self._active_ms = 0
        for event in events:
            self.review.add(event)
        self._changed()
        return events

    def _changed(self) -> None:
        self.changes += 1
        for kept in ("visible", "unjudged", "redactions"):
            self.__dict__.pop(kept, None)

    def _take_back(self, undo: Undo | None) -> Undo | None:
        if undo is not None:
            anchor = self._anchor(undo.subject.step)
            self._write([Change(undo.subject, value, anchor, undoes=undo.act.id) for value in undo.values])
        return undo

    def _anchor(self, step: int) -> str | None:
        return command_sha256(self.step(step).command) if step != WHOLE else None

    def _check_option(self, step: int, option: str) -> None:
        if option != AGENT and option not in {entry.slot for entry in self.review.suggestions(step)}:
            message = f"step {step} has no suggestion {option}"
            raise ErrataError(message)
