"""A disk that remembers every operation in order, and tells what a power cut at any moment may leave of them.

The model is harsher than real file systems. What was synced is there. Of a file, what was written since its last sync
may be there, or not, or be torn: any of its 512-byte sectors may. Of a folder, each name that was made, moved or
removed since its last sync may be so or not, in any combination, or as a journal has it: up to some moment.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. kind: of a file "write", "truncate", "sync"; of names "name", "move", "remove", "sync names";
    and "done", which is no operation but what the program was told: this is safe now.

    file: a file's number. at: where it is written, or its new size. path: the name, the folder's for "sync names".
    """

    kind: str
    file: int = 0
    at: int = 0
    data: bytes = b""
    path: str = ""
    to: str = ""
    said: Any = None


@dataclass
class Disk:
    """Everything that was asked of the files below a folder. before: the files that were there, safely."""

    root: str
    before: dict[str, bytes] = field(default_factory=dict)
    operations: list[Operation] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    files: int = 0

    @classmethod
    def of(cls, root: Path) -> Disk:
        """A disk with the files that are below a folder now."""
        disk = cls(str(root))
        for path in sorted(root.rglob("*")):
            if path.is_file():
                disk.before[str(path)] = path.read_bytes()
                disk.names[str(path)] = disk.files
                disk.files += 1
        return disk

    def add(self, kind: str, **what: Any) -> None:
        self.operations.append(Operation(kind, **what))

    def holds(self, path: str) -> bool:
        return path.startswith(self.root + "/")

    def open(self, path: str) -> int:
        """The number of the file of that name, which is made when there is none."""
        if path not in self.names:
            self.names[path] = self.files
            self.files += 1
            self.add("name", file=self.names[path], path=path)
        return self.names[path]

    def link(self, path: str, to: str) -> None:
        self.names[to] = self.names[path]
        self.add("name", file=self.names[path], path=to)

    def move(self, path: str, to: str) -> None:
        self.names[to] = self.names.pop(path)
        self.add("move", path=path, to=to)

    def remove(self, path: str) -> None:
        if self.names.pop(path, None) is not None:
            self.add("remove", path=path)

    # -- after a power cut

    def told(self, cut: int) -> list[Any]:
        """What the program was told is safe, before the cut."""
        return [operation.said for operation in self.operations[:cut] if operation.kind == "done"]

    def after(self, cut: int, chance: random.Random) -> dict[str, bytes]:
        """The files that may be there when the power was cut before operation number `cut`."""
        done = self.operations[:cut]
        luck = chance.choice((0.0, 0.3, 0.5, 0.8, 1.0))  # how much of what was not synced is there
        content = self._contents(done, luck, chance)
        return {path: bytes(content[file]) for path, file in self._names(done, luck, chance).items()}

    def _contents(self, done: list[Operation], luck: float, chance: random.Random) -> dict[int, bytearray]:
        synced = {operation.file: number for number, operation in enumerate(done) if operation.kind == "sync"}
        content: dict[int, bytearray] = defaultdict(bytearray)
        content.update((number, bytearray(data)) for number, data in enumerate(self.before.values()))
        for number, operation in enumerate(done):
            is_safe = number < synced.get(operation.file, -1)
            file = content[operation.file]
            if operation.kind == "truncate" and (is_safe or chance.random() < luck):
                del file[operation.at :]
                file.extend(bytes(operation.at - len(file)))
            elif operation.kind == "write":
                for at, data in _whole(operation) if is_safe else _torn(operation, luck, chance):
                    file.extend(bytes(max(at + len(data) - len(file), 0)))
                    file[at : at + len(data)] = data
        return content

    def _names(self, done: list[Operation], luck: float, chance: random.Random) -> dict[str, int]:
        synced = {operation.path: number for number, operation in enumerate(done) if operation.kind == "sync names"}
        journal = chance.random() < 0.5
        last = chance.randrange(len(done) + 1) if journal else 0
        names = {path: number for number, path in enumerate(self.before)}
        for number, operation in enumerate(done):
            if operation.kind not in ("name", "move", "remove"):
                continue
            folder = operation.path.rpartition("/")[0]
            if not (number < synced.get(folder, -1) or (number < last if journal else chance.random() < luck)):
                continue
            if operation.kind == "name":
                names[operation.path] = operation.file
            elif operation.path in names:
                file = names.pop(operation.path)
                if operation.kind == "move":
                    names[operation.to] = file
        return names


def _whole(operation: Operation) -> Iterator[tuple[int, bytes]]:
    yield operation.at, operation.data


def _torn(operation: Operation, luck: float, chance: random.Random) -> Iterator[tuple[int, bytes]]:
    if chance.random() < 0.5:
        if chance.random() < luck:
            yield operation.at, operation.data
        return
    for start in range(0, len(operation.data), SECTOR):
        if chance.random() < luck:
            yield operation.at + start, operation.data[start : start + SECTOR]
