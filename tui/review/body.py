"""The texts of a step as rows: thought, command, output; folded to fit, or open and scrolled.

An output is laid out lazily: only the rows that are on the screen are ever wrapped, so that a long one costs no more
than a short one to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.style import Style

from reviewer.annotation import Span as Part
from reviewer.terminal import Line, Screen, addresses_screen, render_output, render_raw, render_screens
from reviewer.trajectory import Step
from tui.drawing import BOLD, DIM, INFO, PLAIN, REVERSE, Look, Row, rule, width_of, wrap_row, wrap_text
from tui.highlight import bash_lines, output_row, safe_row

_LONGEST_LINE = 4000
"""Characters of one output line that are laid out."""

_LONGEST_REPLAY = 400_000
"""Characters of an output that are replayed on a screen: nobody should have to wait for it. A longer one is lines."""


@dataclass
class Output:
    """A step's output as rows of a width. `lines` are built when they are asked for.

    replayed: it was written to a screen. rules: what stands in the place of lines that only separate screens.
    """

    lines: Sequence[Line]
    width: int
    look: Look
    find: str = ""
    replayed: bool = False
    rules: dict[int, Row] = field(default_factory=dict)
    _rows: dict[int, list[Row]] = field(default_factory=dict)

    def rows_of(self, index: int) -> list[Row]:
        """The rows that one line takes."""
        if index in self.rules:
            return [self.rules[index]]
        if index not in self._rows:
            if len(self._rows) > 500:
                self._rows.clear()
            line = self.lines[index]
            row: Row = [(" ", PLAIN), *output_row(line)]
            size = sum(len(text) for text, _ in row)
            if size > _LONGEST_LINE:
                row = [
                    *_first(row, _LONGEST_LINE),
                    (f" {self.look.ellipsis} {size - _LONGEST_LINE} more characters", DIM),
                ]
            rows = wrap_row(mark_found(row, self.find), self.width, " ")
            note = f"  ({line.overwritten} overwritten)"
            if line.overwritten and width_of(rows[-1]) + len(note) <= self.width:
                rows[-1] = [*rows[-1], (note, DIM)]
            self._rows[index] = rows
        return self._rows[index]

    def take(self, start: int, count: int) -> list[Row]:
        """Up to `count` rows from line `start` on."""
        rows: list[Row] = []
        while start < len(self.lines) and len(rows) < count:
            rows += self.rows_of(start)
            start += 1
        return rows[:count]

    def take_last(self, count: int) -> list[Row]:
        rows: list[Row] = []
        index = len(self.lines) - 1
        while index >= 0 and len(rows) < count:
            rows = self.rows_of(index) + rows
            index -= 1
        return rows[-count:] if count else []

    def fits(self, count: int) -> bool:
        return len(self.lines) <= count and len(self.take(0, count + 1)) <= count

    def folded(self, count: int) -> list[Row]:
        """The output in `count` rows: whole, or its start and its end with the number of lines between."""
        if self.fits(count) or count < 3:
            return self.take(0, count)
        head, tail = (count - 1) // 2, count - 1 - (count - 1) // 2
        first, last = self.take(0, head), self.take_last(tail)
        hidden = (
            len(self.lines)
            - self._lines_in(range(len(self.lines)), head)
            - self._lines_in(range(len(self.lines) - 1, -1, -1), tail)
        )
        noun = "line" if hidden == 1 else "lines"
        what = f"{max(hidden, 0)} {noun}" if hidden > 0 else "more"
        return [*first, [(f" {self.look.ellipsis} {what} {self.look.ellipsis}", INFO)], *last]

    def _lines_in(self, order: range, rows: int) -> int:
        """How many lines, taken in this order, lie wholly within so many rows."""
        count = 0
        for index in order:
            rows -= len(self.rows_of(index))
            if rows < 0:
                break
            count += 1
        return count


def output_of(step: Step, look: Look, width: int, *, raw: bool, find: str) -> Output:
    """A step's output, as the terminal would have shown it or with every byte visible."""
    text = step.output or ""
    if raw:
        return Output(render_raw(text, ascii_only=look.ascii_only), width, look, find)
    if len(text) <= _LONGEST_REPLAY and addresses_screen(text):
        screens = render_screens(text, ascii_only=look.ascii_only)
        if screens:
            return _replayed(screens, look, width, find)
    return Output(render_output(text, ascii_only=look.ascii_only), width, look, find)


