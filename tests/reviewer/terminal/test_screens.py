"""render_screens: the screens that a person would have seen, each once, within bounds."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.formats import read_trajectories
from reviewer.terminal import Ended, Line, Style, addresses_screen, render_screens
from reviewer.terminal.screens import FIRST, LAST, MOST_COLUMNS, MOST_ROWS, size_of
from tests.programs import ROOT
from tests.reviewer.terminal.texts import FRAGMENTS, assert_harmless, shown, texts

HOME, CLEAR, ENTER, LEAVE = "\x1b[H", "\x1b[H\x1b[2J", "\x1b[?1049h", "\x1b[?1049l"
PAGE_ONE = "alpha\r\nbravo\r\ncharlie\r\n"
PAGE_TWO = "delta\r\necho\r\nfoxtrot\r\n"


def told(text: str) -> list[tuple[list[str], Ended, int]]:
    return [(shown(screen.lines), screen.ended, screen.folded) for screen in render_screens(text)]


# --- does it address the screen?


@pytest.mark.parametrize(
    "text",
    [
        *(CLEAR, "\x1b[3J", "\x1b[5;1H", "\x1b[40;0f", "\x1b[3d", "\x1b[1;39r", "\x1bM", "\x1b7", "\x1b8", "\x1b[s"),
        *(ENTER, LEAVE, "\x1b[?47h", "\x1b[?1047l", "\x1b[?25;1049h", "\x1b[2L", "\x1bc", "\x1b[5S"),
    ],
)
def test_it_addresses_the_screen(text: str) -> None:
    assert addresses_screen(f"before{text}after")


@pytest.mark.parametrize(
    "text",
    [
        *("", "plain", "\x1b[1;31mred\x1b[m", "50%\r100%\x1b[K", "\x1b[2A\x1b[J", "\x1b[?25l", "\x1b[>4;2m"),
        *("\x1b]0;title\x07", "\x1b[?2004h", "[2J", "\x1b[?1049"),
    ],
)
def test_it_does_not_address_the_screen(text: str) -> None:
    assert not addresses_screen(f"before{text} after")


# --- which screens are kept


def test_a_screen_that_is_cleared_is_kept() -> None:
    assert told(PAGE_ONE + CLEAR + PAGE_TWO) == [
        (["alpha", "bravo", "charlie"], Ended.CLEARED, 0),
        (["delta", "echo", "foxtrot"], Ended.END, 0),
    ]
    assert told(PAGE_ONE + "\x1b[H\x1b[J" + PAGE_TWO)[0][1] == Ended.CLEARED


def test_the_pages_of_a_full_screen_program() -> None:
    assert told("$ edit\r\n" + ENTER + CLEAR + PAGE_ONE + LEAVE + "$ \r\n") == [
        (["$ edit"], Ended.COVERED, 0),
        (["alpha", "bravo", "charlie"], Ended.LEFT, 0),
        (["$ edit", "$"], Ended.END, 0),
    ]


def test_a_page_that_was_not_touched_is_not_shown_again() -> None:
    assert [ended for _, ended, _ in told("$ edit\r\n" + ENTER + PAGE_ONE + LEAVE)] == [Ended.COVERED, Ended.LEFT]


def test_a_program_that_paints_over_its_page() -> None:
    assert told(ENTER + HOME + PAGE_ONE + HOME + PAGE_TWO + LEAVE) == [
        (["alpha", "bravo", "charlie"], Ended.REPLACED, 0),
        (["delta", "echoo", "foxtrot"], Ended.LEFT, 0),
    ]


def test_progress_within_a_screen_is_folded() -> None:
    frames = [f"{HOME}load {n / 10}\x1b[K\r\nbash {n}%\x1b[K\r\npython {n * 2}%\x1b[K\r\n" for n in range(10)]
    assert told("".join(frames)) == [(["load 0.9", "bash 9%", "python 18%"], Ended.END, 9)]
    painting = HOME + PAGE_ONE + "\x1b[?25l" + PAGE_TWO
    assert told(painting) == [(["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"], Ended.END, 1)]


def test_blank_screens_are_not_kept() -> None:
    assert told(CLEAR * 3 + ENTER + LEAVE) == []
    assert told("") == []


def test_what_scrolled_off_stands_above() -> None:
    lines = [f"line {n}" for n in range(100)]
    assert told("\r\n".join(lines) + CLEAR + "end") == [(lines, Ended.CLEARED, 0), (["end"], Ended.END, 0)]


def test_a_wrapped_line_of_the_main_page_is_one_line() -> None:
    long = "word " * 50
    (screen,) = render_screens("\x1b7\x1b8\x1b[1m" + long + "\r\nnext")
    assert shown(screen.lines) == [long.rstrip(), "next"]
    assert {style for _, style in screen.lines[0].spans} <= {Style(bold=True), Style()}
    (page,) = render_screens(ENTER + "x" * 100)
    assert shown(page.lines) == ["x" * 80, "x" * 20]


def test_a_line_feed_returns_where_the_returns_were_taken_out() -> None:
    assert told("a\nb" + CLEAR + "c\nd")[1][0] == ["c", "d"]
    assert told("\x1b7a\nb\r\nc")[0][0] == ["a", " b", "c"]


def test_the_first_and_the_last_screens_are_kept_and_the_others_counted() -> None:
    names = ["".join(chr(ord("a") + int(digit)) for digit in str(n)) for n in range(100)]
    screens = render_screens("".join(f"{CLEAR}{name}\r\n" for name in names))
    assert [shown(screen.lines)[0] for screen in screens] == names[:FIRST] + names[-LAST:]
    assert [screen.left_out for screen in screens] == [0] * FIRST + [100 - FIRST - LAST] + [0] * (LAST - 1)


def test_styles_and_numbers() -> None:
    (screen,) = render_screens("one\r\n\r\n\x1b[31mtwo\x1b[5;1H\x1b[1mfive")
    assert screen.lines[0] == Line((("one", Style()),), 1)
    assert screen.lines[2].spans == (("two", Style(fg=1)),)
    assert screen.lines[2].number == 3
    assert screen.lines[4].spans == (("five", Style(fg=1, bold=True)),)


# --- the size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("plain", (80, 24)),
        ("\x1b[40;1H", (80, 40)),
        ("\x1b[1;39r", (80, 39)),
        ("\x1b[2;103H", (120, 24)),
        ("\x1b[30d\x1b[90G", (100, 30)),
        ("\x1b[999;999H\x1b[6n", (80, 24)),
        ("\x1b[8;50;132t", (132, 50)),
        ("\r" + "#" * 110 + "\r" + "#" * 110 + "\r\n", (120, 24)),
        ("#" * 110 + "\r\n", (80, 24)),
    ],
)
def test_the_size_is_guessed_from_the_output(text: str, size: tuple[int, int]) -> None:
    assert size_of(text) == size
    columns, rows = size_of(text, 200, 60)
    assert columns >= 200
    assert rows >= 60


# --- a real case: apt's status line below a scroll region


def test_a_status_line_leaves_ordinary_log_lines() -> None:
    (trajectory,) = read_trajectories(ROOT / "sample_trajectories" / "build-sentencepiece.traj.json")
    text = next(step.output for step in trajectory.steps if step.output and "\x1b[40;0f" in step.output)
    assert addresses_screen(text)
    (screen,) = render_screens(text)
    lines = shown(screen.lines)
    assert lines[-3:] == [
        "Setting up build-essential (12.9) ...",
        "Processing triggers for man-db (2.11.2-2) ...",
        "Processing triggers for libc-bin (2.36-9+deb12u14) ...",
    ]
    assert not [line for line in lines if "Progress" in line or "␛" in line]
    log = re.findall(r"(?:Get:[0-9]|Selecting |Unpacking |Setting up )[^\r\x1b]*", text)
    assert len(log) > 150
    assert [line for line in lines if line in set(log)] == log


# --- bounds

HOSTILE = [
    *("\n", "x\n", "\x1b[H", "\x1b[Hx", "x\x1b[2J", "\x1b[44m\x1b[2Jx", "x\x1b[9999S", "\x1b[9999T", "\x1b[9999L"),
    *("\x1b[9999M", "x\x1b[9999b", "\x1b[9999@", ENTER + LEAVE, f"x{ENTER}x{LEAVE}", "\x1b[999;999H", "x\x1bc"),
    *("\x1b7\x1b8", "\x1bM", "\x1b]0;abc", "\x1bPabc", "\x1b]52;c;a\x07", "\x1b", "\x1b[", "\u0301", "世", "\x0e"),
    *(
        "x\x1b[?25l",
        "\x1b[;;;;;;;;;;;;m",
        "\x1b[256Cx\n",
        "abcdefgh\x1b[2Jstuvwxyz\x1b[2J",
        "x\x1b[H\x1b[J",
        "#" * 90,
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_hostile_text_is_no_trouble(piece: str) -> None:
    text = f"\x1b[{MOST_ROWS};{MOST_COLUMNS}H\x1b[H" + piece * (50_000 // len(piece))
    began = time.process_time()
    addresses_screen(text)
    screens = render_screens(text)
    assert time.process_time() - began < 10  # well below one second; minutes, if any step were quadratic
    assert len(screens) <= FIRST + LAST
    for screen in screens:
        assert_harmless("".join(line.text for line in screen.lines[-50:]))


pieces = st.sampled_from(
    [*FRAGMENTS, HOME, CLEAR, ENTER, LEAVE, "\x1b[2;9r", "\x1b[99;99H", "\x1b[M", "\x1b[9S", PAGE_ONE]
)


@given(st.lists(st.one_of(pieces, texts), max_size=40).map("".join), st.booleans())
def test_screens_are_harmless_whatever_the_text(text: str, ascii_only: bool) -> None:
    for screen in render_screens(text, ascii_only=ascii_only):
        assert any(line.text.strip() for line in screen.lines)
        for line in screen.lines:
            assert_harmless(line.text)
            assert line.text.isascii() or not ascii_only
            assert all(piece for piece, _ in line.spans)
            assert 0 <= line.number <= text.count("\n") + 1


@given(st.lists(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E)).map(str.rstrip)))
def test_nothing_is_lost_of_a_log(rows: list[str]) -> None:
    lines = [
        line for screen in render_screens("\r\n".join(["\x1b7\x1b8first", *rows, "last"])) for line in screen.lines
    ]
    assert shown(lines) == ["first", *rows, "last"]
