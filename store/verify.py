"""Checking that a store is whole: the file, the log, and every trajectory against its id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from reviewer.errors import ErrataError
from reviewer.trajectory import SHORT_ID, Trajectory
from store.database import StoreError
from store.store import Store
from store.trajectories import TrajectoryHead, storable

Progress = Callable[[int, int, str], None]

_DAMAGE = (ErrataError, ValueError, KeyError, TypeError)
"""What reading bytes that are not what was written can end in."""


@dataclass(frozen=True)
class Verdict:
    """How much was looked at, and what is wrong with it: a line each, none when all is well."""

    trajectories: int
    events: int
    faults: tuple[str, ...]


def verify(store: Store, on_progress: Progress = lambda done, total, name: None) -> Verdict:
    """Check all of a store. Nothing in it is changed, and no damage keeps the other checks from being made.

    on_progress: called before each check with how many are done, how many there are, and what is next.
    """
    checks: list[tuple[str, Callable[[], Iterable[str]]]] = [
        ("the file", lambda: _file(store)),
        ("the log", store.log.faults),
        ("the log's trajectories", lambda: _events_without_trajectory(store)),
        ("what was redacted", lambda: _redacted(store)),
    ]
    faults: list[str] = []
    ids: list[str] = []
    try:
        ids = [id_ for (id_,) in store.connection.rows("SELECT id FROM trajectory ORDER BY number")]
    except StoreError as error:
        faults.append(f"the list of trajectories cannot be read: {error.__cause__}")
    checks += [(f"trajectory {id_[:SHORT_ID]}", partial(_trajectory, store, id_)) for id_ in ids]
    for done, (name, check) in enumerate(checks):
        on_progress(done, len(checks), name)
        try:
            faults += check()
        except _DAMAGE as error:
            reason = error.__cause__ or error  # the words of SQLite, or of what decompresses
            faults.append(f"{name} cannot be read: {reason}")
    return Verdict(len(ids), _count_events(store), tuple(faults))


def _file(store: Store) -> Iterator[str]:
    """SQLite's own check of its pages and indexes, and of what refers to what."""
    for (problem,) in store.connection.rows("PRAGMA integrity_check"):
        if problem != "ok":
            yield f"the file: {problem}"
    for table, row, parent, _ in store.connection.rows("PRAGMA foreign_key_check"):
        yield f"the file: row {row} of {table!r} refers to a missing row of {parent!r}"


def _events_without_trajectory(store: Store) -> Iterator[str]:
    """Of what was said on this device. What came from elsewhere may be about what is not here."""
    rows = store.connection.rows(
        "SELECT trajectory, count(*) FROM event WHERE device = ? AND trajectory NOT IN (SELECT id FROM trajectory)"
        " AND trajectory NOT IN (SELECT id FROM redacted) GROUP BY 1",
        (store.log.device,),
    )
    for trajectory, count in rows:
        yield f"trajectory {trajectory[:SHORT_ID]} is not there, but {count} events are about it"


def _redacted(store: Store) -> Iterator[str]:
    for (id_,) in store.connection.rows(
        "SELECT e.id FROM event e JOIN redacted r ON r.id = e.id WHERE e.value IS NOT NULL"
    ):
        yield f"event {id_} was redacted, but what it said is there"


def _trajectory(store: Store, id_: str) -> Iterator[str]:
    """A trajectory's id is the hash of its content: computed anew, it must come out the same.

    The columns that SQL reads are copies of the content, and must be true to it.
    """
    name = f"trajectory {id_[:SHORT_ID]}"
    trajectory, head = store.trajectories.trajectory(id_), store.trajectories.get(id_)
    if trajectory.id != id_:
        yield f"{name}: its content gives the id {trajectory.id[:SHORT_ID]}; it is not what was imported"
    columns = (*_texts(head), head.steps, head.commands)
    if columns != (*map(storable, _texts(trajectory)), len(trajectory.steps), trajectory.commands):
        yield f"{name}: its columns differ from its content"
    for step, row in zip(trajectory.steps, store.trajectories.step_heads(id_), strict=True):
        command = storable(step.command) if step.action else None
        columns = (row.ordinal, row.turn, row.command, row.exit_code, row.status, row.judged_work)
        if columns != (step.ordinal, step.turn, command, step.exit_code, step.status, step.is_judged_work):
            yield f"{name}: the columns of step {step.ordinal} differ from its content"


def _texts(of: Trajectory | TrajectoryHead) -> tuple[str, ...]:
    source = of.source
    return (
        source.format,
        source.name,
        source.sha256,
        source.part,
        of.task.instructions,
        of.agent,
        of.model,
        of.outcome,
    )


def _count_events(store: Store) -> int:
    try:
        (count,) = store.connection.row("SELECT count(*) FROM event")
    except StoreError:
        return 0
    return int(count)
