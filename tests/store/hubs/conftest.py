"""Every kind of hub, as the conformance suite sees it. A new kind is one more entry in `KINDS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from store.hubs import Hub, open_hub


class Place(Protocol):
    """Where hubs of one kind are."""

    def open(self) -> Hub:
        """The hub, opened by one more program."""

    def damage(self, name: str, data: bytes) -> None:
        """What a failing disk or a sync program does: put other bytes where an object is."""


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self) -> Hub:
        return open_hub(str(self.root))

    def damage(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def folder(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "hub").mkdir()
    yield FolderPlace(tmp_path / "hub")


KINDS: dict[str, Callable[[Path], Iterator[Place]]] = {"folder": folder}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    yield from KINDS[request.param](tmp_path)


@pytest.fixture
def hub(place: Place) -> Iterator[Hub]:
    opened = place.open()
    opened.start()
    yield opened
    opened.close()
