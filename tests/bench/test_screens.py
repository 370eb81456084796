"""The cell diff: it must take a terminal to the new screen, and be no longer than it need be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.screens import Screen, cell_diff

SIZE = (12, 4)

_PIECES = st.one_of(
    st.text("ab ", min_size=1, max_size=14).map(str.encode),
    st.sampled_from([b"\x1b[31m", b"\x1b[1;7m", b"\x1b[38;2;1;2;3m", b"\x1b[95m", b"\x1b[m", b"\x1b[K", b"\r\n"]),
    st.builds(lambda y, x: b"\x1b[%d;%dH" % (y, x), st.integers(1, SIZE[1]), st.integers(1, SIZE[0])),
)
OUTPUTS = st.lists(_PIECES, max_size=30).map(b"".join)


@given(OUTPUTS, OUTPUTS)
def test_the_diff_makes_the_one_screen_the_other(first: bytes, more: bytes) -> None:
    shown, wanted = Screen(SIZE), Screen(SIZE)
    shown.feed(first)
    wanted.feed(first + more)
    shown.feed(b"\x1b[m" + cell_diff(shown.cells, wanted.cells))
    assert shown.cells == wanted.cells


def diff(before: bytes, after: bytes) -> bytes:
    screens = (Screen((80, 24)), Screen((80, 24)))
    for screen, data in zip(screens, (before, after), strict=True):
        screen.feed(data)
    return cell_diff(screens[0].cells, screens[1].cells)


def test_wide_letters_take_two_cells() -> None:
    assert diff(b"", "日本".encode()) == "\x1b[1H日本".encode()
    assert diff("日本x".encode(), "日本y".encode()) == b"\x1b[1;5Hy"


def test_nothing_is_written_where_nothing_changed() -> None:
    assert diff(b"some\r\ntext", b"some\r\ntext") == b""


def test_a_changed_letter_costs_a_move_and_a_letter() -> None:
    assert diff(b"one cat", b"one bat") == b"\x1b[1;5Hb"


def test_a_line_that_goes_is_erased() -> None:
    assert diff(b"a\r\n" + b"x" * 60, b"a") == b"\x1b[2H\x1b[K"


def test_unchanged_letters_between_are_written_again_where_that_is_shorter() -> None:
    assert diff(b"a cat", b"b cut") == b"\x1b[1Hb cu"
