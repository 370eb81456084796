"""Archives and packed files: what is in them is read, and nothing of them is believed."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from reviewer.errors import BadInput, NotATrajectory
from reviewer.formats import archive, read_trajectories, sources
from reviewer.trajectory import Trajectory

Files = dict[str, bytes]


def chat(command: str) -> bytes:
    call = {"function": {"name": "bash", "arguments": {"command": command}}}
    said = [{"role": "user", "content": "Do it"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    return json.dumps({"messages": said}).encode()


def zipped(files: Files) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files.items():
            file.writestr(name, data)
    return buffer.getvalue()


def patched(data: bytes, **fields: Callable[[str], int]) -> bytes:
    """A zip whose headers say something else of each entry, by its name: of its flags, method, crc or size."""
    places = {"flags": ("<H", 6, 8), "method": ("<H", 8, 10), "crc": ("<L", 14, 16), "size": ("<L", 22, 24)}
    content = bytearray(data)
    archive = zipfile.ZipFile(io.BytesIO(data))
    listed = archive.start_dir
    for info in archive.infolist():
        for field, said in fields.items():
            kind, own, in_directory = places[field]
            for place in (info.header_offset + own, listed + in_directory):
                struct.pack_into(kind, content, place, said(info.filename))
        listed += 46 + len(info.filename.encode()) + len(info.extra) + len(info.comment)
    return bytes(content)


def zstd_zipped(files: Files) -> bytes:
    """A zip packed with Zstandard, which Python itself writes since 3.14."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, data in files.items():
            file.writestr(name, zstd(data))
    return patched(
        buffer.getvalue(),
        method=lambda name: 93,
        crc=lambda name: zlib.crc32(files[name]),
        size=lambda name: len(files[name]),
    )


def tarred(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd,
}
ARCHIVES: dict[str, Callable[[Files], bytes]] = {"zip": zipped, "zst.zip": zstd_zipped, "tar": tarred}
for suffix, pack in PACKERS.items():
    ARCHIVES[f"tar.{suffix}"] = lambda files, pack=pack: pack(tarred(files))  # type: ignore[misc]


def read(folder: Path, name: str, data: bytes, format_name: str | None = None) -> list[Trajectory]:
    path = folder / name
    path.write_bytes(data)
    return list(read_trajectories(path, format_name))


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_members_are_read_as_files_are(tmp_path: Path, suffix: str) -> None:
    files = {
        "README.md": b"hello",
        "a/one.json": chat("one"),
        "two.jsonl": chat("2") + b"\n" + chat("3"),
        ".x": chat(""),
    }
    trajectories = read(tmp_path, f"runs.{suffix}", ARCHIVES[suffix](files))
    assert [(t.source.name, t.source.part, t.steps[0].command) for t in trajectories] == [
        (f"runs.{suffix}/a/one.json", "", "one"),
        (f"runs.{suffix}/two.jsonl", "1", "2"),
        (f"runs.{suffix}/two.jsonl", "2", "3"),
    ]
    (outside,) = read(tmp_path, "one.json", files["a/one.json"])
    assert (trajectories[0].source.sha256, trajectories[0].id) == (outside.source.sha256, outside.id)


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_packed_file_is_that_file(tmp_path: Path, suffix: str) -> None:
    (inside,) = read(tmp_path, f"one.json.{suffix}", PACKERS[suffix](chat("one")))
    (outside,) = read(tmp_path, "one.json", chat("one"))
    assert inside.id == outside.id
    assert inside.source.name == f"one.json.{suffix}/one.json"
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read(tmp_path, f"cut.{suffix}", PACKERS[suffix](chat("one"))[:-9])
    two = PACKERS[suffix](chat("1") + b"\n") + PACKERS[suffix](chat("2"))  # in two pieces
    assert [t.steps[0].command for t in read(tmp_path, f"two.{suffix}", two)] == ["1", "2"]


def test_an_archive_in_an_archive_is_read_and_one_in_that_is_not(tmp_path: Path) -> None:
    inner = zipped({"a.json": chat("inner"), "deep.zip": zipped({"b.json": chat("deep")})})
    outer = tarred({"x/inner.zip": inner, "x/c.json.gz": gzip.compress(chat("packed"))})
    found = read(tmp_path, "outer.tar.gz", gzip.compress(outer))
    assert [(t.source.name, t.steps[0].command) for t in found] == [
        ("outer.tar.gz/x/inner.zip/a.json", "inner"),
        ("outer.tar.gz/x/c.json", "packed"),
    ]


@pytest.mark.parametrize("suffix", ["zip", "tar"])
@pytest.mark.parametrize("name", ["../../evil.json", "/etc/evil.json", "a\\..\\evil.json", "a/../../evil.json"])
def test_names_never_touch_the_disk(tmp_path: Path, suffix: str, name: str) -> None:
    before = set(tmp_path.rglob("*"))
    (trajectory,) = read(tmp_path, f"x.{suffix}", ARCHIVES[suffix]({name: chat("one")}))
    assert trajectory.source.name.endswith("evil.json")
    assert ".." not in trajectory.source.name
    assert {path.name for path in tmp_path.rglob("*")} - {path.name for path in before} == {f"x.{suffix}"}


