"""Rows of text: never wider than they may be, and nothing lost on the way."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tests.strategies import texts as hostile_texts
from tui.drawing import (
    BAD,
    BOLD,
    PLAIN,
    Look,
    Row,
    cut,
    fill,
    justify,
    pad,
    rule,
    wants_ascii,
    width_of,
    wrap_row,
    wrap_text,
)
from tui.safety import SafeLines

looks = st.builds(Look, ascii_only=st.booleans())
texts = st.text(max_size=60).map(Look().text).map(lambda text: text.replace("\n", " ").replace("\t", " "))
"""Any text, as `Look.text` makes it safe: one line of it."""

rows = st.lists(st.tuples(texts, st.sampled_from([PLAIN, BOLD, BAD])), max_size=5)
widths = st.integers(1, 90)


def _text(row: Row) -> str:
    return "".join(text for text, _ in row)


@given(rows, widths, looks)
def test_a_cut_row_fits(row: Row, width: int, look: Look) -> None:
    result = cut(row, width, look.ellipsis)
    assert width_of(result) <= width
    if width_of(row) <= width:
        assert result == row
    elif width >= 4:
        assert _text(result).endswith(look.ellipsis)


@given(rows, widths)
def test_a_cut_row_starts_as_the_row_did(row: Row, width: int) -> None:
    kept = _text(cut(row, width)).removesuffix("…").rstrip(" ")
    assert _text(row).startswith(kept)


@given(rows, rows, widths, looks)
def test_two_rows_side_by_side_fill_the_width(left: Row, right: Row, width: int, look: Look) -> None:
    result = justify(left, right, width, look.ellipsis)
    assert width_of(result) == width or (not right and width_of(result) <= width)
    if right and width_of(right) <= width:
        assert _text(result).endswith(_text(right))


@given(rows, widths, looks)
def test_a_filled_row_is_as_wide_as_asked(row: Row, width: int, look: Look) -> None:
    assert width_of(fill(row, width, look.ellipsis)) == width


@given(rows, widths)
def test_a_strip_is_as_wide_as_the_screen(row: Row, width: int) -> None:
    strip = Look().strip(row, width)
    assert cell_len(strip.text) == strip.cell_length == width


@given(texts, texts, st.integers(8, 90), looks)
def test_a_rule_goes_across(title: str, right: str, width: int, look: Look) -> None:
    assert width_of(rule(look, width, title, right)) == width


@pytest.mark.parametrize("width", range(8))
def test_a_rule_on_a_screen_narrower_than_its_title(width: int) -> None:
    assert width_of(rule(Look(), width, "a title", "a remark")) <= width


@given(rows, st.integers(1, 60), st.sampled_from(["", " ", "  ", "     "]))
def test_wrapping_a_row_keeps_every_character(row: Row, width: int, indent: str) -> None:
    result = wrap_row(row, width, indent)
    assert all(width_of(piece) <= max(width, 4) for piece in result)
    used = indent if len(indent) <= max(width, 4) // 2 else ""
    pieces = [_text(result[0]), *(_text(piece).removeprefix(used) for piece in result[1:])] if result else []
    assert "".join(pieces) == _text(row)


@given(rows, st.integers(1, 60), st.sampled_from(["", "   "]))
def test_wrapping_a_row_at_blanks_loses_nothing_but_blanks(row: Row, width: int, indent: str) -> None:
    result = wrap_row(row, width, indent, at_blanks=True)
    assert all(width_of(piece) <= max(width, 4) for piece in result)
    assert "".join("".join(map(_text, result)).split()) == "".join(_text(row).split())


@given(rows, st.integers(4, 60))
def test_wrapping_a_row_keeps_its_styles(row: Row, width: int) -> None:
    wrapped = [(character, style) for piece in wrap_row(row, width) for text, style in piece for character in text]
    assert wrapped == [(character, style) for text, style in row for character in text]


def test_a_wide_character_is_not_split_at_the_edge() -> None:
    assert [_text(piece) for piece in wrap_row([("a日本語", PLAIN)], 4)] == ["a日", "本語"]
    assert [_text(piece) for piece in wrap_row([("abc", BOLD), ("日", PLAIN)], 4)] == ["abc", "日"]


def test_an_indent_gives_way_on_a_screen_that_is_too_narrow_for_it() -> None:
    assert [_text(piece) for piece in wrap_row([("abcdefgh", PLAIN)], 1, "     ")] == ["abcd", "efgh"]


@given(st.text(st.sampled_from("ab \n日é🎉-"), max_size=120), st.integers(1, 40))
def test_wrapping_a_text_loses_nothing_but_blanks(text: str, width: int) -> None:
    lines = wrap_text(text, width)
    assert all(cell_len(line) <= max(width, 4) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert len(lines) >= text.count("\n") + 1


def test_a_text_is_broken_between_words_and_keeps_its_own_breaks() -> None:
    assert wrap_text("one two three\n\n  four five", 9) == ["one two", "three", "", "  four", "five"]
    assert wrap_text("abcdefghij", 4) == ["abcd", "efgh", "ij"]
    assert wrap_text("", 10) == [""]


def test_rows_are_cut_or_filled_to_a_height() -> None:
    one: Row = [("x", PLAIN)]
    assert pad([one], 3) == [one, [], []]
    assert pad([one, one, one], 2) == [one, one]


@given(hostile_texts, st.booleans())
def test_a_text_that_was_made_safe_holds_nothing_that_a_terminal_obeys(text: str, ascii_only: bool) -> None:
    look = Look(ascii_only=ascii_only)
    for safe in (look.text(text), look.line_of(text)):
        assert not [character for character in safe if character not in "\n\t" and _is_obeyed(character)]
        assert safe.isascii() or not ascii_only
    assert "\n" not in look.line_of(text) and "\t" not in look.line_of(text)


def _is_obeyed(character: str) -> bool:
    """C0, DEL, C1, bidirectional and zero-width controls, separators, surrogates."""
    code = ord(character)
    return (
        code < 0x20
        or 0x7F <= code < 0xA0
        or character in "\u061c\u200b\u200e\u200f\u2028\u2029\ufeff"
        or 0x202A <= code <= 0x202E
        or 0x2066 <= code <= 0x2069
        or 0xD800 <= code <= 0xDFFF
    )


@given(st.lists(st.tuples(hostile_texts, st.booleans()), max_size=4))
def test_no_control_passes_the_last_filter(pieces: list[tuple[str, bool]]) -> None:
    segments = [Segment(text, Style(link="file:///etc/passwd", bold=True) if link else None) for text, link in pieces]
    result = SafeLines().apply(Strip(segments))
    assert not [character for text, _, _ in result for character in text if _is_obeyed(character)]
    assert not [style for _, style, _ in result if style and style.link]
    assert [len(text) for text, _, _ in result] == [len(text) for text, _ in pieces], "nothing moves"


def test_no_colour_is_left_where_none_is_wanted() -> None:
    style = Style(color="red", bgcolor="blue", bold=True, dim=True, reverse=True)
    ((text, kept, _),) = SafeLines(colourless=True).apply(Strip([Segment("bad", style)]))
    assert text == "bad" and kept == Style(bold=True, dim=True, reverse=True)


@pytest.mark.parametrize("text", ["plain", "für 日本 🎉 é", "─│…·", "a\u0301"])
def test_the_last_filter_leaves_text_alone(text: str) -> None:
    assert list(SafeLines().apply(Strip([Segment(text, BOLD)]))) == [Segment(text, BOLD)]


@pytest.mark.parametrize(
    ("names", "ascii_only"),
    [
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "de_DE.utf8"}, False),
        ({"LANG": "C"}, True),
        ({"LANG": ""}, True),
        ({"LANG": "en_US.ISO-8859-1"}, True),
        ({"LANG": "C.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "en_US.UTF-8"}, False),
    ],
)
def test_line_graphics_only_where_the_locale_has_them(
    monkeypatch: pytest.MonkeyPatch, names: dict[str, str], ascii_only: bool
) -> None:
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert wants_ascii() is ascii_only


@pytest.mark.parametrize(("utf8_mode", "ascii_only"), [(1, True), (0, False)])
def test_what_python_says_in_place_of_the_locale_c_is_not_believed(
    monkeypatch: pytest.MonkeyPatch, utf8_mode: int, ascii_only: bool
) -> None:
    """In the locale C Python sets LC_CTYPE to C.UTF-8 and goes into its UTF-8 mode (PEP 538 and 540)."""
    monkeypatch.setenv("LANG", "C")
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")
    monkeypatch.setattr("tui.drawing.sys", SimpleNamespace(flags=SimpleNamespace(utf8_mode=utf8_mode)))
    assert wants_ascii() is ascii_only
