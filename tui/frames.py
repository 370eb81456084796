"""What the terminal shows, and what changes it: only the cells that differ, each style said once.

A row is changed cell by cell where every character surely takes one cell. Terminals disagree on the widths of the
others (emoji, combining signs), so a row that has any is erased and written whole: then nothing is left at a wrong
place of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import compress, count, groupby
from operator import is_not, ne, or_
from typing import NamedTuple

from rich.color import ColorSystem
from textual.strip import Strip

from tui.pen import PLAIN, Pen, change, pen_of

_ONE_CELL = re.compile("[ -\u02ff\u0370-\u0482\u2010-\u20cf\u2100-\u22ff\u23ce\u2400-\u24ff\u2500-\u25fc]*")
"""Latin, Greek, Cyrillic; punctuation, arrows, mathematics, boxes, blocks: what most programs draw with."""

_WORTH_A_MOVE = 8
"""Unchanged cells between two changed ones beyond which the cursor is moved over them. Measured: anything between 4
and 12 costs the same, raw and compressed."""

_ERASE = "\x1b[K"


class _Row(NamedTuple):
    strip: Strip
    text: str
    pens: list[Pen]
    """A pen to each character. Blanks have the plain one, unless theirs is seen."""
    is_certain: bool
    """Whether the characters are the screen's cells, one to a column."""


class Frames:
    """What a terminal was made to show, frame by frame. colours: how many it has."""

    def __init__(self, colours: ColorSystem = ColorSystem.STANDARD) -> None:
        self._colours = colours
        self._rows: list[_Row] = []
        self._is_known = False

    def forget(self) -> None:
        """Take it that the terminal may show anything: the next change is the whole screen."""
        self._is_known = False

    def change(self, strips: Sequence[Strip]) -> str:
        """What makes the terminal show these strips: safe ones, as many and as wide as its rows. "" for nothing."""
        is_known = self._is_known and len(strips) == len(self._rows)
        old: Sequence[_Row | None] = self._rows if is_known else [None] * len(strips)
        rows = [
            was if was and was.strip == strip else self._row(strip) for was, strip in zip(old, strips, strict=True)
        ]
        self._rows, self._is_known = rows, True
        writer = _Writer()
        for y, (was, row) in enumerate(zip(old, rows, strict=True)):
            if was is None or was is not row:
                writer.write(y, was, row)
        text = writer.end()
        return text if is_known else f"\x1b[m{text}"

    def _row(self, strip: Strip) -> _Row:
        text, pens = strip.text, []
        for part, style, _ in strip:
            pen = pen_of(style, self._colours)
            if pen is PLAIN or pen.shows_on_blanks or " " not in part:
                pens += [pen] * len(part)
            else:
                pens += [PLAIN if character == " " else pen for character in part]
        return _Row(strip, text, pens, len(text) == strip.cell_length and bool(_ONE_CELL.fullmatch(text)))


class _Writer:
    """Writes rows with few bytes. It starts with a plain pen, and ends with one."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._pen = PLAIN
        self._place = (-1, -1)

    def write(self, y: int, old: _Row | None, new: _Row) -> None:
        end = _end(new)
        if not (old and old.is_certain and new.is_certain and len(old.text) == len(new.text)):
            self._erase(y, 0)
            self._cells(y, 0, end, new)
            return
        differs = map(or_, map(ne, old.text, new.text), map(is_not, old.pens, new.pens))
        changed = list(compress(count(), differs))
        for start, stop in _runs(changed, end):
            self._cells(y, start, stop, new)
        if changed and changed[-1] >= end:
            self._erase(y, end if self._place == (y, end) else next(x for x in changed if x >= end))

    def end(self) -> str:
        self._pick(PLAIN)
        return "".join(self._out)

    def _cells(self, y: int, start: int, stop: int, row: _Row) -> None:
        if start == stop:
            return
        self._go(y, start)
        for pen, same in groupby(row.pens[start:stop]):
            text = row.text[start : start + len(list(same))]
            if not (pen is PLAIN and text.isspace() and not self._pen.shows_on_blanks):
                self._pick(pen)
            self._out.append(text)
            start += len(text)
        self._place = (y, stop)

    def _erase(self, y: int, x: int) -> None:
        """Erase a row from a column on."""
        self._go(y, x)
        if self._pen.shows_on_blanks:
            self._pick(PLAIN)
        self._out.append(_ERASE)

    def _go(self, y: int, x: int) -> None:
        line, column = self._place
        if line != y or column > x:
            self._out.append(f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H")
        elif column < x:
            self._out.append(f"\x1b[{x - column}C")
        self._place = (y, x)

    def _pick(self, pen: Pen) -> None:
        self._out.append(change(self._pen, pen))
        self._pen = pen


def _end(row: _Row) -> int:
    """Where the plain blanks begin that last to the row's end, if they are more than it takes to erase them."""
    width, drawn = len(row.text), len(row.text.rstrip(" "))
    end = max((x + 1 for x in range(drawn, width) if row.pens[x] is not PLAIN), default=drawn)
    return end if width - end > len(_ERASE) else width


def _runs(changed: Sequence[int], end: int) -> Iterator[tuple[int, int]]:
    """The runs of cells before `end` to write, for the columns that changed."""
    start = stop = -1
    for x in changed:
        if x >= end:
            break
        if start < 0:
            start = x
        elif x - stop > _WORTH_A_MOVE:
            yield start, stop
            start = x
        stop = x + 1
    if start >= 0:
        yield start, stop
