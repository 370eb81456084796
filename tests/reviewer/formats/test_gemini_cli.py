"""Gemini CLI's sessions, saved chats and stream, and Qwen Code's sessions: each trap of their files in a small one.

The facts are of google-gemini/gemini-cli (chatRecordingService.ts, tools/shell.ts, docs/cli/headless.md), of the
sessions in entireio/cli (agent/geminicli/testdata, agent/qwencode/testdata), and of chats that people share.
"""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.trajectory import Step, StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read

HEAD = {"sessionId": "s", "projectHash": "h", "startTime": "2026-01-01T00:00:00Z", "kind": "main"}
SNAPSHOT = "<state_snapshot>So far.</state_snapshot>"


def said(kind: str, content: Any, name: str, **values: Any) -> dict[str, Any]:
    return {"id": name, "timestamp": "2026-01-01T00:00:01Z", "type": kind, "content": content} | values


def call(name: str, told: Any = "a", status: str = "success", call_id: str = "c", **args: Any) -> dict[str, Any]:
    response = {"functionResponse": {"id": call_id, "name": name, "response": {"output": told}}}
    result = [response] if isinstance(told, str) else told
    return {"id": call_id, "name": name, "args": args, "result": result, "status": status}


def shell(told: str, status: str = "success", **args: Any) -> dict[str, Any]:
    return call("run_shell_command", told, status, **{"command": "ls"} | args)


def one(read: Read, *values: Any) -> Trajectory:
    (trajectory,) = read(*values)
    assert trajectory.source.format == "gemini-cli"
    return trajectory


def only(read: Read, made: dict[str, Any]) -> Step:
    messages = [said("user", "Do it", "u"), said("gemini", "", "g", toolCalls=[made])]
    (step,) = one(read, HEAD | {"messages": messages}).steps
    return step


def test_a_session_in_one_object(read: Read) -> None:
    thoughts = [{"subject": "Plan", "description": "Look."}]
    calls = [shell("Output: a\nProcess Group PGID: 7", dir_path="/w"), call("read_file", absolute_path="b")]
    agent = {"thoughts": thoughts, "toolCalls": calls, "tokens": {"total": 3}, "model": "gemini-2.5-pro"}
    messages = [
        said("user", [{"text": "Do it"}], "u"),
        said("gemini", "So.", "g", **agent),
        said("info", "Model switched.", "i"),
        said("gemini", "Done.", "h"),
    ]
    trajectory = one(read, HEAD | {"messages": messages})
    ls, cat, done = trajectory.steps
    assert (ls.thought, ls.reasoning, ls.usage, ls.cwd) == ("So.", "Plan\nLook.", {"total": 3}, "/w")
    assert (ls.command, ls.output, cat.command, cat.output) == ("ls", "a", "b", "a")
    assert ls.action and ls.action.is_shell and cat.action and not cat.action.is_shell
    assert (ls.started_at, ls.duration, ls.pointer) == ("2026-01-01T00:00:01Z", None, "/messages/1/toolCalls/0")
    assert (done.prompt, done.thought) == ("Model switched.", "Done.")
    assert (trajectory.task.instructions, trajectory.model) == ("Do it", "gemini-2.5-pro")


def test_a_session_in_lines(read: Read) -> None:
    """A message is written anew when more is known of it; a rewind takes it back and all after it."""
    ran = call("run_shell_command", "Output: b\nProcess Group PGID: 7", call_id="d", command="pwd")
    named = [{"functionCall": {"id": "d", "name": "run_shell_command", "args": {"command": "pwd"}}}]
    steps = [
        said("user", [{"text": "<session_context>Linux</session_context>\nDo it"}], "u"),
        said("gemini", "So.", "g", tokens=None),
        {"$set": {"lastUpdated": "2026-01-01T00:00:02Z"}},
        said("gemini", "So.", "g", tokens={"total": 3}, toolCalls=[shell("a")]),
        said("user", "No", "n"),
        said("gemini", "Oh.", "o"),
        {"$rewindTo": "n"},
        said("user", "Go on", "m"),
        said("gemini", named, "p", toolCalls=[ran]),
        said("user", ran["result"], "r"),
        {
            "$set": {
                "messages": [said("user", SNAPSHOT, "x"), said("gemini", "Got it.", "y"), said("gemini", "", "p")]
            }
        },
        said("gemini", "Done.", "q"),
    ]
    trajectory = one(read, HEAD, *steps)
    assert [(step.prompt, step.thought, step.command, step.output) for step in trajectory.steps] == [
        ("", "So.", "ls", "a"),
        ("Go on", "", "pwd", "b"),
        (SNAPSHOT, "Done.", "", None),
    ]
    assert (trajectory.task.instructions, trajectory.task.system) == (
        "Do it",
        "<session_context>Linux</session_context>",
    )
    assert (trajectory.steps[0].usage, trajectory.totals) == ({"total": 3}, {"abandoned_turns": 1})


