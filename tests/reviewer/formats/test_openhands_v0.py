"""OpenHands before its SDK: each trap of its events in a small file."""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.trajectory import Step, StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read, Refuse

USER = {"id": 0, "source": "user", "action": "message", "args": {"content": "Do it"}}


def run(number: int, command: str = "ls", **values: Any) -> dict[str, Any]:
    args = {"command": command, "thought": "So.", "is_input": False, "blocking": False, "hidden": False}
    event = {"id": number, "source": "agent", "action": "run", "timestamp": f"2025-01-01T00:00:{number:02}"}
    return event | {"args": args | values.pop("args", {})} | values


def ran(number: int, cause: int, code: int | None = 0, content: str = "a\r\n", **metadata: Any) -> dict[str, Any]:
    extras = {"metadata": {"exit_code": code, "working_dir": "/w", "suffix": ""} | metadata}
    event = {"id": number, "cause": cause, "source": "agent", "observation": "run", "content": content}
    return event | {"extras": extras, "timestamp": f"2025-01-01T00:00:{number:02}"}


def call_of(answer: str, call_id: str = "c", tool: str = "execute_bash", arguments: str = "{}") -> dict[str, Any]:
    function = {"name": tool, "arguments": arguments}
    message = {"tool_calls": [{"id": call_id, "function": function}], "reasoning_content": "hm"}
    response = {"id": answer, "model": "m", "usage": {"total_tokens": 3}, "choices": [{"message": message}]}
    return {"tool_call_metadata": {"function_name": tool, "tool_call_id": call_id, "model_response": response}}


def one(read: Read, *events: Any) -> Trajectory:
    (trajectory,) = read([USER, *events])
    assert trajectory.source.format == "openhands-v0"
    return trajectory


def test_what_a_step_is_made_of(read: Read) -> None:
    (step,) = one(read, run(1, **call_of("r")), ran(3, 1, 2)).steps
    assert step.action is not None
    assert (step.action.tool, step.command, step.action.is_shell, step.action.call_id) == (
        *("execute_bash", "ls", True, "c"),
    )
    assert (step.output, step.exit_code, step.status, step.thought, step.reasoning) == ("a\r\n", 2, "ok", "So.", "hm")
    assert (step.started_at, step.duration, step.usage) == ("2025-01-01T00:00:01Z", 2.0, {"total_tokens": 3})


def test_the_directory_of_an_observation_is_that_of_the_next_command(read: Read) -> None:
    recall = {"id": 9, "source": "environment", "observation": "recall", "content": "Added", "cause": 8}
    steps = one(read, recall | {"extras": {"working_dir": "/app"}}, run(1), ran(2, 1), run(3), ran(4, 3)).steps
    assert [step.cwd for step in steps] == ["/app", "/w"]
    assert steps[0].prompt == ""


def test_results_find_their_actions_by_cause(read: Read) -> None:
    steps = one(read, run(1, "a"), run(2, "b"), ran(3, 2, content="B"), ran(4, 1, content="A")).steps
    assert [step.output for step in steps] == ["A", "B"]


def test_calls_of_one_answer_are_one_turn(read: Read) -> None:
    events = [run(1, "a", **call_of("r", "x")), ran(2, 1), run(3, "b", **call_of("r", "y")), ran(4, 3)]
    steps = one(read, *events, run(5, "c", **call_of("s"))).steps
    assert [step.turn for step in steps] == [1, 1, 2]
    assert [step.thought for step in steps] == ["So.", "", "So."]
    assert [step.duration for step in steps] == [1.0, 1.0, None]
    assert [step.started_at for step in steps][1] == "2025-01-01T00:00:03Z"


@pytest.mark.parametrize(
    ("suffix", "status"),
    [
        ("", StepStatus.RUNNING),
        ("\n[The command has no new output after 10 seconds.]", StepStatus.RUNNING),
        ("\n[The command timed out after 120 seconds.]", StepStatus.TIMEOUT),
    ],
)
def test_minus_one_is_no_exit_code(read: Read, suffix: str, status: StepStatus) -> None:
    (step,) = one(read, run(1), ran(2, 1, -1, suffix=suffix)).steps
    assert (step.exit_code, step.status) == (None, status)


@pytest.mark.parametrize("command", ["", "C-c"])
def test_keys_and_waiting_are_input(read: Read, command: str) -> None:
    (step,) = one(read, run(1, command), ran(2, 1)).steps
    assert step.action is not None
    assert (step.action.is_input, step.action.is_shell, step.command) == (True, False, command)


def test_a_line_for_a_program_is_input(read: Read) -> None:
    (step,) = one(read, run(1, "print(1)", args={"is_input": True})).steps
    assert step.action is not None
    assert step.action.is_input


def test_other_tools_are_as_the_model_called_them(read: Read) -> None:
    edit: dict[str, Any] = {"action": "edit", "args": {"path": "/f", "thought": "", "impl_source": "oh_aci"}}
    written = call_of("r", tool="str_replace_editor", arguments='{"command": "view", "path": "/f"}')
    ipython = {"id": 5, "source": "agent", "action": "run_ipython", "args": {"code": "1+1", "thought": ""}}
    steps = one(read, run(1, **edit, **written), run(2, **edit), ipython).steps
    actions = [step.action for step in steps]
    assert [(a.tool, a.command, a.is_shell) for a in actions if a] == [
        ("str_replace_editor", "/f", False),
        ("edit", "/f", False),
        ("run_ipython", "1+1", False),
    ]
    assert actions[0] is not None
    assert actions[0].arguments == {"command": "view"}


