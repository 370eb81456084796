"""Devices of one reviewer, in memory: they write as store.log.Log does, are offline from each other, and sync."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from reviewer.event import Event, Subject
from reviewer.review import Review, Undo

AUTHOR, TRAJECTORY = "rev-03", "ab" * 32

HOUR = 3_600_000 << 16


def subject(step: int, kind: str = "rating", slot: str = "agent") -> Subject:
    return Subject(AUTHOR, TRAJECTORY, step, kind, slot)


SUBJECTS = [subject(1), subject(2), subject(2, "mistake", "00000001"), subject(0, "answer", "outcome")]


def value(kind: str, number: int) -> dict[str, Any]:
    """One of several values of a kind."""
    fields: dict[str, dict[str, Any]] = {
        "rating": {"value": number % 3 - 1},
        "mistake": {"code": f"B{number % 4 + 1}", "severity": 2},
        "answer": {"value": ("success", "partial", "fail", "unsure")[number % 4]},
    }
    return {"kind": kind, **fields[kind]}


@dataclass
class Device:
    """clock: how far its wall clock is off. The ids it gives tell devices apart and do not sort by time."""

    name: str
    clock: int = 0
    review: Review = field(default_factory=lambda: Review(AUTHOR, TRAJECTORY))
    written: int = 0

    def write(self, subject: Subject, *values: dict[str, Any] | None, undoes: str | None = None) -> list[Event]:
        """One act: each value supersedes what was in force before it, not the others."""
        before = tuple(event.id for event in self.review.heads(subject))
        events = []
        for value in values:
            self.written += 1
            last = max((event.time for event in self.review.events.values()), default=0)
            event = Event(
                id=f"{self.written * 7919 % 1000:03}-{self.name}-{self.written}",
                author=subject.author,
                device=self.name,
                time=max(1000 * HOUR + self.clock, last + 1),
                subject=subject,
                value=value,
                supersedes=before,
                undoes=undoes,
            )
            self.review.add(event)
            events.append(event)
        return events

    def take_back(self, undo: Undo | None) -> bool:
        """Undo or redo; whether there was anything."""
        if undo is not None:
            self.write(undo.subject, *undo.values, undoes=undo.act.id)
        return undo is not None

    def receive(self, events: Iterable[Event]) -> None:
        for event in events:
            self.review.add(event)

    def restart(self) -> None:
        """The program ends and starts again: only the log is left."""
        self.review = Review(AUTHOR, TRAJECTORY, dict(self.review.events))


def sync(one: Device, other: Device) -> None:
    one.receive(list(other.review.events.values()))
    other.receive(list(one.review.events.values()))


SAY, WITHDRAW, UNDO, REDO, SYNC, RESTART = "say", "withdraw", "undo", "redo", "sync", "restart"
_ACTS = [SAY, SAY, SAY, SAY, WITHDRAW, UNDO, UNDO, REDO, SYNC, RESTART]

steps = st.lists(
    st.tuples(st.sampled_from(_ACTS), st.integers(0, 2), st.sampled_from(SUBJECTS), st.integers(0, 3)), max_size=30
)
"""What happens, on which device, to which subject, with which value."""


def three_devices() -> list[Device]:
    return [Device("a"), Device("b", clock=-5 * HOUR), Device("c", clock=26 * HOUR)]


def happen(devices: list[Device], act: str, number: int, subject: Subject, choice: int) -> None:
    device = devices[number % len(devices)]
    if act == SAY:
        device.write(subject, value(subject.kind, choice))
    elif act == WITHDRAW:
        device.write(subject, None)
    elif act == UNDO:
        device.take_back(device.review.undo())
    elif act == REDO:
        device.take_back(device.review.redo())
    elif act == SYNC:
        sync(device, devices[(number + 1 + choice) % len(devices)])
    elif act == RESTART:
        device.restart()


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Everything that three devices wrote, in the order of their ids."""
    devices = three_devices()
    for step in draw(steps):
        happen(devices, *step)
    union = {event.id: event for device in devices for event in device.review.events.values()}
    return [union[id_] for id_ in sorted(union)]
