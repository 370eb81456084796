"""`errata import`."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput
from reviewer.formats import read_trajectories
from tests.programs import ROOT
from tests.tui.cli.conftest import Errata, session_file


def test_a_file_and_then_the_same_again(errata: Errata, tmp_path: Path) -> None:
    path = session_file(tmp_path / "serve.traj.json")
    first = errata("import", path)
    assert (first.code, first.err) == (0, "")
    what = 'serve.traj.json: mini-swe-agent, 3 steps, "Serve a model on port 8000."'
    assert first.out.startswith(f"imported {what} [")
    again = errata("import", path)
    assert again.code == 0
    assert again.out.startswith(f"already there {what} [")


def test_a_folder_in_which_some_files_are_no_trajectories(errata: Errata, tmp_path: Path) -> None:
    session_file(tmp_path / "runs" / "b" / "two.json", task="Two")
    session_file(tmp_path / "runs" / "one.json", task="One")
    (tmp_path / "runs" / "notes.txt").write_text("remember the milk")
    (tmp_path / "runs" / "config.json").write_text('{"colour": "red"}')
    result = errata("import", tmp_path / "runs")
    assert (result.code, result.err) == (0, "no trajectories in config.json, notes.txt\n")
    *lines, summary = result.out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["imported one.json", "imported two.json"]
    assert summary == "2 imported, 2 files passed over (no trajectories)"


def test_a_bad_file_does_not_keep_the_others_out(errata: Errata, tmp_path: Path) -> None:
    good = session_file(tmp_path / "good.json")
    bad = tmp_path / "bad.json"
    bad.write_text(good.read_text()[:200])
    other = session_file(tmp_path / "other.json", task="Another task")
    result = errata("import", good, bad, other)
    assert result.code == 2
    assert result.err.startswith(f"FAILED {bad}: line 1 column ") and result.err.count("\n") == 1
    assert result.out.splitlines()[-1] == "2 imported, 1 failed"
    assert len(errata("list", "--json").json) == 2


def test_a_file_with_one_bad_trajectory_is_not_taken_in_part(errata: Errata, tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    good = '{"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "", "tool_calls": []}]}'
    path.write_text(f"{good}\n{good[:60]}\n")
    result = errata("import", path, "--format", "openai-chat")
    assert result.code == 2
    assert "line 2" in result.err
    assert errata("list", "--json").json == []


def test_as_json(errata: Errata, tmp_path: Path) -> None:
    good = session_file(tmp_path / "runs" / "good.json")
    notes, bad = tmp_path / "runs" / "notes.txt", tmp_path / "bad.json"
    notes.write_text("remember the milk")
    bad.write_text("{")
    result = errata("import", tmp_path / "runs", bad, "--json")
    assert result.code == 2
    by_path = {row.pop("path"): row for row in result.json}
    (trajectory,) = by_path[str(good)].pop("trajectories")
    assert trajectory == {**trajectory, "steps": 3, "title": "Serve a model on port 8000.", "new": True}
    whole: dict[str, Any] = {"incomplete": [], "redacted": 0}
    assert by_path.pop(str(good)) == {"format": "mini-swe-agent", "error": None, "passed_over": None, **whole}
    empty: dict[str, Any] = {"format": None, "trajectories": [], **whole}
    assert by_path.pop(str(notes)) == {**empty, "error": None, "passed_over": f"{notes}: {_why(notes)}"}
    assert by_path.pop(str(bad)) == {**empty, "error": f"{bad}: {_why(bad)}", "passed_over": None}
    assert by_path == {}


def _why(path: Path) -> str:
    """What the importer has against a file."""
    with pytest.raises(BadInput) as caught:
        list(read_trajectories(path))
    return str(caught.value).removeprefix(f"{path.name}: ")


def test_a_format_can_be_named(errata: Errata, tmp_path: Path) -> None:
    path = session_file(tmp_path / "serve.json")
    assert errata("import", path, "--format", "openai-chat", "--json").json[0]["format"] == "openai-chat"
    unknown = errata("import", path, "--format", "word")
    assert unknown.code == 2
    assert unknown.complaint.startswith("no format is called 'word'; there are: ")


@pytest.mark.parametrize("terminal", [True, False])
def test_the_bar_is_for_terminals_only(tmp_path: Path, terminal: bool) -> None:
    for number in range(60):
        session_file(tmp_path / "runs" / f"{number}\x1b[2J.json", task=f"Task {number}")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tui.cli", "import", str(tmp_path / "runs")]
    env = os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs if terminal else subprocess.PIPE, env=env
    ) as importing:
        os.close(theirs)
        out, err = importing.communicate(timeout=60)
    if terminal:
        err = os.read(ours, 100_000)
    os.close(ours)
    assert out.count(b"\nimported ") == 59 and b"\x1b" not in out
    assert (err or b"").startswith(b"\rimporting [..........") is terminal
    assert (err or b"").endswith(b"\r\x1b[K") is terminal
    assert b"\x1b[2J" not in (err or b"")