def test_errors_rejections_and_cut_outputs(read: Read) -> None:
    cut = "a\n[... Observation truncated due to length ...]\nb"
    no = {"id": 6, "cause": 5, "observation": "user_rejected", "content": "No!", "extras": {}}
    bad = {"id": 8, "cause": 7, "observation": "error", "content": "bad", "extras": {"error_id": ""}}
    steps = one(read, run(1), ran(2, 1, content=cut), run(5), no, run(7), bad).steps
    assert [step.status for step in steps] == ["ok", "rejected", "error"]
    assert [step.truncated_by_producer for step in steps] == [True, False, False]


def test_an_observation_of_no_action_is_told_to_the_next_step(read: Read) -> None:
    lost = {"id": 5, "source": "agent", "observation": "error", "content": "no such tool", "extras": {}}
    assert one(read, lost, run(6)).steps[0].prompt == "no such tool"


def test_noise_is_left_out_and_the_last_state_is_the_outcome(read: Read) -> None:
    def state(name: str) -> dict[str, Any]:
        return {"id": 7, "observation": "agent_state_changed", "content": "", "extras": {"agent_state": name}}

    null = {"id": 8, "observation": "null", "content": "", "extras": {}, "source": "user"}
    recall = {"id": 3, "source": "user", "action": "recall", "args": {"query": "q"}}
    trajectory = one(read, state("running"), null, recall, run(9), state("finished"))
    assert (len(trajectory.steps), trajectory.outcome, trajectory.steps[0].prompt) == (1, "finished", "")


def test_what_a_delegate_does_is_a_side_chain(read: Read) -> None:
    delegate = run(1) | {"action": "delegate", "args": {"agent": "Browser", "thought": ""}}
    back = {"id": 4, "cause": 1, "observation": "delegate", "content": "found", "extras": {}}
    steps = one(read, delegate, run(2), ran(3, 2), back, run(5)).steps
    assert [step.sidechain for step in steps] == [False, True, False]
    assert steps[0].output == "found"


def test_a_condensation_and_the_users_own_commands_are_told(read: Read) -> None:
    condensation = {"id": 1, "source": "agent", "action": "condensation", "args": {"summary": "So far: nothing."}}
    steps = one(read, condensation, run(2) | {"source": "user"}, run(3)).steps
    assert [step.prompt for step in steps] == ["So far: nothing.\n\n[user: run] ls"]


OLD = [
    {"action": "message", "content": "Do it", "wait_for_response": False},
    {"action": "run", "command": "ls", "thought": "So.", "keep_prompt": True},
    {"observation": "run", "content": "a", "command": "ls", "command_id": -1, "exit_code": 1},
    {"action": "message", "content": "Shall I?", "wait_for_response": True},
    {"action": "message", "content": "Yes.", "wait_for_response": False},
    {"action": "finish", "thought": "Done.", "outputs": {}},
]


@pytest.mark.parametrize("paired", [False, True])
def test_rows_of_the_resolver_have_neither_ids_nor_sources(read: Read, paired: bool) -> None:
    null = {"observation": "null", "content": "", "extras": {}}
    pairs = [[OLD[0], null], [OLD[1], OLD[2]], [OLD[3], null], [OLD[4], null], [OLD[5], null]]
    row = {"issue": {"owner": "o", "repo": "r", "number": 7}, "success": False, "metrics": {"costs": [1], "cost": 2}}
    first, second = read(row | {"history": pairs if paired else OLD}, row | {"history": OLD})
    steps = first.steps
    assert [(step.command, step.output, step.exit_code) for step in steps] == [
        ("ls", "a", 1),
        ("", None, None),
        ('{"outputs":{}}', None, None),
    ]
    assert [step.thought for step in steps] == ["So.", "Shall I?", "Done."]
    assert steps[2].prompt == "Yes."
    assert (first.task.id, first.task.instructions, first.outcome, first.totals) == (
        *("o/r#7", "Do it", "not resolved", {"cost": 2}),
    )
    assert (first.source.part, second.source.part) == ("1", "2")


def test_the_layouts_hold_the_same(read: Read) -> None:
    events = [USER, run(1), ran(2, 1)]

    def told(*values: Any) -> list[Step]:
        (trajectory,) = read(*values)
        return [
            Step(1, 1, step.action, step.output, step.thought, exit_code=step.exit_code) for step in trajectory.steps
        ]

    assert (
        told(events) == told({"trajectory": events}) == told(*events) == told({"instance_id": "a", "history": events})
    )


def test_stringified_members_are_read(read: Read) -> None:
    """Some dumps hold `args` and `extras` as JSON in a text."""
    event = run(1) | {"args": '{"command": "ls", "thought": "So."}'}
    assert one(read, event).steps[0].command == "ls"


def test_places(refuse: Refuse) -> None:
    assert refuse([USER, run(1, args={"command": 7})]).place == "/1/args/command"
    assert refuse([USER, run(1), ran(2, 1, code="0")]).place == "/2/extras/metadata/exit_code"  # type: ignore[arg-type]
    assert refuse([USER, {"id": 1, "action": "run", "args": [], "source": "agent"}]).place == "/1/args"
