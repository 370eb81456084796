"""An entry of a zip archive, read where it lies: the standard library reads no Zstandard before Python 3.14.

Source: PKWARE's APPNOTE.TXT (local headers; method 8 is deflate, 93 is Zstandard).
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

import zstandard

LOCAL = b"PK\x03\x04"
HEADER = struct.Struct("<4sHHHHHLLLHH")
"""What stands before an entry: its signature first, the sizes of its name and its extra field last."""
STORED, DEFLATED, ZSTANDARD = 0, 8, 93
ENCRYPTED = 1
"""A flag."""

_PIECE = 1 << 20
_WINDOW = 1 << 28
"""How many bytes of memory an entry may ask for: Zstandard lets it choose."""

DAMAGE = (zipfile.BadZipFile, zlib.error, zstandard.ZstdError, EOFError)
"""What reading a damaged entry raises."""


@dataclass(frozen=True)
class Entry:
    """A file in the archive. start, size: where its packed bytes are. crc: None when only the end would tell."""

    name: str
    start: int
    size: int
    method: int
    crc: int | None
    encrypted: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether `content` knows its packing."""
        return self.method in (STORED, DEFLATED, ZSTANDARD)

    def content(self, file: BinaryIO) -> Iterator[bytes]:
        """Its content in pieces, each bounded however well it was packed. Raises one of DAMAGE."""
        file.seek(self.start)
        packed = _Slice(file, self.size)
        crc = 0
        for piece in _unpacked(packed, self.method):
            crc = zlib.crc32(piece, crc)
            yield piece
        if packed.left:
            raise EOFError("it ends too early")
        if self.crc is not None and crc != self.crc:
            raise zipfile.BadZipFile("its checksum is wrong")


def listed(file: BinaryIO, info: zipfile.ZipInfo) -> Entry:
    """The entry that the directory lists so. Where its bytes begin, only its own header tells."""
    file.seek(info.header_offset)
    header = file.read(HEADER.size)
    if len(header) < HEADER.size or not header.startswith(LOCAL):
        raise zipfile.BadZipFile(info.filename)
    *_, name_size, extra_size = HEADER.unpack(header)
    start = info.header_offset + HEADER.size + name_size + extra_size
    encrypted = bool(info.flag_bits & ENCRYPTED)
    return Entry(info.filename, start, info.compress_size, info.compress_type, info.CRC, encrypted)


def _unpacked(packed: _Slice, method: int) -> Iterator[bytes]:
    if method == STORED:
        yield from packed.pieces()
    elif method == DEFLATED:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        for piece in packed.pieces():
            waiting, content = piece, b""
            # A full piece of content may not be all that these bytes hold, though none of them is left.
            while waiting or len(content) == _PIECE:
                content = inflate.decompress(waiting, _PIECE)
                yield content
                waiting = inflate.unconsumed_tail
        if not inflate.eof:
            raise EOFError("it ends too early")
    elif method == ZSTANDARD:
        source = cast(BinaryIO, packed)  # all that is asked of it is to read
        unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        reader = unpacker.stream_reader(source, read_across_frames=True)
        yield from iter(lambda: reader.read(_PIECE), b"")
    else:
        raise NotImplementedError


class _Slice:
    """The next so many bytes of a file. left: how many are to come, or were missing at the end."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.left = size

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece

    def pieces(self) -> Iterator[bytes]:
        return iter(lambda: self.read(_PIECE), b"")
