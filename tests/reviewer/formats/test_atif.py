"""ATIF: each trap of its files in a small one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewer.trajectory import Step, StepStatus
from tests.reviewer.formats.conftest import Read, Refuse

USER = {"step_id": 1, "source": "user", "message": "Do it"}


def atif(*steps: dict[str, Any], **values: Any) -> dict[str, Any]:
    agent = {"name": "terminus-2", "version": "2.0.0", "model_name": "gpt-5"}
    return {"schema_version": "ATIF-v1.6", "agent": agent, "steps": [USER, *steps]} | values


def agent(message: Any = "", *calls: dict[str, Any], results: Any = None, **values: Any) -> dict[str, Any]:
    observation = {} if results is None else {"observation": {"results": results}}
    return {"source": "agent", "message": message, "tool_calls": list(calls)} | observation | values


def call(command: str, call_id: str = "c", tool: str = "bash", **arguments: Any) -> dict[str, Any]:
    return {"tool_call_id": call_id, "function_name": tool, "arguments": {"command": command} | arguments}


def keys(keystrokes: str, call_id: str = "c") -> dict[str, Any]:
    arguments = {"keystrokes": keystrokes, "duration": 0.1}
    return {"tool_call_id": call_id, "function_name": "bash_command", "arguments": arguments}


def outputs(steps: Any) -> list[str | None]:
    return [step.output for step in steps]


def test_results_find_their_calls_in_any_order(read: Read) -> None:
    results = [{"source_call_id": "c", "content": "C"}, {"source_call_id": "a", "content": "A"}]
    (trajectory,) = read(atif(agent("", call("a", "a"), call("b", "b"), call("c", "c"), results=results)))
    assert outputs(trajectory.steps) == ["A", None, "C"]
    assert {step.turn for step in trajectory.steps} == {1}


def test_ids_that_start_anew_belong_to_the_latest_call(read: Read) -> None:
    result = [{"source_call_id": "a", "content": "second"}]
    (trajectory,) = read(atif(agent("", call("x", "a")), agent("", call("y", "a"), results=result)))
    assert outputs(trajectory.steps) == [None, "second"]


def test_a_late_result_may_come_with_a_later_step(read: Read) -> None:
    late = {
        "source": "system",
        "message": "",
        "observation": {"results": [{"source_call_id": "a", "content": "late"}]},
    }
    (trajectory,) = read(atif(agent("", call("x", "a")), agent("waiting"), late, agent("done")))
    assert outputs(trajectory.steps) == ["late", None, None]
    assert trajectory.steps[2].prompt == ""


def test_one_screen_for_all_calls_is_shown_at_the_last(read: Read) -> None:
    screen = [{"content": "New Terminal Output:\n$"}]
    (trajectory,) = read(atif(agent("", keys("ls\n"), keys("pwd\n", "d"), results=screen)))
    assert outputs(trajectory.steps) == [None, "New Terminal Output:\n$"]
    (trajectory,) = read(
        atif(agent("", keys("ls\n"), keys("pwd\n", "d"), results=[{"content": "a"}, {"content": "b"}]))
    )
    assert outputs(trajectory.steps) == ["a", "b"]


def test_results_with_and_without_an_id_do_not_displace_each_other(read: Read) -> None:
    results = [{"content": "b"}, {"source_call_id": "a", "content": "a"}]
    (trajectory,) = read(atif(agent("", call("x", "a"), call("y", "b"), results=results)))
    assert outputs(trajectory.steps) == ["a", "b"]


@pytest.mark.parametrize(
    ("keystrokes", "is_input"),
    [
        ("ls -la\n", False),
        ("y", True),
        ("C-c", True),
        ("C-d\n", True),
        ("Escape", True),
        ("", True),
        ("cat <<E\nE\n", False),
    ],
)
def test_keys_are_told_from_commands(read: Read, keystrokes: str, is_input: bool) -> None:
    (trajectory,) = read(atif(agent("", keys(keystrokes))))
    action = trajectory.steps[0].action
    assert action is not None
    assert (action.command, action.is_input, action.is_shell) == (keystrokes, is_input, not is_input)
    assert action.arguments == {"duration": 0.1}


def one(read: Read, result: dict[str, Any], **values: Any) -> Step:
    (trajectory,) = read(atif(agent("", call("x"), results=[result], **values)))
    return trajectory.steps[0]


def test_exit_codes_only_where_the_file_says_them(read: Read) -> None:
    finished = "no\n[Command finished with exit code 7]"
    assert one(read, {"content": "Exit code 2\nno"}).exit_code is None
    assert one(read, {"content": finished}).exit_code == 7
    assert one(read, {"content": finished}).output == finished
    assert one(read, {"content": "<returncode>3</returncode>\n<output>\nno</output>"}).exit_code == 3
    assert one(read, {"content": "ok", "extra": {"exit_code": 0}}).exit_code == 0
    assert one(read, {"content": "ok", "extra": {"exit_code": -1}}).exit_code is None
    assert one(read, {"content": "ok", "extra": {"exit_code": "0"}}).exit_code is None


def test_a_failed_call_of_claude_code(read: Read) -> None:
    failed = {"tool_result_is_error": True, "cwd": "/app", "is_sidechain": True}
    with_code = one(read, {"content": "Exit code 2\nno"}, extra=failed)
    assert (with_code.exit_code, with_code.status, with_code.cwd) == (2, StepStatus.OK, "/app")
    assert with_code.sidechain
    assert one(read, {"content": "no"}, extra=failed).status is StepStatus.ERROR


def test_linear_history_is_read_out_of_the_message(read: Read) -> None:
    commands = [{"keystrokes": "ls\n", "duration": 0.1}, {"keystrokes": "C-c"}]
    answer = {"analysis": "An", "plan": "Pl", "commands": commands, "task_complete": True}
    waits = {"analysis": "Wait", "plan": "", "commands": []}
    unreadable = agent(json.dumps(answer), results=[{"content": "Previous response had parsing errors:\nERROR"}])
    (trajectory,) = read(
        atif(
            agent(f"Sure: {json.dumps(answer)} Right?", results=[{"content": "screen"}]),
            agent(json.dumps(waits), results=[{"content": "still running"}]),
            unreadable,
            agent("Not JSON: {"),
        )
    )
    listed, interrupted, completed, waited, refused, spoke = trajectory.steps
    assert [step.command for step in (listed, interrupted, completed)] == ["ls\n", "C-c", "{}"]
    assert outputs((listed, interrupted, completed)) == [None, None, "screen"]
    assert (listed.thought, interrupted.thought) == ("Analysis: An\nPlan: Pl", "")
    assert (waited.thought, waited.action, refused.prompt) == ("Analysis: Wait\nPlan: ", None, "still running")
    assert (refused.status, refused.action) == (StepStatus.FORMAT_ERROR, None)
    assert spoke.prompt.startswith("Previous response had parsing errors")


def test_a_message_that_is_json_beside_tool_calls_is_text(read: Read) -> None:
    answer = json.dumps({"commands": [{"keystrokes": "ls\n"}]})
    (trajectory,) = read(atif(agent(answer), agent("", call("pwd"))))
    assert [step.command for step in trajectory.steps] == ["", "pwd"]


def test_what_was_said_in_between_is_the_next_prompt(read: Read) -> None:
    system = {"source": "system", "message": "Be good.", "observation": {"results": [{"content": "env reset"}]}}
    summary = {
        "source": "system",
        "message": "Summarised.",
        "observation": {"results": [{"subagent_trajectory_ref": []}]},
    }
    (trajectory,) = read(atif(system, agent("a"), summary, {"source": "user", "message": "Go on"}, agent("b")))
    assert [step.prompt for step in trajectory.steps] == ["env reset", "Summarised.\n\nGo on"]
    assert trajectory.task.instructions == "Do it"


def test_copied_context_is_not_judged_again(read: Read) -> None:
    (trajectory,) = read(atif(agent("", call("a"), is_copied_context=True), agent("", call("b"))))
    assert [step.is_judged_work for step in trajectory.steps] == [False, True]


def test_parts_that_are_no_text_are_named(read: Read) -> None:
    parts = [{"type": "text", "text": "see"}, {"type": "image", "source": {"path": "a.png"}}]
    (trajectory,) = read(atif(agent(parts, call("x"), results=[{"source_call_id": "c", "content": parts}])))
    assert (trajectory.steps[0].thought, trajectory.steps[0].output) == ("see\n[image]", "see\n[image]")


def test_a_result_that_only_refers_to_a_sub_agent_answers_nothing(read: Read) -> None:
    results = [{"content": "screen"}, {"source_call_id": "c", "subagent_trajectory_ref": [{"trajectory_id": "t"}]}]
    (trajectory,) = read(atif(agent("", call("x"), results=results)))
    assert trajectory.steps[0].output == "screen"


def test_sub_agents_are_trajectories_of_their_own(read: Read) -> None:
    inner = atif(agent("inner"))
    outer = atif(agent("outer"), subagent_trajectories=[atif(agent("sub"), subagent_trajectories=[inner]), inner])
    told = [(each.source.part, each.steps[0].thought, each.steps[0].pointer) for each in read(outer)]
    assert told == [
        ("1", "outer", "/steps/1"),
        ("2", "sub", "/subagent_trajectories/0/steps/1"),
        ("3", "inner", "/subagent_trajectories/0/subagent_trajectories/0/steps/1"),
        ("4", "inner", "/subagent_trajectories/1/steps/1"),
    ]


def test_a_turn_logged_in_two_pieces_is_one(read: Read) -> None:
    metrics = {"prompt_tokens": 3, "completion_token_ids": [1, 2], "logprobs": [0.1]}
    (trajectory,) = read(
        atif(
            agent("", reasoning_content="Hm.", metrics=metrics, timestamp="2026-01-01T02:00:00+02:00"),
            agent("Executed", call("ls"), reasoning_content="Hm.", timestamp="2026-01-01T00:00:01.5Z"),
            agent("", reasoning_content="Is that all?"),
        )
    )
    acted, thought = trajectory.steps
    assert (acted.reasoning, acted.usage, acted.started_at) == (
        "Hm.",
        {"prompt_tokens": 3},
        "2026-01-01T00:00:01.500000Z",
    )
    assert (thought.action, thought.reasoning) == (None, "Is that all?")
    assert trajectory.started_at == "2026-01-01T00:00:00Z"


def test_json_lines_hold_one_trajectory_each(read: Read) -> None:
    trajectories = read(atif(agent("a")), atif(agent("b")))
    assert [(each.source.part, each.steps[0].pointer) for each in trajectories] == [
        ("1", "line 1 /steps/1"),
        ("2", "line 2 /steps/1"),
    ]


def test_the_task_is_titled_by_what_follows_the_prompt_that_is_the_same_for_all(read: Read) -> None:
    prompt = "You are an AI assistant.\n\nTask Description:\nServe the model.\n\nCurrent terminal state:\n"
    (trajectory,) = read(atif(agent("a"), steps=[{"source": "user", "message": prompt}, agent("a")]))
    assert (trajectory.task.title, trajectory.task.instructions) == ("Serve the model.", prompt)
    assert (trajectory.agent, trajectory.model) == ("terminus-2 2.0.0", "gpt-5")


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        (atif(steps=None), "/steps: expected a list, found nothing"),
        (atif({"source": "robot"}), "/steps/1/source: expected one of system, user, agent, found 'robot'"),
        (atif(agent(42)), "/steps/1/message: expected text or a list of parts, found a number"),
        (atif(agent("", {"function_name": []})), "/steps/1/tool_calls/0/function_name: expected text, found a list"),
        (atif(agent("", observation=[])), "/steps/1/observation: expected an object, found a list"),
        (atif(agent("", metrics="no")), "/steps/1/metrics: expected an object, found text"),
        (atif(subagent_trajectories=[[]]), "/subagent_trajectories/0: expected an object, found a list"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse(damaged))
