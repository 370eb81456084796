"""OpenAI's chats: each trap of their files in a small one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewer.trajectory import StepStatus
from tests.reviewer.formats.conftest import Read, Refuse

TASK = {"role": "user", "content": "Do it"}
UPLOADED = "<uploaded_files>\n/w/a__b\n</uploaded_files>\nI've uploaded a python code repository in a__b."
"""How the prompts of OpenHands' evaluations begin."""


def call(command: Any, call_id: str | None = "c", name: str = "bash") -> dict[str, Any]:
    arguments = command if isinstance(command, str) and command.startswith("{") else json.dumps({"command": command})
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def says(content: Any, *calls: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content} | ({"tool_calls": list(calls)} if calls else {}) | values


def tool(content: Any, call_id: str | None = "c") -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


CHAT = [
    {"role": "system", "content": "Be good."},
    TASK,
    says("So.", call("ls")),
    tool("a\r\n\0\ud800"),
    says("Done."),
]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ([{"messages": CHAT, "tools": []}], "/messages/2/tool_calls/0"),
        ([CHAT], "/2/tool_calls/0"),
        (CHAT, "line 3 /tool_calls/0"),
        ([{"messages": CHAT}, {"messages": CHAT[1:]}], "line 1 /messages/2/tool_calls/0"),
    ],
)
def test_every_layout(read: Read, values: list[Any], pointer: str) -> None:
    trajectories = read(*values)
    for trajectory in trajectories:
        acted, spoke = trajectory.steps
        assert trajectory.source.format == "openai-chat"
        assert trajectory.task.instructions == "Do it"
        assert (acted.thought, acted.command, acted.output) == ("So.", "ls", "a\r\n\0\ud800")
        assert (spoke.action, spoke.thought, spoke.turn) == (None, "Done.", 2)
    assert trajectories[0].steps[0].pointer == pointer
    assert [each.source.part for each in trajectories] == ([""] if len(trajectories) == 1 else ["1", "2"])


def test_several_calls_and_results_in_any_order(read: Read) -> None:
    chat = [
        TASK,
        says(None, call("a", "1"), call("b", "2")),
        tool("B", "2"),
        tool("A", "1"),
        tool("stray", "9"),
        says("!"),
    ]
    (trajectory,) = read(chat)
    assert [(step.command, step.output, step.turn) for step in trajectory.steps] == [
        ("a", "A", 1),
        ("b", "B", 1),
        ("", None, 2),
    ]
    assert trajectory.steps[2].prompt == "stray"


def test_calls_of_one_turn_that_share_an_id_are_answered_in_order(read: Read) -> None:
    chat = [TASK, says("", call("a"), call("b")), tool("A"), tool("B"), says("", call("c")), tool("C")]
    (trajectory,) = read(chat)
    assert [step.output for step in trajectory.steps] == ["A", "B", "C"]


def test_results_before_their_calls(read: Read) -> None:
    (trajectory,) = read([TASK, tool("A", "1"), says("", call("a", "1"))])
    assert trajectory.steps[0].output == "A"


def test_results_without_an_id_answer_in_order(read: Read) -> None:
    (trajectory,) = read([TASK, says("", call("a", None), call("b", None)), tool("A", None), tool("B", "odd")])
    assert [step.output for step in trajectory.steps] == ["A", "B"]


def test_legacy_function_calls(read: Read) -> None:
    legacy = {"name": "run", "arguments": '{"cmd": ["bash", "-lc", "ls -a"]}'}
    (trajectory,) = read(
        [TASK, says(None, function_call=legacy), {"role": "function", "name": "run", "content": "a"}]
    )
    only = trajectory.steps[0]
    assert only.action is not None
    assert (only.command, only.output, only.action.is_shell, only.action.tool) == ("ls -a", "a", True, "run")


@pytest.mark.parametrize(
    ("arguments", "command", "is_shell"),
    [
        ('{"command": "ls', '{"command": "ls', False),
        ("[" * 5000, "[" * 5000, False),
        ("9" * 5000, "9" * 5000, False),
        ('{"command": "ls"}', "ls", True),
        ({"command": "ls"}, "ls", True),
        ('"ls"', "ls", True),
        ("[1]", "[1]", False),
        ('{"timeout": NaN}', '{"timeout":"nan"}', False),
        ("", "{}", False),
        (None, "", False),
    ],
)
def test_whatever_arguments_are_they_are_kept(read: Read, arguments: Any, command: str, is_shell: bool) -> None:
    spoken = {"id": "c", "function": {"name": "bash", "arguments": arguments}}
    (trajectory,) = read([TASK, says("", spoken)])
    action = trajectory.steps[0].action
    assert action is not None
    assert (action.command, action.is_shell) == (command, is_shell)
    assert trajectory.id


