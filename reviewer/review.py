"""A review: one reviewer's pass over one trajectory, folded from events.

The fold is pure and does not depend on the order in which events arrive: an event is a head of its subject unless
some known event of the same subject supersedes it. One head is the normal case. Two heads (two devices, both
offline) are both kept and shown until a person picks; nothing is decided by a clock.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from msgspec import Struct

from reviewer.annotation import (
    AGENT,
    KINDS,
    Answer,
    AnyValue,
    Comment,
    Decisive,
    Mistake,
    Rating,
    Reveal,
    Submission,
    Suggestion,
)
from reviewer.event import WHOLE, Event, Subject


class Status(StrEnum):
    """Where a review stands. A submitted review is read-only until it is reopened."""

    TO_DO = "to do"
    IN_WORK = "in work"
    SUBMITTED = "submitted"


class Heads:
    """The state of a log: for each subject, the events that nothing supersedes.

    `add` takes events in any order, and the same event any number of times. superseded: the ids that were, known or
    not, each with the subject under which it was.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._heads: dict[Subject, dict[str, Event]] = {}
        self.superseded: set[tuple[Subject, str]] = set()
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Take one event in. Only an event of the same subject can supersede: no one else's can."""
        heads = self._heads.setdefault(event.subject, {})
        for old in event.supersedes:
            self.superseded.add((event.subject, old))
            heads.pop(old, None)
        if (event.subject, event.id) not in self.superseded:
            heads[event.id] = event

    def __getitem__(self, subject: Subject) -> list[Event]:
        """The heads of a subject, oldest first; [] when it was never written."""
        return sorted(self._heads.get(subject, {}).values(), key=_order)

    def __iter__(self) -> Iterator[Event]:
        for heads in self._heads.values():
            yield from heads.values()

    def state(self) -> dict[Subject, list[Any]]:
        """The values in force by subject, withdrawn ones left out: what two equal reviews have in common."""
        result: dict[Subject, list[Any]] = {}
        for event in sorted(self, key=lambda event: (event.subject, repr(event.value), event.id)):
            if event.value is not None:
                result.setdefault(event.subject, []).append(event.value)
        return result


class Entry(Struct, frozen=True):
    """An annotation in force. `contested`: another head of its subject says something else, and a person has to pick.

    Of heads that say the same, one is an entry: the latest.
    """

    event: Event
    value: AnyValue
    contested: bool = False

    @property
    def step(self) -> int:
        return self.event.subject.step

    @property
    def kind(self) -> str:
        return self.event.subject.kind

    @property
    def slot(self) -> str:
        return self.event.subject.slot


class Undo(Struct, frozen=True):
    """What taking an act back would write: these values, for this subject, with `undoes` set to `act`."""

    act: Event
    subject: Subject
    values: tuple[dict[str, Any] | None, ...]


_NOT_UNDONE = ("reveal", "submission")
"""What was seen cannot be unseen; a submission is reopened, not undone."""

_MERGES = _NOT_UNDONE
"""What two devices revealed is both seen; of two submissions, the later revision counts. There is nothing to pick."""


