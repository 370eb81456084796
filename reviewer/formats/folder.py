"""A folder on its way to becoming a trajectory: some harnesses leave one run as many files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from reviewer.errors import BadInput
from reviewer.formats.document import Document
from reviewer.formats.fields import Node
from reviewer.trajectory import Source


class Folder:
    """A folder, lazily: its files by their names relative to it, with "/" on every system.

    Hidden files and folders in it are passed over, symbolic links to folders are not followed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @cached_property
    def names(self) -> list[str]:
        """All files below it, sorted."""
        return sorted(self._walk())

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def names_in(self, folder: str) -> list[str]:
        """The files right in a folder of it, sorted; none when there is no such folder."""
        try:
            found = [entry.name for entry in os.scandir(self.path / folder) if entry.is_file()]
        except OSError:
            return []
        return [f"{folder}/{name}" if folder else name for name in sorted(found) if not name.startswith(".")]

    def document(self, name: str) -> Document:
        """A file of it, called by the folder's name and its own. Whether it exists shows when it is read."""
        return Document(self.path / name, f"{self.name}/{name}")

    def side(self, name: str) -> Node:
        """The JSON object in a file that may be missing or broken: a node of None then."""
        document = self.document(name)
        try:
            value = document.json if self.has(name) else None
        except BadInput:
            value = None
        return Node(document, value if isinstance(value, dict) else None)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over a line "SHA-256 of the bytes, two spaces, name" for each file, sorted by name as UTF-8.

        It is what `sha256sum` prints of the files, hashed again. A change in the folder changes it, a move does not.
        """
        total = hashlib.sha256()
        for name in sorted(self.names, key=os.fsencode):
            total.update(f"{self.document(name).sha256}  ".encode() + os.fsencode(name) + b"\n")
        return total.hexdigest()

    def source(self, format_name: str, part: str = "") -> Source:
        return Source(format=format_name, name=self.name, sha256=self.sha256, part=part)

    def bad(self, problem: str, place: str = "") -> BadInput:
        """The error to raise for this folder."""
        return BadInput(self.name, problem, place)

    def _walk(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self.path):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                path = Path(folder, name)
                if not name.startswith(".") and path.is_file():
                    yield path.relative_to(self.path).as_posix()