@pytest.mark.parametrize(
    ("name", "arguments", "command", "rest", "is_shell"),
    [
        ("python", {"code": "1\n"}, "1\n", {}, False),
        ("str_replace_editor", {"command": "view", "path": "/a"}, "/a", {"command": "view"}, False),
        ("TodoWrite", {"todos": [1, "é"]}, '{"todos":[1,"é"]}', {}, False),
        ("edit", {"old": "a", "new": "b"}, '{"old":"a","new":"b"}', {}, False),
        ("my_shell", {"command": "ls", "timeout": 3}, "ls", {"timeout": 3}, True),
        ("execute_bash", {"command": "C-c", "is_input": "true"}, "C-c", {"is_input": "true"}, False),
        ("shell", {"command": ["ls", "a b"]}, "ls 'a b'", {}, True),
        ("bash", {"restart": True}, '{"restart":true}', {}, False),
    ],
)
def test_tools(
    read: Read, name: str, arguments: dict[str, Any], command: str, rest: dict[str, Any], is_shell: bool
) -> None:
    (trajectory,) = read([TASK, says("", call(json.dumps(arguments), name=name))])
    action = trajectory.steps[0].action
    assert action is not None
    assert (action.tool, action.command, action.arguments, action.is_shell) == (name, command, rest, is_shell)


def test_functions_in_the_text(read: Read) -> None:
    parameters = "<parameter=command>\nls -a\n</parameter>\n<parameter=timeout>3</parameter>"
    chat = [
        TASK,
        says(f"So.\n<function=bash>\n{parameters}\n</function>"),
        user("OBSERVATION:\na\n"),
        says("<function=submit>"),
    ]
    (trajectory,) = read(chat)
    listed, submitted = trajectory.steps
    assert (listed.thought, listed.command, listed.output) == ("So.", "ls -a", "a\n")
    assert submitted.action is not None
    assert (submitted.action.tool, submitted.prompt, submitted.output) == ("submit", "", None)


def test_fences_in_the_text(read: Read) -> None:
    fences = "First\n```bash\nls\n```\nthen\n```sh\ncat <<E\n\nE\n```\n"
    chat = [
        TASK,
        says(fences),
        user("a\n"),
        says("```python\n1\n```"),
        user("Why?"),
        says("Run it:\n```bash\nls\n```"),
    ]
    (trajectory,) = read(chat)
    first, second, prose, advice = trajectory.steps
    assert (first.command, first.output, second.command, second.output) == ("ls", None, "cat <<E\n\nE", "a\n")
    assert (prose.action, advice.action, advice.prompt) == (None, None, "Why?")


def test_a_fence_beside_tool_calls_is_prose(read: Read) -> None:
    (trajectory,) = read([TASK, says("```bash\nls\n```"), user("No."), says("", call("pwd"))])
    assert [step.command for step in trajectory.steps] == ["", "pwd"]
    assert trajectory.steps[1].prompt == "No."


@pytest.mark.parametrize(
    ("output", "exit_code", "status"),
    [
        ("no\n[Command finished with exit code 1]", 1, StepStatus.OK),
        (
            "[The command completed with exit code 130. CTRL+C was sent.]\n[Current working directory: /a]",
            130,
            StepStatus.OK,
        ),
        ("[The command timed out.]\n[Command finished with exit code -1]", None, StepStatus.RUNNING),
        ("<returncode>0</returncode>\n<output>\nok\n</output>", 0, StepStatus.OK),
        ("<args>\n['ls']\n</args>\n<returncode>\n1\n</returncode>\n<stdout>\n\n</stdout>", 1, StepStatus.OK),
        ("Exit code: 4\nWall time: 1 seconds\nOutput:\nno", 4, StepStatus.OK),
        ("Chunk ID: a\nWall time: 1 s\nProcess exited with code 5\nOutput:\n", 5, StepStatus.OK),
        ("Command: x\ny\nChunk ID: a\nWall time: 1 s\nProcess exited with code 5\nOutput:\n", 5, StepStatus.OK),
        ("Command timed out after 2m 0.0s", None, StepStatus.TIMEOUT),
        ("Exit code: 4\n", None, StepStatus.OK),
        ("[Command finished with exit code 1]\nsaid the log", None, StepStatus.OK),
        ("see <returncode>1</returncode>", None, StepStatus.OK),
    ],
)
def test_exit_codes_in_words(read: Read, output: str, exit_code: int | None, status: StepStatus) -> None:
    (trajectory,) = read([TASK, says("", call("x")), tool(output)])
    assert (trajectory.steps[0].exit_code, trajectory.steps[0].status) == (exit_code, status)


