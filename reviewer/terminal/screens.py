"""Outputs that address the screen, replayed: the screens that a person would have seen, one after the other.

A screen is kept when it is about to be cleared, covered by the alternate page or left with it, when a program that
paints from the top again shows something else, and at the end. One is folded into the next when that still shows
three quarters of its rows, their numbers and frames aside: so a painting in progress, a clock, or a list that is
refreshed is seen in its last state, and the earlier ones are counted. Lines that scrolled off the top stand above the
screen they left; on the main page a line that was too long for a row is one line again.

A step's output is what arrived, without the times at which it did, and often a part of a session: the size of the
terminal is guessed from what the output says of it.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from msgspec import structs

from reviewer.terminal.characters import width
from reviewer.terminal.emulator import Emulator, Event
from reviewer.terminal.page import Drawn, Page
from reviewer.terminal.style import PLAIN, Line

MOST_COLUMNS, MOST_ROWS = 256, 128
"""A position beyond these does not mean a large terminal: programs go to 999;999 to ask where the corner is."""

FIRST, LAST = 20, 20
"""How many screens are kept: the first and the last ones."""

_CREDIT = 100_000
"""Rows that may be looked at before anything has paid for it."""

_WIDTHS = (80, 100, 120, 132, 160, 180, 200, 220, MOST_COLUMNS)

_PLACE = re.compile(r"\x1b\[(?P<one>[0-9]{0,4}+)(?:;(?P<two>[0-9]{0,4}+))?(?P<final>[HfdrG`])")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_SIZE = re.compile(r"\x1b\[8;([0-9]{1,4});([0-9]{1,4})t")
_REWRITTEN = re.compile(rf"(?<![^\r\n])[ -~]{{81,{MOST_COLUMNS}}}+(?=\r[^\r\n])")


class Ended(StrEnum):
    """Why a screen was not to be seen any longer."""

    CLEARED = "cleared"
    COVERED = "covered by another page"
    LEFT = "left"
    REPLACED = "replaced"
    END = "end of the output"


_WHY = {
    Event.CLEARED: Ended.CLEARED,
    Event.COVERED: Ended.COVERED,
    Event.LEFT: Ended.LEFT,
    Event.FRAME: Ended.REPLACED,
}


@dataclass(frozen=True, slots=True)
class Screen:
    """What stood on the screen, below what scrolled off it.

    folded: how many earlier states it stands for. left_out: how many screens before it are not among those kept.
    """

    lines: tuple[Line, ...]
    ended: Ended
    folded: int = 0
    left_out: int = 0


def render_screens(text: str, columns: int = 80, rows: int = 24, *, ascii_only: bool = False) -> list[Screen]:
    """The screens that an output showed, on a terminal of this size or the larger one that it was made for.

    Blank ones are not kept; there may be none. A line feed returns the cursor unless the output has returns of its
    own before them, which pipes and programs that keep logs take out.
    """
    columns, rows = size_of(text, columns, rows)
    terminal = Emulator(columns, rows, ascii_only=ascii_only, returns="\r\n" not in text)
    frames = _Frames(terminal)
    terminal.watch = frames.look
    terminal.feed(text)
    return frames.screens()


def size_of(text: str, columns: int = 80, rows: int = 24) -> tuple[int, int]:
    """The size of the terminal that an output was made for, at least the given one."""
    right, low = columns, rows
    for place in _PLACE.finditer(text):
        one, two = int(place["one"] or 1), int(place["two"] or 1)
        final = place["final"]
        row, column = {"d": (one, 1), "r": (two, 1), "G": (1, one), "`": (1, one)}.get(final, (one, two))
        if column <= MOST_COLUMNS and row <= MOST_ROWS:
            right, low = max(right, column), max(low, row)
    for size in _SIZE.finditer(text):
        if int(size[1]) <= MOST_ROWS and int(size[2]) <= MOST_COLUMNS:
            right, low = max(right, int(size[2])), max(low, int(size[1]))
    right = max([right, *(len(line) for line in _REWRITTEN.findall(text))])
    if right > columns:  # the furthest place that was addressed is seldom the last column
        right = next(size for size in _WIDTHS if size >= right)
    return min(right, MOST_COLUMNS), min(low, MOST_ROWS)


@dataclass(slots=True)
class _Frame:
    """The rows that stood on a page at a moment. gone: how many had scrolled off it; later these rows themselves."""

    page: Page
    rows: list[Drawn]
    gone: int
    ended: Ended
    folded: int = 0
    left_out: int = 0
    above: list[Drawn] | None = None

    @property
    def words(self) -> set[str]:
        return {words for row in self.rows if (words := _words(row.line.text))}

    def stands_in(self, other: _Frame) -> bool:
        """Does the other one show it, further on?"""
        if self.page is not other.page:
            return False
        words = self.words
        return len(words & other.words) * 4 >= len(words) * 3


class _Frames:
    """Watches a terminal for its frames, and keeps those that were screens of their own.

    A frame waits until the next one shows whether it was replaced or only went on. To look costs a pass over the
    rows: it is paid for by what was written since, and when that is too little the frame is passed over.
    """

    def __init__(self, terminal: Emulator) -> None:
        self.terminal = terminal
        self.first: list[_Frame] = []
        self.last: deque[_Frame] = deque()
        self.left_out = 0
        self.waiting: _Frame | None = None
        self.seen: dict[Page, int] = {}
        self.looks = 0

    def look(self, event: Event) -> None:
        self.see(_WHY[event])

    def see(self, ended: Ended) -> None:
        terminal, waiting = self.terminal, self.waiting
        page = terminal.page
        if page.changes == self.seen.get(page):
            if waiting and waiting.page is page:
                waiting.ended = ended
            return
        if self.looks * terminal.rows > terminal.position + _CREDIT and ended is not Ended.END:
            self.left_out += ended is not Ended.REPLACED
            return
        self.looks += 1
        self.seen[page] = page.changes
        rows = terminal.drawn(page.grid)
        while rows and not rows[-1].line.text.strip():
            rows.pop()
        if not rows and not page.gone:
            return
        frame = _Frame(page, rows, len(page.gone), ended)
        if waiting is None:
            pass
        elif waiting.stands_in(frame):
            frame.folded = waiting.folded + 1
        else:
            self.keep(waiting)
            frame.gone = len(page.gone)
        self.waiting = frame

    def keep(self, frame: _Frame) -> None:
        """A screen of its own. What scrolled off since, but was on it, has been seen."""
        shown = {id(row) for row in frame.rows}
        gone = frame.page.gone
        frame.above = gone[: frame.gone]
        frame.page.gone = [row for row in gone[frame.gone :] if id(row) not in shown]
        if len(self.first) < FIRST:
            self.first.append(frame)
            return
        if len(self.last) == LAST:
            self.last.popleft()
            self.left_out += 1
        self.last.append(frame)

    def screens(self) -> list[Screen]:
        self.see(Ended.END)
        if self.waiting:
            self.keep(self.waiting)
        screens = [self.screen(frame) for frame in (*self.first, *self.last)]
        screens = [screen for screen in screens if any(line.text.strip() for line in screen.lines)]
        if self.left_out and screens:
            place = min(FIRST, len(screens) - 1)
            screens[place] = replace(screens[place], left_out=self.left_out)
        return screens

    def screen(self, frame: _Frame) -> Screen:
        rows = [*(frame.above or ()), *frame.rows]
        is_main = frame.page is self.terminal.main
        lines = _joined(rows, self.terminal.columns) if is_main else [row.line for row in rows]
        return Screen(tuple(lines), frame.ended, frame.folded)


@lru_cache(maxsize=4096)
def _words(text: str) -> str:
    """A row's letters, by which it is known again while its numbers change."""
    return _NOT_LETTERS.sub("", text)


def _joined(rows: list[Drawn], columns: int) -> list[Line]:
    """Rows as lines: those that a line was wrapped to are one again."""
    lines: list[Line] = []
    place = 0
    while place < len(rows):
        begin, spans = rows[place].line, list(rows[place].line.spans)
        while rows[place].full and place + 1 < len(rows) and rows[place + 1].joins:
            blanks = columns - sum(map(width, rows[place].line.text))
            spans += [(" " * blanks, PLAIN)] if blanks > 0 else []
            place += 1
            spans += rows[place].line.spans
        lines.append(structs.replace(begin, spans=tuple(spans)) if len(spans) > len(begin.spans) else begin)
        place += 1
    return lines
