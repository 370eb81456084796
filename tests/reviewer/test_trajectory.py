"""A trajectory's id, and its steps as JSON-ready data and back."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reviewer.trajectory import (
    Action,
    Source,
    Step,
    StepBuilder,
    StepStatus,
    Task,
    Trajectory,
    command_sha256,
    step_from_dict,
    step_to_dict,
)
from tests.examples import COPIED, FAILED, JUDGED_WORK, THOUGHT_ONLY, UNKNOWN_EXIT
from tests.strategies import json_objects, texts


def steps(text: st.SearchStrategy[str]) -> st.SearchStrategy[Step]:
    """Steps with any values in their fields."""
    actions = st.builds(
        Action,
        tool=text,
        command=text,
        is_shell=st.booleans(),
        is_input=st.booleans(),
        call_id=st.none() | text,
        arguments=json_objects(text),
    )
    seconds = st.floats(min_value=0, allow_nan=False, allow_infinity=False)
    return st.builds(
        Step,
        ordinal=st.integers(1, 10_000),
        turn=st.integers(1, 10_000),
        action=st.none() | actions,
        output=st.none() | text,
        thought=text,
        reasoning=text,
        prompt=text,
        exit_code=st.none() | st.integers(-(2**63), 2**63 - 1),
        status=st.sampled_from(StepStatus),
        cwd=st.none() | text,
        started_at=st.none() | text,
        duration=st.none() | seconds,
        usage=json_objects(text),
        truncated_by_producer=st.booleans(),
        copied_context=st.booleans(),
        sidechain=st.booleans(),
        demonstration=st.booleans(),
        pointer=text,
    )


def test_the_id_is_pinned() -> None:
    """An id that changes with a version of Errata would tear every annotation off its trajectory."""
    build = StepBuilder()
    build.add(action=Action("bash", "ls"), output="a\n", exit_code=0)
    tiny = Trajectory(Source("atif", "a.json", "ab" * 32), build.steps, task=Task(title="t"), totals={"b": 1, "a": 2})
    assert tiny.canonical == (
        b'{"source":{"format":"atif","sha256":"'
        + b"ab" * 32
        + b'"},"steps":[{"action":{"command":"ls","tool":"bash"},'
        b'"exit_code":0,"ordinal":1,"output":"a\\n","turn":1}],"task":{"title":"t"},"totals":{"a":2,"b":1}}'
    )
    assert tiny.id == "8aa947ce639a2d7ce41debfa7e4922dce601f5a621c428a8d6963332c70acb1e"  # by sha256sum


def test_the_id_does_not_depend_on_the_files_name(trajectory: Trajectory) -> None:
    moved = replace(trajectory, source=replace(trajectory.source, name="copy of run-17 (2).json"))
    assert moved.id == trajectory.id


@given(data=json_objects(texts), seed=st.randoms(use_true_random=False))
def test_the_id_does_not_depend_on_the_order_of_keys(data: dict[str, Any], seed: Any) -> None:
    shuffled = list(data.items())
    seed.shuffle(shuffled)
    source = Source("atif", "a.json", "00")
    one, other = (Trajectory(source, [], totals=totals) for totals in (data, dict(shuffled)))
    assert one.id == other.id


def test_everything_else_is_part_of_the_id(trajectory: Trajectory) -> None:
    """Whatever is said of a trajectory, saying something else makes another trajectory of it."""
    changed: dict[str, Any] = {
        "source": replace(trajectory.source, part="2"),
        "steps": [*trajectory.steps[:-1], replace(trajectory.steps[-1], output="^C")],
        "task": replace(trajectory.task, id="llm-14"),
        "agent": "another",
        "model": "another",
        "outcome": "",
        "started_at": None,
        "totals": {},
        "original": trajectory.id,
    }
    assert set(changed) == {field.name for field in fields(Trajectory)}
    ids = {replace(trajectory, **{name: value}).id for name, value in changed.items()}
    assert len(ids | {trajectory.id}) == len(changed) + 1


def test_unknown_is_not_zero_and_none_is_not_empty() -> None:
    step = Step(1, 1, action=Action("bash", "true"))
    variants = [step, replace(step, exit_code=0), replace(step, output=""), replace(step, duration=0.0)]
    ids = {Trajectory(Source("atif", "a.json", "00"), [variant]).id for variant in variants}
    assert len(ids) == len(variants)
    assert [step_from_dict(step_to_dict(variant)) for variant in variants] == variants


@given(steps(texts))
def test_a_step_survives_json(step: Step) -> None:
    assert step_from_dict(json.loads(json.dumps(step_to_dict(step)))) == step


def test_fields_of_a_newer_version_are_passed_over(trajectory: Trajectory) -> None:
    for step in trajectory.steps:
        data = step_to_dict(step) | {"mood": "hopeful"}
        if "action" in data:
            data["action"] |= {"sandbox": {"kind": "vm"}}
        assert step_from_dict(data) == step


def test_what_is_asked_of_a_reviewer(trajectory: Trajectory) -> None:
    judged = [step.ordinal for step in trajectory.steps if step.is_judged_work]
    assert judged == JUDGED_WORK
    assert trajectory.commands == len(trajectory.steps) - 1
    assert trajectory.steps[THOUGHT_ONLY - 1].command == ""
    assert not replace(trajectory.steps[0], demonstration=True).is_judged_work
    assert trajectory.steps[COPIED - 1].action is not None


def test_failed_means_that_the_producer_says_so(trajectory: Trajectory) -> None:
    step = trajectory.steps[UNKNOWN_EXIT - 1]
    assert not step.failed
    assert not replace(step, exit_code=0).failed
    assert replace(step, exit_code=-1).failed
    assert replace(step, status=StepStatus.TIMEOUT).failed
    assert not replace(step, status=StepStatus.RUNNING).failed
    assert trajectory.steps[FAILED - 1].failed


def test_the_builder_numbers_without_gaps(trajectory: Trajectory) -> None:
    assert [step.ordinal for step in trajectory.steps] == [1, 2, 3, 4, 5, 6, 7]
    assert [step.turn for step in trajectory.steps] == [1, 2, 3, 3, 4, 5, 5]
    assert StepBuilder().add(thought="before any turn").turn == 1


@given(texts, texts)
def test_a_command_is_anchored_by_its_text(one: str, other: str) -> None:
    assert (command_sha256(one) == command_sha256(other)) == (one == other)
