"""How much memory a large store takes."""

from __future__ import annotations

from collections.abc import Iterator

from bench.bench import Bench, started
from bench.programs import empty, errata
from bench.sessions import MB, Kept
from bench.table import Row
from store import Store


def memory(bench: Bench) -> Iterator[Row]:
    """Peak RSS with a large store open, beside an empty Textual app: in the queue, and in a review of 99 steps."""
    size = 2000 if bench.full else 200
    path = bench.cache.store_of_size(size * MB)
    with Store(path, write=False) as store:
        head = store.trajectories.all()[-1]
    with started(empty(bench.session)) as program:
        base = program.peak_rss
    command = errata(Kept(head.title, head.id, head.steps, path))
    with started(command) as program:
        opened = program.peak_rss
        for _ in range(20):
            program.type(b"j")
        for _ in range(20):
            program.type(b"k")
        walked = program.peak_rss
    beside = "an empty Textual app"
    shown = f"{size / 1000:g} GB"
    yield Row(f"peak RSS, a review open in a store of {shown}", opened, "B", beside, base, most=1.8)
    yield Row("the same after 40 keys, and a step with 20 MB of output", walked, "B", beside, base)