def _replayed(screens: list[Screen], look: Look, width: int, find: str) -> Output:
    """Screens one after the other, under a rule each where there is something to tell of them.

    A rule begins in the first column, which no output reaches: so none can pass for one.
    """
    lines: list[Line] = []
    rules: dict[int, Row] = {}
    total = len(screens) + sum(screen.left_out for screen in screens)
    number = 0
    for screen in screens:
        number += screen.left_out + 1
        notes = [f"{screen.left_out} left out before it"] if screen.left_out else []
        if screen.folded:
            notes.append(f"{screen.folded} earlier state{'s' if screen.folded > 1 else ''} of it")
        if total > 1 or notes:
            title = f"screen {number} of {total}: {screen.ended}" if total > 1 else "screen"
            rules[len(lines)] = rule(look, width, title, f" {look.dot} ".join(notes), DIM)
            lines.append(Line((), 0))
        lines += screen.lines
    return Output(lines, width, look, find, replayed=True, rules=rules)


def command_rows(step: Step, look: Look, width: int, part: Part | None, find: str) -> list[Row]:
    """The command, highlighted when it is bash; the chosen part reversed."""
    if step.action is None:
        return []
    command = step.command.rstrip("\n")
    lines = bash_lines(command) if step.action.is_shell else tuple(((line, PLAIN),) for line in command.split("\n"))
    rows: list[Row] = []
    start = 0
    prompt = "$ " if step.action.is_shell and not step.action.is_input else "> "
    for number, spans in enumerate(lines):
        chosen = _with_part(spans, start, part)
        row: Row = [(f" {prompt}" if number == 0 else "   ", DIM), *mark_found(safe_row(chosen, look), find)]
        rows += wrap_row(row, width, "     ", at_blanks=True)
        start += sum(len(text) for text, _ in spans) + 1
    if step.action.arguments:
        for name, value in step.action.arguments.items():
            rows += [[("   ", PLAIN), (look.line_of(f"{name}: {value}")[:width], DIM)]]
    return rows


def chosen_rows(rows: list[Row]) -> range:
    """Which of a command's rows have something of the chosen part in them."""
    chosen = [at for at, row in enumerate(rows) if any(style.reverse and style.bold for _, style in row)]
    return range(chosen[0], chosen[-1] + 1) if chosen else range(0)


def thought_rows(step: Step, look: Look, width: int, find: str) -> list[Row]:
    """What was said to the agent just before, what it wrote, and its hidden reasoning."""
    rows: list[Row] = []
    for label, text, style in (
        ("user: ", step.prompt, INFO),
        ("", step.thought, PLAIN),
        ("reasoning: ", step.reasoning, DIM),
    ):
        if text.strip():
            for line in wrap_text(look.text(label + text.strip()), width - 2):
                rows.append(mark_found([(" ", PLAIN), (line, style)], find))
    return rows


def mark_found(row: Row, find: str) -> Row:
    """A row with each occurrence of the searched text reversed, within its spans."""
    if not find:
        return row
    result: Row = []
    for text, style in row:
        lower, at = text.lower(), 0
        while (found := lower.find(find.lower(), at)) >= 0:
            result += [(text[at:found], style), (text[found : found + len(find)], style + REVERSE)]
            at = found + len(find)
        result.append((text[at:], style))
    return [span for span in result if span[0]]


def _with_part(spans: tuple[tuple[str, Style], ...], start: int, part: Part | None) -> tuple[tuple[str, Style], ...]:
    if part is None:
        return spans
    result: list[tuple[str, Style]] = []
    for text, style in spans:
        for character in text:
            inside = part.start <= start < part.end
            piece = (character, style + REVERSE + BOLD if inside else style)
            if result and result[-1][1] == piece[1]:
                result[-1] = (result[-1][0] + character, piece[1])
            else:
                result.append(piece)
            start += 1
    return tuple(result)


def _first(row: Row, size: int) -> Row:
    result: Row = []
    for text, style in row:
        result.append((text[:size], style))
        size -= len(text)
        if size <= 0:
            break
    return result