def test_the_directory_that_a_result_tells_is_the_next_commands(read: Read) -> None:
    told = tool("\n[The command completed with exit code 0.]\n[Current working directory: /a b]\n")
    view = says("", call('{"path": "x"}', "v", "view"))
    chat = [
        TASK,
        says("", call("cd")),
        told,
        view,
        tool("x", "v"),
        says("", call("ls", "l")),
        tool("?", "l"),
        says("!"),
    ]
    (trajectory,) = read([*chat, says("", call('{"command": "id", "workdir": "/w"}', "w"))])
    assert [step.cwd for step in trajectory.steps] == [None, "/a b", "/a b", None, "/w"]


def test_the_response_of_a_completion_log_is_the_last_turn(read: Read) -> None:
    usage = {"prompt_tokens": 3}
    response = {"model": "m", "choices": [{"message": says("Last.", call("ls"))}], "usage": usage}
    log = {"messages": [TASK], "response": response, "timestamp": 86400.25, "instance_id": 7}
    (trajectory,) = read(log)
    only = trajectory.steps[0]
    assert (only.thought, only.command, only.usage) == ("Last.", "ls", usage)
    assert (only.pointer, only.started_at) == (
        "/response/choices/0/message/tool_calls/0",
        "1970-01-02T00:00:00.250000Z",
    )
    assert (trajectory.model, trajectory.task.id, trajectory.task.title) == ("m", "7", "Do it")
    assert len(read({"messages": [TASK, says("x")], "response": "free text"})[0].steps) == 1


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Please solve this task:\n\nFree the disk.\nReport.", "Free the disk."),
        ("The text:\nISSUE:\nIt breaks", "It breaks"),
        (f"{UPLOADED} Consider the following PR description:\n\n<pr_description>\nIt breaks\n", "It breaks"),
        (f"{UPLOADED} Consider the following issue description:\n\n<issue_description>\nIt breaks\n", "It breaks"),
        (f"{UPLOADED} Here is your task:\n\n  Write the missing functions.\n", "Write the missing functions."),
        (
            "Please fix the following issue.\nAll is set up.\n\n# Problem Statement\nAdd a licence.\n",
            "Add a licence.",
        ),
        ("Do this:\n", "Do this:"),
        (" \n", ""),
    ],
)
def test_titles_are_the_first_line_that_says_something(read: Read, text: str, title: str) -> None:
    assert read([user(text), says("x")])[0].task.title == title


def test_titles_are_short_and_parts_and_reasoning_are_read(read: Read) -> None:
    parts = [{"type": "text", "text": "\n \n" + "x" * 90 + "\nmore"}, {"type": "image_url", "image_url": {}}]
    (trajectory,) = read([{"role": "user", "content": parts}, says([], call("ls"), reasoning_content="Hm.")])
    assert trajectory.task.title == "x" * 79 + "…"
    assert trajectory.task.instructions.endswith("\nmore\n[image_url]")
    assert (trajectory.steps[0].thought, trajectory.steps[0].reasoning) == ("", "Hm.")
    (trajectory,) = read({"messages": [says("x")], "task_id": "t-1"})
    assert (trajectory.task.title, trajectory.task.instructions) == ("t-1", "")


@pytest.mark.parametrize("calls", [[], [call("ls")]])
def test_a_call_may_stand_among_the_parts_and_is_one_call(read: Read, calls: list[Any]) -> None:
    part = {"type": "tool_call", "tool_call_id": "c", "name": "bash", "arguments": '{"command": "ls"}'}
    thinking = {"type": "thinking", "thinking": "Hm."}
    content = [thinking, {"type": "text", "text": "So."}, part]
    when = {"_metadata": {"timestamp": "2026-01-01T00:00:00Z"}}
    output = [{"type": "tool_output", "text": "a"}]
    (trajectory,) = read([TASK, says(content, *calls, **when), tool(output) | when])
    (step,) = trajectory.steps
    assert (step.reasoning, step.thought, step.command, step.output) == ("Hm.", "So.", "ls", "a")
    assert step.started_at == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        (
            [TASK, {"role": "assistant", "content": 42}],
            "/1/content: expected text or a list of parts, found a number",
        ),
        ([TASK, 7], "/1: expected an object, found a number"),
        ([TASK, {"role": "critic"}], "/1/role: expected one of system, developer, user"),
        ([TASK, says("", {"function": []})], "/1/tool_calls/0/function: expected an object, found a list"),
        ([TASK, says("", {"function": {}})], "/1/tool_calls/0/function/name: expected text, found nothing"),
        ({"messages": [TASK, says("", tool_calls={})]}, "/messages/1/tool_calls: expected a list, found an object"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse(damaged))


def test_a_damaged_line_is_refused_with_its_number(refuse: Refuse) -> None:
    assert "line 2 /messages/0/role: expected text" in str(refuse({"messages": CHAT}, {"messages": [{"role": 7}]}))
