"""A page of a terminal: its rows, of which only those that were written have cells, and the rows scrolled off it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, TypeAlias

from reviewer.terminal.row import Row
from reviewer.terminal.style import PLAIN, Line, Style


class Drawn(NamedTuple):
    """A row as it stood. joins: it goes on the row before it, which was full. full: it takes all columns."""

    line: Line
    joins: bool
    full: bool


class Cells(Row):
    """A row of the screen in which something was written."""

    __slots__ = ("drawn", "joins")

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.drawn: Drawn | None = None
        self.joins = False

    def draw(self, columns: int) -> Drawn:
        if self.drawn is None:
            end = len(self.chars)
            while end and self.chars[end - 1] == " " and _is_unseen(self.styles[end - 1]):
                end -= 1
            self.drawn = Drawn(self.line(end), self.joins, len(self.chars) == columns)
        return self.drawn


Grid: TypeAlias = list[Cells | Style]
"""The rows; of an empty one only the style that fills it."""


class Saved(NamedTuple):
    row: int
    column: int
    pen: Style
    graphics: tuple[bool, bool]
    shifted: bool
    origin: bool


class Page:
    """The main page or the alternate one: its rows, and those that were scrolled off its top.

    changes: grows whenever the rows may have changed.
    """

    def __init__(self, rows: int) -> None:
        self.changes = 0
        self.grid: Grid = [PLAIN] * rows
        self.gone: list[Drawn] = []
        self.saved: Saved | None = None


def _is_unseen(style: Style) -> bool:
    return style.bg is None and not (style.reverse or style.underline or style.strike or style.shown)


@lru_cache(maxsize=64)
def blank(fill: Style, columns: int) -> Drawn:
    """An empty row. It is no line of the source: its number is 0."""
    return Drawn(Line(((" " * columns, fill),) if fill != PLAIN else (), 0), False, False)
