"""i: an import, and the keys meanwhile."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store import Store
from store.importer import Imported, import_paths
from store.samples import sample_paths
from tests.tui.desk import Desk, sit_down
from tui.panels import importing
from tui.panels.importing import Importing


async def imported(desk: Desk) -> str:
    """What is said when the import has ended."""
    async with asyncio.timeout(30):
        while any(isinstance(panel, Importing) for panel in desk.place.panels):
            await asyncio.sleep(0.005)
    return desk.foot


async def test_importing(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    sample = sample_paths()[0]
    shutil.copy(sample, folder / "one.json")
    async with sit_down(store) as desk:
        await desk.press("i")
        await desk.paste(f"{folder}\n")
        await desk.press("enter")
        assert await imported(desk) == "imported 1"
        assert "1 to do" in desk.top
        await desk.press("i", *str(folder / "one.json"), "enter")
        assert await imported(desk) == "imported 0, 1 already there"


async def test_importing_what_is_none(store: Store, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    async with sit_down(store, size=(250, 24)) as desk:
        await desk.press("i", *str(tmp_path / "notes.txt"), "enter")
        assert (await imported(desk)).startswith(
            f"imported 0, 1 failed: {tmp_path}/notes.txt: not a trajectory: plain text, expected"
        )
        await desk.press("i", *str(tmp_path / "nowhere"), "enter")
        assert (await imported(desk)).startswith(f"imported 0, 1 failed: {tmp_path}/nowhere: ")
        await desk.press("i", "enter")
        assert not desk.place.panels and desk.app.is_running


async def test_a_long_message_is_shown_whole(store: Store) -> None:
    async with sit_down(store) as desk:
        path = "/folder" * 30
        await desk.press("i", *path, "enter")
        await imported(desk)
        shown = "".join("".join(row.split()) for row in desk.rows[2:])
        assert f"imported0,1failed:{path}:" in shown
        assert len(desk.rows) == 24


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A slow disk: from the second file on, an import goes on once this is set."""
    opened = threading.Event()

    def slowly(
        store: Store, paths: list[Path], *, on_progress: Callable[[int, int, str], None], **more: Any
    ) -> list[Imported]:
        def wait(done: int, total: int, what: str) -> None:
            on_progress(done, total, what)
            assert not done or opened.wait(30)

        return import_paths(store, paths, on_progress=wait, **more)

    monkeypatch.setattr(importing, "import_paths", slowly)
    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sessions."""
    made = tmp_path / "runs"
    made.mkdir()
    for number, path in enumerate(sample_paths()[:2]):
        shutil.copy(path, made / f"{number}.json")
    return made


async def _at_the_second(desk: Desk, folder: Path) -> None:
    await desk.press("i", *str(folder), "enter")
    async with asyncio.timeout(30):
        while "2 of 2  1.json" not in desk.text:
            await asyncio.sleep(0.005)


async def test_what_is_typed_during_an_import_meets_what_it_was_typed_for(
    store: Store, folder: Path, gate: threading.Event
) -> None:
    async with sit_down(store) as desk:
        await _at_the_second(desk, folder)
        assert f"importing {folder}"[:60] in desk.text
        await desk.press("j", "enter", "q", "1")  # q leaves the task
        assert desk.foot.endswith("your keys wait")
        assert "1.json" in desk.text
        gate.set()
        await imported(desk)
        assert desk.review.session.head.number == 2
        assert len(desk.said(1, "rating")) == 1


async def test_esc_stops_an_import_and_keeps_what_was_read_whole(
    store: Store, folder: Path, gate: threading.Event
) -> None:
    async with sit_down(store) as desk:
        await _at_the_second(desk, folder)
        await desk.press("escape")
        assert desk.foot == "stopping"
        gate.set()
        assert await imported(desk) == "stopped; what was read whole before is kept"
        assert "1 to do" in desk.top
        assert [head.source.name for head in store.trajectories.all()] == ["0.json"]


async def test_leaving_waits_for_the_file_that_is_being_read(
    store: Store, folder: Path, gate: threading.Event
) -> None:
    async with sit_down(store) as desk:
        await _at_the_second(desk, folder)
        threading.Timer(0.2, gate.set).start()
        await desk.press("ctrl+q")
    assert [head.source.name for head in store.trajectories.all()] == ["0.json"]
