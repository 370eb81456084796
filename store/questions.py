"""What reviewers ask their lead."""

from __future__ import annotations

from typing import NamedTuple

from reviewer.annotation import Comment
from reviewer.event import Event, decode
from store.store import Store
from store.trajectories import TrajectoryHead


class Question(NamedTuple):
    """A question to the lead about a trajectory, in the words of its author, and the event that asks it."""

    head: TrajectoryHead
    event: Event
    text: str


def questions(store: Store) -> list[Question]:
    """All questions that stand, of everybody who is here: by the trajectory's number, the step and the time."""
    heads = {head.id: head for head in store.trajectories.all()}
    rows = store.connection.rows(
        "SELECT e.trajectory, CAST(e.raw AS BLOB) FROM head h JOIN event e ON e.id = h.event"
        " WHERE e.kind = 'comment' AND json_extract(e.value, '$.to_lead')"
    )
    events = [(heads[id_], decode(raw)) for id_, raw in rows if id_ in heads]
    found = [
        Question(head, event, said.text) for head, event in events if isinstance(said := event.annotation, Comment)
    ]
    return sorted(
        found, key=lambda question: (question.head.number, question.event.subject.step, question.event.time)
    )
