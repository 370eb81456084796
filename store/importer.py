"""Bringing files into the store: every trajectory of a file or none, and the other files whatever happens to one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reviewer.errors import BadInput, ErrataError, NotATrajectory
from reviewer.formats import read_trajectories
from store.database import StoreError
from store.store import Store
from store.trajectories import TrajectoryHead


@dataclass(frozen=True)
class Imported:
    """What became of one file.

    trajectories: each with whether it is new. error: why the file was refused, "" when it was not.
    skipped: it was met in a folder and is no trajectory at all, which is nobody's mistake.
    """

    path: Path
    trajectories: tuple[tuple[TrajectoryHead, bool], ...] = ()
    error: str = ""
    skipped: bool = False

    @property
    def format(self) -> str:
        return self.trajectories[0][0].source.format if self.trajectories else ""


def find_files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """(file, whether it was met in a folder) for each file named, and each below a folder named.

    Hidden files and folders below a folder are passed over, symbolic links to folders are not followed.
    A path that does not exist is given back too: importing it says so.
    """
    for path in paths:
        if not path.is_dir():
            yield path, False
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                if not name.startswith("."):
                    yield Path(folder, name), True


def import_paths(
    store: Store,
    paths: Iterable[Path],
    format_name: str | None = None,
    on_file: Callable[[int, int, Path], None] = lambda done, total, path: None,
) -> list[Imported]:
    """Import files and folders. Returns what became of each file, in order.

    on_file: called before each file with how many are done, how many there are, and its path.
    Raises StoreError when the store itself cannot be written.
    """
    paths = list(paths)
    files = list(find_files(paths))
    results = []
    for done, (path, in_folder) in enumerate(files):
        on_file(done, len(files), path)
        results.append(import_file(store, path, format_name, in_folder=in_folder))
    for folder in filter(Path.is_dir, paths):
        below = [result for result in results if result.path.is_relative_to(folder)]
        if all(result.skipped for result in below):
            among = f" among {len(below)} file{'s' * (len(below) != 1)}" if below else "; it has no files"
            results.append(Imported(folder, error=f"{folder}: no trajectory in this folder{among}"))
    return results


def import_file(store: Store, path: Path, format_name: str | None = None, *, in_folder: bool = False) -> Imported:
    """Import one file, in one transaction. `in_folder`: met below a folder, so it may be something else."""
    if path.exists() and not path.is_file():  # a named pipe would keep us waiting, a device never ends
        return Imported(path, error=f"{path}: not a regular file", skipped=in_folder)
    if _is_part_of(store, path):
        return Imported(path, error=f"{path}: the store itself, not a trajectory", skipped=in_folder)
    try:
        with store.connection.transaction():
            added = tuple(store.trajectories.add(t) for t in read_trajectories(path, format_name))
            if not added:
                raise BadInput(path.name, "holds no trajectory")
    except StoreError:
        raise
    except NotATrajectory as error:
        return Imported(path, error=_line(path, error), skipped=in_folder)
    except ErrataError as error:
        return Imported(path, error=_line(path, error))
    return Imported(path, added)


def _is_part_of(store: Store, path: Path) -> bool:
    """Whether a file is the store's own, which must not be opened: store.database says why."""
    own = store.path.resolve()
    return path.resolve() in {own.with_name(own.name + suffix) for suffix in ("", "-wal", "-shm")}


def _line(path: Path, error: ErrataError) -> str:
    """The error with the file's whole path in place of its name."""
    text = str(error)
    return f"{path}{text.removeprefix(path.name)}" if isinstance(error, BadInput) else f"{path}: {text}"
