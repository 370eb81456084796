"""Stores to sit down at."""

from __future__ import annotations

import pytest

from store import Store
from tests.tui import sessions


@pytest.fixture
def session_id(store: Store) -> str:
    """A session of fourteen steps in the store, under a rubric that hides nothing."""
    store.use_rubric(sessions.rubric("all"))
    return sessions.add(store, sessions.served_model())
