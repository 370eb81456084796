"""Archives and compressed files, read through: what is in them is read as if it lay in a folder.

zip, tar, and tar or any one file packed with gzip, bzip2, xz or Zstandard; told by their first bytes. An archive in
an archive is opened too, one in that is not.

Members are unpacked into a temporary folder under numbers: their names are only ever words. What they unpack to is
bounded, by their own size and by what is sane; links and devices are passed over, and hidden files, as in folders.
The SHA-256 of a member's source is that of its own bytes, so the same file is the same trajectory inside an archive
and outside.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO, Any, BinaryIO, Protocol

import zstandard

from reviewer.errors import BadInput
from reviewer.formats.document import Document
from reviewer.formats.folder import Folder
from reviewer.formats.zip_entry import ENCRYPTED, ZSTANDARD, listed

MOST_MEMBERS = 100_000
LARGEST = 64 << 30
"""How many bytes an archive may unpack to at most …"""
FREELY = 1 << 30
"""… any archive may unpack to these …"""
RATIO = 200
"""… and a larger one to so many times its own size. Text packs well, but not as well as a bomb."""

_PIECE = 1 << 20
_SIP = 2048
"""Packed bytes that are unpacked at once: what they unpack to is in memory, and may be ten thousand times as much."""
MEMORY = 1 << 28
"""How many bytes of memory a packed file may ask for: xz and Zstandard let it choose."""
_ZIP, _GZIP, _BZIP2 = b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh"
_XZ, _ZSTANDARD = b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
_TAR, _TAR_AT = b"ustar", 257
_STREAMS = (_GZIP, _BZIP2, _XZ, _ZSTANDARD)
_SUFFIXES = {".gz", ".bz2", ".xz", ".zst", ".zstd"}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")

_DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zstandard.ZstdError, lzma.LZMAError, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),
)
"""What the readers of archives raise for a damaged one."""


class _Reads(Protocol):
    def read(self, size: int, /) -> bytes: ...


def is_archive(document: Document) -> bool:
    return _is_packed(document.head)


def _is_packed(head: bytes) -> bool:
    return head.startswith((_ZIP, *_STREAMS)) or _is_tar(head)


def _is_tar(head: bytes) -> bool:
    return head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


class Member(Document):
    """A file in an archive, or in an archive in it: unpacked somewhere, called by the archive's name and its own."""

    def __init__(self, tree: Tree, name: str) -> None:
        super().__init__(tree.paths[name], f"{tree.name}/{name}")
        self.tree = tree
        self.own_name = name

    def sibling(self, name: str) -> Document | None:
        beside = str(PurePosixPath(self.own_name).parent / name)
        if PurePosixPath(name).name != name or beside not in self.tree.paths:
            return None
        return Member(self.tree, beside)


class MemberFolder(Folder):
    """A folder in an archive; "" is all of it."""

    def __init__(self, tree: Tree, inside: str) -> None:
        super().__init__(Path(f"{tree.name}/{inside}"))
        self.name = f"{tree.name}/{inside}".rstrip("/")
        self.tree = tree
        self.prefix = f"{inside}/" if inside else ""

    def has(self, name: str) -> bool:
        return self.prefix + name in self.tree.paths

    def names_in(self, folder: str) -> list[str]:
        inside = str(PurePosixPath(self.prefix) / folder)
        return sorted(name.removeprefix(self.prefix) for name in self.tree.by_folder.get(inside, ()))

    def document(self, name: str) -> Document:
        if not self.has(name):
            return Document(self.path / name, f"{self.name}/{name}")
        return Member(self.tree, self.prefix + name)

    def _walk(self) -> Iterator[str]:
        return (name.removeprefix(self.prefix) for name in self.tree.paths if name.startswith(self.prefix))


class Tree:
    """The files of an archive. paths: where each was unpacked, by its name, as words."""

    def __init__(self, name: str, paths: Mapping[str, Path]) -> None:
        self.name = name
        self.paths = paths

    @cached_property
    def by_folder(self) -> dict[str, list[str]]:
        """The names by the folder that they are in; "." is all of it."""
        found: dict[str, list[str]] = {}
        for name in self.paths:
            found.setdefault(str(PurePosixPath(name).parent), []).append(name)
        return found

    def folders(self) -> list[str]:
        """Every folder, before those in it; "" is all of it."""
        found = {
            str(parent) for name in self.by_folder for parent in (PurePosixPath(name), *PurePosixPath(name).parents)
        }
        return ["", *sorted(found - {"."})]


@contextmanager
def unpacked(document: Document) -> Iterator[Tree]:
    """An archive's files, while the context lasts. Raises BadInput when it is damaged or unpacks to too much."""
    with TemporaryDirectory(prefix="errata-") as place:
        try:
            unpacker = _Unpacker(Path(place), document)
            unpacker.unpack(document.path, "", depth=0)
        except BadInput:
            raise
        except _DAMAGE as error:
            raise document.bad(f"cannot be unpacked: {_words(error)}") from error
        yield Tree(document.name, unpacker.paths)