def test_a_rewind_to_an_unknown_message_takes_back_all(read: Read) -> None:
    lines = [said("gemini", "So.", "g"), {"$rewindTo": "?"}, {"$set": {"messages": [said("gemini", "Oh.", "o")]}}]
    assert [step.thought for step in one(read, HEAD, *lines).steps] == ["Oh."]


def test_a_sub_agents_session_is_a_sidechain(read: Read) -> None:
    trajectory = one(read, HEAD | {"kind": "subagent"}, said("user", "Look", "u"), said("gemini", "So.", "g"))
    assert [step.sidechain for step in trajectory.steps] == [True]


@pytest.mark.parametrize(
    ("told", "output", "exit_code", "status"),
    [
        ("Output: a\n\nProcess Group PGID: 7", "a\n", None, StepStatus.OK),
        ("Output: (empty)\nExit Code: 1\nProcess Group PGID: 7", "", 1, StepStatus.OK),
        (
            "<untrusted_context>\nOutput: no\nExit Code: 2\nProcess Group PGID: 7\n</untrusted_context>",
            *("no", 2, StepStatus.OK),
        ),
        (
            "Command: cat <<E\nx\nE\nDirectory: (root)\nOutput: x\nError: (none)\nExit Code: 0\nSignal: 0\n"
            "Background PIDs: (none)\nProcess Group PGID: 7",
            *("x", 0, StepStatus.OK),
        ),
        (
            "Command: ls\nDirectory: src\nOutput: (empty)\nError: (none)\nExit Code: (none)\nSignal: 15\n"
            "Background PIDs: (none)\nProcess Group PGID: 7",
            *("Signal: 15", None, StepStatus.ERROR),
        ),
        ("Output: Exit Code: 7\nProcess Group PGID: 7", "Exit Code: 7", None, StepStatus.OK),
        ("Output: a\nExit Code: 7", "Output: a\nExit Code: 7", None, StepStatus.OK),
        ("Command was cancelled by user before it could.", None, None, StepStatus.ERROR),
        (
            "Command was automatically cancelled because it exceeded the timeout of 5.0 minutes without output.",
            *(None, None, StepStatus.TIMEOUT),
        ),
        ("Command moved to background (PID: 7).", None, None, StepStatus.RUNNING),
    ],
)
def test_the_words_of_the_shell(
    read: Read, told: str, output: str | None, exit_code: int | None, status: StepStatus
) -> None:
    step = only(read, shell(told))
    assert (step.output, step.exit_code, step.status) == (told if output is None else output, exit_code, status)


@pytest.mark.parametrize(
    ("made", "output", "status"),
    [
        (call("glob", [{"text": "a"}, {"text": "b"}]), "a\nb", StepStatus.OK),
        (call("glob", None, "executing") | {"resultDisplay": "shown"}, "shown", StepStatus.RUNNING),
        (call("glob", None, "awaiting_approval"), None, StepStatus.NOT_EXECUTED),
        (call("glob", "no such folder", "error"), "no such folder", StepStatus.ERROR),
        (
            call("glob", "User did not allow tool call", "cancelled"),
            "User did not allow tool call",
            StepStatus.REJECTED,
        ),
        (
            call("mcp", [{"functionResponse": {"response": {"error": "no"}}}, {"inlineData": {}}]),
            "no\n[part]",
            StepStatus.OK,
        ),
        (call("mcp", [{"functionResponse": {"response": {"a": [1]}}}]), '{"a": [1]}', StepStatus.OK),
    ],
    ids=range(7),
)
def test_what_came_back(read: Read, made: dict[str, Any], output: str | None, status: StepStatus) -> None:
    step = only(read, made)
    assert (step.output, step.status) == (output, status)


