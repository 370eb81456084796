"""Texts and data as they are kept: compressed, and never taken for whole when they are not."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from reviewer.errors import ErrataError


class Damaged(ErrataError):
    """What was kept does not come out as it went in. The cause says how that showed."""


class _Codec(threading.local):
    """Zstandard, made once for each thread: that takes longer than a small page does."""

    def __init__(self) -> None:
        self.compress = ZstdCompressor(write_checksum=True).compress
        self.decompress = ZstdDecompressor().decompress


_codec = _Codec()

_MAGIC = b"\x28\xb5\x2f\xfd"
"""What Zstandard's frames begin with (RFC 8878)."""


def pack_text(text: str) -> bytes:
    return _codec.compress(text.encode("utf-8", "surrogatepass"))


def unpack_text(data: bytes) -> str:
    """The text that was packed. Stores made before the first release may hold some that zlib packed."""
    with _undamaged():
        unpacked = _codec.decompress(data) if data.startswith(_MAGIC) else zlib.decompress(data)
        return unpacked.decode("utf-8", "surrogatepass")


def pack(data: Mapping[str, Any]) -> bytes:
    """JSON data, zlib-compressed: short, and to be read with the tools that everyone has."""
    return zlib.compress(json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii"))


def unpack(data: bytes) -> dict[str, Any]:
    with _undamaged():
        result: dict[str, Any] = json.loads(zlib.decompress(data))
        return result


@contextmanager
def _undamaged() -> Iterator[None]:
    try:
        yield
    except (zlib.error, ZstdError, ValueError, TypeError) as error:
        message = f"a part of the store cannot be read ({error}); `errata verify` says more"
        raise Damaged(message) from error
