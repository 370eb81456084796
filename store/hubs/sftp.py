"""SFTP version 3, the client's side, as far as a hub needs it.

Sources: draft-ietf-secsh-filexfer-02 (packets, their numbers, what may be under way at once), and of OpenSSH's file
PROTOCOL the part on sftp (the extensions posix-rename, fsync and statvfs).

Requests are sent without waiting for the answers to those before, so that a line's delay is paid once for many.
Nothing that the server says is believed: lengths and counts have bounds, and what answers nothing ends the talk.
"""

from __future__ import annotations

import stat
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from store.hubs.pipe import Pipe

BLOCK = 1 << 15
"""Bytes that every server takes or gives in one request."""

NO_SUCH_FILE, PERMISSION_DENIED, FAILURE = 2, 3, 4
"""The codes of refusals that mean something to a hub. FAILURE is all that has no code of its own."""

_EOF = 1

FSYNC, POSIX_RENAME, STATVFS = "fsync@openssh.com", "posix-rename@openssh.com", "statvfs@openssh.com"

_MAX_PACKET = 1 << 18
_MAX_HANDLE = 256
_MAX_NAMES = 1_000_000
"""In a folder."""

_UNDER_WAY = 64
"""Requests without an answer yet. OpenSSH's own client has as many."""

_BUFFER = 1 << 18
_FOLDERS = 32
"""That are read at once: a server has a bound on handles."""

_OK, _READ_FLAG, _NEW_FILE_FLAGS = 0, 0x01, 0x02 | 0x08 | 0x20
_INIT, _VERSION = 1, 2
_STATUS, _HANDLE, _DATA, _NAMES, _ATTRIBUTES, _EXTENDED_REPLY = 101, 102, 103, 104, 105, 201


class Garbled(Exception):
    """What came is no SFTP."""


class Failed(Exception):
    """The server refused. code: of draft-02."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(said)
        self.code, self.said = code, said


class Attributes(NamedTuple):
    """What the server tells of a file. size: bytes. mode: kind and permissions. modified: seconds since 1970."""

    size: int
    mode: int | None
    modified: int | None

    @property
    def is_file(self) -> bool:
        return self.mode is None or stat.S_ISREG(self.mode)

    @property
    def is_folder(self) -> bool:
        return self.mode is None or stat.S_ISDIR(self.mode)


class Space(NamedTuple):
    """Of the disk that a path is on. free: bytes that this user may still write."""

    free: int
    read_only: bool


class Request(NamedTuple):
    """body: what follows the request's id. answer: the kind of packet that answers, if not a status."""

    kind: int
    body: bytes
    answer: int = _STATUS


def open_file(path: str) -> Request:
    return Request(3, _text(path) + struct.pack(">II", _READ_FLAG, 0), _HANDLE)


def new_file(path: str) -> Request:
    """Refused where there is something of this name. The server's umask says who may read it."""
    return Request(3, _text(path) + struct.pack(">II", _NEW_FILE_FLAGS, 0), _HANDLE)


def close(handle: bytes) -> Request:
    return Request(4, _string(handle))


def read(handle: bytes, at: int, size: int) -> Request:
    return Request(5, _string(handle) + struct.pack(">QI", at, size), _DATA)


def write(handle: bytes, at: int, data: bytes) -> Request:
    return Request(6, _string(handle) + struct.pack(">Q", at) + _string(data))


def lstat(path: str) -> Request:
    return Request(7, _text(path), _ATTRIBUTES)


def open_folder(path: str) -> Request:
    return Request(11, _text(path), _HANDLE)


def read_folder(handle: bytes) -> Request:
    return Request(12, _string(handle), _NAMES)


def remove(path: str) -> Request:
    return Request(13, _text(path))


def make_folder(path: str) -> Request:
    return Request(14, _text(path) + struct.pack(">I", 0))


def stat_(path: str) -> Request:
    return Request(17, _text(path), _ATTRIBUTES)


def rename(path: str, to: str) -> Request:
    """Refused where there is something of the new name."""
    return Request(18, _text(path) + _text(to))


def posix_rename(path: str, to: str) -> Request:
    return Request(200, _text(POSIX_RENAME) + _text(path) + _text(to))


def fsync(handle: bytes) -> Request:
    return Request(200, _text(FSYNC) + _string(handle))


def statvfs(path: str) -> Request:
    return Request(200, _text(STATVFS) + _text(path), _EXTENDED_REPLY)


