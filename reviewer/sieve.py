"""Whether a text can hold what a pattern looks for, told at a gigabyte a second: most outputs hold none of it."""

from __future__ import annotations

import re2

SPACE = r"[\s\v\x1c-\x1f\x85\pZ]"
"""What Python's \\s matches; RE2's own is of ASCII."""


class Sieve:
    """A pattern without lookaround, in RE2's syntax (https://github.com/google/re2/wiki/Syntax).

    It stands before patterns of Python's `re` and lets through whatever one of these would find, and little more.
    RE2's \\s, \\d and \\w match ASCII only, and so are to be spelled out.
    """

    def __init__(self, pattern: str) -> None:
        options = re2.Options()
        options.never_capture = True
        self._search = re2.compile(pattern, options).search

    def may_match(self, text: str) -> bool:
        """False only when the pattern is nowhere in the text."""
        return not (text.isascii() or _is_plain(text)) or self._search(text) is not None


def _is_plain(text: str) -> bool:
    """Whether the text can be asked about: Python alone takes ı and İ for an i, and keeps lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\u0131" not in text and "\u0130" not in text
