"""mini-swe-agent: each trap of its files in a small one."""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.trajectory import StepStatus
from tests.reviewer.formats.conftest import Read, Refuse

SYSTEM = {"role": "system", "content": "Be good."}
TASK = {"role": "user", "content": "Please solve this issue: it breaks"}


def says(text: str, **values: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **values}


def user(text: str, **values: Any) -> dict[str, Any]:
    return {"role": "user", "content": text, **values}


def calls(*commands: str, at: float = 100.0) -> dict[str, Any]:
    actions = [{"command": command, "tool_call_id": f"call_{command}"} for command in commands]
    return says("So.", extra={"actions": actions, "timestamp": at, "cost": 0.5})


def returns(command: str, output: str, code: int | None = 0, **extra: Any) -> dict[str, Any]:
    told = {"raw_output": output, "returncode": code, **extra}
    return {"role": "tool", "tool_call_id": f"call_{command}", "content": "cut", "extra": told}


def v1(*messages: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"trajectory_format": "mini-swe-agent-1", "info": {}, "messages": [SYSTEM, TASK, *messages]} | values


def v2(*messages: dict[str, Any], **info: Any) -> dict[str, Any]:
    return v1(*messages, trajectory_format="mini-swe-agent-1.1", info=info, instance_id="owner__repo-1")


FENCED = says("I look.\n\n```bash\nls -a\n```")


def test_v0_is_a_bare_list(read: Read) -> None:
    last = says("Done.\n```mswea_bash_command\necho COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT\n```")
    told = user("<returncode>2</returncode>\n<output>\nls: no\r\n\0</output>")
    (trajectory,) = read([SYSTEM, TASK, FENCED, told, last, user("diff --git")])
    looked, submitted = trajectory.steps
    assert (trajectory.source.format, trajectory.task.title) == ("mini-swe-agent", TASK["content"])
    assert (looked.thought, looked.command, looked.pointer) == ("I look.", "ls -a", "/2")
    assert (looked.output, looked.exit_code, looked.status) == ("ls: no\r\n\0", 2, StepStatus.OK)
    assert (submitted.output, submitted.exit_code) == ("diff --git", None)


def test_v1_tells_timeouts_rejections_and_cut_outputs(read: Read) -> None:
    timed_out = "The last command <command>ls -a</command> timed out and has been killed."
    rejected = "Command not executed. The user rejected your command with the following message: no"
    cut = "<returncode>0</returncode>\n<warning>long</warning>\n<output_head>\n1\n</output_head>"
    thrown = "<exception>it timed out in <string></exception>\n<returncode>-1</returncode>\n<output>\n</output>"
    messages = [user(timed_out), user(rejected), user(cut), user(thrown)]
    (trajectory,) = read(v1(*(each for message in messages for each in (FENCED, message)), FENCED))
    killed, refused, long, failed, unanswered = trajectory.steps
    assert (killed.status, killed.output, killed.exit_code) == (StepStatus.TIMEOUT, timed_out, None)
    assert (refused.status, refused.output, long.prompt) == (StepStatus.REJECTED, None, rejected)
    assert (long.truncated_by_producer, long.exit_code) == (True, 0)
    assert (failed.status, failed.exit_code, failed.output) == (StepStatus.TIMEOUT, None, "")
    assert (unanswered.output, unanswered.status) == (None, StepStatus.OK)


@pytest.mark.parametrize("text", ["No command.", "```bash\nls\n```\nor\n```bash\npwd\n```"])
def test_v1_a_message_without_exactly_one_command_is_a_format_error(read: Read, text: str) -> None:
    (trajectory,) = read(v1(says(text), user("Please always provide EXACTLY ONE action."), FENCED))
    unread, looked = trajectory.steps
    assert (unread.status, unread.action, unread.thought) == (StepStatus.FORMAT_ERROR, None, text)
    assert (looked.prompt, looked.command) == ("Please always provide EXACTLY ONE action.", "ls -a")


def test_v2_joins_outputs_to_actions_by_id_and_prefers_the_raw_output(read: Read) -> None:
    environment = {"environment": {"cwd": "/testbed"}, "model": {"model_name": "gpt-5"}}
    facts = {
        "config": environment,
        "mini_version": "2.1",
        "exit_status": "Submitted",
        "model_stats": {"api_calls": 1},
    }
    messages = calls("a", "b"), returns("b", "B\0", 1), returns("a", "A\r\n")
    (trajectory,) = read(v2(*messages, **facts))
    first, second = trajectory.steps
    assert [(step.turn, step.output, step.exit_code) for step in trajectory.steps] == [(1, "A\r\n", 0), (1, "B\0", 1)]
    assert [step.cwd for step in trajectory.steps] == ["/testbed", "/testbed"]
    assert (first.thought, first.usage, second.thought, second.usage) == ("So.", {"cost": 0.5}, "", {})
    assert (first.started_at, first.duration) == ("1970-01-01T00:01:40Z", None)
    assert (trajectory.task.id, trajectory.model, trajectory.outcome) == ("owner__repo-1", "gpt-5", "Submitted")
    assert (trajectory.agent, trajectory.totals) == ("mini-swe-agent 2.1", {"api_calls": 1})


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        ("Command 'a' timed out after 2 seconds", StepStatus.TIMEOUT),
        ("action was not executed", StepStatus.NOT_EXECUTED),
        ("docker is gone", StepStatus.ERROR),
    ],
)
def test_v2_minus_one_is_no_exit_code(read: Read, exception: str, status: StepStatus) -> None:
    (trajectory,) = read(v2(calls("a"), returns("a", "", -1, exception_info=exception, timestamp=102.5)))
    only = trajectory.steps[0]
    assert (only.exit_code, only.status, only.duration) == (None, status, 2.5)


