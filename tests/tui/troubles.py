"""What can be wrong with a hub, done to a real one, and undone: for the command line and the screens."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from store.sqlite import sqlite3
from tests.postgres import url
from tests.store.hubs.conftest import a_server_for_all
from tests.store.sync.teams import Member, Team


class Trouble(NamedTuple):
    """make: breaks the hub of a member, and mends it. said: what the one line about it must hold."""

    make: Callable[[Team, Member], AbstractContextManager[None]]
    said: str


@contextmanager
def _in_place_of(path: Path, put: Callable[[Path], object]) -> Iterator[None]:
    """Something else stands where a folder is."""
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    put(path)
    try:
        yield
    finally:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        aside.rename(path)


def hub_is(put: Callable[[Path], object]) -> Callable[[Team, Member], AbstractContextManager[None]]:
    return lambda team, member: _in_place_of(team.hub, put)


def box_is(put: Callable[[Path], object]) -> Callable[[Team, Member], AbstractContextManager[None]]:
    return lambda team, member: _in_place_of(team.hub / "outbox" / member.name, put)


def _another_leads(path: Path) -> None:
    other = path.parent / "other"
    other.mkdir()
    made = Team(other)
    made.close()
    made.hub.rename(path)
    shutil.rmtree(other)


def _newer(path: Path) -> None:
    (path / "team").mkdir(parents=True)
    data = b"errata segment 2\n..."
    (path / "team" / f"{hashlib.sha256(data).hexdigest()}.segment").write_bytes(data)


@contextmanager
def _url(member: Member, place: str) -> Iterator[None]:
    before = url_of(member)
    _set_url(member, place)
    try:
        yield
    finally:
        _set_url(member, before)


def url_of(member: Member) -> str:
    """The hub's, as the member's store has it now, whether that is open or not."""
    with closing(sqlite3.connect(member.store.path)) as raw:
        return str(raw.execute("SELECT url FROM hub").fetchone()[0])


def _set_url(member: Member, place: str) -> None:
    with closing(sqlite3.connect(member.store.path, isolation_level=None)) as raw:
        raw.execute("UPDATE hub SET url = ?", (place,))


def at(place: str) -> Callable[[Team, Member], AbstractContextManager[None]]:
    return lambda team, member: _url(member, place)


@contextmanager
def _small_disk(team: Team, member: Member, how: str) -> Iterator[None]:
    """The hub is on a disk of its own, which is full or read-only."""
    mount = shutil.which("mount")
    aside = team.hub.with_name("aside")
    shutil.copytree(team.hub, aside)
    options = ["-t", "tmpfs", "-o", "size=256k", "tmpfs", str(team.hub)]
    if os.geteuid() or not mount or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("only the super-user can mount a small file system")
    try:
        shutil.copytree(aside, team.hub, dirs_exist_ok=True)
        if how == "full":
            with suppress(OSError), (team.hub / "ballast").open("wb", buffering=0) as file:
                while file.write(bytes(4096)):
                    continue
        else:
            subprocess.run([mount, "-o", "remount,ro", team.hub], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", team.hub], check=True)
        shutil.rmtree(aside)


def disk_is(how: str) -> Callable[[Team, Member], AbstractContextManager[None]]:
    return lambda team, member: _small_disk(team, member, how)


@contextmanager
def _a_real_server(team: Team, member: Member, user: str, password: str, database: str) -> Iterator[None]:
    folder, admin = a_server_for_all()
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS errata CASCADE")
    with _url(member, url(folder, user, password).replace("/postgres?", f"/{database}?")):
        yield


def server(user: str, password: str, database: str = "postgres") -> Callable[..., AbstractContextManager[None]]:
    return lambda team, member: _a_real_server(team, member, user, password, database)


@contextmanager
def _no_postgres(team: Team, member: Member) -> Iterator[None]:
    """A server that speaks something else."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(100)
                    caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        with _url(member, f"postgresql://bob:hush@127.0.0.1:{listening.getsockname()[1]}/x"):
            yield
        listening.shutdown(socket.SHUT_RDWR)


TROUBLES: dict[str, Trouble] = {
    "no folder": Trouble(hub_is(lambda path: None), "there is no such folder; mount its disk, or"),
    "a file": Trouble(hub_is(Path.touch), "this is not a folder"),
    "a pipe": Trouble(hub_is(os.mkfifo), "this is not a folder"),
    "an empty folder": Trouble(hub_is(Path.mkdir), "it is empty; is it the right one, and is its disk mounted?"),
    "another lead's": Trouble(hub_is(_another_leads), "this is the hub of another lead"),
    "a newer version's": Trouble(hub_is(_newer), "this is the hub of another lead, or of nobody you know"),
    "a box that is a file": Trouble(box_is(Path.touch), "outbox/alice is not a folder; remove it"),
    "a box that is a pipe": Trouble(box_is(os.mkfifo), "outbox/alice is not a folder; remove it"),
    "a box that is a link": Trouble(
        box_is(lambda path: path.symlink_to("/tmp")), "outbox/alice is not a folder; remove it"
    ),
    "a box that is a dead link": Trouble(
        box_is(lambda path: path.symlink_to("/nowhere/at/all")), "outbox/alice is not a folder; remove it"
    ),
    "a full disk": Trouble(disk_is("full"), "the disk is full: outbox/alice/"),
    "a read-only disk": Trouble(disk_is("read-only"), "the disk is read-only: outbox/alice/"),
    "no kind of hub": Trouble(at("gopher://host/hub"), "no kind of hub begins with gopher:"),
    "a refused connection": Trouble(at("postgresql://bob:hush@127.0.0.1:1/x"), "Connection refused"),
    "an unknown host": Trouble(at("postgresql://bob:hush@nowhere.invalid/x"), "nowhere.invalid"),
    "no PostgreSQL": Trouble(_no_postgres, "postgresql://bob@127.0.0.1:"),
    "a wrong password": Trouble(server("postgres", "hush"), "password authentication failed"),
    "an unknown user": Trouble(server("nobody", "hush"), "password authentication failed"),
    "no such database": Trouble(server("postgres", "secret", "nothing"), 'database "nothing" does not exist'),
    "a database that is no hub": Trouble(server("postgres", "secret"), "it is empty; is it the right one"),
}
