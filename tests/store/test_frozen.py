"""Stores that older versions left are read by this one, and what was said in them is byte for byte the same."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from store import Store, schema
from store.backup import backup
from store.sqlite import sqlite3
from store.verify import verify
from tests.store.frozen import NAMES, Frozen, thaw


@pytest.fixture(params=NAMES)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Frozen:
    """A store of an older version, laid at tmp_path / "store.db"."""
    found = thaw(request.param)
    (tmp_path / "store.db").write_bytes(found.file)
    return found


def events(path: Path) -> list[str]:
    with Store(path) as store:
        return [event.raw.decode() for event in store.log.events()]


def test_this_version_has_frozen_a_store() -> None:
    assert schema.NAMES[-1] in NAMES, "run `python -m tests.store.frozen` and commit what it makes"


def test_an_old_store_is_read_and_says_what_it_said(frozen: Frozen, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        assert verify(store).faults == ()
        assert [event.raw.decode() for event in store.log.events()] == frozen.events
        assert [head.id for head in store.trajectories.all()] == frozen.trajectories
        bob = store.session("bob", frozen.trajectories[1])
        assert bob.draft(2, "comment") == frozen.draft
        bob.rate(2, 1)
        assert store.session("ada", frozen.trajectories[0]).read_only
        store.log.rebuild()
        assert verify(store).faults == ()
    assert events(path)[:-1] == frozen.events


def test_an_old_store_is_copied_before_it_is_brought_up_to_date(frozen: Frozen, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        copy = store.copied_to
    if copy is None:  # this version's own
        assert path.read_bytes() == frozen.file
        return
    assert copy.name.startswith("store.db.") and copy.name.endswith(".backup")
    assert [file for file in tmp_path.iterdir() if file.name not in (path.name, copy.name, "store.db.lock")] == []
    assert events(copy) == frozen.events
    with Store(path) as store:
        assert store.copied_to is None


def test_a_copy_of_an_old_store_is_of_the_old_version(frozen: Frozen, tmp_path: Path) -> None:
    copy = backup(tmp_path / "store.db", tmp_path / "copy.db")
    assert (tmp_path / "store.db").read_bytes() == frozen.file
    with closing(sqlite3.connect(copy)) as raw, closing(sqlite3.connect(tmp_path / "store.db")) as old:
        assert schema.applied(raw) == schema.applied(old)
    assert events(copy) == frozen.events
