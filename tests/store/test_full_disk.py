"""A disk that is full: the act that does not fit is refused in plain words, and nothing before it is lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reviewer.annotation import Comment
from reviewer.event import WHOLE
from reviewer.trajectory import Trajectory
from store import Store
from store.database import StoreError
from store.session import ReviewSession
from tests.examples import make_trajectory
from tests.programs import run


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or not (mount := shutil.which("mount")):
        pytest.skip("only the super-user can mount a small file system")
    done = subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


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
