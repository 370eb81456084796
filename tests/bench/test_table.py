"""Rows: whether a target is met, and how it is told."""

from __future__ import annotations

import pytest

from bench.table import Row, tables

ROWS = {
    "a ratio that is met": (Row("start", 0.6, "s", "the least", 0.5, most=1.25), True, "1.20"),
    "a ratio that is missed": (Row("start", 0.7, "s", "the least", 0.5, most=1.25), False, "1.40"),
    "a limit that is met": (Row("bytes", 450, "B", limit=450), True, "450 B"),
    "a limit that is missed though the ratio is met": (
        Row("bytes", 451, "B", "a page", 451, most=2, limit=450),
        False,
        "2, 450 B",
    ),
    "no target": (Row("bytes", 12_345, "B"), None, "12.3 kB"),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_row_tells_whether_its_target_is_met(name: str) -> None:
    row, met, shown = ROWS[name]
    assert row.met is met
    table = tables([row])
    assert shown in table
    assert ("missed" in table, "met" in table) == (met is False, met is True)
    assert table.startswith("For information" if met is None else "What has a target")
