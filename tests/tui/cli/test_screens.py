"""The commands that open the screens: what they hand over, and where they refuse."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pexpect
import pytest

from store import Store
from tests.programs import ROOT
from tests.tui.cli.conftest import Errata


class Screens(ModuleType):
    """Stands for tui.app: notes what it was asked to open."""

    def __init__(self) -> None:
        super().__init__("tui.app")
        self.opened: list[Any] = []
        self.titles: list[str] = []

    def run(self, path: Path, reviewer: str, trajectory: str | None = None, *, ascii_only: bool | None = None) -> int:
        self.opened.append((path, reviewer, trajectory, ascii_only))
        if path.exists():
            with Store(path, write=False) as store:
                self.titles = [head.title for head in store.trajectories.all()]
        return 7


@pytest.fixture
def screens(monkeypatch: pytest.MonkeyPatch) -> Screens:
    """The screens replaced, on a terminal."""
    stand_in = Screens()
    monkeypatch.setitem(sys.modules, "tui.app", stand_in)
    monkeypatch.setattr("tui.cli.screens.require_terminal", lambda: None)
    return stand_in


def test_errata_alone_opens_the_queue(errata: Errata, screens: Screens, store_path: Path) -> None:
    assert errata().code == 7
    assert errata("--as", "bob").code == 7
    assert errata("review", "--ascii").code == 7
    assert screens.opened == [
        (store_path, "alice", None, None),
        (store_path, "bob", None, None),
        (store_path, "alice", None, True),
    ]


def test_review_opens_one_trajectory(errata: Errata, screens: Screens, session: str, store_path: Path) -> None:
    assert errata("review", session[:6], "--as", "bob").code == 7
    assert screens.opened == [(store_path, "bob", session, None)]


def test_the_demo_leaves_nothing_behind(errata: Errata, screens: Screens, store_path: Path) -> None:
    assert errata("demo", "--as", "bob", "--ascii").code == 7
    ((path, *others),) = screens.opened
    assert others == ["bob", None, True]
    assert screens.titles
    assert not path.parent.exists()
    assert not store_path.exists()


def test_the_demo_leaves_nothing_behind_when_it_breaks(
    errata: Errata, screens: Screens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(path: Path, *_: object, **__: object) -> int:
        screens.opened.append(path)
        raise RuntimeError("broken")

    monkeypatch.setattr(screens, "run", breaks)
    assert errata("demo").code == 70
    assert not screens.opened[0].parent.exists()


def test_without_samples_the_demo_says_so(errata: Errata, screens: Screens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.samples.sample_paths", list)
    result = errata("demo")
    assert (result.code, result.complaint) == (2, "the sample trajectories are missing from this installation")


@pytest.mark.parametrize("command", [[], ["review"], ["review", "1"], ["demo"]], ids=" ".join)
def test_without_a_terminal_they_refuse(program: Errata, store_path: Path, command: list[str]) -> None:
    result = program(*command)
    assert result.code == 2
    assert result.complaint.startswith("the screens need a terminal, and stdin is not one")
    assert not store_path.exists()


@pytest.mark.parametrize("kind", ["dumb", ""])
def test_on_a_dumb_terminal_they_refuse(kind: str) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tui.cli", "demo"],
        env=dict(os.environ) | {"PYTHONPATH": str(ROOT), "TERM": kind},
        encoding="utf-8",
        timeout=30,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert child.before == (
        f"errata: the screens need a terminal that can move its cursor, and TERM is {kind or 'not set'}\r\n"
    )
