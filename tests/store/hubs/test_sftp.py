"""A server that is slow, hostile or dies."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.link import Line, Sshd
from store.hubs import Hub, HubError, open_hub
from store.hubs.hub import MAX_OBJECT
from tests.programs import start
from tests.store.hubs.conftest import ssh_url
from tests.store.hubs.test_every_hub import an_object, names

BIG = bytes(MAX_OBJECT)


_SERVER = """#!{python}
import sys
for answer in {answers!r}:
    size = int.from_bytes(sys.stdin.buffer.read(4), "big")
    sys.stdin.buffer.read(size)
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
sys.stdin.buffer.read()
"""
"""An "ssh" that answers each packet with the next of these."""


def packet(kind: int, id_: int, body: bytes) -> bytes:
    return (5 + len(body)).to_bytes(4, "big") + bytes([kind]) + id_.to_bytes(4, "big") + body


def status(id_: int, code: int) -> bytes:
    return packet(101, id_, code.to_bytes(4, "big") + bytes(8))


def attributes(id_: int, mode: int, size: int = 0) -> bytes:
    return packet(105, id_, b"\0\0\0\5" + size.to_bytes(8, "big") + mode.to_bytes(4, "big"))


_VERSION = b"\0\0\0\5\2\0\0\0\3"
_FOLDER = attributes(1, 0o40755)
_HANDLE = packet(102, 2, b"\0\0\0\1x")
_OPENED = [_VERSION, _FOLDER, attributes(2, 0o100644, 9), packet(102, 3, b"\0\0\0\1x")]
"""A file of nine bytes, as it says."""


@pytest.fixture
def let_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def say(*answers: bytes) -> None:
        program = tmp_path / "ssh"
        program.write_text(_SERVER.format(python=sys.executable, answers=answers))
        program.chmod(0o755)
        monkeypatch.setenv("ERRATA_SSH", str(program))

    return say


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([b"\xff\xff\xff\xff"], "an impossible size"),
        ([b"\0\0\0\0"], "an impossible size"),
        ([b"Welcome"], "it says: Welcome"),
        ([b"\0\0\0\5\2\0\0\0\2"], "not version 3"),
        ([b"\0\0\0\x09\2\0\0\0\3\0\0\xff\xff"], "too short"),
        ([_VERSION, status(77, 0)], "an answer to nothing"),
        ([_VERSION, status(1, 0)], "of another kind"),
        ([_VERSION, _HANDLE.replace(b"\2", b"\1")], "of another kind"),
        ([_VERSION, packet(105, 1, b"\0\0\0\0")], "without a size"),
        ([_VERSION, packet(105, 1, b"\0\0\0\1\0")], "too short"),
        ([_VERSION, packet(105, 1, b"\x80\0\0\1" + bytes(8) + b"\xff\xff\xff\xff")], "too short"),
        ([_VERSION, _FOLDER, packet(102, 2, b"\0\0\1\1" + bytes(257))], "a handle that is too long"),
        ([_VERSION, _FOLDER, _HANDLE, packet(104, 3, b"\xff\xff\xff\xff")], "too short"),
        ([_VERSION, _FOLDER, _HANDLE, packet(104, 3, b"\0\0\0\1\xff\xff\xff\xff")], "too short"),
        ([_VERSION, _FOLDER, _HANDLE, packet(103, 3, b"\0\0\0\0")], "of another kind"),
    ],
    ids=range(15),
)
def test_a_server_that_does_not_keep_to_the_protocol(
    let_say: Callable[..., None], answers: list[bytes], said: str
) -> None:
    let_say(*answers)
    with pytest.raises(HubError, match=rf"what answers does not speak SFTP \(.*{said}") as refused:
        list(open_hub("ssh://hub/x").list("team"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("data", [b"\0\0\0\x0aten bytes!", b"\0\0\0\0"], ids=["more", "none"])
def test_a_server_that_gives_other_bytes_than_asked_for(let_say: Callable[..., None], data: bytes) -> None:
    let_say(*_OPENED, packet(103, 4, data))
    with pytest.raises(HubError, match=r"does not speak SFTP \(more bytes than asked for, or none\)"):
        open_hub("ssh://hub/x").get(an_object()[0])


def test_a_server_that_gives_a_little_at_a_time(let_say: Callable[..., None]) -> None:
    """Which it may. The file turns out to be shorter than it said, which it may have become."""
    let_say(*_OPENED, packet(103, 4, b"\0\0\0\3one"), packet(103, 5, b"\0\0\0\3two"), status(6, 1))
    assert open_hub("ssh://hub/x").get(an_object()[0]) == b"onetwo"


def test_a_folder_that_has_no_end_of_names(let_say: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.hubs.sftp._MAX_NAMES", 2)
    entry = b"\0\0\0\1a\0\0\0\0" + b"\0\0\0\1" + bytes(8)
    many = [packet(104, id_, b"\0\0\0\1" + entry) for id_ in range(3, 20)]
    let_say(_VERSION, _FOLDER, _HANDLE, *many)
    with pytest.raises(HubError, match="more than 2 names in a folder"):
        list(open_hub("ssh://hub/x").list("team"))


def test_a_server_that_stalls(sshd: Sshd, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.hubs.ssh._PATIENCE", 1.0)
    hub = open_hub(ssh_url(root))
    for pid in descendants(sshd.pid):
        os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.raises(HubError, match="the server does not answer; sync again later"):
            hub.put(*an_object())
        with pytest.raises(HubError, match="the connection broke off"):
            list(hub.list("team"))
    finally:
        for pid in descendants(sshd.pid):
            os.kill(pid, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """The sessions that an sshd serves."""
    pids = []
    for line in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pids += [int(line), *descendants(int(line))]
    return pids


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.fixture
def half_written(sshd: Sshd, root: Path) -> Iterator[tuple[str, Callable[[], bool]]]:
    """A URL through a line on which an object takes long, and whether one is being written."""
    line = Line(sshd.port, rate=1_000_000)

    def is_half_written() -> bool:
        return any(0 < path.stat().st_size < len(BIG) for path in root.glob("outbox/*/.tmp-*"))

    yield ssh_url(root, f"127.0.0.1:{line.port}"), is_half_written
    line.close()


def test_a_server_that_dies_in_the_middle_of_a_put(
    sshd: Sshd, root: Path, half_written: tuple[str, Callable[[], bool]]
) -> None:
    name, data = an_object(BIG)
    slow, is_half_written = half_written
    hub = open_hub(slow)
    said = []

    def put() -> None:
        with pytest.raises(HubError) as refused:
            hub.put(name, data)
        said.append(str(refused.value))

    thread = threading.Thread(target=put)
    thread.start()
    wait_for(is_half_written)
    for pid in descendants(sshd.pid):
        os.kill(pid, signal.SIGKILL)
    thread.join(30)
    assert said and "\n" not in said[0]
    heals(root, name, data)


def test_a_program_that_dies_in_the_middle_of_a_put(
    sshd: Sshd, root: Path, half_written: tuple[str, Callable[[], bool]]
) -> None:
    name, data = an_object(BIG)
    slow, is_half_written = half_written
    code = "import sys; from store.hubs import open_hub; open_hub(sys.argv[1]).put(sys.argv[2], bytes(8 << 20))"
    with start(code, slow, name) as program:
        wait_for(is_half_written)
        program.kill()
    heals(root, name, data)


def heals(root: Path, name: str, data: bytes) -> None:
    """Nothing is there under the name, nothing is listed, and the next put puts it."""
    assert [path.name[:5] for path in (root / "outbox" / "rev-03").iterdir()] == [".tmp-"]
    hub = open_hub(ssh_url(root))
    assert names(hub, "outbox") == set()
    assert hub.get(name) is None
    hub.put(name, data)
    assert hub.get(name) == data


def test_a_round_trip_is_not_paid_for_each_piece(sshd: Sshd, root: Path) -> None:
    """2 MiB are 64 pieces, 6.4 s of round trips."""
    line = Line(sshd.port, delay=0.05)
    hub = open_hub(ssh_url(root, f"127.0.0.1:{line.port}"))
    name, data = an_object(os.urandom(2 << 20))
    times = [time.monotonic()]
    hub.put(name, data)
    times.append(time.monotonic())
    assert hub.get(name) == data
    times.append(time.monotonic())
    assert times[1] - times[0] < 5 and times[2] - times[1] < 5
    line.close()


def test_nothing_runs_on_when_a_hub_is_let_go_of(
    sshd: Sshd, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ssh"
    program.write_text(f'#!/bin/sh\necho $$ >{tmp_path / "pid"}\nexec ssh -F {sshd.config} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("ERRATA_SSH", str(program))
    for let_go in (Hub.close, lambda hub: None):
        hub = open_hub(ssh_url(root))
        hub.start()
        pid = int((tmp_path / "pid").read_text())
        os.kill(pid, 0)
        let_go(hub)
        del hub
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
