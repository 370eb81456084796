"""Bad input, given to the program as people give it: one clear line each, exit 2, and nothing half-written."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from reviewer.formats import Document, Folder, sources
from store import Store
from store.database import wal_reset_fault
from store.sqlite import sqlite3 as used
from tests.programs import start
from tests.tui.cli.conftest import Ended, Errata, session_file

AS_ROOT = os.geteuid() == 0


def refusal(result: Ended, start: str = "errata: ") -> str:
    """The one line that refuses."""
    assert result.code == 2, result
    assert result.err.startswith(start) and result.err.count("\n") == 1, result
    assert "Traceback" not in result.err
    return result.err.removeprefix(start).rstrip("\n")


# -- files


NOT_TRAJECTORIES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a trajectory: the file is empty"),
    "blank": (b" \n\n", "not a trajectory: the file is empty"),
    "cut in a text": (b'{"messages": [{"role": "user", "con', "line 1 column "),
    "cut between": (b'{"messages": [{"role": "user", "content": "x"}', "the JSON ends too early; the file seems cut"),
    "messages no list": (b'{"trajectory_format": "mini-swe-agent-1.1", "messages": 7, "info": {}}', "messages"),
    "message no object": (b'{"trajectory_format": "mini-swe-agent-1.1", "messages": [7], "info": {}}', "messages"),
    "list of numbers": (b"[1, 2, 3]", "not a trajectory: JSON list"),
    "JSON text": (b'"text"', "not a trajectory: plain text"),
    "prose": (b"remember the milk", "not a trajectory: plain text, expected JSON"),
    "program": (b"\x7fELF\x00\x01\x02", "not a trajectory: binary data (a NUL byte at 4), expected JSON"),
    "nested": (b"[" * 100_000, "nested too deeply"),
    "huge number": (b'{"a": ' + b"9" * 10_000 + b"}", ""),
}


@pytest.mark.parametrize("kind", NOT_TRAJECTORIES)
def test_a_file_that_is_no_trajectory(program: Errata, tmp_path: Path, kind: str) -> None:
    content, why = NOT_TRAJECTORIES[kind]
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    assert why in refusal(program("import", path), f"FAILED {path}: ")
    assert program("list", "--json").json == []


def test_a_file_cut_anywhere(errata: Errata, tmp_path: Path) -> None:
    whole = session_file(tmp_path / "whole.json").read_bytes()
    path = tmp_path / "cut.json"
    for end in range(1, len(whole), 41):
        path.write_bytes(whole[:end])
        refusal(errata("import", path), f"FAILED {path}: ")
    assert errata("list", "--json").json == []


def test_a_sparse_gigabyte_of_zeros(program: Errata, tmp_path: Path) -> None:
    path = tmp_path / "zeros.json"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    assert "binary data" in refusal(program("import", path), f"FAILED {path}: ")
    assert "not an Errata store" in refusal(program("--store", path, "list"))


def test_a_folder_without_trajectories(program: Errata, tmp_path: Path) -> None:
    empty, others = tmp_path / "empty", tmp_path / "others"
    empty.mkdir()
    session_file(others / ".hidden" / "session.json")
    (others / "notes.txt").write_text("remember the milk")
    assert refusal(program("import", empty), f"FAILED {empty}: ").startswith("no trajectory in this folder")
    result = program("import", others)
    assert result.code == 2
    assert result.err.splitlines() == [
        f"FAILED {others}: no trajectory in this folder among 1 file",
        "no trajectories in notes.txt",
    ]


def test_files_that_are_not_there(program: Errata, tmp_path: Path) -> None:
    dangling = tmp_path / "dangling.json"
    dangling.symlink_to(tmp_path / "gone.json")
    for path in (tmp_path / "nowhere.json", dangling, tmp_path / "bad\udcff.json"):
        why = refusal(program("import", path), "FAILED ")
        assert why.endswith(": cannot be read: No such file or directory")


def test_a_file_that_vanishes_while_others_are_read(
    errata: Errata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (session_file(tmp_path / "runs" / name, task=name) for name in ("one.json", "two.json"))

    def racing(path: Path, name: str | None) -> Iterator[Document | Folder]:
        two.unlink(missing_ok=True)
        return sources(path, name)

    monkeypatch.setattr("store.importer.sources", racing)
    result = errata("import", one.parent)
    assert result.code == 2
    assert result.err == f"FAILED {two}: cannot be read: No such file or directory\n"
    assert [row["title"] for row in errata("list", "--json").json] == ["one.json"]


def test_what_is_not_a_file(program: Errata, tmp_path: Path) -> None:
    """Reading a named pipe would wait for ever, a device might never end."""
    os.mkfifo(tmp_path / "pipe")
    assert refusal(program("import", tmp_path / "pipe"), "FAILED ").endswith("not a regular file")
    assert refusal(program("import", "/dev/zero"), "FAILED ").endswith("not a regular file")
    assert "not a store" in refusal(program("--store", tmp_path / "pipe", "list"))


@pytest.mark.skipif(AS_ROOT, reason="root may read every file")
def test_a_file_that_may_not_be_read(program: Errata, tmp_path: Path) -> None:
    path = session_file(tmp_path / "secret.json")
    path.chmod(0)
    assert refusal(program("import", path), "FAILED ").endswith("cannot be read: Permission denied")


# -- stores


@pytest.fixture(params=["text", "folder", "sqlite", "device"])
def foreign(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Something that is not a store of ours."""
    path = tmp_path / "things" / "foreign"
    path.parent.mkdir()
    match request.param:
        case "text":
            path.write_text("remember the milk")
        case "folder":
            path.mkdir()
        case "sqlite":
            with closing(sqlite3.connect(path)) as other, other:
                other.execute("CREATE TABLE milk (litres INTEGER)")
        case "device":
            path.symlink_to("/dev/null")
    return path


