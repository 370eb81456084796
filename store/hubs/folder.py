"""A folder as a hub: on this machine, a mounted share, a stick, or what rsync, Syncthing or rclone keep in step.

Nothing is locked and nothing is appended to: each object is a file of its own, written whole under another name and
then renamed. Links are not followed. Who may read and write what, the file system's own rights say.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from store.hubs.hub import MAX_OBJECT, Hub, HubError, Listed, NoPermission

_BOXES = ("team", "inbox", "outbox")

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class FolderHub(Hub):
    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.root = Path(unquote(parts.path) if parts.scheme == "file" else url).expanduser().absolute()
        super().__init__(str(self.root))
        if not self.root.is_dir():
            missing = "there is no such folder; mount its disk, or for a new hub make it first"
            raise HubError(f"{self.url}: {'this is not a folder' if self.root.exists() else missing}")

    def start(self) -> None:
        for box in _BOXES:
            with self._errors(box, "made"):
                self._make_box(box)

    def _put(self, name: str, data: bytes) -> None:
        path = self.root / name
        with self._errors(name, "written"):
            self._make_box(name.rpartition("/")[0])
            new = path.with_name(f".tmp-{secrets.token_hex(8)}")
            try:
                # Not a private file: others read it, as far as the folder's owner lets them (umask, group).
                with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                new.replace(path)
            finally:
                with suppress(OSError):
                    new.unlink(missing_ok=True)
            _sync_folder(path.parent)
            if _read(path) != data:
                raise HubError(f"{self.url}: {name} does not read as it was written; is the disk failing?")

    def _get(self, name: str) -> bytes | None:
        with self._errors(name, "read"):
            try:
                return None if self._is_a_link(name.rpartition("/")[0]) else _read(self.root / name)
            except (FileNotFoundError, NotADirectoryError):
                return None

    def _remove(self, name: str) -> None:
        with self._errors(name, "removed"):
            (self.root / name).unlink(missing_ok=True)
            _sync_folder((self.root / name).parent)

    def _list(self, box: str) -> Iterator[Listed]:
        folders = [box] if "/" in box or box == "team" else [f"{box}/{name}" for name, _ in self._entries(box)]
        found: list[tuple[int, Listed]] = []
        for folder in folders:
            for name, entry in self._entries(folder):
                with suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        about = entry.stat(follow_symlinks=False)
                        time = about.st_mtime_ns
                        found.append((time, Listed(f"{folder}/{name}", about.st_size, f"{time}")))
        return (listed for _, listed in sorted(found))

    def _entries(self, folder: str) -> list[tuple[str, os.DirEntry[str]]]:
        with self._errors(folder, "read"):
            try:
                if self._is_a_link(folder):
                    return []
                with os.scandir(self.root / folder) as entries:
                    return [(entry.name, entry) for entry in entries]
            except (FileNotFoundError, NotADirectoryError):
                if not self.root.is_dir():
                    raise HubError(f"{self.url}: the folder is gone; is its disk mounted?") from None
                return []

    def _make_box(self, box: str) -> None:
        folder = self.root / box
        if self._is_a_link(box) or (folder.exists() and not folder.is_dir()):
            raise HubError(f"{self.url}: {box} is not a folder; remove it, and what is missing is put again")
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            _sync_folder(folder.parent)

    def _is_a_link(self, box: str) -> bool:
        return any((self.root / folder).is_symlink() for folder in (box.partition("/")[0], box))

    @contextmanager
    def _errors(self, name: str, verb: str) -> Iterator[None]:
        """What the system says, as one clear line."""
        try:
            yield
        except PermissionError as error:
            raise NoPermission(f"{self.url}: no permission: {name} cannot be {verb}") from error
        except OSError as error:
            if error.errno in _FULL:
                raise HubError(f"{self.url}: the disk is full: {name} cannot be {verb}") from error
            if error.errno == errno.EROFS:
                raise NoPermission(f"{self.url}: the disk is read-only: {name} cannot be {verb}") from error
            raise HubError(f"{self.url}: {name} cannot be {verb}: {error.strerror or error}") from error


def _read(path: Path) -> bytes:
    """A file's bytes, as far as an object may have some. Raises FileNotFoundError for what is no plain file: a pipe
    would wait for ever.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(MAX_OBJECT + 1)


def _sync_folder(folder: Path) -> None:
    """Make what was created or renamed in a folder last. Some file systems of networks cannot, and do so anyway."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):
            os.fsync(file)
    finally:
        os.close(file)


HUB = FolderHub
