"""The store's file: made, opened again, refused, locked; its settings and its rubric."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.errors import ErrataError
from reviewer.rubric import built_in_rubric, parse_rubric
from reviewer.trajectory import Trajectory
from store import Store
from store.database import APPLICATION_ID, StoreError, wal_reset_fault
from store.importer import import_paths
from store.sqlite import sqlite3
from store.store import check_reviewer
from tests.programs import run, start

AFFECTED = wal_reset_fault(sqlite3.sqlite_version_info)

_AS_ANOTHER_USER = """
import os, sys
from pathlib import Path
from reviewer.errors import ErrataError
from store import Store
path, how = Path(sys.argv[1]), sys.argv[2]
if os.geteuid() == 0:
    os.setuid(65534)
try:
    with Store(path, write=how == "write") as store:
        print(len(list(store.log.events())), "events")
except ErrataError as error:
    print(error)
"""
"""Opens a store as somebody whom the permissions of files bind, whoever runs the tests."""


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder below which others may look."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- made and opened again


def test_a_store_is_made_with_its_folder_and_opened_again(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "new" / "folder" / "store.db"
    with Store(path) as store:
        head, _ = store.trajectories.add(trajectory)
    for write in (True, False):
        with Store(path, write=write) as store:
            assert store.trajectories.all() == [head]


@pytest.mark.parametrize("name", ["with space", "per%20cent", "what?mode=rw", "hash#1", "ünïcode", "quote'\""])
@pytest.mark.parametrize("write", [True, False])
def test_any_file_name_will_do(tmp_path: Path, name: str, write: bool, trajectory: Trajectory) -> None:
    path = tmp_path / name
    with Store(path) as store:
        store.trajectories.add(trajectory)
    with Store(path, write=write) as store:
        assert len(store.trajectories.all()) == 1
    assert files(tmp_path) <= {name, f"{name}.lock", f"{name}-wal", f"{name}-shm"}


def test_the_file_is_marked_as_ours_and_safe_against_power_cuts(store: Store) -> None:
    assert store.connection.row("PRAGMA application_id") == (APPLICATION_ID,)
    assert store.connection.row("PRAGMA journal_mode") == ("wal",)
    assert store.connection.row("PRAGMA synchronous") == (2,)  # FULL
    assert store.connection.row("PRAGMA integrity_check") == ("ok",)


def test_a_store_has_one_device_name_for_good(tmp_path: Path, trajectory: Trajectory) -> None:
    devices = set()
    for name in ("one.db", "one.db", "two.db"):
        with Store(tmp_path / name) as store:
            head, _ = store.trajectories.add(trajectory)
            devices.add((name, store.session("r", head.id).rate(1, 1)[0].device))
    assert len(devices) == 2
    assert len({device for _, device in devices}) == 2


@pytest.mark.parametrize("size", ["nothing", "header only"])
def test_a_store_whose_making_was_interrupted_is_made_again(tmp_path: Path, size: str) -> None:
    """By a power cut just after the file came to be, or just after it was marked as ours."""
    path = tmp_path / "store.db"
    path.touch()
    if size == "header only":
        raw = sqlite3.connect(path)
        raw.execute(f"PRAGMA application_id={APPLICATION_ID}")
        raw.close()
    with pytest.raises(StoreError, match="there is no store yet"):
        Store(path, write=False)
    with Store(path) as store:
        assert store.trajectories.all() == []


# -- read only


def test_reading_needs_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store yet; import something first, or try `errata demo`"):
        Store(tmp_path / "none.db", write=False)
    assert files(tmp_path) == set()


def test_reading_changes_nothing(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        head, _ = store.trajectories.add(trajectory)
    before = path.read_bytes()
    with Store(path, write=False) as store:
        session = store.session("r", head.id)
        for act in (lambda: session.rate(1, 1), lambda: session.keep_place(2), lambda: store.set_setting("a", 1)):
            with pytest.raises(StoreError, match="cannot be written: no permission, or a read-only disk"):
                act()
        assert session.review.events == {}
    assert path.read_bytes() == before


def test_a_folder_without_permission_is_named(public_folder: Path) -> None:
    closed = public_folder / "closed"
    closed.mkdir(mode=0o555)
    assert run(_AS_ANOTHER_USER, closed / "store.db", "write") == (
        f"{closed / 'store.db'}: cannot be opened: no permission, or a read-only disk\n"
    )


_WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from store import Store
store = Store(Path(sys.argv[1]))
session = store.session("r", store.trajectories.find("1").id)
for step in (1, 2, 4):
    session.rate(step, 1)
os._exit(0)
"""


