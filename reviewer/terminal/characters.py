"""Characters: which are hidden, what stands for them when they are shown, and the columns that one takes."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from reviewer.terminal.style import PLAIN, SHOWN, Span, Style

# C0 but tab and newline, DEL and C1; Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), which holds
# the zero-width characters, the bidirectional controls (UAX #9), the variation selectors and the tags; line and
# paragraph separators, interlinear and hieroglyph format controls; surrogates; noncharacters, which end each plane.
# Planes 4 to 14 have nothing to show, and are one range here since each range costs every character some time.
HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001fffe\U0001ffff\U0002fffe\U0002ffff"
    "\U0003fffe-\U000effff\U000ffffe\U000fffff\U0010fffe\U0010ffff"
)
HIDDEN_RUN = re.compile(f"([{HIDDEN}]+)")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def clean(text: str, *, ascii_only: bool = False) -> str:
    """The text with every hidden character shown; newlines and tabs are kept, for the caller to lay out.

    This is the way that agent text takes into a view. C0 and DEL become control pictures (`␛`; `^[` in ASCII), a
    byte that was not UTF-8 `<0x9B>`, all else `<U+202E>`. The variation selectors 15 and 16, which emoji are full of
    and on whose width terminals disagree, become a short `◌`. With `ascii_only`, other characters become `?`, one a
    column: a transliteration would hide the very quote or dash that broke a command.

    Characters are treated one by one, clean(a + b) == clean(a) + clean(b): text[n] stands at len(clean(text[:n])).
    """
    if text.isascii() and text.isprintable():
        return text
    forms = forms_of(ascii_only)
    text = HIDDEN_RUN.sub(lambda run: run[0].translate(forms), text)
    return in_ascii(text) if ascii_only else text


def clean_spans(text: str, style: Style = PLAIN, *, ascii_only: bool = False) -> tuple[Span, ...]:
    """`clean` for a view that can draw what is shown distinctly: such spans are SHOWN, the others of this style."""
    forms = forms_of(ascii_only)
    pieces = enumerate(HIDDEN_RUN.split(text))
    return tuple(
        (piece.translate(forms), SHOWN) if place % 2 else (in_ascii(piece) if ascii_only else piece, style)
        for place, piece in pieces
        if piece
    )


class _Forms(dict[int, str]):
    """What stands for a hidden character, by its code; a table for str.translate."""

    def __missing__(self, code: int) -> str:
        form = self[code] = code_of(code)
        return form


def code_of(code: int) -> str:
    # Python's surrogateescape keeps the undecodable byte 0x9B as U+DC9B.
    return f"<0x{code - 0xDC00:02X}>" if 0xDC80 <= code <= 0xDCFF else f"<U+{code:04X}>"


@cache
def forms_of(ascii_only: bool) -> _Forms:
    if ascii_only:
        return _Forms({code: f"^{chr(code ^ 0x40)}" for code in (*range(0x20), 0x7F)} | {0xFE0E: "?", 0xFE0F: "?"})
    return _Forms({code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡", 0xFE0E: "◌", 0xFE0F: "◌"})


def in_ascii(text: str) -> str:
    return text if text.isascii() else _NOT_ASCII.sub(lambda match: "?" * max(1, width(match[0])), text)


@lru_cache(maxsize=8192)
def width(char: str) -> int:
    """The columns a character takes: 0 for a mark on the one before it, 2 for a wide one (UAX #11)."""
    if unicodedata.category(char) in {"Mn", "Me"} or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
