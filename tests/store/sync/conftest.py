"""A team to sync with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.sync.teams import Team


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    made = Team(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["plain", "sealed"])
def any_team(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Team]:
    """A team whose hub is sealed, and one whose is not."""
    made = Team(tmp_path, sealed=request.param == "sealed")
    yield made
    made.close()
