"""A disk that is full: the act that does not fit is refused in plain words, and nothing before it is lost."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.annotation import Comment
from reviewer.errors import ErrataError
from reviewer.event import WHOLE
from reviewer.trajectory import Trajectory
from store import Store
from store.backup import backup
from store.database import StoreError
from store.importer import import_paths
from store.recover import recover
from store.session import ReviewSession
from store.verify import verify
from tests.examples import make_trajectory
from tests.programs import run
from tests.store.fire.acts import reviewed
from tests.store.frozen import NAMES, thaw
from tests.tui.cli.conftest import SERVE, session_file


def write_until_refused(session: ReviewSession) -> tuple[list[str], str]:
    """(ids of the events that were answered, what the refusal said)."""
    said: list[str] = []
    while True:
        try:
            said += [event.id for event in session.comment(WHOLE, Comment(text="x" * 5_000))]
        except StoreError as error:
            return said, str(error)


_LIMITED = """
import json, resource, sys
from pathlib import Path
from store import Store
from tests.store.test_full_disk import write_until_refused

path = Path(sys.argv[1])
with Store(path) as store:
    session = store.session("r", store.trajectories.find("1").id)
    session.rate(1, 1)
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))  # Python ignores SIGXFSZ
    said, refusal = write_until_refused(session)
    assert not store.connection.raw.in_transaction
    assert session.review.rating(1) == 1, "what was saved can be read while the disk is full"
    assert len(session.review.entries(0)) == len(said)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    said += [event.id for event in session.rate(2, -1)]
    said += [event.id for event in session.undo() and session.rate(4, 1)]
    assert store.log.faults() == []
print(json.dumps([said, refusal]))
"""


def check(path: Path, said: list[str], refusal: str) -> None:
    assert len(said) > 20
    assert refusal.startswith(f"{path}: cannot be written: the disk is full")
    assert "free some" in refusal and "\n" not in refusal
    with Store(path) as store:
        assert {event.id for event in store.log.events()} >= set(said)
        assert store.log.faults() == []
        assert store.connection.row("PRAGMA integrity_check") == ("ok",)
        assert store.log.review("r", store.trajectories.find("1").id).rating(4) == 1


def test_a_file_may_grow_no_further(tmp_path: Path, trajectory: Trajectory) -> None:
    """A limit on the size of files. SQLite calls this an I/O error."""
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
    said, refusal = json.loads(run(_LIMITED, path))
    check(path, said, refusal)


def test_the_disk_is_full(small_disk: Path, trajectory: Trajectory) -> None:
    path = small_disk / "store.db"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 600_000)
    with Store(path) as store:
        head, _ = store.trajectories.add(trajectory)
        session = store.session("r", head.id)
        session.rate(1, 1)
        said, refusal = write_until_refused(session)
        assert session.review.rating(1) == 1
        assert store.log.review("r", head.id).state() == session.review.state()
        with pytest.raises(StoreError, match="the disk is full"):
            store.trajectories.add(
                replace(make_trajectory("large"), totals={"log": random.Random(1).randbytes(10**6).hex()})
            )
        assert store.trajectories.all() == [head]
        ballast.unlink()
        said += [event.id for event in session.rate(4, 1)]
        assert store.log.faults() == []
    check(path, said, refusal)


def test_a_store_cannot_be_made_on_a_full_disk(small_disk: Path) -> None:
    with pytest.raises(OSError, match="No space left"), (small_disk / "ballast").open("wb") as file:
        file.write(b"\0" * 4_000_000)
    with pytest.raises(StoreError, match="cannot be opened: the disk is full"):
        Store(small_disk / "store.db")


# -- what is more than one act


def prepare(act: str, folder: Path) -> None:
    """A store for an act to begin with, and files to import beside its folder."""
    if act == "migrate":
        (folder / "store.db").write_bytes(thaw(NAMES[0]).file)
    else:
        reviewed(folder / "store.db")
    for number in range(3):
        noise = random.Random(number).randbytes(60_000).hex()
        session_file(folder.parent / "files" / f"{number}.traj.json", [*SERVE, ("", "noise", noise, 0)], f"{number}")


def do(act: str, path: Path) -> None:
    match act:
        case "import":
            with Store(path) as store:
                import_paths(store, [path.parent.parent / "files"])
        case "migrate":
            Store(path).close()
        case "backup":
            backup(path, path.with_name("copy.db"))
        case "recover":
            recover(path)


ACTS = ["import", "migrate", "backup", "recover"]


def events(path: Path) -> list[bytes]:
    with Store(path) as store:
        assert verify(store).faults == ()
        return [event.raw for event in store.log.events()]


def check_left(act: str, folder: Path, before: set[str], expected: list[bytes], tmp_path: Path) -> bool:
    """What an act left that was refused for want of room; whether it was the whole of it."""
    left = {file.name for file in folder.iterdir() if not file.name.startswith("store.db-")} - before
    assert left <= {"store.db.lock"}, "something half-made is left"
    copy = tmp_path / "looked-at"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("ballast"))
    assert events(copy / "store.db") == expected
    shutil.rmtree(copy)
    return True


@pytest.mark.parametrize("act", ACTS)
def test_what_does_not_fit_leaves_nothing_behind(small_disk: Path, act: str, tmp_path: Path) -> None:
    """With a little more room each time, until it fits."""
    original = tmp_path / "original"
    original.mkdir()
    prepare(act, original)
    with_all = tmp_path / "all"
    shutil.copytree(original, with_all)
    expected = events(with_all / "store.db")
    refused = 0
    for room in range(0, 1_600_000, 100_000):
        for file in small_disk.iterdir():
            file.unlink()
        shutil.copy(original / "store.db", small_disk)
        with (small_disk / "ballast").open("wb") as ballast:
            ballast.write(b"\0" * max(shutil.disk_usage(small_disk).free - room, 0))
        before = {file.name for file in small_disk.iterdir()}
        try:
            do(act, small_disk / "store.db")
        except ErrataError as error:
            assert "disk is full" in str(error) and "\n" not in str(error)
            refused += check_left(act, small_disk, before, expected, tmp_path)
            (small_disk / "ballast").unlink()
            do(act, small_disk / "store.db")
        assert events(small_disk / "store.db") == expected
    assert 1 <= refused < 16, "it must be refused at first and fit at last"


_DO_LIMITED = """
import resource, sys
from pathlib import Path
from reviewer.errors import ErrataError
from tests.store.test_full_disk import do
act, path, most = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    do(act, path)
except ErrataError as error:
    print(error)
"""


@pytest.mark.parametrize("act", ACTS)
def test_what_may_grow_no_further_leaves_nothing_behind(act: str, tmp_path: Path) -> None:
    original = tmp_path / "original"
    original.mkdir()
    prepare(act, original)
    shutil.copytree(original, tmp_path / "all")
    expected = events(tmp_path / "all" / "store.db")
    size = (original / "store.db").stat().st_size
    refused = 0
    for most in (0, 5_000, size // 3, size - 4096, size * 8):
        folder = tmp_path / str(most)
        folder.mkdir()
        shutil.copy(original / "store.db", folder)
        said = run(_DO_LIMITED, act, folder / "store.db", most)
        if said:
            assert "disk is full" in said and said.count("\n") == 1
            refused += check_left(act, folder, {"store.db"}, expected, tmp_path)
    assert refused >= 2
