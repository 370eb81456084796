"""Whatever stands in a folder, a recording or an archive: trajectories or BadInput, and nothing else."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.formats import read_trajectories
from tests.reviewer.formats.runs import ASCIICAST, ENTERED, OPENHANDS_V1, PROMPT
from tests.reviewer.formats.test_fuzz import ATIF, TERMINUS, check

Files = dict[str, bytes]


def lines(*values: object) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


SHOWN = (PROMPT + "ls" + ENTERED + "a\r\n" + PROMPT).encode()
HEAD = b'Script started on 2026-01-01 00:00:00+00:00 [COLUMNS="80"]\n'
TAIL = b'\nScript done on 2026-01-01 00:00:09+00:00 [COMMAND_EXIT_CODE="0"]\n'
RESULTS = {
    "task_id": "t",
    "instruction": "Do it",
    "is_resolved": True,
    "failure_mode": "unset",
    "total_input_tokens": 3,
}

FOLDERS: list[tuple[str, Files]] = [
    (
        "harbor",
        {
            "agent/trajectory.json": lines(ATIF | {"continued_trajectory_ref": "b.json"}),
            "agent/b.json": lines(ATIF),
            "result.json": lines(
                {"task_name": "t", "verifier_result": {"rewards": {"r": 1.0}}, "agent_result": {"n": 1}}
            ),
            "config.json": lines({"agent": {"model_name": "m"}}),
            "verifier/reward.txt": b"1\n",
        },
    ),
    ("terminal-bench", {"results.json": lines(RESULTS), "sessions/agent.cast": lines(*ASCIICAST)}),
    ("terminal-bench", {"results.json": lines(RESULTS), "commands.txt": b"['ls', 'Enter']\n\"a\\n\"\n['C-d']\n"}),
    (
        "terminal-bench",
        {
            "results.json": lines(RESULTS),
            "agent-logs/episode-0/prompt.txt": b"Do it",
            "agent-logs/episode-0/response.txt": TERMINUS.encode(),
        },
    ),
    (
        "openhands-v1",
        {f"events/event-{n:05}-00000000.json": lines(event) for n, event in enumerate(OPENHANDS_V1)}
        | {"base_state.json": lines({"workspace": {"working_dir": "/"}, "agent": {"llm": {"model": "m"}}})},
    ),
]
SCRIPTS: list[Files] = [
    {"log": HEAD + SHOWN + TAIL, "log.timing": b"1.5 9\n1.5 20\n"},
    {
        "log": HEAD + SHOWN + TAIL,
        "log.timing": b"H 0.0 OUTPUT_LOG log\nH 0.0 INPUT_LOG in\nO 1.5 9\nI 1.5 3\nO 1.0 20\nS 1.0 SIGWINCH\n",
        "in": HEAD + b"ls\r" + TAIL,
    },
]


def write(folder: Path, files: Files) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.parametrize(("name", "files"), FOLDERS)
def test_the_specimens_themselves_are_read(name: str, files: Files, tmp_path: Path) -> None:
    trajectories = list(read_trajectories(write(tmp_path / "folder", files)))
    assert {trajectory.source.format for trajectory in trajectories} == {name}
    assert all(trajectory.steps for trajectory in trajectories)
    for script in SCRIPTS:
        (trajectory,) = read_trajectories(write(tmp_path / "folder", script) / "log")
        assert [step.command for step in trajectory.steps if step.action and step.action.is_shell] == ["ls"]


def damage(data: st.DataObject, content: bytes) -> bytes:
    """Some bytes cut out and others put in."""
    at = data.draw(st.integers(0, len(content)))
    cut = data.draw(st.sampled_from([0, 1, 9, len(content)]))
    words = st.sampled_from([b"", b"\x1b", b"\r\n", b"99999999", b"null", b"[]", b"1e9", b"-", PROMPT.encode()])
    return content[:at] + data.draw(words | st.binary(max_size=3)) + content[at + cut :]


@settings(suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_damaged_files(tmp_path: Path, data: st.DataObject) -> None:
    files = data.draw(st.sampled_from([files for _, files in FOLDERS] + SCRIPTS))
    name = data.draw(st.sampled_from(sorted(files)))
    files = {key: content for key, content in files.items() if key != name or data.draw(st.booleans())}
    if name in files:
        files[name] = damage(data, files[name])
    folder = write(tmp_path / "folder", files or {"x": b""})
    check(folder / "log" if "log" in files else folder, None)


def archives() -> dict[str, bytes]:
    content = lines(ATIF)
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/b.json", content)
        file.writestr("c.txt", "hello")
    with tarfile.open(fileobj=tarred, mode="w") as tar:
        info = tarfile.TarInfo("a/b.json")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    packed = zstandard.ZstdCompressor().compress(tarred.getvalue())
    return {"x.zip": zipped.getvalue(), "x.tar": tarred.getvalue(), "x.tar.zst": packed}


@settings(suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_damaged_archives(tmp_path: Path, data: st.DataObject) -> None:
    name, content = data.draw(st.sampled_from(sorted(archives().items())))
    path = tmp_path / name
    path.write_bytes(damage(data, content))
    check(path, None)
