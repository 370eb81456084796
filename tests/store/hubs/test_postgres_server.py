"""What kind of server a database hub is on: one that is spoken to over TLS, and one whose disk is full."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from store.hubs import HubError, open_hub
from tests.postgres import LEAD, NoServer, a_server, make_lead
from tests.programs import skip
from tests.store.hubs.conftest import PostgresPlace, a_small_disk, postgres
from tests.store.hubs.test_every_hub import an_object, names

# -- TLS


def certificate(folder: Path, host: str) -> tuple[bytes, bytes]:
    """A certificate of a host by itself, and its key."""
    if not shutil.which("openssl"):
        skip("openssl is not installed")
    paths = [folder / f"{host}.crt", folder / f"{host}.key"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    about = ["-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}"]
    subprocess.run([*make, *about, "-out", paths[0], "-keyout", paths[1]], check=True, capture_output=True)
    return paths[0].read_bytes(), paths[1].read_bytes()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def secured(folder: Path) -> Iterator[str]:
    """How the lead reaches a server, which is localhost and lets in who comes over TLS and nobody else."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    crt, key = certificate(folder, "localhost")
    who = b"local all all scram-sha-256\nhostssl all all 127.0.0.1/32 scram-sha-256\n"
    settings = ["hba_file=who", "ssl=on", "ssl_cert_file=../crt", "ssl_key_file=../key"]
    try:
        with a_server(*settings, port=port, files={"crt": crt, "key": key, "who": who}) as (_, admin):
            make_lead(admin)
            yield f"postgresql://{LEAD}:secret@localhost:{port}/postgres"
    except NoServer as error:
        skip(str(error))


def test_over_tls_everything_is_as_ever(secured: str, folder: Path) -> None:
    asking = f"?sslmode=verify-full&sslrootcert={folder / 'localhost.crt'}"
    with closing(open_hub(secured + asking)) as lead:
        lead.start()
        invited = lead.invite("bob")
        assert invited.endswith(asking), "bob asks for it, too"
        with closing(open_hub(invited)) as bob:
            name, data = an_object(b"mine", "outbox/bob")
            bob.put(name, data)
            assert lead.get(name) == data
    with psycopg.connect(invited) as db:
        assert db.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").fetchone() == (True,)


@pytest.mark.parametrize(
    ("host", "asking", "said"),
    [
        ("localhost", "verify-full&sslrootcert={folder}/other.crt", "certificate verify failed"),
        ("127.0.0.1", "verify-full&sslrootcert={folder}/localhost.crt", "does not match host name"),
        ("localhost", "verify-full&sslrootcert={folder}/none.crt", "none.crt"),
        ("localhost", "disable", "no encryption"),
    ],
    ids=["signed by another", "of another host", "without a root", "in the clear"],
)
def test_why_tls_does_not_come_about(secured: str, folder: Path, host: str, asking: str, said: str) -> None:
    certificate(folder, "other")
    with pytest.raises(HubError) as caught:
        open_hub(secured.replace("@localhost", f"@{host}") + "?sslmode=" + asking.format(folder=folder))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value) and "secret" not in str(caught.value)


# -- no room


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PostgresPlace]:
    yield from postgres(tmp_path)


@pytest.fixture
def small_disk(place: PostgresPlace) -> Iterator[Path]:
    """A file system of one megabyte that is the server's."""
    with psycopg.connect(place.admin) as db:
        (data,) = db.execute("SHOW data_directory").fetchone() or ("",)
    folder = Path(data).parent
    with a_small_disk(folder / "small") as disk:
        os.chown(disk, folder.stat().st_uid, folder.stat().st_gid)
        yield disk


def test_a_full_disk(place: PostgresPlace, small_disk: Path) -> None:
    """What the server says, and that the hub is as it was."""
    with psycopg.connect(place.admin, autocommit=True) as db:
        db.execute(f"CREATE TABLESPACE small LOCATION '{small_disk}'")
        db.execute(f"GRANT CREATE ON TABLESPACE small TO {LEAD}; ALTER ROLE {LEAD} SET default_tablespace = small")
    try:
        with closing(open_hub(place.url)) as hub:
            hub.start()
            kept = an_object(b"small")
            hub.put(*kept)
            with pytest.raises(HubError, match="the server's disk is full"):
                hub.put(*an_object(os.urandom(2 << 20)))
            assert names(hub, "outbox") == {kept[0]}
            hub.put(*an_object(b"another"))
    finally:
        with psycopg.connect(place.admin, autocommit=True) as db:
            db.execute(f"ALTER ROLE {LEAD} RESET default_tablespace; DROP SCHEMA IF EXISTS errata CASCADE")
            db.execute(f"REVOKE ALL ON TABLESPACE small FROM {LEAD}")
            db.execute("DROP TABLESPACE small")