def test_what_is_unpacked_is_gone_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    path = tmp_path / "x.zip"
    path.write_bytes(zipped({"a.json": chat("a"), "b.json": chat("b")}))
    given = sources(path)
    next(given)
    assert list((tmp_path / "temp").iterdir())
    given.close()  # type: ignore[attr-defined]
    assert not list((tmp_path / "temp").iterdir())


def test_links_and_devices_are_passed_over(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as file:
        for kind, name in (
            (tarfile.SYMTYPE, "link.json"),
            (tarfile.FIFOTYPE, "pipe.json"),
            (tarfile.LNKTYPE, "hard.json"),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            file.addfile(info)
        info = tarfile.TarInfo("a.json")
        info.size = len(chat("a"))
        file.addfile(info, io.BytesIO(chat("a")))
    assert [t.steps[0].command for t in read(tmp_path, "x.tar", buffer.getvalue())] == ["a"]


@pytest.mark.parametrize("suffix", ["zip", "zst.zip", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"])
def test_bombs_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr(archive, "FREELY", 1 << 20)
    with pytest.raises(BadInput, match=rf"^x.{suffix}: unpacks to far more than its size"):
        read(tmp_path, f"x.{suffix}", ARCHIVES[suffix]({"a.json": b" " * (8 << 20)}))
    monkeypatch.setattr(archive, "MOST_MEMBERS", 5)
    with pytest.raises(BadInput, match="more than 5 files"):
        read(tmp_path, f"x.{suffix}", ARCHIVES[suffix]({f"{number}": b"" for number in range(9)}))


def test_encrypted_archives_are_refused(tmp_path: Path) -> None:
    files = {"a.json": chat("a"), "b.json": chat("b")}
    for secret in ({"a.json", "b.json"}, {"b.json"}):
        data = patched(zipped(files), flags=lambda name, secret=secret: int(name in secret))  # type: ignore[misc]
        with pytest.raises(BadInput, match=r"^x.zip: has encrypted files in it; unpack it by hand$"):
            read(tmp_path, "x.zip", data)


def test_a_wrong_checksum_is_damage(tmp_path: Path) -> None:
    for pack in (zipped, zstd_zipped):
        with pytest.raises(BadInput, match=r"^x.zip: cannot be unpacked: .*(checksum|CRC)"):
            read(tmp_path, "x.zip", patched(pack({"a.json": chat("a")}), crc=lambda name: 1))


def test_memory_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMORY", 1 << 20)  # less than xz asks for by default
    with pytest.raises(BadInput, match="cannot be unpacked"):
        read(tmp_path, "a.json.xz", lzma.compress(chat("a")))


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_damaged_archives_say_so_in_one_line(tmp_path: Path, suffix: str) -> None:
    data = ARCHIVES[suffix]({f"{number}.json": chat(str(number) * 500) for number in range(30)})
    for damaged in (data[: len(data) // 2], data[:-1], data[:40] + b"\xff" * 60 + data[100:]):
        try:
            read(tmp_path, f"x.{suffix}", damaged)
        except BadInput as error:
            assert str(error).startswith(f"x.{suffix}")
            assert "\n" not in str(error)


def test_errors_name_the_member(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"^x.zip/a/b_c.json: line 1 column"):
        read(tmp_path, "x.zip", zipped({"a/b\nc.json": chat("a")[:-5]}))
    with pytest.raises(NotATrajectory, match=r"^x.zip/a.txt: not a trajectory"):
        read(tmp_path, "x.zip", zipped({"a.txt": b"hello"}))


def test_a_format_may_be_named(tmp_path: Path) -> None:
    assert len(read(tmp_path, "x.zip", zipped({"a.json": chat("a")}), "openai-chat")) == 1
    with pytest.raises(BadInput):
        read(tmp_path, "x.zip", zipped({"a.json": chat("a")}), "atif")


def test_folders_and_siblings_are_found_in_archives(tmp_path: Path) -> None:
    head = b"Script started on 2026-01-01 00:00:00+00:00\n"
    atif = {"schema_version": "ATIF-v1.6", "steps": [{"source": "agent", "message": "So."}]}
    files = {
        "runs/t1/agent/trajectory.json": json.dumps(atif).encode(),
        "runs/t1/result.json": b'{"task_name": "t1"}',
        "other/log": head + b"u@h:/w$ ls\r\na\r\n",
        "other/log.timing": b"1.0 13\n2.0 4\n",
    }
    for file, data in files.items():
        (tmp_path / "out" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / file).write_bytes(data)
    for suffix in ("zip", "tar.gz"):
        trial, log = read(tmp_path, f"x.{suffix}", ARCHIVES[suffix](files))
        assert (trial.source.format, trial.source.name, trial.task.id) == ("harbor", f"x.{suffix}/runs/t1", "t1")
        assert [trial.id] == [t.id for t in read_trajectories(tmp_path / "out" / "runs" / "t1")]
        assert log.steps[0].started_at == "2026-01-01T00:00:01Z"
        assert [log.id] == [t.id for t in read_trajectories(tmp_path / "out" / "other" / "log")]
