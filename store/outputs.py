"""An output as it is kept: in pages, so that a long one is read, laid out and searched in part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from store.packed import pack_text, unpack_text

if TYPE_CHECKING:
    from store.database import Connection

PAGE = 1 << 16
"""Characters to a page, at most: what can be laid out between two keys."""

_LONGEST_SEQUENCE = 256
"""How far back from the end of a page an escape sequence is looked for that would be cut in two."""


class Output:
    """A step's output. size: its characters. first_lines: of each page, how many lines end before it."""

    def __init__(self, connection: Connection, row: int, size: int) -> None:
        self._db = connection
        self._row = row
        self.size = size
        pages = connection.rows("SELECT first_line FROM output WHERE step = ? ORDER BY page", (row,))
        self.first_lines: tuple[int, ...] = tuple(line for (line,) in pages)
        self.page = lru_cache(maxsize=4)(self._read)

    def __len__(self) -> int:
        """How many pages there are: none of an empty output."""
        return len(self.first_lines)

    def __iter__(self) -> Iterator[str]:
        return map(self.page, range(len(self)))

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self)

    def _read(self, number: int) -> str:
        """A page's text, pages counted from 0. A page ends with a line, but for the last and where one is longer."""
        row = self._db.row("SELECT data FROM output WHERE step = ? AND page = ?", (self._row, number))
        return unpack_text(row[0] if row else b"")


def keep_output(connection: Any, row: int, text: str) -> None:
    """Write a step's output, page by page."""
    line = 0
    rows = []
    for number, page in enumerate(pages_of(text)):
        rows.append((row, number, line, pack_text(page)))
        line += page.count("\n")
    connection.executemany("INSERT INTO output (step, page, first_line, data) VALUES (?,?,?,?)", rows)


def pages_of(text: str) -> Iterator[str]:
    """A text in pages that end, where they can, with a line; or else with a state of one; never within a sequence."""
    start = 0
    while start < len(text):
        end = start + PAGE
        if end < len(text):
            end = _cut(text, start, end)
        yield text[start:end]
        start = end


def _cut(text: str, start: int, end: int) -> int:
    if line := text.rfind("\n", start, end) + 1:
        return line
    returned = text.rfind("\r", start, end)
    if returned > start:
        return returned
    escape = text.rfind("\x1b", max(start + 1, end - _LONGEST_SEQUENCE), end)
    return escape if escape > start else end
