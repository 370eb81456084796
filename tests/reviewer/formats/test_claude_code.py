"""Claude Code's sessions: each trap of their files in a small one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import NotATrajectory
from reviewer.formats import Document, read_source, read_trajectories
from reviewer.trajectory import Step, StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read, Refuse

REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected."


class Session:
    """A session line by line, each the child of the one before unless another is named."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def add(self, kind: str, content: Any, message: Any = None, **values: Any) -> str:
        uuid = f"u{len(self.lines)}"
        parent = self.lines[-1]["uuid"] if self.lines else None
        line = {"type": kind, "uuid": uuid, "parentUuid": parent, "sessionId": "s", "cwd": "/app", "version": "2.1"}
        line["timestamp"] = f"2026-01-01T00:00:{len(self.lines):02}Z"
        line["message"] = {"role": kind, "content": content} | (message or {})
        self.lines.append(line | values)
        return uuid

    def asks(self, text: str, **values: Any) -> str:
        return self.add("user", text, **values)

    def says(self, *blocks: dict[str, Any], message_id: str | None = None, **values: Any) -> str:
        message = {"id": message_id, "model": "m", "usage": {"output_tokens": len(self.lines)}}
        return self.add("assistant", list(blocks), message, **values)

    def gets(
        self, content: Any, call_id: str = "c", is_error: bool = False, details: Any = None, **values: Any
    ) -> str:
        block = {"type": "tool_result", "tool_use_id": call_id, "content": content, "is_error": is_error}
        return self.add("user", [block], toolUseResult=details, **values)


