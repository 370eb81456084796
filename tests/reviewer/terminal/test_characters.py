"""clean: every hidden character is shown, each by itself."""

from __future__ import annotations

import pytest
from hypothesis import given

from reviewer.terminal import Style, clean, clean_spans
from tests.reviewer.terminal.texts import assert_harmless, texts


@pytest.mark.parametrize(
    ("text", "expected", "in_ascii"),
    [
        ("ls -la", "ls -la", "ls -la"),
        ("a\tb\nc", "a\tb\nc", "a\tb\nc"),
        ("\x1b[31m\x07\x00\x7f\r", "␛[31m␇␀␡␍", "^[[31m^G^@^?^M"),
        ("\x9b31m", "<U+009B>31m", "<U+009B>31m"),
        ("rm \u202etxt.exe", "rm <U+202E>txt.exe", "rm <U+202E>txt.exe"),
        ("a\u200bb\u2060\ufeff\xad", "a<U+200B>b<U+2060><U+FEFF><U+00AD>", "a<U+200B>b<U+2060><U+FEFF><U+00AD>"),
        ("a\u2028b\u2029", "a<U+2028>b<U+2029>", "a<U+2028>b<U+2029>"),
        ("\U000e0041\U000e0100", "<U+E0041><U+E0100>", "<U+E0041><U+E0100>"),
        ("bad \udc9b byte, \ud800 half", "bad <0x9B> byte, <U+D800> half", "bad <0x9B> byte, <U+D800> half"),
        ("\ufdd0\uffff\U0010fffe", "<U+FDD0><U+FFFF><U+10FFFE>", "<U+FDD0><U+FFFF><U+10FFFE>"),
        ("⚠\ufe0f", "⚠◌", "??"),
        ("café → 世", "café → 世", "caf? ? ??"),
    ],
)
def test_clean_shows_what_it_hides_from_the_terminal(text: str, expected: str, in_ascii: str) -> None:
    assert clean(text) == expected
    assert clean(text, ascii_only=True) == in_ascii


@given(texts, texts)
def test_clean_is_harmless_and_treats_each_character_by_itself(one: str, two: str) -> None:
    assert_harmless(clean(one), keeps="\t\n")
    assert clean(one + two) == clean(one) + clean(two)
    assert clean(clean(one)) == clean(one)
    assert clean(one, ascii_only=True).isascii()


def test_no_character_of_unicode_gets_through_that_a_terminal_obeys() -> None:
    assert_harmless(clean("".join(map(chr, range(0x110000)))), keeps="\t\n")


@given(texts)
def test_clean_spans_are_the_cleaned_text_with_ours_marked(text: str) -> None:
    found = clean_spans(text, Style(bold=True))
    assert "".join(piece for piece, _ in found) == clean(text)
    kept = "".join(piece for piece, style in found if style == Style(bold=True))
    assert kept == "".join(char for char in text if clean(char) == char)
