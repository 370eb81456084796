"""A JSON value together with its place, and typed ways to read it.

Importers look at a file only through `Node`, so that whatever a file holds they get the type that they ask for or
raise BadInput with the place. To them an absent member and a null are the same.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from reviewer.errors import BadInput
from reviewer.formats.document import Document

MAX_DEPTH = 64
"""How deep values that are passed on unread may be nested: what walks them later is recursive."""

_LARGEST = 2**63 - 1  # what a database column holds
_SHOWN = 30

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a document. place: a JSON pointer, after "line N" in a JSON Lines file."""

    document: Document
    value: Any
    place: str = ""

    def __getitem__(self, key: str) -> Node:
        """A member of this object; a node of None when there is none."""
        return Node(self.document, self.object().get(key), self._under(key))

    @property
    def absent(self) -> bool:
        return self.value is None

    def elements(self) -> list[Node]:
        """The elements of this list, which must be there."""
        if not isinstance(self.value, list):
            raise self.expected("a list")
        return [Node(self.document, item, self._under(index)) for index, item in enumerate(self.value)]

    def optional_elements(self) -> list[Node]:
        """The elements of this list; none when it is absent."""
        return [] if self.absent else self.elements()

    def object(self) -> dict[str, Any]:
        """This object as it stands; empty when absent."""
        if self.absent:
            return {}
        if not isinstance(self.value, dict):
            raise self.expected("an object")
        return self.value

    def text(self, default: str | None = None) -> str:
        """This text; the default when absent, and an error when there is no default."""
        if self.absent and default is not None:
            return default
        if not isinstance(self.value, str):
            raise self.expected("text")
        return self.value

    def optional_text(self) -> str | None:
        return None if self.absent else self.text()

    def label(self) -> str:
        """A name or number that identifies something, as text; "" when absent."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return str(self.value)
        return self.text("")

    def one_of(self, options: Mapping[str, T]) -> T:
        """What this text stands for."""
        name = self.text()
        if name not in options:
            found = repr(name if len(name) <= _SHOWN else name[:_SHOWN] + "…")
            raise self.document.bad(f"expected one of {', '.join(options)}, found {found}", self.place)
        return options[name]

    def flag(self) -> bool:
        """True or false; false when absent."""
        if not isinstance(self.value, bool | None):
            raise self.expected("true or false")
        return bool(self.value)

    def integer(self) -> int | None:
        if isinstance(self.value, float) and self.value.is_integer():
            return Node(self.document, int(self.value), self.place).integer()
        if isinstance(self.value, bool) or not isinstance(self.value, int | None):
            raise self.expected("a whole number")
        if self.value is not None and abs(self.value) > _LARGEST:
            raise self.document.bad("expected a number of at most 64 bits", self.place)
        return self.value

    def number(self) -> float | None:
        """A number; None when absent or not finite."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float | None):
            raise self.expected("a number")
        try:
            return float(self.value) if self.value is not None and math.isfinite(self.value) else None
        except OverflowError:
            return None

    def moment(self) -> datetime | None:
        """A point in time, written in ISO 8601 or as seconds since 1970; None when absent or unreadable.

        A time without a zone is taken for UTC.
        """
        try:
            if isinstance(self.value, str):
                moment = datetime.fromisoformat(self.value)
                return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            seconds = self.number()
            return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def milliseconds(self) -> datetime | None:
        """A point in time, written as milliseconds since 1970; None when absent or unreadable."""
        number = self.number()
        return None if number is None else Node(self.document, number / 1000).moment()

    def content(self) -> str:
        """The text of a message: text, or a list of parts, of which those that are no text are named in brackets."""
        if isinstance(self.value, str | None):
            return self.text("")
        if not isinstance(self.value, list):
            raise self.expected("text or a list of parts")
        return "\n".join(part.part() for part in self.elements())

    def part(self) -> str:
        """One part of a message's content."""
        if isinstance(self.value, str):
            return self.value
        if "text" in self.object():
            return self["text"].text("")
        return f"[{self['type'].text('part')}]"

    def mapping(self) -> dict[str, Any]:
        """A copy of this object to pass on unread, as strict JSON; empty when absent."""
        self.object()
        plain: dict[str, Any] = self.plain() or {}
        return plain

    def plain(self) -> Any:
        """A copy of this value to pass on unread, as strict JSON."""
        try:
            return strict(self.value)
        except ValueError as error:
            raise self.document.bad(str(error), self.place) from error

    def embedded(self) -> Node:
        """The value of this text that holds JSON; an object as it is; a node of None for any other text."""
        if not isinstance(self.value, str):
            return self
        try:
            return Node(self.document, parse(self.value), self.place)
        except ValueError:
            return Node(self.document, None, self.place)

    def expected(self, what: str) -> BadInput:
        """The error to raise when this is not what it should be."""
        return self.document.bad(f"expected {what}, found {_kind(self.value)}", self.place)

    def _under(self, key: str | int) -> str:
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        space = " " if self.place.startswith("line ") and "/" not in self.place else ""
        return f"{self.place}{space}/{escaped}"


def records(document: Document, *, may_be_cut: bool = False, comments: bool = False) -> Iterator[Node]:
    """The values that a JSON or JSON Lines file holds. Raises BadInput for a file that is neither.

    may_be_cut: lines may be damaged, and are passed over. comments: so are lines that begin with "#".
    """
    if not document.shape.startswith("json"):
        raise document.bad(document.looks_like())
    for number, value in document.records(may_be_cut=may_be_cut, comments=comments):
        yield Node(document, value, f"line {number}" if document.shape == "json lines" else "")


def parse(text: str) -> Any:
    """The JSON in a text, as strict JSON. Raises ValueError, and nothing else, when it cannot be read."""
    try:
        return strict(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def strict(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A copy that every JSON reader takes: NaN and infinity as text. Raises ValueError when nested too deeply."""
    if depth < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {key: strict(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list):
        return [strict(item, depth - 1) for item in value]
    return value if not isinstance(value, float) or math.isfinite(value) else str(value)


def iso(moment: datetime | None) -> str | None:
    """A time in UTC as this project writes it."""
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return kinds.get(type(value), "a number")