@dataclass
class Review:
    """What one author has said about one trajectory. `add` keeps it up to date; everything else reads.

    Only this author's events about this trajectory are taken in.
    """

    author: str
    trajectory: str
    events: dict[str, Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._heads = Heads(self.events.values())
        self._subjects: defaultdict[int, set[Subject]] = defaultdict(set)
        for event in self.events.values():
            self._subjects[event.subject.step].add(event.subject)
        self._changed = set(self._subjects)
        self._entries: dict[int, list[Entry]] = {}
        self._contested: dict[int, set[Subject]] = {}
        self._rated: set[int] = set()
        self._found: dict[tuple[str, ...], list[Entry]] = {}

    def add(self, event: Event) -> None:
        if event.subject[:2] != (self.author, self.trajectory):
            return
        self.events[event.id] = event
        self._heads.add(event)
        self._subjects[event.subject.step].add(event.subject)
        self._changed.add(event.subject.step)
        self._found = {kinds: found for kinds, found in self._found.items() if event.subject.kind not in kinds}

    # -- what is in force

    def heads(self, subject: Subject) -> list[Event]:
        return self._heads[subject]

    def state(self) -> dict[Subject, list[Any]]:
        return self._heads.state()

    def subject(self, step: int, kind: str, slot: str = "") -> Subject:
        return Subject(self.author, self.trajectory, step, kind, slot)

    def entries(self, step: int | None = None) -> list[Entry]:
        """The annotations in force, oldest first: at a step, or all in the order of the steps."""
        self._catch_up()
        return self._of(*KINDS) if step is None else self._entries.get(step, [])

    def remarks(self) -> list[Entry]:
        """The mistakes, suggestions and comments on steps, in the order of these."""
        return [entry for entry in self._of(Mistake.kind, Suggestion.kind, Comment.kind) if entry.step != WHOLE]

    def _of(self, *kinds: str) -> list[Entry]:
        """The annotations in force of some kinds, in the order of the steps: found once after something of them."""
        if kinds not in self._found:
            self._catch_up()
            entries = (entry for step in sorted(self._entries) for entry in self._entries[step])
            self._found[kinds] = [entry for entry in entries if entry.kind in kinds]
        return self._found[kinds]

    def _at(self, step: int, kind: str) -> list[Entry]:
        return [entry for entry in self.entries(step) if entry.kind == kind]

    def _catch_up(self) -> None:
        """Find anew what is in force where something was said since."""
        while self._changed:
            step = self._changed.pop()
            said = {subject: _different(self._heads[subject]) for subject in self._subjects[step]}
            contested = {subject for subject, heads in said.items() if len(heads) > 1 and subject.kind not in _MERGES}
            self._contested.pop(step, None)
            if contested:
                self._contested[step] = contested
            entries = self._entries[step] = [
                Entry(event, value, contested=event.subject in contested)
                for event in sorted((event for heads in said.values() for event in heads), key=_order)
                if (value := event.annotation) is not None
            ]
            is_rated = any(entry.kind == Rating.kind and entry.slot == AGENT for entry in entries)
            (self._rated.add if is_rated else self._rated.discard)(step)

    def rating(self, step: int, option: str = AGENT) -> int | str | None:
        """The rating of an option at a step; None when there is none. Of two heads, the later."""
        return next(
            (e.value.value for e in reversed(self.entries(step)) if isinstance(e.value, Rating) and e.slot == option),
            None,
        )

    def mistakes(self, step: int | None = None) -> list[Entry]:
        return self._of(Mistake.kind) if step is None else self._at(step, Mistake.kind)

    def suggestions(self, step: int | None = None) -> list[Entry]:
        return self._of(Suggestion.kind) if step is None else self._at(step, Suggestion.kind)

    @property
    def decisive(self) -> str | None:
        """The slot of the mistake that decided the session. Of two heads, the later."""
        marked = {entry.slot for entry in self.mistakes()}
        chosen = (e.value.mistake for e in reversed(self.entries(WHOLE)) if isinstance(e.value, Decisive))
        return next((slot for slot in chosen if slot in marked), None)

    @property
    def decisive_is_contested(self) -> bool:
        self._catch_up()
        return self.subject(WHOLE, Decisive.kind) in self._contested.get(WHOLE, ())

    def answer(self, question: str) -> str | None:
        """The answer to a question; None when there is none. Of two heads, the later."""
        return next(
            (
                e.value.value
                for e in reversed(self.entries(WHOLE))
                if isinstance(e.value, Answer) and e.slot == question
            ),
            None,
        )

    @property
    def rated_steps(self) -> set[int]:
        """The steps whose agent's action has a rating."""
        self._catch_up()
        return self._rated

    @property
    def revealed_through(self) -> int:
        """The last step that the reviewer chose to reveal; 0 when none."""
        return max((e.value.through for e in self._of(Reveal.kind) if isinstance(e.value, Reveal)), default=0)

    @property
    def seen_through(self) -> int:
        """The last step whose output had been shown when anything was said."""
        return max((event.seen_through or 0 for event in self.events.values()), default=0)

    @property
    def active_ms(self) -> int:
        return sum(event.active_ms for event in self.events.values())

    @property
    def submission(self) -> Submission | None:
        values = [e.value for e in self.entries(WHOLE) if isinstance(e.value, Submission)]
        return max(values, key=lambda value: (value.revision, value.state == "submitted"), default=None)

    @property
    def status(self) -> Status:
        if self.submission and self.submission.state == "submitted":
            return Status.SUBMITTED
        return Status.IN_WORK if self.entries() else Status.TO_DO

    @property
    def revision(self) -> int:
        """Which pass this is: 1, and one more for each time the review was reopened."""
        return self.submission.revision if self.submission else 1

    @property
    def contested(self) -> list[list[Event]]:
        """The subjects whose heads say different things, each as its heads."""
        self._catch_up()
        return [self._heads[subject] for subject in sorted(set().union(*self._contested.values()))]

    # -- undo

    def undo(self) -> Undo | None:
        """How to take back the latest act in force; None when there is nothing to take back."""
        done, _ = self._history()
        return self._taking_back(done[-1]) if done else None

    def redo(self) -> Undo | None:
        """How to do again what was undone last; None when nothing was, or something was said since."""
        _, undone = self._history()
        return self._taking_back(undone[-1]) if undone else None

    def _history(self) -> tuple[list[list[Event]], list[list[Event]]]:
        """(acts in force, undos that can be taken back), latest last.

        To take back an act is an undo; to take back an undo is a redo, which is an act again.
        """
        taken_back = {event.undoes for event in self.events.values()}
        is_undo: dict[str, bool] = {}
        done: list[list[Event]] = []
        undone: list[list[Event]] = []
        for group in self._groups():
            undoes = group[0].undoes
            if undoes is None:
                undone.clear()
            elif undoes not in is_undo:
                continue  # what it takes back has not arrived yet
            undo = undoes is not None and not is_undo[undoes]
            is_undo.update((event.id, undo) for event in group)
            if not any(event.id in taken_back for event in group):
                (undone if undo else done).append(group)
        return done, undone

    def _groups(self) -> list[list[Event]]:
        """What can be undone and redone, latest last: an act, or all events that take back the same one.

        These belong together because they restore the heads of a subject that had several.
        """
        groups: dict[tuple[str, str], list[Event]] = {}
        for event in sorted(self.events.values(), key=_order):
            if event.subject.kind not in _NOT_UNDONE:
                key = ("undoes", event.undoes) if event.undoes else ("is", event.id)
                groups.setdefault(key, []).append(event)
        return list(groups.values())

    def _taking_back(self, group: list[Event]) -> Undo:
        """Put the subject back to what was in force there just before, but for what was taken back since.

        So what another device said there meanwhile stays in force.
        """
        first = group[0]
        groups = self._groups()
        since: set[str | None] = set()
        for later in reversed(groups[groups.index(group) + 1 :]):
            if since.isdisjoint(event.id for event in later):
                since.add(later[0].undoes)
        before = (
            event
            for event in self.events.values()
            if event.subject == first.subject and _order(event) < _order(first) and event.id not in since
        )
        values = tuple(event.value for event in Heads(before)[first.subject])
        return Undo(act=first, subject=first.subject, values=values or (None,))


def _different(heads: list[Event]) -> list[Event]:
    """Of heads that say the same, the latest; oldest first."""
    if len(heads) < 2:
        return heads
    latest = {json.dumps(head.value, sort_keys=True): head for head in heads}
    return [head for head in heads if head in latest.values()]


def _order(event: Event) -> tuple[int, str]:
    """For display, and for what "the latest" means to undo."""
    return event.time, event.id
