"""Events: the only thing ever written about a review.

An event says: this author, on this device, set this subject to this value, or withdrew it (value None). Events are
kept as exact bytes, never changed, never deleted; only what one says can be redacted (store/redaction.py).
`supersedes` names the events it replaces; the events that nothing supersedes are the heads, and the heads are the
state (reviewer/review.py). No clock decides anything.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec

from reviewer.annotation import AnyValue, parse_value
from reviewer.errors import ErrataError

VERSION = 1
"""The version of the event's envelope. An event of a newer version is kept and forwarded, not read."""

_Number = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
"""What an event's numbers may be: SQLite can keep them, and a clock far ahead leaves room to count on."""

WHOLE = 0
"""The step of a subject that is about the whole trajectory."""


class Subject(NamedTuple):
    """The register an event writes. It starts with its author: no two people ever write the same one.

    slot: which of several. A rating's option ("agent" or a suggestion's slot), a mistake's, suggestion's or comment's
    own random slot, an answer's question id, a hint's rule; "" where there is only one.
    """

    author: str
    trajectory: str
    step: _Number
    kind: str
    slot: str = ""


@dataclass(frozen=True)
class Event:
    """One event, and the exact bytes it came in (or will be kept in).

    id: UUIDv7. time: hybrid logical clock, milliseconds since 1970 << 16 | counter, for display order only.
    command_sha256: anchors the subject's step, None for the whole. rubric: the version it was made under.
    undoes: the event this one takes back (to undo an undo is to redo).
    seen_through: the last step whose output had been shown when it was made; None when it does not apply.
    active_ms: active time since the author's previous event, idle time cut off.
    """

    id: str
    author: str
    device: str
    time: int
    subject: Subject
    value: dict[str, Any] | None
    supersedes: tuple[str, ...] = ()
    command_sha256: str | None = None
    rubric: str = ""
    undoes: str | None = None
    seen_through: int | None = None
    active_ms: int = 0
    raw: bytes = field(default=b"", compare=False, repr=False)

    @property
    def at(self) -> float:
        """Seconds since 1970, by the device's clock."""
        return (self.time >> 16) / 1000

    @property
    def annotation(self) -> AnyValue | None:
        """The value as an annotation; None when it was withdrawn, or when this version cannot read it."""
        if self.value is None or self.value.get("kind") != self.subject.kind:
            return None
        try:
            return parse_value(self.value)
        except ErrataError:
            return None

    def emptied(self) -> Event:
        """The event without what it says: what stays of one that was redacted, the same bytes for everybody."""
        return decode(replace(self, value=None, raw=b"").encode())

    def encode(self) -> bytes:
        """The event as one line of JSON without its newline."""
        if self.raw:
            return self.raw
        body = {"v": VERSION, **{name: getattr(self, name) for name in _FIELDS}}
        body["subject"] = list(self.subject)
        return _dump(body).encode("utf-8", "replace")


_dump = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
_dump_finite = json.JSONEncoder(allow_nan=False).encode

_FIELDS = (
    "id", "author", "device", "time", "subject", "value", "supersedes", "command_sha256", "rubric", "undoes",
    "seen_through", "active_ms",
)  # fmt: skip


@dataclass(frozen=True)
class Newer:
    """An event whose envelope is of a newer version: kept and forwarded, not read.

    `v`, `id` and `author` are what every version has.
    """

    id: str
    author: str
    version: int
    raw: bytes = field(repr=False)


def read(raw: bytes) -> Event | Newer:
    """The event in these bytes. Raises ErrataError when they are none."""
    try:
        line = _read_line(raw)  # strict: no bytes that are not UTF-8, no lone surrogates
    except (ValueError, RecursionError) as error:
        if newer := _newer(raw):
            return newer
        message = f"not an event: {error}"
        raise ErrataError(message) from error
    if line.v > VERSION:
        return Newer(line.id, line.author, line.v, raw)
    if line.subject.author != line.author:
        message = f"event {line.id} of {line.author} writes a subject of {line.subject.author}"
        raise ErrataError(message)
    return Event(
        line.id, line.author, line.device, line.time, line.subject, line.value, line.supersedes,
        line.command_sha256, line.rubric, line.undoes, line.seen_through, line.active_ms, raw,
    )  # fmt: skip


def decode(raw: bytes) -> Event:
    """The event in these bytes. Raises ErrataError when they are not an event of this version or an older one."""
    event = read(raw)
    if isinstance(event, Newer):
        message = f"an event of version {event.version}; this program reads up to {VERSION}"
        raise ErrataError(message)
    return event


class _Envelope(msgspec.Struct):
    """What every version of an event has."""

    v: int
    id: str
    author: str


class _Line(_Envelope, kw_only=True):
    """An event as bytes: msgspec checks while it reads that all is as an Event has it, and passes over the rest."""

    device: str
    time: _Number
    subject: Subject
    value: dict[str, Any] | None
    supersedes: tuple[str, ...]
    command_sha256: str | None = None
    rubric: str = ""
    undoes: str | None = None
    seen_through: _Number | None = None
    active_ms: _Number = 0


_decode_line = msgspec.json.Decoder(_Line).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode

_PLAIN = 1000
"""Bytes in which no value can be nested too deep, or hold too long a number, to be written again."""


def _read_line(raw: bytes) -> _Line:
    line: _Line = _decode_line(raw)
    if len(raw) > _PLAIN:
        _dump_finite(line.value)
    return line


def _newer(raw: bytes) -> Newer | None:
    """What these bytes are, if all that is known of them is that they are of a newer version."""
    try:
        envelope: _Envelope = _decode_envelope(raw)
    except (ValueError, RecursionError):
        return None
    return Newer(envelope.id, envelope.author, envelope.v, raw) if envelope.v > VERSION else None


def new_event_id() -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits. Nothing in it is ever counted up."""
    value = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=value))


def new_slot() -> str:
    """A random slot for one more mistake, suggestion or comment."""
    return secrets.token_hex(4)


def next_time(last: int) -> int:
    """The hybrid logical clock's next reading, later than `last` even when the wall clock went back."""
    return max(time.time_ns() // 1_000_000 << 16, last + 1)
