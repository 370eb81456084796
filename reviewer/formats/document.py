"""A file on its way to becoming trajectories, read once and shared by all formats that look at it."""

from __future__ import annotations

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from json import JSONDecodeError
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from reviewer.errors import BadInput
from reviewer.trajectory import Source

Shape = Literal["empty", "binary", "text", "json", "json lines"]
"""What a file is on the outside. "json": one JSON value; "json lines": one to a line."""

SAMPLE = 50
"""How many lines of a JSON Lines file a format may look at to recognise it."""

_HEAD = 64 * 1024

_BUFFER = 1 << 20
"""Bytes read at a time: a file may be one long line."""

_JSON_BEGINS = re.compile(rb"""\{\s*(?:["}]|\Z)|\[\s*(?:[]["{0-9tfnNI-]|\Z)""")
"""How a JSON object or list begins: many logs begin with a bracket too."""


class Document:
    """A file, lazily. Every way to read it raises BadInput with the file's name and the place in it.

    Bytes that are not UTF-8 are kept as lone surrogates (`surrogateescape`), so that nothing is lost.
    name: what errors call it, when that is more than the path's own name. losses: what of a damaged file could not be
    read although the rest was, a line each; complete when all was read.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.name = name or path.name
        self.losses: list[str] = []

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD)
        except OSError as error:
            raise self.unreadable(error) from error

    @property
    def file_name(self) -> str:
        """The last part of its name."""
        return PurePosixPath(self.name).name

    def data(self) -> bytes:
        """All of the file's bytes."""
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise self.unreadable(error) from error

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file's bytes, read in pieces."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise self.unreadable(error) from error

    @cached_property
    def shape(self) -> Shape:
        text = self.head.removeprefix(BOM_UTF8).lstrip()
        if b"\0" in self.head:
            return "binary"
        if not text:
            return "empty" if len(self.head) < _HEAD else "text"
        if not _JSON_BEGINS.match(text):
            return "text"
        lines = (line for line in self.lines() if line.strip())
        try:
            value = json.loads(next(lines))
        except (ValueError, RecursionError):
            return "json"
        if next(lines, None) is not None:
            return "json lines"
        self.json = value  # all of it stood in one line
        return "json"

    @cached_property
    def json(self) -> Any:
        """The whole file as one JSON value; None for a file of another shape.

        Raises BadInput with line and column when it is damaged.
        """
        if self.shape != "json":
            return None
        return self._loads("".join(self.lines()))

    @cached_property
    def sample(self) -> list[dict[str, Any]]:
        """The objects among the first lines of a JSON Lines file, or the one object of a JSON file."""
        if self.shape == "json lines":
            return [value for _, value in islice(self._parsed(skip_bad=True), SAMPLE) if isinstance(value, dict)]
        return [self.json] if isinstance(self.json, dict) else []

    def records(self, *, may_be_cut: bool = False, comments: bool = False) -> Iterator[tuple[int, Any]]:
        """(line number, value) for each line of a JSON Lines file; a JSON file is one record at line 1.

        Raises BadInput at the first line that is not JSON. may_be_cut: a line may be anything, since a program that
        is stopped leaves half a line, and goes on in the middle of it; each but the last is a loss. comments: lines
        may begin with "#", and are none then.
        """
        if self.shape == "json lines":
            yield from self._parsed(skip_damaged=may_be_cut, comments=comments)
        elif self.shape == "json":
            yield 1, self.json

    def sibling(self, name: str) -> Document | None:
        """The file of that name beside this one, if there is one."""
        if not name or PurePosixPath(name).name != name or name == "..":
            return None
        path = self.path.with_name(name)
        try:
            found = path.is_file()
        except OSError:  # no name that a file can have
            found = False
        return Document(path, str(PurePosixPath(self.name).with_name(name))) if found else None

    def source(self, format_name: str, part: str = "") -> Source:
        return Source(format=format_name, name=self.name, sha256=self.sha256, part=part)

    def looks_like(self) -> str:
        """A few words on what the file seems to be, for the line that refuses it."""
        match self.shape:
            case "empty":
                return "the file is empty"
            case "binary":
                return f"binary data (a NUL byte at {self.head.index(0)}), expected JSON"
            case "text":
                return "plain text, expected JSON or a recording"
            case "json":
                if isinstance(self.json, dict):
                    return f"JSON with {_keys(self.json)}, which no known format has"
                return f"JSON {_kind(self.json)}, which no known format is"
            case "json lines":
                keys = _keys(self.sample[0]) if self.sample else "no objects"
                return f"JSON lines with {keys}, which no known format has"

    def bad(self, problem: str, place: str = "") -> BadInput:
        """The error to raise for this file."""
        return BadInput(self.name, problem, place)

    def unreadable(self, error: OSError) -> BadInput:
        return self.bad(f"cannot be read: {error.strerror or error}")

    def lines(self) -> Iterator[str]:
        """The file's lines as text, without a byte order mark, one at a time."""
        try:
            # Only \n ends a line: JSON strings may hold U+2028 and a raw \r.
            with self.path.open("rb", buffering=_BUFFER) as file:
                yield next(file, b"").removeprefix(BOM_UTF8).decode("utf-8", "surrogateescape")
                for line in file:
                    yield line.decode("utf-8", "surrogateescape")
        except OSError as error:
            raise self.unreadable(error) from error

    def _parsed(
        self, *, skip_bad: bool = False, skip_damaged: bool = False, comments: bool = False
    ) -> Iterator[tuple[int, Any]]:
        damaged: list[int] = []
        last = 0
        for number, line in enumerate(self.lines(), start=1):
            if not line.strip() or (comments and line.startswith("#")):
                continue
            last = number
            try:
                yield number, self._loads(line, number)
            except BadInput:
                if not skip_bad and not skip_damaged:
                    raise
                damaged.append(number)
        if skip_damaged and (inside := [number for number in damaged if number != last]):
            several = f", and {len(inside) - 1} more" if len(inside) > 1 else ""
            self.losses.append(f"line {inside[0]}{several}: not JSON, passed over")

    def _loads(self, text: str, line: int | None = None) -> Any:
        """The JSON in the whole file, or in one line of it."""
        try:
            return json.loads(text)
        except JSONDecodeError as error:
            raise self._json_error(error, line or error.lineno) from error
        except ValueError as error:  # Python reads no whole number of more than 4300 digits
            raise self.bad("a number has too many digits", f"line {line}" if line else "") from error
        except RecursionError as error:
            raise self.bad("nested too deeply", f"line {line}" if line else "") from error

    def _json_error(self, error: JSONDecodeError, line: int) -> BadInput:
        cut = error.pos >= len(error.doc.rstrip())
        problem = (
            "the JSON ends too early; the file seems cut short"
            if cut or "Unterminated" in error.msg
            else (f"not JSON: {error.msg[0].lower()}{error.msg[1:]}")
        )
        return self.bad(problem, f"line {line} column {error.colno}")


def _keys(value: dict[str, Any]) -> str:
    names = ", ".join(repr(key) for key in islice(value, 4))
    return f"the keys {names}" if names else "no keys"


def _kind(value: Any) -> str:
    return {list: "list", str: "text", bool: "true/false"}.get(type(value), "value")
