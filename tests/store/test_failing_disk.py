"""The disk refuses a write, or that one and all after it: nothing is half-written, and nothing before it is lost.

The store's real code runs over a simulated disk (tests/store/fire), which counts what is written and refuses it.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.store.fire.acts import ACTS
from tests.store.fire.checks import Left, perform


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
