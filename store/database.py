"""The SQLite file: opened safely, written in short durable transactions, refused when it is not ours.

WAL with synchronous=FULL: when `transaction()` has returned, the act survives kill -9 and a power cut.

SQLite 3.7.0 to 3.51.2 has a rare fault that can corrupt a WAL file when two connections write or checkpoint at once
(fixed in 3.51.3, and in 3.50.7 and 3.44.6; https://sqlite.org/changes.html). A lock file beside the store therefore
admits one writing program at a time under an affected library, and any number under a sound one, where SQLite's own
locking is enough. Programs that only read take no lock, and cannot checkpoint.

Before a store of an older version is brought up to date, the file is copied beside it; all its migrations are one
transaction.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from reviewer.errors import ErrataError
from store import schema
from store.files import appearing, make_folder, remove
from store.sqlite import sqlite3

_MANY_WRITES, _SQLITES_OWN = (32_000, 16_384), (2000, 1000)
"""KiB of pages in memory, and pages in the log (4 KiB each): where much is written, and as SQLite has them."""

APPLICATION_ID = 0x45727261  # "Erra"


class StoreError(ErrataError):
    """The store cannot be opened, read or written. The message says what to do."""


class DamagedStore(StoreError):
    """A store whose file is broken."""


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
    any_version: open it for reading as it is, whatever version made it.
    copied_to: where the store was copied to before it was brought up to date; None when it was up to date.
    Raises StoreError when the file cannot be opened, is not a store, or was made by a newer version.
    """

    def __init__(self, path: Path, *, write: bool, any_version: bool = False) -> None:
        self.path = path
        self.copied_to: Path | None = None
        self._lock: IO[bytes] | None = None
        self._in_transaction = False
        if not write and not path.exists():
            raise self._no_store_yet()
        try:
            self._refuse_foreign_file()
            if write:
                make_folder(path.parent)
                self._take_lock()
            self.raw = self._connect(write)
            if not any_version:
                self._check_ours(write)
            if write:
                self.execute("PRAGMA journal_mode=WAL")
                self.execute("PRAGMA synchronous=FULL")
                self.execute("PRAGMA fullfsync=1")  # only macOS knows the difference
                self._migrate()
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise in_words(self.path, "opened", error) from error
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
        if not self.path.stat().st_size or self._beside("-journal").exists():
            return  # of a making that was cut short only the journal knows what the file held: see _check_ours
        # And of a checkpoint that was cut short only the log knows what the file is to hold.
        mode = "mode=ro" if self._beside("-wal").exists() else "immutable=1"
        with closing(self._connect_to_read(mode)) as header:
            self._refuse_other_than(header, APPLICATION_ID)

    def _refuse_other_than(self, connection: sqlite3.Connection, *ids: int) -> None:
        (id_,) = connection.execute("PRAGMA application_id").fetchone()
        if id_ not in ids:
            message = f"{self.path}: a SQLite file, but not an Errata store; name another with --store"
            raise StoreError(message)

    def _beside(self, suffix: str) -> Path:
        return self.path.with_name(self.path.name + suffix)

    def _connect(self, write: bool) -> sqlite3.Connection:
        if write:
            # Without an isolation level transactions are ours to begin. One thread at a time may have the connection
            # (tui/panels/importing.py), which SQLite as Python has it allows.
            return sqlite3.connect(str(self.path), timeout=5.0, isolation_level=None, check_same_thread=False)
        # On a read-only disk there is nowhere to put the WAL index; nobody can be writing either. Where a program
        # that was killed left its log, the index lies there too.
        left = self._beside("-wal").exists()
        return self._connect_to_read("mode=ro" if left or os.access(self.path.parent, os.W_OK) else "immutable=1")

    def _connect_to_read(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{_quote(self.path)}?{mode}", uri=True, timeout=5.0)

    def _check_ours(self, write: bool) -> None:
        is_empty = self.raw.execute("PRAGMA page_count").fetchone() == (0,)
        self._refuse_other_than(self.raw, APPLICATION_ID, *[0] * is_empty)
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
        """Bring the store up to date, or leave it as it is. What held something is copied before."""
        applied = len(schema.applied(self.raw))
        if applied == len(schema.NAMES):
            return
        if applied:
            self._hold(fcntl.LOCK_EX)  # a program of the older version would go on writing as it knows it
            self.copied_to = name_of_copy(self.path)
            self.copy(self.copied_to)
        from sqlite_utils import Database

        try:
            with self.transaction():
                schema.migrations().apply(Database(self.raw, execute_plugins=False))
        except BaseException:
            if self.copied_to:
                remove(self.copied_to)
            raise
        if not wal_reset_fault(sqlite3.sqlite_version_info):
            self._hold(fcntl.LOCK_SH)

    def _take_lock(self) -> None:
        """Admit this writer. The kernel drops the lock when the process ends, however it ends."""
        self._lock = self._beside(".lock").open("a+b", buffering=0)
        self._hold(fcntl.LOCK_EX if wal_reset_fault(sqlite3.sqlite_version_info) else fcntl.LOCK_SH)
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()).encode())

    def _hold(self, how: int) -> None:
        """Hold the lock with others or alone. Raises StoreError when another program does not let us."""
        assert self._lock
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

    # -- reading and writing

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run one statement on the connection; inside `transaction()` it is part of it."""
        return self.raw.execute(sql, parameters)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run one statement for each of the rows. Returns how many rows of the store it changed."""
        return int(self.raw.executemany(sql, rows).rowcount)

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
            raise in_words(self.path, "read", error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and on disk when it returns. One within another is all or nothing too, and on disk when
        the outermost returns.

        Raises StoreError when it could not be written (full disk, read-only disk); nothing of it is kept then.
        """
        if self._in_transaction:
            with self._part_of_transaction():
                yield
            return
        self._in_transaction = True
        try:
            self.execute("BEGIN IMMEDIATE")
            yield
            self.execute("COMMIT")
        except sqlite3.Error as error:
            self._rollback()
            raise in_words(self.path, "written", error) from error
        except BaseException:
            self._rollback()
            raise
        finally:
            self._in_transaction = False

    def write_anew(self) -> None:
        """Write the whole file anew, so that nothing is left in it, or in its log, of what was deleted or replaced.

        Raises StoreError when there is no room for a second one, or another program reads for long.
        """
        try:
            self.execute("VACUUM")
            if self.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise sqlite3.OperationalError("database is locked")
        except sqlite3.Error as error:
            raise in_words(self.path, "written anew", error) from error

    @contextmanager
    def many_writes(self) -> Iterator[None]:
        """While much is written: more memory, and a longer log before its pages go into the file. A page that
        many transactions change is written once then.
        """
        self._set_room(_MANY_WRITES)
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self._set_room(_SQLITES_OWN)

    def _set_room(self, room: tuple[int, int]) -> None:
        cache, log = room
        self.execute(f"PRAGMA cache_size={-cache}")
        self.execute(f"PRAGMA wal_autocheckpoint={log}")

    @contextmanager
    def _part_of_transaction(self) -> Iterator[None]:
        self.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):  # where SQLite has rolled back all of it: the disk is full
                self.execute("ROLLBACK TO part")
                self.execute("RELEASE part")
            raise
        self.execute("RELEASE part")

    def copy(self, to: Path) -> None:
        """Copy the store as it is now into a new file, which is on disk when this returns. Others may go on writing.

        Raises StoreError when that cannot be done, or `to` is there already; nothing is left of it then.
        """
        try:
            with appearing(to.absolute()) as part:
                self.execute("VACUUM INTO ?", (str(part),))
        except FileExistsError as error:
            message = f"{to}: is there already, and is left as it is; name another file"
            raise StoreError(message) from error
        except sqlite3.Error as error:
            raise in_words(self.path if _is_damage(error) else to, "written", error) from error
        except OSError as error:
            raise in_words(to, "written", error) from error

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


def name_of_copy(path: Path) -> Path:
    """A name for a copy of a store, beside it, that says when it was made and is not taken."""
    now = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    names = (path.with_name(f"{path.name}.{now}{more}.backup") for more in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _is_damage(error: Exception) -> bool:
    return any(word in str(error) for word in ("not a database", "malformed", "encrypted"))


def in_words(path: Path, verb: str, error: Exception) -> StoreError:
    """What SQLite or the system said, in words that help."""
    text = str(error)
    if "malformed" in text:
        return DamagedStore(f"{path}: the store is damaged; `errata recover` saves what can be read into a new one")
    if _is_damage(error):
        return StoreError(f"{path}: not an Errata store, or a damaged one: try `errata recover`, or another --store")
    if "full" in text or getattr(error, "errno", None) in _NO_ROOM:
        return StoreError(f"{path}: cannot be {verb}: the disk is full; free some space and try again")
    turned_read_only = verb == "written" and path.exists() and not os.access(path, os.W_OK)  # while it was open
    if "disk I/O error" in text and not turned_read_only:  # also what SQLite says of a quota or a file size limit
        return StoreError(f"{path}: cannot be {verb}: the disk is full or failing; free some and try again")
    if path.is_dir():
        return StoreError(f"{path}: cannot be {verb}: it is a folder; name a file with --store")
    is_read_only = isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS
    is_read_only |= "disk I/O error" in text
    if "readonly" in text or "unable to open" in text or is_read_only:
        return StoreError(f"{path}: cannot be {verb}: no permission, or a read-only disk")
    if "locked" in text:
        return StoreError(f"{path}: cannot be {verb}: another program holds it; try again")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else text
    return StoreError(f"{path}: cannot be {verb}: {reason}")


def _quote(path: Path) -> str:
    return path.as_posix().replace("%", "%25").replace("?", "%3f").replace("#", "%23")
