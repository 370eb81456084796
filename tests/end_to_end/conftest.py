"""A store of its own for each test, and the command line on it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import Store
from tests.end_to_end.terminal import PATIENCE, environment, errata
from tests.tui import sessions

Run = Callable[..., str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is, or will be."""
    return tmp_path / "store.db"


@pytest.fixture
def run(path: Path) -> Run:
    """Run a command of Errata's on the store and return what it printed; it must end well."""

    def run(*arguments: object) -> str:
        ended = subprocess.run(
            errata("--store", path, "--as", "alice", *arguments),
            env=environment("dumb"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    return run


@pytest.fixture
def session_id(path: Path) -> str:
    """A session of fourteen steps in the store, under a rubric that hides nothing."""
    with Store(path) as store:
        store.use_rubric(sessions.rubric("all"))
        return sessions.add(store, sessions.served_model())


def lines_of_json(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]
