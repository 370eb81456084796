"""A trajectory: what one agent did on one task, command by command.

These are plain frozen dataclasses, not validated models: a session holds thousands of steps,
and the text in them is whatever the agent's terminal produced (control characters, bytes that
are not UTF-8, lone surrogates from JSON escapes), which must pass through unchanged.

A trajectory is immutable. Its id is the SHA-256 of its canonical JSON, so that two people who
import the same file with the same importer talk about the same thing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any, Self

PLAIN_FIELDS = ("agent", "model", "outcome", "started_at", "totals", "original")
"""Those of a trajectory that are in its JSON as they are."""

SHORT_ID = 10
"""How many characters of an id are shown. Any unambiguous prefix is accepted."""


class StepStatus(StrEnum):
    """How a step ended, as far as its producer tells.

    `ok` says only that the action ran to its end; whether it succeeded is what the exit code and
    the reviewer say. `not_executed`: the harness refused to run it. `running`: it had not ended
    when the output was taken. `format_error`: the agent's message held no action that the harness
    could read.
    """

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    RUNNING = "running"
    REJECTED = "rejected"
    NOT_EXECUTED = "not_executed"
    FORMAT_ERROR = "format_error"


@dataclass(frozen=True, slots=True)
class Action:
    """What the agent did at a step.

    tool: the producer's name for it ("bash", "execute_bash", "str_replace_editor", ...).
    command: the text that ran. For a shell, the command; for keys typed at a terminal, the keys;
        for any other tool, its one telling argument or its arguments as JSON.
    is_shell: `command` is bash, to be read and highlighted as such.
    is_input: keys or text for a program that already runs, not a new command.
    arguments: the call's other arguments.
    """

    tool: str
    command: str
    is_shell: bool = True
    is_input: bool = False
    call_id: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What a search looks at: the command, the tool unless it is a shell, and the texts among the arguments."""
        return "\n".join([self.command, *([] if self.is_shell else [self.tool]), *_texts_in(self.arguments)])


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from chain.from_iterable(map(_texts_in, value.values()))
    elif isinstance(value, list | tuple):
        yield from chain.from_iterable(map(_texts_in, value))


