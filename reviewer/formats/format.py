"""What a format is: how its files are told and read, and how much they tell.

`docs/formats.md` is written from this and from the docstrings of the formats' modules, so that what a file tells
stands in one place, and the tests hold it against real files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reviewer.formats.document import Document, Shape
from reviewer.trajectory import Trajectory

if TYPE_CHECKING:
    from reviewer.formats.folder import Folder


class Known(StrEnum):
    """How often a format's files tell something.

    `always`: every trajectory with a command in it, at one command at least. `sometimes`: it depends on the version,
    the agent, or what happened. `never`: it is not in the format, and shown as unknown.
    """

    ALWAYS = "always"
    SOMETIMES = "sometimes"
    NEVER = "never"


@dataclass(frozen=True)
class Fact:
    """where: the place in the file, or why it is not there; Markdown."""

    known: Known
    where: str


def always(where: str) -> Fact:
    return Fact(Known.ALWAYS, where)


def sometimes(where: str) -> Fact:
    return Fact(Known.SOMETIMES, where)


def never(why: str = "not in the format") -> Fact:
    return Fact(Known.NEVER, why)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a format's files tell: of each step, down to usage, and of the whole trajectory.

    command: what the agent ran. output: what came back. directory: in which it ran. time: when it began.
    duration: how long it took. thought: what the agent wrote beside it. reasoning: what the model thought before.
    usage: tokens or cost of the step. task: its name or its instructions. outcome: how the session ended.
    """

    command: Fact
    output: Fact
    exit_code: Fact
    directory: Fact
    time: Fact
    duration: Fact
    thought: Fact
    reasoning: Fact
    usage: Fact
    task: Fact
    agent: Fact
    model: Fact
    outcome: Fact


@dataclass(frozen=True)
class Format:
    """A trajectory format.

    name: what `--format` takes and what is stored. title: for people.
    matches: whether this format reads the document; looks at its head or its sample, never at all of a long file.
    read: its trajectories, in order. Raises BadInput with the place.
    facts: what its files tell. shapes: what its files are on the outside; none when it is always a folder.
    folder: how a format reads folders that are one trajectory, if it does.
    """

    name: str
    title: str
    matches: Callable[[Document], bool]
    read: Callable[[Document], Iterator[Trajectory]]
    facts: Facts
    shapes: tuple[Shape, ...] = ("json", "json lines")
    folder: FolderFormat | None = None


@dataclass(frozen=True)
class FolderFormat:
    """What a format does with folders. matches: looks at the names in one, and at small files at most."""

    matches: Callable[[Folder], bool]
    read: Callable[[Folder], Iterator[Trajectory]]
