"""Folders that are one trajectory: the trials of Harbor and terminal-bench."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput, NotATrajectory
from reviewer.formats import Folder, is_one_trajectory, read_trajectories
from reviewer.trajectory import Trajectory

Trial = Callable[..., Path]


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """Write a trial's files: texts as they are, anything else as JSON."""

    def trial(files: dict[str, Any], name: str = "trial") -> Path:
        for file, content in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content if isinstance(content, str) else json.dumps(content))
        return tmp_path / name

    return trial


def only(path: Path, format_name: str | None = None) -> Trajectory:
    (trajectory,) = read_trajectories(path, format_name)
    return trajectory


# -- the folder itself


def test_the_hash_is_over_names_and_bytes(trial: Trial) -> None:
    files = {"b/x": "1", "a": "2", "b.c": "3"}
    folder = trial(files | {".git/x": "9", "b/.hidden": "9"})
    lines = [f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in ("a", "b.c", "b/x")]
    assert Folder(folder).sha256 == hashlib.sha256("".join(lines).encode()).hexdigest()
    moved = trial(files, "moved")
    assert Folder(moved).sha256 == Folder(folder).sha256
    (moved / "b" / "x").rename(moved / "b" / "y")
    assert Folder(moved).sha256 != Folder(folder).sha256


def test_links_to_folders_and_pipes_are_passed_over(trial: Trial) -> None:
    import os

    folder = trial({"a": "1"})
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert Folder(folder).names == ["a"]
    assert Folder(folder).names_in("") == ["a"]


def test_a_folder_of_no_format(trial: Trial) -> None:
    with pytest.raises(NotATrajectory, match=r"^trial: cannot be read: a folder"):
        only(trial({"a.json": "{}"}))
    with pytest.raises(BadInput, match=r"^trial: cannot be read: a folder, expected a file of format atif"):
        only(trial({"a.json": "{}"}), "atif")
    with pytest.raises(BadInput, match=r"expected the folder of a trial"):
        only(trial({"a.json": "{}"}) / "a.json", "harbor")


# -- Harbor


def atif(*messages: str, **values: Any) -> dict[str, Any]:
    arguments = {"command": "ls"}
    calls = [{"tool_call_id": "c", "function_name": "bash", "arguments": arguments}]
    steps: list[dict[str, Any]] = [{"source": "user", "message": "Do it"}]
    steps += [{"source": "agent", "message": message, "tool_calls": calls} for message in messages]
    return {"schema_version": "ATIF-v1.6", "agent": {"name": "a", "version": "1"}, "steps": steps} | values


RESULT = {
    "task_name": "the-task",
    "agent_result": {"n_input_tokens": 5, "cost_usd": None, "rollout_details": []},
    "verifier_result": {"rewards": {"reward": 1.0}},
    "exception_info": {"exception_type": "AgentTimeoutError"},
}


def test_a_harbor_trial(trial: Trial) -> None:
    trajectory = only(trial({"agent/trajectory.json": atif("one"), "result.json": RESULT, "agent/log.txt": "x"}))
    assert (trajectory.source.format, trajectory.source.name, trajectory.source.part) == ("harbor", "trial", "")
    assert (trajectory.task.id, trajectory.task.instructions, trajectory.agent) == ("the-task", "Do it", "a 1")
    assert (trajectory.outcome, trajectory.totals) == ("reward 1.0, AgentTimeoutError", {"n_input_tokens": 5})
    assert [step.command for step in trajectory.steps] == ["ls"]


@pytest.mark.parametrize("result", ["{", "[]", '{"task_name": null}', "\0"])
def test_its_side_files_may_be_broken(trial: Trial, result: str) -> None:
    files = {"agent/trajectory.json": atif("one"), "result.json": result, "verifier/reward.txt": "0.5\n"}
    trajectory = only(trial(files | {"config.json": {"task": {"path": "p/q"}}}))
    assert (trajectory.outcome, trajectory.task.id) == ("reward 0.5", "p/q")
    assert only(trial({"agent/trajectory.json": atif("one"), "trial.log": ""}, "bare")).outcome == ""


def test_wrong_types_in_a_side_file_are_named(trial: Trial) -> None:
    path = trial({"agent/trajectory.json": atif("one"), "result.json": {"exception_info": {"exception_type": 7}}})
    with pytest.raises(BadInput, match=r"^trial/result.json: /exception_info/exception_type: expected text"):
        only(path)
    path = trial({"agent/trajectory.json": "{", "result.json": {}}, "broken")
    with pytest.raises(BadInput, match=r"^broken/agent/trajectory.json: line 1"):
        only(path)


def test_a_trajectory_that_goes_on_in_other_files(trial: Trial) -> None:
    again = atif("two")
    again["steps"][0]["is_copied_context"] = True
    files = {
        "agent/trajectory.json": atif("one", continued_trajectory_ref="trajectory.cont-1.json"),
        "agent/trajectory.cont-1.json": again | {"continued_trajectory_ref": "trajectory.json"},
        "agent/trajectory.summarization-1.json": atif("no"),
        "config.json": {},
    }
    steps = only(trial(files)).steps
    assert [(step.ordinal, step.turn, step.thought) for step in steps] == [(1, 1, "one"), (2, 2, "two")]
    assert steps[1].pointer == "agent/trajectory.cont-1.json /steps/1/tool_calls/0"


