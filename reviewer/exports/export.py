"""What an export is: reviewed trajectories in, JSON-ready rows out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reviewer.review import Review
from reviewer.trajectory import Source


@dataclass(frozen=True)
class Reviewed:
    """One reviewer's review of one trajectory, with what a row says of the trajectory."""

    trajectory: str
    source: Source
    title: str
    review: Review


@dataclass(frozen=True)
class Export:
    """A kind of export.

    name: what `errata export` takes. title: one line for people. rows: the rows, in a fixed order.
    """

    name: str
    title: str
    rows: Callable[[Iterable[Reviewed]], Iterator[dict[str, Any]]]
