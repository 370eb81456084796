"""Data from outside as a value of a declared type, or what is wrong with it and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, TypeVar, get_args, get_origin

from msgspec import Struct, ValidationError, convert
from msgspec.structs import fields

S = TypeVar("S", bound=Struct)


class Wrong(Exception):
    """place: the names and indexes (from 0) that lead to what is wrong. problem: what is wrong, in a few words."""

    def __init__(self, place: list[str | int], problem: str) -> None:
        super().__init__(problem)
        self.place = place
        self.problem = problem


def checked(data: Any, kind: type[S]) -> S:
    """The data as that kind. Raises Wrong."""
    try:
        return convert(data, kind)
    except ValidationError as error:
        raise _wrong(str(error), kind) from error


_MESSAGE = re.compile(r"(?P<what>.*?)( - at `\$(?P<path>\S*)`)?", re.DOTALL)
"""msgspec's: "Expected `int` >= 1 - at `$.code[0].severity`"."""


def _wrong(message: str, kind: type[Struct]) -> Wrong:
    match = _MESSAGE.fullmatch(message)
    assert match
    what = " ".join(match["what"].split())
    place = [int(part) if part.isdecimal() else part for part in re.findall(r"\w+", match["path"] or "")]
    if lacks := re.fullmatch("Object missing required field `(.*)`", what):
        return Wrong([*place, lacks[1]], "missing")
    if unknown := re.fullmatch("Object contains unknown field `(.*)`", what):
        return Wrong([*place, unknown[1]], "unknown key")
    if what.startswith("Invalid enum value"):
        choices = [choice for field in fields(kind) if field.name in place for choice in _choices(field.type)]
        return Wrong(place, f"expected {' or '.join(map(repr, choices))}")
    what = what.replace("`", "").replace("Expected str of length >= 1", "it is empty")
    return Wrong(place, what[0].lower() + what[1:])


def _choices(annotation: Any) -> Iterator[object]:
    """The literals that a field may be: its own, or those of what it holds."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    elif isinstance(annotation, type) and issubclass(annotation, Struct):
        for field in fields(annotation):
            yield from _choices(field.type)
    else:
        for part in get_args(annotation):
            yield from _choices(part)
