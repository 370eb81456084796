"""Stores to sit down at."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest

from reviewer.trajectory import Action, StepBuilder
from store import Store
from store.hubs import Hub
from store.hubs.folder import FolderHub
from tests.store.sync.teams import Member, Team
from tests.tui import sessions
from tests.tui.sessions import REVIEWER
from tui.drawing import Look
from tui.review.output import Form, Output


@pytest.fixture
def session_id(store: Store) -> str:
    """A session of fourteen steps in the store, under a rubric that hides nothing."""
    store.use_rubric(sessions.rubric("all"))
    return sessions.add(store, sessions.served_model())


class LayOut(Protocol):
    def __call__(
        self, text: str, width: int = 60, *, form: Form = Form.SHOWN, find: str = "", ascii_only: bool = False
    ) -> Output:
        """An output of this text, kept in a store and laid out."""


@pytest.fixture
def lay_out(store: Store) -> LayOut:
    def lay_out(
        text: str, width: int = 60, *, form: Form = Form.SHOWN, find: str = "", ascii_only: bool = False
    ) -> Output:
        build = StepBuilder()
        build.add(action=Action("bash", "make"), output=text)
        kept = store.trajectories.output(sessions.add(store, sessions.make(build, f"{len(text)} {hash(text)}")), 1)
        assert kept is not None
        return Output(kept, Look(ascii_only=ascii_only), width, form, find)

    return lay_out


@pytest.fixture
def no_shellcheck(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only bash is installed: what is on the screen does not depend on how fast it is looked at."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "bash").symlink_to(Path(shutil.which("bash") or "/bin/bash"))
    monkeypatch.setenv("PATH", str(folder))


# -- a reviewer with a hub


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    made = Team(tmp_path)
    yield made
    made.close()


@pytest.fixture
def member(team: Team) -> Member:
    """The reviewer at the desk, with a session that the lead shares."""
    reviewer = team.reviewer(REVIEWER)
    team.lead.mail.share(team.lead.add("serve the model"), REVIEWER)
    team.lead.sync()
    return reviewer


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A slow line: the hub answers once this is set."""
    opened = threading.Event()
    real = FolderHub._list

    def wait(hub: Hub, box: str) -> object:
        assert opened.wait(30)
        return real(hub, box)  # type: ignore[arg-type]

    monkeypatch.setattr(FolderHub, "_list", wait)
    return opened
