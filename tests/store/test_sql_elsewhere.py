"""The queries of docs/sql.md give the same on PostgreSQL, with the tables of docs/scale.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from store import Store
from tests.programs import ROOT
from tests.store.hubs.conftest import postgres


def _statements(page: str) -> list[str]:
    return re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)


TABLES, FUNCTION = _statements("scale.md")
QUERIES = _statements("sql.md")


@pytest.fixture
def elsewhere(full: Store, tmp_path: Path) -> Iterator[psycopg.Connection[Any]]:
    """A database with the rows of every view."""
    for place in postgres(tmp_path):
        with psycopg.connect(place.admin) as db:
            db.execute((TABLES + FUNCTION).encode())
            for view in re.findall(r"CREATE TABLE (\w+)", TABLES):
                copy: Any = f"COPY {view} FROM STDIN"
                with db.cursor().copy(copy) as rows:
                    for row in full.connection.rows(f"SELECT * FROM {view}"):
                        rows.write_row(row)
            yield db
            db.rollback()


def alike(rows: list[Any]) -> list[list[str]]:
    """Rows to compare: in any order, 1 and 1.0 and "1" being one."""
    return sorted([str(float(cell)) if _is_number(cell) else str(cell) for cell in row] for row in rows)


def _is_number(cell: Any) -> bool:
    return re.fullmatch(r"-?\d+([.]\d+)?", str(cell)) is not None


def test_the_documented_queries_give_the_same(full: Store, elsewhere: psycopg.Connection[Any]) -> None:
    assert len(QUERIES) > 8
    for query in QUERIES:
        here = full.connection.rows(query)
        there = elsewhere.execute(query.encode()).fetchall()
        assert alike(here) == alike(there) != [], query
