"""SWE-agent: each trap of its files in a small one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewer.trajectory import StepStatus
from tests.reviewer.formats.conftest import Read, Refuse

PROMPT = "ISSUE:\nThe colon is missing\n\n(Open file: n/a)\n(Current directory: /repo)\nbash-$"


def step(action: str, observation: str = "", **values: Any) -> dict[str, Any]:
    return {"action": action, "observation": observation, "thought": "so", "response": "raw", "state": "{}"} | values


def run(*steps: dict[str, Any], **values: Any) -> dict[str, Any]:
    history = [{"role": "system", "content": "Be good."}, {"role": "user", "content": PROMPT}]
    return {"trajectory": list(steps), "history": history, "info": {"exit_status": "submitted"}} | values


def state(directory: str) -> str:
    return json.dumps({"open_file": "n/a", "working_dir": directory}) + "\n"


def test_the_working_directory_is_the_one_before_the_action(read: Read) -> None:
    (trajectory,) = read(
        run(
            step("cd /tmp\n", state=state("/tmp")),
            step("ls", state={"working_dir": "/"}),
            step("pwd", state="broken"),
        )
    )
    assert [each.cwd for each in trajectory.steps] == ["/repo", "/tmp", "/"]
    assert trajectory.steps[0].command == "cd /tmp\n"


def test_task_agent_model_and_outcome(read: Read) -> None:
    config = {"agent": {"name": "main", "model": {"name": "gpt-4o"}}, "problem_statement": {"id": "owner__repo-17"}}
    info = {"exit_status": "exit_cost", "model_stats": {"api_calls": 3}, "swe_agent_version": "1.1.0"}
    for written in (config, json.dumps(config)):
        (trajectory,) = read(run(step("ls"), info=info, replay_config=written, environment="main"))
        assert (trajectory.task.id, trajectory.task.title) == ("owner__repo-17", "The colon is missing")
        assert trajectory.task.instructions == PROMPT
        assert (trajectory.agent, trajectory.model, trajectory.outcome) == ("SWE-agent 1.1.0", "gpt-4o", "exit_cost")
        assert trajectory.totals == {"api_calls": 3}


def test_an_empty_action_is_a_format_error_whose_answer_is_the_next_prompt(read: Read) -> None:
    (trajectory,) = read(
        run(step("", "Please use the format.", thought="", response="I forgot."), step("ls", "a\r\n"))
    )
    unread, listed = trajectory.steps
    assert (unread.action, unread.status, unread.thought) == (None, StepStatus.FORMAT_ERROR, "I forgot.")
    assert unread.output is None
    assert (listed.prompt, listed.output, listed.turn) == ("Please use the format.", "a\r\n", 2)


def test_the_last_words_of_the_harness_are_no_format_error(read: Read) -> None:
    (trajectory,) = read(run(step("ls"), step("", thought="Exit due to cost limit")))
    assert trajectory.steps[-1].status is StepStatus.OK


def test_an_action_without_a_trace_of_having_run_was_refused(read: Read) -> None:
    refused = step("vim a.py", "", state={}, execution_time=0.0)
    (trajectory,) = read(run(step("ls", state={"working_dir": "/a"}, execution_time=0.1), refused, step("pwd")))
    assert [each.status for each in trajectory.steps] == [StepStatus.OK, StepStatus.NOT_EXECUTED, StepStatus.OK]
    assert trajectory.steps[1].output is None
    assert trajectory.steps[2].cwd == "/a"


def test_a_cancelled_command_timed_out(read: Read) -> None:
    told = "The command 'sleep 99' was cancelled because it took more than 30 seconds. Please try another."
    (trajectory,) = read(run(step("sleep 99", told, execution_time=30.5)))
    only = trajectory.steps[0]
    assert (only.status, only.output, only.duration, only.exit_code) == (StepStatus.TIMEOUT, told, 30.5, None)


@pytest.mark.parametrize(
    ("action", "is_shell"),
    [("submit\n", False), ("exit_forfeit", False), ("edit 1:2\nx = 1\nend_of_edit\n", False), ("open a.py", True)],
)
def test_what_is_bash(read: Read, action: str, is_shell: bool) -> None:
    (trajectory,) = read(run(step(action)))
    assert trajectory.steps[0].action is not None
    assert trajectory.steps[0].command == action
    assert trajectory.steps[0].action.is_shell is is_shell


def test_history_names_the_tools_and_keeps_the_reasoning(read: Read) -> None:
    def said(action: str, tool: str, call_id: str) -> dict[str, Any]:
        call = {"id": call_id, "type": "function", "function": {"name": tool, "arguments": "{}"}}
        blocks = [{"type": "thinking", "thinking": f"thinking of {action}"}]
        return {"role": "assistant", "content": "", "action": action, "tool_calls": [call], "thinking_blocks": blocks}

    history = [{"role": "user", "content": [{"type": "text", "text": "Do it"}]}]
    history += [said("ls", "bash", "c1"), said("str_replace_editor view /a", "str_replace_editor", "c2")]
    refused = step("not in the history", state={}, execution_time=0)
    steps = [step("ls"), refused, step("str_replace_editor view /a", reasoning_content="my own")]
    (trajectory,) = read(run(*steps, history=history))
    actions = [each.action for each in trajectory.steps if each.action]
    assert [(each.tool, each.call_id, each.is_shell) for each in actions] == [
        ("bash", "c1", True),
        ("bash", None, True),
        ("str_replace_editor", "c2", False),
    ]
    assert [each.reasoning for each in trajectory.steps] == ["thinking of ls", "", "my own"]


def test_a_demonstration_in_the_history_names_no_tools(read: Read) -> None:
    call = {"id": "demo", "function": {"name": "find_file", "arguments": "{}"}}
    shown = {"role": "assistant", "content": "", "action": "ls", "tool_calls": [call], "is_demo": True}
    (trajectory,) = read(run(step("ls"), history=[shown, {"role": "user", "content": PROMPT}]))
    assert trajectory.steps[0].action is not None
    assert (trajectory.steps[0].action.tool, trajectory.task.instructions) == ("bash", PROMPT)


def test_a_history_alone_is_read_with_its_demonstrations(read: Read) -> None:
    history = [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": "Here is a demonstration", "is_demo": True},
        {"role": "assistant", "content": "demo", "action": "ls", "is_demo": True},
        {"role": "user", "content": "a\n", "is_demo": True},
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": "look", "thought": "look", "action": "pwd"},
        {"role": "user", "content": "/repo\n(Current directory: /tmp)\nbash-$"},
        {"role": "assistant", "content": "go", "thought": "go", "action": "submit"},
    ]
    (trajectory,) = read({"history": history})
    demonstration, looked, submitted = trajectory.steps
    assert trajectory.task.instructions == PROMPT
    assert (demonstration.demonstration, demonstration.is_judged_work, demonstration.output) == (True, False, "a\n")
    assert (looked.cwd, looked.output) == ("/repo", "/repo\n(Current directory: /tmp)\nbash-$")
    assert (submitted.cwd, submitted.output, submitted.pointer) == ("/tmp", None, "/history/7")


def test_each_attempt_is_a_trajectory_and_the_chosen_one_is_not_read_twice(read: Read) -> None:
    attempts = [run(step("ls")), run(step("pwd"))]
    chosen = read({"attempts": attempts} | run(step("pwd"), info={"best_attempt_idx": 1}))
    assert [(each.source.part, each.steps[0].command) for each in chosen] == [("1", "ls"), ("2", "pwd")]
    assert [each.steps[0].pointer for each in chosen] == ["/attempts/0/trajectory/0", "/attempts/1/trajectory/0"]
    assert len(read({"attempts": attempts})) == 2
    assert [each.steps[0].command for each in read({"attempts": attempts} | run(step("id")))] == ["ls", "pwd", "id"]


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        (run({"action": ["ls"]}), "/trajectory/0/action: expected text, found a list"),
        (run(step("ls", state=7)), "/trajectory/0/state: expected an object, found a number"),
        (run(step("ls", execution_time="1")), "/trajectory/0/execution_time: expected a number, found text"),
        (run(history=[{"role": "robot"}]), "/history/0/role: expected one of system, user, tool, assistant"),
        ({"trajectory": [7], "info": {}}, "/trajectory/0: expected an object, found a number"),
        ({"attempts": [{"trajectory": None}]}, "/attempts/0/history: expected a list, found nothing"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse(damaged))