class Sftp:
    """A talk with a server. All methods raise Garbled, and what the pipe raises; after that the talk is over.

    extensions: those that the server has.
    """

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self._came = bytearray()
        self._last_id = 0
        self._unused: list[bytes] = []
        self.extensions = self._begin()

    def ask(self, requests: Iterable[Request]) -> list[Any]:
        """The answers, in the order of the requests. A Failed stands for what was refused; it is not raised."""
        unused, self._unused = self._unused, []
        todo = chain((close(handle) for handle in unused), requests)
        answers: list[Any] = []
        waiting: dict[int, tuple[int, Request]] = {}
        out = bytearray()
        try:
            while True:
                while len(waiting) < _UNDER_WAY and len(out) < _BUFFER and (request := next(todo, None)):
                    self._last_id = (self._last_id + 1) % (1 << 32)
                    waiting[self._last_id] = (len(answers), request)
                    answers.append(None)
                    out += _string(struct.pack(">BI", request.kind, self._last_id) + request.body)
                if not waiting:
                    return answers[len(unused) :]
                self._came += self._pipe.move(out)
                for packet in self._packets():
                    kind, id_ = packet.byte(), packet.u32()
                    if id_ not in waiting:
                        raise Garbled("an answer to nothing")
                    index, request = waiting.pop(id_)
                    answers[index] = _answer(packet, kind, request)
        except BaseException:
            self._pipe.close()
            raise

    def one(self, request: Request) -> Any:
        """The answer. Raises Failed."""
        (answer,) = self.ask([request])
        if isinstance(answer, Failed):
            raise answer
        return answer

    def let_go(self, handles: Iterable[Any]) -> None:
        """Have handles closed, together with what is asked next. What is none (a Failed) is passed over."""
        self._unused += [handle for handle in handles if isinstance(handle, bytes)]

    def content(self, handle: bytes, size: int) -> bytes:
        """The bytes of a file, `size` at most. Raises Failed."""
        wanted = [(at, min(BLOCK, size - at)) for at in range(0, size, BLOCK)]
        whole = bytearray()
        for (at, length), answer in zip(wanted, self.ask(read(handle, *block) for block in wanted), strict=True):
            piece = answer
            while True:
                if isinstance(piece, Failed):
                    if piece.code == _EOF:
                        return bytes(whole)
                    raise piece
                if not 0 < len(piece) <= length - (len(whole) - at):
                    raise Garbled("more bytes than asked for, or none")
                whole += piece
                if len(whole) == at + length:
                    break
                piece = self.ask([read(handle, len(whole), at + length - len(whole))])[0]  # a server may give less
        return bytes(whole)

    def folders(self, paths: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, Attributes]] | Failed]]:
        """What is in each folder, or why it cannot be read."""
        for begin in range(0, len(paths), _FOLDERS):
            some = paths[begin : begin + _FOLDERS]
            handles = dict(zip(some, self.ask(map(open_folder, some)), strict=True))
            found: dict[str, Any] = {
                path: handle if isinstance(handle, Failed) else [] for path, handle in handles.items()
            }
            left = {path: handle for path, handle in handles.items() if isinstance(handle, bytes)}
            ahead = 2
            while left:
                asked = [path for path in left for _ in range(ahead)]
                for path, answer in zip(asked, self.ask([read_folder(left[path]) for path in asked]), strict=True):
                    if isinstance(answer, Failed) or not answer:
                        if answer and answer.code != _EOF:
                            found[path] = answer
                        left.pop(path, None)
                    elif isinstance(found[path], list):
                        found[path] += answer
                        if len(found[path]) > _MAX_NAMES:
                            raise Garbled(f"more than {_MAX_NAMES:,} names in a folder")
                ahead = min(ahead * 2, _UNDER_WAY)
            self.let_go(handles.values())
            yield from found.items()

    def close(self) -> None:
        self._pipe.close()

    def _begin(self) -> set[str]:
        out = bytearray(_string(struct.pack(">BI", _INIT, 3)))
        try:
            while True:
                self._came += self._pipe.move(out)
                for packet in self._packets():
                    if packet.byte() != _VERSION or packet.u32() < 3:
                        raise Garbled("not version 3")
                    names = set()
                    while packet.left:
                        names.add(packet.string().decode(errors="replace"))
                        packet.string()
                    return names
        except BaseException:
            self._pipe.close()
            raise

    def _packets(self) -> Iterator[_Packet]:
        while len(self._came) >= 4:
            (size,) = struct.unpack_from(">I", self._came)
            if not 5 <= size <= _MAX_PACKET:
                text = bytes(self._came[:80]).decode("ascii", errors="replace")
                is_text = self._came[:4].isascii() and text[:4].isprintable()
                raise Garbled(f"it says: {' '.join(text.split())}" if is_text else "a packet of an impossible size")
            if len(self._came) < 4 + size:
                return
            packet = bytes(self._came[4 : 4 + size])
            del self._came[: 4 + size]
            yield _Packet(packet)


def _answer(packet: _Packet, kind: int, request: Request) -> Any:
    """None for a status that says that all is well."""
    if kind == _STATUS:
        code = packet.u32()
        if code != _OK:
            return Failed(code, packet.string().decode(errors="replace") if packet.left else "")
        if request.answer == _STATUS:
            return None
    if kind != request.answer:
        raise Garbled("an answer of another kind than was asked for")
    if kind == _HANDLE:
        handle = packet.string()
        if len(handle) > _MAX_HANDLE:
            raise Garbled("a handle that is too long")
        return handle
    if kind == _DATA:
        return packet.string()
    if kind == _ATTRIBUTES:
        return packet.attributes()
    if kind == _NAMES:
        return [packet.entry() for _ in range(packet.u32())]  # each takes bytes, so a large count ends the packet
    _, block, _, _, free, _, _, _, _, flags, _ = (packet.u64() for _ in range(11))
    return Space(block * free, bool(flags & 1))


class _Packet:
    """Bytes that are read from the front. Raises Garbled where there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise Garbled("a packet that is too short")
        self._at += size
        return self._data[self._at - size : self._at]

    def byte(self) -> int:
        return self.take(1)[0]

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "big")

    def string(self) -> bytes:
        return self.take(self.u32())

    def entry(self) -> tuple[str, Attributes]:
        name = self.string().decode(errors="replace")
        self.string()  # the same as `ls -l` would show it
        return name, self.attributes()

    def attributes(self) -> Attributes:
        flags = self.u32()
        if not flags & 0x1:
            raise Garbled("a file without a size")
        size = self.u64()
        if flags & 0x2:
            self.take(8)  # whose it is
        mode = self.u32() if flags & 0x4 else None
        modified = int.from_bytes(self.take(8)[4:], "big") if flags & 0x8 else None
        if flags & 0x80000000:
            for _ in range(self.u32()):
                self.string(), self.string()
        return Attributes(size, mode, modified)


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _text(text: str) -> bytes:
    return _string(text.encode(errors="surrogateescape"))
