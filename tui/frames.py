"""What the terminal shows, and what changes it: only the cells that differ, each style said once.

A row is changed cell by cell where every character surely takes one cell. Terminals disagree on the widths of the
others (emoji, combining signs), so a row that has any is erased and written whole: then nothing is left at a wrong
place of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from tui.pen import PLAIN, Pen, change, pen_of

_ONE_CELL = re.compile("[ -\u02ff\u0370-\u0482\u2010-\u20cf\u2100-\u22ff\u23ce\u2400-\u24ff\u2500-\u25fc]*")
"""Latin, Greek, Cyrillic; punctuation, arrows, mathematics, boxes, blocks: what most programs draw with."""

_WORTH_A_MOVE = 8
"""Unchanged cells between two changed ones beyond which the cursor is moved over them. Measured: anything between 4
and 12 costs the same, raw and compressed."""

_RUN = re.compile(f"[^\0]+(?:\0{{1,{_WORTH_A_MOVE}}}[^\0]+)*")
"""A run of cells to write, in what `_differs` gives."""

_ERASE = "\x1b[K"


class _Row(NamedTuple):
    strip: Strip
    text: str
    pens: str
    """A pen to each character, as Frames numbers them; "\0" is the plain one, which blanks have unless theirs is
    seen."""
    is_certain: bool
    """Whether the characters are the screen's cells, one to a column."""


class Frames:
    """What a terminal was made to show, frame by frame. colours: how many it has."""

    def __init__(self, colours: ColorSystem = ColorSystem.STANDARD) -> None:
        self._colours = colours
        self._rows: list[_Row] = []
        self._is_known = False
        self._pens = [PLAIN]
        self._numbers: dict[Style | None, str] = {None: "\0"}

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
        writer = _Writer(self._pens)
        for y, (was, row) in enumerate(zip(old, rows, strict=True)):
            if was is None or was is not row:
                writer.write(y, was, row)
        text = writer.end()
        return text if is_known else f"\x1b[m{text}"

    def _row(self, strip: Strip) -> _Row:
        text, pens = strip.text, []
        for part, style, _ in strip:
            number = self._numbers.get(style) or self._number(style)
            if number == "\0" or " " not in part or self._pens[ord(number)].shows_on_blanks:
                pens.append(number * len(part))
            else:
                words = [number * len(word) for word in part.split(" ")]
                pens.append("\0".join(words))
        is_certain = len(text) == strip.cell_length and bool(_ONE_CELL.fullmatch(text))
        return _Row(strip, text, "".join(pens), is_certain)

    def _number(self, style: Style | None) -> str:
        """The number of the pen for a style, as a character."""
        pen = pen_of(style, self._colours)
        if pen not in self._pens:
            self._pens.append(pen)
        self._numbers[style] = number = chr(self._pens.index(pen))
        return number


class _Writer:
    """Writes rows with few bytes. It starts with a plain pen, and ends with one."""

    def __init__(self, pens: Sequence[Pen]) -> None:
        self._out: list[str] = []
        self._pens = pens
        self._pen = PLAIN
        self._place = (-1, -1)

    def write(self, y: int, old: _Row | None, new: _Row) -> None:
        end = _end(new)
        if not (old and old.is_certain and new.is_certain and len(old.text) == len(new.text)):
            self._erase(y, 0)
            self._cells(y, 0, end, new)
            return
        differs = _differs(old, new)
        for run in _RUN.finditer(differs, 0, end):
            self._cells(y, run.start(), run.end(), new)
        if beyond := _RUN.search(differs, end):
            self._erase(y, end if self._place == (y, end) else beyond.start())

    def end(self) -> str:
        self._pick(PLAIN)
        return "".join(self._out)

    def _cells(self, y: int, start: int, stop: int, row: _Row) -> None:
        if start == stop:
            return
        self._go(y, start)
        for number, same in groupby(row.pens[start:stop]):
            pen = self._pens[ord(number)]
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
    width = len(row.text)
    end = max(len(row.text.rstrip(" ")), len(row.pens.rstrip("\0")))
    return end if width - end > len(_ERASE) else width


def _differs(old: _Row, new: _Row) -> str:
    """A character to each cell: "\0" where they are the same. Both are certain, so no character is beyond U+25FC, and
    what XOR makes of two is none that UTF-32 has not.
    """
    bits = _bits(old.text) ^ _bits(new.text) | _bits(old.pens) ^ _bits(new.pens)
    return bits.to_bytes(4 * len(new.text), "little").decode("utf-32-le")


def _bits(text: str) -> int:
    return int.from_bytes(text.encode("utf-32-le"), "little")
