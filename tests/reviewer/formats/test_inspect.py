"""Inspect's logs: each trap of their files in a small one."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput, NotATrajectory
from reviewer.formats import eval_archive, read_trajectories
from reviewer.trajectory import StepStatus, Trajectory
from tests.reviewer.formats.conftest import Read, Refuse

HEADER = {
    "version": 2,
    "status": "success",
    "eval": {"task": "demo", "model": "m", "packages": {"inspect_ai": "0.3.285"}},
    "plan": {"steps": [{"solver": "system_message"}, {"solver": "react"}]},
}
TASK = {"role": "user", "content": "Do it"}

Zip = Callable[..., Path]


def at(second: float) -> str:
    return f"2026-01-01T00:00:{second:06.3f}+00:00"


def call(command: Any, call_id: str, tool: str = "bash", **arguments: Any) -> dict[str, Any]:
    return {"id": call_id, "function": tool, "arguments": {"cmd": command} | arguments, "type": "function"}


def says(content: Any, *calls: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)} | values


def answers(content: Any, call_id: str, **values: Any) -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": call_id} | values


def sample(*messages: Any, sample_id: Any = "s", epoch: Any = 1, **values: Any) -> dict[str, Any]:
    return {"id": sample_id, "epoch": epoch, "messages": [TASK, *messages]} | values


def log(*samples: Any) -> dict[str, Any]:
    return HEADER | {"samples": list(samples)}


def tool(call_id: str, began: float, ended: float, name: str = "bash", **values: Any) -> dict[str, Any]:
    event = {"event": "tool", "id": call_id, "function": name, "span_id": "agent"}
    return event | {"timestamp": at(began), "completed": at(ended)} | values


def span(span_id: str, began: float, name: str = "bash") -> dict[str, Any]:
    event = {"event": "span_begin", "type": "tool", "id": span_id, "name": name, "parent_id": "agent"}
    return event | {"timestamp": at(began)}


def ran(span_id: str, code: Any, **values: Any) -> dict[str, Any]:
    return {"event": "sandbox", "action": "exec", "span_id": span_id, "result": code} | values


@pytest.fixture
def zipped(tmp_path: Path) -> Zip:
    """A zip of these entries, in order; a value is written as JSON."""

    def zipped(entries: list[tuple[str, Any]], compression: int = zipfile.ZIP_DEFLATED) -> Path:
        path = tmp_path / "log.eval"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, value in entries:
                archive.writestr(name, value if isinstance(value, bytes) else json.dumps(value))
        return path

    return zipped


ONE = sample(says("So.", call("ls", "c")), answers("a\r\n", "c"))
TWO = sample(says("Hm.", call("pwd", "c")), answers("/", "c"), sample_id="weird id/with slash")
ENTRIES: list[tuple[str, Any]] = [
    ("_journal/start.json", HEADER),
    ("samples/s_epoch_1.json", ONE),
    ("_journal/summaries/1.json", []),
    ("samples/weird id/with slash_epoch_1.json", TWO),
    ("header.json", HEADER | {"eval": HEADER["eval"] | {"model": "from the header"}}),  # type: ignore[operator]
]


def told(trajectories: list[Trajectory]) -> list[tuple[str, list[str]]]:
    return [(each.source.part, [step.command for step in each.steps]) for each in trajectories]


BOTH = [("s_epoch_1", ["ls"]), ("weird id/with slash_epoch_1", ["pwd"])]


def test_a_json_log(read: Read) -> None:
    (trajectory,) = read(log(ONE | {"scores": {"includes": {"value": "C"}, "n": {"value": 1}}, "total_time": 2}))
    assert (trajectory.source.format, trajectory.source.part) == ("inspect", "s_epoch_1")
    assert (trajectory.agent, trajectory.model, trajectory.task.id) == ("react, inspect_ai 0.3.285", "m", "demo/s")
    assert (trajectory.outcome, trajectory.totals) == ("includes: C, n: 1", {"total_time": 2.0})
    (step,) = trajectory.steps
    assert (step.thought, step.command, step.output, step.exit_code) == ("So.", "ls", "a\r\n", None)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_an_archive(zipped: Zip, compression: int) -> None:
    trajectories = list(read_trajectories(zipped(ENTRIES, compression)))
    assert told(trajectories) == BOTH
    assert {each.model for each in trajectories} == {"from the header"}
    assert trajectories[1].steps[0].pointer == "samples/weird id/with slash_epoch_1.json#/messages/1/tool_calls/0"


def test_a_run_that_was_killed_left_no_header(zipped: Zip) -> None:
    trajectories = list(read_trajectories(zipped(ENTRIES[:-1])))
    assert told(trajectories) == BOTH
    assert {each.model for each in trajectories} == {"m"}


def test_of_two_entries_of_one_name_the_later_counts(zipped: Zip) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped([*ENTRIES, ("samples/s_epoch_1.json", sample(says("", call("date", "c"))))])
    assert told(list(read_trajectories(path)))[0] == ("s_epoch_1", ["date"])


def test_the_same_sample_twice_has_two_parts(read: Read) -> None:
    assert [each.source.part for each in read(log(ONE, ONE))] == ["s_epoch_1", "s_epoch_1 (2)"]


def test_the_chunked_layout(zipped: Zip) -> None:
    head = {key: value for key, value in ONE.items() if key != "messages"}
    messages = [TASK, says("So.", call("ls", "c")), answers("attachment://1", "c"), says("not in the range")]
    entries = [
        ("header.json", HEADER),
        ("samples/s_epoch_1/sample.json", head | {"message_refs": [[0, 2], [2, 3]]}),
        ("samples/s_epoch_1/skeleton.json", {}),
        ("samples/s_epoch_1/events/stats.json", {"chunks": []}),
        ("samples/s_epoch_1/messages/2.json", messages[2:]),
        ("samples/s_epoch_1/messages/0.json", messages[:2]),
        ("samples/s_epoch_1/events/0.json", [span("x", 1), tool("c", 0, 5), ran("x", 3)]),
        ("samples/s_epoch_1/attachments/0.json", ["no", "a long text"]),
    ]
    (trajectory,) = read_trajectories(zipped(entries))
    (step,) = trajectory.steps
    assert (step.command, step.output, step.exit_code, step.duration) == ("ls", "a long text", 3, 5.0)
    entries[1] = ("samples/s_epoch_1/sample.json", head | {"message_refs": [[0, 9]]})
    with pytest.raises(BadInput, match=r"sample\.json#/message_refs/0: expected a range of the 4 messages"):
        list(read_trajectories(zipped(entries)))


@pytest.mark.parametrize("pool", ["message_pool", "events_data"])
def test_messages_in_a_pool(read: Read, pool: str) -> None:
    whole = sample(message_refs=[[0, 1], [1, 2]])
    messages = [TASK, says("So.", call("ls", "c"))]
    del whole["messages"]
    (trajectory,) = read(log(whole | {pool: messages if pool == "message_pool" else {"messages": messages}}))
    assert [step.command for step in trajectory.steps] == ["ls"]


def test_attachments_are_put_in_their_places(read: Read) -> None:
    messages = [says([{"type": "text", "text": "attachment://t"}], call("attachment://k", "c"))]
    attached = {"t": "Thought", "k": "cat <<E\nE", "o": "long"}
    whole = sample(*messages, answers("attachment://o", "c"), says("attachment://none"), attachments=attached)
    acted, spoke = read(log(whole))[0].steps
    assert (acted.thought, acted.command, acted.output) == ("Thought", "cat <<E\nE", "long")
    assert spoke.thought == "attachment://none"


def test_exit_codes_are_those_of_what_ran_in_the_calls_span(read: Read) -> None:
    messages = [
        says("", call("a", "1"), call("b", "2"), call("c", "3")),
        *(answers("", call_id) for call_id in ("2", "1", "3")),
    ]
    events = [
        ran("init", 9),
        *(span("A", 1.1), tool("1", 1, 2), ran("A", 1), ran("A", None, action="write_file")),
        *(tool("2", 3, 4, error={"type": "timeout"}), span("C", 5.1), tool("3", 5, 6), ran("C", 0)),
    ]
    steps = read(log(sample(*messages, events=events)))[0].steps
    assert [(step.exit_code, step.started_at, step.duration) for step in steps] == [
        (1, "2026-01-01T00:00:01Z", 1.0),
        (None, "2026-01-01T00:00:03Z", 1.0),
        (0, "2026-01-01T00:00:05Z", 1.0),
    ]
    assert {step.turn for step in steps} == {1}


@pytest.mark.parametrize(
    ("name", "inner", "code"),
    [
        ("bash", [ran("", 2)], 2),
        ("python", [ran("", 2)], 2),
        ("text_editor", [ran("", 2)], None),
        ("bash", [ran("", 0), ran("", 2)], None),
    ],
)
def test_exit_codes_of_before_there_were_spans(read: Read, name: str, inner: Any, code: int | None) -> None:
    messages = [says("", call("x", "1", name, path="/")), answers("", "1")]
    events = [tool("1", 1, 2, name, events=inner)]
    assert read(log(sample(*messages, transcript={"events": events})))[0].steps[0].exit_code == code


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("timeout", StepStatus.TIMEOUT),
        ("approval", StepStatus.REJECTED),
        ("parsing", StepStatus.NOT_EXECUTED),
        ("permission", StepStatus.ERROR),
    ],
)
def test_errors(read: Read, error: str, status: StepStatus) -> None:
    result = answers("", "c", error={"type": error, "message": "That went wrong."})
    step = read(log(sample(says("", call("x", "c")), result)))[0].steps[0]
    assert (step.output, step.exit_code, step.status) == ("That went wrong.", None, status)


def test_minus_one_is_no_exit_code(read: Read) -> None:
    events = [span("A", 1.1), tool("c", 1, 2), ran("A", -1)]
    step = read(log(sample(says("", call("x", "c")), answers("", "c"), events=events)))[0].steps[0]
    assert (step.exit_code, step.status) == (None, StepStatus.ERROR)


def test_reasoning_usage_and_what_was_cut(read: Read) -> None:
    parts = [
        {"type": "reasoning", "reasoning": "gAAAA", "redacted": True},
        {"type": "reasoning", "reasoning": "Hm."},
        {"type": "text", "text": "So."},
    ]
    generated = {"event": "model", "timestamp": at(0), "output": {"usage": {"total_tokens": 3}}}
    generated["output"]["choices"] = [{"message": {"id": "m1"}}]  # type: ignore[index]
    events = [generated, tool("c", 1, 2, truncated=[9, 3])]
    messages = [says(parts, call("x", "c"), id="m1"), answers("a", "c")]
    step = read(log(sample(*messages, events=events)))[0].steps[0]
    assert (step.reasoning, step.thought) == ("[redacted]\n\nHm.", "So.")
    assert (step.usage, step.truncated_by_producer) == ({"total_tokens": 3}, True)


@pytest.mark.parametrize(
    ("arguments", "command", "is_input"),
    [
        ({"action": "type_submit", "input": "ls"}, "ls", False),
        ({"action": "type", "input": "y"}, "y", True),
        ({"action": "read"}, "", True),
        ({"action": "interrupt"}, "C-c", True),
    ],
)
def test_a_session_shows_what_is_typed(read: Read, arguments: Any, command: str, is_input: bool) -> None:
    acts = {"id": "c", "function": "bash_session", "arguments": arguments}
    action = read(log(sample(says("", acts))))[0].steps[0].action
    assert action is not None
    assert (action.command, action.is_input, action.is_shell) == (command, is_input, not is_input)


def test_how_a_sample_ended(read: Read) -> None:
    limited = ONE | {"limit": {"type": "token", "limit": 3}, "scores": {"s": {"value": {"a": 1}}}}
    failed = TWO | {"error": {"message": "boom"}}
    assert [each.outcome for each in read(log(limited, failed))] == ['limit: token, s: {"a": 1}', "error: boom"]


def test_samples_without_an_agent_are_no_trajectories(read: Read, refuse: Refuse) -> None:
    assert told(read(log(sample(), ONE))) == BOTH[:1]
    assert str(refuse(log(sample()))) == "file.json: holds nothing that an agent said or did"


@pytest.mark.parametrize(
    ("damaged", "line"),
    [
        (sample(says("", call("x", "c")), epoch="1"), "/samples/0/epoch: expected a whole number, found text"),
        (sample({"role": "judge"}), "/samples/0/messages/1/role: expected one of system, user, assistant, tool"),
        (sample(says("", {"id": "c"})), "/samples/0/messages/1/tool_calls/0/function: expected text, found nothing"),
        (sample(says("x"), events=[{"event": "tool", "function": 3}]), "/events/0/function: expected text"),
        (sample(says("x"), scores={"a": 1}), "/samples/0/scores/a: expected an object"),
    ],
)
def test_a_damaged_log_is_refused_with_the_place(refuse: Refuse, damaged: Any, line: str) -> None:
    assert line in str(refuse(log(damaged)))


def test_damage_in_an_archive_is_named_with_its_entry(zipped: Zip) -> None:
    with pytest.raises(BadInput, match=r"log\.eval: samples/s_epoch_1\.json: not JSON"):
        list(read_trajectories(zipped([("header.json", HEADER), ("samples/s_epoch_1.json", b"{")])))
    path = zipped(ENTRIES, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"So.", b"No.", 1))
    with pytest.raises(BadInput, match=r"samples/s_epoch_1\.json: damaged: its checksum is wrong"):
        list(read_trajectories(path))
    deep = b'{"messages": ' + b"[" * 100_000
    with pytest.raises(BadInput, match=r"samples/s_epoch_1\.json: nested too deeply"):
        list(read_trajectories(zipped([("header.json", HEADER), ("samples/s_epoch_1.json", deep)])))


def test_an_entry_that_unpacks_to_too_much_is_refused(zipped: Zip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eval_archive, "LARGEST_ENTRY", 1 << 20)
    path = zipped([*ENTRIES, ("samples/b_epoch_1.json", b" " * (1 << 20) + b"{}")])
    with pytest.raises(BadInput, match=r"samples/b_epoch_1\.json: unpacks to more than 1 MiB"):
        list(read_trajectories(path))


def test_other_archives_are_not_taken_for_logs(zipped: Zip) -> None:
    for name in ("samples/a.json", "src/header.json", "readme.txt", "header.json"):
        with pytest.raises(NotATrajectory):
            list(read_trajectories(zipped([(name, b"\0{}")])))


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_an_archive_cut_anywhere_gives_the_whole_samples(zipped: Zip, compression: int) -> None:
    path = zipped(ENTRIES[:-1], compression)
    data = path.read_bytes()
    counts = []
    for end in range(len(data)):
        path.write_bytes(data[:end])
        try:
            found = list(read_trajectories(path))
        except BadInput as error:
            assert "\n" not in str(error)
            found = []
        assert told(found) == BOTH[: len(found)]
        counts.append(len(found))
    assert counts == sorted(counts)
    assert set(counts) == {0, 1, 2}


def test_a_log_that_was_streamed_has_its_sizes_after_the_entries(tmp_path: Path) -> None:
    class Stream(io.RawIOBase):
        """A file that cannot go back."""

        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, value in ENTRIES:
            archive.writestr(name, json.dumps(value))
    path = tmp_path / "log.eval"
    path.write_bytes(stream.data)
    assert told(list(read_trajectories(path))) == BOTH
    path.write_bytes(stream.data[: stream.data.index(b"PK\x01\x02") - 9])
    assert told(list(read_trajectories(path))) == BOTH


def test_wrong_bytes_in_an_archive(zipped: Zip) -> None:
    path = zipped(ENTRIES)
    data = path.read_bytes()
    chance = random.Random(1)
    for _ in range(400):
        content = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(4, len(content))] = chance.randrange(256)
        path.write_bytes(content)
        try:
            list(read_trajectories(path, chance.choice([None, "inspect"])))
        except BadInput as error:
            assert "\n" not in str(error)
