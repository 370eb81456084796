"""What an export is: reviewed trajectories in, JSON-ready rows or documents out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reviewer.review import Review
from reviewer.trajectory import Source, Trajectory


@dataclass(frozen=True)
class Reviewed:
    """One reviewer's review of one trajectory, with what a row says of the trajectory.

    load: reads the whole trajectory, which most exports need not. Where an export writes documents, a trajectory that
    nobody has reviewed may come with an empty review.
    """

    trajectory: str
    source: Source
    title: str
    review: Review
    load: Callable[[], Trajectory]


@dataclass(frozen=True)
class Export:
    """A kind of export.

    name: what `errata export` takes. title: one line for people. rows: the rows, in a fixed order, from the reviews,
    those of one trajectory one after another. documents: a row is a file of its own, about one trajectory, whose id
    is its `trajectory_id`.
    """

    name: str
    title: str
    rows: Callable[[Iterable[Reviewed]], Iterator[dict[str, Any]]]
    documents: bool = False