def use(command: str, call_id: str = "c", tool: str = "Bash", **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": tool, "input": {"command": command} | arguments}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "s"}


@pytest.fixture
def session() -> Session:
    started = Session()
    started.asks("Do it")
    return started


def one(read: Read, session: Session) -> Trajectory:
    (trajectory,) = read(*session.lines)
    assert trajectory.source.format == "claude-code"
    return trajectory


def only(read: Read, session: Session) -> Step:
    (step,) = one(read, session).steps
    return step


def commands(trajectory: Trajectory) -> list[tuple[int, str, str | None]]:
    return [(step.turn, step.command, step.output) for step in trajectory.steps]


def test_what_the_user_says_while_the_agent_works(read: Read, session: Session) -> None:
    """As sessions of 2.1.240 and later have it."""
    session.says(use("ls"))
    session.gets("a")
    for prompt, mode in (("Use hi", "prompt"), ("<task-notification>done", "task-notification")):
        told = {"type": "queued_command", "prompt": prompt, "commandMode": mode}
        session.add("attachment", None, attachment=told, message=None)
    session.add("attachment", None, attachment={"type": "date_change"}, message=None)
    session.says(text("So."))
    trajectory = one(read, session)
    assert [step.prompt for step in trajectory.steps] == ["", "Use hi\n\n<task-notification>done"]
    assert trajectory.task.instructions == "Do it"


def test_lines_of_one_message_are_one_turn_even_with_results_between(read: Read, session: Session) -> None:
    session.says(THINKING, message_id="m1")
    session.says(text("So."), message_id="m1")
    session.says(use("a", "1"), message_id="m1")
    session.gets("A", "1")
    session.says(use("b", "2", description="second"), message_id="m1")
    session.gets([text("B")], "2")
    session.says(text("Done."), message_id="m2")
    trajectory = one(read, session)
    assert commands(trajectory) == [(1, "a", "A"), (1, "b", "B"), (2, "", None)]
    first, second, last = trajectory.steps
    assert (first.reasoning, first.thought, first.usage) == ("Hm.", "So.", {"output_tokens": 5})
    assert (second.thought, second.usage, second.started_at) == ("", {}, "2026-01-01T00:00:05Z")
    assert (last.thought, first.cwd) == ("Done.", "/app")
    assert (trajectory.task.instructions, trajectory.agent, trajectory.model) == ("Do it", "claude-code 2.1", "m")


def test_parallel_results_hang_on_their_calls_and_are_no_fork(read: Read, session: Session) -> None:
    first = session.says(use("a", "1"), message_id="m1")
    second = session.says(use("b", "2"), message_id="m1")
    session.gets("B", "2", parentUuid=second)
    last = session.gets("A", "1", parentUuid=first)
    session.says(text("Done."), message_id="m2", parentUuid=last)
    trajectory = one(read, session)
    assert commands(trajectory) == [(1, "a", "A"), (1, "b", "B"), (2, "", None)]
    assert trajectory.totals == {}


def test_a_branch_that_was_left_is_only_counted(read: Read, session: Session) -> None:
    session.says(use("wrong"), message_id="m1")
    session.gets("no")
    session.says(use("worse", "d"), message_id="m2")
    session.asks("Rather so", parentUuid="u0")
    session.says(use("right", "e"), message_id="m3")
    trajectory = one(read, session)
    assert commands(trajectory) == [(1, "right", None)]
    assert trajectory.steps[0].prompt == "Rather so"
    assert trajectory.totals == {"abandoned_turns": 2, "abandoned_calls": 2}


def test_the_first_message_asked_anew_leaves_all_before(read: Read, session: Session) -> None:
    session.says(use("wrong"), message_id="m1")
    session.gets("no")
    session.asks("Something else", parentUuid=None)
    session.says(use("right", "d"), message_id="m2")
    trajectory = one(read, session)
    assert (commands(trajectory), trajectory.task.instructions) == ([(1, "right", None)], "Something else")
    assert trajectory.totals == {"abandoned_turns": 1, "abandoned_calls": 1}


@pytest.mark.parametrize(
    "values",
    [
        {"isCompactSummary": True, "parentUuid": None},
        {"logicalParentUuid": "u1", "parentUuid": None},
        {"parentUuid": "a line that is not here"},
    ],
)
def test_a_session_goes_on_after_a_compaction_and_a_gap(read: Read, session: Session, values: Any) -> None:
    session.says(use("a"), message_id="m1")
    session.asks("This session is being continued from a previous conversation that ran out", **values)
    session.says(use("b", "d"), message_id="m2")
    session.gets("B", "d")
    trajectory = one(read, session)
    assert commands(trajectory) == [(1, "a", None), (2, "b", "B")]
    assert trajectory.steps[1].prompt.startswith("This session is being continued")


def test_sub_agents_among_the_lines_are_flagged(read: Read, session: Session) -> None:
    session.says(use("look", "1", "Task", description="d"), message_id="m1")
    session.asks("You are to look", isSidechain=True, parentUuid=None)
    session.says(use("ls", "2"), message_id="m2", isSidechain=True)
    session.gets("a", "2", isSidechain=True)
    session.gets("seen", "1", parentUuid="u1")
    session.says(text("Done."), message_id="m3")
    trajectory = one(read, session)
    assert commands(trajectory) == [(1, "look", "seen"), (2, "ls", "a"), (3, "", None)]
    assert [step.sidechain for step in trajectory.steps] == [False, True, False]
    assert (trajectory.steps[1].prompt, trajectory.task.instructions) == ("You are to look", "Do it")


def test_a_sub_agents_own_file_has_its_task(read: Read) -> None:
    session = Session()
    session.asks("You are to look", isSidechain=True)
    session.says(use("ls"), message_id="m1", isSidechain=True)
    trajectory = one(read, session)
    assert (trajectory.task.instructions, trajectory.steps[0].sidechain) == ("You are to look", True)


def test_copied_lines_are_flagged(read: Read, session: Session) -> None:
    session.says(use("a"), message_id="m1", forkedFrom={"sessionId": "o", "messageUuid": "x"})
    session.says(use("b", "d"), message_id="m2")
    assert [step.copied_context for step in one(read, session).steps] == [True, False]


@pytest.mark.parametrize(
    ("content", "is_error", "exit_code", "status"),
    [
        ("Exit code 2\nno", True, 2, StepStatus.OK),
        ("Exit code 2", True, 2, StepStatus.OK),
        ("Exit code 2\nno", False, None, StepStatus.OK),
        ("no\nExit code 2", True, None, StepStatus.ERROR),
        ("x\n[Command finished with exit code 7]", False, None, StepStatus.OK),
        ("Exit code 143\nCommand timed out after 2m 0.0s", True, 143, StepStatus.TIMEOUT),
        ("Command timed out after 2m 0.0s", True, None, StepStatus.TIMEOUT),
        (REFUSED, True, None, StepStatus.REJECTED),
        (REFUSED, False, None, StepStatus.OK),
        (
            "Claude requested permissions to use Bash, but you haven't granted it yet.",
            True,
            None,
            StepStatus.REJECTED,
        ),
        ("<tool_use_error>No such tool</tool_use_error>", True, None, StepStatus.NOT_EXECUTED),
        ("[Request interrupted by user for tool use]", True, None, StepStatus.ERROR),
        ("", False, None, StepStatus.OK),
    ],
)
def test_results(
    read: Read, session: Session, content: str, is_error: bool, exit_code: int | None, status: StepStatus
) -> None:
    session.says(use("x"), message_id="m1")
    session.gets(content, is_error=is_error, details=f"Error: {content}" if is_error else None)
    step = only(read, session)
    assert (step.output, step.exit_code, step.status) == (content, exit_code, status)


@pytest.mark.parametrize(
    ("details", "exit_code", "status"),
    [
        ({"stdout": "a", "stderr": "", "interrupted": False}, None, StepStatus.OK),
        ({"stdout": "a", "stderr": "", "interrupted": True}, None, StepStatus.ERROR),
        ({"stdout": "", "backgroundTaskId": "b1"}, None, StepStatus.RUNNING),
        ({"shellId": "b1", "status": "running", "exitCode": None}, None, StepStatus.RUNNING),
        ({"shellId": "b1", "status": "completed", "exitCode": 0}, 0, StepStatus.OK),
        ({"exitCode": 3}, None, StepStatus.OK),
        (["a list"], None, StepStatus.OK),
    ],
)
def test_details(read: Read, session: Session, details: Any, exit_code: int | None, status: StepStatus) -> None:
    session.says(use("x"), message_id="m1")
    session.gets("a", details=details)
    step = only(read, session)
    assert (step.exit_code, step.status) == (exit_code, status)


def test_what_the_program_says_as_the_user_is_not_the_task(read: Read) -> None:
    session = Session()
    session.asks("Caveat: The messages below were generated by the user while running local commands. DO NOT")
    session.asks("<command-name>/clear</command-name>")
    session.asks("<local-command-stdout></local-command-stdout>")
    session.asks("Some skill", isMeta=True)
    session.add("user", [text("<ide_selection>x</ide_selection>"), text("Fix the build")])
    session.says(use("make"), message_id="m1")
    session.gets(REFUSED, is_error=True)
    session.add("user", [text("[Request interrupted by user for tool use]")])
    session.asks("Not so")
    session.says(text("No response requested."), model="<synthetic>")
    session.lines[-1]["message"]["model"] = "<synthetic>"
    session.says(text("Ok."), message_id="m2")
    trajectory = one(read, session)
    assert trajectory.task.instructions == "Fix the build"
    acted, spoke = trajectory.steps
    assert "<command-name>/clear" in acted.prompt
    assert "Some skill" in acted.prompt
    assert "Fix the build" not in acted.prompt
    assert spoke.prompt == "[Request interrupted by user for tool use]\n\nNot so\n\nNo response requested."


def test_the_web_export(read: Read) -> None:
    lines = [
        {"type": "user", "message": {"role": "user", "content": "Do it"}},
        {"type": "assistant", "message": {"role": "assistant", "content": [text("So."), use("ls")]}},
        {"type": "user", "message": {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c"}]}},
    ]
    (trajectory,) = read({"loglines": lines})
    assert trajectory.task.title == "Do it"
    assert commands(trajectory) == [(1, "ls", "")]
    assert trajectory.steps[0].pointer == "/loglines/1/message/content/1"


def test_stream_json(read: Read) -> None:
    shared = {"session_id": "s", "parent_tool_use_id": None}
    failed = {"type": "tool_result", "tool_use_id": "c", "content": "Exit code 2\nno", "is_error": True}
    lines = [
        {
            "type": "system",
            "subtype": "init",
            "cwd": "/app",
            "session_id": "s",
            "claude_code_version": "2.1",
            "model": "m",
        },
        {"type": "assistant", "message": {"id": "1", "model": "m", "content": [use("ls")]}, "uuid": "a"} | shared,
        {"type": "user", "message": {"role": "user", "content": [failed]}, "tool_use_result": "Error: no"} | shared,
        {
            "type": "assistant",
            "message": {"id": "2", "content": [use("cat", "d")]},
            **shared,
            "parent_tool_use_id": "c",
        },
        {"type": "result", "subtype": "success", "total_cost_usd": 0.5, "num_turns": 2, "session_id": "s"},
    ]
    (trajectory,) = read(*lines)
    assert commands(trajectory) == [(1, "ls", "Exit code 2\nno"), (2, "cat", None)]
    step, inner = trajectory.steps
    assert (step.exit_code, step.cwd, step.started_at, inner.sidechain) == (2, "/app", None, True)
    assert (trajectory.agent, trajectory.model, trajectory.outcome) == ("claude-code 2.1", "m", "success")
    assert trajectory.totals == {"total_cost_usd": 0.5, "num_turns": 2}


def test_a_cut_last_line_and_lines_that_are_none_are_passed_over(tmp_path: Path, session: Session) -> None:
    session.says(use("ls"), message_id="m1")
    session.gets("a")
    path = tmp_path / "session.jsonl"
    lines = [json.dumps(line) for line in session.lines]
    path.write_text(
        "\n".join([*lines[:2], '"massive error"', "42", '{"type": "user", "message": "error"}', lines[2]])
    )
    (trajectory,) = read_trajectories(path)
    assert (commands(trajectory), trajectory.totals) == ([(1, "ls", "a")], {"lines_not_read": 3})
    path.write_text("\n".join([*lines, '{"type": "assist']))
    assert commands(next(read_trajectories(path))) == [(1, "ls", "a")]
    # A session that goes on after it was killed begins in the middle of a line.
    path.write_text("\n".join([lines[0], '{"type": "assist', *lines[1:], '{"type": "assist']))
    document = Document(path)
    (trajectory,) = read_source(document)
    assert (commands(trajectory), document.losses) == ([(1, "ls", "a")], ["line 2: not JSON, passed over"])


def test_a_line_that_was_written_twice_counts_once(read: Read, session: Session) -> None:
    session.says(text("So."), use("ls"), message_id="m1")
    session.gets("a")
    session.lines.append(session.lines[1])
    trajectory = one(read, session)
    assert (commands(trajectory), trajectory.steps[0].thought) == ([(1, "ls", "a")], "So.")
    assert trajectory.totals == {}


def test_parents_that_run_in_a_circle(read: Read, session: Session) -> None:
    session.says(use("ls"), message_id="m1", isSidechain=True, parentUuid="u2")
    session.gets("a", isSidechain=True)
    session.lines[0]["parentUuid"] = "u0"
    assert commands(one(read, session)) == [(1, "ls", "a")]


@pytest.mark.parametrize(
    "mark", [{"agentSlug": "aider"}, {"agent": "codex", "workspace": "/"}, {"type": "tool_result"}]
)
def test_look_alikes_are_refused(refuse: Refuse, session: Session, mark: Any) -> None:
    session.says(text("So."))
    session.lines.append(session.lines[-1] | mark)
    assert isinstance(refuse(*session.lines), NotATrajectory)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"isSidechain": "no"}, "line 2 /isSidechain: expected true or false, found text"),
        ({"uuid": []}, "line 2 /uuid: expected text, found a list"),
        ({"cwd": 3}, "line 2 /cwd: expected text, found a number"),
        (
            {"message": {"role": "assistant", "content": 3}},
            "line 2 /message/content: expected text or a list of parts",
        ),
        ({"message": {"role": "assistant", "content": [{"type": "tool_use"}]}}, "/content/0/name: expected text"),
    ],
)
def test_a_damaged_line_is_refused_with_its_place(refuse: Refuse, session: Session, change: Any, line: str) -> None:
    session.says(text("So."))
    session.lines[-1] |= change
    session.says(text("So."))
    assert line in str(refuse(*session.lines))


def test_a_long_session_is_read_in_one_pass(read: Read, session: Session) -> None:
    for number in range(20_000):
        session.lines.append(session.lines[0] | {"uuid": f"v{number}", "parentUuid": session.lines[-1]["uuid"]})
    session.says(use("ls"), message_id="m1")
    assert len(one(read, session).steps) == 1
