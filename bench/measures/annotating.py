"""What keeping an annotation costs."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.bench import Bench
from bench.figures import median, percentile
from bench.sessions import KB, REVIEWER, trajectory
from bench.table import Row
from store import Store

_LONG_LOG = (
    "CREATE TABLE filling (data BLOB)",
    "INSERT INTO filling VALUES (randomblob(8000000))",
    "PRAGMA wal_checkpoint(RESTART)",
)
"""Gives the write-ahead log the length that it has in use, so that no commit waits for the file to grow."""


def annotation(bench: Bench) -> Iterator[Row]:
    """One durable annotation, in turns with a bare durable commit of the same row, on the same disk."""
    with tempfile.TemporaryDirectory(dir=bench.cache.folder) as folder:
        path = Path(folder, "store.db")
        with Store(path) as store, closing(sqlite3.connect(Path(folder, "bare.db"), isolation_level=None)) as bare:
            head, _ = store.trajectories.add(trajectory("annotated", 100, KB))
            session = store.session(REVIEWER, head.id)
            event = session.rate(1, 1)[0]
            row = dict(next(store.connection.dicts("SELECT * FROM event WHERE id = ?", (event.id,))))
            (table,) = store.connection.row("SELECT sql FROM sqlite_master WHERE name = 'event'")
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", table):
                bare.execute(statement)
            insert = f"INSERT INTO event VALUES ({','.join('?' * len(row))})"
            for connection in (store.connection, bare):
                for statement in _LONG_LOG:
                    connection.execute(statement)
            mine, theirs = [], []
            for number in range(bench.presses):
                session.step(number % 100 + 1)  # it is on the screen
                start = time.perf_counter()
                session.rate(number % 100 + 1, number % 3 - 1)
                kept = time.perf_counter()
                bare.execute("BEGIN IMMEDIATE")
                bare.execute(insert, list((row | {"id": f"{number:032}"}).values()))
                bare.execute("COMMIT")
                theirs.append(time.perf_counter() - kept)
                mine.append(kept - start)
    what, beside = "one durable annotation", "a bare SQLite commit of the row"
    yield Row(f"{what}: p50", median(mine), "s", beside, median(theirs), most=1.5)
    yield Row(f"{what}: p99", percentile(mine, 99), "s", beside, percentile(theirs, 99))
