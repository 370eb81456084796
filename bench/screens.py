"""What a terminal shows, and the fewest bytes that take it from one screen to another, cell by cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyte

_COLOURS = ("black", "red", "green", "brown", "blue", "magenta", "cyan", "white")
"""pyte's names of the colours 30 to 37."""


class Cell(NamedTuple):
    """A character as it is shown. A wide one is followed by a cell with no character."""

    data: str = " "
    style: str = ""


Cells = list[list[Cell]]


class Screen:
    """A terminal's screen, fed with what a program wrote. It knows no dimmed text: that is plain here."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    def feed(self, data: bytes) -> None:
        self._stream.feed(data)

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def cells(self) -> Cells:
        """All cells, row by row."""
        buffer = self._screen.buffer
        return [
            [_cell(buffer[y][x]) for x in range(self._screen.columns)]  #
            for y in range(self._screen.lines)
        ]


def _cell(char: pyte.screens.Char) -> Cell:
    codes = [code for code, on in (("1", char.bold), ("3", char.italics), ("4", char.underscore)) if on]
    codes += [code for code, on in (("7", char.reverse), ("9", char.strikethrough)) if on]
    codes += [*_colour(char.fg, 30), *_colour(char.bg, 40)]
    return Cell(char.data, ";".join(codes))


def _colour(name: str, base: int) -> list[str]:
    if name == "default":
        return []
    if name in _COLOURS:
        return [str(base + _COLOURS.index(name))]
    bright = name.removeprefix("bright")
    if bright in _COLOURS:
        return [str(base + 60 + _COLOURS.index(bright))]
    if len(name) != 6:  # pyte's slip: "bfightmagenta"
        return [str(base + 65)]
    red, green, blue = (int(name[at : at + 2], 16) for at in (0, 2, 4))
    return [f"{base + 8};2;{red};{green};{blue}"]


def cell_diff(before: Cells, after: Cells) -> bytes:
    """What takes a terminal from one screen to another of its size by writing only the cells that differ.

    It moves as shortly as it can, changes the style when it must, erases to the line's end where that is shorter, and
    writes unchanged cells over when that is shorter than a move. It knows of no scrolling.
    """
    out: list[str] = []
    style = ""
    here: tuple[int, int] | None = None
    for y, (old, new) in enumerate(zip(before, after, strict=True)):
        end = _end(new)
        x = 0
        while x < len(new):
            if old[x] == new[x]:
                x += 1
                continue
            out.append(_move(here, (y, x), new, style))
            if x >= end:
                out.append(_styled(style, "") + "\x1b[K")
                style, here = "", (y, x)
                break
            if new[x].data:
                out.append(_styled(style, new[x].style) + new[x].data)
                style = new[x].style
            x += 1
            here = (y, x) if x < len(new) else None  # at the margin, terminals differ
    return "".join([*out, _styled(style, "")]).encode()


def _end(row: list[Cell]) -> int:
    """Where plain blanks begin that last to the line's end, when they are enough to be erased."""
    end = len(row)
    while end and row[end - 1] == Cell():
        end -= 1
    return end if len(row) - end > len("\x1b[K") else len(row)


def _move(here: tuple[int, int] | None, to: tuple[int, int], row: list[Cell], style: str) -> str:
    """The shortest way from a place to another: none, over the cells between, along the line, or by address."""
    y, x = to
    address = f"\x1b[{y + 1};{x + 1}H" if x else f"\x1b[{y + 1}H"
    if here is None:
        return address
    if here[0] == y:
        between = row[here[1] : x]
        ways = ["".join(cell.data for cell in between)] if all(cell.style == style for cell in between) else []
        ways += [f"\x1b[{x - here[1]}C"] if between else []
        return min(ways, key=len)
    if here[0] + 1 == y and not x:
        return "\r\n"
    return address


def _styled(old: str, new: str) -> str:
    if old == new:
        return ""
    if not new:
        return "\x1b[m"
    return f"\x1b[{new}m" if not old else f"\x1b[0;{new}m"


def diffs(size: tuple[int, int], start: bytes, keys: Iterable[bytes]) -> list[bytes]:
    """The cell diff for each key's output, after what was written at the start."""
    screen = Screen(size)
    screen.feed(start)
    before = screen.cells
    result = []
    for data in keys:
        screen.feed(data)
        after = screen.cells
        result.append(cell_diff(before, after))
        before = after
    return result
