"""Trajectories in the store: added once, never changed, read lazily."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec
from msgspec import Struct

from reviewer.annotation import Span
from reviewer.errors import ErrataError
from reviewer.hint import Hint
from reviewer.trajectory import (
    PLAIN_FIELDS,
    SHORT_ID,
    Source,
    Step,
    StepStatus,
    Task,
    Trajectory,
    step_from_dict,
    step_to_dict,
)
from store.database import Connection
from store.outputs import Output, keep_output
from store.packed import pack, unpack
from store.schema import kind_of

_INDEXED_OUTPUT = 1 << 20
"""How much of an output the full-text index takes in."""

_NUMBER_DIGITS = 5
"""A REF of up to this many digits is a queue number, where there is one."""

_ID_PREFIX = 4

_STATUS = {status.value: status for status in StepStatus}

_RANKED = 400
"""How many of the steps that a search finds are looked at for the best."""


class NoMatch(ErrataError):
    """A REF that names no trajectory, or more than one."""


class Redacted(ErrataError):
    """A trajectory that was redacted, and is not taken in again."""


class StepHead(Struct, frozen=True, gc=False):
    """What the list of steps shows of one, without its texts. A struct, because 20,000 of them are made in 4 ms; of a
    frozen dataclass, in 40.

    kind: whether the command is bash ("shell"), "input" to what runs already, or a "tool"'s argument. `tool`, `kind`
    and `command` are None for a step without an action.
    """

    ordinal: int
    turn: int
    tool: str | None
    kind: str | None
    command: str | None
    exit_code: int | None
    status: StepStatus
    duration: float | None
    judged_work: bool
    output_size: int | None

    @property
    def failed(self) -> bool:
        return (self.exit_code or 0) != 0 or self.status in (StepStatus.ERROR, StepStatus.TIMEOUT)


class TrajectoryHead(Struct, frozen=True):
    """A trajectory without its steps. `number` is its place in the queue."""

    number: int
    id: str
    source: Source
    task: Task
    agent: str
    model: str
    outcome: str
    started_at: str | None
    steps: int
    commands: int

    @property
    def short_id(self) -> str:
        return self.id[:SHORT_ID]

    @property
    def title(self) -> str:
        return self.task.title or self.task.id or self.source.name


class Hit(Struct, frozen=True):
    """Where a searched text was found: in a step's command, thought or output, with some text around it."""

    trajectory: str
    step: int
    where: str
    excerpt: str


