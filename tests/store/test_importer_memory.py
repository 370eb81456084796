"""Files, folders that are one trajectory, and archives, on their way into the store."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.importer import find_files, import_paths
from store.store import Store
from tests.programs import ROOT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store" / "errata.db") as store:
        yield store


def chat(command: str, task: str = "Do it") -> str:
    call = {"function": {"name": "bash", "arguments": {"command": command}}}
    said = [{"role": "user", "content": task}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    return json.dumps({"messages": said})


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A trial, a chat, an archive of a good and a bad file, and a file that is none."""
    folder = tmp_path / "runs"
    atif = {"schema_version": "ATIF-v1.6", "steps": [{"source": "agent", "message": "hm"}]}
    files = {"t1/agent/trajectory.json": json.dumps(atif), "t1/agent/other.json": chat("no"), "t1/result.json": "{}"}
    for name, text in (files | {"chat.json": chat("ls"), "README": "hello"}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    with zipfile.ZipFile(folder / "x.zip", "w") as archive:
        archive.writestr("good.json", chat("pwd"))
        archive.writestr("bad.json", chat("pwd")[:-3])
        archive.writestr("README", "hello")
    return folder


def test_a_folder_that_is_one_trajectory_is_given_back_whole(runs: Path) -> None:
    found = [(path.relative_to(runs).as_posix(), inside) for path, inside in find_files([runs])]
    assert found == [("README", True), ("chat.json", True), ("x.zip", True), ("t1", True)]
    assert list(find_files([runs / "t1"])) == [(runs / "t1", False)]
    named = [path.relative_to(runs).as_posix() for path, _ in find_files([runs / "t1"], "atif")]
    assert named == ["t1/result.json", "t1/agent/other.json", "t1/agent/trajectory.json"]


def test_each_member_of_an_archive_is_reported_for_itself(store: Store, runs: Path) -> None:
    results = {result.path.relative_to(runs).as_posix(): result for result in import_paths(store, [runs])}
    assert {name: result.format for name, result in results.items()} == {
        "README": "",
        "chat.json": "openai-chat",
        "t1": "harbor",
        "x.zip/README": "",
        "x.zip/bad.json": "",
        "x.zip/good.json": "openai-chat",
    }
    assert results["x.zip/bad.json"].error.startswith(f"{runs}/x.zip/bad.json: line 1 column ")
    assert [name for name, result in results.items() if result.skipped] == ["README", "x.zip/README"]
    assert len(store.trajectories.all()) == 3


def test_the_same_file_in_an_archive_is_already_there(store: Store, runs: Path) -> None:
    import_paths(store, [runs])
    (runs / "chat.json.gz").write_bytes(gzip.compress((runs / "chat.json").read_bytes()))
    (result,) = import_paths(store, [runs / "chat.json.gz"])
    assert [new for _, new in result.trajectories] == [False]
    (again,) = import_paths(store, [runs / "t1"])
    assert [new for _, new in again.trajectories] == [False]


def test_an_archive_without_any_trajectory_says_so(store: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("README", "hello")
    results = import_paths(store, [tmp_path / "x.zip"])
    assert [(result.error, result.skipped) for result in results][1:] == [
        (f"{tmp_path}/x.zip: no trajectory among the 1 file in it", False)
    ]
    (tmp_path / "empty.zip").write_bytes(b"PK\x03\x04")
    (broken,) = import_paths(store, [tmp_path / "empty.zip"])
    assert broken.error.startswith(f"{tmp_path}/empty.zip: cannot be unpacked: ")


def test_a_pipe_is_not_waited_for(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (result,) = import_paths(store, [tmp_path / "pipe"])
    assert result.error == f"{tmp_path}/pipe: not a regular file"


IMPORT = """
import resource, sys
from pathlib import Path
from store.importer import import_paths
from store.store import Store
with Store(Path(sys.argv[1])) as store:
    (result,) = import_paths(store, [Path(sys.argv[2])])
print(len(result.trajectories), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Trajectories of one file are read, kept and let go one by one."""

    def peak(count: int) -> int:
        path = tmp_path / f"{count}.jsonl"
        with path.open("w") as file:
            file.writelines(chat(f"echo {number}", "word " * 40_000) + "\n" for number in range(count))
        command = [sys.executable, "-c", IMPORT, str(tmp_path / f"{count}.db"), str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        done, kilobytes = map(int, ran.stdout.split())
        assert done == count
        return kilobytes

    assert peak(200) - peak(20) < 20_000  # of 36 MB more
