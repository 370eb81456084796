"""Trajectory formats: one file each, and this registry.

To add a format, write a module with a `FORMAT` and name it in `FORMATS`. Order matters: the first format whose
`matches` says yes reads the file, so the more particular stand before the more general.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reviewer.errors import ErrataError, NotATrajectory
from reviewer.formats import (
    anthropic_messages,
    asciicast,
    atif,
    claude_code,
    codex,
    gemini_cli,
    harbor,
    inspect_log,
    mini_swe_agent,
    openai_chat,
    opencode,
    openhands_v0,
    openhands_v1,
    swe_agent,
    terminal_bench,
    typescript,
    vivaria,
)
from reviewer.formats.archive import Member, MemberFolder, Tree, is_archive, unpacked
from reviewer.formats.document import Document
from reviewer.formats.folder import Folder
from reviewer.formats.format import Format
from reviewer.trajectory import Trajectory

__all__ = [
    "FORMATS",
    "Document",
    "Folder",
    "Format",
    "detect",
    "format_named",
    "is_one_trajectory",
    "read_source",
    "read_trajectories",
    "sources",
]

FORMATS: tuple[Format, ...] = (
    inspect_log.FORMAT,
    harbor.FORMAT,
    terminal_bench.FORMAT,
    asciicast.FORMAT,
    typescript.FORMAT,
    atif.FORMAT,
    mini_swe_agent.FORMAT,
    openhands_v0.FORMAT,
    openhands_v1.FORMAT,
    vivaria.FORMAT,
    gemini_cli.FORMAT,
    opencode.FORMAT,
    swe_agent.FORMAT,
    claude_code.FORMAT,
    codex.FORMAT,
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


def detect(source: Document | Folder) -> Format:
    """The format of a file or folder, told from what is in it.

    Raises NotATrajectory, or BadInput when it is damaged.
    """
    for candidate in FORMATS:
        if _matches(candidate, source):
            return candidate
    if isinstance(source, Folder):
        raise NotATrajectory(source.name, "cannot be read: a folder, and none that a known format leaves")
    raise NotATrajectory(source.name, f"not a trajectory: {source.looks_like()}")


def is_one_trajectory(folder: Path | Folder, format_name: str | None = None) -> bool:
    """Whether a folder is read whole, by this format or any."""
    folder = Folder(folder) if isinstance(folder, Path) else folder
    return any(_matches(candidate, folder) for candidate in _candidates(format_name))


def sources(path: Path, format_name: str | None = None) -> Iterator[Document | Folder]:
    """What there is to read at a path: the file or the folder, or what is in an archive, while it is being read.

    Raises BadInput for a damaged archive.
    """
    if path.is_dir():
        yield Folder(path)
        return
    document = Document(path)
    if not is_archive(document) or any(_matches(candidate, document) for candidate in _candidates(format_name)):
        yield document
        return
    with unpacked(document) as tree:
        yield from _members(tree, format_name)


def read_source(source: Document | Folder, format_name: str | None = None) -> Iterator[Trajectory]:
    """The trajectories in a file or folder, in its order; those without a step are passed over.

    Raises BadInput when the file or a part of it cannot be read, or when there is no step in all of it; trajectories
    already yielded are whole, and it is the caller who keeps all or none of a file.
    """
    chosen = format_named(format_name) if format_name else detect(source)
    if isinstance(source, Document):
        found = chosen.read(source)
    elif chosen.folder:
        found = chosen.folder.read(source)
    else:
        raise source.bad(f"cannot be read: a folder, expected a file of format {chosen.name}")
    is_empty = True
    for trajectory in found:
        if trajectory.steps:
            is_empty = False
            yield trajectory
    if is_empty:
        lost = source.losses if isinstance(source, Document) else []
        raise source.bad("; ".join(["holds nothing that an agent said or did", *lost]))


def read_trajectories(path: Path, format_name: str | None = None) -> Iterator[Trajectory]:
    """The trajectories at a path; of an archive, those of all its members that are any. See `read_source`."""
    nothing: NotATrajectory | None = None
    count = 0
    for source in sources(path, format_name):
        try:
            for trajectory in read_source(source, format_name):
                count += 1
                yield trajectory
        except NotATrajectory as error:
            nothing = error
    if not count and nothing:
        raise nothing


def _candidates(format_name: str | None) -> tuple[Format, ...]:
    return (format_named(format_name),) if format_name else FORMATS


def _matches(candidate: Format, source: Document | Folder) -> bool:
    if isinstance(source, Folder):
        return candidate.folder is not None and candidate.folder.matches(source)
    return candidate.matches(source)


def _members(tree: Tree, format_name: str | None) -> Iterator[Document | Folder]:
    """An archive's folders that are one trajectory each, and the files that are in none of these."""
    whole: list[str] = []
    for inside in tree.folders():
        if not inside.startswith(tuple(whole)) and is_one_trajectory(
            folder := MemberFolder(tree, inside), format_name
        ):
            whole.append(folder.prefix)
            yield folder
    for name in tree.paths:
        if not name.startswith(tuple(whole)):
            yield Member(tree, name)
