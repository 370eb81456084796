"""What all tests share: a clean environment, a store, a trajectory, and the folder of real trajectory files."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from reviewer.trajectory import Trajectory
from store import Store
from tests.examples import make_trajectory

ROOT = Path(__file__).resolve().parent.parent

# "default" for a run while working, "ci" for every push, "slow" for a night; "mutants" for mutants.py.
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
# In CI the examples are the same each time: what fails there was broken by the change. Elsewhere they are new ones.
_ALL = settings(deadline=None, suppress_health_check=_SLOW_IS_FINE, derandomize="CI" in os.environ, print_blob=True)
settings.register_profile("default", _ALL, max_examples=50)
settings.register_profile("ci", _ALL, max_examples=250)
settings.register_profile("slow", _ALL, max_examples=2500)
settings.register_profile(
    "mutants",
    _ALL,
    max_examples=400,
    phases=[Phase.generate],  # only whether it fails is asked
    database=None,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

_LEAKS = ("AWS_", "ERRATA_", "TEXTUAL", "LC_", "XDG_")
_NAMES = (
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR_FORCE",
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "EDITOR",
    "VISUAL",
    "LANGUAGE",
)


@pytest.fixture(autouse=True)
def _clean_environment(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing of the person who runs the tests gets into them, and nothing of theirs gets out."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(_LEAKS) or name in _NAMES:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real trajectory files of many producers. They are not part of this repository."""
    folder = ROOT.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip(f"the corpus of real trajectories is not at ../{folder.relative_to(ROOT.parent)}")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store, open for writing."""
    with Store(tmp_path / "store.db") as opened:
        yield opened


@pytest.fixture
def trajectory() -> Trajectory:
    """Seven steps with the difficulties of real ones; tests/examples.py says which step has which."""
    return make_trajectory()


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called shellcheck, to be written."""
    program = tmp_path / "bin" / "shellcheck"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return program
