"""Files that are there whole or not at all, and that a power cut does not take away again."""

from __future__ import annotations

import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def make_folder(path: Path) -> None:
    """Make a folder and those above it, durably. Raises OSError when that cannot be done."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(parents=True, exist_ok=True)
    for folder in missing:
        sync(folder.parent)


@contextmanager
def appearing(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Where to write a file that is to be at `path`: it appears there, on disk, when the block ends well, or never.

    Raises FileExistsError for what is there already, which is left as it is unless it is to be replaced, and OSError
    when the disk refuses. A program that is killed meanwhile leaves a hidden folder beside `path`, and nothing at
    `path`.
    """
    if not replace:
        refuse_existing(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as place:
        part = Path(place, path.name)
        yield part
        _bring([part], path.parent, replace=replace)


@contextmanager
def appearing_in(folder: Path, *, replace: bool = False) -> Iterator[Path]:
    """Where to write files that are to be in `folder`: as `appearing`, once all of them are on disk."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".errata.") as place:
        yield Path(place)
        _bring(sorted(Path(place).iterdir()), folder, replace=replace)


def _bring(parts: list[Path], folder: Path, *, replace: bool) -> None:
    """Move files into a folder, once all of them are on disk."""
    for part in parts:
        sync(part)
    for part in parts:
        path = folder / part.name
        if replace:
            part.replace(path)
            continue
        try:
            os.link(part, path)  # unlike a rename, never over what came to be there meanwhile
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            refuse_existing(path)
            part.rename(path)
    sync(folder)


def sync(path: Path) -> None:
    """Wait until a file's content, or a folder's list of names, is on disk. Raises OSError."""
    file = os.open(path, os.O_RDONLY)
    try:
        with _where_folders_can_be_synced(path):
            if hasattr(fcntl, "F_FULLFSYNC"):  # macOS, where fsync leaves it in the disk's own memory
                fcntl.fcntl(file, fcntl.F_FULLFSYNC)
            else:
                os.fsync(file)
    finally:
        os.close(file)


@contextmanager
def _where_folders_can_be_synced(path: Path) -> Iterator[None]:
    """Some network file systems refuse to sync a folder; they keep its names by themselves."""
    try:
        yield
    except OSError as error:
        if not (path.is_dir() and error.errno in (errno.EINVAL, errno.ENOTSUP, errno.EBADF)):
            raise


def refuse_existing(path: Path) -> None:
    """Raises FileExistsError for what is there, be it a link that leads nowhere."""
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def remove(path: Path) -> None:
    """Remove a file, if it is there and can be."""
    with suppress(OSError):
        path.unlink()
