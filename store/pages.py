"""The rows in a SQLite file whose trees may be broken: found page by page, as its format has it
(https://sqlite.org/fileformat2.html).

A row stands in one cell of one page, and each page tells where its cells are; only the way from page to page is lost
with a damaged one. Which table a row is of, a page does not tell: its shape must. Nothing within a row can look like
a page of rows, since a long row's further pages begin with a page number.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_SIZES = {1 << power for power in range(9, 17)}
_DEFAULT_SIZE = 4096
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""An integer's size in bytes, by its serial type."""

_BROKEN = (IndexError, ValueError, struct.error, OverflowError)


@dataclass(frozen=True, slots=True)
class Row:
    """A row's values. id: its rowid; None in an index, or in a table that is kept as one. place: where it stands."""

    id: int | None
    values: Sequence[Any]
    place: tuple[int, int]


class Pages:
    """A SQLite file's bytes, page by page. Give it a memory map: it keeps none of them."""

    def __init__(self, data: Any) -> None:
        self._data = data
        size = int.from_bytes(data[16:18], "big")
        size = 65536 if size == 1 else size
        self._size = size if size in _SIZES else _DEFAULT_SIZE
        self._usable = self._size - (data[20] if data[20:21] and data[20] <= self._size - 480 else 0)

    def rows(self) -> Iterator[Row]:
        """Every row that can be read, in the order of the pages. What was removed lately may still be among them."""
        for number in range(1, len(self._data) // self._size + 1):
            page = self._page(number)
            head = 100 if number == 1 else 0
            if page[head] not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR):
                continue
            pointers = head + (12 if page[head] == _INDEX_INTERIOR else 8)
            for cell in range(min(int.from_bytes(page[head + 3 : head + 5], "big"), self._size // 4)):
                at = int.from_bytes(page[pointers + 2 * cell : pointers + 2 * cell + 2], "big")
                try:
                    yield self.row((number, at))
                except _BROKEN:
                    continue

    def row(self, place: tuple[int, int]) -> Row:
        """The row at a place. Raises IndexError or ValueError for what is none."""
        number, at = place
        page = self._page(number)
        kind = page[100 if number == 1 else 0]
        at += 4 if kind == _INDEX_INTERIOR else 0
        size, at = _varint(page, at)
        row_id = None
        if kind == _TABLE_LEAF:
            row_id, at = _varint(page, at)
        return Row(row_id, _values(self._payload(page, at, size, kind)), place)

    def _page(self, number: int) -> bytes:
        if number < 1:
            raise ValueError("there is no page 0")
        page: bytes = self._data[(number - 1) * self._size : number * self._size]
        if len(page) < self._size:
            raise ValueError("the file ends before this page")
        return page

    def _payload(self, page: bytes, at: int, size: int, kind: int) -> bytes:
        """A cell's content, with what of it stands on further pages."""
        if not 0 < size <= len(self._data):
            raise ValueError("too long to be in this file")
        most = self._usable - 35 if kind == _TABLE_LEAF else (self._usable - 12) * 64 // 255 - 23
        local = size
        if size > most:
            least = (self._usable - 12) * 32 // 255 - 23
            local = least + (size - least) % (self._usable - 4)
            local = local if local <= most else least
        parts = [page[at : at + local]]
        following = int.from_bytes(page[at + local : at + local + 4], "big") if local < size else 0
        left = size - local
        while left > 0:
            further = self._page(following)
            parts.append(further[4 : 4 + min(left, self._usable - 4)])
            left -= len(parts[-1])
            following = int.from_bytes(further[:4], "big")
        payload = b"".join(parts)
        if len(payload) != size:
            raise ValueError("cut short")
        return payload


def _values(payload: bytes) -> list[Any]:
    end, at = _varint(payload, 0)
    types = []
    while at < end:
        kind, at = _varint(payload, at)
        types.append(kind)
    values: list[Any] = []
    for kind in types:
        size = _INTEGERS.get(kind, 8 if kind == 7 else max(kind - 12, 0) // 2)
        data = payload[at : at + size]
        at += size
        if len(data) != size or kind in (10, 11):
            raise ValueError("no value")
        values.append(_value(kind, data))
    if at != len(payload):
        raise ValueError("not all of the row")
    return values


def _value(kind: int, data: bytes) -> Any:
    if kind == 0:
        return None
    if kind in _INTEGERS:
        return int.from_bytes(data, "big", signed=True)
    if kind == 7:
        return struct.unpack(">d", data)[0]
    if kind in (8, 9):
        return kind - 8
    return data.decode("utf-8") if kind % 2 else data


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins."""
    value = 0
    for count in range(8):
        byte = data[at + count]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + count + 1
    value = value << 8 | data[at + 8]
    return (value - (1 << 64) if value >> 63 else value), at + 9
