"""Syncing: pushing and pulling many events beside a bare copy of as much, and syncing when nothing is new."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg

from bench import team
from bench.bench import Bench
from bench.measures.rebuilding import events_of
from bench.table import Row
from reviewer.event import Event
from store import Store

_AUTHOR = "rev-1"

CAUGHT_UP = 20_000
"""Events a second at which a new device of the lead's is to catch up, at least."""


def sync(bench: Bench) -> Iterator[Row]:
    """Through a folder and through PostgreSQL; both ends and the hub are on this machine and this disk."""
    few, many = 1000, 1_000_000 if bench.full else 50_000
    with tempfile.TemporaryDirectory(dir=bench.cache.folder) as name:
        folder = Path(name)
        with team.places(folder) as places:
            for kind, url in places.items():
                yield from _through(bench, folder / kind.split()[-1], kind, url, few, many)


def _through(bench: Bench, folder: Path, kind: str, url: str, few: int, many: int) -> Iterator[Row]:
    folder.mkdir()
    made = bench.cache.make(f"own-events-{many}.db", lambda path: _write(path, many))
    shutil.copy(made, folder / "rev.db")
    first = team.lead(folder / "lead.db", url)
    rev = team.reviewer(folder / "rev.db", _AUTHOR, first)
    beginner = team.reviewer(folder / "beginner.db", "rev-2", first)
    beginner.store.log.apply(_events("rev-2", few))
    for device in (first, beginner, first, beginner):
        device.sync()

    push = _timed(rev.sync)
    copy_in, copy_out = _bare_folder(Path(url), folder) if kind == "a folder" else _bare_copy(url, folder, made)
    yield Row(f"push {many:,} events to {kind}", push, "s", copy_in[0], copy_in[1])
    pull = _timed(first.sync)
    if (found := first.store.connection.row("SELECT count(*) FROM event")) != (many + few,):
        raise RuntimeError(f"{found} events came")
    yield Row(f"pull {many:,} events from {kind}", pull, "s", copy_out[0], copy_out[1], limit=many / CAUGHT_UP)
    rev.sync()
    for device, whose in (
        (beginner, f"{few:,} of one's own"),
        (rev, f"{many:,} of one's own"),
        (first, "the lead's"),
    ):
        took = min(_timed(device.sync) for _ in range(3))
        what = f"sync with nothing new, {kind}, {whose}: {device.requests} requests"
        yield Row(what, took, "s")
    for device in (first, rev, beginner):
        device.store.close()


def _write(path: Path, number: int) -> None:
    with Store(path) as store:
        store.log.apply(_events(_AUTHOR, number))


def _events(author: str, number: int) -> Iterator[Event]:
    for event in events_of(number):
        yield replace(event, author=author, subject=event.subject._replace(author=author))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_Bare = tuple[str, float]


def _bare_folder(hub: Path, folder: Path) -> tuple[_Bare, _Bare]:
    """The same files copied, each on disk before the next; and copied back."""
    files = sorted((hub / "outbox" / _AUTHOR).iterdir())

    def copy() -> None:
        to = Path(tempfile.mkdtemp(dir=folder))
        for file in files:
            with (to / file.name).open("wb") as out:
                out.write(file.read_bytes())
                out.flush()
                os.fsync(out.fileno())

    bare = "the same files, copied with fsync", _timed(copy)
    return bare, ("the same", _timed(copy))


def _bare_copy(url: str, folder: Path, made: Path) -> tuple[_Bare, _Bare]:
    """The same events as rows of a table with an index: COPY in, COPY out."""
    with Store(made, write=False) as store:
        rows = store.connection.rows("SELECT id, author, trajectory, CAST(raw AS BLOB) FROM event")
    with psycopg.connect(url) as db:
        db.execute("CREATE TEMP TABLE row (id text PRIMARY KEY, author text, trajectory text, raw bytea)")
        db.commit()

        def copy_in() -> None:
            with db.cursor().copy("COPY row FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["text", "text", "text", "bytea"])
                for row in rows:
                    copy.write_row(row)
            db.commit()

        def copy_out() -> None:
            with db.cursor().copy("COPY row TO STDOUT (FORMAT binary)") as copy, (folder / "out").open("wb") as out:
                for data in copy:
                    out.write(data)

        return ("COPY of them as rows", _timed(copy_in)), ("COPY of them to a file", _timed(copy_out))
