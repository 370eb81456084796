"""Texts to try a rendering on, and what must hold of whatever is rendered."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from hypothesis import strategies as st

from reviewer.terminal import Line, clean

# Format characters (Cf) that are drawn: Arabic, Syriac and Kaithi number marks.
DRAWN_FORMATS = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
# Invisible without being format characters: joiners, fillers, variation selectors.
INVISIBLE = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x3164, 0xFE00, 0xFE0F, 0xFFA0, 0xE0100, 0xE01EF}

FRAGMENTS = [
    *("\x1b", "\x1b[", "\x1b]", "\x1b]0;", "\x1b]8;;", "\x1bP", "\x1bk", "\x07", "\x1b\\", "\x9b", "\x9c", "\x9d"),
    *("\x1b[31m", "\x1b[m", "\x1b[38;5;", "\x1b[48:2::1:2:3m", "\x1b[K", "\x1b[1K", "\x1b[2K", "\x1b[J", "\x1b[2J"),
    *("\x1b[A", "\x1b[3A", "\x1b[B", "\x1b[9999C", "\x1b[5D", "\x1b[G", "\x1b[20G", "\x1b[P", "\x1b[3@", "\x1b[4X"),
    *("\x1b[?25l", "\x1b(B", "\x0f", "\x1b[6n", ";", "1", "m", "\r", "\n", "\r\n", "\b", "\b\b\b", "\t", "abc", " "),
    *("世", "é", "e\u0301", "\u0301", "👍🏽", "⚠\ufe0f", "\u202e", "\u200b", "\U000e0041", "\udc9b", "\ud800", "\0"),
]
texts = st.one_of(
    st.text(st.characters()),  # surrogates included
    st.lists(st.sampled_from(FRAGMENTS)).map("".join),
)
# Text without anything hidden: st.text() draws no surrogates.
harmless_texts = st.text().filter(lambda text: clean(text) == text and "\t" not in text)


def assert_harmless(text: str, *, keeps: str = "") -> None:
    for char in text:
        if char not in keeps:
            assert unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}, hex(ord(char))
            assert unicodedata.category(char) != "Cf" or ord(char) in DRAWN_FORMATS, hex(ord(char))
            assert ord(char) not in INVISIBLE, hex(ord(char))
    text.encode()


def shown(lines: Sequence[Line]) -> list[str]:
    return [line.text for line in lines]
