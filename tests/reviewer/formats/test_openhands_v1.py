"""The OpenHands SDK's conversations: each trap of their events in a small file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput
from reviewer.formats import read_trajectories
from reviewer.trajectory import StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read, Refuse

TASK = {
    "id": "u",
    "timestamp": "2026-01-01T00:00:00",
    "source": "user",
    "kind": "MessageEvent",
    "llm_message": {"role": "user", "content": [{"type": "text", "text": "Do it"}]},
}


def act(number: int, command: str | None = "ls", answer: str = "", **values: Any) -> dict[str, Any]:
    action = {"kind": "TerminalAction", "command": command, "is_input": False, "timeout": None, "reset": False}
    return {
        "kind": "ActionEvent",
        "id": f"a{number}",
        "timestamp": f"2026-01-01T00:00:{number:02}",
        "source": "agent",
        "thought": [{"type": "text", "text": "So."}],
        "action": action | values.pop("action", {}) if command is not None else None,
        "tool_name": "terminal",
        "tool_call_id": f"c{number}",
        "tool_call": {"id": f"c{number}", "name": "terminal", "arguments": '{"cmd": "ls", "summary": "s"}'},
        "llm_response_id": answer or f"r{number}",
    } | values


def observed(number: int, code: int | None = 0, text: Any = "a\n", **values: Any) -> dict[str, Any]:
    metadata = {"exit_code": code if code is not None else -1, "working_dir": "/w", "suffix": ""}
    observation = {
        "kind": "TerminalObservation",
        "content": [{"type": "text", "text": text}] if isinstance(text, str) else text,
        "is_error": False,
        "command": "ls",
        "exit_code": code,
        "timeout": False,
        "metadata": metadata | values.pop("metadata", {}),
    }
    return {
        "kind": "ObservationEvent",
        "timestamp": f"2026-01-01T00:00:{number + 1:02}",
        "source": "environment",
        "tool_name": "terminal",
        "tool_call_id": f"c{number}",
        "action_id": f"a{number}",
        "observation": observation | values.pop("observation", {}),
    } | values


def one(read: Read, *events: Any) -> Trajectory:
    (trajectory,) = read(TASK, *events)
    assert trajectory.source.format == "openhands-v1"
    return trajectory


def test_what_a_step_is_made_of(read: Read) -> None:
    trajectory = one(read, act(1), observed(1, 3), act(5))
    step, following = trajectory.steps
    assert step.action is not None
    assert (step.action.tool, step.command, step.action.call_id, step.action.is_shell) == (
        "terminal",
        "ls",
        "c1",
        True,
    )
    assert (step.output, step.exit_code, step.thought, step.duration) == ("a\n", 3, "So.", 1.0)
    assert (step.cwd, following.cwd) == (None, "/w")
    assert (step.started_at, trajectory.task.title) == ("2026-01-01T00:00:01Z", "Do it")


def test_parallel_calls_are_one_turn_and_results_come_in_any_order(read: Read) -> None:
    events = [act(1, "a", "r"), act(2, "b", "r"), observed(2, text="B"), observed(1, text="A"), act(3, "c")]
    steps = one(read, *events).steps
    assert [(step.turn, step.output) for step in steps] == [(1, "A"), (1, "B"), (2, None)]


def test_a_result_may_stand_before_its_call_and_name_only_the_call(read: Read) -> None:
    result = observed(1) | {"action_id": None}
    assert [step.output for step in one(read, result, act(1)).steps] == ["a\n"]


def test_an_orphan_names_its_command(read: Read) -> None:
    steps = one(read, observed(7, 1), act(8)).steps
    assert [(step.command, step.exit_code, step.started_at) for step in steps] == [
        ("ls", 1, None),
        ("ls", None, "2026-01-01T00:00:08Z"),
    ]
    nameless = observed(7, observation={"command": None})
    assert one(read, nameless, act(8)).steps[0].prompt == "a\n"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, StepStatus.RUNNING),
        ({"observation": {"timeout": True}}, StepStatus.TIMEOUT),
        ({"metadata": {"suffix": "[The command timed out after 30 seconds]"}}, StepStatus.TIMEOUT),
    ],
)
def test_minus_one_is_no_exit_code(read: Read, values: dict[str, Any], status: StepStatus) -> None:
    (step,) = one(read, act(1), observed(1, -1, **values)).steps
    assert (step.exit_code, step.status) == (None, status)


def test_what_the_harness_refused_was_not_executed(read: Read) -> None:
    refused = observed(2, None, "Cannot execute multiple commands at once.", observation={"is_error": True})
    refused["observation"]["metadata"]["working_dir"] = None
    steps = one(read, act(1), observed(1), act(2), refused, act(3)).steps
    assert [(step.exit_code, step.status) for step in steps[1:2]] == [(None, "not_executed")]
    assert [step.cwd for step in steps] == [None, "/w", "/w"]


def test_errors_and_rejections(read: Read) -> None:
    no = {"kind": "UserRejectObservation", "action_id": "a1", "rejection_reason": "No!", "timestamp": "2026-01-01"}
    bad = {"kind": "AgentErrorEvent", "tool_call_id": "c2", "error": "command: field required", "timestamp": ""}
    lost = {"kind": "AgentErrorEvent", "tool_call_id": "c9", "error": "no such tool", "timestamp": ""}
    steps = one(read, act(1), no, act(2, None), bad, act(3), bad | {"tool_call_id": "c3"}, lost, act(4)).steps
    assert [(step.output, step.status) for step in steps] == [
        ("No!", "rejected"),
        ("command: field required", "not_executed"),
        ("command: field required", "error"),
        (None, "ok"),
    ]
    assert steps[1].command == "ls"  # of the call, as the model wrote it
    assert steps[3].prompt == "no such tool"


@pytest.mark.parametrize(
    ("command", "values", "is_input"),
    [("C-c", {}, True), ("", {}, True), ("1+1", {"is_input": True}, True), ("", {"reset": True}, False)],
)
def test_input(read: Read, command: str, values: dict[str, Any], is_input: bool) -> None:
    (step,) = one(read, act(1, command, action=values)).steps
    assert step.action is not None
    assert (step.action.is_input, step.action.is_shell) == (is_input, False)


def test_reasoning_is_not_repeated_in_the_thought(read: Read) -> None:
    def thought(text: str, **values: Any) -> tuple[str, str]:
        (step,) = one(read, act(1, thought=[{"type": "text", "text": text}], **values)).steps
        return step.thought, step.reasoning

    assert thought("<think>hm\n</think>\n\nSo.", reasoning_content="hm\n") == ("So.", "hm\n")
    assert thought("<think>hm</think>So.") == ("So.", "hm")
    assert thought("<think>other</think>So.", reasoning_content="hm") == ("<think>other</think>So.", "hm")
    assert thought("So.", thinking_blocks=[{"type": "thinking", "thinking": "hm"}]) == ("So.", "hm")


def test_older_shapes(read: Read) -> None:
    def older(event: dict[str, Any]) -> dict[str, Any]:
        return {("event" if key == "kind" else key): value for key, value in event.items()}

    action = act(1, action={"kind": "ExecuteBashAction"}, thought="So.")
    (step,) = one(read, older(action), older(observed(1, text=["a", "b"]))).steps
    assert (step.command, step.output, step.thought) == ("ls", "a\nb", "So.")
    flat = observed(1)
    flat["observation"]["content"] = "flat"
    assert one(read, act(1), flat).steps[0].output == "flat"


def test_states_tell_model_costs_and_outcome(read: Read) -> None:
    def state(key: str, value: Any) -> dict[str, Any]:
        return {"kind": "ConversationStateUpdateEvent", "key": key, "value": value, "timestamp": ""}

    stats = {"usage_to_metrics": {"default": {"model_name": "m", "accumulated_cost": 1.5, "costs": [1]}}}
    trajectory = one(read, state("stats", stats), act(1), state("execution_status", "finished"))
    assert (trajectory.model, trajectory.outcome) == ("m", "finished")
    assert trajectory.totals == {"default": {"model_name": "m", "accumulated_cost": 1.5}}


def folder(path: Path, *events: Any, state: str | None = '{"workspace": {"working_dir": "/w"}}') -> Path:
    (path / "conversation" / "events").mkdir(parents=True)
    for number, event in enumerate(events):
        name = f"event-{number:05}-0000000{number:x}-0000.json"
        (path / "conversation" / "events" / name).write_text(json.dumps(event))
    if state is not None:
        (path / "conversation" / "base_state.json").write_text(state)
    return path / "conversation"


def test_a_conversation_is_a_folder(tmp_path: Path) -> None:
    place = folder(tmp_path, TASK, *(event for n in range(1, 6) for event in (act(n), observed(n, text=str(n)))))
    (trajectory,) = read_trajectories(place)
    assert [step.output for step in trajectory.steps] == list("12345")
    assert trajectory.steps[0].cwd == "/w"
    assert trajectory.steps[0].pointer == "events/event-00001-00000001-0000.json"
    assert (trajectory.source.name, trajectory.source.format) == ("conversation", "openhands-v1")
    (again,) = read_trajectories(place / "events")
    assert [step.output for step in again.steps] == list("12345")


@pytest.mark.parametrize("state", [None, "{", "[]"])
def test_the_state_may_be_missing_or_broken(tmp_path: Path, state: str | None) -> None:
    (trajectory,) = read_trajectories(folder(tmp_path, TASK, act(1), state=state))
    assert trajectory.commands == 1


def test_a_broken_event_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path, TASK, act(1) | {"thought": 7})
    with pytest.raises(
        BadInput, match=r"^conversation/events/event-00001-00000001-0000.json: /thought: expected text"
    ):
        list(read_trajectories(place))
    (place / "events" / "event-00001-00000001-0000.json").write_text('{"a": ')
    with pytest.raises(BadInput, match=r"^conversation/events/event-00001-00000001-0000.json: line 1 column"):
        list(read_trajectories(place))


def test_places(refuse: Refuse) -> None:
    assert refuse(TASK, act(1, action={"command": 7})).place == "line 2 /action/command"
    assert refuse(TASK, act(1), observed(1, "0")).place == "line 3 /observation/exit_code"  # type: ignore[arg-type]
