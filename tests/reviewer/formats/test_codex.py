"""Codex's rollouts, and what `codex exec --json` prints: each trap of their files in a small one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewer.formats import read_trajectories
from reviewer.trajectory import Step, StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read, Refuse

META = {"type": "session_meta", "payload": {"id": "s", "cwd": "/srv", "cli_version": "0.140.0"}}
CONTEXT = {"type": "turn_context", "payload": {"cwd": "/srv/repo", "model": "gpt-5"}}


def said(role: str, text: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def call(name: str, arguments: Any, call_id: str = "c") -> dict[str, Any]:
    arguments = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"type": "function_call", "name": name, "arguments": arguments, "call_id": call_id}


def gave(output: Any, call_id: str = "c") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def rollout(*items: dict[str, Any]) -> list[dict[str, Any]]:
    """A new rollout: items wrapped, other lines as they are; a line a second."""
    lines = [META, CONTEXT, said("user", "Do it"), *items]
    wrapped = (line if "payload" in line else {"type": "response_item", "payload": line} for line in lines)
    return [{"timestamp": f"2026-01-01T00:00:{second:02}Z"} | line for second, line in enumerate(wrapped)]


def event(kind: str, **values: Any) -> dict[str, Any]:
    return {"type": "event_msg", "payload": {"type": kind} | values}


def one(read: Read, *lines: dict[str, Any]) -> Trajectory:
    (trajectory,) = read(*lines)
    assert trajectory.source.format == "codex"
    return trajectory


def only(read: Read, *items: dict[str, Any]) -> Step:
    (step,) = one(read, *rollout(*items)).steps
    return step


SHELL = call("shell", {"command": ["bash", "-lc", "ls"]})


def test_a_turn(read: Read) -> None:
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}], "encrypted_content": "gAAA"}
    usage = {"last_token_usage": {"total_tokens": 3}, "total_token_usage": {"total_tokens": 9}}
    items = [thought, said("assistant", "So."), SHELL, gave("a"), event("token_count", info=usage)]
    trajectory = one(read, *rollout(*items, event("token_count", info=None), event("task_complete")))
    (step,) = trajectory.steps
    assert (step.reasoning, step.thought, step.command, step.output) == ("Hm.", "So.", "ls", "a")
    assert (step.cwd, step.started_at, step.duration) == ("/srv/repo", "2026-01-01T00:00:05Z", 1.0)
    assert (step.usage, trajectory.totals) == ({"total_tokens": 3}, {"total_tokens": 9})
    assert (trajectory.agent, trajectory.model, trajectory.outcome) == ("codex 0.140.0", "gpt-5", "task_complete")
    assert (trajectory.task.instructions, trajectory.started_at) == ("Do it", "2026-01-01T00:00:00Z")


def test_an_old_rollout(read: Read) -> None:
    lines: list[dict[str, Any]] = [
        {"id": "s", "timestamp": "2025-08-01T00:00:00Z", "instructions": None, "git": {}},
        {"record_type": "state"},
        said("user", "<environment_context>\n  <cwd>/old</cwd>\n</environment_context>"),
        said("user", "Do it"),
        SHELL,
        gave(json.dumps({"output": "a\r\n", "metadata": {"exit_code": 1, "duration_seconds": 0.5}})),
    ]
    trajectory = one(read, *lines)
    (step,) = trajectory.steps
    assert (step.command, step.output, step.exit_code, step.duration) == ("ls", "a\r\n", 1, 0.5)
    assert (step.cwd, step.started_at, trajectory.started_at) == ("/old", None, "2025-08-01T00:00:00Z")
    assert (trajectory.task.instructions, step.pointer) == ("Do it", "line 5")


def test_parallel_calls_are_one_turn_and_find_their_outputs(read: Read) -> None:
    commands = [call("shell_command", {"command": name}, name) for name in "abc"]
    steps = one(read, *rollout(*commands, gave("C", "c"), gave("A", "a"), said("assistant", "Done."))).steps
    assert [(step.turn, step.command, step.output) for step in steps] == [
        (1, "a", "A"),
        (1, "b", None),
        (1, "c", "C"),
        (2, "", None),
    ]


@pytest.mark.parametrize(
    ("item", "told"),
    [
        (call("shell", {"command": ["bash", "-lc", "ls -l"], "workdir": "/w"}), ("ls -l", True, False)),
        (call("shell", {"command": ["ls", "a b"]}), ("ls 'a b'", True, False)),
        (call("exec_command", {"cmd": "make", "yield_time_ms": 9, "tty": True}), ("make", True, False)),
        (call("write_stdin", {"session_id": 4, "chars": "yes\n"}), ("yes\n", False, True)),
        (call("write_stdin", {"session_id": 4, "chars": "\x03"}), ("\x03", False, True)),
        (call("write_stdin", {"session_id": 4}), ("", False, True)),
        (call("shell", {"command": ["apply_patch", "*** Begin Patch"]}), ("*** Begin Patch", False, False)),
        (call("shell", "not JSON"), ("not JSON", False, False)),
        (call("update_plan", {"plan": [1]}), ('{"plan":[1]}', False, False)),
        (
            {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin", "call_id": "c"},
            ("*** Begin", False, False),
        ),
        (
            {"type": "local_shell_call", "call_id": "c", "action": {"type": "exec", "command": ["bash", "-lc", "w"]}},
            ("w", True, False),
        ),
        ({"type": "web_search_call", "action": {"type": "search", "query": "q"}}, ("q", False, False)),
    ],
)
def test_actions(read: Read, item: dict[str, Any], told: tuple[str, bool, bool]) -> None:
    action = only(read, item).action
    assert action is not None
    assert (action.command, action.is_shell, action.is_input) == told


def test_the_directory_of_a_call_is_its_own(read: Read) -> None:
    acts = {"type": "exec", "command": ["ls"], "working_directory": "/local"}
    local = {"type": "local_shell_call", "call_id": "d", "action": acts}
    steps = one(
        read, *rollout(call("exec_command", {"cmd": "ls", "workdir": "/w"}), local, call("shell", "{}", "e"))
    ).steps
    assert [step.cwd for step in steps] == ["/w", "/local", "/srv/repo"]


@pytest.mark.parametrize(
    ("output", "text", "exit_code", "status", "seconds"),
    [
        ("plain\n", "plain\n", None, StepStatus.OK, 1.0),
        ("Exit code: 2\nWall time: 0.5 seconds\nOutput:\nno\n", "no\n", 2, StepStatus.OK, 0.5),
        ("Exit code: 0\nWall time: 1 seconds\nTotal output lines: 9\nOutput:\n\na", "\na", 0, StepStatus.OK, 1.0),
        (
            "Chunk ID: a1\nWall time: 2.5 seconds\nProcess exited with code 0\nOriginal token count: 3\nOutput:\nok",
            *("ok", 0, StepStatus.OK, 2.5),
        ),
        (
            "Command: bash -lc 'a\nb'\nChunk ID: a1\nWall time: 2 seconds\nProcess exited with code 3\nOutput:\nok",
            *("ok", 3, StepStatus.OK, 2.0),
        ),
        ("Command: a\nChunk ID: b\n", "Command: a\nChunk ID: b\n", None, StepStatus.OK, 1.0),
        (
            "Wall time: 1.0 seconds\nProcess running with session ID 42\nOutput:\nBuilding",
            *("Building", None, StepStatus.RUNNING, 1.0),
        ),
        ('{"output": "a", "metadata": {"exit_code": -1}}', "a", None, StepStatus.ERROR, 1.0),
        (
            '{"output": "command timed out after 9 milliseconds\\na", "metadata": {"exit_code": 124}}',
            *("command timed out after 9 milliseconds\na", 124, StepStatus.TIMEOUT, 1.0),
        ),
        ('{"output": 3}', '{"output": 3}', None, StepStatus.OK, 1.0),
        ("exec command rejected by user", "exec command rejected by user", None, StepStatus.REJECTED, 1.0),
        ("aborted by user after 1.2s", "aborted by user after 1.2s", None, StepStatus.ERROR, 1.0),
        (
            [{"type": "input_text", "text": "a"}, {"type": "input_image"}],
            "a\n[input_image]",
            None,
            StepStatus.OK,
            1.0,
        ),
        ("a\nExit code: 2\nWall time: 1 seconds\nOutput:\n", None, None, StepStatus.OK, 1.0),
    ],
)
def test_outputs(
    read: Read, output: Any, text: str | None, exit_code: int | None, status: StepStatus, seconds: float
) -> None:
    step = only(read, SHELL, gave(output))
    assert (step.output, step.exit_code, step.status) == (output if text is None else text, exit_code, status)
    assert step.duration == seconds


def test_what_was_cut_is_said(read: Read) -> None:
    lines = "Exit code: 0\nWall time: 1 seconds\nTotal output lines: 900\nOutput:\na"
    assert only(read, SHELL, gave(lines)).truncated_by_producer
    assert only(read, SHELL, gave("a…12 tokens truncated…b")).truncated_by_producer
    assert not only(read, SHELL, gave("a")).truncated_by_producer


def test_events_repeat_the_items_and_only_fill_what_is_missing(read: Read) -> None:
    ended = event("exec_command_end", call_id="c", exit_code=3, duration={"secs": 1, "nanos": 500_000_000})
    repeated = [event("agent_message", message="So."), event("exec_command_begin", call_id="c", command=["ls"])]
    step = only(read, said("assistant", "So."), *repeated, SHELL, ended, gave("a"))
    assert (step.thought, step.output, step.exit_code, step.duration) == ("So.", "a", 3, 1.5)
    known = gave("Exit code: 0\nWall time: 9 seconds\nOutput:\n")
    step = only(read, SHELL, ended, known)
    assert (step.exit_code, step.duration) == (0, 9.0)


def test_reasoning_that_only_an_event_tells(read: Read) -> None:
    step = only(read, event("agent_reasoning", text="Hm."), {"type": "reasoning", "summary": []}, SHELL)
    assert step.reasoning == "Hm."


def test_what_codex_says_as_the_user_is_not_the_task(read: Read) -> None:
    lines: list[dict[str, Any]] = [
        META,
        *(
            {"type": "response_item", "payload": said(role, text)}
            for role, text in [
                ("developer", "<permissions instructions>be good"),
                ("user", "# AGENTS.md instructions for /srv\n\n<INSTRUCTIONS>"),
                ("user", "<environment_context>\n<cwd>/there</cwd>"),
                ("user", "Fix it"),
                ("user", "<turn_aborted>\nThe user interrupted"),
                ("assistant", "Done."),
            ]
        ),
    ]
    trajectory = one(read, *lines)
    (step,) = trajectory.steps
    assert trajectory.task.instructions == "Fix it"
    assert (step.prompt, step.cwd) == ("<turn_aborted>\nThe user interrupted", "/there")


def test_compaction_and_how_it_ended(read: Read) -> None:
    compacted = {"type": "compacted", "payload": {"message": "Summary"}}
    lines = rollout(
        SHELL, gave("a"), compacted, said("assistant", "So."), event("turn_aborted", reason="interrupted")
    )
    trajectory = one(read, *lines)
    assert trajectory.steps[1].prompt == "Summary"
    assert trajectory.outcome == "turn_aborted: interrupted"


def test_the_last_line_may_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "rollout.jsonl"
    whole = "\n".join(json.dumps(line) for line in rollout(SHELL, gave("a")))
    path.write_text(f'{whole}\n{{"timestamp":"2026-08-10T20:06:00Z","type":"resp')
    (trajectory,) = read_trajectories(path)
    assert [(step.command, step.output) for step in trajectory.steps] == [("ls", "a")]


def item(kind: str, item_id: str, **values: Any) -> dict[str, Any]:
    return {"id": item_id, "type": kind} | values


def started(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "item.started", "item": item | {"status": "in_progress", "exit_code": None}}


def completed(item: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"type": "item.completed", "item": {"status": "completed"} | item | values}


def test_codex_exec(read: Read) -> None:
    ls, make = (
        item("command_execution", str(index), command=f"bash -lc '{name}'")
        for index, name in enumerate(("ls", "make"))
    )
    last = item("command_execution", "5", command="/usr/bin/zsh -lc 'rm -r x'", aggregated_output="")
    change = item("file_change", "4", changes=[{"path": "a", "kind": "update"}])
    lines = [
        {"type": "thread.started", "thread_id": "t"},
        {"type": "turn.started"},
        completed(item("reasoning", "r", text="Hm.")),
        completed(item("agent_message", "m", text="So.")),
        *(started(ls), started(make)),
        completed(make, aggregated_output="no\r\n", exit_code=2, status="failed"),
        completed(ls, aggregated_output="a", exit_code=0),
        completed(item("todo_list", "t", items=[])),
        completed(change),
        completed(last, status="declined"),
        started(item("command_execution", "6", command="sleep 'unclosed", aggregated_output="")),
        {"type": "turn.completed", "usage": {"input_tokens": 3}},
    ]
    trajectory = one(read, *lines)
    steps = trajectory.steps
    assert [(step.turn, step.command, step.output, step.exit_code, step.status) for step in steps] == [
        (1, "ls", "a", 0, StepStatus.OK),
        (1, "make", "no\r\n", 2, StepStatus.OK),
        (2, '{"changes":[{"path":"a","kind":"update"}]}', None, None, StepStatus.OK),
        (3, "rm -r x", "", None, StepStatus.REJECTED),
        (4, "sleep 'unclosed", None, None, StepStatus.RUNNING),
    ]
    assert (steps[0].reasoning, steps[0].thought, steps[1].thought) == ("Hm.", "So.", "")
    assert (trajectory.totals, trajectory.outcome) == ({"input_tokens": 3}, "turn.completed")


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (rollout({"type": "message", "role": "judge"}), "/payload/role: expected one of assistant, user"),
        (rollout(call("shell", {}) | {"name": 3}), "line 4 /payload/name: expected text, found a number"),
        (rollout(SHELL, gave(3)), None),
        (rollout(event("token_count", info=[])), "line 4 /payload/info: expected an object, found a list"),
        (rollout(SHELL, gave('{"output": "", "metadata": {"exit_code": "0"}}')), "expected a whole number"),
        ([*rollout(SHELL), {"type": "turn_context", "payload": 3}], "line 5 /payload: expected an object"),
        (
            [{"type": "thread.started"}, completed(item("command_execution", "1"))],
            "line 2 /item/command: expected text",
        ),
        ([META, META], "holds nothing that an agent said or did"),
    ],
)
def test_wrong_types(read: Read, refuse: Refuse, lines: Any, line: str | None) -> None:
    if line is None:
        assert one(read, *lines).steps[0].output == "3"
    else:
        assert line in str(refuse(*lines))
