"""The ATIF export: valid by the RFC's rules, and the same steps when it is imported again."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.annotation import Answer, Mistake, Rating, dump_value
from reviewer.errors import BadInput
from reviewer.event import WHOLE, Event, Subject
from reviewer.exports import EXPORTS, Reviewed, export_named
from reviewer.exports.atif import document
from reviewer.formats import read_trajectories
from reviewer.review import Review
from reviewer.trajectory import Action, Source, Step, StepStatus, Task, Trajectory
from tests.examples import THOUGHT_ONLY
from tests.reviewer.exports.atif_rules import problems
from tests.strategies import json_objects, texts

ReadBack = Callable[[dict[str, Any]], Trajectory]


@pytest.fixture
def read_back(tmp_path: Path) -> ReadBack:
    return lambda value: _read_back(value, tmp_path / "exported.json")


def _read_back(value: dict[str, Any], path: Path) -> Trajectory:
    path.write_text(json.dumps(value, allow_nan=False))
    (trajectory,) = read_trajectories(path)
    return trajectory


def content(trajectory: Trajectory) -> Trajectory:
    """A trajectory but for where it was read from."""
    steps = [replace(step, pointer="") for step in trajectory.steps]
    return replace(trajectory, source=Source("", "", ""), steps=steps)


def assert_same(trajectory: Trajectory, again: Trajectory) -> None:
    for before, after in zip(content(trajectory).steps, content(again).steps, strict=True):
        assert before == after
    assert content(trajectory) == content(again)


def test_an_example_comes_back_as_it_was(trajectory: Trajectory, read_back: ReadBack) -> None:
    value = document(trajectory)
    assert problems(value) == []
    again = read_back(value)
    assert_same(trajectory, again)
    assert again.source.format == "atif"
    assert all(step.pointer.startswith("/steps/") for step in again.steps)


def test_every_real_session_comes_back_as_it_was(corpus: Path, tmp_path: Path) -> None:
    read = 0
    for path in sorted(path for path in corpus.rglob("*") if path.is_file()):
        for trajectory in _readable(path):
            value = document(trajectory)
            assert problems(value) == [], path.name
            assert_same(trajectory, _read_back(value, tmp_path / "exported.json"))
            read += 1
    assert read > 60


def _readable(path: Path) -> Iterator[Trajectory]:
    try:
        yield from read_trajectories(path)
    except BadInput:
        return


def test_what_readers_of_atif_find_where_they_look_for_it(trajectory: Trajectory) -> None:
    value = document(trajectory)
    agent = value["agent"]
    assert (agent["name"], agent["version"], agent["model_name"]) == ("shell-agent", "2", "some-model-1")
    task, prompt, first, second, *_ = value["steps"]
    assert (task["source"], task["message"]) == ("user", trajectory.task.instructions)
    assert (prompt["source"], prompt["message"]) == ("user", "Serve the model on port 8000.")
    assert (first["message"], first["reasoning_content"]) == ("First I look around.", "The task names a port.")
    assert first["timestamp"] == "2025-03-01T10:00:00Z"
    (call,) = first["tool_calls"]
    assert (call["tool_call_id"], call["function_name"]) == ("call_1", "bash")
    assert call["arguments"] == {"command": "ls -la models/", "timeout": 30}
    (result,) = second["observation"]["results"]
    assert (result["source_call_id"], result["extra"]) == (second["tool_calls"][0]["tool_call_id"], {"exit_code": 1})


def test_calls_of_one_turn_are_one_step() -> None:
    steps = [
        Step(1, 1, Action("bash", "a", call_id="x"), thought="Both.", output="A", exit_code=0),
        Step(2, 1, Action("bash", "b", call_id="x"), output="B", cwd="/", duration=0.5),
        Step(3, 2, thought="Done."),
    ]
    value = document(Trajectory(Source("x", "x", "x"), steps))
    first, last = value["steps"]
    assert [call["tool_call_id"] for call in first["tool_calls"]] == ["x", "x_"]
    assert [result["content"] for result in first["observation"]["results"]] == ["A", "B"]
    assert (last["message"], "tool_calls" in last) == ("Done.", False)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        (Action("bash", "ls"), {"command": "ls"}),
        (Action("bash", "ls", arguments={"command": "x"}), {"cmd": "ls", "command": "x"}),
        (Action("view", "/a/b", is_shell=False, arguments={"n": 1}), {"path": "/a/b", "n": 1}),
        (Action("think", "so it is", is_shell=False), {"input": "so it is"}),
        (Action("edit", '{"path":"a","new":[1]}', is_shell=False), {"path": "a", "new": [1]}),
        (Action("edit", '{"path": "a"}', is_shell=False), {"input": '{"path": "a"}'}),
        (Action("keys", "C-c", is_shell=False, is_input=True), {"command": "C-c"}),
    ],
)
def test_arguments(action: Action, arguments: dict[str, Any], read_back: ReadBack) -> None:
    trajectory = Trajectory(Source("x", "x", "x"), [Step(1, 1, action)])
    value = document(trajectory)
    assert value["steps"][0]["tool_calls"][0]["arguments"] == arguments
    assert_same(trajectory, read_back(value))


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 3, "cost_usd": 0.5},
        {"prompt_tokens": 3, "extra": {"reasoning_tokens": 1}},
        {"input_tokens": 3, "prompt_tokens": "3", "extra": {}},
        {"input_tokens": 3, "extra": {"errata": 1}},
        {"extra": "text", "prompt_tokens": True, "completion_tokens": 1.5},
    ],
)
def test_usage(usage: dict[str, Any], read_back: ReadBack) -> None:
    step = Step(1, 1, thought="t", usage=usage)
    trajectory = Trajectory(Source("x", "x", "x"), [step], totals={"cost": 1, "total_steps": 2})
    value = document(trajectory)
    assert problems(value) == []
    assert_same(trajectory, read_back(value))


actions = st.builds(
    Action,
    st.sampled_from(["bash", "edit"]) | texts,
    texts | st.sampled_from(['{"a":1}', "{}", '{"a":[1,null]}']),
    is_shell=st.booleans(),
    is_input=st.booleans(),
    call_id=st.none() | st.sampled_from(["a", "b", "call_1"]),
    arguments=json_objects(texts),
)
moments = st.none() | st.datetimes(timezones=st.just(UTC)).map(
    lambda moment: datetime.isoformat(moment).replace("+00:00", "Z")
)
steps = st.builds(
    Step,
    ordinal=st.just(0),
    turn=st.integers(0, 1),  # as the difference from the step before
    action=st.none() | actions,
    output=st.none() | texts,
    thought=texts,
    reasoning=texts,
    prompt=texts,
    exit_code=st.none() | st.integers(-2, 300),
    status=st.sampled_from(StepStatus),
    cwd=st.none() | texts.filter(bool),
    started_at=moments,
    duration=st.none() | st.floats(0, 1e6).filter(bool),
    usage=json_objects(texts),
    truncated_by_producer=st.booleans(),
    copied_context=st.booleans(),
    sidechain=st.booleans(),
    demonstration=st.booleans(),
)


@given(st.lists(steps, min_size=1, max_size=4), texts, texts, json_objects(texts))
def test_any_trajectory_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, given_steps: list[Step], text: str, agent: str, totals: dict[str, Any]
) -> None:
    numbered, turn = [], 1
    for ordinal, step in enumerate(given_steps, 1):
        turn += step.turn
        numbered.append(replace(step, ordinal=ordinal, turn=turn))
    task = Task(text, agent, text)
    trajectory = Trajectory(Source("x", "x", "x"), numbered, task, agent, text, text, None, totals)
    value = document(trajectory)
    assert problems(value) == []
    assert_same(trajectory, _read_back(value, tmp_path_factory.getbasetemp() / "exported.json"))


# --- annotations ---------------------------------------------------------------------------------------------------


def reviewed(trajectory: Trajectory, author: str, *said: tuple[int, str, str, Any]) -> Reviewed:
    review = Review(author, trajectory.id)
    for number, (step, kind, slot, value) in enumerate(said):
        subject = Subject(author, trajectory.id, step, kind, slot)
        event = Event(
            id=f"{author}-{number}",
            author=author,
            device="d",
            time=number + 1,
            subject=subject,
            value=dump_value(value),
            rubric="ab" * 32,
        )
        review.add(event)
    return Reviewed(trajectory.id, trajectory.source, trajectory.task.title, review, lambda: trajectory)


def test_what_reviewers_said_goes_along(trajectory: Trajectory, read_back: ReadBack) -> None:
    items = [
        reviewed(
            trajectory,
            "ann",
            (1, "rating", "agent", Rating(value=1)),
            (2, "mistake", "m1", Mistake(code="B1")),
            (THOUGHT_ONLY, "rating", "agent", Rating(value=0)),
            (WHOLE, "answer", "outcome", Answer(value="fail")),
        ),
        reviewed(trajectory, "bob", (2, "rating", "agent", Rating(value=-1))),
    ]
    (value,) = export_named("atif").rows(items)
    assert problems(value) == []
    assert value["trajectory_id"] == trajectory.id
    (answer,) = value["extra"]["errata"]["annotations"]
    assert (answer["reviewer"], answer["slot"], answer["value"]) == ("ann", "outcome", "fail")
    by_step = {
        ours["step"]: [(row["reviewer"], row["kind"]) for row in ours["annotations"]]
        for step in value["steps"]
        for ours in (part.get("extra", {}).get("errata", {}) for part in [step, *step.get("tool_calls", [])])
        if "annotations" in ours
    }
    assert by_step == {
        1: [("ann", "rating")],
        2: [("ann", "mistake"), ("bob", "rating")],
        THOUGHT_ONLY: [("ann", "rating")],
    }
    assert_same(trajectory, read_back(value))


def test_a_trajectory_without_a_review_can_be_written_too(trajectory: Trajectory) -> None:
    (value,) = export_named("atif").rows([reviewed(trajectory, "")])
    assert value == document(trajectory)


def test_only_a_document_export_reads_whole_trajectories(trajectory: Trajectory) -> None:
    def load() -> Trajectory:
        raise AssertionError("read for nothing")

    item = replace(reviewed(trajectory, "ann", (1, "rating", "agent", Rating(value=1))), load=load)
    for export in EXPORTS:
        if not export.documents:
            list(export.rows([item]))


# --- damaged documents ---------------------------------------------------------------------------------------------


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield place
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(item, (*place, key))


@pytest.mark.parametrize("junk", [None, 3, 2**70, -1.5, "x", [], {}, True, [{}], {"errata": 3}], ids=repr)
def test_a_damaged_document_is_read_or_refused(trajectory: Trajectory, tmp_path: Path, junk: Any) -> None:
    whole = document(trajectory)
    for place in places(whole):
        if not place:
            continue
        value = copy.deepcopy(whole)
        held: Any = value
        for key in place[:-1]:
            held = held[key]
        held[place[-1]] = junk
        for read in _readable(_written(value, tmp_path / "damaged.json")):
            json.loads(read.canonical)
            assert [step.ordinal for step in read.steps] == list(range(1, len(read.steps) + 1))


def _written(value: Any, path: Path) -> Path:
    path.write_text(json.dumps(value))
    return path


def test_the_checker_finds_what_is_wrong(trajectory: Trajectory) -> None:
    def broken(change: Callable[[dict[str, Any]], object]) -> list[str]:
        value = copy.deepcopy(document(trajectory))
        change(value)
        return problems(value)

    assert broken(lambda value: None) == []
    assert broken(lambda value: value.update(surprise=1))
    assert broken(lambda value: value.update(schema_version="ATIF-v2.0"))
    assert broken(lambda value: value["agent"].pop("version"))
    assert broken(lambda value: value["steps"].pop(0))
    assert broken(lambda value: value["steps"][0].update(metrics={}))
    assert broken(lambda value: value["steps"][2].update(timestamp="yesterday"))
    assert broken(lambda value: value["steps"][2]["metrics"].update(prompt_tokens=1.5))
    assert broken(lambda value: value["steps"][2]["tool_calls"][0].update(arguments="ls"))
    assert broken(lambda value: value["steps"][2]["observation"]["results"][0].update(source_call_id="other"))
