"""The screen: equal to pyte's on what pyte knows, and xterm's ways beyond it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.terminal.emulator import Emulator
from reviewer.terminal.page import Cells
from reviewer.terminal.style import PLAIN, SHOWN, Style
from tests.reviewer.terminal.oracle import by_pyte, by_us, seen
from tests.reviewer.terminal.texts import assert_harmless, texts

COLUMNS, ROWS = 12, 6


def fed(text: str, columns: int = COLUMNS, rows: int = ROWS, *, ascii_only: bool = False) -> Emulator:
    terminal = Emulator(columns, rows, ascii_only=ascii_only)
    terminal.feed(text)
    return terminal


def rows_of(terminal: Emulator) -> list[str]:
    rows = ["".join(char for char, _ in row).rstrip() for row in by_us(terminal)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=COLUMNS * 2)
numbers = st.integers(0, COLUMNS + 2)
pieces = st.one_of(
    words,
    words,
    st.sampled_from(["\r\n", "\n", "\r", "\b", "\t", "\x1bD", "\x1bM", "\x1b7", "\x1b8", "\x1b[4h", "\x1b[4l"]),
    st.sampled_from(
        ["\x1b[m", "\x1b[1m", "\x1b[4;31m", "\x1b[92m", "\x1b[39m", "\x1b[7m", "\x1b[9;44m", "\x1b[3;49m"]
    ),
    st.builds("\x1b[{}{}".format, numbers, st.sampled_from("ABCDEFGdeaXP@LM")),
    st.builds("\x1b[{};{}{}".format, numbers, numbers, st.sampled_from("Hf")),
    st.builds("\x1b[{}{}".format, st.integers(0, 2), st.sampled_from("JK")),
    st.builds("\x1b[{};{}r\x1b[{}H".format, st.integers(1, 4), st.integers(2, 7), st.integers(1, 6)),
    st.sampled_from(["\x1b[?7l", "\x1b[?7h", "\x1b[?25l", "\x1b[H\x1b[2J", "\x1b[H\x1b[J", "\x1b[r\x1b[H"]),
)


@given(st.lists(pieces, max_size=40).map("".join))
def test_it_is_what_pyte_shows(text: str) -> None:
    assert seen(by_us(fed(text))) == seen(by_pyte(text, COLUMNS, ROWS))


# --- what pyte does not know, or does otherwise


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("main\x1b[?1049h\x1b[Halt", ["alt"]),
        ("main\x1b[?1049h\x1b[Halt\x1b[?1049l!", ["main!"]),
        ("main\x1b[?47h\x1b[Halt\x1b[?47l!", ["mai!"]),
        ("main\x1b[?25;1049halt\x1b[?1049lX", ["mainX"]),
        ("ab\x1b[3bc", ["abbbbc"]),
        ("\x1b(0lqk\x1b(B|", ["┌─┐|"]),
        ("\x1b)0\x0ex\x0fx", ["│x"]),
        ("1\r\n2\r\n3\x1b[S", ["2", "3"]),
        ("1\r\n2\x1b[T", ["", "1", "2"]),
        ("1\r\n2\r\n3\x1b[2;3r\x1b[?6h\x1b[HX\x1b[9HY", ["1", "X", "Y"]),
        ("世世世世世世x", ["世世世世世世", "x"]),
        ("12345678901世x", ["12345678901", "世x"]),
        ("e\u0301\x1b[5Gx", ["e\u0301   x"]),
        ("12345678901e\u0301x", ["12345678901e\u0301", "x"]),
        ("a\x1b[I\x1b[Zb", ["b"]),
        ("x\x1b[s\x1b[5;5Hy\x1b[uz", ["xz", "", "", "", "    y"]),
        ("abc\x1b[2`d", ["adc"]),
        ("abc\x1bEd", ["abc", "d"]),
        ("abc\x1bcd", ["d"]),
        ("abc\x1b[3Jd", ["abcd"]),
        ("\x1b[?6n\x1b[>c\x1bP+q544e\x1b\\\x1b]11;?\x07\x1b]0;title\x07\x07\0a", ["a"]),
    ],
)
def test_ways_of_xterm(text: str, expected: list[str]) -> None:
    # A wide character's second cell is "".
    assert rows_of(fed(text)) == expected


def test_what_is_erased_takes_the_background() -> None:
    terminal = fed("\x1b[44m\x1b[2Ja\x1b[2;3H\x1b[41m\x1b[K")
    blue, red = Style(bg=4), Style(bg=1)
    assert terminal.page.grid[2:] == [blue] * (ROWS - 2)
    first, second = terminal.page.grid[:2]
    assert isinstance(first, Cells) and isinstance(second, Cells)
    assert first.styles == [blue] * COLUMNS
    assert second.styles == [blue] * 2 + [red] * (COLUMNS - 2)


def test_what_is_not_obeyed_is_shown_or_counted() -> None:
    terminal = fed("\x1b[?2004h\x1b[6na\u202e\x9b\x1b]52;c;YQ==\x07", 80)
    assert rows_of(terminal) == ["a<U+202E><U+009B>␛]52;c;YQ==␇"]
    assert by_us(terminal)[0][1] == ("<", SHOWN)
    assert by_us(terminal)[0][0] == ("a", PLAIN)
    assert terminal.dropped == 2


def test_ascii_only() -> None:
    assert rows_of(fed("\x1b(0lqk\x1b(Bé世", ascii_only=True)) == ["+-+???"]


@given(st.lists(st.one_of(pieces, texts), max_size=30).map("".join), st.booleans())
def test_no_text_breaks_it(text: str, ascii_only: bool) -> None:
    terminal = fed(text, ascii_only=ascii_only)
    for grid in (terminal.main.grid, terminal.alternate.grid):
        assert len(grid) == ROWS
        for row in grid:
            if isinstance(row, Cells):
                assert len(row.chars) == len(row.styles) <= COLUMNS
                assert_harmless("".join(row.chars))
                assert "".join(row.chars).isascii() or not ascii_only
    assert 0 <= terminal.row < ROWS
    assert 0 <= terminal.column <= COLUMNS
