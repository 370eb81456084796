"""Files that are damaged, that are something else, or that mean harm: one clear line, and never a crash."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput, ErrataError, NotATrajectory
from reviewer.formats import FORMATS, format_named, read_trajectories
from reviewer.trajectory import Trajectory, step_from_dict, step_to_dict
from tests.reviewer.formats.conftest import Read, Write

TASK = {"role": "user", "content": "Do it"}


def says(text: str, **arguments: Any) -> dict[str, Any]:
    return {
        "role": "assistant",
        "content": text,
        "tool_calls": [{"function": {"name": "bash", "arguments": arguments}}],
    }


CHAT = {"messages": [TASK, says("So.", command="ls")]}


def read_bytes(folder: Path, data: bytes, format_name: str | None = None) -> list[Trajectory]:
    path = folder / "file"
    path.write_bytes(data)
    return list(read_trajectories(path, format_name))


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "file: not a trajectory: the file is empty"),
        (b"\xef\xbb\xbf \n", "file: not a trajectory: the file is empty"),
        (b"PKPK\0\0", "file: not a trajectory: binary data (a NUL byte at 4), expected JSON"),
        (b"PK\x03\x04\0\0", "file: cannot be unpacked: "),
        ('{"messages": []}'.encode("utf-16"), "file: not a trajectory: binary data"),
        (b"[  OK  ] Started.", "file: not a trajectory: plain text, expected JSON"),
        (b"['tmux', 'send-keys']\n", "file: not a trajectory: plain text, expected JSON"),
        (b"{}", "file: not a trajectory: JSON with no keys"),
        (b"[]", "file: not a trajectory: JSON list"),
        (b'{"a": 1}\n{"a": 2}', "file: not a trajectory: JSON lines with the keys 'a'"),
        (json.dumps(CHAT).encode()[:-9], "file: line 1 column"),
        (b'{"messages": [' + b"[" * 100_000, "file: nested too deeply"),
        (b'{"messages": [' + b"9" * 5000 + b"]}", "file: a number has too many digits"),
        (json.dumps(CHAT).encode() + b'\n{"messages": \n' + json.dumps(CHAT).encode(), "file: line 2 column"),
        (json.dumps(CHAT).encode() + b"\n" + b"9" * 5000, "file: line 2: a number has too many digits"),
    ],
)
def test_one_line_says_what_is_wrong(tmp_path: Path, data: bytes, line: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_bytes(tmp_path, data)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            list(read_trajectories(path))


@pytest.mark.parametrize("name", [each.name for each in FORMATS])
@pytest.mark.parametrize("data", [b"", b"plain", b"\0", b"7", b"null", b"[7]", b"{}", b"[]", b'{"a": 1}\n7\n'])
def test_a_format_that_was_named_refuses_what_is_not_its_own(tmp_path: Path, name: str, data: bytes) -> None:
    try:
        trajectories = read_bytes(tmp_path, data, name)
    except BadInput as error:
        assert "\n" not in str(error)
    else:  # an empty list of messages is a chat in which nothing was said
        assert data == b"[]"
        assert [trajectory.commands for trajectory in trajectories] == [0]


def test_an_unknown_format_is_named_with_those_that_exist() -> None:
    with pytest.raises(ErrataError, match=r"no format is called 'word'; there are: .*atif, mini-swe-agent, "):
        format_named("word")


def test_bytes_that_are_not_utf_8_are_kept(tmp_path: Path) -> None:
    (trajectory,) = read_bytes(tmp_path, json.dumps(CHAT).encode().replace(b'"ls"', b'"echo \xff"'))
    assert trajectory.steps[0].command == "echo \udcff"
    assert json.loads(trajectory.canonical)


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e999", "9" * 4000, "-0.0"])
def test_every_number_has_a_canonical_form(tmp_path: Path, number: str) -> None:
    def refuse(constant: str) -> Any:
        raise AssertionError(constant)

    response = {"choices": [{"message": says("So.", command="ls", timeout="NUMBER")}], "usage": {"tokens": "NUMBER"}}
    log = json.dumps({"messages": [TASK], "response": response, "timestamp": "NUMBER"}).replace('"NUMBER"', number)
    (trajectory,) = read_bytes(tmp_path, log.encode())
    assert json.loads(trajectory.canonical, parse_constant=refuse)
    assert [step_from_dict(step_to_dict(step)) for step in trajectory.steps] == list(trajectory.steps)


def test_values_that_are_passed_on_are_not_nested_too_deeply(tmp_path: Path) -> None:
    deep = "[" * 500 + "]" * 500
    with pytest.raises(BadInput, match="/messages/1/tool_calls/0/function/arguments: nested too deeply"):
        read_bytes(tmp_path, json.dumps({"messages": [TASK, says("", x="DEEP")]}).replace('"DEEP"', deep).encode())
    with pytest.raises(NotATrajectory):
        read_bytes(tmp_path, f'{{"schema_version": {deep}, "trajectory_format": {deep}, "steps": []}}'.encode())


def test_no_text_takes_long_to_read(read: Read) -> None:
    """Every protocol in words is read in one pass: a pattern that starts again and again takes minutes for these."""
    pieces = [
        "```bash\n",
        "<function=f><parameter=p>",
        "<output>\n",
        "[Command finished with exit code 0] ",
        "C-",
        "{",
    ]
    pieces += [
        "<exception>",
        "```mswea_bash_command ",
        "(Current directory: ",
        "[The command completed with exit code 1.",
    ]
    began = time.monotonic()
    for piece in pieces:
        text = piece * (400_000 // len(piece))
        read([TASK, {"role": "assistant", "content": text}, {"role": "user", "content": text}])
        read(
            [TASK, {"role": "user", "content": "<returncode>0</returncode>"}, {"role": "assistant", "content": text}]
        )
        read({"history": [{"role": "user", "content": text}, {"role": "assistant", "content": text, "action": text}]})
        steps = [{"source": "agent", "message": text, "observation": {"results": [{"content": text}]}}]
        read({"schema_version": "ATIF-v1.6", "steps": steps})
    assert time.monotonic() - began < 20


def test_many_calls_with_one_id_are_joined_in_one_pass(read: Read) -> None:
    call = {"id": "c", "function": {"name": "bash", "arguments": "ls"}}
    messages: list[dict[str, Any]] = [{"role": "assistant", "content": "", "tool_calls": [call] * 20_000}]
    messages += [{"role": "tool", "tool_call_id": "c", "content": str(number)} for number in range(20_000)]
    began = time.monotonic()
    (trajectory,) = read([TASK, *messages])
    assert {step.output for step in trajectory.steps} == {str(number) for number in range(20_000)}
    assert time.monotonic() - began < 10


def test_the_same_file_has_the_same_trajectory_under_another_name(write: Write) -> None:
    first, second = (list(read_trajectories(write(CHAT, name=name))) for name in ("a.json", "b.jsonl"))
    assert [each.id for each in first] == [each.id for each in second]
    assert [each.source.name for each in (*first, *second)] == ["a.json", "b.jsonl"]
