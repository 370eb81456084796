"""Real runs and recordings: what the importers count is what the files hold, counted here by other code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import NotATrajectory
from reviewer.formats import read_trajectories
from reviewer.trajectory import Trajectory
from tests.reviewer.formats.test_corpus import ABSENT, CORPUS

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files, ../shared/corpus, is not here")

Counts = tuple[int, int, int]
"""Commands, known exit codes, and steps with a time."""


def found(*patterns: str) -> list[Path]:
    return sorted(path.relative_to(CORPUS) for pattern in patterns for path in CORPUS.glob(pattern)) or ABSENT


def counts(trajectory: Trajectory) -> Counts:
    steps = trajectory.steps
    assert [step.ordinal for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.pointer for step in steps)
    json.loads(trajectory.canonical)
    known, timed = (step.exit_code is not None for step in steps), (step.started_at is not None for step in steps)
    return trajectory.commands, sum(known), sum(timed)


def values_in(path: Path) -> list[Any]:
    text = (CORPUS / path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else [json.loads(text)]


def read_one(path: str | Path) -> Trajectory:
    (trajectory,) = read_trajectories(CORPUS / path)
    return trajectory


# -- OpenHands

_NO_CALLS = {"message", "system", "recall", "null", "change_agent_state"}


def v0_counts(events: list[Any]) -> Counts:
    deeds = [e for e in events if e.get("action", "null") not in _NO_CALLS and e.get("source", "agent") == "agent"]
    words = [e for e in events if e.get("action") == "message" and e.get("source") == "agent"]
    codes = 0
    for event in events:
        if event.get("observation") == "run":
            extras = event.get("extras", event)
            codes += extras.get("metadata", extras)["exit_code"] != -1
    return len(deeds), codes, sum("timestamp" in event for event in deeds + words)


@pytest.mark.parametrize("path", found("openhands-v0/*.json*"), ids=str)
def test_openhands_v0(path: Path) -> None:
    runs = [value if isinstance(value, list) else value["history"] for value in values_in(path)]
    trajectories = list(read_trajectories(CORPUS / path))
    assert [counts(trajectory) for trajectory in trajectories] == [v0_counts(run) for run in runs]
    for trajectory, events in zip(trajectories, runs, strict=True):
        written = [
            e["content"] for e in events if e.get("observation") in ("run", "run_ipython", "edit", "read", "think")
        ]
        assert [step.output for step in trajectory.steps if step.output is not None] == written


def v1_events(path: Path) -> list[Any]:
    if (CORPUS / path).is_dir():
        return [json.loads(file.read_text()) for file in sorted((CORPUS / path / "events").iterdir())]
    return values_in(path)


@pytest.mark.parametrize("path", found("openhands-v1/*.jsonl", "openhands-v1/gen_conversation"), ids=str)
def test_openhands_v1(path: Path) -> None:
    events = v1_events(path)
    actions = {event["tool_call_id"] for event in events if event["kind"] == "ActionEvent"}
    results = [event for event in events if event["kind"] == "ObservationEvent"]
    orphans = [event for event in results if event["tool_call_id"] not in actions]
    codes = [event["observation"]["exit_code"] for event in results]
    expected = len(actions) + len(orphans), sum(code not in (None, -1) for code in codes), len(actions)
    trajectory = read_one(path)
    assert counts(trajectory) == expected
    told = {step.action.call_id: step.output for step in trajectory.steps if step.action}
    for event in results:
        assert told[event["tool_call_id"]] == event["observation"]["content"][0]["text"]


def test_a_conversation_is_the_same_as_a_folder_and_as_lines() -> None:
    folder, lines = read_one("openhands-v1/gen_conversation"), read_one("openhands-v1/gen_events.jsonl")
    first, *rest = zip(folder.steps, lines.steps, strict=True)
    assert (first[0].cwd, first[1].cwd) == ("/w", None)
    assert all(one.output == other.output and one.status == other.status for one, other in [first, *rest])


# -- folders


@pytest.mark.parametrize("path", found("harbor-trial/*"), ids=str)
def test_harbor_trials(path: Path) -> None:
    run = json.loads((CORPUS / path / "agent" / "trajectory.json").read_text())
    results = [result for step in run["steps"] for result in step.get("observation", {}).get("results", [])]
    failed = sum(
        bool(step.get("extra", {}).get("tool_result_is_error"))
        and bool(re.match(r"Exit code \d+", step["observation"]["results"][0]["content"] or ""))
        for step in run["steps"]
    )
    agents = [step for step in run["steps"] if step["source"] == "agent"]
    last = agents[-1].get("reasoning_content") and agents[-1]  # a last turn that only thought is a step
    told = [s for s in agents if s.get("tool_calls") or s["message"].strip() or s is last]
    trajectory = read_one(path)
    commands = sum(len(step.get("tool_calls") or []) for step in agents)
    assert counts(trajectory) == (commands, failed, len(told))
    assert sum(step.output is not None for step in trajectory.steps) == len(results)
    reward = (CORPUS / path / "verifier" / "reward.txt").read_text().strip()
    assert float(trajectory.outcome.removeprefix("reward ")) == float(reward)
    assert trajectory.task.id == path.name.partition("__")[0]


@pytest.mark.parametrize("path", found("terminal-bench-trial/*/*"), ids=str)
def test_terminal_bench_trials(path: Path) -> None:
    sent = (CORPUS / path / "sessions" / "agent.cast").read_text().count('"i", ')
    trajectory = read_one(path)
    assert counts(trajectory) == (sent, 0, sent)
    results = json.loads((CORPUS / path / "results.json").read_text())
    assert (trajectory.outcome == "resolved") == results["is_resolved"]
    assert trajectory.task.instructions == results["instruction"]
    # The first command of all starts the recorder, and what follows C-d is the tests'.
    keys = (CORPUS / path / "commands.txt").read_text().splitlines()
    sources = [json.loads(line.replace("'", '"'))[0] for line in keys[1:3]]
    assert [step.command.partition(";")[0] for step in trajectory.steps[:2]] == sources


# -- recordings

_PROMPTED = re.compile(r"(?:agent@box|root@vm):~# (?=[^\s\x1b])")
SCRIPT = [
    "ls --color=always -la /etc | head -20",
    r'printf "\033[31mred\033[0m \033[1mbold\033[0m \xe2\x9c\x93 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x9a\x80\n"',
    'for i in $(seq 1 40); do printf "\\rprogress %3d%%" $((i*100/40)); sleep 0.02; done; echo',
    'false; echo "exit=$?"',
    'cat > a.py <<"EOF"\nprint("hi")\nimport sys; sys.exit(3)\nEOF',
    "python3 a.py; echo rc=$?",
    "seq 1 3000",
    "sleep 5",
    "echo fixed",
    "exit",
]
"""What was typed into every generated recording, the typing errors corrected."""


def cast_events(path: Path) -> Iterator[tuple[str, str]]:
    lines = (CORPUS / path).read_text().splitlines()
    head = json.loads(lines[0])
    if head["version"] == 1:
        yield from (("o", data) for _, data in head["stdout"])
    for line in lines[1:]:
        if not line.startswith("#"):
            _, code, data = json.loads(line)
            yield code, data


@pytest.mark.parametrize("path", found("asciinema/gen_*"), ids=str)
def test_generated_casts(path: Path) -> None:
    events = list(cast_events(path))
    shown = "".join(data for code, data in events if code == "o")
    interrupts = sum(data == "\x03" for code, data in events if code == "i")
    commands = len(_PROMPTED.findall(shown)) + interrupts
    trajectory = read_one(path)
    assert counts(trajectory) == (commands, 0, 0 if path.name == "gen_v1.json" else commands)
    assert [step.command for step in trajectory.steps if step.action and step.action.is_shell] == SCRIPT
    output = dict(zip(SCRIPT, (s.output for s in trajectory.steps if s.action and s.action.is_shell), strict=True))
    assert output["seq 1 3000"] == "".join(f"{number}\r\n" for number in range(1, 3001))
    assert (output[SCRIPT[3]], output[SCRIPT[5]]) == ("exit=1\r\n", "hi\r\nrc=3\r\n")


@pytest.mark.parametrize("name", ["advanced.output", "classic.typescript", "logio.io", "old-t.typescript"])
def test_generated_typescripts(name: str) -> None:
    data = (CORPUS / "typescript" / name).read_bytes()
    typed = (CORPUS / "typescript" / "advanced.input").read_bytes() if name == "advanced.output" else data
    interrupts = typed.count(b"\x03")
    commands = len(_PROMPTED.findall(data.decode())) + interrupts
    trajectory = read_one(f"typescript/{name}")
    assert counts(trajectory) == (commands, 0, commands)
    assert [step.command for step in trajectory.steps if step.action and step.action.is_shell] == SCRIPT
    outputs = "".join(step.output or "" for step in trajectory.steps)
    assert "".join(f"{number}\r\n" for number in range(1, 3001)) in outputs
    assert trajectory.outcome == "exit code 0"


@pytest.mark.parametrize(
    "name", ["advanced.input", "advanced.timing", "classic.timing", "logio.timing", "old-t.timing"]
)
def test_what_stands_beside_a_typescript_is_none(name: str) -> None:
    with pytest.raises(NotATrajectory):
        read_one(f"typescript/{name}")


@pytest.mark.parametrize(
    ("name", "expected", "screens"),
    [
        ("input", ["a"], 1),
        ("keystroke-reel", ["ab", "c", "Escape", "d"], 1),
        ("long", [], 3),
        ("markers-input", ["a"], 1),
        ("resizing", [], 1),
        ("simple", [], 2),
        ("theme", [], 1),
    ],
)
def test_the_players_casts(name: str, expected: list[str], screens: int) -> None:
    path = Path(f"asciinema/player_{name}.cast")
    trajectory = read_one(path)
    assert [step.command for step in trajectory.steps if step.action] == expected
    is_dated = "timestamp" in json.loads((CORPUS / path).read_text().splitlines()[0])
    assert counts(trajectory) == (len(expected), 0, (len(expected) + screens) * is_dated)
    shown = "".join(data for code, data in cast_events(path) if code == "o")
    assert "".join(step.output or "" for step in trajectory.steps) in (shown, shown.replace("middle\r\n", ""))


# -- Vivaria


def test_vivaria() -> None:
    path = Path("vivaria/gen_trace_entries.json")
    kinds = [entry["content"]["type"] for entry in values_in(path)[0]]
    deeds = kinds.count("action") + kinds.count("submission")
    assert counts(read_one(path)) == (deeds, kinds.count("observation"), deeds)
    row = values_in(Path("vivaria/gen_malt_row.json"))[0]
    parents = {node["parent_node_id"] for node in row["nodes"]}
    leaves = [node for node in row["nodes"] if node["node_id"] not in parents]
    trajectories = list(read_trajectories(CORPUS / "vivaria" / "gen_malt_row.json"))
    assert len(trajectories) == len(leaves)
    assert [counts(trajectory) for trajectory in trajectories] == [(1, 0, 1), (1, 0, 2)]
    with pytest.raises(NotATrajectory):
        read_one("vivaria/gen_annotations.json")
