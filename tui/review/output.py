"""A step's output as rows: as the terminal would have shown it, in every state of its lines, or with every byte.

It is laid out page by page, and of a page only the rows that are on the screen are wrapped: a hundred megabytes cost
no more than a screenful to look at. A page is laid out by itself: the colours go on from the page before it, but a
program that goes up to rewrite lines does not reach across its beginning.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache

from reviewer import terminal
from reviewer.terminal import LONGEST_REPLAY, Line, addresses_screen, pen_after, render_output, render_raw
from store.outputs import Output as Kept
from tui.drawing import DIM, INFO, PLAIN, Look, Row, cut, mark_found, rule, width_of, wrap_row
from tui.highlight import output_row, with_secrets
from tui.review.scroll import START, Scroll

_PAGES_KEPT = 8
_ROWS_KEPT = 500
_PAGES_BACK = 16
"""How many pages back the colours are looked for that a page begins in."""


class Form(StrEnum):
    """How an output is shown: as a terminal would, every state of each line, or every byte."""

    SHOWN = "shown"
    STATES = "states"
    RAW = "raw"


class Output(Scroll):
    """A laid-out output, a sheet to a page.

    replayed: it was written to a screen. total: its lines; a line may have been rewritten many times.
    """

    def __init__(self, kept: Kept, look: Look, width: int, form: Form = Form.SHOWN, find: str = "") -> None:
        self.look = look
        self.width = width
        self.find = find
        self.form = form
        self.rewritten = False
        self._kept = kept
        self._rules: dict[int, Row] = {}
        self._first_lines = kept.first_lines
        self.lines = lru_cache(maxsize=_PAGES_KEPT)(self._lay_out)
        screens = self._screens()
        if screens:
            lines = self._one_under_the_other(screens)
            self._first_lines = (0,)
            self.lines = lru_cache(maxsize=1)(lambda page: lines)
        self.replayed = bool(screens)
        super().__init__([_Page(self, number) for number in range(len(self._first_lines))])

    def _screens(self) -> list[terminal.Screen]:
        kept = self._kept
        if self.form is not Form.SHOWN or kept.size > LONGEST_REPLAY or not addresses_screen(text := kept.text):
            return []
        return terminal.render_screens(text, ascii_only=self.look.ascii_only)

    @property
    def total(self) -> int:
        last = len(self.sheets) - 1
        return self._first_lines[last] + len(self.lines(last)) - len(self._rules) if self.sheets else 0

    def line_at(self, page: int, item: int) -> int:
        """Which line that is, from 0."""
        return self._first_lines[page] + item if page < len(self.sheets) else self.total

    def folded(self, count: int) -> list[Row]:
        """The output in `count` rows: whole, or its start and its end with the number of lines between."""
        rows = self.take(START, count + 1)
        if len(rows) <= count:
            return rows
        head = (count - 1) // 2 if count > 2 else count
        first = self.forward(START, head)
        start = rows[:head]
        if first[2] > 0:  # the line goes on
            start[-1] = cut([*start[-1], (" " * self.width, PLAIN)], self.width, self.look.ellipsis)
        if head == count:
            return start
        last = self.backward(self.end, count - 1 - head)
        hidden = self.line_at(*last[:2]) - self.line_at(*first[:2]) - (first[2] > 0)
        what = f"{hidden} {'line' if hidden == 1 else 'lines'}" if hidden > 0 else "more"
        between: Row = [(f" {self.look.ellipsis} {what} {self.look.ellipsis}", INFO)]
        return [*start, between, *self.take(last, count - 1 - head)]

    def finds(self, page: int) -> Iterator[int]:
        """The items of a page that show the searched text."""
        wanted = self.find.lower()
        return (item for item, line in enumerate(self.lines(page)) if wanted in line.text.lower())

    def _lay_out(self, number: int) -> Sequence[Line]:
        text, first = self._kept.page(number), self._first_lines[number]
        if self.form is Form.RAW:
            return render_raw(text, ascii_only=self.look.ascii_only, first_line=first)
        before = (self._kept.page(back) for back in range(number - 1, max(number - 1 - _PAGES_BACK, -1), -1))
        folds, pen = self.form is Form.SHOWN, pen_after(before)
        return render_output(text, fold_cr=folds, ascii_only=self.look.ascii_only, pen=pen, first_line=first)

    def _one_under_the_other(self, screens: list[terminal.Screen]) -> list[Line]:
        """The lines of all screens, with a rule above each where there is something to tell of it.

        A rule begins in the first column, which no output reaches: so none can pass for one.
        """
        lines: list[Line] = []
        total = len(screens) + sum(screen.left_out for screen in screens)
        number = 0
        for screen in screens:
            number += screen.left_out + 1
            notes = [f"{screen.left_out} left out before it"] if screen.left_out else []
            if screen.folded:
                notes.append(f"{screen.folded} earlier state{'s' if screen.folded > 1 else ''} of it")
            if total > 1 or notes:
                title = f"screen {number} of {total}: {screen.ended}" if total > 1 else "screen"
                row = rule(self.look, self.width, title, f" {self.look.dot} ".join(notes), DIM)
                self._rules[len(lines)] = row
                lines.append(Line((), 0))
            lines += screen.lines
        return lines

    def rows_of(self, page: int, item: int) -> list[Row]:
        if page == 0 and item in self._rules:
            return [self._rules[item]]
        line = self.lines(page)[item]
        row: Row = [(" ", PLAIN), *with_secrets(output_row(line))]
        self.rewritten |= bool(line.overwritten)
        rows = wrap_row(mark_found(row, self.find), self.width, self.look.wraps)
        note = f"  ({line.overwritten} overwritten)"
        if line.overwritten and width_of(rows[-1]) + len(note) <= self.width:
            rows[-1] = [*rows[-1], (note, DIM)]
        return rows


class _Page:
    """A page of an output: its lines are laid out, and their rows wrapped, when they are asked for."""

    def __init__(self, output: Output, number: int) -> None:
        self._output = output
        self._number = number
        self._rows: dict[int, list[Row]] = {}

    def __len__(self) -> int:
        return len(self._output.lines(self._number))

    def rows_of(self, item: int) -> list[Row]:
        if item not in self._rows:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            self._rows[item] = self._output.rows_of(self._number, item)
        return self._rows[item]
