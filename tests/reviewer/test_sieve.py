"""A sieve lets through whatever Python's pattern finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.sieve import SPACE, Sieve

_PATTERN = r"(?i:disk: [^\n]{0,9}failed)|[^\s:]+: x"
_PIECES = [
    "disk: ",
    "DI\N{KELVIN SIGN}S",
    "\u0131",
    "\u0130",
    "\u017f",
    "s",
    "d",
    "k: ",
    "failed",
    "x",
    "\n",
    "\x1c",
    "\ud800",
]


@given(st.lists(st.sampled_from(_PIECES) | st.characters()).map("".join))
def test_what_python_finds_passes(text: str) -> None:
    if re.search(_PATTERN, text):
        assert Sieve(_PATTERN).may_match(text)


@pytest.mark.parametrize(
    "text", ["d\u0131sk: failed", "D\u0130SK: FAILED", "di\u017f\N{KELVIN SIGN}: failed"], ids=ascii
)
def test_letters_that_python_takes_for_others(text: str) -> None:
    assert re.search(_PATTERN, text)
    assert Sieve(_PATTERN).may_match(text)


def test_what_cannot_match_is_kept_back() -> None:
    assert not Sieve(_PATTERN).may_match("é the disk is full\n" * 1000)
    assert Sieve(_PATTERN).may_match("\ud800 is no Unicode, so nobody can say")


def test_spaces_are_those_of_python() -> None:
    spaces = [char for char in map(chr, range(0x110000)) if char.isspace()]
    assert len(spaces) > 20
    assert all(Sieve(SPACE).may_match(space) for space in spaces)
