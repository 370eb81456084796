"""A team of 1,000: what a new device of the lead's takes to catch up with everything that they ever said."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import getrandbits
from typing import Any
from uuid import UUID

import psycopg

from bench import team
from bench.bench import Bench
from bench.measures.syncing import CAUGHT_UP
from bench.table import Row
from reviewer.event import Event, Subject
from store.sync.keys import DeviceKey, device_key, key_path
from store.sync.segment import sign_segment

_A_SEGMENT = 200
_START = 1_767_225_600_000


def scale(bench: Bench) -> Iterator[Row]:
    """Reviewers, each with a key and boxes, who sent 200 events a day; PostgreSQL as the hub, on this machine."""
    people, days = (1000, 50) if bench.full else (100, 5)
    number = people * days * _A_SEGMENT
    with tempfile.TemporaryDirectory(dir=bench.cache.folder) as name, team.database() as (admin, url):
        folder = Path(name)
        _fill(folder, admin, url, people, days)
        _lay_key(folder)
        about = _elsewhere(_catch_up, folder, url, number)
        again = _elsewhere(_nothing_new, folder, url)
        with psycopg.connect(admin) as db:
            ((size, objects),) = db.execute(
                "SELECT pg_total_relation_size('errata.object'), (SELECT count(*) FROM errata.object)"
            ).fetchall()
    what = f"{people:,} reviewers, {number:,} events, {objects:,} objects in PostgreSQL"
    yield Row(f"{what}: a new device of the lead's catches up", about["took"], "s", limit=number / CAUGHT_UP)
    yield Row("the same: peak RSS while it does", about["rss"], "B")
    yield Row("the same: the lead's store", about["store"], "B")
    yield Row("the same: the hub's table and indexes", size, "B")
    yield Row(f"the same: sync with nothing new, {again['requests']} requests", again["took"], "s")
    yield Row("the same: peak RSS of that", again["rss"], "B")


def _fill(folder: Path, admin: str, url: str, people: int, days: int) -> None:
    """A hub in which all was said and nothing was taken in but who is who."""
    lead = team.lead(folder / "lead.db", url)
    names = [f"rev-{n:04}" for n in range(people)]
    (folder / "keys").mkdir()
    keys = [device_key(folder / "keys" / name) for name in names]
    with psycopg.connect(admin, autocommit=True) as db:
        for name, key in zip(names, keys, strict=True):
            lead.mail.team.trust(name, key.public)
            hello = sign_segment(key, "notices", name, f"outbox/{name}", "w", None, [b'{"kind":"hello"}'])
            db.execute("INSERT INTO errata.object (name, data) VALUES (%s, %s)", hello)
        lead.sync()
        for day in range(days):
            with db.cursor().copy("COPY errata.object (name, data) FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(["text", "bytea"])
                for n, (name, key) in enumerate(zip(names, keys, strict=True)):
                    copy.write_row(_a_days_work(name, key, n, day))
            print(f"day {day + 1} of {days}", end="\r", file=sys.stderr, flush=True)
        db.execute("VACUUM ANALYZE errata.object")
    lead.store.close()


def _a_days_work(name: str, key: DeviceKey, n: int, day: int) -> tuple[str, bytes]:
    """A segment: two sessions of a hundred steps, of which each fifth rating is changed once. All work at once: of
    the ids, which begin with the time, those of one reviewer lie between everybody else's.
    """
    lines: list[bytes] = []
    before: Event | None = None
    for i in range(_A_SEGMENT):
        at = _START + (day * 86_400 + i * 120) * 1000 + n * 113
        changed = before if i % 5 == 4 else None
        subject = Subject(name, f"{day * 2 + i // 100:064x}", i % 100 + 1, "rating", "agent")
        before = Event(
            id=str(UUID(int=at << 80 | 0x7 << 76 | 0x2 << 62 | getrandbits(60))),
            author=name,
            device="bench",
            time=at << 16,
            subject=changed.subject if changed else subject,
            value={"kind": "rating", "value": i % 3 - 1},
            supersedes=(changed.id,) if changed else (),
            command_sha256="c" * 64,
            rubric="b" * 64,
            seen_through=i % 100 + 1,
            active_ms=i * 97 % 30_000,
        )
        lines.append(before.encode())
    return sign_segment(key, "events", name, f"outbox/{name}", "w", None, lines)


def _lay_key(folder: Path) -> None:
    shutil.copy(key_path(folder / "lead.db"), key_path(folder / "new.db"))


def _catch_up(folder: Path, url: str, number: int) -> dict[str, Any]:
    lead = team.lead(folder / "new.db", url)
    start = time.perf_counter()
    report = lead.sync()
    took = time.perf_counter() - start
    if report.new != number or report.refused:
        raise RuntimeError(f"{report.new} events came, {len(report.refused)} segments were refused")
    lead.store.close()
    return {"took": took, "rss": _peak_rss(), "store": (folder / "new.db").stat().st_size}


def _nothing_new(folder: Path, url: str) -> dict[str, Any]:
    lead = team.lead(folder / "new.db", url)
    lead.sync()  # what the one before has put is listed now
    start = time.perf_counter()
    lead.sync()
    took = time.perf_counter() - start
    return {"took": took, "rss": _peak_rss(), "requests": lead.requests}


def _peak_rss() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _elsewhere(work: Any, *arguments: Any) -> dict[str, Any]:
    """What the work says, done in a process of its own, of which the memory can be told."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found: dict[str, Any] = pool.apply(work, arguments)
        return found
