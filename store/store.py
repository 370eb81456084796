"""The store: one SQLite file, and everything in it by name."""

from __future__ import annotations

import json
import re
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from reviewer.errors import BadInput, ErrataError
from reviewer.rubric import Rubric, built_in_rubric, parse_rubric
from store import redaction
from store.database import Connection
from store.log import Log
from store.session import ReviewSession
from store.trajectories import Trajectories

LEADS_HERE = "leads here"
"""What the table `meta` of the store that speaks for a lead holds: the lead's name."""

_REVIEWER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")


class Store:
    """A store, open. Use it as a context manager, or call `close`.

    trajectories: what can be reviewed (store/trajectories.py). log: what was said (store/log.py).
    Raises StoreError when the file cannot be opened; `write=False` opens it for reading only.
    """

    def __init__(self, path: Path, *, write: bool = True) -> None:
        self.path = path
        self.connection = Connection(path, write=write)
        try:
            self.trajectories = Trajectories(self.connection)
            self.log = Log(self.connection, self._device(write))
            if write:
                with suppress(ErrataError):  # no room, or another program reads: another time
                    self.scrub()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.connection.close()

    @property
    def copied_to(self) -> Path | None:
        """Where the store was copied to, as it was, because this opening brought it up to date; None when not."""
        return self.connection.copied_to

    def session(self, reviewer: str, trajectory: str) -> ReviewSession:
        """A trajectory opened for review by a reviewer. `trajectory` is a full id (see Trajectories.find)."""
        rubric = self.rubric_for(reviewer, trajectory)
        session = ReviewSession(self.connection, self.log, self.trajectories, rubric, reviewer, trajectory)
        if (lead := self._meta(LEADS_HERE)) and lead != reviewer:
            trusted = self.connection.row("SELECT 1 FROM trusted WHERE author = ?", (reviewer,))
            session.is_anothers = trusted is not None
        return session

    def scrub(self) -> None:
        """Wipe what was redacted from the file, where that is due. It stays due when this raises StoreError."""
        if self._meta(redaction.DUE) is not None:
            redaction.scrub(self.connection, self.trajectories)

    # -- the rubric

    @property
    def rubric(self) -> Rubric:
        """The rubric in use; the built-in one until another was chosen."""
        version = self._meta("rubric")
        return self.rubric_of(version) if version else built_in_rubric()

    def rubric_of(self, version: str) -> Rubric:
        """A rubric by its version. Raises ErrataError when the store does not have it."""
        if version == built_in_rubric().version:
            return built_in_rubric()
        row = self.connection.row("SELECT text FROM rubric WHERE version = ?", (version,))
        if row is None:
            message = f"the store has no rubric of version {version[:10]}"
            raise ErrataError(message)
        return parse_rubric(row[0], f"rubric {version[:10]}")

    def has_rubric(self, version: str) -> bool:
        row = self.connection.row("SELECT 1 FROM rubric WHERE version = ?", (version,))
        return row is not None or version == built_in_rubric().version

    def rubric_for(self, reviewer: str, trajectory: str) -> Rubric:
        """What a reviewer judges a trajectory by: the rubric that it is shared with, or else the one in use. A review
        of a shared one goes on with the rubric that it was begun under.

        Raises ErrataError when that rubric is not here, or cannot be read.
        """
        assigned = self.assigned_rubric(trajectory)
        if assigned is None:
            return self.rubric
        begun = self.log.begun_under(reviewer, trajectory)
        try:
            return self.rubric_of(begun if begun and self.has_rubric(begun) else assigned)
        except BadInput as error:
            message = f"the rubric that this session is shared with may be of a newer Errata; update it ({error})"
            raise ErrataError(message) from error

    def assigned_rubric(self, trajectory: str) -> str | None:
        """The version of the rubric that a trajectory is shared with; None for one that is not shared."""
        return self._meta(f"rubric.{trajectory}")

    def assign_rubric(self, trajectory: str, version: str) -> None:
        """Let a trajectory be judged by this rubric, by everybody. The first that was assigned stands."""
        with self.connection.transaction():
            self.connection.execute("INSERT OR IGNORE INTO meta VALUES (?,?)", (f"rubric.{trajectory}", version))

    def keep_rubric(self, version: str, name: str, text: str) -> None:
        """Keep a rubric, also one that only a newer version of Errata can read."""
        with self.connection.transaction():
            self.connection.execute("INSERT OR IGNORE INTO rubric VALUES (?,?,?)", (version, name, text))

    def use_rubric(self, rubric: Rubric) -> None:
        """Take a rubric into use. Events written before keep naming the one they were made under."""
        with self.connection.transaction():
            self.keep_rubric(rubric.version, rubric.name, rubric.text)
            self._set_meta("rubric", rubric.version)

    # -- settings of this store

    def setting(self, name: str) -> Any:
        """A setting of the screens'; None when it was never set."""
        value = self._meta(f"setting.{name}")
        return None if value is None else json.loads(value)

    def set_setting(self, name: str, value: Any) -> None:
        with self.connection.transaction():
            self._set_meta(f"setting.{name}", json.dumps(value))

    def _device(self, write: bool) -> str:
        """A random name for this store, made with it."""
        device = self._meta("device")
        if device is None and write:
            device = secrets.token_hex(8)
            with self.connection.transaction():
                self._set_meta("device", device)
        return device or ""

    def _meta(self, key: str) -> str | None:
        row = self.connection.row("SELECT value FROM meta WHERE key = ?", (key,))
        return row[0] if row else None

    def _set_meta(self, key: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (key, value))


def check_reviewer(name: str) -> str:
    """A reviewer's name, if it can be one. Raises ErrataError."""
    if not _REVIEWER.fullmatch(name):
        message = f"{name!r} cannot be a reviewer's name: letters, digits and . _ @ + - only, 64 at most"
        raise ErrataError(message)
    return name
