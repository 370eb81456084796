"""A SQLite that tells a `Disk` what it does, as a module that can stand where the store looks for one.

apsw brings a SQLite of its own and lets Python be the layer between it and the files. What the store and sqlite-utils
use of Python's sqlite3 is offered here over it. `store.sqlite` takes a module named pysqlite3 before Python's own, so
`install` needs no other way in. It is for a process of its own: two SQLites must not meet on one file.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import apsw
import apsw.ext

from tests.store.fire.disk import Disk

Refuse = Callable[[str], None]
"""Called with what is about to be written ("write", "truncate", "sync", "name"); it raises to refuse it."""

_JOURNALS = apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL | apsw.SQLITE_OPEN_WAL
_CHECKPOINT = 12
"""Pages in the write-ahead log before a checkpoint: few, so that there are many checkpoints to interrupt."""


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, refuse: Refuse, name: Any, flags: list[int]) -> None:
        self._disk, self._refuse = disk, refuse
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._kept = bool(self._path) and disk.holds(self._path)
        is_new = self._kept and not Path(self._path).exists()
        if is_new:
            refuse("name")
        super().__init__("unix", name, flags)
        if self._kept and Path(self._path).exists():
            self._file = disk.open(self._path)
        # SQLite's own layer syncs the folder with the first sync of a journal or log that it made.
        self._folder_to_sync = is_new and bool(flags[0] & _JOURNALS)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        if self._kept:
            self._refuse("write")
            self._disk.add("write", file=self._file, at=offset, data=bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        if self._kept:
            self._refuse("truncate")
            self._disk.add("truncate", file=self._file, at=size)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if self._kept:
            self._refuse("sync")
            self._disk.add("sync", file=self._file)
            if self._folder_to_sync:
                self._disk.add("sync names", path=str(Path(self._path).parent))
                self._folder_to_sync = False
        super().xSync(flags)


class _Files(apsw.VFS):
    def __init__(self, disk: Disk, refuse: Refuse) -> None:
        self._disk, self._refuse = disk, refuse
        super().__init__("fire", "unix")

    def xOpen(self, name: Any, flags: list[int]) -> _File:  # noqa: N802
        return _File(self._disk, self._refuse, name, flags)

    def xDelete(self, name: str, sync_folder: bool) -> None:  # noqa: N802
        super().xDelete(name, sync_folder)
        if self._disk.holds(name):
            self._disk.remove(name)
            if sync_folder:
                self._disk.add("sync names", path=str(Path(name).parent))


class _Cursor:
    """What of sqlite3.Cursor is used. The first row is fetched at once, as sqlite3 does."""

    def __init__(self, connection: apsw.Connection, sql: str, parameters: Any, *, many: bool = False) -> None:
        before = connection.total_changes()
        cursor = connection.cursor()
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters or None)
        self.description = _columns(connection, cursor, sql)
        self._rows = cursor
        self.rowcount = connection.total_changes() - before
        self.lastrowid = connection.last_insert_rowid()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)


def _columns(connection: apsw.Connection, cursor: apsw.Cursor, sql: str) -> list[Any] | None:
    try:
        columns: Any = cursor.get_description()
    except apsw.ExecutionCompleteError:  # it gave no rows
        columns = apsw.ext.query_info(connection, sql).description if sql.lower().startswith("select") else ()
    return [(column[0], *[None] * 6) for column in columns] or None


class _Connection:
    """What of sqlite3.Connection is used."""

    def __init__(self, path: str, timeout: float, uri: bool) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | (apsw.SQLITE_OPEN_URI if uri else 0)
        self._apsw = apsw.Connection(path, flags=flags, vfs="fire")
        self._apsw.set_busy_timeout(int(timeout * 1000))
        self._apsw.set_wal_hook(self._committed)
        self._pages = 0

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _Cursor:
        cursor = _Cursor(self._apsw, sql, parameters)
        if self._pages >= _CHECKPOINT:
            self._pages = 0
            # Where SQLite would by itself, and as little minded; but apsw would say of the commit that it failed.
            with suppress(apsw.Error):
                self._apsw.wal_checkpoint()
        return cursor

    def _committed(self, _connection: apsw.Connection, _database: str, pages: int) -> int:
        self._pages = pages
        return apsw.SQLITE_OK

    def executemany(self, sql: str, rows: Any) -> _Cursor:
        return _Cursor(self._apsw, sql, rows, many=True)

    @property
    def in_transaction(self) -> bool:
        return self._apsw.in_transaction

    def close(self) -> None:
        with suppress(apsw.Error):  # as SQLite itself does of what fails then: the log is kept for the next to open
            self._apsw.close(True)


def install(disk: Disk, refuse: Refuse = lambda kind: None) -> None:
    """Make this the process's SQLite, and tell the disk also of what Python does with its names."""
    module = ModuleType("pysqlite3")
    members: dict[str, Any] = {
        "Connection": _Connection,
        "Error": apsw.Error,
        "OperationalError": apsw.SQLError,
        "sqlite_version": apsw.sqlite_lib_version(),
        "sqlite_version_info": tuple(map(int, apsw.sqlite_lib_version().split("."))),
        "connect": lambda path, timeout=5.0, uri=False, **_: _Connection(str(path), timeout, uri),
    }
    vars(module).update(members, vfs=_Files(disk, refuse))
    sys.modules["pysqlite3"] = module
    _tell_of_names(disk, refuse)


def _tell_of_names(disk: Disk, refuse: Refuse) -> None:
    fsync, link, rename, unlink = os.fsync, os.link, os.rename, os.unlink

    def full(path: Any, folder: int | None = None) -> str:
        return str((Path.cwd() if folder is None else name_of(folder)) / path)

    def name_of(file: int) -> Path:
        return Path(f"/proc/self/fd/{file}").readlink()

    def told_fsync(file: int) -> None:
        path = str(name_of(file))
        if disk.holds(path + "/"):
            refuse("sync")
            if path in disk.names:
                disk.add("sync", file=disk.names[path])
            else:
                disk.add("sync names", path=path)
        fsync(file)

    def told_link(path: Any, to: Any, **options: Any) -> None:
        if disk.holds(full(to)):
            refuse("name")
        link(path, to, **options)
        if disk.holds(full(to)):
            disk.link(full(path), full(to))

    def told_rename(path: Any, to: Any, **options: Any) -> None:
        if disk.holds(full(to)):
            refuse("name")
        rename(path, to, **options)
        if full(path) in disk.names:
            disk.move(full(path), full(to))

    def told_unlink(path: Any, *, dir_fd: int | None = None) -> None:
        where = full(path, dir_fd)
        unlink(path, dir_fd=dir_fd)
        disk.remove(where)

    vars(os).update(fsync=told_fsync, link=told_link, rename=told_rename, unlink=told_unlink)
