"""What goes to the terminal, beside what a terminal (pyte) then shows."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.drawing import BOLD, DIM, KEY, PLAIN, RULE, SHOWN, Look, Row
from tui.frames import Frames

WIDTH, HEIGHT = 24, 3

_STYLES = [PLAIN, BOLD, DIM, RULE, KEY, SHOWN, Style(bgcolor="blue"), Style(color="red", underline=True)]
_TEXTS = ["", " ", " " * 9, "a", "word", "one two", "12 345", "─│…·", "日本", "e\u0301", "🎉", "x" * 30]
_ROWS = st.lists(st.tuples(st.sampled_from(_TEXTS), st.sampled_from(_STYLES)), max_size=5)
_SCREENS = st.lists(_ROWS, min_size=HEIGHT, max_size=HEIGHT)


class _Terminal:
    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(pyte.modes.DECAWM)
        self._stream = pyte.Stream(self.screen)

    def take(self, text: str) -> None:
        self._stream.feed(text)

    @property
    def cells(self) -> list[list[object]]:
        """Each cell's character and what is seen of its style."""
        return [[_seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def _seen(cell: pyte.screens.Char) -> object:
    seen = (cell.bg, cell.reverse, cell.underscore, cell.strikethrough)
    if cell.data == " " and not cell.reverse:  # pyte's erased cells keep other attributes
        return (" ", *seen)
    return (cell.data, cell.fg, cell.bold, *seen)


def _strips(rows: list[Row]) -> list[Strip]:
    strips = []
    for row in rows:
        strip = Look().strip(row, 10 * WIDTH)
        strips.append(strip.crop(0, WIDTH))
    return strips


@given(st.lists(_SCREENS, min_size=2, max_size=6))
def test_a_change_shows_what_a_whole_screen_shows(screens: list[list[Row]]) -> None:
    frames, shown = Frames(ColorSystem.EIGHT_BIT), _Terminal()
    for rows in screens:
        shown.take(frames.change(_strips(rows)))
        whole = _Terminal()
        whole.take(Frames(ColorSystem.EIGHT_BIT).change(_strips(rows)))
        assert shown.cells == whole.cells


@given(_SCREENS)
def test_what_is_shown_is_not_sent_again(rows: list[Row]) -> None:
    frames = Frames()
    assert frames.change(_strips(rows))
    assert frames.change(_strips(rows)) == ""
    frames.forget()
    assert frames.change(_strips(rows)), "unless something else may have written there"


@pytest.mark.parametrize(
    ("old", "new", "sent"),
    [
        ("step 1 of 14", "step 2 of 14", "\x1b[1;6H2"),
        ("a" * 12, "b" * 2 + "a" * 10, "\x1b[1Hbb"),
        ("a" * 24, "b" + "a" * 20 + "b" * 3, "\x1b[1Hb\x1b[20Cbbb"),
        ("a" * 20, "a", "\x1b[1;2H\x1b[K"),
        ("one two", "two", "\x1b[1Htwo\x1b[K"),
        ("日本", "日本 x", "\x1b[1H\x1b[K日本 x"),
    ],
)
def test_only_what_differs_is_sent(old: str, new: str, sent: str) -> None:
    frames = Frames()
    frames.change([Look().strip([(old, PLAIN)], WIDTH)])
    assert frames.change([Look().strip([(new, PLAIN)], WIDTH)]) == sent


def test_a_style_is_said_once_and_not_for_blanks() -> None:
    frames = Frames()
    frames.change([Strip.blank(WIDTH)])
    row = [("one ", BOLD), ("two", BOLD), ("  ", DIM), ("red", Style(color="red")), (" plain", PLAIN)]
    assert frames.change([Look().strip(row, WIDTH)]) == "\x1b[1H\x1b[1mone two  \x1b[0;31mred\x1b[m plain"


def test_a_terminal_gets_no_more_colours_than_it_has() -> None:
    strip = Strip([Segment("x" * WIDTH, Style(color="#ff8700", blink=True, conceal=True))])
    for colours, code in (
        (ColorSystem.STANDARD, "91"),
        (ColorSystem.EIGHT_BIT, "38;5;208"),
        (ColorSystem.TRUECOLOR, "38;2;255;135;0"),
    ):
        assert f"\x1b[{code}" in Frames(colours).change([strip])
        assert "\x1b[5" not in Frames(colours).change([strip]), "and nothing blinks"
