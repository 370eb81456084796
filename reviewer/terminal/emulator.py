"""A terminal's screen: the part of VT100 and xterm that full-screen programs use, on the rows of `row`.

Obeyed are cursor movement (relative, absolute, saved and restored), erasing, insertion and deletion of characters and
lines, scrolling and scroll regions, the alternate page, wrapping, origin and insert mode, the line drawing set, REP
and SGR. Other sequences have no effect on a real screen either: they are left out and counted. Strings that ask for
more than a title (such as OSC 52, the clipboard) and hidden characters are shown.

What one sequence costs is bounded by the size of the screen, whatever its parameters: an empty row is only the style
that fills it, and only what is written becomes cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from reviewer.terminal.characters import HIDDEN, clean, in_ascii, width
from reviewer.terminal.page import Cells, Drawn, Grid, Page, Saved, blank
from reviewer.terminal.row import cells_of
from reviewer.terminal.sequences import HARMLESS, STRING
from reviewer.terminal.style import PLAIN, SHOWN, TAB, Style, sgr

_BASIC = "\x00\x07-\x0f\x7f"
_TOKEN = re.compile(
    rf"(?P<text>[^\t\n{HIDDEN}]+)"
    r"|\x1b\[(?P<mark>[<-?]?)(?P<values>[0-9:;]{0,128}+)(?P<between>[ -/]{0,4}+)(?P<final>[@-~])"
    rf"|(?P<basic>[{_BASIC}])"
    rf"|(?P<string>{STRING}|\x1b[PX^_][^\x00-\x1f\x7f-\x9f]{{0,2048}}+\x1b\\)"
    r"|\x1b(?P<escape>[ -/]{1,4}+[0-~]|[0-OQ-WYZ\\a-jl-~])"
    rf"|(?P<other>\x1b+(?=\x1b)|(?:(?![{_BASIC}\x1b])[{HIDDEN}])++|.)",
    re.DOTALL,
)
# Beside HARMLESS: the questions for, and settings of, the terminal's colours; device control strings.
_UNSEEN = re.compile(r"\x1b(?:\](?:4|1[0-9]|10[45]|11[0-9])[;\x07\x1b]|[PX^_])")
_LONGEST_SHOWN = 60

# DEC Special Graphics (VT100 User Guide, table 3-9), from "_" on.
_GRAPHICS = dict(enumerate(" ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·", 0x5F))
_GRAPHICS_ASCII = dict(zip(range(0x5F, 0x7F), " +#????o#??+++++~~-__++++|<>*!f.", strict=False))


class Event(StrEnum):
    """Why what stands on the screen is about to change, or may be."""

    CLEARED = "cleared"
    COVERED = "covered"  # by the alternate page
    LEFT = "left"  # the alternate page
    FRAME = "frame"  # a program is about to paint anew over what stands


class Emulator:
    """The screen. `watch` is told of an event before it takes effect.

    returns: a line feed also returns the cursor. The column is `columns` after the last one was written: the next
    character then wraps. position: how much of the text has been fed, more or less.
    """

    def __init__(self, columns: int, rows: int, *, ascii_only: bool = False, returns: bool = False) -> None:
        self.columns = max(2, columns)
        self.rows = max(1, rows)
        self.ascii_only = ascii_only
        self.returns = returns
        self.watch: Callable[[Event], None] = lambda event: None
        self.dropped = 0
        self.position = 0
        self.number = 1
        self.main = Page(self.rows)
        self.alternate = Page(self.rows)
        self.page = self.main
        self.row = self.column = 0
        self.last = ""
        self.soft_reset()

    def soft_reset(self) -> None:
        self.pen = PLAIN
        self.top, self.bottom = 0, self.rows - 1
        self.origin = self.inserts = self.shifted = False
        self.wraps = True
        self.graphics = (False, False)
        self.page.saved = None

    # --- what comes in

    def feed(self, text: str) -> None:
        for token in _TOKEN.finditer(text):
            kind = token.lastgroup
            if kind == "text":
                self.write(token[0])
            elif kind == "final":
                self.position = token.start()
                self.control(token["mark"], token["values"], token["between"], token["final"])
            elif kind == "basic":
                self.basic(token[0])
            elif kind == "escape":
                self.position = token.start()
                self.escape(token["escape"])
            elif kind == "string" and (_UNSEEN.match(token[0]) or HARMLESS.fullmatch(token[0])):
                self.dropped += 1
            else:
                shown = clean(token[0][:_LONGEST_SHOWN], ascii_only=self.ascii_only)
                self.put(shown, SHOWN)

    def basic(self, char: str) -> None:
        if char == "\r":
            self.column = 0
            row = self.page.grid[self.row]
            if isinstance(row, Cells):
                row.returned = row.written
        elif char in "\n\v\f":
            self.number += char == "\n"
            self.column = 0 if self.returns else self.column
            self.line_feed()
        elif char == "\b":
            self.column = max(0, min(self.column, self.columns - 1) - 1)
        elif char == "\t":
            self.column = min((self.column // TAB + 1) * TAB, self.columns - 1)
        elif char in "\x0e\x0f":
            self.shifted = char == "\x0e"
        else:
            self.dropped += 1  # the bell, padding

    def escape(self, text: str) -> None:
        match text:
            case "7":
                self.save()
            case "8":
                self.restore()
            case "D":
                self.line_feed()
            case "E":
                self.column = 0
                self.line_feed()
            case "M" if self.row == self.top:
                self.scroll(self.top, -1)
            case "M":
                self.go_vertically(max(0, self.row - 1))
            case "c":
                self.watch(Event.CLEARED)
                self.page = self.main
                self.page.grid = [PLAIN] * self.rows
                self.soft_reset()
                self.row = self.column = 0
            case "(0" | "(B" | "(A":
                self.graphics = (text == "(0", self.graphics[1])
            case ")0" | ")B" | ")A":
                self.graphics = (self.graphics[0], text == ")0")
            case _:
                self.dropped += 1

    def control(self, mark: str, values: str, between: str, final: str) -> None:
        if final == "m" and not mark and not between:
            self.pen = sgr(self.pen, values)
        elif mark not in ("", "?") or ":" in values or between:
            if between == "!" and final == "p":
                self.soft_reset()
            self.dropped += 1
        else:
            numbers = [min(int(value or 0), 9999) for value in values.split(";")]
            if mark == "":
                self.obey(final, numbers)
            elif final in "hl":
                for number in numbers:
                    self.set_mode(number, final == "h")
            else:
                self.dropped += 1

    def obey(self, final: str, numbers: list[int]) -> None:
        """A control sequence with its parameters; 0 stands for one that is missing."""
        first, second = numbers[0], numbers[1] if len(numbers) > 1 else 0
        by = max(1, first)
        match final:
            case "A" | "F":
                self.go_vertically(max(self.row - by, self.top if self.row >= self.top else 0))
            case "B" | "E" | "e":
                self.go_vertically(min(self.row + by, self.bottom if self.row <= self.bottom else self.rows - 1))
            case "C" | "a":
                self.column = min(self.column + by, self.columns - 1)
            case "D":
                self.column = max(0, min(self.column, self.columns - 1) - by)
            case "G" | "`":
                self.column = min(by, self.columns) - 1
            case "H" | "f":
                self.go(by, max(1, second))
            case "d":
                self.go(by, self.column + 1)
            case "I":
                self.column = min((self.column // TAB + by) * TAB, self.columns - 1)
            case "Z":
                self.column = max(0, ((self.column - 1) // TAB + 1 - by) * TAB)
            case "J":
                self.erase_page(first)
            case "K" if first < 3:
                self.erase(self.column if first == 0 else 0, self.column + 1 if first == 1 else self.columns)
            case "X":
                self.erase(self.column, self.column + by)
            case "P" if self.column < self.columns:
                self.cells().cut(self.column, self.column + by)
            case "@" if self.column < len((row := self.cells()).chars):
                row.insert(self.column, min(by, self.columns))
                row.cut(self.columns)
            case "L" | "M" if self.top <= self.row <= self.bottom:
                self.scroll(self.row, by if final == "M" else -by)
                self.column = 0
            case "S":
                self.scroll(self.top, by, keep=True)
            case "T" if len(numbers) == 1:
                self.scroll(self.top, -by)
            case "b" if self.last:
                self.write(self.last * min(by, self.columns))
            case "r":
                self.set_region(by, second or self.rows)
            case "s" if numbers == [0]:
                self.save()
            case "u" if numbers == [0]:
                self.restore()
            case "h" | "l":
                self.inserts = final == "h" if 4 in numbers else self.inserts
                self.returns = final == "h" if 20 in numbers else self.returns
            case _:
                self.dropped += 1
        if final in "EF":
            self.column = 0

    def set_mode(self, number: int, on: bool) -> None:
        """A private mode."""
        if number == 6:
            self.origin = on
            self.go(1, 1)
        elif number == 7:
            self.wraps = on
        elif number == 1048:
            self.save() if on else self.restore()
        elif number in (47, 1047, 1049):
            self.use_alternate(on, saves=number == 1049)
        else:
            self.dropped += 1
            if (number, on) in ((25, False), (2026, True)):
                self.watch(Event.FRAME)

    # --- what it does

    def cells(self) -> Cells:
        """The cursor's row, for a change."""
        row = self.page.grid[self.row]
        if not isinstance(row, Cells):
            fill, row = row, Cells(self.number)
            if fill is not PLAIN:
                row.put(0, " " * self.columns, fill)
            self.page.grid[self.row] = row
        row.drawn = None
        self.page.changes += 1
        return row

    @property
    def fill(self) -> Style:
        """What is erased takes the background of the pen."""
        return PLAIN if self.pen.bg is None else Style(bg=self.pen.bg)

    def write(self, text: str) -> None:
        if self.graphics[self.shifted]:
            text = text.translate(_GRAPHICS_ASCII if self.ascii_only else _GRAPHICS)
        if self.ascii_only:
            text = in_ascii(text)
        self.last = text[-1]
        if text.isascii() or all(width(char) == 1 for char in text):
            self.put(text, self.pen)
        else:
            self.put(cells_of(text, self.cells().chars, self.column), self.pen, wide=True)

    def put(self, cells: Sequence[str], style: Style, *, wide: bool = False) -> None:
        start, wrapped = 0, False
        while start < len(cells):
            if self.column >= self.columns:
                if not self.wraps:  # each further character takes the place of the one before it
                    self.cells().put(self.columns - 1, [cells[-1] or " "], style)
                    return
                self.column, wrapped = 0, True
                self.line_feed()
            end = start + self.columns - self.column
            if end < len(cells) and not cells[end]:
                end -= 1  # a wide character does not stand half in a row
            row = self.cells()
            if row.returned:
                row.overwritten += self.page is self.main
                row.returned = False
            if self.column == 0:
                row.joins = wrapped
            if self.inserts and self.column < len(row.chars):
                row.insert(self.column, len(cells[start:end]))
            row.put(self.column, cells[start:end], style, wide=wide)
            row.cut(self.columns)
            row.written = True
            self.column = self.columns if end < len(cells) else self.column + len(cells) - start
            start = end

    def erase(self, start: int, end: int) -> None:
        """Blank these columns of the cursor's row."""
        if start >= self.columns:
            return
        row, fill = self.cells(), self.fill
        if row.returned or (row.written and start == 0):
            row.overwritten += self.page is self.main
            row.written = row.returned = False
        row.joins = row.joins and start > 0
        if fill is PLAIN and end >= len(row.chars):
            row.cut(start)
        else:
            row.put(start, " " * (min(end, self.columns) - start), fill)

    def erase_page(self, how: int) -> None:
        if how == 2 or (how == 0 and self.row == self.column == 0):
            self.watch(Event.CLEARED)
        grid, fill = self.page.grid, self.fill
        if how == 2:
            grid[:] = [fill] * self.rows
        elif how == 0:
            self.erase(self.column, self.columns)
            grid[self.row + 1 :] = [fill] * (self.rows - self.row - 1)
        elif how == 1:
            self.erase(0, self.column + 1)
            grid[: self.row] = [fill] * self.row
        else:  # 3: the rows scrolled off, which were seen
            self.dropped += 1
        self.page.changes += 1

    def line_feed(self) -> None:
        self.not_returned()
        if self.row == self.bottom:
            self.scroll(self.top, 1, keep=True)
        elif self.row < self.rows - 1:
            self.row += 1

    def scroll(self, top: int, by: int, *, keep: bool = False) -> None:
        """Move the rows from `top` to the end of the region up, or down; with `keep` those at the screen's top are
        not lost.
        """
        grid, end = self.page.grid, self.bottom + 1
        count = min(abs(by), end - top)
        blank: Grid = [self.fill] * count
        if by < 0:
            grid[top:end] = blank + grid[top : end - count]
        else:
            if keep and top == 0:
                gone = grid[:count]
                while len(gone) > 1 and not isinstance(gone[-1], Cells):
                    gone.pop()
                self.page.gone += self.drawn(gone)
            grid[top:end] = grid[top + count : end] + blank
        self.page.changes += 1

    def drawn(self, rows: Grid) -> list[Drawn]:
        return [row.draw(self.columns) if isinstance(row, Cells) else blank(row, self.columns) for row in rows]

    def go(self, row: int, column: int) -> None:
        """To a row and a column, counted from 1."""
        if row == column == 1:
            self.watch(Event.FRAME)
        first, last = (self.top, self.bottom) if self.origin else (0, self.rows - 1)
        self.row = min(first + row - 1, last)
        self.column = min(column, self.columns) - 1
        self.not_returned()

    def not_returned(self) -> None:
        """What comes next on this row is painting, not another state of a progress bar."""
        row = self.page.grid[self.row]
        if isinstance(row, Cells):
            row.returned = False

    def go_vertically(self, row: int) -> None:
        """A character that would have wrapped stays in the last column."""
        self.row, self.column = row, min(self.column, self.columns - 1)

    def set_region(self, top: int, bottom: int) -> None:
        top, bottom = top - 1, min(bottom, self.rows) - 1
        if top < bottom:
            self.top, self.bottom = top, bottom
            self.row, self.column = top if self.origin else 0, 0

    def save(self) -> None:
        self.page.saved = Saved(self.row, self.column, self.pen, self.graphics, self.shifted, self.origin)

    def restore(self) -> None:
        saved = self.page.saved or Saved(0, 0, PLAIN, (False, False), False, False)
        self.row, self.column, self.pen, self.graphics, self.shifted, self.origin = saved

    def use_alternate(self, on: bool, *, saves: bool) -> None:
        if on and self.page is self.main:
            self.watch(Event.COVERED)
            if saves:
                self.save()
            self.page = self.alternate
            self.page.grid = [self.fill] * self.rows
            self.page.changes += 1
        elif not on:
            if self.page is self.alternate:
                self.watch(Event.LEFT)
                self.page = self.main
            if saves:
                self.restore()