CHAT: list[dict[str, Any]] = [
    {"role": "user", "parts": [{"text": "This is the Gemini CLI. We are setting up the context for our chat."}]},
    {"role": "user", "parts": [{"text": "Do it"}, {"inlineData": {"mimeType": "image/png"}}]},
    {
        "role": "model",
        "parts": [
            {"text": "Hm.", "thought": True},
            {"text": "So."},
            {"functionCall": {"id": "c", "name": "run_shell_command", "args": {"command": "ls"}}},
        ],
    },
    {"role": "user", "parts": [{"functionResponse": {"id": "c", "name": "ls", "response": {"error": "no"}}}]},
]


@pytest.mark.parametrize("saved", [CHAT, {"history": CHAT}], ids=["list", "history"])
def test_a_saved_chat(read: Read, saved: Any) -> None:
    trajectory = one(read, saved)
    (step,) = trajectory.steps
    assert (step.reasoning, step.thought, step.command, step.output) == ("Hm.", "So.", "ls", "no")
    assert (step.status, trajectory.task.instructions) == (StepStatus.ERROR, "Do it\n[inlineData]")


def test_qwen_code(read: Read) -> None:
    """Its lines are like Claude Code's, a tree whose abandoned branches are left out; its messages are Gemini's."""

    def line(name: str, parent: str | None, kind: str, content: dict[str, Any], **values: Any) -> dict[str, Any]:
        at = {"timestamp": "2026-01-01T00:00:01Z", "cwd": "/w", "version": "0.21.14", "sessionId": "s"}
        return {"uuid": name, "parentUuid": parent, "type": kind, "message": content} | at | values

    usage = {"model": "qwen3", "usageMetadata": {"totalTokenCount": 3}}
    lines = [
        line("a", None, "user", CHAT[1]),
        line("x", "a", "assistant", {"role": "model", "parts": [{"text": "Undone."}]}),
        line("t", "a", "system", {}) | {"message": None, "subtype": "ui_telemetry"},
        line("b", "t", "assistant", CHAT[2], **usage),
        line("c", "b", "tool_result", CHAT[3], toolCallResult={"status": "cancelled"}),
        line("d", "c", "assistant", {"role": "model", "parts": [{"text": "Done."}]}, isSidechain=False),
    ]
    trajectory = one(read, *lines)
    assert [(step.thought, step.command, step.output, step.cwd) for step in trajectory.steps] == [
        ("So.", "ls", "no", "/w"),
        ("Done.", "", None, "/w"),
    ]
    assert (trajectory.agent, trajectory.model) == ("qwen-code 0.21.14", "qwen3")
    assert (trajectory.steps[0].usage, trajectory.steps[0].status) == ({"totalTokenCount": 3}, StepStatus.ERROR)


def test_the_stream(read: Read) -> None:
    def event(kind: str, **values: Any) -> dict[str, Any]:
        return {"type": kind, "timestamp": "2026-01-01T00:00:01Z"} | values

    later = {"timestamp": "2026-01-01T00:00:03Z"}
    trajectory = one(
        read,
        event("init", session_id="s", model="gemini-3"),
        event("message", role="user", content="Do it"),
        event("message", role="assistant", content="So ", delta=True),
        event("message", role="assistant", content="be it.", delta=True),
        event("tool_use", tool_name="run_shell_command", tool_id="c", parameters={"command": "ls"}),
        event("tool_result", tool_id="c", status="success", output="a", **later),
        event("tool_use", tool_name="read_file", tool_id="d", parameters={"file_path": "b"}),
        event("tool_result", tool_id="d", status="error", error={"message": "not found"}),
        event("error", severity="warning", message="Loop detected"),
        event("message", role="assistant", content="Done.", delta=True),
        event("result", status="success", stats={"total_tokens": 9, "models": {}}),
    )
    assert [(step.turn, step.thought, step.command, step.output, step.status) for step in trajectory.steps] == [
        (1, "So be it.", "ls", "a", StepStatus.OK),
        (2, "", "b", "not found", StepStatus.ERROR),
        (3, "Done.", "", None, StepStatus.OK),
    ]
    assert (trajectory.steps[0].duration, trajectory.steps[2].prompt) == (2.0, "Loop detected")
    assert (trajectory.model, trajectory.outcome, trajectory.totals) == ("gemini-3", "success", {"total_tokens": 9})
