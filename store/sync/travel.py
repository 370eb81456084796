"""How a trajectory travels: its canonical JSON, cut into parts that are named by their content and compressed.

A line that drops costs at most the part that was on its way. A part's name is the hash of what it unpacks to, not of
its bytes: it can be made again from the store at any time, whatever the compressing library's version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from zstandard import ZstdCompressor, ZstdError

from reviewer.errors import ErrataError
from reviewer.trajectory import SHORT_ID, Trajectory
from store.sync.segment import Refused, unpack_bounded

PART = 4 << 20
"""Bytes of JSON in a part; compressed, it fits into a hub's object even when nothing in it can be compressed."""

MAX_PARTS = 512


def part_hashes(trajectory: Trajectory) -> list[str]:
    """The names of a trajectory's parts, in order. Raises ErrataError for one too large to travel."""
    hashes = [hashlib.sha256(part).hexdigest() for part in _cut(trajectory)]
    if len(hashes) > MAX_PARTS:
        message = f"{trajectory.id[:SHORT_ID]} is too large to share: {len(hashes) * PART >> 20} MiB"
        raise ErrataError(message)
    return hashes


def part_sizes(parts: Sequence[str], size: int) -> dict[str, int]:
    """How many bytes of a trajectory of this size each of its parts holds."""
    return {part: min(PART, max(size - PART * index, 0)) for index, part in enumerate(parts)}


def pack_parts(versions: Iterable[Trajectory], wanted: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Of a trajectory in any of its versions the parts that are wanted, by their hashes: each hash and bytes."""
    compress = ZstdCompressor(level=9, write_checksum=True).compress
    missing = set(wanted)
    for trajectory in versions:
        for part in _cut(trajectory) if missing else ():
            if (sha256 := hashlib.sha256(part).hexdigest()) in missing:
                missing.remove(sha256)
                yield sha256, compress(part)


def check_part(sha256: str, data: bytes) -> None:
    """Raises Refused when these bytes are not the part of this name."""
    _unpack(sha256, data)


def join_parts(id_: str, name: str, parts: Sequence[tuple[str, bytes]]) -> Trajectory:
    """The trajectory that these parts are, each with its hash. name: of the file that it was imported from.

    Raises Refused when they are not the trajectory of this id.
    """
    canonical = b"".join(_unpack(sha256, data) for sha256, data in parts)
    try:
        trajectory = Trajectory.from_canonical(canonical, name)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Refused("newer", f"{id_[:SHORT_ID]} cannot be read; it may be of a newer Errata") from error
    if trajectory.canonical != canonical:
        raise Refused("newer", f"{id_[:SHORT_ID]} has fields of a newer Errata; update to read it")
    if trajectory.id != id_:
        raise Refused("forged", f"what came for {id_[:SHORT_ID]} is another trajectory")
    return trajectory


def _unpack(sha256: str, data: bytes) -> bytes:
    try:
        part = unpack_bounded(data, PART)
    except ZstdError as error:
        raise Refused("damaged", "a part of a trajectory cannot be unpacked") from error
    if hashlib.sha256(part).hexdigest() != sha256:
        raise Refused("damaged", "a part of a trajectory is not what it was named by")
    return part


def _cut(trajectory: Trajectory) -> Iterator[bytes]:
    data = trajectory.canonical
    return (data[at : at + PART] for at in range(0, len(data), PART))
