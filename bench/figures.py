"""Figures out of samples: percentiles, and bytes as a compressed connection carries them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

SSH_LEVEL = 6
"""The level at which OpenSSH compresses."""


def percentile(samples: Sequence[float], percent: float) -> float:
    """The smallest sample that so many percent of the samples do not exceed. Raises ValueError for no samples."""
    if not samples:
        message = "there are no samples"
        raise ValueError(message)
    ordered = sorted(samples)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(int(rank) - 1, 0)]


def median(samples: Sequence[float]) -> float:
    return percentile(samples, 50)


def deflated(pieces: Sequence[bytes], before: bytes = b"") -> list[int]:
    """The bytes that each piece takes on a compressed ssh connection that has carried `before` already.

    ssh has one deflate stream for the whole connection, and flushes it (Z_PARTIAL_FLUSH) after each packet.
    """
    stream = zlib.compressobj(SSH_LEVEL)
    sizes = []
    for piece in (before, *pieces):
        sizes.append(len(stream.compress(piece)) + len(stream.flush(zlib.Z_PARTIAL_FLUSH)))
    return sizes[1:]


def of_bytes(size: float) -> str:
    """A size to read: bytes below 10 kB, then kB, then MB."""
    if size < 10_000:
        return f"{size:.0f} B"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def of_time(seconds: float) -> str:
    """A time to read."""
    if seconds < 0.01:
        return f"{seconds * 1000:.2f} ms"
    return f"{seconds * 1000:.0f} ms" if seconds < 10 else f"{seconds:.1f} s"
