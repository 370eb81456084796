"""One row of a terminal's screen: cells that are written over, cut out and moved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from reviewer.terminal.characters import width
from reviewer.terminal.style import PLAIN, Line, Span, Style, legible

MARKS = 16
"""How many combining marks one cell takes; more than any script needs."""


class Row:
    """One row, a list entry per column. A wide character's second column holds "".

    `written`: since its present state began; `returned`: the cursor went back since, so the next change ends it.
    """

    __slots__ = ("chars", "number", "overwritten", "returned", "styles", "wide", "written")

    def __init__(self, number: int) -> None:
        self.number = number
        self.chars: list[str] = []
        self.styles: list[Style] = []
        self.overwritten = 0
        self.written = self.returned = self.wide = False

    def put(self, column: int, cells: Sequence[str], style: Style, *, wide: bool = False) -> None:
        """Write cells over what stands at a column. Half of a wide character that is left becomes a blank."""
        end = column + len(cells)
        if (gap := column - len(self.chars)) > 0:
            self.chars += " " * gap
            self.styles += [PLAIN] * gap
        self.wide |= wide
        if self.wide:
            self._split_wide(column)
            self._split_wide(end)
        self.chars[column:end] = cells
        self.styles[column:end] = [style] * len(cells)

    def cut(self, start: int, end: int | None = None) -> None:
        """Remove the columns from start to end; those after it move left."""
        if self.wide:
            self._split_wide(start)
            if end is not None:
                self._split_wide(end)
        del self.chars[start:end], self.styles[start:end]

    def insert(self, column: int, count: int) -> None:
        """Make room for `count` blanks; the columns after it move right."""
        if self.wide:
            self._split_wide(column)
        self.chars[column:column] = " " * count
        self.styles[column:column] = [PLAIN] * count

    def _split_wide(self, column: int) -> None:
        if 0 < column < len(self.chars) and not self.chars[column]:
            self.chars[column - 1] = self.chars[column] = " "

    def line(self, length: int | None = None) -> Line:
        """The row, or its first columns."""
        spans: list[Span] = []
        start = 0
        for style, run in groupby(self.styles[:length]):
            end = start + len(list(run))
            spans.append(("".join(self.chars[start:end]), legible(style)))
            start = end
        return Line(tuple(spans), self.number, self.overwritten)


def join(mark: str, cells: list[str], end: int) -> bool:
    """Put a combining mark on the last cell before `end`; False if there is none, or it is full."""
    place = end - 1
    if 0 < place < len(cells) and not cells[place]:
        place -= 1
    if not 0 <= place < len(cells) or len(cells[place]) > MARKS:
        return False
    cells[place] += mark
    return True


def cells_of(text: str, before: list[str], end: int) -> list[str]:
    """The columns that a text takes. A mark joins the cell of its letter: at its start that is the one in `before`
    that comes before `end`.
    """
    cells: list[str] = []
    for char in text:
        columns = width(char)
        if columns == 2:
            cells += char, ""
        elif columns == 1 or not (join(char, cells, len(cells)) if cells else join(char, before, end)):
            cells.append(char)
    return cells
