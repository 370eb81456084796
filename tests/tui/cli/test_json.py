"""docs/json.md is a promise: its examples, run again, come out in the same shape."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.programs import ROOT
from tests.store.sync.teams import Team
from tests.tui.cli.conftest import Errata, session_file

PAGE = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(r"```console\n(.*?)```\n\n```json\n(.*?)```", re.DOTALL)


def shape(value: Any) -> Any:
    """A value's names and types. A list is the shapes that occur in it."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return sorted({json.dumps(shape(item), sort_keys=True) for item in value})
        case None:
            return None
    return type(value).__name__


def read(text: str) -> Any:
    """One value, or the values of JSON Lines."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines()]


def _a_lead_who_shares(errata: Errata, folder: Path) -> None:
    """A hub called "work", and a session to come with the first sync."""
    folder.mkdir()
    team = Team(folder)
    key = errata("hub", "add", "work", team.hub).out.split()[-1]
    team.lead.sync()
    team.lead.mail.team.trust("alice", key)
    team.lead.mail.share(team.lead.add("another session"), "alice")
    team.lead.sync()
    team.close()


def test_the_examples_still_hold(errata: Errata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session_file(Path("runs/serve.traj.json"))
    Path("runs/notes.txt").write_text("remember the milk")
    Path("broken.json").write_text('{"messages": [')
    _a_lead_who_shares(errata, tmp_path / "team")
    examples = EXAMPLE.findall(PAGE)
    assert len(examples) == PAGE.count("```console")
    seen = set()
    for commands, expected in examples:
        for command in commands.splitlines():
            _, name, *arguments = shlex.split(command.removeprefix("$ "))
            result = errata(name, *arguments)
            seen.add(name)
        assert result.out.isascii()
        got = read(result.out)
        if name == "doctor":  # what is there differs from place to place
            assert {key: list(part) for key, part in got.items() if key != "advice"} == {
                key: list(part) for key, part in read(expected).items() if key != "advice"
            }
        else:
            assert shape(got) == shape(read(expected)), command
    assert seen == {
        *("import", "list", "search", "annotate", "submit", "show", "export"),
        *("verify", "backup", "recover", "sync", "hub", "doctor"),
    }
