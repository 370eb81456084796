"""What Cline and Roo Code write into Anthropic's messages: results in words, and calls in XML."""

from __future__ import annotations

from typing import Any

import pytest

from reviewer.trajectory import StepStatus
from tests.reviewer.formats.conftest import Read

DETAILS = "<environment_details>\n# Current Mode\nACT MODE\n</environment_details>"


def says(*texts: str) -> dict[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": text} for text in texts]}


def user(*texts: str) -> dict[str, Any]:
    return says(*texts) | {"role": "user"}


def calls(*actions: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    content = [
        {"type": "tool_use", "id": f"t{number}", "name": name, "input": arguments}
        for number, (name, arguments) in enumerate(actions)
    ]
    return {"role": "assistant", "content": content}


TASK = user("<task>\nMend it\n</task>", DETAILS)
LS = says("<execute_command>\n<command>ls</command>\n</execute_command>")


def test_calls_in_xml_and_what_came_back(read: Read) -> None:
    (trajectory,) = read(
        [
            TASK,
            says(
                "<thinking>\nHm.\n</thinking>\n\nI look.\n\n<execute_command>\n<command>make &&\nls</command>\n"
                "<requires_approval>false</requires_approval>\n</execute_command>"
            ),
            user("[execute_command for 'make &&\nls'] Result:\nCommand executed.\nOutput:\n  a\n", DETAILS),
            says("<write_to_file>\n<path>a.html</path>\n<content>\n<b>a</content></b>\n</content>\n</write_to_file>"),
            user("[write_to_file for 'a.html'] Result:", "Saved.", DETAILS),
            says("<attempt_completion>\n<result>\nDone.\n</result>\n</attempt_completion>"),
        ]
    )
    ran, wrote, done = trajectory.steps
    assert (trajectory.source.format, trajectory.task.title) == ("anthropic-messages", "Mend it")
    assert (ran.reasoning, ran.thought, ran.command, ran.output) == ("Hm.", "I look.", "make &&\nls", "  a\n")
    assert wrote.action
    assert (wrote.action.tool, wrote.action.command) == ("write_to_file", "a.html")
    assert wrote.action.arguments == {"content": "<b>a</content></b>"}
    assert (wrote.prompt, wrote.output) == (DETAILS, "Saved.")
    assert done.action
    assert (done.action.tool, done.action.command, done.prompt) == ("attempt_completion", "Done.", DETAILS)


def test_native_calls_are_answered_in_words_in_their_order(read: Read) -> None:
    (trajectory,) = read(
        [
            TASK,
            calls(("list_files", {"path": "."}), ("use_subagents", {"prompt_1": "Look."}))
            | {"ts": 1_700_000_000_000, "modelInfo": {"modelId": "m"}},
            user("[list_files for '.'] Result:\na\nb", "[subagents] Result:\nTotal: 1", "# TODO", DETAILS),
            says("So it is."),
        ]
    )
    listed, delegated, said = trajectory.steps
    assert (listed.output, delegated.output) == ("a\nb", "Total: 1")
    assert (said.prompt, said.thought) == (f"# TODO\n{DETAILS}", "So it is.")
    assert (listed.started_at, trajectory.model) == ("2023-11-14T22:13:20Z", "m")


ROO = "Command executed in terminal  within working directory '/w/t'. "


@pytest.mark.parametrize(
    ("text", "output", "exit_code", "status"),
    [
        ("Command executed successfully (exit code 0).\nOutput:\na", "a", 0, StepStatus.OK),
        ("Command failed with exit code 2.\nOutput:\na", "a", 2, StepStatus.OK),
        ("Command executed.", "", None, StepStatus.OK),
        (f"{ROO}Exit code: 0\nOutput:\na", "a", 0, StepStatus.OK),
        (
            f"{ROO}Command execution was not successful, inspect the cause and adjust as needed.\nExit code: 1\n"
            "Output:\na",
            "a",
            1,
            StepStatus.OK,
        ),
        ("The user denied this operation.", "The user denied this operation.", None, StepStatus.REJECTED),
        ("Command is still running in the user's terminal.", None, None, StepStatus.RUNNING),
        ("Command execution timed out after 30 seconds.", None, None, StepStatus.TIMEOUT),
        ("The tool execution failed with the following error:\n<error>\nx\n</error>", None, None, StepStatus.ERROR),
    ],
)
@pytest.mark.parametrize("is_native", [False, True])
def test_how_a_command_ended(
    read: Read, text: str, output: str | None, exit_code: int | None, status: StepStatus, is_native: bool
) -> None:
    content = f"[execute_command for 'ls'] Result:\n{text}"
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t0", "content": content}]}
    native = [calls(("execute_command", {"command": "ls"})), result]
    (trajectory,) = read([TASK, *(native if is_native else [LS, user(content, DETAILS)])])
    step = trajectory.steps[0]
    assert (step.command, step.exit_code, step.status) == ("ls", exit_code, status)
    assert step.output == (text if output is None else output)


def test_roo_tells_where_the_shell_is_also_without_a_header(read: Read) -> None:
    result = {"type": "tool_result", "tool_use_id": "t0", "content": f"{ROO}Exit code: 0\nOutput:\na"}
    call = calls(("execute_command", {"command": "cd t"}))
    (trajectory,) = read([TASK, call, {"role": "user", "content": [result]}, call])
    first, then = trajectory.steps
    assert (first.output, first.exit_code, then.cwd) == ("a", 0, "/w/t")


def test_only_the_first_call_of_a_message_was_run(read: Read) -> None:
    second = "<read_file>\n<path>b</path>\n</read_file>"
    first = says(f"<read_file>\n<path>a</path>\n</read_file>\n{second}")
    (trajectory,) = read([TASK, first, user("[read_file for 'a'] Result:\nA", DETAILS)])
    step = trajectory.steps[0]
    assert step.action
    assert (step.action.command, step.output, step.thought) == ("a", "A", second)


def test_xml_that_nothing_answers_is_prose(read: Read) -> None:
    (trajectory,) = read([TASK, LS, user("Why?"), says("I was cut <off>."), user("[a] Result:\nb")])
    assert [step.action for step in trajectory.steps] == [None] * len(trajectory.steps)


def test_a_call_that_was_cut_off_is_kept_whole(read: Read) -> None:
    cut = says("<write_to_file>\n<path>a</path>\n<content>\nb\n</write_to_file>")
    (trajectory,) = read([TASK, cut, user("[write_to_file for 'a'] Result:\nSaved.", DETAILS)])
    action = trajectory.steps[0].action
    assert action
    assert (action.command, action.arguments) == ("a", {"content": "b"})
