"""ATIF 1.7, Harbor's trajectory format: a whole trajectory a document, with what its reviewers said.

1.7 is the first version in which calls and results have an `extra`. What the format has a place for stands there; all
else is in `extra.errata`, from where `reviewer/formats/atif.py` takes it back, so that the steps come out the same.
The document is a source of its own: its trajectory has another id.

- A model turn is one step of ATIF; it is several where one would not hold it (a command after words without one,
  words between two commands), and `turn` then says that they belong together.
- The task and every prompt are steps of the user.
- Exit code: `extra.exit_code` of the result. Annotations: `extra.errata.annotations` of the call, of a step without a
  call, or of the document, when they are about the whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from reviewer.event import WHOLE
from reviewer.exports.annotations import annotation_row
from reviewer.exports.export import Export, Reviewed
from reviewer.trajectory import Action, Step, StepStatus, Trajectory

VERSION = "ATIF-v1.7"

_METRICS = {"prompt_tokens": int, "completion_tokens": int, "cached_tokens": int, "cost_usd": float}
_TOTALS = {f"total_{name}": kind for name, kind in _METRICS.items()} | {"total_steps": int}

Rows = Sequence[Mapping[str, Any]]
"""The annotations at one place."""


def rows(reviewed: Iterable[Reviewed]) -> Iterator[dict[str, Any]]:
    """One document a trajectory, with the annotations of all its reviews. These come one after another."""
    for _, group in groupby(reviewed, key=lambda item: item.trajectory):
        items = list(group)
        annotations: dict[int, list[dict[str, Any]]] = {}
        for item in items:
            for entry in item.review.entries():
                row = annotation_row(entry, item.review) | {"status": item.review.status.value}
                annotations.setdefault(entry.step, []).append(row)
        yield document(items[0].load(), annotations, trajectory_id=items[0].trajectory)


def document(
    trajectory: Trajectory, annotations: Mapping[int, Rows] | None = None, *, trajectory_id: str = ""
) -> dict[str, Any]:
    """A trajectory as an ATIF document. annotations: by step, those about the whole under 0."""
    said = annotations or {}
    name, _, version = trajectory.agent.rpartition(" ")
    if not (name and any(char.isdigit() for char in version)):
        name, version = trajectory.agent, ""
    task = trajectory.task
    return {
        "schema_version": VERSION,
        "trajectory_id": trajectory_id or trajectory.id,
        "agent": _full(name=name or "unknown", version=version or "unknown", model_name=trajectory.model),
        "steps": _steps(trajectory, said),
        **_full(final_metrics=_metrics(trajectory.totals, _TOTALS)),
        "extra": {
            "errata": _full(
                agent=trajectory.agent,
                outcome=trajectory.outcome,
                started_at=trajectory.started_at,
                task=_full(id=task.id, title=task.title),
                source=_full(
                    format=trajectory.source.format,
                    name=trajectory.source.name,
                    sha256=trajectory.source.sha256,
                    part=trajectory.source.part,
                ),
                annotations=said.get(WHOLE, ()),
            )
        },
    }


def _steps(trajectory: Trajectory, said: Mapping[int, Rows]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if trajectory.task.system:
        found.append({"source": "system", "message": trajectory.task.system, "extra": {"errata": {"task": True}}})
    if trajectory.task.instructions:
        extra = {"errata": {"task": True}}
        found.append({"source": "user", "message": trajectory.task.instructions, "extra": extra})
    for group in _groups(trajectory.steps):
        if group[0].prompt:
            found.append({"source": "user", "message": group[0].prompt})
        found.append(_agent_step(group, said))
    return [{"step_id": number} | step for number, step in enumerate(found, 1)]


def _groups(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """The steps that go into one step of ATIF: the calls of one message."""
    group: list[Step] = []
    for step in steps:
        if group and not _belongs(step, group[0]):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _belongs(step: Step, first: Step) -> bool:
    says = step.thought or step.reasoning or step.prompt or step.usage
    calls = step.action and first.action
    return bool(calls and not says and step.turn == first.turn and step.copied_context == first.copied_context)


def _agent_step(group: Sequence[Step], said: Mapping[int, Rows]) -> dict[str, Any]:
    first = group[0]
    calls: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for step in group:
        if step.action is None:
            own = _outcome(step) | _full(annotations=said.get(step.ordinal, ()))
            if step.exit_code is not None:
                own["exit_code"] = step.exit_code
            if step.output is not None:
                results.append({"content": step.output})
            continue
        own = _outcome(step) | _full(
            started_at=step.started_at if step.started_at != first.started_at else None,
            annotations=said.get(step.ordinal, ()),
        )
        call, written = _call(step.action, step.ordinal, taken={call["tool_call_id"] for call in calls})
        own |= written
        if step.output is not None:
            code = None if step.exit_code is None else {"exit_code": step.exit_code}
            results.append({"source_call_id": call["tool_call_id"], "content": step.output} | _full(extra=code))
        elif step.exit_code is not None:
            own["exit_code"] = step.exit_code
        calls.append(call | _full(extra={"errata": own} if own else None))
    errata = {"turn": first.turn} if calls else {"turn": first.turn} | own
    return _full(
        source="agent",
        timestamp=first.started_at,
        message=first.thought,
        reasoning_content=first.reasoning,
        tool_calls=calls,
        observation={"results": results} if results else None,
        metrics=_metrics(first.usage, _METRICS),
        is_copied_context=first.copied_context or None,
        extra={"errata": errata},
    ) | {"message": first.thought}


def _outcome(step: Step) -> dict[str, Any]:
    """What a step is beyond ATIF."""
    return _full(
        step=step.ordinal,
        status=step.status.value if step.status is not StepStatus.OK else None,
        cwd=step.cwd,
        duration=step.duration,
        truncated=step.truncated_by_producer or None,
        sidechain=step.sidechain or None,
        demonstration=step.demonstration or None,
    )


def _call(action: Action, ordinal: int, taken: set[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A call, and what of its action ATIF does not say."""
    call_id = action.call_id or f"call_{ordinal}"
    while call_id in taken:
        call_id += "_"
    arguments, key = _arguments(action)
    call = {"tool_call_id": call_id, "function_name": action.tool, "arguments": arguments}
    written: dict[str, Any] = {"command": key}
    if not action.is_shell:
        written["is_shell"] = False
    if action.is_input:
        written["is_input"] = True
    if call_id != action.call_id:
        written["call_id"] = action.call_id
    return call, written