@pytest.mark.parametrize("ended", ["well", "killed"])
def test_a_store_on_a_read_only_disk_shows_all_that_was_said(
    public_folder: Path, trajectory: Trajectory, ended: str
) -> None:
    """Also what a program that was killed left in the write-ahead log."""
    path = public_folder / "disk" / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
    run(_WRITE_AND_DIE, path)
    if ended == "well":
        Store(path).close()
    for file in path.parent.iterdir():
        file.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        assert run(_AS_ANOTHER_USER, path, "read") == "3 events\n"
        assert run(_AS_ANOTHER_USER, path, "write") == (
            f"{path}: cannot be opened: no permission, or a read-only disk\n"
        )
    finally:
        path.parent.chmod(0o755)


# -- not ours


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE notes (text)")
    raw.commit()
    raw.close()
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(StoreError, match=r"a SQLite file, but not an Errata store; name another with --store"):
            Store(path, write=write)
    assert path.read_bytes() == before
    assert files(tmp_path) == {"notes.db"}


@pytest.mark.parametrize("content", [b"x", b"dear diary\n" * 200, b"\x00" * 4096, b"SQLite format 3\0"])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary"
    path.write_bytes(content)
    for write in (True, False):
        with pytest.raises(StoreError, match="not an Errata store") as refused:
            Store(path, write=write)
        assert str(refused.value).startswith(f"{path}: ")
    assert path.read_bytes() == content
    assert files(tmp_path) == {"diary"}


def test_a_folder_is_refused(tmp_path: Path) -> None:
    for write in (True, False):
        with pytest.raises(StoreError, match="a folder"):
            Store(tmp_path, write=write)


def test_a_store_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store, store.connection.transaction():
        store.connection.execute(
            "INSERT INTO _sqlite_migrations VALUES (99, 'errata', 'm099_from_the_future', 'now')"
        )
    before = path.read_bytes()
    for write in (True, False):
        with pytest.raises(
            StoreError, match=r"made by a newer Errata \(it has 'm099_from_the_future'.*update Errata"
        ):
            Store(path, write=write)
    assert path.read_bytes() == before


@pytest.mark.parametrize("what", ["cut short", "a page overwritten"])
def test_a_damaged_store_is_an_error_of_one_line(tmp_path: Path, trajectory: Trajectory, what: str) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        head, _ = store.trajectories.add(trajectory)
    content = bytearray(path.read_bytes())
    if what == "cut short":
        del content[len(content) // 2 :]
    else:
        content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(StoreError) as refused, Store(path, write=False) as store:
        store.trajectories.trajectory(head.id)
        store.log.faults()
        store.trajectories.search("serve")
    assert "\n" not in str(refused.value)


# -- several programs

_OPEN_AND_WAIT = """
import sys
from pathlib import Path
from store import Store
with Store(Path(sys.argv[1])) as store:
    print("open", flush=True)
    sys.stdin.read()
"""

_OPEN = """
import sys
from pathlib import Path
from reviewer.errors import ErrataError
from store import Store
try:
    with Store(Path(sys.argv[1]), write=sys.argv[2] == "write") as store:
        print("trajectories:", len(store.trajectories.all()))
except ErrataError as error:
    print("refused:", error)
"""


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 4), False),
        ((4, 0, 0), False),
    ],
)
def test_the_versions_of_sqlite_with_the_fault(version: tuple[int, int, int], affected: bool) -> None:
    assert wal_reset_fault(version) is affected


