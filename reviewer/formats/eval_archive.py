"""The zip archive that an Inspect `.eval` file is, whole or cut short.

Source: PKWARE's APPNOTE.TXT (local headers, zip64, method 93 is Zstandard).

Why not `zipfile` alone: before Python 3.14 it reads no Zstandard, which is what Inspect writes, and a log whose run
was killed has no central directory, though every sample before the cut is whole. So the directory is read by
`zipfile`, or else made from the local headers, and the entries are unpacked here, each up to a limit.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO, cast

import zstandard

from reviewer.formats.document import Document

LARGEST_ENTRY = 512 * 1024 * 1024
"""How many bytes one entry may unpack to: more than a sample has, and less than a memory."""

LOCAL = b"PK\x03\x04"
_DIRECTORY = b"PK\x01\x02"
_HEADER = struct.Struct("<4sHHHHHLLLHH")
_PIECE = 1024 * 1024
_STORED, _DEFLATED, _ZSTANDARD = 0, 8, 93
_ENCRYPTED, _SIZE_FOLLOWS = 1, 8
_ZIP64, _IN_ZIP64 = 1, 0xFFFFFFFF


@dataclass(frozen=True)
class Entry:
    """A file in the archive. start, size: where its packed bytes are. crc: None when only the end would tell."""

    name: str
    start: int
    size: int
    method: int
    crc: int | None
    encrypted: bool = False


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
                    return dict(self._listed(file, archive.infolist()))
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
        with self._open() as file:
            file.seek(entry.start)
            packed = _Slice(file, entry.size)
            try:
                content = b"".join(self._limited(_unpacked(packed, entry.method), name))
            except (zlib.error, zstandard.ZstdError, EOFError) as error:
                raise self.document.bad("damaged: it cannot be unpacked", name) from error
            except OSError as error:
                raise self.document.unreadable(error) from error
            except NotImplementedError as error:
                raise self.document.bad(f"packed by method {entry.method}, which is not read", name) from error
        if entry.crc is not None and zlib.crc32(content) != entry.crc:
            raise self.document.bad("damaged: its checksum is wrong", name)
        return content

    def json(self, name: str) -> Any:
        """The JSON in an entry."""
        content = self.read(name)
        try:
            return json.loads(content.decode("utf-8", "surrogateescape"))
        except RecursionError as error:
            raise self.document.bad("nested too deeply", name) from error
        except ValueError as error:
            raise self.document.bad("not JSON", name) from error

    def _listed(self, file: BinaryIO, infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, Entry]]:
        """The entries that the directory lists. Where one's bytes begin, only its own header tells."""
        for info in infos:
            file.seek(info.header_offset)
            header = file.read(_HEADER.size)
            if len(header) < _HEADER.size or not header.startswith(LOCAL):
                raise zipfile.BadZipFile(info.filename)
            *_, name_size, extra_size = _HEADER.unpack(header)
            start = info.header_offset + _HEADER.size + name_size + extra_size
            encrypted = bool(info.flag_bits & _ENCRYPTED)
            entry = Entry(info.filename, start, info.compress_size, info.compress_type, info.CRC, encrypted)
            yield entry.name, entry

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
    if not head.startswith(LOCAL) or len(head) < _HEADER.size:
        return ""
    size: int = _HEADER.unpack_from(head)[9]
    return head[_HEADER.size : _HEADER.size + size].decode("utf-8", "replace")


def _scanned(file: BinaryIO) -> Iterator[Entry]:
    """The whole entries of an archive without a directory, from their local headers, up to the first that is cut."""
    end = file.seek(0, io.SEEK_END)
    position = 0
    while position + _HEADER.size <= end:
        file.seek(position)
        signature, _, flags, method, _, _, crc, size, _, name_size, extra_size = _HEADER.unpack(
            file.read(_HEADER.size)
        )
        if signature != LOCAL:
            return
        name = file.read(name_size).decode("utf-8", "replace")
        extra = file.read(extra_size)
        start = position + _HEADER.size + name_size + extra_size
        if flags & _SIZE_FOLLOWS:
            found = _self_ending(file, start, method)
            if found is None:
                return
            yield Entry(name, start, found, method, None, bool(flags & _ENCRYPTED))
            position = _next_header(file, start + found)
            continue
        if size == _IN_ZIP64:
            size = _packed_size(extra)
        position = start + size
        if position > end:
            return
        yield Entry(name, start, size, method, crc, bool(flags & _ENCRYPTED))


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
        _DEFLATED: lambda: zlib.decompressobj(-zlib.MAX_WBITS),
        _ZSTANDARD: lambda: zstandard.ZstdDecompressor().decompressobj(),
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


def _unpacked(packed: _Slice, method: int) -> Iterator[bytes]:
    """The content in pieces, each bounded however well it was packed. Raises EOFError when it is cut."""
    if method == _STORED:
        yield from packed.pieces()
    elif method == _DEFLATED:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        for piece in packed.pieces():
            waiting, content = piece, b""
            # A full piece of content may not be all that these bytes hold, though none of them is left.
            while waiting or len(content) == _PIECE:
                content = inflate.decompress(waiting, _PIECE)
                yield content
                waiting = inflate.unconsumed_tail
        if not inflate.eof:
            raise EOFError
    elif method == _ZSTANDARD:
        source = cast(BinaryIO, packed)  # all that is asked of it is to read
        reader = zstandard.ZstdDecompressor().stream_reader(source, read_across_frames=True)
        yield from iter(lambda: reader.read(_PIECE), b"")
    else:
        raise NotImplementedError
    if packed.left:
        raise EOFError


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