def test_v2_without_tool_calls_answers_in_order(read: Read) -> None:
    spoken = says("So.\n```mswea_bash_command\nls\n```", extra={"actions": [{"command": "ls"}, {"command": "pwd"}]})
    told = [user("cut", extra={"raw_output": output, "returncode": 0}) for output in ("a", "b")]
    (trajectory,) = read(v2(spoken, *told, user("The user added a new task: go on"), calls("c")))
    assert [(step.command, step.output) for step in trajectory.steps] == [("ls", "a"), ("pwd", "b"), ("c", None)]
    assert trajectory.steps[2].prompt == "The user added a new task: go on"


def test_v2_an_interruption_is_no_output(read: Read) -> None:
    task = user("The user added a new task: go on", extra={"interrupt_type": "UserNewTask"})
    stopped = user("Interrupted by user: stop", extra={"interrupt_type": "UserInterruption"})
    messages = calls("a"), task, calls("b"), stopped, calls("c", at=300.0), returns("c", "C", timestamp=200.0)
    (trajectory,) = read(v2(*messages))
    assert [step.output for step in trajectory.steps] == [None, None, "C"]
    assert [step.status for step in trajectory.steps] == [StepStatus.OK, StepStatus.ERROR, StepStatus.OK]
    assert [step.prompt for step in trajectory.steps] == ["", task["content"], stopped["content"]]
    assert trajectory.steps[2].duration is None  # its clock ran backwards


def test_v2_format_errors_keep_the_agents_words_where_the_file_does(read: Read) -> None:
    error = {"interrupt_type": "FormatError", "n_actions": 0}
    messages = [
        user("No action!", extra=error | {"model_response": "I am done."}),
        says("Am I?", extra={"actions": []}),
        user("None again!", extra=error),
        user("And again!", extra=error),
        calls("a"),
    ]
    (trajectory,) = read(v2(*messages))
    assert [(step.thought, step.status, step.prompt) for step in trajectory.steps] == [
        ("I am done.", StepStatus.FORMAT_ERROR, ""),
        ("Am I?", StepStatus.FORMAT_ERROR, "No action!"),
        ("So.", StepStatus.OK, "None again!\n\nAnd again!"),
    ]


def test_v2_of_the_responses_api(read: Read) -> None:
    output = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "So."}]},
        {"type": "function_call", "call_id": "c1", "name": "bash", "arguments": '{"command": "ls"}'},
    ]
    extra = {"actions": [{"command": "ls", "tool_call_id": "c1"}]}
    response = {"object": "response", "output": output, "usage": {"input_tokens": 3}, "extra": extra}
    told = {
        "type": "function_call_output",
        "call_id": "c1",
        "output": "{}",
        "extra": {"raw_output": "a\n", "returncode": 0},
    }
    (trajectory,) = read(v2(response, told))
    only = trajectory.steps[0]
    assert (only.command, only.output, only.exit_code) == ("ls", "a\n", 0)
    assert (only.thought, only.reasoning, only.usage) == ("So.", "Hm.", {"input_tokens": 3})


def test_the_exit_message_is_the_output_of_the_command_that_submitted(read: Read) -> None:
    done = {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted"}}
    (trajectory,) = read(v2(calls("submit"), done))
    only = trajectory.steps[0]
    assert (only.output, only.truncated_by_producer, only.exit_code) == ("diff", True, None)
    assert trajectory.outcome == "Submitted"
    stopped = {"role": "exit", "content": "LimitsExceeded", "extra": {"exit_status": "LimitsExceeded"}}
    (trajectory,) = read(v2(calls("a"), stopped))
    assert (trajectory.steps[0].output, trajectory.outcome) == (None, "LimitsExceeded")


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        (v1(messages=None), "/messages: expected a list, found nothing"),
        (
            v1({"role": "assistant", "content": 42}),
            "/messages/2/content: expected text or a list of parts, found a number",
        ),
        (v1(says("", extra=[])), "/messages/2/extra: expected an object, found a list"),
        (v2(says("", extra={"actions": [{}]})), "/messages/2/extra/actions/0/command: expected text, found nothing"),
        (v2(calls("a"), returns("a", "", True)), "/messages/3/extra/returncode: expected a whole number"),
        (
            v2(calls("a"), returns("a", "", 2**70)),
            "/messages/3/extra/returncode: expected a number of at most 64 bits",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse(damaged))
