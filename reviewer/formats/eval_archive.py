"""The zip archive that an Inspect `.eval` file is, whole or cut short.

Source: PKWARE's APPNOTE.TXT (local headers, zip64).

A log whose run was killed has no central directory, though every sample before the cut is whole. So the directory is
read by `zipfile`, or else made from the local headers; each entry is unpacked up to a limit (see zip_entry).
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, BinaryIO

import zstandard

from reviewer.formats.document import Document
from reviewer.formats.zip_entry import DAMAGE, DEFLATED, ENCRYPTED, HEADER, LOCAL, ZSTANDARD, Entry, listed

LARGEST_ENTRY = 512 * 1024 * 1024
"""How many bytes one entry may unpack to: more than a sample has, and less than a memory."""

_DIRECTORY = b"PK\x01\x02"
_SIZE_FOLLOWS = 8
"""A flag."""
_ZIP64, _IN_ZIP64 = 1, 0xFFFFFFFF


class EvalArchive:
    """The entries of a `.eval` file by name. Of two of one name, the later counts.

    Reading an entry raises BadInput with its name when it is damaged, too large, or in no known packing.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.is_cut = False
        """Whether entries may be missing at its end. Known once the entries are."""

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """In the order of the archive."""
        with self._open() as file:
            try:
                with zipfile.ZipFile(file) as archive:
                    return {info.filename: listed(file, info) for info in archive.infolist()}
            except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error):
                found = {entry.name: entry for entry in _scanned(file)}
                file.seek(max((entry.start + entry.size for entry in found.values()), default=0))
                self.is_cut = file.read(len(_DIRECTORY)) != _DIRECTORY
                return found

    def read(self, name: str) -> bytes:
        """The bytes of an entry."""
        entry = self.entries[name]
        if entry.encrypted:
            raise self.document.bad("encrypted", name)
        if not entry.is_readable:
            raise self.document.bad(f"packed by method {entry.method}, which is not read", name)
        with self._open() as file:
            try:
                return b"".join(self._limited(entry.content(file), name))
            except zipfile.BadZipFile as error:
                raise self.document.bad(f"damaged: {error}", name) from error
            except DAMAGE as error:
                raise self.document.bad("damaged: it cannot be unpacked", name) from error
            except OSError as error:
                raise self.document.unreadable(error) from error

    def json(self, name: str) -> Any:
        """The JSON in an entry."""
        content = self.read(name)
        try:
            return json.loads(content.decode("utf-8", "surrogateescape"))
        except RecursionError as error:
            raise self.document.bad("nested too deeply", name) from error
        except ValueError as error:
            raise self.document.bad("not JSON", name) from error

    def _limited(self, pieces: Iterator[bytes], name: str) -> Iterator[bytes]:
        total = 0
        for piece in pieces:
            total += len(piece)
            if total > LARGEST_ENTRY:
                raise self.document.bad(f"unpacks to more than {LARGEST_ENTRY >> 20} MiB", name)
            yield piece

    def _open(self) -> BinaryIO:
        try:
            return self.document.path.open("rb")
        except OSError as error:
            raise self.document.unreadable(error) from error


def first_name(head: bytes) -> str:
    """The name of a zip archive's first entry; "" when it is none."""
    if not head.startswith(LOCAL) or len(head) < HEADER.size:
        return ""
    size: int = HEADER.unpack_from(head)[9]
    return head[HEADER.size : HEADER.size + size].decode("utf-8", "replace")


def _scanned(file: BinaryIO) -> Iterator[Entry]:
    """The whole entries of an archive without a directory, from their local headers, up to the first that is cut."""
    end = file.seek(0, io.SEEK_END)
    position = 0
    while position + HEADER.size <= end:
        file.seek(position)
        signature, _, flags, method, _, _, crc, size, _, name_size, extra_size = HEADER.unpack(file.read(HEADER.size))
        if signature != LOCAL:
            return
        name = file.read(name_size).decode("utf-8", "replace")
        extra = file.read(extra_size)
        start = position + HEADER.size + name_size + extra_size
        if flags & _SIZE_FOLLOWS:
            found = _self_ending(file, start, method)
            if found is None:
                return
            yield Entry(name, start, found, method, None, bool(flags & ENCRYPTED))
            position = _next_header(file, start + found)
            continue
        if size == _IN_ZIP64:
            size = _packed_size(extra)
        position = start + size
        if position > end:
            return
        yield Entry(name, start, size, method, crc, bool(flags & ENCRYPTED))


def _packed_size(extra: bytes) -> int:
    """The packed size that an entry's zip64 field has, after the unpacked one."""
    position = 0
    while position + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, position)
        if kind == _ZIP64 and size >= 16 and position + 20 <= len(extra):
            packed: int = struct.unpack_from("<Q", extra, position + 12)[0]
            return packed
        position += 4 + size
    return _IN_ZIP64


def _self_ending(file: BinaryIO, start: int, method: int) -> int | None:
    """How long a packed stream is that ends by itself; None when it is cut, or does not end by itself."""
    decompressors: dict[int, Callable[[], Any]] = {
        DEFLATED: lambda: zlib.decompressobj(-zlib.MAX_WBITS),
        ZSTANDARD: lambda: zstandard.ZstdDecompressor().decompressobj(),
    }
    if method not in decompressors:
        return None
    decompressor = decompressors[method]()
    file.seek(start)
    taken = 0
    try:
        # Small pieces: what a piece unpacks to is in memory at once.
        while piece := file.read(4096):
            taken += len(piece)
            decompressor.decompress(piece)
            if decompressor.eof:
                return taken - len(decompressor.unused_data)
    except (zlib.error, zstandard.ZstdError):
        pass
    return None


def _next_header(file: BinaryIO, position: int) -> int:
    """Where the next local header is, after the sizes that follow an entry."""
    file.seek(position)
    found = file.read(64).find(LOCAL)
    return position + found if found >= 0 else position
