"""render_raw: every control character is visible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.terminal import LINE_END, PLAIN, SHOWN, render_raw
from tests.reviewer.terminal.texts import assert_harmless, shown, texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\r\n\n", ["a␍␊", "␊"]),
        ("a\tb\x1b[1m\b", ["a␉      b␛[1m␈"]),
        ("世\tx", ["世␉     x"]),
        ("no\xa0break ⚠\ufe0f \udc9b", ["no<U+00A0>break ⚠<U+FE0F> <0x9B>"]),
    ],
)
def test_raw_makes_every_control_visible(text: str, expected: list[str]) -> None:
    assert shown(render_raw(text)) == expected


def test_raw_marks_what_is_ours() -> None:
    (line,) = render_raw("a\x1b\n")
    assert line.spans == (("a", PLAIN), ("␛", SHOWN), ("␊", LINE_END))
    (line,) = render_raw("é\t\x1b\n", ascii_only=True)
    assert line.text == "?^I     ^[^J"


@given(texts, st.booleans())
def test_raw_is_harmless_and_has_one_line_for_each_of_the_source(text: str, ascii_only: bool) -> None:
    lines = render_raw(text, ascii_only=ascii_only)
    assert len(lines) == text.count("\n") + (not text.endswith("\n") and text != "")
    for line in lines:
        assert_harmless(line.text)
        assert line.text.isascii() or not ascii_only


@pytest.mark.parametrize("piece", ["\0", "\t", "\n", "\x1b", "\udc80", "\u0301"])
def test_hostile_text_is_no_trouble(piece: str) -> None:
    lines = render_raw("x" * 50_000 + piece * 100_000)
    assert_harmless("".join(line.text[-50:] for line in lines[-50:]))
