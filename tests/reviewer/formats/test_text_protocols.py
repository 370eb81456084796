"""Calls that agents write into their text: terminus' XML, Hermes' and Qwen's tool calls, and ShareGPT's data sets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewer.trajectory import Step, StepStatus
from tests.reviewer.formats.conftest import Read, Refuse

SYSTEM = "You are a function calling AI model. <tools>[{…}]</tools>"
Told = list[tuple[str, str, str | None]]


def human(value: str) -> dict[str, str]:
    return {"from": "human", "value": value}


def gpt(value: str) -> dict[str, str]:
    return {"from": "gpt", "value": value}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def says(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def called(**arguments: Any) -> str:
    return f"<tool_call>\n{json.dumps({'name': 'bash', 'arguments': arguments})}\n</tool_call>"


def response(text: str) -> str:
    return f"<tool_response>\n{text}\n</tool_response>"


def xml(*keys: str, said: str = "Look.", rest: str = "") -> str:
    pressed = "\n".join(f'<keystrokes duration="0.5">{each}</keystrokes>' for each in keys)
    words = f"<analysis>{said}</analysis>\n<plan>\nList & run.\n</plan>"
    return f"<response>\n{words}\n<commands>\n{pressed}\n</commands>\n{rest}</response>"


def told(steps: Any) -> Told:
    return [(step.thought, step.command, step.output) for step in steps]


# -- terminus


def test_terminus_xml_in_a_chat(read: Read) -> None:
    chat = [
        user("Task Description:\nServe the model."),
        says("<think>\nFirst a look.\n</think>\n" + xml("ls && cat <a\n", "C-c")),
        user("New Terminal Output:\na\n"),
        says(xml("echo '<b>' &amp;\n")[: -len("</response>")]),
        user("$"),
        says(xml(rest="<task_complete>true</task_complete>\n")),
        user("Are you sure?"),
        says("<response><task_complete>true</task_complete></response>"),
    ]
    row = {"conversations": chat, "trial_name": "t__x", "task": "t", "agent": "terminus-2", "result": 1}
    (trajectory,) = read(row)
    words = "Analysis: Look.\nPlan: List & run."
    assert told(trajectory.steps) == [
        (words, "ls && cat <a\n", None),
        ("", "C-c", "New Terminal Output:\na\n"),
        (words, "echo '<b>' &amp;\n", "$"),
        (words, "{}", "Are you sure?"),
        ("", "{}", None),
    ]
    first, key, *_, done = trajectory.steps
    assert first.reasoning == "First a look."
    assert first.action is not None
    assert first.action.arguments == {"duration": 0.5}
    assert key.action is not None
    assert key.action.is_input
    assert done.action is not None
    assert done.action.tool == "mark_task_complete"
    assert (trajectory.task.id, trajectory.task.title) == ("t", "Serve the model.")
    assert (trajectory.agent, trajectory.outcome) == ("terminus-2", "1")


def test_terminus_json_in_a_chat(read: Read) -> None:
    answer = {"analysis": "A", "plan": "P", "commands": [{"keystrokes": "ls\n", "duration": 1}]}
    chat = [user("Do it"), says(f"Here:\n{json.dumps(answer)}"), user("New Terminal Output:\na"), says("Done.")]
    (trajectory,) = read({"conversations": chat})
    assert told(trajectory.steps) == [
        ("Analysis: A\nPlan: P", "ls\n", "New Terminal Output:\na"),
        ("Done.", "", None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "<response><analysis>Hm.</analysis></response>",  # terminus: Missing <commands> section
        "<commands><keystrokes>ls\n</keystrokes></commands>",  # terminus: No <response> tag found
        '{"commands": ["ls"]}',
        '{"commands": []}',
        '{"commands": [{"keystrokes": "ls',
    ],
)
def test_what_terminus_would_not_read_is_words(read: Read, text: str) -> None:
    (trajectory,) = read([user("Do it"), says(text), user("Previous response had parsing errors")])
    assert told(trajectory.steps) == [(text, "", None), ("", "", None)]
    assert trajectory.steps[1].prompt == "Previous response had parsing errors"


def test_terminus_xml_in_atif_has_the_steps_that_tool_calls_have(read: Read) -> None:
    screen = {"results": [{"content": "New Terminal Output:\na\n"}]}
    calls = [
        {"function_name": "bash_command", "tool_call_id": keys, "arguments": {"keystrokes": keys, "duration": 0.5}}
        for keys in ("ls\n", ":q")
    ]
    with_calls = {"message": "Analysis: Look.\nPlan: List & run.", "tool_calls": calls}
    forms: list[list[Step]] = []
    for form in ({"message": xml("ls\n", ":q")}, with_calls):
        steps = [{"source": "user", "message": "Do it"}, {"source": "agent", "observation": screen} | form]
        (trajectory,) = read({"schema_version": "ATIF-v1.5", "steps": steps})
        forms.append(list(trajectory.steps))
    assert told(forms[0]) == told(forms[1])
    assert told(forms[0])[1] == ("", ":q", "New Terminal Output:\na\n")
    assert [step.action and step.action.is_input for step in forms[0]] == [False, True]


# -- Hermes, Qwen


def test_tool_calls_in_the_text(read: Read) -> None:
    chat = [
        {"role": "system", "content": SYSTEM},
        user("Do it"),
        says(f"<think>Hm.</think>\n\nTwo at once.\n{called(command='ls')}\n{called(command='pwd', timeout=3)}"),
        user(f"{response('a')}\n{response('/w')}"),
        says(called(command="id")),
        {"role": "tool", "content": response("root\n")},
        says("Done."),
    ]
    (trajectory,) = read({"messages": chat})
    assert told(trajectory.steps) == [
        ("Two at once.", "ls", "a"),
        ("", "pwd", "/w"),
        ("", "id", "root\n"),
        ("Done.", "", None),
    ]
    assert [step.turn for step in trajectory.steps] == [1, 1, 2, 3]
    assert trajectory.steps[0].reasoning == "Hm."
    assert trajectory.steps[1].action is not None
    assert trajectory.steps[1].action.arguments == {"timeout": 3}


def test_functions_in_tool_calls(read: Read) -> None:
    written = "<tool_call>\n<function=bash>\n<parameter=command>\nls -a\n</parameter>\n</function>\n</tool_call>"
    (trajectory,) = read([user("Do it"), says(f"So.\n\n{written}"), user(response("a"))])
    assert told(trajectory.steps) == [("So.", "ls -a", "a")]


def test_one_answer_to_several_calls_stands_at_the_last(read: Read) -> None:
    (trajectory,) = read([user("Do it"), says(called(command="a") + called(command="b")), user("no such tool")])
    assert told(trajectory.steps) == [("", "a", None), ("", "b", "no such tool")]


def test_words_beside_a_response_are_kept(read: Read) -> None:
    text = f"{response('a')}\nNow hurry."
    (trajectory,) = read([user("Do it"), says(called(command="a")), user(text)])
    assert trajectory.steps[0].output == text


def test_exit_codes_in_responses(read: Read) -> None:
    (trajectory,) = read([user("Do it"), says(called(command="a")), user(response("<returncode>2</returncode>\n"))])
    assert trajectory.steps[0].exit_code == 2


@pytest.mark.parametrize("body", ['{"name": "bash", "argu', '{"arguments": {}}', "[1]", "7", "", '{"name": 1}'])
def test_a_call_that_cannot_be_read_is_words(read: Read, body: str) -> None:
    text = f"So.\n<tool_call>\n{body}\n</tool_call>"
    (trajectory,) = read([user("Do it"), says(text), user("That is no call.")])
    assert told(trajectory.steps) == [(text, "", None), ("", "", None)]
    assert trajectory.steps[0].status is StepStatus.OK
    assert trajectory.steps[1].prompt == "That is no call."


# -- ShareGPT

SHAREGPT = {
    "conversations": [
        {"from": "system", "value": SYSTEM},
        human("Do it"),
        gpt(f"So.\n{called(command='ls')}"),
        {"from": "tool", "value": response("a")},
        gpt("Done."),
    ]
}


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        ([SHAREGPT], ["/conversations/2"]),
        ([[SHAREGPT, SHAREGPT]], ["/0/conversations/2", "/1/conversations/2"]),
        ([SHAREGPT, SHAREGPT], ["line 1 /conversations/2", "line 2 /conversations/2"]),
        ([SHAREGPT["conversations"]], ["/2"]),
        ([{"messages": SHAREGPT["conversations"], "conversations": None}], ["/messages/2"]),
    ],
)
def test_sharegpt(read: Read, values: list[Any], pointers: list[str]) -> None:
    trajectories = read(*values)
    assert [each.steps[0].pointer for each in trajectories] == pointers
    for trajectory in trajectories:
        assert trajectory.source.format == "openai-chat"
        assert trajectory.task.instructions == "Do it"
        assert told(trajectory.steps) == [("So.", "ls", "a"), ("Done.", "", None)]


def test_sharegpt_with_functions(read: Read) -> None:
    call = {"name": "bash", "arguments": {"command": "ls"}}
    chat = [
        human("Do it"),
        {"from": "function_call", "value": json.dumps(call)},
        {"from": "observation", "value": "a"},
        {"from": "function_call", "value": json.dumps([call, call])},
        {"from": "observation", "value": "b"},
        {"from": "function_call", "value": "ls"},
        gpt("Done."),
    ]
    (trajectory,) = read({"conversations": chat})
    assert told(trajectory.steps) == [
        ("", "ls", "a"),
        ("", "ls", "b"),
        ("", "ls", None),
        ("ls", "", None),
        ("Done.", "", None),
    ]


def test_swe_agents_form_in_sharegpt(read: Read) -> None:
    written = "<function=bash>\n<parameter=command>ls</parameter>\n</function>"
    (trajectory,) = read({"conversations": [human("Do it"), gpt(f"So.\n{written}"), human("OBSERVATION:\na")]})
    assert told(trajectory.steps) == [("So.", "ls", "a")]


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        ({"from": "robot", "value": "x"}, "/conversations/1/from: expected one of system"),
        ({"from": "gpt", "value": 7}, "/conversations/1/value: expected text"),
    ],
)
def test_a_damaged_one_names_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse({"conversations": [human("Do it"), damaged]}))
