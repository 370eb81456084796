"""`errata doctor`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Errata


def test_on_a_healthy_store(errata: Errata, session: str, store_path: Path) -> None:
    result = errata("doctor")
    assert (result.code, result.err) == (0, "")
    assert [line for line in result.out.splitlines() if not line.startswith(" ")] == [
        *("versions", "store", "settings", "terminal", "tools", "advice")
    ]
    found = errata("doctor", "--json").json
    assert found["store"] == {
        **found["store"],
        "path": str(store_path),
        "exists": True,
        "size_bytes": store_path.stat().st_size,
        "trajectories": 1,
        "fault": None,
    }
    assert found["tools"]["bash"] == shutil.which("bash")


def test_before_there_is_a_store(errata: Errata, tmp_path: Path) -> None:
    result = errata("doctor", "--store", tmp_path / "not" / "yet" / "there.db", "--json")
    assert result.code == 0
    assert (result.json["store"]["exists"], result.json["store"]["fault"]) == (False, None)
    assert result.json["store"]["free_bytes"] > 0
    assert not (tmp_path / "not").exists()


def test_a_store_that_cannot_be_opened_is_exit_1(errata: Errata, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("remember the milk")
    result = errata("doctor", "--store", tmp_path / "notes.txt")
    assert result.code == 1
    assert result.out.count("not an Errata store") == 2  # where it was found, and in the advice


@pytest.mark.parametrize(
    ("text", "said"),
    [(b'keymap = "nope', "not TOML"), (b'keymap = "nope"', "no keymap is called"), (b"\xff", "not TOML")],
)
def test_settings_that_cannot_be_used_are_a_line_of_it_and_exit_1(
    errata: Errata, session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bytes, said: str
) -> None:
    path = tmp_path / "errata" / "settings.toml"
    path.parent.mkdir()
    path.write_bytes(text)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    result = errata("doctor")
    assert (result.code, result.err) == (1, "")
    fault, advice = (line for line in result.out.splitlines() if said in line)
    assert fault.startswith("  fault ") and advice.startswith(f"  - {path}: ")
    found = errata("doctor", "--json").json
    assert said in found["settings"]["fault"] and found["store"]["fault"] is None


@pytest.mark.parametrize(
    ("found", "advice"),
    [
        ({"TERM": "dumb"}, "TERM is not set or dumb"),
        ({"TERM": "vt100"}, "few colours"),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "use ssh -C"),
        ({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "run errata in tmux"),
        ({"PATH": "/nowhere"}, "shellcheck is not there"),
        ({"PATH": "/nowhere"}, "bash is not there"),
        ({"PYTHONIOENCODING": "ascii"}, "not UTF-8"),
    ],
)
def test_advice(program: Errata, found: dict[str, str], advice: str) -> None:
    """Each piece of advice is given where it applies, and only there."""
    fine = {"TERM": "xterm-256color", "PATH": "/usr/bin:/bin"}
    assert any(advice in line for line in program("doctor", "--json", env=fine | found).json["advice"])
    if "shellcheck" not in advice:
        assert not any(advice in line for line in program("doctor", "--json", env=fine).json["advice"])


def test_a_network_disk_and_a_full_one_are_told(
    errata: Errata, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.cli.doctor._file_system", lambda _: "nfs4")
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage())
    advice = " ".join(errata("doctor", "--json").json["advice"])
    assert "network disk (nfs4)" in advice and "almost full" in advice


class _Usage:
    free = 1000


@pytest.mark.parametrize("faulty", [True, False])
def test_the_wal_fault_is_told(errata: Errata, monkeypatch: pytest.MonkeyPatch, faulty: bool) -> None:
    monkeypatch.setattr("tui.cli.doctor.wal_reset_fault", lambda _: faulty)
    assert errata("doctor", "--json").json["versions"]["sqlite_has_wal_fault"] is faulty
    assert ("yes, guarded: one Errata at a time" in errata("doctor").out) is faulty
