"""Codex in code mode: the calls that the scripts of the tool `exec` make, and what came back for each.

The facts are of rollouts of 0.153 (entireio/cli, the branch of its checkpoints, 0/full.jsonl) and of
codex-rs/core/src/tools/code_mode/mod.rs.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from reviewer.trajectory import Step, StepStatus
from tests.reviewer.formats.conftest import Read
from tests.reviewer.formats.test_codex import call, event, gave, one, rollout

COMPLETED = "Script completed\nWall time 0.5 seconds\nOutput:\n"
BOTH = 'text(await tools.exec_command({cmd:"a"}));\ntext(await tools.exec_command({cmd:"b"}));\n'


def script(source: str, call_id: str = "c") -> dict[str, Any]:
    return {"type": "custom_tool_call", "name": "exec", "call_id": call_id, "input": source}


def printed(*texts: Any, head: str = COMPLETED) -> dict[str, Any]:
    items = [head, *(text if isinstance(text, str) else json.dumps(text) for text in texts)]
    return gave([{"type": "input_text", "text": text} for text in items])


def ended(output: str, exit_code: int = 0, **values: Any) -> dict[str, Any]:
    return {"chunk_id": "f", "wall_time_seconds": 0.25, "exit_code": exit_code, "output": output} | values


def ran(command: str, exit_code: int) -> dict[str, Any]:
    item = {"type": "CommandExecution", "command": ["/bin/zsh", "-lc", command], "exit_code": exit_code}
    return event("item_completed", item=item | {"duration": {"secs": 2, "nanos": 0}})


def steps_of(read: Read, *items: dict[str, Any]) -> list[Step]:
    return list(one(read, *rollout(*items)).steps)


def told(step: Step) -> tuple[str, str | None, int | None, StepStatus]:
    return step.command, step.output, step.exit_code, step.status


def test_each_call_is_a_step_with_what_came_back_for_it(read: Read) -> None:
    running = {"wall_time_seconds": 1.0, "session_id": 4, "output": "so far"}
    first, second = steps_of(read, script(BOTH), printed(ended("A\n", 3), running))
    assert told(first) == ("a", "A\n", 3, StepStatus.OK)
    assert told(second) == ("b", "so far", None, StepStatus.RUNNING)
    assert (first.turn, second.turn, first.duration, second.duration) == (1, 1, 0.25, 1.0)
    assert first.action and first.action.is_shell and first.action.tool == "exec_command"


def test_calls_that_were_settled_together(read: Read) -> None:
    source = 'const rs=await Promise.allSettled([tools.exec_command({cmd:"a"}),tools.exec_command({cmd:"b"})]);'
    settled = [{"status": "fulfilled", "value": ended("A")}, {"status": "rejected", "reason": "rejected by user"}]
    for output in (printed(*settled), printed(settled)):  # rs.forEach(text), and text(rs)
        steps = steps_of(read, script(source), output)
        assert [told(step) for step in steps] == [
            ("a", "A", 0, StepStatus.OK),
            ("b", "rejected by user", None, StepStatus.ERROR),
        ]


def test_what_cannot_be_told_apart_stands_at_the_last(read: Read) -> None:
    cut = "Warning: truncated output (original token count: 9)\nA…4 tokens truncated…B"
    first, second = steps_of(read, script(BOTH), ran("b", 1), printed(cut))
    assert told(first) == ("a", None, None, StepStatus.OK)
    assert told(second) == ("b", cut, 1, StepStatus.OK)
    assert (second.truncated_by_producer, second.duration) == (True, 2.0)


def test_an_exit_code_that_only_an_event_tells(read: Read) -> None:
    source = 'const r = await tools.exec_command({"cmd":"make","workdir":"/w"});\ntext(r.output);'
    (step,) = steps_of(read, script(source), ran("ls", 1), ran("make", 2), printed("no\n"))
    assert (told(step), step.cwd, step.duration) == (("make", "no\n", 2, StepStatus.OK), "/w", 0.5)


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Script failed\nWall time 0.5 seconds\nOutput:\n", StepStatus.ERROR),
        ("Script terminated\nWall time 0.5 seconds\nOutput:\n", StepStatus.ERROR),
        ("Script running with cell ID 28\nWall time 0.5 seconds\nOutput:\n", StepStatus.RUNNING),
    ],
)
def test_how_a_script_ended(read: Read, head: str, status: StepStatus) -> None:
    (step,) = steps_of(read, script('text(await tools.exec_command({cmd:"a"}))'), printed("words", head=head))
    assert (told(step), step.duration) == (("a", "words", None, status), 0.5)


def test_a_script_that_went_on_is_waited_for(read: Read) -> None:
    waited = gave([{"type": "input_text", "text": COMPLETED}, {"type": "input_text", "text": "done\n"}], "w")
    start = [script('text(await tools.exec_command({cmd:"a"}))'), printed(head="Script running with cell ID 28\n")]
    steps = steps_of(read, *start, call("wait", {"cell_id": "28"}, "w"), waited)
    assert [(step.turn, told(step)) for step in steps] == [
        (1, ("a", "", None, StepStatus.RUNNING)),
        (2, ("28", "done\n", None, StepStatus.OK)),
    ]


@pytest.mark.parametrize(
    ("source", "commands"),
    [
        (
            "// @exec: {\"yield_time_ms\": 9}\nawait tools.exec_command({ cmd: 'it\\'s', tty: true, n: 1.5 },)",
            ["it's"],
        ),
        (r'await tools.exec_command({cmd:"a\nb \ud83d\ude00 \x41 \u{42} \"q\" \\"})', ['a\nb 😀 A B "q" \\']),
        ("await tools.exec_command({cmd:`echo ${'$'}`})", None),
        (r"await tools.exec_command({cmd:`echo \${HOME} \``})", ["echo ${HOME} `"]),
        ('const cmd = "ls";\nawait tools.exec_command({cmd})', ["ls"]),
        ('const p = "*** Begin Patch";\ntext(await tools.apply_patch(p));', ["*** Begin Patch"]),
        ('const p = "a" + b;\ntext(await tools.apply_patch(p));', None),
        ('{const c = "a"; await tools.exec_command({cmd:c})}\n{const c = "b"; f(c)}', None),
        ('text(await tools.write_stdin({session_id:4,chars:"y\\n"}))', ["y\n"]),
        ("text(await tools.list_agents())", ["{}"]),
        ('for (const f of files) await tools.exec_command({cmd:"a"})', None),
        ('files.map(f => tools.exec_command({cmd:"a"}))', None),
        ('if (r.exit_code) await tools.exec_command({cmd:"a"})', None),
        ('const r = await tools.exec_command({cmd:"a"}); if (r?.output) text(r.output)', ["a"]),
        ("await tools.exec_command({cmd: command})", None),
        ('await tools[name]({cmd:"a"})', None),
        ('text("tools.exec_command({})")', None),
        ('await tools.exec_command({cmd:"a"', None),
        ("await tools.exec_command({a:" + "[" * 9999, None),
    ],
    ids=range(19),
)
def test_which_calls_a_script_makes(read: Read, source: str, commands: list[str] | None) -> None:
    steps = steps_of(read, script(source))
    assert [step.command for step in steps] == ([source] if commands is None else commands)
    if commands is None:
        assert [step.action and (step.action.tool, step.action.is_shell) for step in steps] == [("exec", False)]


def test_a_script_as_it_stands_has_its_whole_output(read: Read) -> None:
    (step,) = steps_of(read, script("for (const f of files) text(await tools.view_image({f}))"), printed("a", "b"))
    assert (step.output, step.duration) == ("a\nb", 0.5)


def test_numbers_that_a_script_made_up(read: Read) -> None:
    made_up = {"output": "A", "exit_code": 10**30, "wall_time_seconds": 10**400}
    (step,) = steps_of(read, script('text(await tools.exec_command({cmd:"a"}))'), printed(made_up))
    assert (step.output, step.exit_code) == (json.dumps(made_up), None)
