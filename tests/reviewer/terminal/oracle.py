"""pyte as the terminal that ours is compared with.

It knows one page only, and differs from xterm at a few edges, which are set right here: tests/reviewer/terminal/
test_emulator.py says what ours does beyond it.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import pyte

from reviewer.terminal.emulator import Emulator
from reviewer.terminal.page import Cells
from reviewer.terminal.style import PLAIN, Style

Grid = list[list[tuple[str, Style]]]


# Questions and keyboard settings of xterm, which pyte takes for other sequences, or prints.
_NOT_FOR_PYTE = re.compile(r"\x1b\[[>?=][0-9;]*\$?[cmpu]|\x1b\[[0-9;]+t|\x1bP[^\x1b]*\x1b\\\\")


class Oracle(pyte.Screen):
    """pyte's screen, with xterm's edges: ctlseqs, VT510 Video Terminal Programmer Information chapter 5."""

    def _limits(self) -> tuple[int, int]:
        return self.margins or (0, self.lines - 1)

    def cursor_up(self, count: int | None = None) -> None:
        top, _ = self._limits()  # from above the region, to the screen's edge
        self.cursor.y = max(self.cursor.y - (count or 1), top if self.cursor.y >= top else 0)
        self.ensure_hbounds()

    def cursor_down(self, count: int | None = None) -> None:
        _, bottom = self._limits()
        self.cursor.y = min(self.cursor.y + (count or 1), bottom if self.cursor.y <= bottom else self.lines - 1)
        self.ensure_hbounds()

    def index(self) -> None:
        if self.cursor.y == self._limits()[1]:
            super().index()
        else:
            self.cursor.y = min(self.cursor.y + 1, self.lines - 1)

    def cursor_to_line(self, line: int | None = None) -> None:
        super().cursor_to_line(line)
        self.ensure_hbounds()

    def insert_characters(self, count: int | None = None) -> None:
        super().insert_characters(count)  # leaves one beyond the last column
        self.buffer[self.cursor.y].pop(self.columns, None)

    def save_cursor(self) -> None:
        self.saved = copy.copy(self.cursor)  # one, not a stack

    def restore_cursor(self) -> None:
        self.cursor = copy.copy(self.saved)

    def report_device_attributes(self, *_: Any, **__: Any) -> None:
        """Nobody is asked."""

    report_device_status = report_device_attributes


def by_pyte(text: str, columns: int, rows: int, *, returns: bool = False) -> Grid:
    screen = Oracle(columns, rows)
    screen.save_cursor()
    if returns:
        screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(_NOT_FOR_PYTE.sub("", text))
    return [[_cell(screen.buffer[y][x]) for x in range(columns)] for y in range(rows)]


def _cell(char: Any) -> tuple[str, Style]:
    style = Style(
        fg=_COLOURS.get(char.fg, char.fg),
        bg=_COLOURS.get(char.bg, char.bg),
        bold=char.bold,
        italic=char.italics,
        underline=char.underscore,
        reverse=char.reverse,
        strike=char.strikethrough,
    )
    return char.data, style


_NAMES = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
_COLOURS: dict[str, Any] = {
    "default": None,
    **{name: number for number, name in enumerate(_NAMES)},
    **{f"bright{name}": number + 8 for number, name in enumerate(_NAMES)},
    "bfightmagenta": 13,  # its spelling
}


def by_us(terminal: Emulator) -> Grid:
    rows: Grid = []
    for row in terminal.page.grid:
        cells = list(zip(row.chars, row.styles, strict=True)) if isinstance(row, Cells) else []
        rows.append([*cells, *[(" ", PLAIN)] * (terminal.columns - len(cells))])
    return rows


def seen(grid: Grid) -> Grid:
    """Without the style of blanks, of which pyte gives some the pen's; pyte has no dimness either."""
    return [[(char, PLAIN if char == " " else style._replace(dim=False)) for char, style in row] for row in grid]
