"""An output with every control character in it visible."""

from __future__ import annotations

import re

from reviewer.terminal.characters import HIDDEN, code_of, forms_of, in_ascii, width
from reviewer.terminal.style import LINE_END, PLAIN, SHOWN, TAB, Line, Rendered, Span

# Blanks that are not the space bash splits at: seen only in raw form, since prose is full of them.
_RAW_CHAR = re.compile(f"([\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000{HIDDEN}])")


def render_raw(text: str, *, ascii_only: bool = False, first_line: int = 0) -> Rendered:
    """Every control character and unusual blank made visible, nothing obeyed, one line for each newline.

    first_line: of a part of an output, how many lines end before it.
    """
    rows = text.split("\n")
    if not rows[-1]:
        rows.pop()
    newlines = text.count("\n")
    return Rendered(rows, lambda index, row: _raw_line(row, first_line + index, index <= newlines, ascii_only))


def _raw_line(text: str, number: int, ended: bool, ascii_only: bool) -> Line:
    forms = forms_of(ascii_only)
    spans: list[Span] = []
    column = 0
    for place, piece in enumerate(_RAW_CHAR.split(text)):
        if not piece:
            continue
        if place % 2 == 0:
            shown, style = in_ascii(piece) if ascii_only else piece, PLAIN
        else:
            code = ord(piece)
            shown, style = forms[code] if code < 0x80 else code_of(code), SHOWN
        if piece == "\t":
            shown += " " * (-(column + len(shown)) % TAB)
        column += len(shown) if shown.isascii() else sum(map(width, shown))
        spans.append((shown, style))
    if ended:
        spans.append((forms[ord("\n")], LINE_END))
    return Line(tuple(spans), number)