def _words(error: BaseException) -> str:
    return _CONTROLS.sub(" ", str(error))[:200] or type(error).__name__


class _Unpacker:
    def __init__(self, place: Path, document: Document) -> None:
        self.place = place
        self.document = document
        self.paths: dict[str, Path] = {}
        self.made = 0
        self.room = min(max(FREELY, RATIO * document.path.stat().st_size), LARGEST)

    def unpack(self, path: Path, name: str, depth: int) -> None:
        """The members of an archive, or the one file in a packed one. name: that of this archive in the outer one."""
        with path.open("rb") as file:
            head = file.read(_TAR_AT + len(_TAR))
            file.seek(0)
            if head.startswith(_ZIP):
                self._zip(file, name, depth)
            elif _is_tar(head):
                self._tar(file, name, depth)
            else:
                self._stream(_opened(file, head), name, depth)

    def _zip(self, file: BinaryIO, name: str, depth: int) -> None:
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if info.is_dir():
                    continue
                if info.flag_bits & ENCRYPTED:
                    raise self.document.bad("has encrypted files in it; unpack it by hand")
                if info.compress_type == ZSTANDARD:
                    self._keep(listed(file, info).content(file), name, info.filename, depth)
                else:
                    with archive.open(info) as member:
                        self._keep(_pieces(member), name, info.filename, depth)

    def _tar(self, file: IO[bytes], name: str, depth: int) -> None:
        with tarfile.open(fileobj=file, mode="r|") as archive:
            for info in archive:
                member = archive.extractfile(info) if info.isreg() else None
                if member:
                    self._keep(_pieces(member), name, info.name, depth)
                archive.members = []  # type: ignore[attr-defined]  # it would remember every one

    def _stream(self, stream: _Reads, name: str, depth: int) -> None:
        """A packed file: a tar, or any other, whose name is the archive's without its last suffix."""
        path = self._write(_pieces(stream))
        with path.open("rb") as file:
            is_tar = _is_tar(file.read(_TAR_AT + len(_TAR)))
            file.seek(0)
            if is_tar:
                self._tar(file, name, depth)
                path.unlink()
                return
        own = PurePosixPath(name or self.document.file_name)
        self._add(path, str(PurePosixPath(name).parent), own.stem if own.suffix in _SUFFIXES else own.name, depth)

    def _keep(self, content: Iterator[bytes], outer: str, name: str, depth: int) -> None:
        """A member; a hidden one, or one in a hidden folder, is passed over."""
        parts = [part for part in re.split(r"[/\\]", _CONTROLS.sub("_", name)) if part not in ("", ".", "..")]
        if parts and not any(part.startswith(".") or part == "__MACOSX" for part in parts):
            self._add(self._write(content), outer, "/".join(parts), depth)

    def _add(self, path: Path, outer: str, name: str, depth: int) -> None:
        full = str(PurePosixPath(outer) / name)
        with path.open("rb") as file:
            packed = depth == 0 and _is_packed(file.read(_TAR_AT + len(_TAR)))
        if packed and not full.endswith(".eval"):
            self.unpack(path, full, depth + 1)
            path.unlink()
        else:
            self.paths.pop(full, None)  # of two of one name, the later counts
            self.paths[full] = path

    def _write(self, content: Iterator[bytes]) -> Path:
        self.made += 1
        if self.made > MOST_MEMBERS:
            raise self.document.bad(f"more than {MOST_MEMBERS} files in the archive")
        path = self.place / str(self.made)
        with path.open("wb") as file:
            for piece in content:
                self.room -= len(piece)
                if self.room < 0:
                    raise self.document.bad("unpacks to far more than its size; unpack it by hand if it is sound")
                file.write(piece)
        return path


def _pieces(stream: _Reads) -> Iterator[bytes]:
    return iter(lambda: stream.read(_PIECE), b"")


def _opened(file: IO[bytes], head: bytes) -> _Reads:
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(_BZIP2):
        return bz2.BZ2File(file)
    if head.startswith(_XZ):
        return _Frames(file, lambda: lzma.LZMADecompressor(memlimit=MEMORY))
    return _Frames(file, lambda: zstandard.ZstdDecompressor(max_window_size=MEMORY).decompressobj())


class _Frames:
    """A file of one packed stream after another. The usual readers of xz bound no memory, those of Zstandard take a
    stream that was cut short for whole.
    """

    def __init__(self, file: IO[bytes], begin: Callable[[], Any]) -> None:
        self.file = file
        self.begin = begin
        self.unpacker = begin()

    def read(self, size: int, /) -> bytes:
        """The next bytes, as many as a sip unpacks to; none at the end."""
        while True:
            if not self.unpacker.eof:
                data = self.file.read(_SIP)
                if not data:
                    raise EOFError("it ends too early")
            elif data := self.unpacker.unused_data.lstrip(b"\0") or self.file.read(_SIP).lstrip(b"\0"):
                self.unpacker = self.begin()
            else:
                return b""
            if piece := self.unpacker.decompress(data):
                return bytes(piece)
