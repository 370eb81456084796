"""A few screens in colour. `pytest tests/tui/test_pictures.py --snapshot-update` writes them anew."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from store import Store
from tests.tui import sessions
from tests.tui.sessions import BUILD, REVIEWER
from tui.app import ErrataApp

pytestmark = pytest.mark.timeout(60)

Compare = Callable[..., bool]

_FOR_THE_REPORT = {name: value for name, value in os.environ.items() if name.startswith("TEXTUAL_SNAPSHOT")}


@pytest.fixture(autouse=True)
def _report(_clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the plug-in back what it keeps in the environment."""
    for name, value in _FOR_THE_REPORT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def judged_id(store: Store, session_id: str) -> str:
    sessions.judge_some(store, session_id)
    store.session(REVIEWER, session_id).keep_place(BUILD)
    return session_id


def test_a_review(store: Store, judged_id: str, snap_compare: Compare) -> None:
    assert snap_compare(ErrataApp(store, REVIEWER, judged_id, ascii_only=False), terminal_size=(80, 24))


def test_a_review_on_a_large_screen(store: Store, judged_id: str, snap_compare: Compare) -> None:
    assert snap_compare(ErrataApp(store, REVIEWER, judged_id, ascii_only=False), terminal_size=(200, 50))


def test_the_choice_of_a_mistake(store: Store, judged_id: str, snap_compare: Compare) -> None:
    app = ErrataApp(store, REVIEWER, judged_id, ascii_only=False)
    assert snap_compare(app, press=["m", "b"], terminal_size=(80, 24))


def test_the_queue(store: Store, judged_id: str, snap_compare: Compare) -> None:
    sessions.add(store, sessions.served_model("configure nginx to log as JSON", steps=9))
    assert snap_compare(ErrataApp(store, REVIEWER, ascii_only=False), terminal_size=(80, 24))
