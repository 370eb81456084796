"""An output as a line-oriented terminal would have shown it: colours, and progress bars at their last state.

What is obeyed is the small part of ECMA-48 that programs use to rewrite their last lines: CR, BS, HT, SGR, CUU, CUD,
CUF, CUB, CNL, CPL, CHA, HPA, ED (to the end), EL, ECH, DCH, ICH. Sequences that only touch what a reader of the text
does not see (titles, links, cursor shape, keyboard modes) are left out and counted in `Rendered.dropped`. Every other
sequence is shown; `screens` obeys those that address the whole screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce

from reviewer.terminal.characters import HIDDEN, HIDDEN_RUN, clean, clean_spans, in_ascii, width
from reviewer.terminal.row import Row, cells_of
from reviewer.terminal.sequences import CONTROL, ESCAPE, HARMLESS, STRING
from reviewer.terminal.style import PLAIN, SHOWN, TAB, Line, Rendered, Style, legible, sgr

HEIGHT = 50
"""How many rows back the cursor may go up, as on a tall terminal."""

WIDTH = 256
"""The cursor is not sent further right than on a very wide terminal, unless text already stands there: otherwise a
few bytes would make a long line. Sequences that edit within a row are obeyed on rows up to this length, so that no
output takes more than linear time.
"""

_TOKEN = re.compile(
    rf"(?P<text>[^\t{HIDDEN}]+)"
    r"|(?P<sgr>\x1b\[[0-9;:]{0,128}+m)"
    r"|(?P<move>\r++|\x08++|\t++|\x1b\[(?P<count>[0-9]{0,4}+)(?P<final>[@A-HJKPX`]))"
    rf"|(?P<other>{CONTROL}|{STRING}|{ESCAPE}|\x1b+(?=\x1b)|(?:(?![\x08\r\x0f\x1b])[{HIDDEN}])++|.)"
)
_ACTIVE = re.compile(r"[\t\x08\r\x0f\x1b]")
_SGR = re.compile(r"\x1b\[([0-9;:]{0,128}+)m")
_HOME = ("\x1b[H", "\x1b[1H")
_UP = re.compile(r"\x1b\[[0-9]{0,4}[AF]")


def render_output(
    text: str,
    *,
    tab_size: int = TAB,
    fold_cr: bool = True,
    ascii_only: bool = False,
    pen: Style = PLAIN,
    first_line: int = 0,
) -> Rendered:
    """The lines that a terminal would have shown, without wrapping: the view wraps or crops.

    A newline also returns the cursor, as programs mean it. With `fold_cr` a line that was rewritten shows its last
    state, and what a shorter rewrite left standing; without it every state is a line of its own, in the order they
    came, with the same number. SGR is obeyed but for blinking, hiding, and a text colour equal to its background.

    Of a part of an output, `pen` is the style it begins in (`pen_after` what is before it) and `first_line` how many
    lines end before it.
    """
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    screen = _Screen(max(1, tab_size), fold_cr, ascii_only, HEIGHT if fold_cr and _UP.search(text) else 1)
    screen.pen, screen.first = pen, first_line
    for number, line in enumerate(lines, first_line + 1):
        screen.feed(line, number)
    if not text.endswith("\n"):
        screen.drop_empty_row()  # a prompt's colour reset after the last newline is not a line
    screen.flush()
    return Rendered(
        screen.done, lambda index, row: Line(((row, PLAIN),) if row else (), first_line + index), screen.dropped
    )


def pen_after(parts: Iterable[str]) -> Style:
    """The style that a text goes on in after these parts of it, the nearest first.

    Parts are taken until one sets the style anew; what came before it does not matter.
    """
    changes: list[str] = []
    for part in parts:
        if "\x1b" in part:
            reset = max(part.rfind("\x1b[0m"), part.rfind("\x1b[m"))
            changes[:0] = _SGR.findall(part, max(reset, 0))
            if reset >= 0:
                break
    return reduce(sgr, changes, PLAIN)


class _Screen:
    """The last rows of a terminal, the cursor and the pen; finished lines go to `done`.

    A plain line is kept as a bare string where its number is its place.
    """

    def __init__(self, tab_size: int, fold: bool, ascii_only: bool, height: int) -> None:
        self.tab_size = tab_size
        self.fold = fold
        self.ascii_only = ascii_only
        self.height = height
        self.done: list[str | Line] = []
        self.dropped = 0
        self.rows: list[Row] = []
        self.at = -1
        self.column = 0
        self.pen = PLAIN
        self.first = 0

    @property
    def row(self) -> Row:
        return self.rows[self.at]

    def feed(self, line: str, number: int) -> None:
        """One line of the source, without its newline."""
        still = line.expandtabs(self.tab_size) if line.isascii() else line
        if self.height == 1 and not _ACTIVE.search(still):
            self.flush()
            self.done.append(self.still(still, number))
            return
        self.next_row(number)
        for token in _TOKEN.finditer(line):
            kind, text = token.lastgroup, token[0]
            if kind == "text":
                self.write(text)
            elif kind == "sgr":
                self.pen = sgr(self.pen, text[2:-1])
            elif kind == "move" and self.move(text, token["final"], int(token["count"] or 0)):
                pass
            elif HARMLESS.fullmatch(text):
                self.dropped += 1
            else:
                self.show(text)

    def still(self, line: str, number: int) -> str | Line:
        """A line in which nothing moves."""
        if self.pen is PLAIN and number == self.first + len(self.done) + 1 and not HIDDEN_RUN.search(line):
            return in_ascii(line) if self.ascii_only else line
        return Line(clean_spans(line, legible(self.pen), ascii_only=self.ascii_only), number)

    def next_row(self, number: int) -> None:
        self.at += 1
        self.column = 0
        if self.at == len(self.rows):
            self.rows.append(Row(number))
            if len(self.rows) > self.height:
                self.done.append(self.rows.pop(0).line())
                self.at -= 1
        self.row.returned = self.row.written

    def flush(self) -> None:
        self.done += [row.line() for row in self.rows]
        self.rows = []
        self.at = -1

    def drop_empty_row(self) -> None:
        if self.rows and not (self.rows[-1].chars or self.rows[-1].overwritten):
            self.rows.pop()

    def new_state(self) -> None:
        """What the row shows is about to be replaced."""
        row = self.row
        row.written = row.returned = False
        if self.fold:
            row.overwritten += 1
        else:
            self.flush()
            self.rows, self.at = [Row(row.number)], 0

    def show(self, text: str) -> None:
        """A sequence that is not obeyed, as text of ours."""
        self.put(clean(text, ascii_only=self.ascii_only), SHOWN)

    def write(self, text: str) -> None:
        if self.ascii_only:
            text = in_ascii(text)
        if text.isascii() or all(width(char) == 1 for char in text):
            self.put(text, self.pen)
        else:
            before = [] if self.row.returned else self.row.chars
            self.put(cells_of(text, before, self.column), self.pen, wide=True)

    def put(self, cells: Sequence[str], style: Style, *, wide: bool = False) -> None:
        if self.row.returned:
            self.new_state()
        row = self.row
        row.put(self.column, cells, style, wide=wide)
        row.written = True
        self.column += len(cells)

    def move(self, text: str, final: str | None, count: int) -> bool:
        """Obey a character or sequence that moves the cursor or edits. False if it is to be shown instead."""
        row, column = self.row, self.column
        by = max(1, count)
        if final is None:
            if text[0] == "\t":
                self.go((column // self.tab_size + len(text)) * self.tab_size)
            elif text[0] == "\b":
                self.back(len(text))
            else:
                self.go(0)
        elif final == "D":
            self.back(by)
        elif final in "CG`":
            self.go(column + by if final == "C" else by - 1)
        elif final in "ABEF":
            self.at = min(max(0, self.at + (by if final in "BE" else -by)), len(self.rows) - 1)
            self.row.returned = self.row.written
            if final in "EF":
                self.go(0)
        elif (final == "J" and count == 3) or (text in _HOME and self.at == 0 and not row.written):
            pass  # what `clear` sends: the scrollback is not of this output, and the cursor is at home already
        elif final == "J" and count == 0:
            self.erase(0)
            gone = self.rows[self.at + 1 :]
            del self.rows[self.at + 1 :]
            self.row.overwritten += sum(below.overwritten + below.written for below in gone)
        elif final == "K" and count in (0, 2):
            self.erase(count)
        elif final == "J" or len(row.chars) > WIDTH:
            return False
        elif final == "K" and count == 1:
            self.blank(0, column + 1)
        elif final == "X":
            self.blank(column, column + by)
        elif final == "P":
            row.cut(column, column + by)
        elif final == "@":
            row.insert(column, min(by, max(0, WIDTH - len(row.chars))) if column < len(row.chars) else 0)
        else:
            return False
        return True

    def back(self, count: int) -> None:
        """To the left. One step is overstriking, as in a manual page, or a correction; more is a rewrite."""
        if count > 1:
            self.go(self.column - count)
        else:
            self.column = max(0, self.column - 1)

    def go(self, column: int) -> None:
        before, self.column = self.column, max(0, min(column, max(WIDTH, len(self.row.chars) + self.tab_size)))
        if self.column == 0 or self.column < before:
            self.row.returned = self.row.written

    def erase(self, mode: int) -> None:
        """EL to the end of the row (0) or the whole row (2)."""
        start = 0 if mode == 2 else self.column
        if self.row.returned or (self.row.written and start == 0):
            self.new_state()
        self.row.cut(start)

    def blank(self, start: int, end: int) -> None:
        if self.row.returned:
            self.new_state()
        if (count := min(end, len(self.row.chars)) - start) > 0:
            self.row.put(start, " " * count, PLAIN)
