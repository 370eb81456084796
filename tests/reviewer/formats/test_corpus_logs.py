"""Real logs and sessions: what the importers count is what the files hold, counted here by other code."""

from __future__ import annotations

import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import zstandard

from reviewer.errors import BadInput
from reviewer.formats import Document, detect, read_trajectories
from reviewer.trajectory import StepStatus, Trajectory

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpus"
NO_AGENT = {"log_tool_call_error.json", "cc_debug_image_message.jsonl", "acidicsoil_view_demo.jsonl"}
"""Files in which no agent says or does anything."""

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files, ../shared/corpus, is not here")


class Count(NamedTuple):
    commands: int
    exit_codes: int
    times: int


def files(*patterns: str) -> list[Path]:
    found = {path.relative_to(CORPUS) for pattern in patterns for path in CORPUS.glob(pattern)}
    return sorted(path for path in found if path.name not in NO_AGENT) or [Path("absent")]


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The objects in a file's lines; anything else in it is no line."""
    for text in (CORPUS / path).read_text(encoding="utf-8").splitlines():
        try:
            value = json.loads(text)
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def unzipped(path: Path) -> dict[str, Any]:
    """The JSON in a zip archive by name. Python's own module reads no Zstandard before 3.14."""
    data = (CORPUS / path).read_bytes()
    content = {}
    for info in zipfile.ZipFile(CORPUS / path).infolist():
        sizes = struct.unpack_from("<HH", data, info.header_offset + 26)
        start = info.header_offset + 30 + sum(sizes)
        packed = data[start : start + info.compress_size]
        unpacker: Any = zstandard.ZstdDecompressor() if info.compress_type == 93 else zlib
        unpack = unpacker.decompressobj() if info.compress_type == 93 else unpacker.decompressobj(-15)
        content[info.filename] = json.loads(unpack.decompress(packed))
    return content


