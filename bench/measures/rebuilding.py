"""Making the derived tables anew from the log, as `errata verify --rebuild` does before it verifies."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.bench import Bench
from bench.table import Row
from reviewer.event import Event, Subject, new_event_id
from store import Store


def rebuild(bench: Bench) -> Iterator[Row]:
    """A rebuild, beside reading every event of the same log."""
    number = 1_000_000 if bench.full else 50_000
    made = bench.cache.make(f"events-{number}.db", lambda path: _write(path, number))
    with tempfile.TemporaryDirectory(dir=bench.cache.folder) as folder:
        path = Path(shutil.copy(made, folder))
        with Store(path) as store:
            start = time.perf_counter()
            read = sum(1 for _ in store.log.events())
            bare = time.perf_counter() - start
            if read != number:
                raise RuntimeError(f"{path} has {read} events")
            start = time.perf_counter()
            store.log.rebuild()
            took = time.perf_counter() - start
    yield Row(f"derived tables anew from {number:,} events", took, "s", "reading the events", bare)


def _write(path: Path, number: int) -> None:
    """A log of ratings, of which each fifth changes an earlier one, in reviews of a hundred steps."""
    with Store(path) as store:
        store.log.apply(events_of(number))


def events_of(number: int) -> Iterator[Event]:
    before: Event | None = None
    for n in range(number):
        changes = before if n % 5 == 4 else None
        trajectory = f"{n // 100:064x}"
        subject = changes.subject if changes else Subject(f"r{n % 7}", trajectory, n % 100 + 1, "rating", "agent")
        before = Event(
            id=new_event_id(),
            author=subject.author,
            device="bench",
            time=n << 16,
            subject=subject,
            value={"kind": "rating", "value": n % 3 - 1},
            supersedes=(changes.id,) if changes else (),
            command_sha256="c" * 64,
            rubric="b" * 64,
            seen_through=n % 100 + 1,
            active_ms=n % 30_000,
        )
        yield before
