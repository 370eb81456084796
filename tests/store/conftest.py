"""A store with something in every view; a disk of its own for a test, where one can be mounted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.annotation import Comment, Mistake, Suggestion
from reviewer.trajectory import Trajectory
from store import Store
from tests.devices import Device
from tests.examples import JUDGED_WORK, make_trajectory


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


@pytest.fixture
def full(store: Store, trajectory: Trajectory) -> Store:
    """A store with something in every view: a submitted review, one in work, and a conflict."""
    head, _ = store.trajectories.add(trajectory)
    session = store.session("ada", head.id)
    for step in JUDGED_WORK:
        session.shown(step)
        session.spend(1000 * step)
        session.rate(step, -1 if step == 2 else 1)
    (marked,) = session.mark(2, Mistake(code="P1", severity=3, note="5000 is not 8000", recovered_at=4))
    session.mark(6, Mistake(code="V2", follows=2))
    session.decide(marked.subject.slot)
    (better,) = session.suggest(2, Suggestion(command="python serve.py --port 8000", rationale="the task says so"))
    session.rate(2, 1, better.subject.slot)
    session.comment(2, Comment(text="was vllm there?", to_lead=True))
    session.answer("outcome", "fail")
    session.answer("side_effects", "none")
    session.submit()
    second = store.session("bob", head.id)
    second.rate(1, "unsure")
    second.rate(2, 0)
    store.log.apply(
        Device("laptop").write(second.review.subject(2, "rating", "agent"), {"kind": "rating", "value": -1})
    )
    store.trajectories.add(make_trajectory("nobody's yet"))
    return store
