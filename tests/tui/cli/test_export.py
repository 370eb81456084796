"""`errata export`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Errata, session_file


@pytest.fixture
def reviewed(errata: Errata, session: str, tmp_path: Path) -> str:
    """A session that alice has reviewed and submitted, and bob has begun; another that alice has begun."""
    for step in (1, 2, 3):
        errata("annotate", 1, "--step", step, "--rate", "bad")
    errata("annotate", 1, "--answer", "outcome=fail", "--answer", "side_effects=none")
    assert errata("submit", 1).code == 0
    errata("annotate", 1, "--step", 1, "--rate", "good", "--as", "bob")
    errata("import", session_file(tmp_path / "other.json", task="Another"))
    errata("annotate", "Another", "--step", 1, "--comment", "caf\u00e9")
    return session


def test_to_stdout_as_json_lines(errata: Errata, reviewed: str) -> None:
    rows = errata("export", "annotations").events
    assert {(row["title"], row["reviewer"]) for row in rows} == {
        ("Serve a model on port 8000.", "alice"),
        ("Serve a model on port 8000.", "bob"),
        ("Another", "alice"),
    }
    assert rows[-1]["text"] == "café"


def test_what_is_exported_can_be_narrowed(errata: Errata, reviewed: str) -> None:
    (row,) = errata("export", "annotations", "--reviewer", "bob").events
    assert (row["trajectory"], row["value"]) == (reviewed, 1)
    rows = errata("export", "annotations", "--submitted").events
    assert {(row["trajectory"], row["reviewer"], row["status"]) for row in rows} == {(reviewed, "alice", "submitted")}


def test_to_a_file(errata: Errata, reviewed: str, tmp_path: Path) -> None:
    path = tmp_path / "out" / "annotations.jsonl"
    path.parent.mkdir()
    result = errata("export", "annotations", "--output", path, "--json")
    assert (result.code, result.err) == (0, "")
    lines = path.read_text(encoding="ascii").splitlines()
    assert result.json == {"kind": "annotations", "path": str(path), "rows": len(lines)}
    assert [json.loads(line) for line in lines] == errata("export", "annotations").events
    assert list(path.parent.iterdir()) == [path]


def test_what_is_there_is_written_over_with_force_only(errata: Errata, reviewed: str, tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_text("what was there before")
    result = errata("export", "annotations", "--output", path)
    assert result.code == 2
    assert result.complaint == f"{path}: is there already; name another, or write over it with --force"
    assert path.read_text() == "what was there before"
    rows = errata("export", "annotations").events
    result = errata("export", "annotations", "--output", path, "--force")
    assert result.out == f"{path}: {len(rows)} rows\n"
    assert [json.loads(line) for line in path.read_text().splitlines()] == rows
    assert not list(tmp_path.glob(".*"))


def test_documents_come_into_a_folder_together(errata: Errata, reviewed: str, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "atif"
    assert errata("export", "atif", "--output", folder).out == f"{folder}: 2 files\n"
    first, last = sorted(folder.iterdir())
    documents = {path.name: path.read_text() for path in (first, last)}
    assert first.name == f"{json.loads(documents[first.name])['trajectory_id']}.json"
    for there, missing in ((first, last), (last, first)):
        missing.unlink()
        there.write_text("what was there before")
        result = errata("export", "atif", "--output", folder)
        assert result.code == 2
        assert result.complaint == f"{there}: is there already; name another, or write over it with --force"
        assert [path.read_text() for path in folder.iterdir()] == ["what was there before"]
        assert errata("export", "atif", "--output", folder, "--force", "--json").json["rows"] == 2
        assert {path.name: path.read_text() for path in folder.iterdir()} == documents


def test_a_symbolic_link_stays_one(errata: Errata, reviewed: str, tmp_path: Path) -> None:
    target, link = tmp_path / "target.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(target)
    assert errata("export", "annotations", "--output", link).code == 0
    assert link.is_symlink() and target.stat().st_size > 0


def test_an_export_that_fails_leaves_what_was_there(
    errata: Errata, reviewed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_text("what was there before")

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    result = errata("export", "annotations", "--output", path, "--force")
    assert result.code == 2
    assert result.complaint == f"{path}: cannot be written: No space left on device"
    assert path.read_text() == "what was there before"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("output", "said"), [("nowhere/x.jsonl", "No such file or directory"), (".", "Is a directory")]
)
def test_an_output_that_cannot_be_written(
    errata: Errata, reviewed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = errata("export", "annotations", "--output", output)
    assert result.code == 2
    assert result.complaint == f"{output}: cannot be written: {said}"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_device_is_written_to_not_replaced(errata: Errata, reviewed: str) -> None:
    result = errata("export", "annotations", "--output", "/dev/full")
    assert result.code == 2
    assert result.complaint == "/dev/full: cannot be written: No space left on device"
    assert Path("/dev/full").is_char_device()


def test_nothing_to_export_is_exit_1(errata: Errata, session: str, tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    for kind, output in (("annotations", path), ("atif", tmp_path / "atif")):
        result = errata("export", kind, "--output", output, "--submitted")
        assert (result.code, result.complaint) == (1, "there is nothing to export")
        assert not output.exists()
