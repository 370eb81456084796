"""Vivaria's traces and MALT's trees: each trap in a small file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reviewer.formats.conftest import Read, Refuse

OLD = "Look.\n<|ACTION_START|> Bash ||| ls -la <|ACTION_END|>"


def entry(at: int, kind: str, branch: int = 0, **content: Any) -> dict[str, Any]:
    return {
        "runId": 7,
        "index": 1000 - at,
        "agentBranchNumber": branch,
        "calledAt": 1_700_000_000_000 + at,
        "content": {"type": kind} | content,
    }


def generation(at: int, text: str = "", call: Any = None, asked: Any = (), **values: Any) -> dict[str, Any]:
    function = {"name": "run_bash", "arguments": call} if call else None
    result = {"outputs": [{"completion": text, "function_call": function}], "n_prompt_tokens_spent": 3, "cost": 0.5}
    request = {"settings": {"model": "m"}, "messages": list(asked)}
    return entry(at, "generation", agentRequest=request, finalResult=result, **values)


def action(at: int, command: str = "ls", **values: Any) -> dict[str, Any]:
    return entry(at, "action", action={"type": "run_bash", "args": {"command": command}}, **values)


def observation(at: int, value: Any, **values: Any) -> dict[str, Any]:
    return entry(at, "observation", observation=value, **values)


USER = {"role": "user", "content": "Do it"}


def test_entries_are_read_in_the_order_of_their_times(read: Read) -> None:
    result = {"stdout": "out\n", "stderr": "err\n", "exitStatus": 2}
    entries = [
        observation(3000, result),
        action(1000),
        generation(0, "So.", asked=[USER]),
        entry(9, "log", content=[]),
    ]
    (trajectory,) = read(entries)
    (step,) = trajectory.steps
    assert step.action is not None
    assert (step.action.tool, step.command, step.action.is_shell) == ("run_bash", "ls", True)
    assert (step.output, step.exit_code, step.thought, step.duration) == ("out\nerr\n", 2, "So.", 2.0)
    assert (step.started_at, step.usage) == ("2023-11-14T22:13:21Z", {"n_prompt_tokens_spent": 3, "cost": 0.5})
    assert (trajectory.task.instructions, trajectory.task.id, trajectory.model) == ("Do it", "run 7", "m")


def test_each_branch_is_a_trajectory(read: Read) -> None:
    first, second = read([action(1), action(2, "b", branch=1), observation(3, "a"), observation(4, "B", branch=1)])
    assert [(t.task.id, t.steps[0].output) for t in (first, second)] == [("run 7", "a"), ("run 7 branch 1", "B")]


@pytest.mark.parametrize("name", [None, "traceEntries", "entries"])
def test_layouts(read: Read, name: str | None) -> None:
    entries = [action(1), observation(2, "a")]
    for values in ([{name: entries}] if name else [entries], entries):
        (trajectory,) = read(*values)
        assert [step.output for step in trajectory.steps] == ["a"]


def test_without_action_entries_the_generations_tell(read: Read) -> None:
    answer = {"role": "function", "name": "run_bash", "content": "a"}
    entries = [generation(1, "So.", '{"command": "ls"}', [USER]), generation(2, "Done.", asked=[USER, answer])]
    (trajectory,) = read(entries)
    assert [(step.command, step.output, step.thought) for step in trajectory.steps] == [
        ("ls", "a", "So."),
        ("", None, "Done."),
    ]


def test_the_text_form_of_old_agents(read: Read) -> None:
    (trajectory,) = read([generation(1, OLD), observation(2, "a")])
    (step,) = trajectory.steps
    assert (step.command, step.thought, step.output, step.action and step.action.is_shell) == (
        "ls -la",
        "Look.",
        "a",
        True,
    )


def test_a_form_that_does_not_end_takes_no_time(read: Read) -> None:
    (trajectory,) = read([generation(1, "<|ACTION_START|> a ||| " * 20_000 + " " * 100_000)])
    assert trajectory.commands == 0


def test_what_was_chosen_is_what_was_done(read: Read) -> None:
    options = [{"action": OLD}, {"action": OLD.replace("ls -la", "pwd")}]
    (trajectory,) = read([generation(1, "So."), entry(2, "rating", options=options, choice=1), observation(3, "/")])
    assert [(step.command, step.output, step.thought) for step in trajectory.steps] == [("pwd", "/", "So.")]


def test_submissions_errors_and_input(read: Read) -> None:
    error = entry(2, "error", detail="boom")
    error["content"]["from"] = "agent"
    said = entry(3, "input", input="Go on", description="?")
    (trajectory,) = read([action(1), error, said, entry(4, "submission", value="42")])
    step = trajectory.steps[1]
    assert step.action is not None
    assert (step.action.tool, step.command, step.action.is_shell, step.prompt) == (
        *("submit", "42", False, "[error from agent] boom"),
    )
    assert (trajectory.outcome, trajectory.task.instructions) == ("submitted", "Go on")


@pytest.mark.parametrize(
    ("value", "output"),
    [("a", "a"), ({"output": "a"}, "a"), ({"stdoutAndStderr": "a", "exitStatus": None}, "a"), (["a"], '["a"]')],
)
def test_observations_are_free(read: Read, value: Any, output: str) -> None:
    (trajectory,) = read([action(1), observation(2, value)])
    assert (trajectory.steps[0].output, trajectory.steps[0].exit_code) == (output, None)


def node(number: int, parent: int | None, role: str, text: str, call: Any = None) -> dict[str, Any]:
    function = {"name": "run_bash", "arguments": call} if call else None
    message = {"role": role, "content": text, "name": None, "function_call": function}
    data = {"first_called_at": 1_700_000_000_000 + number, "message": message}
    return {"node_id": number, "parent_node_id": parent, "node_data": data}


def malt(*nodes: Any) -> dict[str, Any]:
    return {"run_id": 1, "task_id": "t/1", "model": "m", "labels": ["normal"], "nodes": list(nodes)}


ROOT = node(0, None, "user", "Do it")
LS = node(1, 0, "assistant", "So.", '{"command": "ls"}')


def test_each_way_to_a_leaf_is_a_trajectory(read: Read) -> None:
    cat = node(3, 2, "assistant", "", {"command": "cat a"})
    first, second = read(malt(ROOT, LS, node(2, 1, "function", "a\n"), cat, node(4, 2, "assistant", "Done.")))
    assert [[step.command for step in each.steps] for each in (first, second)] == [["ls", "cat a"], ["ls", ""]]
    assert [step.output for step in first.steps] == ["a\n", None]
    assert [step.copied_context for step in first.steps] == [False, False]
    assert [step.copied_context for step in second.steps] == [True, False]
    assert (first.task.id, first.task.title, first.model, first.outcome) == ("t/1", "Do it", "m", "normal")
    assert (first.source.part, second.source.part, first.steps[0].exit_code) == ("1", "2", None)


def test_rows(read: Read) -> None:
    assert [len(t.steps) for t in read(malt(ROOT, LS), malt(ROOT, LS))] == [1, 1]


def test_trees_that_are_none(refuse: Refuse) -> None:
    assert refuse(malt(ROOT, node(1, 9, "assistant", "x"))).place == "/nodes/1/parent_node_id"
    circle = [node(1, 2, "assistant", "x"), node(2, 1, "assistant", "y")]
    assert "circle" in str(refuse(malt(ROOT, *circle)))
    assert "circle" in str(refuse(malt(*circle, node(3, 2, "assistant", "z"))))


def test_places(refuse: Refuse) -> None:
    assert refuse([action(1), observation(2, {"stdout": 7})]).place == "/1/content/observation/stdout"
    assert refuse(malt(ROOT, node(1, 0, "robot", "x"))).place == "/nodes/1/node_data/message/role"
