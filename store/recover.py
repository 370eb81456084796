"""Saving what can be read of a damaged store into a new one. The damaged file is only read.

Rows are found page by page (store/pages.py) and believed where they prove themselves: an event by its bytes, beside
which its columns stand; a trajectory by its id, which is the hash of its content; a rubric by its version. What is
derived (the heads, the search, the hints) is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import mmap
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reviewer.errors import ErrataError
from reviewer.event import decode
from reviewer.trajectory import Source, Task, Trajectory, step_from_dict
from store.database import StoreError, in_words
from store.files import appearing
from store.packed import unpack, unpack_text
from store.pages import Pages, Row
from store.sqlite import sqlite3
from store.store import Store

_HASH = re.compile(r"[0-9a-f]{64}")
_EVENT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNREADABLE = (ErrataError, ValueError, KeyError, TypeError, IndexError)

_LOCAL = {"meta": 2, "draft": 6, "place": 3, "redacted": 4}
"""The tables whose rows change, with their columns: read through SQLite, since a page may hold an older row."""


@dataclass(frozen=True)
class Recovered:
    """What was saved into the store at `path`, and what is known to be lost.

    lost_events: ids that the damaged store names elsewhere. lost_trajectories: (id, the name of its source or ""); to
    import the source again brings it back, and the events about it are saved. doubtful: events, a line each, whose
    bytes were readable but are not what was kept beside them.
    """

    path: Path
    events: int
    trajectories: int
    lost_events: tuple[str, ...]
    lost_trajectories: tuple[tuple[str, str], ...]
    doubtful: tuple[str, ...]


def recover(path: Path, to: Path | None = None) -> Recovered:
    """Save what can be read of the store at `path` into a new one; by default beside it, "-recovered" in its name.

    Raises StoreError when nothing of a store is in the file, another program has it open, or the new one cannot be
    written; nothing is left of that then.
    """
    to = to or path.with_stem(f"{path.stem}-recovered")
    if not path.is_file():
        raise StoreError(f"{path}: there is no store here to recover from")
    try:
        with _alone_with(path), appearing(to.absolute()) as new:
            copy = new.with_name("damaged")
            for suffix in ("", "-wal", "-journal"):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{path}{suffix}", f"{copy}{suffix}")
            return _save(path, copy, new, to)
    except FileExistsError as error:
        raise StoreError(f"{to}: is there already, and is left as it is; name another with --output") from error
    except OSError as error:
        raise in_words(Path(error.filename or to), "written", error) from error


def _save(path: Path, copy: Path, new: Path, to: Path) -> Recovered:
    local = _finish(copy)
    with copy.open("rb") as file:
        if not copy.stat().st_size:
            raise StoreError(f"{path}: the file is empty; there is nothing to recover")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found = _Found(Pages(data))
            if not (found.events or found.trajectories or found.steps):
                raise StoreError(f"{path}: nothing of an Errata store can be found in it")
            try:
                with Store(new) as store:
                    saved = found.save(store, local)
            except StoreError as error:
                raise StoreError(str(error).replace(str(new), str(to))) from error
    named = {id_: name for id_, name in found.trajectory_ids.items() if id_ not in saved}
    return Recovered(
        to,
        len(found.events),
        len(saved),
        tuple(sorted(found.event_ids - set(found.events))),
        tuple(sorted(named.items())),
        tuple(found.doubtful),
    )


@contextmanager
def _alone_with(path: Path) -> Iterator[None]:
    """Keep out programs that write to the store, where it can be locked."""
    try:
        lock = path.with_name(path.name + ".lock").open("r+b")
    except OSError:  # nobody ever wrote, or nobody can: a read-only disk
        yield
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"{path}: open in another Errata; leave that one first") from error
        except OSError:
            pass  # a file system without locks
        yield


def _finish(copy: Path) -> dict[str, list[Any]]:
    """Bring what the log holds into the file, as far as SQLite can; the rows of the tables in _LOCAL."""
    rows: dict[str, list[Any]] = {name: [] for name in _LOCAL}
    with suppress(sqlite3.Error), closing(sqlite3.connect(str(copy), isolation_level=None)) as raw:
        with suppress(sqlite3.Error):
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for name in _LOCAL:
            with suppress(sqlite3.Error):
                rows[name] = list(raw.execute(f"SELECT * FROM {name}"))
    return rows


@dataclass
class _Found:
    """What the pages hold that proves itself, or may together. Large things are known by where they stand."""

    pages: Pages
    events: dict[str, tuple[int, Any]] = field(default_factory=dict)
    event_ids: set[str] = field(default_factory=set)
    trajectories: dict[str, tuple[int, Any]] = field(default_factory=dict)
    trajectory_ids: dict[str, str] = field(default_factory=dict)
    steps: dict[tuple[str, int], tuple[int, Any]] = field(default_factory=dict)
    outputs: dict[tuple[int, int], Any] = field(default_factory=dict)
    rubrics: list[tuple[str, str, str]] = field(default_factory=list)
    drafts: list[Any] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for row in self.pages.rows():
            with suppress(*_UNREADABLE):
                self._take(row)

    def _take(self, row: Row) -> None:
        """Keep a row that is of the store, by its shape."""
        match row.values:
            case [str(), *_, bytes() as raw] if len(row.values) == 14 and row.id is not None:
                self._take_event(row, raw)
            case [None, str(id_), str(), str(name), *_, bytes(), str()] if len(row.values) == 17 and row.id:
                self.trajectories[id_] = row.id, row.place
                self.trajectory_ids[id_] = name
            case [None, str(id_), int(ordinal), int(), *_] if len(row.values) in (15, 16) and row.id:
                if _HASH.fullmatch(id_):
                    self.steps[id_, ordinal] = row.id, row.place
                    self.trajectory_ids.setdefault(id_, "")
            case [int(step), int(page), int(), bytes()] if row.id is None:
                self.outputs[step, page] = row.place
            case [int(step), int(page), bytes()] if row.id is None:  # of the first versions
                self.outputs.setdefault((step, page), row.place)
            case [str(version), str(name), str(text)] if hashlib.sha256(text.encode()).hexdigest() == version:
                self.rubrics.append((version, name, text))
            case [str(), str(id_), int(), str(), str(), str(last)] if _HASH.fullmatch(id_):
                if _EVENT_ID.fullmatch(last):  # a head
                    self.event_ids.add(last)
                elif isinstance(json.loads(last), dict):
                    self.drafts.append(tuple(row.values))
            case [str(id_), int()] if row.id is None and _EVENT_ID.fullmatch(id_):
                self.event_ids.add(id_)
            case [str(id_), int()] if row.id is None and _HASH.fullmatch(id_):
                self.trajectory_ids.setdefault(id_, "")

    def _take_event(self, row: Row, raw: bytes) -> None:
        columns = row.values
        if _EVENT_ID.fullmatch(columns[0]):
            self.event_ids.add(columns[0])
        event = decode(raw)
        value = None if columns[8] is None else json.loads(columns[8])
        kept = [event.id, event.author, event.device, event.time, *event.subject[1:], event.value, event.rubric]
        if kept != [*columns[:8], value, columns[9]]:
            self.doubtful.append(f"event {event.id}: its columns differ from its bytes")
        self.events[event.id] = row.id or 0, row.place

    def save(self, store: Store, local: dict[str, list[Any]]) -> set[str]:
        """Put all of it into a new store, in the order in which it came; the ids of the whole trajectories."""
        saved = set()
        with store.connection.transaction():
            execute = store.connection.execute
            for rubric in self.rubrics:
                execute("INSERT OR IGNORE INTO rubric VALUES (?,?,?)", rubric)
            for id_, (number, place) in _in_order(self.trajectories):
                try:
                    row, trajectory = self.pages.row(place).values, self._trajectory(id_)
                except _UNREADABLE:
                    continue
                store.trajectories.add(trajectory)
                execute("UPDATE trajectory SET number = ?, imported_at = ? WHERE id = ?", (number, row[-1], id_))
                saved.add(id_)
            store.log.apply(decode(self.pages.row(place).values[-1]) for _, (_, place) in _in_order(self.events))
            for draft in self.drafts:
                execute("INSERT OR IGNORE INTO draft VALUES (?,?,?,?,?,?)", draft)
            for table, columns in _LOCAL.items():
                for row in local[table]:
                    execute(f"INSERT OR REPLACE INTO {table} VALUES ({','.join('?' * columns)})", row)
        return saved

    def _trajectory(self, id_: str) -> Trajectory:
        """A trajectory. Raises ErrataError, KeyError and others of _UNREADABLE when it is not what its id says."""
        _, place = self.trajectories[id_]
        row = self.pages.row(place).values
        fields = unpack(row[15])
        names = ("agent", "model", "outcome", "started_at", "totals")
        trajectory = Trajectory(
            source=Source(**fields["source"]),
            steps=tuple(self._step(id_, ordinal) for ordinal in range(1, row[12] + 1)),
            task=Task(**fields.get("task", {})),
            **{name: fields[name] for name in names if name in fields},
        )
        if trajectory.id != id_:
            raise ValueError("it is not what was imported")
        return trajectory

    def _step(self, id_: str, ordinal: int) -> Any:
        number, place = self.steps[id_, ordinal]
        row = self.pages.row(place).values
        fields = unpack(row[14])
        if row[13] is not None:
            fields["output"] = "".join(self._output(number))
        return step_from_dict(fields)

    def _output(self, step: int) -> Iterator[str]:
        page = 0
        while place := self.outputs.get((step, page)):
            yield unpack_text(self.pages.row(place).values[-1])
            page += 1


def _in_order(rows: dict[str, tuple[int, Any]]) -> list[tuple[str, tuple[int, Any]]]:
    """By row number, which is the order in which they came."""
    return sorted(rows.items(), key=lambda item: item[1][0])
