"""Rows of text for the screens: styled, cut or wrapped to a width, never wider than it.

A row is a list of spans, a span a text and a style. Texts that come from a trajectory or a person go through
`Look.text` before they become a span; nothing here reads markup.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from reviewer.terminal import clean

Span = tuple[str, Style]
Row = list[Span]

# Only the terminal's own 16 colours, so that every palette stays readable and a cell costs few bytes.
# Colour never says anything alone: a letter, a word or a place always says it too.
PLAIN = Style.null()
BOLD = Style(bold=True)
DIM = Style(dim=True)
REVERSE = Style(reverse=True)
TITLE = Style(bold=True)
RULE = Style(color="blue")
GOOD = Style(color="green")
BAD = Style(color="red")
WARN = Style(color="yellow")
INFO = Style(color="cyan")
KEY = Style(color="cyan", bold=True)
SECRET = Style(color="yellow", underline=True)
"""A secret, as far as its shape tells."""
SHOWN = Style(color="magenta", reverse=True)
"""A control or invisible character made visible."""


_SURE = re.compile("[ -~\u00b7\u2026\u21aa\u23ce\u2500-\u257f\u2588\u2591]*")
"""Printable ASCII and what the screens are drawn with: one cell each, and harmless."""


@dataclass(frozen=True)
class Look:
    """How the screens are drawn: with Unicode line graphics, or in ASCII alone."""

    ascii_only: bool = False

    @cached_property
    def line(self) -> str:
        return "-" if self.ascii_only else "─"

    @cached_property
    def ellipsis(self) -> str:
        return "..." if self.ascii_only else "…"

    @cached_property
    def dot(self) -> str:
        return "-" if self.ascii_only else "·"

    @cached_property
    def wraps(self) -> str:
        """Stands before the rest of a line that was too long for one row."""
        return "\\" if self.ascii_only else "↪"

    @cached_property
    def veil(self) -> str:
        return "##" if self.ascii_only else "░░"

    @cached_property
    def bar(self) -> str:
        return "|" if self.ascii_only else "│"

    def text(self, text: str) -> str:
        """A text made safe to draw: controls, bidirectional overrides and invisible characters are shown."""
        return clean(text, ascii_only=self.ascii_only)

    def line_of(self, text: str) -> str:
        """The first line of a text, safe to draw; tabs become spaces."""
        first = text.strip("\n").split("\n", 1)[0]
        return self.text(first.expandtabs(4))

    def flat(self, text: str, between: str = " ") -> str:
        """A text of any number of lines as one, safe to draw."""
        return self.text(between.join(line.strip() for line in text.expandtabs(4).strip().split("\n")))

    def flat_command(self, text: str) -> str:
        """A command of any number of lines as one, with a mark for each line's end."""
        return self.flat(text, " \\n " if self.ascii_only else " ⏎ ")

    def strip(self, row: Row, width: int) -> Strip:
        """A row as the canvas takes it, exactly `width` cells wide. What was forgotten (a rubric's words, a tool's
        name) is made safe to draw here.
        """
        text = "".join([text for text, _ in row])
        is_sure = text.isascii() and text.isprintable() if self.ascii_only else _SURE.fullmatch(text)
        if not is_sure or len(text) > width:
            safe = [(self.text(text.expandtabs(4).replace("\n", " ")), style) for text, style in row]
            return Strip([Segment(text, style) for text, style in fill(safe, width, self.ellipsis) if text], width)
        segments = [Segment(text, style) for text, style in row if text]
        if len(text) < width:
            segments.append(Segment(" " * (width - len(text)), PLAIN))
        return Strip(segments, width)


def wants_ascii() -> bool:
    """Whether the locale's character set cannot show line graphics."""
    characters = os.environ.get("LC_CTYPE")
    if sys.flags.utf8_mode and characters in ("C.UTF-8", "C.utf8", "UTF-8"):
        characters = None  # set by Python itself in place of the locale C (PEP 538)
    locale = os.environ.get("LC_ALL") or characters or os.environ.get("LANG") or ""
    return "utf-8" not in locale.lower() and "utf8" not in locale.lower()


def width_of(row: Iterable[Span]) -> int:
    """The cells that a row takes."""
    return sum([_cells(text) for text, _ in row])


