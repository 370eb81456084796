"""A copy of a store: made while it is in use, whole or not there, never over something."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reviewer.trajectory import Trajectory
from store import Store
from store.backup import backup
from store.database import StoreError
from store.verify import verify
from tests.programs import start


def said(path: Path) -> list[bytes]:
    with Store(path) as store:
        assert verify(store).faults == ()
        return [event.raw for event in store.log.events()]


def test_a_copy_is_the_store_as_it_was(store: Store, trajectory: Trajectory, tmp_path: Path) -> None:
    head, _ = store.trajectories.add(trajectory)
    session = store.session("r", head.id)
    session.rate(1, 1)
    session.keep_draft(2, "comment", "", {"text": "half"})
    copy = backup(store.path, tmp_path / "copy.db")
    session.rate(2, -1)
    with Store(copy) as copied:
        assert copied.trajectories.all() == [head]
        assert copied.session("r", head.id).draft(2, "comment") == {"text": "half"}
        assert copied.session("r", head.id).rate(4, 1)[0].device == session.rate(4, 1)[0].device
    assert len(said(copy)) == 2
    assert {path.name for path in tmp_path.iterdir()} <= {
        *("store.db", "store.db-wal", "store.db-shm", "store.db.lock"),
        *("copy.db", "copy.db.lock"),
    }


_REVIEW_AND_WAIT = """
import sys
from pathlib import Path
from store import Store
with Store(Path(sys.argv[1])) as store:
    session = store.session("r", store.trajectories.find("1").id)
    for line in sys.stdin:
        print(session.rate(int(line), 1)[0].id, flush=True)
"""


def test_a_store_that_another_program_writes_to_is_copied(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
    with start(_REVIEW_AND_WAIT, path) as writer:
        assert writer.stdin is not None and writer.stdout is not None
        for number, step in enumerate((1, 2, 4), start=1):
            writer.stdin.write(f"{step}\n")
            writer.stdin.flush()
            id_ = writer.stdout.readline().strip()
            copy = backup(path, tmp_path / f"copy-{number}.db")
            assert len(said(copy)) == number
            assert id_.encode() in said(copy)[-1]
        writer.communicate("")
    assert len(said(path)) == 3


def test_the_name_that_is_made_up_is_never_taken(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    copies = [backup(store.path) for _ in range(3)] + [backup(store.path, folder) for _ in range(3)]
    assert len(set(copies)) == 6
    assert [copy.parent for copy in copies] == [tmp_path] * 3 + [folder] * 3
    assert all(re.fullmatch(r"store\.db\.\d{8}-\d{6}(-\d)?\.backup", copy.name) for copy in copies)


def test_nothing_is_overwritten(store: Store, tmp_path: Path) -> None:
    there = tmp_path / "there"
    for content in (b"", b"a diary"):
        there.write_bytes(content)
        with pytest.raises(StoreError, match="there: is there already, and is left as it is"):
            backup(store.path, there)
        assert there.read_bytes() == content
    with pytest.raises(StoreError, match="is there already"):
        backup(store.path, store.path)
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(StoreError, match="is there already"):
        backup(store.path, tmp_path / "link")


@pytest.mark.parametrize("name", ["with space", "per%20cent", "what?mode=rw", "hash#1", "quote'\"", "file:x?mode=ro"])
def test_any_file_name_will_do(
    store: Store, tmp_path: Path, name: str, trajectory: Trajectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.trajectories.add(trajectory)
    monkeypatch.chdir(tmp_path)
    with Store(backup(store.path, Path(name)), write=False) as copy:
        assert len(copy.trajectories.all()) == 1
    assert (tmp_path / name).is_file()


def test_a_folder_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none/copy\.db: cannot be written: No such file or directory"):
        backup(store.path, tmp_path / "none" / "copy.db")


def test_what_is_not_there_or_not_a_store_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "diary").write_text("dear diary\n" * 200)
    for path in (tmp_path / "none.db", tmp_path / "diary"):
        with pytest.raises(StoreError):
            backup(path, tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["diary"]


_COPY_FOR_EVER = """
import sys
from pathlib import Path
from store.backup import backup
path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    print(backup(path), flush=True)
"""


def test_a_copy_that_was_killed_is_not_there(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
        store.session("r", store.trajectories.find("1").id).rate(1, 1)
    for lines in (2, 5):
        with start(_COPY_FOR_EVER, path) as program:
            assert program.stdout is not None
            told = [program.stdout.readline() for _ in range(lines)][1:]
            program.kill()
            told += program.stdout.read().splitlines(keepends=True)
        assert {Path(line.strip()) for line in told if line.endswith("\n")} <= set(tmp_path.glob("*.backup"))
    for copy in list(tmp_path.glob("*.backup")):
        assert len(said(copy)) == 1
