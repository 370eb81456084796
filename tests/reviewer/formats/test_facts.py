"""What formats declare, and docs/formats.md tells, is so: in real files, and in small ones made here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from reviewer.errors import BadInput
from reviewer.formats import FORMATS, Document, format_named, is_one_trajectory, read_source, sources
from reviewer.formats.format import Facts, Known
from reviewer.trajectory import Step, Trajectory
from tests.reviewer.formats.test_corpus import CORPUS
from tests.reviewer.formats.test_fuzz import ATIF, SPECIMENS, TERMINUS, as_file

Files = dict[str, Any]


def step(told: Callable[[Step], Any]) -> Callable[[Trajectory], bool]:
    return lambda trajectory: any(told(each) not in (None, "", {}) for each in trajectory.steps)


TELLS: dict[str, Callable[[Trajectory], bool]] = {
    "command": step(lambda each: each.action),
    "output": step(lambda each: each.output),
    "exit_code": step(lambda each: each.exit_code),
    "directory": step(lambda each: each.cwd),
    "time": step(lambda each: each.started_at),
    "duration": step(lambda each: each.duration),
    "thought": step(lambda each: each.thought),
    "reasoning": step(lambda each: each.reasoning),
    "usage": step(lambda each: each.usage),
    "task": lambda trajectory: bool(trajectory.task.id or trajectory.task.instructions),
    "agent": lambda trajectory: bool(trajectory.agent),
    "model": lambda trajectory: bool(trajectory.model),
    "outcome": lambda trajectory: bool(trajectory.outcome),
}

FAILED = "\x1b]133;A\x07λ \x1b]133;B\x07ls\r\n\x1b]133;C\x07no\r\n\x1b]133;D;2\x07"
"""A command in a shell that marks its prompts and how commands end."""
CAST: list[Any] = [{"version": 2, "width": 80, "height": 24}, [0.5, "o", FAILED]]
SAID = "no\n[The command completed with exit code 2.]\n[Current working directory: /w]"
FENCED = [
    {"role": "user", "content": "Do it"},
    {"role": "assistant", "content": "```bash\nls\n```"},
    {"role": "user", "content": SAID},
    {"role": "assistant", "content": "```bash\npwd\n```"},
    {"role": "user", "content": SAID},
]
MINI = {"role": "assistant", "content": "So.", "reasoning_content": "hm"}
OURS = {"tool_call_id": "c", "function_name": "bash", "arguments": {}, "extra": {"errata": {"duration": 1.5}}}
NODES = [
    {"node_id": 0, "parent_node_id": None, "node_data": {"message": {"role": "user", "content": "Do it"}}},
    {
        "node_id": 1,
        "parent_node_id": 0,
        "node_data": {"message": {"role": "assistant", "content": "<think>hm</think>"}},
    },
]
SMALL: list[tuple[str, Files]] = [
    ("harbor", {"agent/trajectory.json": ATIF, "result.json": {"task_name": "t"}}),
    ("terminal-bench", {"sessions/agent.cast": CAST, "commands.txt": "['ls', 'Enter']"}),
    ("terminal-bench", {"agent-logs/episode-0/response.txt": f"<think>hm</think>{TERMINUS}", "results.json": {}}),
    ("asciicast", {"a.cast": CAST}),
    ("typescript", {"log": f"Script started on 2026-01-01 00:00:00+00:00\n{FAILED}"}),
    ("mini-swe-agent", {"a.json": {"trajectory_format": "mini-swe-agent-1.1", "info": {}, "messages": [MINI]}}),
    ("vivaria", {"a.json": {"run_id": 1, "model": "m", "nodes": NODES}}),
    ("anthropic-messages", {"a.json": {"system": "", "messages": FENCED}}),
    (
        "anthropic-messages",
        {"a.json": {"system": "", "messages": [{"role": "assistant", "ts": 1, "content": "So."}]}},
    ),
    ("openai-chat", {"a.json": {"trial_name": "x", "agent": "a", "result": "1.0", "conversations": FENCED}}),
    (
        "atif",
        {
            "a.json": {
                "schema_version": "ATIF-v1.6",
                "extra": {"errata": {"outcome": "solved"}},
                "steps": [{"source": "agent", "message": "", "tool_calls": [OURS]}],
            }
        },
    ),
]
"""What neither the corpus nor the specimens of the fuzz tests hold; a folder when there are several files."""


Found = list[tuple[str, list[Trajectory]]]
"""What each source is on the outside, and the trajectories in it."""


def written(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(map(json.dumps, content)) if isinstance(content, list) else json.dumps(content)


def made(place: Path) -> Iterator[Path]:
    """The small files and folders, in this folder."""
    for number, (name, specimen) in enumerate(SPECIMENS):
        path = place / f"{number}.json"
        path.write_text(as_file(name, specimen))
        yield path
    for number, (_, files) in enumerate(SMALL):
        folder = place / f"small-{number}"
        for inside, content in files.items():
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            (folder / inside).write_text(written(content))
        yield folder if len(files) > 1 else folder / next(iter(files))


def in_corpus() -> Iterator[Path]:
    """The files and folders of the corpus, as an import meets them; none when it is not here."""
    whole = [path for path in CORPUS.rglob("*") if path.is_dir() and is_one_trajectory(path)]
    yield from whole
    yield from (path for path in CORPUS.rglob("*") if path.is_file() and not set(path.parents) & set(whole))


def read(paths: Iterator[Path]) -> dict[str, Found]:
    """What is read of these, by format."""
    found: dict[str, Found] = {each.name: [] for each in FORMATS}
    for path in paths:
        for source in sources(path):
            try:
                trajectories = list(read_source(source))
            except BadInput:
                continue
            shape = source.shape if isinstance(source, Document) else "folder"
            found[trajectories[0].source.format].append((shape, trajectories))
    return found


@cache
def small() -> dict[str, Found]:
    with TemporaryDirectory() as place:
        return read(made(Path(place)))


@cache
def real() -> dict[str, Found]:
    return read(in_corpus())


def trajectories(found: Found) -> list[Trajectory]:
    return [trajectory for _, several in found for trajectory in several]


def with_commands(found: Found) -> list[Trajectory]:
    return [trajectory for trajectory in trajectories(found) if trajectory.commands]


def facts_known(known: Known) -> list[tuple[str, str]]:
    """The formats and facts that are declared so."""
    return [
        (each.name, fact.name)
        for each in FORMATS
        for fact in fields(Facts)
        if getattr(each.facts, fact.name).known is known
    ]


needs_corpus = pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the corpus of real files, ../shared/corpus, is not here"
)


def test_every_fact_is_looked_for() -> None:
    assert TELLS.keys() == {each.name for each in fields(Facts)}


@pytest.mark.parametrize(("name", "fact"), facts_known(Known.NEVER))
def test_what_is_never_known_is_not(name: str, fact: str) -> None:
    told = trajectories(small()[name] + real()[name])
    assert told
    assert not any(map(TELLS[fact], told))


@needs_corpus
@pytest.mark.parametrize(("name", "fact"), facts_known(Known.SOMETIMES))
def test_what_is_known_sometimes_is_somewhere(name: str, fact: str) -> None:
    assert any(map(TELLS[fact], trajectories(small()[name] + real()[name])))


@needs_corpus
@pytest.mark.parametrize(("name", "fact"), facts_known(Known.ALWAYS))
def test_what_is_always_known_is_in_every_real_file_with_a_command(name: str, fact: str) -> None:
    """In the small files made here, where the corpus has none with a command."""
    told = next(filter(None, (with_commands(found) for found in (real()[name], small()[name]))))
    assert all(map(TELLS[fact], told))


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
def test_files_have_a_shape_that_is_declared(name: str) -> None:
    chosen = format_named(name)
    found = small()[name] + real()[name]
    assert {shape for shape, _ in found} <= {*chosen.shapes, *(["folder"] if chosen.folder else [])}
