"""Raw output to safe, styled lines: what a person would have seen, and nothing that their terminal would obey.

Everything an agent's terminal produced is hostile until it has gone through here. `clean` and `clean_spans` make any
text harmless; `render_output` shows an output as a line-oriented terminal would have (colours, progress bars that
collapse to their last state); `render_raw` shows every control character in it. None of them raises, and none lets a
control, a bidirectional override or an invisible character through: these are shown (`␛`, `<U+202E>`), not obeyed.

What is obeyed is the small part of ECMA-48 that programs use to rewrite their last lines: CR, BS, HT, SGR, CUU, CUD,
CUF, CUB, CNL, CPL, CHA, HPA, ED (to the end), EL, ECH, DCH, ICH. Sequences that only touch what a reader of the text
does not see (titles, links, cursor shape, keyboard modes) are left out and counted in `Rendered.dropped`. Every other
sequence is shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias, overload

TAB = 8

HEIGHT = 50
"""How many rows back the cursor may go up, as on a tall terminal."""

WIDTH = 256
"""The cursor is not sent further right than on a very wide terminal, unless text already stands there: otherwise a
few bytes would make a long line. Sequences that edit within a row are obeyed on rows up to this length, so that no
output takes more than linear time.
"""

MARKS = 16
"""How many combining marks one cell takes; more than any script needs."""

Colour: TypeAlias = "int | tuple[int, int, int] | None"


class Style(NamedTuple):
    """How a span is drawn. A colour is one of the 256 (0 to 15 are the terminal's own), an RGB triple, or None.

    shown: the text is ours, standing for a character or a sequence that was not obeyed. Draw it distinctly, or the
    agent could fake it.
    """

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False
    shown: bool = False


PLAIN = Style()
SHOWN = Style(shown=True)
LINE_END = Style(dim=True, shown=True)

Span: TypeAlias = tuple[str, Style]


@dataclass(frozen=True, slots=True)
class Line:
    """One line on the screen.

    number: the line of the source, from 1, in which it began. overwritten: how many earlier states of it were
    replaced, as by a progress bar.
    """

    spans: tuple[Span, ...]
    number: int
    overwritten: int = 0

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)


class Rendered(Sequence[Line]):
    """The lines of an output, each built when it is asked for where that is possible.

    dropped: how many control sequences without a visible effect were left out. `render_raw` shows them.
    """

    def __init__(self, rows: Sequence[str | Line], build: Callable[[int, str], Line], dropped: int = 0) -> None:
        self._rows = rows
        self._build = build
        self.dropped = dropped

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        places = range(len(self._rows))[index]
        if isinstance(places, range):
            return [self[place] for place in places]
        row = self._rows[places]
        return row if isinstance(row, Line) else self._build(places + 1, row)


# --- clean ---------------------------------------------------------------------------------------------------------

# C0 but tab and newline, DEL and C1; Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which holds
# the zero-width characters, the bidirectional controls (UAX #9), the variation selectors and the tags; line and
# paragraph separators, interlinear and hieroglyph format controls, noncharacters of the BMP; surrogates.
_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\ud800-\udfff"
)
_HIDDEN_RUN = re.compile(f"([{_HIDDEN}]+)")
# Blanks that are not the space bash splits at: seen only in raw form, since prose is full of them.
_RAW_CHAR = re.compile(f"([\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000{_HIDDEN}])")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def clean(text: str, *, ascii_only: bool = False) -> str:
    """The text with every hidden character shown; newlines and tabs are kept, for the caller to lay out.

    This is the way that agent text takes into a view. C0 and DEL become control pictures (`␛`; `^[` in ASCII), a
    byte that was not UTF-8 `<0x9B>`, all else `<U+202E>`. The variation selectors 15 and 16, which emoji are full of
    and on whose width terminals disagree, become a short `◌`. With `ascii_only`, other characters become `?`, one a
    column: a transliteration would hide the very quote or dash that broke a command.

    Characters are treated one by one, clean(a + b) == clean(a) + clean(b): text[n] stands at len(clean(text[:n])).
    """
    if text.isascii() and text.isprintable():
        return text
    forms = _forms(ascii_only)
    text = _HIDDEN_RUN.sub(lambda run: run[0].translate(forms), text)
    return _ascii(text) if ascii_only else text


def clean_spans(text: str, style: Style = PLAIN, *, ascii_only: bool = False) -> tuple[Span, ...]:
    """`clean` for a view that can draw what is shown distinctly: such spans are SHOWN, the others of this style."""
    forms = _forms(ascii_only)
    pieces = enumerate(_HIDDEN_RUN.split(text))
    return tuple(
        (piece.translate(forms), SHOWN) if place % 2 else (_ascii(piece) if ascii_only else piece, style)
        for place, piece in pieces
        if piece
    )


class _Forms(dict[int, str]):
    """What stands for a hidden character, by its code; a table for str.translate."""

    def __missing__(self, code: int) -> str:
        form = self[code] = _code(code)
        return form


def _code(code: int) -> str:
    # Python's surrogateescape keeps the undecodable byte 0x9B as U+DC9B.
    return f"<0x{code - 0xDC00:02X}>" if 0xDC80 <= code <= 0xDCFF else f"<U+{code:04X}>"


@cache
def _forms(ascii_only: bool) -> _Forms:
    if ascii_only:
        return _Forms({code: f"^{chr(code ^ 0x40)}" for code in (*range(0x20), 0x7F)} | {0xFE0E: "?", 0xFE0F: "?"})
    return _Forms({code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡", 0xFE0E: "◌", 0xFE0F: "◌"})


def _ascii(text: str) -> str:
    return text if text.isascii() else _NOT_ASCII.sub(lambda match: "?" * max(1, _width(match[0])), text)


@lru_cache(maxsize=8192)
def _width(char: str) -> int:
    """The columns a character takes: 0 for a mark on the one before it, 2 for a wide one (UAX #11)."""
    if unicodedata.category(char) in {"Mn", "Me"} or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


# --- raw -----------------------------------------------------------------------------------------------------------


def render_raw(text: str, ascii_only: bool = False) -> Rendered:
    """Every control character and unusual blank made visible, nothing obeyed, one line for each newline."""
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    newlines = text.count("\n")
    return Rendered(rows, lambda number, row: _raw_line(row, number, number <= newlines, ascii_only))


def _raw_line(text: str, number: int, ended: bool, ascii_only: bool) -> Line:
    forms = _forms(ascii_only)
    spans: list[Span] = []
    column = 0
    for place, piece in enumerate(_RAW_CHAR.split(text)):
        if not piece:
            continue
        if place % 2 == 0:
            shown, style = _ascii(piece) if ascii_only else piece, PLAIN
        else:
            code = ord(piece)
            shown, style = forms[code] if code < 0x80 else _code(code), SHOWN
        if piece == "\t":
            shown += " " * (-(column + len(shown)) % TAB)
        column += len(shown) if shown.isascii() else sum(map(_width, shown))
        spans.append((shown, style))
    if ended:
        spans.append((forms[ord("\n")], LINE_END))
    return Line(tuple(spans), number)


# --- output --------------------------------------------------------------------------------------------------------

# ECMA-48 5.4 and 8.3, ECMA-35 13.2. Lengths are bounded, and quantifiers are possessive, so that matching is linear.
_TOKEN = re.compile(
    rf"(?P<text>[^\t{_HIDDEN}]+)"
    r"|(?P<sgr>\x1b\[[0-9;:]{0,128}+m)"
    r"|(?P<move>\r++|\x08++|\t++|\x1b\[(?P<count>[0-9]{0,4}+)(?P<final>[@A-GJKPX`]))"
    r"|(?P<other>\x1b(?:\[[0-?]{0,128}+[ -/]{0,4}+[@-~]"  # any control sequence
    r"|[\]k][^\x00-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\)"  # an operating system command, or screen's title
    r"|[ -/]{1,4}+[0-~]|[0-~])"  # any other escape sequence
    rf"|\x1b+(?=\x1b)|(?:(?![\x08\r\x0f\x1b])[{_HIDDEN}])++|.)"
)
_ACTIVE = re.compile(r"[\t\x08\r\x0f\x1b]")
_UP = re.compile(r"\x1b\[[0-9]{0,4}[AF]")

# What has no effect on the text: cursor and keyboard modes, wrapping, mouse, paste, focus and synchronised updates;
# cursor shape; keypad; the ASCII character set, and SI, which select it at the end of `tput sgr0`; titles, links,
# working directory and prompt marks. A title or an address too long to be one is shown.
_HARMLESS = re.compile(
    r"\x1b\[\?(?:[17]|12|25|100[0-6]|1015|1034|20(?:04|26|31))[hl]"
    r"|\x1b\[[0-6]? q|\x1b[=>]|\x1b[()]B|\x0f"
    r"|\x1b(?:\](?:[01278]|133|633);|k).{0,2048}(?:\x07|\x1b\\)"
)


def render_output(text: str, *, tab_size: int = TAB, fold_cr: bool = True, ascii_only: bool = False) -> Rendered:
    """The lines that a terminal would have shown, without wrapping: the view wraps or crops.

    A newline also returns the cursor, as programs mean it. With `fold_cr` a line that was rewritten shows its last
    state, and what a shorter rewrite left standing; without it every state is a line of its own, in the order they
    came, with the same number. SGR is obeyed but for blinking, hiding, and a text colour equal to its background.
    """
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    screen = _Screen(max(1, tab_size), fold_cr, ascii_only, HEIGHT if fold_cr and _UP.search(text) else 1)
    for number, line in enumerate(lines, 1):
        screen.feed(line, number)
    if not text.endswith("\n"):
        screen.drop_empty_row()  # a prompt's colour reset after the last newline is not a line
    screen.flush()
    return Rendered(screen.done, lambda number, row: Line(((row, PLAIN),) if row else (), number), screen.dropped)


class _Row:
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

    def line(self) -> Line:
        spans: list[Span] = []
        start = 0
        for style, run in groupby(self.styles):
            end = start + len(list(run))
            spans.append(("".join(self.chars[start:end]), _legible(style)))
            start = end
        return Line(tuple(spans), self.number, self.overwritten)


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
        self.rows: list[_Row] = []
        self.at = -1
        self.column = 0
        self.pen = PLAIN

    @property
    def row(self) -> _Row:
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
                self.pen = _sgr(self.pen, text[2:-1])
            elif kind == "move" and self.move(text, token["final"], int(token["count"] or 0)):
                pass
            elif _HARMLESS.fullmatch(text):
                self.dropped += 1
            else:
                self.show(text)

    def still(self, line: str, number: int) -> str | Line:
        """A line in which nothing moves."""
        if self.pen is PLAIN and number == len(self.done) + 1 and not _HIDDEN_RUN.search(line):
            return _ascii(line) if self.ascii_only else line
        return Line(clean_spans(line, _legible(self.pen), ascii_only=self.ascii_only), number)

    def next_row(self, number: int) -> None:
        self.at += 1
        self.column = 0
        if self.at == len(self.rows):
            self.rows.append(_Row(number))
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
            self.rows, self.at = [_Row(row.number)], 0

    def show(self, text: str) -> None:
        """A sequence that is not obeyed, as text of ours."""
        self.put(clean(text, ascii_only=self.ascii_only), SHOWN)

    def write(self, text: str) -> None:
        if self.ascii_only:
            text = _ascii(text)
        if text.isascii() or all(_width(char) == 1 for char in text):
            self.put(text, self.pen)
        else:
            self.put(self.cells(text), self.pen, wide=True)

    def put(self, cells: Sequence[str], style: Style, *, wide: bool = False) -> None:
        if self.row.returned:
            self.new_state()
        row = self.row
        row.put(self.column, cells, style, wide=wide)
        row.written = True
        self.column += len(cells)

    def cells(self, text: str) -> list[str]:
        """The columns that a text takes; a mark joins the column of its letter, be it written just now or before."""
        cells: list[str] = []
        for char in text:
            width = _width(char)
            if width == 2:
                cells += char, ""
            elif width == 1 or not self.joined(char, cells):
                cells.append(char)
        return cells

    def joined(self, mark: str, cells: list[str]) -> bool:
        if cells or self.row.returned:
            return _join(mark, cells, len(cells))
        return _join(mark, self.row.chars, self.column)

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


def _legible(style: Style) -> Style:
    """The style, but that no text can hide in its own background."""
    return style if style.fg is None or style.fg != style.bg else style._replace(fg=None, bg=None)


def _join(mark: str, cells: list[str], end: int) -> bool:
    """Put a combining mark on the last cell before `end`; False if there is none, or it is full."""
    place = end - 1
    if 0 < place < len(cells) and not cells[place]:
        place -= 1
    if not 0 <= place < len(cells) or len(cells[place]) > MARKS:
        return False
    cells[place] += mark
    return True


_ATTRIBUTES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
    39: {"fg": None},
    49: {"bg": None},
}


@lru_cache(maxsize=4096)
def _sgr(pen: Style, parameters: str) -> Style:
    """The pen after SELECT GRAPHIC RENDITION (ECMA-48 8.3.117); what it does not know it passes over.

    Colours come as `38;5;n`, `38;2;r;g;b` (xterm) or with colons (ISO 8613-6), where a colour space may precede r.
    """
    fields = iter(parameters.split(";"))
    for item in fields:
        first, *rest = item.split(":")
        code = int(first or 0)
        if code in (38, 48, 58):
            if rest:
                rest = rest[:1] + rest[2:] if len(rest) > 4 else rest
            else:
                kind = next(fields, "")
                rest = [kind, *(next(fields, "") for _ in range({"5": 1, "2": 3}.get(kind, 0)))]
            colour = _colour(rest)
            if colour is not None and code == 38:
                pen = pen._replace(fg=colour)
            elif colour is not None and code == 48:
                pen = pen._replace(bg=colour)
        elif code == 0:
            pen = PLAIN
        elif code == 4 and rest == ["0"]:
            pen = pen._replace(underline=False)
        elif code in _ATTRIBUTES:
            pen = pen._replace(**_ATTRIBUTES[code])
        elif 30 <= code <= 37 or 90 <= code <= 97:
            pen = pen._replace(fg=code - 30 if code < 90 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            pen = pen._replace(bg=code - 40 if code < 100 else code - 92)
    return PLAIN if pen == PLAIN else pen


def _colour(arguments: Sequence[str]) -> Colour:
    kind, *values = (int(argument or 0) for argument in arguments)
    if any(value > 255 for value in values):
        return None
    if kind == 5 and len(values) == 1:
        return values[0]
    return (values[0], values[1], values[2]) if kind == 2 and len(values) >= 3 else None
