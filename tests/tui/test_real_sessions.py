"""Sessions of real agents, from the samples and from the corpus: every step of theirs can be looked at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len

from store import Store
from store.importer import import_paths
from store.samples import sample_paths
from tests.programs import ROOT
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down

CORPUS = ROOT.parent / "shared" / "corpus"

_FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file()) if CORPUS.is_dir() else []


def _look_at_everything(desk: Desk, width: int) -> None:
    for _ in desk.review.session.steps:
        for key in ("o", "space", "end", "home", "r", "space", "r", "o", "l", "t", "j"):
            desk.press_now(key)
            assert all(cell_len(row) <= width for row in desk.rows)


async def _open(store: Store, path: Path, *, most: int = 1, sizes: Sequence[tuple[int, int]] = ((80, 24),)) -> int:
    """Look at up to so many sessions of a file; how many it holds."""
    store.use_rubric(sessions.rubric("all"))
    heads = [head for result in import_paths(store, [path]) for head, _ in result.trajectories]
    for head in heads[:most]:
        for width, height in sizes:
            async with sit_down(store, head.id, size=(width, height)) as desk:
                _look_at_everything(desk, width)
                assert all(row.isprintable() for row in await desk.look())
    return len(heads)


@pytest.mark.parametrize("path", sample_paths(), ids=lambda path: path.name)
async def test_a_sample(store: Store, path: Path) -> None:
    assert await _open(store, path)


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in _FILES}))
async def test_a_small_file_of_each_kind(store: Store, folder: str) -> None:
    of_this_kind = [path for path in _FILES if path.parent.name == folder]
    await _open(store, min(of_this_kind, key=lambda path: path.stat().st_size))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", _FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
async def test_a_real_file(store: Store, path: Path) -> None:
    await _open(store, path, most=3, sizes=((80, 24), (120, 40), (200, 50)))


def test_the_corpus_is_there(corpus: Path) -> None:
    """Skipped where it is not, so that this can be seen."""
    assert _FILES, corpus
