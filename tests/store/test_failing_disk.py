"""The disk refuses a write, or that one and all after it: nothing is half-written, and nothing before it is lost.

The store's real code runs over a simulated disk (tests/store/fire), which counts what is written and refuses it.
"""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from reviewer.trajectory import Trajectory
from store import Store
from store.backup import backup
from store.database import StoreError
from store.recover import recover
from store.verify import verify
from tests.programs import run
from tests.store.fire.acts import ACTS
from tests.store.fire.checks import Left, perform
from tests.store.test_store import _WRITE_AND_DIE


def refuse(act: str, tmp_path: Path, write: int, how: str) -> bool:
    """Refuse a write of an act, and look at what is left; whether the act noticed."""
    disk, refused, _ = perform(act, tmp_path / "done", write, how)
    done = Path(disk.root)
    assert not list(done.glob(".*")), "half of something was left"
    if refused:
        assert "the disk is full" in refused and "\n" not in refused
        if act == "migrate":
            assert not list(done.glob("*.backup")) or disk.told(len(disk.operations)), "a copy of what did not change"
    else:  # what could wait, such as a checkpoint, is made up for; all of the act was done
        whole, _, _ = perform(act, tmp_path / "whole")
        assert len(disk.told(len(disk.operations))) == len(whole.told(len(whole.operations)))
    Left(act, disk, tmp_path / "before").check(done, len(disk.operations))
    return bool(refused)


def some_writes(act: str, tmp_path: Path, number: int) -> list[int]:
    _, _, writes = perform(act, tmp_path / "whole")
    return sorted(random.Random(act).sample(range(1, writes + 1), min(number, writes)))


@pytest.mark.parametrize("how", ["once", "and on"])
@pytest.mark.parametrize("act", ACTS)
def test_a_write_is_refused(tmp_path: Path, act: str, how: str) -> None:
    noticed = [refuse(act, tmp_path, write, how) for write in some_writes(act, tmp_path, 3)]
    assert any(noticed)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("how", ["once", "and on"])
@pytest.mark.parametrize("act", ACTS)
def test_many_writes_are_refused(tmp_path: Path, act: str, how: str) -> None:
    for write in some_writes(act, tmp_path, 60):
        refuse(act, tmp_path, write, how)


def test_the_disk_became_read_only(small_disk: Path, tmp_path: Path, trajectory: Trajectory) -> None:
    """As a system mounts it after a fault. All can be read and copied, also what only the log of a killed program
    has; writing is refused, and goes on when the disk is well."""

    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", small_disk], check=True)

    path = small_disk / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
    run(_WRITE_AND_DIE, path)
    remount("ro")
    try:
        with Store(path, write=False) as store:
            assert len(list(store.log.events())) == 3
            assert verify(store).faults == ()
        with pytest.raises(StoreError, match="cannot be opened: no permission, or a read-only disk"):
            Store(path)
        with pytest.raises(StoreError, match="cannot be written: no permission, or a read-only disk"):
            backup(path)
        for copy in (backup(path, tmp_path), recover(path, tmp_path / "recovered.db").path):
            with Store(copy) as store:
                assert len(list(store.log.events())) == 3
    finally:
        remount("rw")
    with Store(path) as store:
        store.session("r", store.trajectories.find("1").id).rate(6, 1)
        assert len(list(store.log.events())) == 4
        assert verify(store).faults == ()
