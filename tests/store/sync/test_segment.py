"""Segments: what was sealed comes out again; what was tampered with is refused before anything of it is read."""

from __future__ import annotations

import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zstandard import ZstdCompressionParameters, ZstdCompressor

from store.sync.keys import DeviceKey, device_key
from store.sync.segment import Refused, Segment, open_segment, sign_segment

BOX = "outbox/rev-03"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> DeviceKey:
    return device_key(tmp_path_factory.mktemp("a") / "store.db")


@pytest.fixture(scope="module")
def other_key(tmp_path_factory: pytest.TempPathFactory) -> DeviceKey:
    return device_key(tmp_path_factory.mktemp("b") / "store.db")


def sealed(key: DeviceKey, *lines: bytes, author: str = "rev-03", box: str = BOX) -> tuple[str, bytes]:
    return sign_segment(key, "events", author, box, "device-1", None, lines or (b"{}",))


def opened(key: DeviceKey, name: str, data: bytes, author: str = "rev-03") -> Segment:
    return open_segment(name, data, author, {key.public})


def named(data: bytes, box: str = BOX) -> str:
    return f"{box}/{hashlib.sha256(data).hexdigest()}.segment"


def by_hand(key: DeviceKey, frame: bytes) -> tuple[str, bytes]:
    """A well-signed segment with any frame in it."""
    first = b"errata segment 1\n"
    data = first + bytes.fromhex(key.public) + key.sign(first + frame) + frame
    return named(data), data


def frame_of(*lines: bytes, **header: Any) -> bytes:
    fields = {
        "v": 1,
        "kind": "events",
        "author": "rev-03",
        "box": BOX,
        "writer": "d",
        "prev": None,
        "count": len(lines),
    }
    text = b"".join(line + b"\n" for line in (json.dumps(fields | header).encode(), *lines))
    return ZstdCompressor().compress(text)


@given(lines=st.lists(st.binary(max_size=300).filter(lambda line: b"\n" not in line), max_size=20))
def test_what_was_sealed_comes_out_again(key: DeviceKey, lines: list[bytes]) -> None:
    name, data = sign_segment(key, "events", "rev-03", BOX, "device-1", "a/b", lines)
    assert name == named(data)
    segment = opened(key, name, data)
    assert segment == Segment(name, "events", "rev-03", BOX, "device-1", "a/b", key.public, tuple(lines))


def test_the_form_is_pinned(key: DeviceKey) -> None:
    """Other programs, and later versions, read these bytes."""
    name, data = by_hand(key, frame_of(b'{"a":1}', mood="curious"))
    assert opened(key, name, data).lines == (b'{"a":1}',)


def test_another_byte_anywhere_is_refused(key: DeviceKey) -> None:
    name, data = sealed(key, b"x" * 50)
    for at in range(len(data)):
        altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(Refused) as damaged:
            opened(key, name, altered)
        assert damaged.value.reason == "damaged"
        with pytest.raises(Refused) as forged:  # under the name that it should have
            opened(key, named(altered), altered)
        assert forged.value.reason in ("forged", "newer", "unknown key")


@given(cut=st.integers(0, 250), more=st.binary(max_size=4))
def test_a_torn_or_lengthened_segment_is_refused(key: DeviceKey, cut: int, more: bytes) -> None:
    _, data = sealed(key)
    torn = data[: min(cut, len(data) - 1)] + more
    if torn != data:
        with pytest.raises(Refused):
            opened(key, named(torn), torn)


def test_a_key_that_is_not_the_authors(key: DeviceKey, other_key: DeviceKey) -> None:
    name, data = sealed(other_key)
    with pytest.raises(Refused) as refused:
        opened(key, name, data)
    assert (refused.value.reason, refused.value.key) == ("unknown key", other_key.public)
    with pytest.raises(Refused) as refused:
        open_segment(name, data, "rev-03", {key.public, other_key.public}, revoked={other_key.public})
    assert refused.value.reason == "revoked key"


def test_a_segment_is_read_in_its_own_box_only(key: DeviceKey) -> None:
    """Or what was said of one could be made to count for another."""
    _, data = sealed(key)
    for box, author in [("outbox/rev-04", "rev-04"), ("inbox/rev-03", "rev-03"), ("team", "rev-03")]:
        with pytest.raises(Refused) as refused:
            opened(key, named(data, box), data, author)
        assert refused.value.reason == "misplaced"


def test_a_segment_of_somebody_else_in_the_right_box(key: DeviceKey) -> None:
    name, data = sealed(key, author="rev-04")
    with pytest.raises(Refused, match="it is of rev-04, not of rev-03"):
        opened(key, name, data)


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"v": 2}, "newer"),
        ({"v": 2, "count": None, "box": None}, "newer"),
        ({"v": "1"}, "forged"),
        ({"count": 7}, "forged"),
        ({"prev": 3}, "forged"),
        ({"author": None}, "forged"),
    ],
    ids=str,
)
def test_a_header_that_is_wrong(key: DeviceKey, header: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(key, *by_hand(key, frame_of(**header)))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"[]\n", b"{}\n", b'{"v":1}\n', b"\xff\n", b"[" * 100_000], ids=lambda text: str(text[:9])
)
def test_what_is_signed_and_yet_no_segment(key: DeviceKey, text: bytes) -> None:
    with pytest.raises(Refused):
        opened(key, *by_hand(key, ZstdCompressor().compress(text)))


def test_a_newer_form_is_left_for_a_newer_program(key: DeviceKey) -> None:
    data = b"errata segment 2\n" + bytes(300)
    with pytest.raises(Refused) as refused:
        opened(key, named(data), data)
    assert refused.value.reason == "newer"


@pytest.mark.parametrize("size_is_written", [True, False])
def test_a_bomb_is_refused_before_it_goes_off(key: DeviceKey, size_is_written: bool) -> None:
    """Half a gigabyte of zeros in a frame of some KB."""
    compressor = ZstdCompressor(level=1, write_content_size=size_is_written)
    block = bytes(1 << 20)
    writer = compressor.compressobj(512 << 20 if size_is_written else -1)
    frame = b"".join(writer.compress(block) for _ in range(512)) + writer.flush()
    name, data = by_hand(key, frame)
    tracemalloc.start()
    with pytest.raises(Refused) as refused:
        opened(key, name, data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.reason == "too large"
    assert peak < 200 << 20


def test_a_window_of_gigabytes_is_refused(key: DeviceKey) -> None:
    parameters = ZstdCompressionParameters(window_log=30, enable_ldm=True)
    frame = ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Refused, match="cannot be unpacked"):
        opened(key, *by_hand(key, frame.compress(bytes(1 << 20)) + frame.flush()))


def test_signing_is_imported_only_when_it_is_needed(tmp_path: Path) -> None:
    from tests.programs import run

    assert run("import sys, store, store.sync.segment; print('nacl' in sys.modules)") == "False\n"
