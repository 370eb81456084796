"""Anthropic's chats: each trap of their files in a small one."""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.trajectory import StepStatus
from tests.reviewer.formats.conftest import Read, Refuse

TASK = {"role": "user", "content": "Do it"}


def use(command: str, call_id: str) -> dict[str, Any]:
    return {"type": "tool_use", "id": call_id, "name": "Bash", "input": {"command": command}}


def result(content: Any, call_id: str, **values: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content} | values


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def says(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def user(*blocks: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
CHAT = [TASK, says(THINKING, text("So."), use("ls", "1")), user(result("a\r\n", "1")), says(text("Done."))]


@pytest.mark.parametrize("values", [[{"messages": CHAT}], [CHAT], CHAT, [{"messages": CHAT}, {"messages": CHAT}]])
def test_every_layout(read: Read, values: list[Any]) -> None:
    for trajectory in read(*values):
        acted, spoke = trajectory.steps
        assert trajectory.source.format == "anthropic-messages"
        assert (acted.reasoning, acted.thought, acted.command, acted.output) == ("Hm.", "So.", "ls", "a\r\n")
        assert (spoke.thought, spoke.action) == ("Done.", None)


def test_a_request_body_is_told_by_its_system_prompt(read: Read) -> None:
    plain = [TASK, {"role": "assistant", "content": "Hello"}]
    (trajectory,) = read({"system": "Be good.", "model": "m", "messages": plain})
    assert trajectory.source.format == "anthropic-messages"
    assert trajectory.task.system == "Be good."
    assert read({"messages": plain})[0].source.format == "openai-chat"


def test_results_of_parallel_calls_share_a_message_with_the_users_words(read: Read) -> None:
    answers = user(result([text("B"), {"type": "image"}], "2"), result(None, "1"), text("And now?"))
    (trajectory,) = read(
        {"messages": [TASK, says(use("a", "1"), use("b", "2")), answers, user(text("Hey")), says(text("!"))]}
    )
    assert [step.output for step in trajectory.steps] == ["", "B\n[image]", None]
    assert trajectory.steps[2].prompt == "And now?\n\nHey"


@pytest.mark.parametrize(
    ("content", "is_error", "exit_code", "status"),
    [
        ("Exit code 2\nno", True, 2, StepStatus.OK),
        ("Exit code 2\nno", False, None, StepStatus.OK),
        ("File not found", True, None, StepStatus.ERROR),
        ("Command timed out after 2m 0.0s", True, None, StepStatus.TIMEOUT),
    ],
)
def test_errors(read: Read, content: str, is_error: bool, exit_code: int | None, status: StepStatus) -> None:
    (trajectory,) = read([TASK, says(use("x", "1")), user(result(content, "1", is_error=is_error))])
    only = trajectory.steps[0]
    assert (only.output, only.exit_code, only.status) == (content, exit_code, status)


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        ([TASK, says(use("x", "1")), user({"type": []})], "/2/content/0/type: expected text, found a list"),
        ([TASK, says({"type": "tool_use", "name": None})], "/1/content/0/name: expected text, found nothing"),
        ([TASK, says(use("x", "1")), user(result(4, "1"))], "/2/content/0/content: expected text or a list of parts"),
        (
            [TASK, says(use("x", "1")), user(result("", "1", is_error="yes"))],
            "/2/content/0/is_error: expected true or false",
        ),
        (
            [TASK, says(use("x", "1")), {"role": "tool"}],
            "/2/role: expected one of user, assistant, system, found 'tool'",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse(damaged))
