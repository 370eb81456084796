"""`errata verify`: every kind of damage is found, named, and reported with exit 1."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from zstandard import ZstdCompressor

from tests.tui.cli.conftest import Errata, session_file


@pytest.fixture
def reviewed(errata: Errata, session: str) -> str:
    """A session with a review in which something was changed."""
    errata("annotate", 1, "--step", 1, "--rate", "good")
    errata("annotate", 1, "--step", 1, "--rate", "bad")
    return session


@contextmanager
def damaging(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection, connection:
        yield connection


def test_a_store_that_is_whole(errata: Errata, reviewed: str, store_path: Path) -> None:
    result = errata("verify")
    assert (result.code, result.err) == (0, "")
    assert result.out == f"{store_path}: nothing wrong in 1 trajectory and 2 events\n"
    assert errata("verify", "--json").json == {
        "store": str(store_path),
        "ok": True,
        "rebuilt": False,
        "trajectories": 1,
        "events": 2,
        "faults": [],
    }


def test_hostile_text_is_kept_exactly(errata: Errata, tmp_path: Path) -> None:
    odd = "\ud800 \udcff \x00 \x1b[0m \u202e \r\n é 漢 🤖"
    errata("import", session_file(tmp_path / "odd.json", [(odd, odd, odd, 0)], task=odd))
    assert errata("verify").code == 0


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE trajectory SET head = x'00'", "trajectory {short} cannot be read: Error -"),
        ("UPDATE trajectory SET sha256 = 'f'", "trajectory {short}: its columns differ from its content"),
        ("UPDATE trajectory SET outcome = 'success'", "trajectory {short}: its columns differ from its content"),
        ("UPDATE trajectory SET steps = 2", "trajectory {short}: its columns differ from its content"),
        ("UPDATE step SET command = 'x' WHERE ordinal = 2", "trajectory {short}: the columns of step 2 differ from"),
        ("UPDATE step SET exit_code = NULL", "trajectory {short}: the columns of step 3 differ from its content"),
        ("UPDATE step SET data = (SELECT data FROM step WHERE ordinal = 2) WHERE ordinal = 1", "gives the id"),
        ("DELETE FROM step WHERE ordinal = 2", "trajectory {short} cannot be read: {short} has no step 2"),
        ("UPDATE event SET raw = x'7b'", ": not an event: "),
        ("UPDATE event SET kind = 'comment'", "its columns differ from its bytes"),
        ("DELETE FROM head", "is missing; a fold of the log gives it"),
        ("DELETE FROM superseded", "is missing; a fold of the log gives it"),
        ("DELETE FROM event WHERE rowid = 2", "is kept but a fold of the log does not give it"),
        (
            "UPDATE event SET trajectory = 'abcdefghijklm'",
            "trajectory abcdefghij is not there, but 2 events are about",
        ),
        (
            "INSERT INTO output VALUES (99, 0, 0, x'00')",
            "the file: row None of 'output' refers to a missing row of 'step'",
        ),
    ],
)
def test_damage_is_found(errata: Errata, reviewed: str, store_path: Path, sql: str, fault: str) -> None:
    with damaging(store_path) as connection:
        connection.execute(sql)
    result = errata("verify")
    assert (result.code, result.err) == (1, "")
    assert fault.format(short=reviewed[:10]) in result.out
    *faults, summary = result.out.splitlines()
    assert summary.startswith(f"{store_path}: {len(faults)} fault")
    as_json = errata("verify", "--json")
    assert as_json.code == 1
    assert as_json.json["ok"] is False
    assert as_json.json["faults"] == faults


def test_a_changed_output_is_found(errata: Errata, reviewed: str, store_path: Path) -> None:
    with damaging(store_path) as connection:
        connection.execute("UPDATE output SET data = ?", (ZstdCompressor().compress(b"forged"),))
    assert "it is not what was imported" in errata("verify").out


def test_one_fault_does_not_hide_another(errata: Errata, reviewed: str, store_path: Path) -> None:
    with damaging(store_path) as connection:
        connection.execute("UPDATE step SET data = x'00'")
        connection.execute("UPDATE event SET raw = x'00'")
    faults = errata("verify", "--json").json["faults"]
    assert len([fault for fault in faults if "not an event" in fault]) == 2
    assert any(fault.startswith(f"trajectory {reviewed[:10]}") for fault in faults)


def test_damaged_pages_are_found(errata: Errata, reviewed: str, store_path: Path) -> None:
    with damaging(store_path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    data = bytearray(store_path.read_bytes())
    for page in range(4, len(data) // 4096, 2):
        data[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    store_path.write_bytes(data)
    result = errata("verify")
    assert result.code in (1, 2)  # 2 when it cannot even be opened
    assert "Traceback" not in result.err
    for command in (["list"], ["show", "1"], ["search", "gpu"], ["export", "annotations"]):
        assert errata(*command).code in (0, 1, 2)


def test_a_damaged_text_is_one_line(errata: Errata, reviewed: str, store_path: Path) -> None:
    with damaging(store_path) as connection:
        connection.execute("UPDATE step SET data = x'00'")
    result = errata("show", 1)
    assert result.code == 2
    assert result.err.startswith(f"errata: {store_path}: a part of the store cannot be read ")
    assert result.err.count("\n") == 1


def test_rebuilding_mends_what_is_derived(errata: Errata, reviewed: str, store_path: Path) -> None:
    before = errata("show", 1, "--json").out
    with damaging(store_path) as connection:
        connection.execute("DELETE FROM head")
        connection.execute("DELETE FROM superseded")
    assert errata("verify").code == 1
    result = errata("verify", "--rebuild", "--json")
    assert (result.code, result.json["rebuilt"]) == (0, True)
    assert errata("show", 1, "--json").out == before


def test_verify_changes_nothing(errata: Errata, reviewed: str, store_path: Path) -> None:
    before = store_path.read_bytes()
    assert errata("verify").code == 0
    assert store_path.read_bytes() == before
