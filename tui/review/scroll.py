"""Scrolling over texts that are laid out only where they are looked at, so that long ones cost what short ones do.

A scroll is a row of sheets: the rows above an output, each page of it, the rows below. A sheet has items (a line, a
row), an item takes one row or more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from tui.drawing import Row

Top = tuple[int, int, int]
"""(sheet, item, row of the item): what stands in the first row of a window."""

START: Top = (0, 0, 0)


class Sheet(Protocol):
    """A part of a scroll. It may be laid out when it is first asked for anything."""

    def __len__(self) -> int:
        """Its items."""

    def rows_of(self, item: int) -> Sequence[Row]:
        """The rows that an item takes: at least one."""


class Rows:
    """Rows that are there already, an item each."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def rows_of(self, item: int) -> Sequence[Row]:
        return [self._rows[item]]


class Scroll:
    """Sheets one after the other."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.sheets = sheets
        self.end: Top = (len(sheets), 0, 0)

    def take(self, top: Top, count: int) -> list[Row]:
        """Up to `count` rows from there on."""
        rows: list[Row] = []
        skip = top[2]
        for _, _, found in self._from(top):
            rows += found
            if len(rows) >= count + skip:
                break
        return rows[skip : skip + count]

    def forward(self, top: Top, by: int) -> Top:
        """`by` rows further down, or the end."""
        by += top[2]
        for sheet, item, rows in self._from(top):
            if by < len(rows):
                return sheet, item, by
            by -= len(rows)
        return self.end

    def backward(self, top: Top, by: int) -> Top:
        """`by` rows further up, or the start."""
        if by <= top[2]:
            return top[0], top[1], top[2] - by
        by -= top[2]
        for sheet, item, rows in self._before(top):
            if by <= len(rows):
                return sheet, item, len(rows) - by
            by -= len(rows)
        return START

    def nearest(self, top: Top) -> Top:
        """A place that there is, after the texts changed."""
        for sheet, item, rows in self._from(top):
            return sheet, item, min(top[2], len(rows) - 1) if (sheet, item) == top[:2] else 0
        return self.backward(self.end, 1)

    def last_top(self, height: int) -> Top:
        """Where the last row of all is at the foot of a window."""
        return self.backward(self.end, height)

    def moved(self, top: Top, by: int, height: int) -> Top:
        """The top after scrolling `by` rows, so that the last row is at the foot of the window at most."""
        if by < 0:
            return self.backward(top, -by)
        below = self.forward(top, by)
        return below if len(self.take(below, height)) == height else max(top, self.last_top(height))

    def _from(self, top: Top) -> Iterator[tuple[int, int, Sequence[Row]]]:
        first = top[1]
        for number in range(top[0], len(self.sheets)):
            sheet = self.sheets[number]
            for item in range(first, len(sheet)):
                yield number, item, sheet.rows_of(item)
            first = 0

    def _before(self, top: Top) -> Iterator[tuple[int, int, Sequence[Row]]]:
        for number in range(min(top[0], len(self.sheets) - 1), -1, -1):
            sheet = self.sheets[number]
            for item in range(min(top[1], len(sheet)) - 1 if number == top[0] else len(sheet) - 1, -1, -1):
                yield number, item, sheet.rows_of(item)
