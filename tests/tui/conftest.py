"""Stores to sit down at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store import Store
from tests.tui import sessions


@pytest.fixture
def session_id(store: Store) -> str:
    """A session of fourteen steps in the store, under a rubric that hides nothing."""
    store.use_rubric(sessions.rubric("all"))
    return sessions.add(store, sessions.served_model())


@pytest.fixture
def no_shellcheck(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only bash is installed: what is on the screen does not depend on how fast it is looked at."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "bash").symlink_to(Path(shutil.which("bash") or "/bin/bash"))
    monkeypatch.setenv("PATH", str(folder))
