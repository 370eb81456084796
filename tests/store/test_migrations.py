"""Stores of older versions are brought up to date, and the views that researchers rely on are there."""

from __future__ import annotations

import fcntl
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from reviewer.trajectory import Trajectory
from store import Store
from store.database import APPLICATION_ID, StoreError
from store.schema import NAMES, migrations
from store.sqlite import sqlite3
from tests.programs import ROOT


def schema(path: Path) -> set[tuple[Any, ...]]:
    raw = sqlite3.connect(path)
    try:
        return set(raw.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
    finally:
        raw.close()


def store_of(version: str | None, path: Path) -> None:
    """A store as it was before a migration existed."""
    db = Database(path)
    db.execute(f"PRAGMA application_id={APPLICATION_ID}")
    db.execute("PRAGMA journal_mode=WAL")
    migrations().apply(db, stop_before=version)
    db.close()


@pytest.mark.parametrize("version", NAMES)
def test_an_old_store_is_brought_up_to_date(tmp_path: Path, version: str, trajectory: Trajectory) -> None:
    store_of(version, tmp_path / "old.db")
    with pytest.raises(StoreError, match=r"older Errata; a command that writes|there is no store yet"):
        Store(tmp_path / "old.db", write=False)
    with Store(tmp_path / "old.db") as store:
        head, _ = store.trajectories.add(trajectory)
        store.session("r", head.id).rate(1, 1)
        assert store.log.faults() == []
    Store(tmp_path / "new.db").close()
    assert schema(tmp_path / "old.db") == schema(tmp_path / "new.db")


def test_a_store_that_is_up_to_date_is_not_written_to_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store(path).close()
    before = path.read_bytes()
    Store(path).close()
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """Something stands in its way: here a table of the same name that somebody made by hand."""
    path = tmp_path / "store.db"
    store_of(NAMES[0], path)
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE event (mine)")
    raw.commit()
    raw.close()
    before = schema(path)
    with pytest.raises(StoreError, match="cannot be written: table event already exists"):
        Store(path)
    assert schema(path) == before


def test_a_store_that_another_program_writes_to_is_not_changed_beneath_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where several may write at a time."""
    monkeypatch.setattr("store.database.wal_reset_fault", lambda version: False)
    path = tmp_path / "store.db"
    store_of(NAMES[-1], path)
    before = schema(path)
    with (tmp_path / "store.db.lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # as another writer holds it
        with pytest.raises(StoreError, match="open in another Errata"):
            Store(path)
        assert schema(path) == before
        assert not list(tmp_path.glob("*.backup"))
        fcntl.flock(lock, fcntl.LOCK_UN)
        with Store(path), pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with Store(path):
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # another may write again


# -- the views


def rows(store: Store, sql: str) -> list[tuple[Any, ...]]:
    with Store(store.path, write=False) as reading:
        return reading.connection.rows(sql)


def test_the_views_answer(full: Store) -> None:
    assert rows(full, "SELECT number, title, steps, commands, agent, outcome FROM trajectories") == [
        (1, "serve the model", 7, 6, "shell-agent 2", "submitted"),
        (2, "nobody's yet", 7, 6, "shell-agent 2", "submitted"),
    ]
    steps = "FROM steps s JOIN trajectories t ON t.id = s.trajectory WHERE number = 1"
    assert rows(full, f"SELECT step, command, exit_code {steps} AND status = 'error'") == [
        (2, "python serve.py --port 5000", 1)
    ]
    assert rows(full, f"SELECT step {steps} AND exit_code IS NULL AND command IS NOT NULL") == [(4,), (7,)]
    assert rows(full, "SELECT reviewer, option = 'agent', rating FROM ratings WHERE step = 2 ORDER BY 1, 2, 3") == [
        ("ada", 0, 1),
        ("ada", 1, -1),
        ("bob", 1, -1),
        ("bob", 1, 0),
    ]
    assert rows(full, "SELECT rating FROM ratings WHERE reviewer = 'bob' AND step = 1") == [("unsure",)]
    assert rows(
        full, "SELECT step, code, severity, note, follows, recovered_at, decisive FROM mistakes ORDER BY 1"
    ) == [
        (2, "P1", 3, "5000 is not 8000", None, 4, 1),
        (6, "V2", 2, None, 2, None, 0),
    ]
    assert rows(full, "SELECT step, command, thought, rationale FROM suggestions") == [
        (2, "python serve.py --port 8000", None, "the task says so")
    ]
    assert rows(
        full, "SELECT reviewer, status, revision, rated, mistakes, suggestions, comments FROM reviews ORDER BY 1"
    ) == [("ada", "submitted", 1, 5, 2, 1, 1), ("bob", "in work", 1, 2, 0, 0, 0)]
    assert rows(full, "SELECT count(*), count(DISTINCT trajectory), min(rubric) = max(rubric) FROM annotations") == [
        (17, 1, 0)
    ]
    assert rows(full, "SELECT seen_through, active_ms FROM annotations WHERE kind = 'rating' AND step = 6") == [
        (6, 6000)
    ]


def test_an_annotation_taken_back_is_in_no_view(full: Store) -> None:
    session = full.session("bob", full.trajectories.find("1").id)
    for entry in session.review.entries():
        session.withdraw(entry)
    assert rows(full, "SELECT DISTINCT reviewer FROM annotations") == [("ada",)]
    assert rows(full, "SELECT reviewer FROM reviews") == [("ada",)]


DOCS = (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")


def test_the_documentation_names_every_view_and_every_column() -> None:
    """docs/sql.md has a heading for each view and a table row for each of its columns, and for nothing else."""
    documented = {
        section.split("\n", 1)[0].strip("`"): re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        for section in re.split(r"^## ", DOCS, flags=re.MULTILINE)[1:]
        if section.startswith("`")
    }
    with closing(Database(memory=True)) as db:
        migrations().apply(db)
        views = {name: [row[1] for row in db.execute(f"PRAGMA table_info({name})")] for name in db.view_names()}
    assert documented == views


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", DOCS, re.DOTALL))
def test_the_documented_queries_run_and_find_something(full: Store, query: str) -> None:
    assert rows(full, query)