def samples_of(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".json":
        found: list[dict[str, Any]] = json.loads((CORPUS / path).read_bytes())["samples"]
        return found
    content = unzipped(path)
    whole = [value for name, value in content.items() if re.fullmatch(r"samples/.*_epoch_\d+\.json", name)]
    for name, value in content.items():
        if name.endswith("/sample.json"):
            folder = name.removesuffix("/sample.json")
            for part in ("messages", "events"):
                starts = sorted(
                    int(key.split("/")[-1][:-5]) for key in content if re.match(rf"{folder}/{part}/\d", key)
                )
                value[part] = [item for start in starts for item in content[f"{folder}/{part}/{start}.json"]]
            whole.append(value)
    return whole


def count_inspect(sample: dict[str, Any]) -> Count:
    spoken = [message for message in sample["messages"] if message["role"] == "assistant"]
    calls = [call["id"] for message in spoken for call in message.get("tool_calls") or []]
    events = sample["events"] if "events" in sample else sample["transcript"]["events"]
    shells = [event for event in events if str(event.get("cmd")).startswith("bash --login -c")]
    timed = {event["id"] for event in events if event["event"] == "tool"}
    answers = [event["output"]["choices"][0]["message"] for event in events if event["event"] == "model"]
    known = {answer.get("id") for answer in answers} - {None}
    silent = [message for message in spoken if not message.get("tool_calls")]
    times = sum(call in timed for call in calls) + sum(message.get("id") in known for message in silent)
    return Count(len(calls), len(shells), times)


INSPECT = [path for path in files("inspect-eval/*", "inspect-json/*") if path.name != "gen_truncated.eval"]


@pytest.mark.parametrize("path", INSPECT, ids=str)
def test_inspect(path: Path) -> None:
    assert detect(Document(CORPUS / path)).name == "inspect"
    samples, trajectories = samples_of(path), list(read_trajectories(CORPUS / path))
    assert [each.source.part for each in trajectories] == [f"{each['id']}_epoch_{each['epoch']}" for each in samples]
    for trajectory, sample in zip(trajectories, samples, strict=True):
        check(trajectory, count_inspect(sample))
        assert trajectory.task.id.endswith(f"/{sample['id']}")


def test_inspect_in_every_layout_has_the_same_steps() -> None:
    names = ("chunked.eval", "deflate.eval", "zstd_0.3.285.eval", "incomplete_noheader.eval")
    told = []
    for name in names:
        trajectories = read_trajectories(CORPUS / f"inspect-eval/gen_bash_{name}".replace("bash_inc", "inc"))
        told.append([[(s.command, s.output, s.exit_code, s.status) for s in each.steps] for each in trajectories])
    assert told[0] == told[1] == told[2] == told[3]
    first = told[0][0]
    assert [code for *_, code, _ in first] == [0, 1, 0, 0, 0, 3, None, 0, None]
    assert [status for *_, status in first].index(StepStatus.TIMEOUT) == 6
    assert first[6][1] == "Command timed out before completing."


def test_inspect_cut_short_has_the_samples_before_the_cut() -> None:
    (salvaged,) = read_trajectories(CORPUS / "inspect-eval/gen_truncated.eval")
    whole = next(iter(read_trajectories(CORPUS / "inspect-eval/gen_bash_zstd_0.3.285.eval")))
    assert salvaged.steps == whole.steps
    assert salvaged.totals["archive_is_cut"] is True
    assert salvaged.model == whole.model == "mockllm/model"


@pytest.mark.parametrize("name", ["gen_bash_zstd_0.3.285.eval", "gen_bash_chunked.eval", "gen_bash_deflate.eval"])
def test_inspect_cut_anywhere_gives_the_whole_samples(tmp_path: Path, name: str) -> None:
    data = (CORPUS / "inspect-eval" / name).read_bytes()
    whole = list(read_trajectories(CORPUS / "inspect-eval" / name))
    counts = set()
    for end in [*range(0, len(data), 997), len(data) - 1]:
        path = tmp_path / "log.eval"
        path.write_bytes(data[:end])
        try:
            found = list(read_trajectories(path))
        except BadInput:
            found = []
        assert [each.steps for each in found] == [each.steps for each in whole[: len(found)]]
        counts.add(len(found))
    assert counts == {0, 1, 2}


def count_claude_code(lines: list[dict[str, Any]]) -> Count:
    turns: dict[str, list[dict[str, Any]]] = {}
    exit_codes, spoken = 0, 0
    for number, line in enumerate(lines):
        said = line.get("message")
        message: dict[str, Any] = said if isinstance(said, dict) else {}
        blocks = message.get("content")
        if line["type"] == "assistant" and message.get("model") != "<synthetic>":
            turns.setdefault(message.get("id") or str(number), []).extend(blocks or [])
        for block in blocks if isinstance(blocks, list) else []:
            if isinstance(block, dict) and block["type"] == "tool_result" and block.get("is_error"):
                exit_codes += str(block["content"]).startswith("Exit code ")
        watched = line.get("toolUseResult")
        exit_codes += isinstance(watched, dict) and watched.get("exitCode") is not None
    calls = [block for blocks in turns.values() for block in blocks if block["type"] == "tool_use"]
    for blocks in turns.values():
        kinds = {block["type"] for block in blocks}
        spoken += "tool_use" not in kinds and "text" in kinds
    is_timed = "timestamp" in lines[0] or any("timestamp" in line for line in lines if line["type"] == "assistant")
    return Count(len(calls), exit_codes, len(calls) + spoken if is_timed else 0)


CLAUDE_CODE = files("claude-code/*", "harbor-trial/*/agent/claude-code.txt")
FORKED = "cc_dag_fork.jsonl"


@pytest.mark.parametrize("path", [path for path in CLAUDE_CODE if path.name != FORKED], ids=str)
def test_claude_code(path: Path) -> None:
    assert detect(Document(CORPUS / path)).name == "claude-code"
    (trajectory,) = read_trajectories(CORPUS / path)
    lines = list(lines_of(path)) if path.suffix != ".json" else json.loads((CORPUS / path).read_bytes())["loglines"]
    check(trajectory, count_claude_code([line for line in lines if "type" in line]))
    assert not any(name.startswith("abandoned") for name in trajectory.totals)


def test_a_branch_that_was_left_is_no_part_of_the_session() -> None:
    (trajectory,) = read_trajectories(CORPUS / "claude-code" / FORKED)
    assert [(step.prompt, step.thought) for step in trajectory.steps] == [
        ("", "Reply 1"),
        ("Middle\n\nFork from c", "Forked reply"),
        ("End of s3", ""),
    ]
    assert trajectory.totals == {"abandoned_turns": 2}


def test_parallel_calls_whose_results_fork_the_tree_are_one_turn() -> None:
    (trajectory,) = read_trajectories(CORPUS / "claude-code/cc_ef958aa1_2.1.jsonl")
    tools = [(step.turn, step.action.tool) for step in trajectory.steps if step.action]
    agents = [turn for turn, tool in tools if tool == "Agent"]
    assert len(agents) == 6
    assert len(set(agents)) == 2
    assert all(step.output for step in trajectory.steps if step.action)


def test_claude_codes_sidechain_is_flagged_and_its_first_message_the_task() -> None:
    (trajectory,) = read_trajectories(CORPUS / "claude-code/cc_agent-668b5ac2_sidechain.jsonl")
    assert all(step.sidechain for step in trajectory.steps)
    assert trajectory.task.instructions


@pytest.mark.parametrize("path", files("other/cass_*"), ids=str)
def test_look_alikes_are_refused(path: Path) -> None:
    with pytest.raises(BadInput, match="not a trajectory"):
        list(read_trajectories(CORPUS / path))


def count_codex(lines: list[dict[str, Any]]) -> Count:
    items = [line["payload"] for line in lines if line["type"] == "response_item"]
    calls = [item for item in items if str(item.get("type")).endswith("_call")]
    outputs = [str(item["output"]) for item in items if "output" in item]
    codes = [re.search(r'"exit_code": \d|^Exit code: \d|^Process exited with code \d', o, re.M) for o in outputs]
    spoken = [item for item in items if item.get("role") == "assistant"]
    return Count(len(calls), sum(map(bool, codes)), len(calls) + len(spoken))


@pytest.mark.parametrize("path", files("codex-rollout/*"), ids=str)
def test_codex(path: Path) -> None:
    assert detect(Document(CORPUS / path)).name == "codex"
    (trajectory,) = read_trajectories(CORPUS / path)
    check(trajectory, count_codex(list(lines_of(path))))


@pytest.mark.parametrize("name", sorted(NO_AGENT))
def test_a_file_in_which_no_agent_acts_is_refused(name: str) -> None:
    (path,) = CORPUS.glob(f"*/{name}")
    with pytest.raises(BadInput, match="holds nothing that an agent said or did"):
        list(read_trajectories(path))


def check(trajectory: Trajectory, count: Count) -> None:
    steps = trajectory.steps
    told = Count(
        trajectory.commands,
        sum(step.exit_code is not None for step in steps),
        sum(step.started_at is not None for step in steps),
    )
    assert told == count
    assert [step.ordinal for step in steps] == list(range(1, len(steps) + 1))
    assert all(step.pointer for step in steps)
    assert all(step.action or step.thought or step.reasoning or step.prompt for step in steps)
    assert all(step.exit_code != -1 for step in steps)
    json.loads(trajectory.canonical)
