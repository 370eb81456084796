"""Trajectory formats: one file each, and this registry.

To add a format, write a module with a `FORMAT` and name it in `FORMATS`. Order matters: the first format whose
`matches` says yes reads the file, so the more particular stand before the more general.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reviewer.errors import ErrataError, NotATrajectory
from reviewer.formats import anthropic_messages, atif, mini_swe_agent, openai_chat, swe_agent
from reviewer.formats.document import Document, Format
from reviewer.trajectory import Trajectory

__all__ = ["FORMATS", "Document", "Format", "detect", "format_named", "read_trajectories"]

FORMATS: tuple[Format, ...] = (
    atif.FORMAT,
    mini_swe_agent.FORMAT,
    swe_agent.FORMAT,
    anthropic_messages.FORMAT,
    openai_chat.FORMAT,
)


def format_named(name: str) -> Format:
    """The format of that name. Raises ErrataError, naming those that exist."""
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in FORMATS)
    message = f"no format is called {name!r}; there are: {known}"
    raise ErrataError(message)


def detect(document: Document) -> Format:
    """The format of a file, told from its content. Raises NotATrajectory, or BadInput when it is damaged."""
    for candidate in FORMATS:
        if candidate.matches(document):
            return candidate
    raise NotATrajectory(document.name, f"not a trajectory: {document.looks_like()}")


def read_trajectories(path: Path, format_name: str | None = None) -> Iterator[Trajectory]:
    """The trajectories in a file, in its order.

    Raises BadInput when the file or a part of it cannot be read; trajectories already yielded are whole,
    and it is the caller who keeps all or none of a file.
    """
    document = Document(path)
    chosen = format_named(format_name) if format_name else detect(document)
    yield from chosen.read(document)
