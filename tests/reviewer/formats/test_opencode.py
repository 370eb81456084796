"""opencode's exports and its stream: each trap of their files in a small one.

The facts are of anomalyco/opencode (session/message-v2.ts, cli/cmd/export.ts, cli/cmd/run.ts), of the export in
entireio/cli (agent/opencode/testdata), and of streams that people kept.
"""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.trajectory import Step, StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read

BEGAN = 1_767_225_600_000
"""2026-01-01T00:00:00Z in milliseconds."""


def part(kind: str, **values: Any) -> dict[str, Any]:
    return {"id": "prt", "sessionID": "ses", "messageID": "msg", "type": kind} | values


def tool(name: str = "bash", status: str = "completed", metadata: Any = None, **values: Any) -> dict[str, Any]:
    state = {"status": status, "input": {"command": "ls"}, "metadata": metadata, "time": {"start": BEGAN + 1000}}
    return part("tool", callID="c", tool=name, state=state | values)


def said(role: str, *parts: dict[str, Any], **info: Any) -> dict[str, Any]:
    return {"info": {"id": "msg", "role": role, "time": {"created": BEGAN}} | info, "parts": list(parts)}


def text(words: str, **values: Any) -> dict[str, Any]:
    return part("text", text=words, **values)


ASKED = said("user", text("Do it"), part("file", filename="a.png"), text("Called the Read tool", synthetic=True))


def one(read: Read, *values: Any) -> Trajectory:
    (trajectory,) = read(*values)
    assert trajectory.source.format == "opencode"
    return trajectory


def export(read: Read, *messages: dict[str, Any], **info: Any) -> Trajectory:
    return one(read, {"info": {"id": "ses", "version": "1.3.13"} | info, "messages": list(messages), "todos": []})


def only(read: Read, made: dict[str, Any]) -> Step:
    (step,) = export(read, said("assistant", made)).steps
    return step


def test_an_export(read: Read) -> None:
    ended = {"start": BEGAN + 1000, "end": BEGAN + 3500}
    ran = tool(output="a", metadata={"exit": 2, "truncated": True}, time=ended)
    looked = tool("read", input={"filePath": "b"}, output="B")
    finish = part("step-finish", reason="tool-calls", tokens={"total": 3}, cost=0.5)
    parts = [part("step-start"), part("reasoning", text="Hm."), text("So."), ran, looked, finish]
    last = said("assistant", part("step-start"), text("Done."), tokens={"total": 9}, finish="stop")
    trajectory = export(read, ASKED, said("assistant", *parts, modelID="m", path={"cwd": "/w"}), last)
    ls, cat, done = trajectory.steps
    assert (ls.turn, cat.turn, done.turn) == (1, 1, 2)
    assert (ls.reasoning, ls.thought, ls.command, ls.output, ls.exit_code) == ("Hm.", "So.", "ls", "a", 2)
    assert (ls.started_at, ls.duration, ls.cwd) == ("2026-01-01T00:00:01Z", 2.5, "/w")
    assert (ls.truncated_by_producer, ls.usage, done.usage) == (True, {"total": 3, "cost": 0.5}, {"total": 9})
    assert (cat.command, cat.output, cat.exit_code, done.thought) == ("b", "B", None, "Done.")
    assert (trajectory.task.instructions, ls.prompt) == ("Do it\n[a.png]", "Called the Read tool")
    assert (trajectory.agent, trajectory.model, trajectory.outcome) == ("opencode 1.3.13", "m", "stop")


def test_the_steps_of_one_message_are_turns(read: Read) -> None:
    parts = [part("step-start"), tool(output="a"), part("step-start"), tool(output="b"), text("Done.")]
    trajectory = one(read, [ASKED, said("assistant", *parts)])  # as the server sends them
    assert [(step.turn, step.thought, step.output) for step in trajectory.steps] == [(1, "", "a"), (2, "Done.", "b")]


@pytest.mark.parametrize(
    ("made", "output", "exit_code", "status"),
    [
        (tool(status="pending"), None, None, StepStatus.NOT_EXECUTED),
        (tool(status="running"), None, None, StepStatus.RUNNING),
        (tool(status="error", error="Tool execution aborted"), "Tool execution aborted", None, StepStatus.ERROR),
        (
            tool(status="error", error="The user rejected permission to use this specific tool call."),
            *("The user rejected permission to use this specific tool call.", None, StepStatus.REJECTED),
        ),
        (
            tool(output="a\n<bash_metadata>\nbash tool terminated command after exceeding timeout 9 ms"),
            "a\n<bash_metadata>\nbash tool terminated command after exceeding timeout 9 ms",
            *(None, StepStatus.TIMEOUT),
        ),
        (tool("mcp_x", input={"a": 1}, output="a", metadata={"exit": "left"}), "a", None, StepStatus.OK),
        (tool(output="a", metadata={"exit": None}), "a", None, StepStatus.OK),
    ],
    ids=range(7),
)
def test_how_a_call_ended(
    read: Read, made: dict[str, Any], output: str | None, exit_code: int | None, status: StepStatus
) -> None:
    step = only(read, made)
    assert (step.output, step.exit_code, step.status) == (output, exit_code, status)


def test_a_session_with_a_parent_is_a_sub_agents(read: Read) -> None:
    assert [step.sidechain for step in export(read, ASKED, said("assistant", text("So.")), parentID="s").steps] == [
        True
    ]


def test_an_error_is_how_it_ended(read: Read) -> None:
    error = {"name": "APIError", "data": {"message": "Too many requests"}}
    trajectory = export(read, ASKED, said("assistant", tool(output="a")), said("assistant", error=error))
    assert trajectory.outcome == "APIError: Too many requests"


def test_the_stream(read: Read) -> None:
    def event(kind: str, **values: Any) -> dict[str, Any]:
        return {"type": kind, "timestamp": BEGAN, "sessionID": "ses"} | values

    trajectory = one(
        read,
        event("step_start", part=part("step-start")),
        event("text", part=text("So.")),
        event("tool_use", part=tool(output="a", metadata={"exit": 0})),
        event("step_finish", part=part("step-finish", reason="tool-calls", tokens={"total": 3})),
        event("step_start", part=part("step-start")),
        event("text", part=text("Done.")),
        event("step_finish", part=part("step-finish", reason="stop", tokens={"total": 4})),
        event("done", reason="idle"),
    )
    assert [(step.thought, step.command, step.output, step.exit_code) for step in trajectory.steps] == [
        ("So.", "ls", "a", 0),
        ("Done.", "", None, None),
    ]
    assert (trajectory.steps[1].usage, trajectory.outcome) == ({"total": 4}, "stop")
    failed = one(
        read,
        event("text", part=text("So.")),
        event("error", error={"name": "UnknownError", "data": {"message": "Model not found"}}),
    )
    assert failed.outcome == "UnknownError: Model not found"