def _arguments(action: Action) -> tuple[dict[str, Any], str | None]:
    """The arguments of a call, and the name of the one that is the command; None when they all are.

    An importer drops the name, so a usual one is given; where the command is the JSON of all arguments, they are what
    they were.
    """
    from reviewer.formats.fields import parse  # brings all formats along, which a list of exports does not need

    if not action.is_shell and not action.arguments:
        try:
            whole = parse(action.command)
        except ValueError:
            whole = None
        if isinstance(whole, dict) and json.dumps(whole, ensure_ascii=False, separators=(",", ":")) == action.command:
            return whole, None
    if action.is_shell or action.is_input:
        names = ["command", "cmd", "text"]
    else:
        names = ["path"] if re.fullmatch(r"\S*/\S*", action.command) else []
        names += ["input", "text", "command"]
    free = (name for name in names if name not in action.arguments)
    key = next(free, "") or max(action.arguments, key=len) + "_"
    return {key: action.command, **action.arguments}, key


def _metrics(values: Mapping[str, Any], known: Mapping[str, type]) -> dict[str, Any] | None:
    """Figures under ATIF's names where they have them, all others in `extra.errata`."""
    own: dict[str, Any] = {}
    metrics: dict[str, Any] = {}
    for name, value in values.items():
        allowed = (int,) if known.get(name) is int else (int, float)
        fits = name in known and isinstance(value, allowed) and not isinstance(value, bool)
        if fits or (name == "extra" and isinstance(value, dict) and value and "errata" not in value):
            metrics[name] = value
        else:
            own[name] = value
    if own:
        metrics["extra"] = {**metrics.get("extra", {}), "errata": own}
    return metrics or None


def _full(**values: Any) -> dict[str, Any]:
    """The values that are there."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", (), [], {})}


EXPORT = Export(
    name="atif",
    title="whole trajectories with their annotations, in Harbor's format ATIF (a document each)",
    rows=rows,
    documents=True,
)