@pytest.mark.parametrize("name", ["../../elsewhere/secret.json", "..", ".", "x" * 5000, "\0", "\ud800", "none.json"])
def test_a_reference_that_leads_out_of_the_folder_or_nowhere_is_not_followed(trial: Trial, name: str) -> None:
    trial({"secret.json": atif("two")}, "elsewhere")
    files = {"agent/trajectory.json": atif("one", continued_trajectory_ref=name)}
    assert len(only(trial(files | {"config.json": {}})).steps) == 1


# -- terminal-bench

RESULTS = {
    "trial_name": "t.1-of-1",
    "task_id": "t",
    "instruction": "Do it",
    "is_resolved": False,
    "failure_mode": "agent_timeout",
    "total_input_tokens": 5,
    "agent_started_at": "2026-01-01T00:00:00+00:00",
}
CAST = '{"version": 2, "width": 80}\n[1, "o", "\\u001b[?2004hu@h:/w$ "]\n[2, "o", "ls\\r\\n\\u001b[?2004l\\ra\\r\\n"]'
KEYS = "['asciinema rec', 'Enter']\n\n\"echo it's\\n\"\n['C-c']\n['y']\n"


def terminus(thought: str, *commands: str) -> str:
    answer = {
        "analysis": thought,
        "plan": "P",
        "commands": [{"keystrokes": keys, "duration": 1} for keys in commands],
    }
    return json.dumps(answer)


def test_a_terminal_bench_trial_is_its_recording(trial: Trial) -> None:
    path = trial(
        {"results.json": RESULTS, "sessions/agent.cast": CAST, "commands.txt": KEYS, "panes/post-agent.txt": ""}
    )
    trajectory = only(path)
    assert [(step.command, step.output, step.cwd) for step in trajectory.steps] == [("ls", "a\r\n", "/w")]
    assert (trajectory.source.format, trajectory.source.name) == ("terminal-bench", "trial")
    assert (trajectory.task.id, trajectory.task.instructions) == ("t", "Do it")
    assert (trajectory.outcome, trajectory.totals) == ("not resolved, agent_timeout", {"total_input_tokens": 5})
    assert trajectory.started_at == "2026-01-01T00:00:00Z"


def test_terminus_tells_more_than_its_recording(trial: Trial) -> None:
    files = {
        "results.json": RESULTS | {"is_resolved": True, "failure_mode": "unset"},
        "sessions/agent.cast": CAST,
        "agent-logs/episode-0/prompt.txt": "You are … Do it",
        "agent-logs/episode-0/response.txt": terminus("A", "ls\n", "vim\n"),
        "agent-logs/episode-1/prompt.txt": "New Terminal Output:\nscreen",
        "agent-logs/episode-1/response.txt": "no JSON",
        "agent-logs/episode-2/prompt.txt": "Previous response had parsing errors",
        "agent-logs/episode-2/response.txt": f"```json\n{terminus('B', 'C-c', ':q')}\n```",
    }
    trajectory = only(trial(files))
    assert [(step.turn, step.command, step.output) for step in trajectory.steps] == [
        *((1, "ls\n", None), (1, "vim\n", "New Terminal Output:\nscreen"), (2, "", None)),
        *((3, "C-c", None), (3, ":q", None)),
    ]
    assert [step.status for step in trajectory.steps] == ["ok", "ok", "format_error", "ok", "ok"]
    assert [step.action.is_input for step in trajectory.steps if step.action] == [False, False, True, True]
    assert (trajectory.steps[0].thought, trajectory.steps[3].prompt) == (
        "Analysis: A\nPlan: P",
        "Previous response had parsing errors",
    )
    assert (trajectory.outcome, trajectory.task.title) == ("resolved", "Do it")
    assert trajectory.steps[0].pointer == "agent-logs/episode-0/response.txt"


def test_keys_alone(trial: Trial) -> None:
    path = trial({"results.json": RESULTS, "commands.txt": KEYS})
    for trajectory in (only(path), only(path / "commands.txt")):
        assert [(step.command, step.action and step.action.is_input) for step in trajectory.steps] == [
            *(("asciinema rec", False), ("echo it's\n", False), ("C-c", True), ("y", True)),
        ]
        assert {step.output for step in trajectory.steps} == {None}
        assert trajectory.steps[1].pointer == "commands.txt line 3"
    with pytest.raises(BadInput, match=r"^other/commands.txt: line 2: expected a Python text"):
        only(trial({"results.json": RESULTS, "commands.txt": "['a']\n__import__('os')"}, "other"))


@pytest.mark.parametrize("results", [None, "{", '{"is_resolved": null}'])
def test_the_results_may_be_missing_or_broken(trial: Trial, results: str | None) -> None:
    files = {"sessions/agent.cast": CAST, "commands.txt": KEYS} | ({"results.json": results} if results else {})
    assert (only(trial(files)).outcome, only(trial(files)).commands) == ("", 1)


def test_a_run_is_not_a_trial(trial: Trial) -> None:
    assert not is_one_trajectory(trial({"results.json": {"n_resolved": 3}, "commands.txt": KEYS}))
    assert not is_one_trajectory(trial({"a/sessions/agent.cast": CAST, "results.json": RESULTS}, "run"))
    assert is_one_trajectory(trial({"sessions/agent.cast": CAST, "results.json": RESULTS}, "trial2"))
    assert not is_one_trajectory(trial({}, "trial2").parent / "trial2", "harbor")
