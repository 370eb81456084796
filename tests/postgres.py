"""A real PostgreSQL server, started for the tests and the bench: no service, no container. For root, it runs as
somebody else.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import psycopg

LEAD = "errata_lead"


def url(folder: str, user: str, password: str) -> str:
    """How a role reaches the server, through the socket in its folder."""
    return f"postgresql://{user}:{password}@/postgres?host={quote(folder, safe='')}"


def make_lead(admin: str) -> None:
    """A role as a lead needs one, with the password "secret"; the rights are those that docs/reviewing.md names."""
    with psycopg.connect(admin, autocommit=True) as db:
        db.execute(f"CREATE ROLE {LEAD} LOGIN CREATEROLE PASSWORD 'secret'")
        db.execute(f"GRANT CREATE ON DATABASE postgres TO {LEAD}")


class NoServer(Exception):
    """PostgreSQL's server is not installed."""


@contextmanager
def a_server(
    *settings: str, port: int = 0, files: Mapping[str, bytes] = MappingProxyType({}), durable: bool = False
) -> Iterator[tuple[str, str]]:
    """A server's folder, and the URL of its super-user. Raises NoServer.

    settings: more of its settings. port: of this machine, where it listens, too. files: for it to read, in the
    folder. durable: whether what it has committed survives a power cut.
    """
    binaries = programs()
    if binaries is None:
        raise NoServer(NoServer.__doc__)
    folder = tempfile.mkdtemp(prefix="pg-", dir="/tmp")  # short: a socket's path has 107 bytes at most
    user = _somebody_else()
    options: dict[str, Any] = {"cwd": folder, "env": {"PATH": f"{binaries}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}}
    for name, data in {"password": b"secret\n", **files}.items():
        Path(folder, name).write_bytes(data)
        Path(folder, name).chmod(0o600)
    if user:
        for path in (Path(folder), *Path(folder).iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    make = [f"{binaries}/initdb", "-D", "d", "-U", "postgres", "-A", "scram-sha-256", "--pwfile=password"]
    subprocess.run([*make, "--no-sync", "-E", "UTF8"], check=True, capture_output=True, **options)
    all_settings = [
        f"listen_addresses={'127.0.0.1' if port else ''}",
        f"port={port or 5432}",
        f"unix_socket_directories={folder}",
        f"fsync={'on' if durable else 'off'}",
        "max_connections=60",
        *settings,
    ]
    serve = [f"{binaries}/postgres", "-D", f"{folder}/d", *(word for s in all_settings for word in ("-c", s))]
    options |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    server: subprocess.Popen[bytes] = subprocess.Popen(serve, **options)
    try:
        admin = url(folder, "postgres", "secret") + (f"&port={port}" if port else "")
        _wait_for(admin)
        yield folder, admin
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(admin: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(admin).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def programs() -> str | None:
    """The folder of PostgreSQL's programs, the newest; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name)
    named = [Path(path).resolve().parent for path in [shutil.which("initdb")] if path]
    return next((str(path) for path in [*reversed(found), *named] if (path / "initdb").exists()), None)


def _somebody_else() -> pwd.struct_passwd | None:
    if os.geteuid():
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]
