"""A trial of Harbor: the folder that it leaves of one agent's run on one task.

Source: Harbor's models/trial/ (paths, config, result), and trials of terminal-bench 2.0.

The steps are those of `agent/trajectory.json`, in ATIF (see atif). Where terminus-2 began a new context, its
`continued_trajectory_ref` names the file that goes on; what that repeats is marked as copied context.

All but the trajectory may be missing or broken. The agent's own logs, the summaries of its sub-agents and the
verifier's output are in the folder's hash, and are not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from reviewer.errors import BadInput
from reviewer.formats import atif
from reviewer.formats.conversation import to_task
from reviewer.formats.document import Document
from reviewer.formats.fields import Node
from reviewer.formats.folder import Folder
from reviewer.formats.format import FolderFormat, Format, always, never, sometimes
from reviewer.trajectory import Step, Trajectory

NAME = "harbor"

_TRAJECTORY = "agent/trajectory.json"
_BESIDE = ("result.json", "config.json", "trial.log", "verifier/reward.txt")
_LONGEST_REWARD = 100


def matches(document: Document) -> bool:
    return False


def read(document: Document) -> Iterator[Trajectory]:
    raise document.bad(f"expected the folder of a trial, with {_TRAJECTORY} in it")


def matches_folder(folder: Folder) -> bool:
    return folder.has(_TRAJECTORY) and any(folder.has(name) for name in _BESIDE)


def read_folder(folder: Folder) -> Iterator[Trajectory]:
    result, config = folder.side("result.json"), folder.side("config.json")
    document = folder.document(_TRAJECTORY)
    first, *subagents = atif.read(document)
    agent = result["agent_info"]
    name, version = agent["name"].text(""), agent["version"].label()
    trajectory = replace(
        first,
        source=folder.source(NAME, first.source.part),
        steps=_whole(folder, document, list(first.steps)),
        task=to_task(first.task.instructions, _task_id(result, config), first.task.system),
        agent=first.agent or f"{name or config['agent']['name'].text('')} {version}".strip(),
        model=first.model or config["agent"]["model_name"].text(""),
        outcome=_outcome(folder, result),
        totals={**first.totals, **_totals(result["agent_result"])},
    )
    yield trajectory
    for each in subagents:
        yield replace(each, source=folder.source(NAME, each.source.part))


def _whole(folder: Folder, document: Document, steps: list[Step]) -> list[Step]:
    """The steps of a trajectory and of the files in which it goes on, numbered on."""
    seen = {document.name}
    while name := _next_file(document):
        following = document.sibling(name)
        if following is None or following.name in seen:
            break
        document = following
        seen.add(document.name)
        place = document.name.removeprefix(f"{folder.name}/")
        ordinal, turn = len(steps), steps[-1].turn if steps else 0
        steps = steps + [
            replace(step, ordinal=ordinal + step.ordinal, turn=turn + step.turn, pointer=f"{place} {step.pointer}")
            for step in next(atif.read(document)).steps
        ]
    return steps


def _next_file(document: Document) -> str:
    name = Node(document, document.json)["continued_trajectory_ref"]
    return name.value if isinstance(name.value, str) else ""


def _task_id(result: Node, config: Node) -> str:
    return result["task_name"].label() or config["task"]["name"].label() or config["task"]["path"].text("")


def _outcome(folder: Folder, result: Node) -> str:
    rewards = result["verifier_result"]["rewards"].mapping()
    words = [f"{name} {value}" for name, value in rewards.items() if isinstance(value, int | float | str)]
    if not words and folder.has("verifier/reward.txt"):
        words = _reward(folder.document("verifier/reward.txt"))
    return ", ".join([*words, *filter(None, [result["exception_info"]["exception_type"].text("")])])


def _reward(document: Document) -> list[str]:
    try:
        text = document.head.decode("utf-8", "replace").strip()
    except BadInput:
        return []
    return [f"reward {text}"] if text and len(text) <= _LONGEST_REWARD and text.isprintable() else []


def _totals(agent_result: Node) -> dict[str, object]:
    return {name: value for name, value in agent_result.mapping().items() if isinstance(value, int | float)}


FORMAT = Format(
    name=NAME,
    title="Harbor trial (folder)",
    matches=matches,
    read=read,
    facts=replace(
        atif.FORMAT.facts,
        duration=never(),
        task=always("`task_name` of `result.json`, else `task` of `config.json`; the trajectory's instructions"),
        agent=always("the trajectory's, else `result.json`'s or `config.json`'s"),
        outcome=sometimes("the rewards in `result.json`, else `verifier/reward.txt`; the exception that ended it"),
    ),
    shapes=(),
    folder=FolderFormat(matches_folder, read_folder),
)
