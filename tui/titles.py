"""The titles of a list, each shown so that it can be told from the others."""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterable
from itertools import takewhile

from rich.cells import cell_len, set_cell_size

_TELLS = 4
"""How many cells of what differs tell two titles apart."""

_WORD = 12
"""How long the part of a word may be that is shown for the sake of its end, in which titles differ."""

_LEAST = 16
"""In fewer cells nothing is left out: nothing would be left."""


class Titles:
    """All titles of a list."""

    def __init__(self, titles: Iterable[str] = ()) -> None:
        self._sorted = sorted(set(titles))

    def told_apart(self, title: str, room: int, ellipsis: str) -> str:
        """A title for so many cells, its end to be cut off if need be. Where that would leave it like others, the
        middle of what it shares with these is left out instead.
        """
        shown, at = "", 0
        while cell_len(title[at:]) > room > _LEAST:
            visible = title[: at + len(set_cell_size(title[at:], room - len(ellipsis) - _TELLS))]
            shared, others = self._shared(visible)
            goes_on = _word(title, shared)
            told = cell_len(title[at:others]) + _TELLS  # from those that differ earlier
            most = min(cell_len(title[at:goes_on]), room - 2 * _TELLS)
            least = told if room // 3 < told <= most else room // 3
            head = set_cell_size(title[at:], max(least, room - len(ellipsis) - cell_len(title[goes_on:])))
            if shared < len(visible) or goes_on <= at + len(head):
                break
            shown += head.rstrip() + ellipsis
            room -= cell_len(head) + len(ellipsis)
            at = goes_on
        return shown + title[at:]

    def _shared(self, beginning: str) -> tuple[int, int]:
        """How many characters the titles that begin so have in common, 0 when there is but one; and how many of them
        any other title has.
        """
        first, end = (bisect_left(self._sorted, beginning + last) for last in ("", chr(sys.maxunicode)))
        beside = self._sorted[max(first - 1, 0) : first] + self._sorted[end : end + 1]
        alike = _in_common(self._sorted[first], self._sorted[end - 1]) if end - first > 1 else 0
        return alike, max((_in_common(beginning, other) for other in beside), default=0)


def _in_common(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _word(title: str, at: int) -> int:
    """Where the word begins that goes on there; the very place in one that is long."""
    begin = at
    while begin and title[begin - 1].isalnum() and at - begin < _WORD:
        begin -= 1
    return begin if at - begin < _WORD else at
