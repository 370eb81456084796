"""The SQLite file: opened safely, written in short durable transactions, refused when it is not ours.

WAL with synchronous=FULL: when `transaction()` has returned, the act survives kill -9 and a power cut.

SQLite 3.7.0 to 3.51.2 has a rare fault that can corrupt a WAL file when two connections write or checkpoint at once
(fixed in 3.51.3, and in 3.50.7 and 3.44.6; https://sqlite.org/changes.html). A lock file beside the store therefore
admits one writing program at a time under an affected library, and any number under a sound one, where SQLite's own
locking is enough. Programs that only read take no lock, and cannot checkpoint.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from reviewer.errors import ErrataError
from store import schema
from store.sqlite import sqlite3

APPLICATION_ID = 0x45727261  # "Erra"


class StoreError(ErrataError):
    """The store cannot be opened, read or written. The message says what to do."""


class OlderStore(StoreError):
    """A store of an older version, opened for reading only."""


def wal_reset_fault(version: tuple[int, ...]) -> bool:
    """Whether this version of SQLite has the WAL reset fault."""
    if version >= (3, 51, 3):
        return False
    return not ((3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45))


class Connection:
    """The one connection to the store's file.

    write: whether anything will be written; a store opened for reading needs no lock and never changes.
    Raises StoreError when the file cannot be opened, is not a store, or was made by a newer version.
    """

    def __init__(self, path: Path, *, write: bool) -> None:
        self.path = path
        self._lock: IO[bytes] | None = None
        self._in_transaction = False
        if not write and not path.exists():
            raise self._no_store_yet()
        try:
            self._refuse_foreign_file()
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._take_lock()
            self.raw = self._connect(write)
            self._check_ours(write)
            if write:
                self.execute("PRAGMA journal_mode=WAL")
                self.execute("PRAGMA synchronous=FULL")
                self._migrate()
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise self._cannot("opened", error) from error
        except BaseException:
            self.close()
            raise

    def _refuse_foreign_file(self) -> None:
        """Raise StoreError for what is not a store, before anything is made beside it. SQLite's header tells.

        It is read through SQLite: to open and close the file by other means would drop the locks that this process
        may hold on it, and another program could then throw away what is being written
        (https://sqlite.org/howtocorrupt.html).
        """
        if not self.path.exists():
            return
        if not self.path.is_file():
            message = f"{self.path}: a folder or device, not a store; name a file with --store"
            raise StoreError(message)
        if not self.path.stat().st_size:
            return
        with closing(self._connect_to_read("immutable=1")) as header:
            (app_id,) = header.execute("PRAGMA application_id").fetchone()
        if app_id != APPLICATION_ID:
            message = f"{self.path}: a SQLite file, but not an Errata store; name another with --store"
            raise StoreError(message)

    def _connect(self, write: bool) -> sqlite3.Connection:
        if write:
            # Without an isolation level transactions are ours to begin.
            return sqlite3.connect(str(self.path), timeout=5.0, isolation_level=None)
        # On a read-only disk there is nowhere to put the WAL index; nobody can be writing either. Where a program
        # that was killed left its log, the index lies there too.
        left = self.path.with_name(self.path.name + "-wal").exists()
        return self._connect_to_read("mode=ro" if left or os.access(self.path.parent, os.W_OK) else "immutable=1")

    def _connect_to_read(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{_quote(self.path)}?{mode}", uri=True, timeout=5.0)

    def _check_ours(self, write: bool) -> None:
        applied = schema.applied(self.raw)
        if unknown := [name for name in applied if name not in schema.NAMES]:
            message = (
                f"{self.path}: the store was made by a newer Errata (it has {unknown[-1]!r}, unknown here); "
                "it is left as it is: update Errata"
            )
            raise StoreError(message)
        if write:
            if not applied:
                self.execute(f"PRAGMA application_id={APPLICATION_ID}")
        elif not applied:
            raise self._no_store_yet()
        elif len(applied) < len(schema.NAMES):
            message = f"{self.path}: the store is of an older Errata; a command that writes brings it up to date"
            raise OlderStore(message)

    def _migrate(self) -> None:
        if len(schema.applied(self.raw)) < len(schema.NAMES):
            from sqlite_utils import Database

            schema.migrations().apply(Database(self.raw, execute_plugins=False))

    def _take_lock(self) -> None:
        """Admit this writer. The kernel drops the lock when the process ends, however it ends."""
        self._lock = self.path.with_name(self.path.name + ".lock").open("a+b", buffering=0)
        how = fcntl.LOCK_EX if wal_reset_fault(sqlite3.sqlite_version_info) else fcntl.LOCK_SH
        try:
            fcntl.flock(self._lock, how | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                return  # a file system without locks: SQLite's own are all there is
            self._lock.seek(0)
            holder = self._lock.read().decode("ascii", "replace").strip()
            message = (
                f"{self.path}: open in another Errata{f' (process {holder})' if holder else ''}; "
                "leave that one first (list, show and search work meanwhile)"
            )
            raise StoreError(message) from error
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()).encode())

    # -- reading and writing

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run one statement on the connection; inside `transaction()` it is part of it."""
        return self.raw.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterator[Sequence[Any]] | Sequence[Sequence[Any]]) -> None:
        self.raw.executemany(sql, rows)

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first row, as a tuple; None when there is none. Raises StoreError when it cannot be read."""
        with self._reading():
            return self.execute(sql, parameters).fetchone()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """The rows, as tuples. Raises StoreError when they cannot be read."""
        with self._reading():
            return list(self.execute(sql, parameters).fetchall())

    def dicts(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[dict[str, Any]]:
        """The rows as dicts by column name. Raises StoreError when they cannot be read."""
        with self._reading():
            cursor = self.execute(sql, parameters)
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield dict(zip(names, row, strict=True))

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._cannot("read", error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and on disk when it returns. One within another is a part of that.

        Raises StoreError when it could not be written (full disk, read-only disk); nothing of it is kept then.
        """
        if self._in_transaction:
            yield
            return
        self._in_transaction = True
        try:
            self.execute("BEGIN IMMEDIATE")
            yield
            self.execute("COMMIT")
        except sqlite3.Error as error:
            self._rollback()
            raise self._cannot("written", error) from error
        except BaseException:
            self._rollback()
            raise
        finally:
            self._in_transaction = False

    def _rollback(self) -> None:
        with suppress(sqlite3.Error):
            if self.raw.in_transaction:
                self.execute("ROLLBACK")

    def close(self) -> None:
        if hasattr(self, "raw"):
            self.raw.close()
        if self._lock:
            self._lock.close()

    def _no_store_yet(self) -> StoreError:
        return StoreError(f"{self.path}: there is no store yet; import something first, or try `errata demo`")

    def _cannot(self, verb: str, error: Exception) -> StoreError:
        text = str(error)
        if "not a database" in text or "malformed" in text or "encrypted" in text:
            return StoreError(f"{self.path}: not an Errata store, or a damaged one; name another with --store")
        if "full" in text or getattr(error, "errno", None) == errno.ENOSPC:
            return StoreError(f"{self.path}: cannot be {verb}: the disk is full; free some space and try again")
        if "disk I/O error" in text:  # also what SQLite says of a quota or a file size limit
            return StoreError(f"{self.path}: cannot be {verb}: the disk is full or failing; free some and try again")
        if self.path.is_dir():
            return StoreError(f"{self.path}: cannot be {verb}: it is a folder; name a file with --store")
        if "readonly" in text or "unable to open" in text or isinstance(error, PermissionError):
            return StoreError(f"{self.path}: cannot be {verb}: no permission, or a read-only disk")
        if "locked" in text:
            return StoreError(f"{self.path}: cannot be {verb}: another program holds it; try again")
        reason = error.strerror if isinstance(error, OSError) and error.strerror else text
        return StoreError(f"{self.path}: cannot be {verb}: {reason}")


def _quote(path: Path) -> str:
    return path.as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
