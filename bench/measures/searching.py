"""Search over many steps."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.bench import Bench
from bench.figures import median
from bench.table import Row
from store import Store

_QUERIES = {
    "a word in one step": [f"id-{number}" for number in range(1000, 1010)],
    "a word in one of 250": [f"part_{number}" for number in range(200, 700, 50)],
    "a word in most": ["refused", "socket", "wheel", "timeout", "shard"],
    "two such words": ["connection refused", "package wheel", "missing socket", "retry port", "cached layer"],
}


def search(bench: Bench) -> Iterator[Row]:
    """The first page of hits, for words of several kinds."""
    steps = 5_000_000 if bench.full else 100_000
    path = bench.cache.store_of_steps(steps)
    with Store(path, write=False) as store:
        for kind, queries in _QUERIES.items():
            times = []
            for query in queries:
                start = time.perf_counter()
                hits = store.trajectories.search(query)
                times.append(time.perf_counter() - start)
                if not hits:
                    raise RuntimeError(f"{query!r} was not found in {path}")
            what = f"search over {steps:,} steps, first page of hits, {kind}: p50"
            yield Row(what, median(times), "s", limit=0.1)
