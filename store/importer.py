"""Bringing files into the store: every trajectory of a file or none, and the other files whatever happens to one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from msgspec import structs

from reviewer.errors import BadInput, ErrataError, NotATrajectory
from reviewer.formats import Document, Folder, is_one_trajectory, read_source, sources
from reviewer.secrets import redact, secrets_in
from reviewer.trajectory import Trajectory
from store.database import StoreError
from store.store import Store
from store.trajectories import Redacted, TrajectoryHead


@dataclass(frozen=True)
class Imported:
    """What became of one file, or of one folder that is a trajectory. The path of an archive's member begins with the
    archive's.

    trajectories: each, without its instructions, with whether it is new. error: why the file was refused, "" when it
    was not. skipped: it was met in a folder or an archive and is no trajectory at all, which is nobody's mistake.
    losses: what of a damaged file could not be read, though the rest was. redacted: how many secrets were replaced.
    """

    path: Path
    trajectories: tuple[tuple[TrajectoryHead, bool], ...] = ()
    error: str = ""
    skipped: bool = False
    losses: tuple[str, ...] = ()
    redacted: int = 0

    @property
    def format(self) -> str:
        return self.trajectories[0][0].source.format if self.trajectories else ""


def find_files(paths: Iterable[Path], format_name: str | None = None) -> Iterator[tuple[Path, bool]]:
    """(file, whether it was met in a folder) for each file named, and each below a folder named.

    A folder that is one trajectory is given back whole, and what is in it is not. Hidden files and folders below a
    folder are passed over, symbolic links to folders are not followed. A path that does not exist is given back too:
    importing it says so.
    """
    for path in paths:
        if not path.is_dir():
            yield path, False
            continue
        for folder, folders, files in os.walk(path):
            if is_one_trajectory(Path(folder), format_name):
                yield Path(folder), folder != str(path)
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield Path(folder, name), True


def import_paths(
    store: Store,
    paths: Iterable[Path],
    format_name: str | None = None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    *,
    hide_secrets: bool = False,
) -> list[Imported]:
    """Import files and folders. Returns what became of each file, in order.

    on_progress: called before each file, and after each trajectory in it, with how many files are done, how many
    there are, and what is being read. What it raises (no ErrataError) ends the import; the files that are done stay.
    hide_secrets: replace what looks like a secret before it enters the store (reviewer/secrets.py).
    Raises StoreError when the store itself cannot be written.
    """
    paths = list(paths)
    files = list(find_files(paths, format_name))
    results: list[Imported] = []
    for done, (path, in_folder) in enumerate(files):
        tell = partial(on_progress, done, len(files))
        tell(path.name)
        results += import_file(store, path, format_name, tell, in_folder=in_folder, hide_secrets=hide_secrets)
    for folder in filter(Path.is_dir, paths):
        below = [result for result in results if result.path.is_relative_to(folder)]
        if all(result.skipped for result in below):
            among = f" among {len(below)} file{'s' * (len(below) != 1)}" if below else "; it has no files"
            results.append(Imported(folder, error=f"{folder}: no trajectory in this folder{among}"))
    return results


def import_file(
    store: Store,
    path: Path,
    format_name: str | None = None,
    tell: Callable[[str], None] = lambda what: None,
    *,
    in_folder: bool = False,
    hide_secrets: bool = False,
) -> list[Imported]:
    """Import one file, in one transaction; of an archive each member, in one each. Returns what became of each.

    tell: called after each trajectory with how far it is. in_folder: met below a folder, so it may be something else.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):  # a pipe would keep us waiting, a device never ends
        return [Imported(path, error=f"{path}: not a regular file", skipped=in_folder)]
    if _is_part_of(store, path):
        return [Imported(path, error=f"{path}: the store itself, not a trajectory", skipped=in_folder)]
    results = []
    try:
        for source in sources(path, format_name):
            is_member = source.name != path.name
            hidden: list[int] = []
            trajectories = read_source(source, format_name)
            if hide_secrets:
                trajectories = _redacted(trajectories, hidden)
            counted = _counted(trajectories, source.name, tell)
            result = _import_source(store, path, source, counted, may_be_other=in_folder or is_member)
            results.append(replace(result, redacted=sum(hidden)))
    except StoreError:
        raise
    except ErrataError as error:
        return [Imported(path, error=_line(path, error))]
    if not in_folder and all(result.skipped for result in results):
        members = f"{len(results)} file{'s' * (len(results) != 1)}"
        results.append(Imported(path, error=f"{path}: no trajectory among the {members} in it"))
    return results


def _import_source(
    store: Store, path: Path, source: Document | Folder, trajectories: Iterable[Trajectory], *, may_be_other: bool
) -> Imported:
    """Import a file or folder, which stands at this path or in the archive there."""
    place = path.parent / source.name
    gone: list[str] = []
    try:
        with store.connection.transaction():
            added = tuple(_added(store, trajectories, gone))
    except StoreError:
        raise
    except NotATrajectory as error:
        return Imported(place, error=_line(path, error), skipped=may_be_other)
    except ErrataError as error:
        return Imported(place, error=_line(path, error))
    if gone and not added:
        return Imported(place, error=f"{place}: {gone[0]}")
    return Imported(place, added, losses=(*(source.losses if isinstance(source, Document) else ()), *gone))


def _counted(trajectories: Iterable[Trajectory], name: str, tell: Callable[[str], None]) -> Iterator[Trajectory]:
    for number, trajectory in enumerate(trajectories, 1):
        yield trajectory
        tell(f"{name}: {number}")


def _redacted(trajectories: Iterable[Trajectory], hidden: list[int]) -> Iterator[Trajectory]:
    """Them without their secrets; `hidden` grows by how many each had."""
    for trajectory in trajectories:
        secrets = secrets_in(trajectory)
        hidden.append(len(secrets))
        yield redact(trajectory, secrets)


def _added(
    store: Store, trajectories: Iterable[Trajectory], gone: list[str]
) -> Iterator[tuple[TrajectoryHead, bool]]:
    """Trajectories as kept; what was redacted is left out, and `gone` says so.

    A file may hold thousands, so their instructions are not kept in memory until its end.
    """
    for trajectory in trajectories:
        try:
            head, is_new = store.trajectories.add(trajectory)
        except Redacted as error:
            gone.append(str(error))
        else:
            yield structs.replace(head, task=replace(head.task, instructions="")), is_new


def _is_part_of(store: Store, path: Path) -> bool:
    """Whether a file is the store's own, which must not be opened: store.database says why."""
    own = store.path.resolve()
    return path.resolve() in {own.with_name(own.name + suffix) for suffix in ("", "-wal", "-shm")}


def _line(path: Path, error: ErrataError) -> str:
    """The error with the file's whole path in place of its name."""
    text = str(error)
    return f"{path}{text.removeprefix(path.name)}" if isinstance(error, BadInput) else f"{path}: {text}"
