"""Whether a text can hold what a pattern looks for, told at a gigabyte a second: most outputs hold none of it."""

from __future__ import annotations

from pydantic_core import SchemaValidator
from pydantic_core.core_schema import str_schema


class Sieve:
    """A pattern without lookaround, in Rust's syntax (https://docs.rs/regex), which pydantic checks texts with.

    It stands before patterns of Python's `re` and lets through whatever one of these would find, and little more. In
    \\s it has no \\x1c to \\x1f, unlike Python; \\w is to be spelled out.
    """

    def __init__(self, pattern: str) -> None:
        self._matches = SchemaValidator(str_schema(pattern=pattern, regex_engine="rust-regex")).isinstance_python

    def may_match(self, text: str) -> bool:
        """False only when the pattern is nowhere in the text."""
        return self._matches(text) or not (text.isascii() or _is_plain(text))


def _is_plain(text: str) -> bool:
    """Whether the text can be asked about: Python alone takes ı and İ for an i, and keeps lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\u0131" not in text and "\u0130" not in text