@dataclass(frozen=True, slots=True)
class Step:
    """What the agent did once.

    ordinal: 1 for the first step; steps are numbered without gaps.
    turn: the model turn it belongs to, from 1; several steps of one turn share it.
    prompt: what the user or the harness told the agent just before, beyond the output of a command.
    thought: what the agent wrote beside its action; reasoning: hidden reasoning, where recorded.
    action: None for a step in which the agent only spoke.
    output: as produced, control characters and all; None when no result was recorded.
    exit_code: None when unknown. Unknown is never 0; where a producer writes -1 for "no exit code", it is
        None here and the status says what happened.
    cwd: the working directory before the action; None when unknown.
    started_at: ISO 8601 in UTC; duration: seconds; usage: the producer's token counts.
    copied_context: repeated from an earlier trajectory, not to be judged again.
    pointer: where in the source it stands (a JSON pointer, or "line N").
    """

    ordinal: int
    turn: int
    action: Action | None = None
    output: str | None = None
    thought: str = ""
    reasoning: str = ""
    prompt: str = ""
    exit_code: int | None = None
    status: StepStatus = StepStatus.OK
    cwd: str | None = None
    started_at: str | None = None
    duration: float | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    truncated_by_producer: bool = False
    copied_context: bool = False
    sidechain: bool = False
    demonstration: bool = False
    pointer: str = ""

    @property
    def command(self) -> str:
        """The text that ran, "" for a step without an action."""
        return self.action.command if self.action else ""

    @property
    def action_text(self) -> str:
        """The action in full, "" for a step without one: see `Action.text`."""
        return self.action.text if self.action else ""

    @property
    def is_judged_work(self) -> bool:
        """Whether a reviewer is asked to rate it: an action of this trajectory's own."""
        return self.action is not None and not (self.copied_context or self.demonstration)

    @property
    def failed(self) -> bool:
        """Whether its producer says that it failed. An unknown exit code does not say so."""
        return (self.exit_code or 0) != 0 or self.status in {StepStatus.ERROR, StepStatus.TIMEOUT}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a trajectory was read from.

    sha256 is over the source's bytes, part tells apart the trajectories of one source ("" when it
    holds one, else "1", "2", ...). (sha256, part) identifies an import: the name does not, since files move.
    """

    format: str
    name: str
    sha256: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """What the agent was asked to do. system: the standing instructions that it had before it was asked."""

    id: str = ""
    title: str = ""
    instructions: str = ""
    system: str = ""


@dataclass(frozen=True)
class Trajectory:
    """One session of one agent. `outcome` is what its producer says of the end, "" when nothing.

    `totals` holds whole-session figures under the producer's names (cost, tokens, calls). `original`, where something
    is withheld (reviewer/withholding.py): the id of the whole. The source's hash is that of the content then.
    """

    source: Source
    steps: Sequence[Step]
    task: Task = field(default_factory=Task)
    agent: str = ""
    model: str = ""
    outcome: str = ""
    started_at: str | None = None
    totals: Mapping[str, Any] = field(default_factory=dict)
    original: str = ""

    @cached_property
    def canonical(self) -> bytes:
        """The canonical JSON: sorted keys, no spaces, ASCII; fields at their default are left out.

        The source's name is left out too: a copy of a file under another name is the same trajectory.
        """
        data = _plain(self)
        del data["source"]["name"]
        return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")

    @classmethod
    def from_canonical(cls, data: bytes, name: str) -> Self:
        """The trajectory of a canonical JSON, with its source's name. Unknown fields, from a newer version, are
        passed over; its id then is another.

        Raises ValueError, KeyError, TypeError or AttributeError for what is none.
        """
        fields = json.loads(data)
        return cls(
            source=Source(**_known(_SOURCE, fields["source"]) | {"name": name}),
            steps=tuple(step_from_dict(step) for step in fields.get("steps", ())),
            task=Task(**_known(_TASK, fields.get("task", {}))),
            **{name: fields[name] for name in PLAIN_FIELDS if name in fields},
        )

    @cached_property
    def id(self) -> str:
        """The hash of the canonical JSON; with something withheld, that of the whole, if the content is as given."""
        if self.original and self.source.sha256 == self.content_sha256:
            return self.original
        return hashlib.sha256(self.canonical).hexdigest()

    @property
    def content_sha256(self) -> str:
        """The hash of all but its source's hash."""
        return hashlib.sha256(replace(self, source=replace(self.source, sha256="")).canonical).hexdigest()

    @property
    def commands(self) -> int:
        """How many steps have an action."""
        return sum(step.action is not None for step in self.steps)


def command_sha256(command: str) -> str:
    """What an annotation is anchored to beside the step's number, so that it survives re-imports."""
    return hashlib.sha256(command.encode("utf-8", "surrogatepass")).hexdigest()


def step_to_dict(step: Step) -> dict[str, Any]:
    """A step as JSON-ready data, fields at their default left out. `step_from_dict` is its inverse."""
    data: dict[str, Any] = _plain(step)
    return data


def step_from_dict(data: Mapping[str, Any]) -> Step:
    """The step that `step_to_dict` wrote. Unknown fields, from a newer version, are passed over."""
    values = _known(_STEP, data)
    if action := data.get("action"):
        values["action"] = Action(**_known(_ACTION, action))
    if "status" in values:
        values["status"] = StepStatus(values["status"])
    return Step(**values)


_STEP, _ACTION, _SOURCE, _TASK = (
    frozenset(field.name for field in fields(kind)) for kind in (Step, Action, Source, Task)
)


def _known(names: frozenset[str], data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key in names}


def _plain(value: Any) -> Any:
    """Dataclasses to dicts without their default fields, recursively."""
    if isinstance(value, Trajectory | Step | Action | Source | Task):
        result = {}
        for f in fields(value):
            item = getattr(value, f.name)
            default = f.default_factory() if callable(f.default_factory) else f.default
            if item != default:
                result[f.name] = _plain(item)
        return result
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


class StepBuilder:
    """Collects an importer's steps and numbers them, so that no importer counts for itself.

    >>> build = StepBuilder()
    >>> turn = build.next_turn()
    >>> step = build.add(action=Action("bash", "ls"), output="a\\n", exit_code=0)
    >>> (step.ordinal, step.turn)
    (1, 1)
    """

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.turn = 0

    def next_turn(self) -> Self:
        """Start a new model turn."""
        self.turn += 1
        return self

    def add(self, **values: Any) -> Step:
        """Append a step of the current turn. The values are Step's fields but `ordinal` and `turn`."""
        step = Step(ordinal=len(self.steps) + 1, turn=max(self.turn, 1), **values)
        self.steps.append(step)
        return step
