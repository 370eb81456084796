"""Segments: the unit of sync. A batch of what one author wrote, as exact bytes, signed, named by their SHA-256.

A segment's bytes, in this order:

    errata segment 1\n      what it is, and the version of this form
    32 bytes                the public key of the device that wrote it
    64 bytes                its Ed25519 signature over the first line and the rest
    the rest                one Zstandard frame: a header, then `count` lines, each ended by a newline

The header is a line of JSON: v, kind ("events" or "notices"), author, box (where the segment belongs), writer (the
device), prev (the name of the writer's segment before in that box; None for its first) and count. Nothing in it is
counted up from one segment to the next: a device that is restored from a backup could count the same twice.
`prev` makes gaps, removed files and restored copies visible all the same.

The signature is checked before anything is unpacked or parsed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from reviewer.errors import ErrataError
from store.hubs.hub import MAX_OBJECT, split_name
from store.sync.keys import KEY_BYTES, SIGNATURE_BYTES, DeviceKey, is_signed, short_key

VERSION = 1
_FORM = b"errata segment "
_FIRST_LINE = _FORM + b"1\n"
_BODY = len(_FIRST_LINE) + KEY_BYTES + SIGNATURE_BYTES

MAX_LINES = 200
"""How many lines a segment is cut with: to take it in keeps no key waiting for longer than anyone notices. One with
more is read all the same."""

MAX_BYTES = MAX_OBJECT // 2
"""How many bytes of lines a segment is cut with, so that even what cannot be compressed fits."""

_MAX_UNPACKED = 8 * MAX_OBJECT
_MAX_WINDOW = 1 << 23
"""Bounds on what unpacking takes: a frame of some bytes could unpack to gigabytes, or ask for a window of them."""

Kind = Literal["events", "notices"]

Reason = Literal["damaged", "sealed", "unknown key", "revoked key", "forged", "misplaced", "too large", "newer"]

WAITING = ("unknown key", "sealed")
"""Reasons that are nobody's fault: a device is to be trusted first."""


class Refused(ErrataError):
    """A segment that is not taken in. reason: for programs; the message says it to people."""

    def __init__(self, reason: Reason, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.key = key


@dataclass(frozen=True)
class Segment:
    """A segment as read. key: the public key that signed it, in hex. lines: without their newlines."""

    name: str
    kind: str
    author: str
    box: str
    writer: str
    prev: str | None
    key: str
    lines: tuple[bytes, ...]


def sign_segment(
    key: DeviceKey, kind: Kind, author: str, box: str, writer: str, prev: str | None, lines: Sequence[bytes]
) -> tuple[str, bytes]:
    """A segment's name and bytes."""
    header = {
        "v": VERSION,
        "kind": kind,
        "author": author,
        "box": box,
        "writer": writer,
        "prev": prev,
        "count": len(lines),
    }
    text = b"".join(line + b"\n" for line in (json.dumps(header).encode(), *lines))
    frame = ZstdCompressor(level=9, write_checksum=True).compress(text)
    data = _FIRST_LINE + bytes.fromhex(key.public) + key.sign(_FIRST_LINE + frame) + frame
    return f"{box}/{hashlib.sha256(data).hexdigest()}.segment", data


def open_segment(
    name: str, data: bytes, author: str | None, keys: Collection[str], revoked: Collection[str] = ()
) -> Segment:
    """The segment in these bytes, which stood under `name`, if `author` (None: whoever) wrote it: with one of `keys`.

    Raises Refused.
    """
    box, sha256, _ = split_name(name)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise Refused("damaged", "its bytes are not those it was named by")
    if not data.startswith(_FIRST_LINE) or len(data) <= _BODY:
        if data.startswith(_FORM):
            raise Refused("newer", "made by a newer Errata; update to read it")
        raise Refused("forged", "not a segment")
    rest = data[len(_FIRST_LINE) :]
    public, signature, frame = rest[:KEY_BYTES], rest[KEY_BYTES : KEY_BYTES + SIGNATURE_BYTES], data[_BODY:]
    key = public.hex()
    if key in revoked:
        raise Refused("revoked key", f"signed with key {short_key(key)} of {author}, which was revoked", key)
    if key not in keys:
        raise Refused("unknown key", f"signed with key {short_key(key)}, which is not known as one of {author}", key)
    if not is_signed(public, _FIRST_LINE + frame, signature):
        raise Refused("forged", f"its signature is not one of {author}", key)
    try:
        line, *lines = unpack_bounded(frame, _MAX_UNPACKED).removesuffix(b"\n").split(b"\n")
        if msgspec.json.decode(line, type=_Version).v > VERSION:
            raise Refused("newer", "made by a newer Errata; update to read it", key)
        header = msgspec.json.decode(line, type=_Header)
    except (ZstdError, ValueError, RecursionError) as error:
        raise Refused("forged", f"it cannot be unpacked: {error}", key) from error
    if header.count != len(lines):
        raise Refused("forged", f"it holds {len(lines)} lines, and its header says {header.count}", key)
    if header.box != box:
        raise Refused("misplaced", f"it belongs in {header.box}", key)
    if author is not None and header.author != author:
        raise Refused("misplaced", f"it is of {header.author}, not of {author}", key)
    return Segment(name, header.kind, header.author, box, header.writer, header.prev, key, tuple(lines))


def lines_of(data: bytes) -> list[bytes]:
    """The lines of a segment that was signed or opened here before."""
    _, *lines = unpack_bounded(data[_BODY:], _MAX_UNPACKED).removesuffix(b"\n").split(b"\n")
    return lines


def introduce(name: str, data: bytes) -> Segment:
    """A segment that nobody vouches for but its own signature: how a lead who is not known yet is met.

    Raises Refused.
    """
    key = data[len(_FIRST_LINE) : len(_FIRST_LINE) + KEY_BYTES].hex()
    return open_segment(name, data, None, {key})


class _Version(msgspec.Struct):
    v: int


class _Header(_Version):
    kind: str
    author: str
    box: str
    writer: str
    prev: str | None
    count: int


def unpack_bounded(frame: bytes, most: int) -> bytes:
    """What a Zstandard frame holds. Raises Refused when that is more than `most` bytes, ZstdError for damage."""
    reader = ZstdDecompressor(max_window_size=_MAX_WINDOW).stream_reader(frame)
    text = reader.read(most + 1)
    if len(text) > most:
        raise Refused("too large", f"it unpacks to more than {most >> 20} MiB")
    return text