class Trajectories:
    """The trajectories of a store."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self.texts = lru_cache(maxsize=64)(self._read_texts)

    # -- adding

    def add(self, trajectory: Trajectory) -> tuple[TrajectoryHead, bool]:
        """Keep a trajectory, whole or not at all, in a transaction of its own or the caller's.

        Returns it as kept, and whether it is new. One whose source was imported before is not new, even when its
        importer has learned to read it differently since: annotations stay with what they were made on.

        Raises Redacted.
        """
        if why := self._why_gone(trajectory.id):
            raise Redacted(why)
        with self._db.transaction():
            if known := self._known(trajectory.source, trajectory.id):
                return known, False
            return self._add(trajectory), True

    def _add(self, trajectory: Trajectory) -> TrajectoryHead:
        source, task = trajectory.source, trajectory.task
        head = json.loads(replace(trajectory, steps=()).canonical)
        head["source"]["name"] = source.name
        number = self._db.execute(
            "INSERT INTO trajectory (id, format, name, sha256, part, title, instructions, agent, model, outcome,"
            " started_at, steps, commands, judged_work, head, imported_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                trajectory.id, source.format, storable(source.name), source.sha256, storable(source.part),
                storable(task.title or task.id or source.name), storable(task.instructions),
                storable(trajectory.agent), storable(trajectory.model), storable(trajectory.outcome),
                storable(trajectory.started_at), len(trajectory.steps), trajectory.commands,
                sum(step.is_judged_work for step in trajectory.steps),
                pack(head), datetime.now(UTC).isoformat(timespec="seconds"),
            ),
        ).lastrowid  # fmt: skip
        from reviewer.hints import hints_of  # the rules take 12 ms to import, and only what adds needs them

        for step in trajectory.steps:
            self._add_step(trajectory.id, step)
        rows = [
            (
                trajectory.id,
                hint.step,
                hint.rule,
                storable(hint.why),
                hint.span and msgspec.json.encode(hint.span).decode(),
            )
            for hint in hints_of(trajectory)
        ]
        self._db.executemany("INSERT INTO hint VALUES (?,?,?,?,?)", rows)
        return self._head("number = ?", number)

    def _known(self, source: Source, id_: str) -> TrajectoryHead | None:
        found = self._heads("(sha256 = ? AND part = ?) OR id = ?", (source.sha256, storable(source.part), id_))
        return next(found, None)

    def _add_step(self, trajectory: str, step: Step) -> None:
        data = step_to_dict(step)
        output = data.pop("output", None)
        command = storable(step.command) if step.action else None
        row = self._db.execute(
            "INSERT INTO step (trajectory, ordinal, turn, tool, command, thought, exit_code, status, cwd, started_at,"
            " duration, judged_work, output_size, data, kind) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                trajectory, step.ordinal, step.turn, storable(step.action.tool) if step.action else None, command,
                storable(step.thought), step.exit_code, step.status.value, storable(step.cwd),
                storable(step.started_at), step.duration, step.is_judged_work,
                None if output is None else len(output), pack(data),
                kind_of(is_shell=step.action.is_shell, is_input=step.action.is_input) if step.action else None,
            ),
        ).lastrowid  # fmt: skip
        if output:
            keep_output(self._db, row, output)
        self._db.execute(
            "INSERT INTO search (rowid, command, thought, output) VALUES (?,?,?,?)", (row, *_searched(step))
        )

    def remove(self, id_: str) -> None:
        """Remove a trajectory, of which nothing stays: only what was redacted is (store/redaction.py).

        The index of words holds no texts; to forget them it has to be told them, and then be written anew.
        """
        with self._db.transaction():
            for step in self.trajectory(id_).steps:
                query = "SELECT id FROM step WHERE trajectory = ? AND ordinal = ?"
                (row,) = self._db.row(query, (id_, step.ordinal))
                self._db.execute(
                    "INSERT INTO search (search, rowid, command, thought, output) VALUES ('delete',?,?,?,?)",
                    (row, *_searched(step)),
                )
                self._db.execute("DELETE FROM output WHERE step = ?", (row,))
            for table in ("hint", "step"):
                self._db.execute(f"DELETE FROM {table} WHERE trajectory = ?", (id_,))
            self._db.execute("DELETE FROM trajectory WHERE id = ?", (id_,))
            self._db.execute("INSERT INTO search (search) VALUES ('optimize')")
        self.texts.cache_clear()

    # -- reading

    def all(self) -> list[TrajectoryHead]:
        """All but those that were redacted, of which something is here until `scrub`."""
        return list(self._heads("id NOT IN (SELECT id FROM redacted)"))

    def get(self, id_: str) -> TrajectoryHead:
        return self._head("id = ?", id_)

    def find(self, ref: str) -> TrajectoryHead:
        """The one trajectory that REF names: a queue number, the start of an id, or the start of a title,
        also with the file's name before it.

        Raises NoMatch when there is none, or naming the candidates when there are several.
        """
        found: list[TrajectoryHead] = []
        if ref.isdecimal() and len(ref) <= _NUMBER_DIGITS:
            found = list(self._heads("number = ?", (int(ref),)))
        if not found and len(ref) >= _ID_PREFIX:
            found = list(self._heads("substr(id, 1, ?) = ?", (len(ref), storable(ref.lower()))))
        if not found:
            found = list(self._heads("substr(title, 1, ?) = ? COLLATE NOCASE", (len(ref), storable(ref))))
        if not found:  # as the queue names those that share a title
            named = "substr(trim(name || ' ' || part) || ': ' || title, 1, ?) = ? COLLATE NOCASE"
            found = list(self._heads(named, (len(ref), storable(ref))))
        found = [head for head in found if not self._why_gone(head.id)]
        if len(found) == 1:
            return found[0]
        if not found:
            query = "SELECT by, reason FROM redacted WHERE substr(id, 1, ?) = ?"
            why = self._db.row(query, (len(ref), storable(ref.lower())))
            message = f"{ref!r} names no trajectory; `errata list` shows their numbers, ids and titles"
            if why and len(ref) >= _ID_PREFIX:
                message = f"{ref!r} was redacted by {why[0]}: {why[1]}"
            raise NoMatch(message)
        candidates = ", ".join(f"{head.short_id} ({head.title[:30]})" for head in found[:4])
        more = f" and {len(found) - 4} more" if len(found) > 4 else ""
        message = f"{ref!r} is ambiguous: {candidates}{more}; give more of the id"
        raise NoMatch(message)

    def hints(self, id_: str) -> list[Hint]:
        """What the rules found in a trajectory when it was imported, in the order of its steps."""
        rows = self._db.rows(
            "SELECT step, rule, why, span FROM hint WHERE trajectory = ? ORDER BY step, rowid", (id_,)
        )
        return [
            Hint(step, rule, why, span and msgspec.json.decode(span, type=Span)) for step, rule, why, span in rows
        ]

    def step_heads(self, id_: str) -> list[StepHead]:
        """The steps of a trajectory without their texts, in order."""
        rows = self._db.rows(
            "SELECT ordinal, turn, tool, kind, command, exit_code, status, duration, judged_work, output_size"
            " FROM step WHERE trajectory = ? ORDER BY ordinal",
            (id_,),
        )
        return [StepHead(o, t, tool, k, c, e, _STATUS[s], d, j == 1, n) for o, t, tool, k, c, e, s, d, j, n in rows]

    def step(self, id_: str, ordinal: int) -> Step:
        """One step, exactly as it was imported. Raises NoMatch when there is none."""
        output = self.output(id_, ordinal)
        return replace(self.texts(id_, ordinal), output=None if output is None else output.text)

    def output(self, id_: str, ordinal: int) -> Output | None:
        """A step's output, to be read in part; None when none was recorded."""
        number, _, size = self._step_row(id_, ordinal)
        return None if size is None else Output(self._db, number, size)

    def _read_texts(self, id_: str, ordinal: int) -> Step:
        """One step but for its output, which may be long and stands as None. (`texts` is this, cached.)"""
        _, data, _ = self._step_row(id_, ordinal)
        return step_from_dict(unpack(data))

    def _step_row(self, id_: str, ordinal: int) -> tuple[int, bytes, int | None]:
        row = self._db.row(
            "SELECT id, data, output_size FROM step WHERE trajectory = ? AND ordinal = ?", (id_, ordinal)
        )
        if row is None:
            raise NoMatch(self._why_gone(id_) or f"{id_[:SHORT_ID]} has no step {ordinal}")
        number, data, size = row
        return number, data, size

    def task(self, id_: str) -> Task:
        """What the agent was asked, with the standing instructions."""
        row = self._db.row("SELECT head FROM trajectory WHERE id = ?", (id_,))
        if row is None:
            raise NoMatch(self._why_gone(id_) or f"there is no trajectory {id_}")
        return Task(**unpack(row[0]).get("task", {}))

    def trajectory(self, id_: str) -> Trajectory:
        """A whole trajectory, exactly as it was imported, or came."""
        head = self.get(id_)
        (data,) = self._db.row("SELECT head FROM trajectory WHERE id = ?", (id_,))
        fields = unpack(data)
        return Trajectory(
            source=Source(**fields["source"]),
            steps=tuple(self.step(id_, ordinal) for ordinal in range(1, head.steps + 1)),
            task=Task(**fields.get("task", {})),
            **{name: fields[name] for name in PLAIN_FIELDS if name in fields},
        )

    def search(self, text: str, limit: int = 200) -> list[Hit]:
        """Steps whose command, thought or output holds all the words of a text: `limit` of them at most.

        The last word may be the beginning of one where none has it whole. Of the first `_RANKED` steps found, in the
        order of import, those with all the words in the command come first, then those with them in the thought.
        """
        words = storable(text).split()
        if not words:
            return []
        query = " ".join('"' + word.replace('"', '""') + '"' for word in words)
        found = self._steps_with(query, max(limit, _RANKED)) or self._steps_with(query + "*", max(limit, _RANKED))
        wanted = [word.lower() for word in words]

        def rank(row: tuple[str, int, str, str]) -> list[bool]:
            return [any(word not in part.lower() for word in wanted) for part in row[2:]]

        return [self._hit(trajectory, ordinal, words) for trajectory, ordinal, *_ in sorted(found, key=rank)[:limit]]

    def _steps_with(self, query: str, limit: int) -> list[tuple[str, int, str, str]]:
        """The first steps that match: trajectory, ordinal, command, thought.

        They are not ranked by SQLite: that would read whatever the index has of each word.
        """
        return self._db.rows(
            "SELECT s.trajectory, s.ordinal, coalesce(s.command, ''), s.thought FROM search"
            " JOIN step s ON s.id = search.rowid WHERE search MATCH ?"
            " AND s.trajectory NOT IN (SELECT id FROM redacted) ORDER BY search.rowid LIMIT ?",
            (query, limit),
        )

    def _hit(self, trajectory: str, ordinal: int, words: Sequence[str]) -> Hit:
        step = self.texts(trajectory, ordinal)
        output = self.output(trajectory, ordinal) or ()
        for word in words:
            texts = chain(
                (("command", step.action_text), ("thought", step.thought)), (("output", page) for page in output)
            )
            for where, text in texts:
                at = text.lower().find(word.lower())
                if at >= 0:
                    line_start = text.rfind("\n", 0, at) + 1
                    start = max(line_start, at - 40)
                    return Hit(trajectory, ordinal, where, text[start : start + 160].split("\n")[0])
        return Hit(trajectory, ordinal, "command", step.command.split("\n")[0][:160])

    def _why_gone(self, id_: str) -> str:
        """Of what was redacted, by whom and why; else ""."""
        why = self._db.row("SELECT by, reason FROM redacted WHERE id = ?", (id_,))
        return f"session {id_[:SHORT_ID]} was redacted by {why[0]}: {why[1]}" if why else ""

    def _head(self, where: str, parameter: Any) -> TrajectoryHead:
        head = next(self._heads(where, (parameter,)), None)
        if head is None:
            message = f"there is no trajectory {parameter}"
            raise NoMatch(message)
        return head

    def _heads(self, where: str, parameters: Sequence[Any] = ()) -> Iterator[TrajectoryHead]:
        rows = self._db.rows(
            "SELECT number, id, format, name, sha256, part, title, instructions, agent, model, outcome, started_at,"
            f" steps, commands FROM trajectory WHERE {where} ORDER BY number",
            parameters,
        )
        for number, id_, format_, name, sha256, part, title, instructions, *rest in rows:
            source = Source(format=format_, name=name, sha256=sha256, part=part)
            yield TrajectoryHead(number, id_, source, Task(title=title, instructions=instructions), *rest)


def _searched(step: Step) -> tuple[Any, Any, Any]:
    """What the full-text index takes in of a step: command, thought, output."""
    return storable(step.action_text), storable(step.thought), storable((step.output or "")[:_INDEXED_OUTPUT])


def storable(text: str | None) -> Any:
    """A text as SQLite can keep and search it: what is not Unicode, and NUL, replaced. None stays None."""
    if text is None:
        return None
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")