def test_a_second_writer_is_refused_where_sqlite_cannot_be_trusted(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
    with start(_OPEN_AND_WAIT, path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        second = run(_OPEN, path, "write")
        if AFFECTED:
            assert second == (
                f"refused: {path}: open in another Errata (process {first.pid}); "
                "leave that one first (list, show and search work meanwhile)\n"
            )
        else:
            assert second == "trajectories: 1\n"
        assert run(_OPEN, path, "read") == "trajectories: 1\n"
        first.communicate("")
    assert run(_OPEN, path, "write") == "trajectories: 1\n"


def test_a_killed_writer_leaves_no_lock_behind(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with start(_OPEN_AND_WAIT, path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "open\n"
        first.kill()
    assert run(_OPEN, path, "write") == "trajectories: 0\n"


def test_a_reader_sees_what_was_said_a_moment_ago(store: Store, trajectory: Trajectory) -> None:
    assert run(_OPEN, store.path, "read") == "trajectories: 0\n"
    store.trajectories.add(trajectory)
    assert run(_OPEN, store.path, "read") == "trajectories: 1\n"


_ANY_PROGRAM = """
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
print(c.execute("SELECT count(*) FROM event").fetchone()[0])
c.close()
"""


@pytest.mark.parametrize("again", ["read", "write", "import"])
def test_touching_an_open_store_again_does_not_drop_its_locks(
    store: Store, trajectory: Trajectory, again: str
) -> None:
    """A process that opens and closes a file loses its POSIX locks on it, through whatever handle it had them.

    Any other program would then take itself for the last to leave, and throw the log that is being written away.
    """
    head, _ = store.trajectories.add(trajectory)
    session = store.session("r", head.id)
    session.rate(1, 1)
    if again == "import":
        import_paths(store, [store.path.parent])
    elif again == "read":
        Store(store.path, write=False).close()
    elif AFFECTED:
        with pytest.raises(StoreError, match="open in another Errata"):
            Store(store.path)
    else:
        Store(store.path).close()
    assert run(_ANY_PROGRAM, store.path) == "1\n"
    session.rate(2, 1)
    assert run(_ANY_PROGRAM, store.path) == "2\n"


def test_a_busy_store_is_an_error_of_one_line(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    session = store.session("r", head.id)
    store.connection.execute("PRAGMA busy_timeout=50")
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError, match="cannot be written: another program holds it; try again"):
            session.rate(1, 1)
        assert session.review.events == {}
    finally:
        other.rollback()
        other.close()
    session.rate(1, 1)
    assert store.log.faults() == []


def test_a_copy_of_the_file_after_closing_is_the_whole_store(tmp_path: Path, trajectory: Trajectory) -> None:
    with Store(tmp_path / "store.db") as store:
        head, _ = store.trajectories.add(trajectory)
        store.session("r", head.id).rate(1, 1)
    shutil.copy(tmp_path / "store.db", tmp_path / "copy.db")
    with Store(tmp_path / "copy.db", write=False) as copy:
        assert copy.log.review("r", head.id).rating(1) == 1


def test_the_file_answers_to_other_programs(store: Store, trajectory: Trajectory) -> None:
    """`file` and the sqlite3 shell, where they are there, know it for what it is."""
    store.trajectories.add(trajectory)
    if not (shell := shutil.which("sqlite3")):
        pytest.skip("no sqlite3 shell here")
    answer = subprocess.run(
        [shell, str(store.path), "SELECT title FROM trajectories"], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "serve the model\n"


# -- settings and the rubric


def test_settings_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        assert store.setting("keys") is None
        store.set_setting("keys", {"preset": "inspector", "u": None})
        store.set_setting("theme", False)
        store.set_setting("theme", 0)
    with Store(path, write=False) as store:
        assert store.setting("keys") == {"preset": "inspector", "u": None}
        assert store.setting("theme") == 0


def test_the_rubric_in_use_is_kept_and_events_name_theirs(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    text = re.sub('^name = ".*?"', 'name = "mine"', built_in_rubric().text, count=1, flags=re.MULTILINE)
    mine = parse_rubric(text, "mine.toml")
    with Store(path) as store:
        assert store.rubric is built_in_rubric()
        head, _ = store.trajectories.add(trajectory)
        before = store.session("r", head.id).rate(1, 1)
        store.use_rubric(mine)
        after = store.session("r", head.id).rate(2, 1)
    with Store(path) as store:
        assert store.rubric == mine
        assert store.rubric.name == "mine"
        assert store.rubric_of(before[0].rubric) == built_in_rubric()
        assert store.rubric_of(after[0].rubric) == mine
        store.use_rubric(built_in_rubric())
        assert store.rubric == built_in_rubric()
        assert store.rubric_of(mine.version).text == text
        with pytest.raises(ErrataError, match="the store has no rubric of version 0000000000"):
            store.rubric_of("0" * 64)


def test_reviewers_names() -> None:
    for name in ("rev-03", "a", "ada@example.org", "R2.d2_+x", "x" * 64):
        assert check_reviewer(name) == name
    for name in ("", "-rf", "a b", "a/b", "..", "\x1b[31m", "ü", "a\n", "x" * 65):
        with pytest.raises(ErrataError, match="cannot be a reviewer's name"):
            check_reviewer(name)