def cut(row: Row, width: int, ellipsis: str = "…") -> Row:
    """A row no wider than `width`; where something was cut off, it ends in an ellipsis."""
    if width_of(row) <= width:
        return row
    room = width - _cells(ellipsis)
    if room <= 0:
        return [(set_cell_size(ellipsis, max(width, 0)), PLAIN)]
    result: Row = []
    for text, style in row:
        size = _cells(text)
        if size > room:
            result.append((set_cell_size(text, room), style))
            break
        result.append((text, style))
        room -= size
    return [*result, (ellipsis, PLAIN)]


def justify(left: Row, right: Row, width: int, ellipsis: str = "…") -> Row:
    """Two rows in one: the right one whole at the right edge, the left one cut to the room that is left."""
    if not right:
        return cut(left, width, ellipsis)
    right = cut(right, width, ellipsis)
    room = max(width - width_of(right) - 1, 0)
    left = cut(left, room, ellipsis)
    gap = width - width_of(left) - width_of(right)
    return [*left, (" " * gap, PLAIN), *right]


def fill(row: Row, width: int, ellipsis: str = "…") -> Row:
    """A row cut or padded to exactly `width`."""
    room = width - width_of(row)
    if room < 0:
        row = cut(row, width, ellipsis)
        room = width - width_of(row)
    return [*row, (" " * room, PLAIN)]


def rule(look: Look, width: int, title: str, right: str = "", style: Style = RULE) -> Row:
    """A line across with a title in it, and a remark at its right end, cut before the title is."""
    start: Row = cut([(look.line * 2, style), (f" {title} ", TITLE)], width, look.ellipsis)
    room = width - width_of(start) - 4
    remark = cut([(f" {right} ", DIM)], max(room, 0), look.ellipsis) if right and room > 4 else []
    end: Row = [*remark, (look.line * 2, style)] if remark else []
    gap = width - width_of(start) - width_of(end)
    return [*start, (look.line * max(gap, 0), style), *end]


def mark(row: Row, start: int, end: int, style: Style) -> Row:
    """A row whose characters [start, end) have a style added to theirs."""
    result: Row = []
    at = 0
    for text, under in row:
        before, inside = max(min(start - at, len(text)), 0), max(min(end - at, len(text)), 0)
        result += [(text[:before], under), (text[before:inside], under + style), (text[inside:], under)]
        at += len(text)
    return [span for span in result if span[0]]


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


def wrap_row(row: Row, width: int, indent: str = "", *, at_blanks: bool = False) -> list[Row]:
    """A row broken at the width, as a terminal breaks it; the rows after the first start with an indent.

    at_blanks: break after a blank where there is one in the last third, as people break prose and commands.
    """
    width = max(width, 4)
    indent = indent if _cells(indent) < width else ""  # or a narrow screen would never come to an end
    if width_of(row) <= width:
        return [row]
    if _cells(indent) > width // 2:
        indent = ""
    result: list[Row] = []
    current: Row = []
    room = width
    for text, style in row:
        at = 0
        while at < len(text):
            head = _head(text, room, at)
            if at + len(head) == len(text):
                current.append((head, style))
                room -= _cells(head)
                break
            blank = head.rfind(" ") + 1 if at_blanks and not text.startswith(" ", at + len(head)) else 0
            if blank > len(head) - width // 3:
                head = head[:blank]
            if head:
                current.append((head, style))
            at += len(head)
            while at_blanks and text.startswith(" ", at):
                at += 1
            result.append(current)
            current = [(indent, DIM)] if indent else []
            room = width - _cells(indent)
    if current:
        result.append(current)
    return result


def wrap_text(text: str, width: int) -> list[str]:
    """A text broken between words where that is possible; its own line breaks and indents are kept."""
    width = max(width, 4)
    return [piece for line in text.expandtabs(4).split("\n") for piece in _wrap_line(line, width)]


def _wrap_line(line: str, width: int) -> Iterator[str]:
    while _cells(line) > width:
        head = _head(line, width)
        space = head.rfind(" ") if line[len(head) : len(head) + 1] != " " else len(head)
        if space > len(head) - len(head.lstrip()):
            yield line[:space].rstrip()
            line = line[space:].lstrip()
        else:
            yield head
            line = line[len(head) :]
    yield line


def _head(text: str, width: int, start: int = 0) -> str:
    """The longest piece of a text from `start` on that fits."""
    if text.isascii():
        return text[start : start + width]
    room = width
    for index in range(start, len(text)):
        room -= _cells(text[index])
        if room < 0:
            return text[start:index]
    return text[start:]


@lru_cache(maxsize=4096)
def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def pad(rows: Sequence[Row], height: int) -> list[Row]:
    """Rows cut or filled with empty ones to a height."""
    return [*rows[:height], *([] for _ in range(height - len(rows)))]