@pytest.mark.parametrize("command", ["list", "import", "rubric use --built-in", "annotate 1 --undo", "verify"])
def test_a_store_that_is_not_ours_is_left_alone(program: Errata, tmp_path: Path, foreign: Path, command: str) -> None:
    before = foreign.read_bytes() if foreign.is_file() else b""
    arguments = command.split() + ([str(session_file(tmp_path / "serve.json"))] if command == "import" else [])
    why = refusal(program("--store", foreign, *arguments))
    assert why.startswith(f"{foreign}: ")
    assert "not an Errata store" in why or "not a store" in why
    assert (foreign.read_bytes() if foreign.is_file() else b"") == before
    assert list(foreign.parent.iterdir()) == [foreign]


@pytest.mark.parametrize("command", ["list", "show 1", "annotate 1 --step 1 --rate good", "verify --rebuild"])
def test_a_store_of_a_newer_version_is_left_alone(
    program: Errata, session: str, store_path: Path, command: str
) -> None:
    with closing(sqlite3.connect(store_path)) as newer, newer:
        columns = "(migration_set, name, applied_at)"
        newer.execute(f"INSERT INTO _sqlite_migrations {columns} VALUES ('errata', 'm999_flying', '2031')")
    before = store_path.read_bytes()
    assert "was made by a newer Errata (it has 'm999_flying'" in refusal(program(*command.split()))
    assert store_path.read_bytes() == before


def test_a_store_that_another_errata_has_open(program: Errata, session: str, store_path: Path) -> None:
    if not wal_reset_fault(used.sqlite_version_info):
        pytest.skip("this SQLite lets several programs write")
    with Store(store_path):
        why = refusal(program("annotate", 1, "--step", 1, "--rate", "good"))
        assert f"open in another Errata (process {os.getpid()})" in why
        assert program("list").code == 0


# -- disks


@pytest.fixture
def read_only_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing can be written: by its mode, for root by its immutable attribute."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    yield folder
    if AS_ROOT:
        subprocess.run(["chattr", "-i", str(folder)], check=False, capture_output=True)
        ctypes.CDLL(None).umount2(os.fsencode(folder), 2)
    folder.chmod(0o700)


def freeze(folder: Path) -> None:
    """Make a folder read-only. Root needs more than a mode for that; where nothing helps, the test is skipped."""
    if not AS_ROOT:
        folder.chmod(0o500)
        return
    if subprocess.run(["chattr", "+i", str(folder)], check=False, capture_output=True).returncode == 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    bind, read_only, remount = 4096, 1, 32
    path = os.fsencode(folder)
    if libc.mount(path, path, None, bind, None) or libc.mount(None, path, None, bind | remount | read_only, None):
        pytest.skip("as root, and neither chattr +i nor a read-only bind mount is allowed here")


def test_a_read_only_disk(program: Errata, tmp_path: Path, read_only_folder: Path) -> None:
    store = read_only_folder / "errata.db"
    path = session_file(tmp_path / "serve.json")
    assert program("--store", store, "import", path).code == 0
    assert program("--store", store, "annotate", 1, "--step", 1, "--rate", "good").code == 0
    (read_only_folder / "export").mkdir()
    freeze(read_only_folder)
    before = sorted(read_only_folder.rglob("*"))

    for command in (["list"], ["show", "1"], ["search", "GPU"], ["verify"], ["export", "annotations"]):
        assert program("--store", store, *command).code == 0, command
    assert program("--store", store, "list", "--json").json[0]["rated"] == 1

    new = read_only_folder / "new.db"
    assert "cannot be opened: " in refusal(program("--store", new, "import", path))
    assert "cannot be opened: " in refusal(program("--store", new / "below.db", "import", path))
    output = read_only_folder / "out.jsonl"
    why = refusal(program("--store", store, "export", "annotations", "--output", output))
    assert why.startswith(f"{output}: cannot be written: ")
    assert sorted(read_only_folder.rglob("*")) == before


def test_a_full_disk(tmp_path: Path, session: str, store_path: Path) -> None:
    """A limit on the size of files is what a full disk looks like to SQLite."""
    outputs = [("", f"echo {number}", os.urandom(200_000).hex(), 0) for number in range(20)]
    path = session_file(tmp_path / "large.json", outputs, task="Too much")
    script = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "from tui.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    with start(script, "import", path) as importing:
        out, err = importing.communicate(timeout=60)
    why = refusal(Ended(importing.returncode, out, err))
    assert why.startswith(f"{store_path}: cannot be written: ")
    with start("import sys; from tui.cli import main; sys.exit(main(['verify']))") as verifying:
        out, err = verifying.communicate(timeout=60)
    assert out == f"{store_path}: nothing wrong in 1 trajectory and 0 events\n", err
