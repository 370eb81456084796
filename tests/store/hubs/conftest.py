"""Every kind of hub, as the conformance suite sees it. A new kind is one more entry in `KINDS`."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Protocol

import obstore
import psycopg
import pytest
from obstore.store import S3Store

from bench.link import Sshd
from store.hubs import Hub, open_hub
from tests.postgres import LEAD, NoServer, a_server, make_lead, url
from tests.programs import skip
from tests.s3 import S3Server
from tests.sshd import an_sshd
from tests.store.hubs import frozen


class Place(Protocol):
    """Where a hub of one kind is."""

    url: str

    def open(self) -> Hub:
        """The hub, opened by one more program."""

    def damage(self, name: str, data: bytes) -> None:
        """What a failing disk or a sync program does: put other bytes where an object is."""


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root, self.url = root, str(root)

    def open(self) -> Hub:
        return open_hub(self.url)

    def damage(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def folder(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "hub").mkdir()
    yield FolderPlace(tmp_path / "hub")


class PostgresPlace:
    """A hub in a database of its own, and its lead."""

    def __init__(self, admin: str, lead: str) -> None:
        self.admin, self.lead, self.url = admin, lead, lead

    def open(self) -> Hub:
        return open_hub(self.lead)

    def thaw(self, schema: str) -> str:
        """Make the hub as an older version left it. Returns the URL of the reviewer in it."""
        with psycopg.connect(self.admin) as db:
            db.execute(f"CREATE ROLE errata_{frozen.REVIEWER} LOGIN PASSWORD 'secret'")
            db.execute(frozen.dump(schema).encode())
        return self.lead.replace(LEAD, f"errata_{frozen.REVIEWER}")

    def damage(self, name: str, data: bytes) -> None:
        with psycopg.connect(self.admin, autocommit=True) as db:
            db.execute("ALTER TABLE errata.object DROP CONSTRAINT IF EXISTS object_data_check")
            put = "INSERT INTO errata.object (name, data) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET data = %s"
            db.execute(put, (name, data, data))


class SshPlace(FolderPlace):
    """The same folder, through an sshd."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.url = ssh_url(root)

    def damage(self, name: str, data: bytes) -> None:
        path = self.root / name
        before = path.stat().st_mtime if path.exists() else 0
        super().damage(name, data)
        os.utime(path, (before + 1, before + 1))  # what SFTP tells of times is whole seconds


@cache
def an_sshd_for_all() -> Sshd:
    """One sshd for all tests of this process."""
    sshd = an_sshd()
    atexit.register(sshd.close)
    return sshd


def ssh_url(root: Path, place: str = "hub") -> str:
    return f"ssh://{place}{root.as_uri().removeprefix('file://')}"


def ssh(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "hub").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ERRATA_SSH", f"ssh -F {an_sshd_for_all().config}")
        yield SshPlace(tmp_path / "hub")


class S3Place:
    """A bucket that is empty."""

    def __init__(self, server: S3Server, bucket: str) -> None:
        self.server, self.bucket = server, bucket
        self.url = f"s3://{bucket}/the%20hub?endpoint={server.endpoint}"

    def open(self) -> Hub:
        return open_hub(self.url)

    def damage(self, name: str, data: bytes) -> None:
        store = S3Store(self.bucket, endpoint=self.server.endpoint, client_options={"allow_http": True})
        obstore.put(store, f"the hub/{name}", data)


@cache
def an_s3_server_for_all() -> S3Server:
    """One server for all tests of this process."""
    server = S3Server()
    atexit.register(server.close)
    return server


def s3(_: Path) -> Iterator[S3Place]:
    server = an_s3_server_for_all()
    server.empty()
    server.make_bucket("team")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield S3Place(server, "team")


@cache
def a_server_for_all() -> tuple[str, str]:
    """One server for all tests of this process."""
    server = ExitStack()
    atexit.register(server.close)
    try:
        return server.enter_context(a_server())
    except NoServer as error:
        skip(str(error))


def postgres(_: Path) -> Iterator[PostgresPlace]:
    folder, admin = a_server_for_all()
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS errata CASCADE")
        for (role,) in db.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'errata_%'").fetchall():
            db.execute(f'DROP OWNED BY "{role}"; DROP ROLE "{role}"')
    make_lead(admin)
    yield PostgresPlace(admin, url(folder, LEAD, "secret"))


KINDS: dict[str, Callable[[Path], Iterator[Place]]] = {"folder": folder, "postgres": postgres, "s3": s3, "ssh": ssh}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from KINDS[request.param](tmp_path)


@pytest.fixture
def hub(place: Place) -> Iterator[Hub]:
    opened = place.open()
    opened.start()
    yield opened
    opened.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "a hub 100%"
    folder.mkdir()
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    with a_small_disk(tmp_path / "disk") as place:
        yield place


@contextmanager
def a_small_disk(place: Path) -> Iterator[Path]:
    """A file system of one megabyte, for the time being. Skips where none can be had."""
    place.mkdir()
    mount = shutil.which("mount")
    if os.geteuid() != 0 or not mount:
        pytest.skip("only the super-user can mount a small file system")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


@pytest.fixture
def sshd(monkeypatch: pytest.MonkeyPatch) -> Sshd:
    server = an_sshd_for_all()
    monkeypatch.setenv("ERRATA_SSH", f"ssh -F {server.config}")
    return server


@pytest.fixture
def own_sshd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Sshd]]:
    """An sshd with these lines in its configuration."""
    servers = []

    def make(settings: str) -> Sshd:
        server = an_sshd(settings)
        servers.append(server)
        monkeypatch.setenv("ERRATA_SSH", f"ssh -F {server.config}")
        return server

    yield make
    for server in servers:
        server.close()


def litter(root: Path) -> None:
    """Put beside the objects of outbox/rev-03, in a folder that is a hub, what has the name of one and is none."""
    box = root / "outbox" / "rev-03"
    (box / ("b" * 64 + ".segment")).mkdir()
    (box / ("c" * 64 + ".segment")).symlink_to("/etc/passwd")
    os.mkfifo(box / ("d" * 64 + ".segment"))
    (root / "outbox" / "file").write_bytes(b"?")
    (root / "outbox" / ".stfolder").mkdir()
