"""Search over many steps."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.bench import Bench
from bench.figures import median
from bench.table import Row
from store import Store

_QUERIES = {
    "a rare word": [f"id-{number}" for number in range(1000, 1010)],
    "two common words": ["connection refused", "package wheel", "missing socket", "retry port", "cached layer"],
    "one common word": ["refused", "socket", "wheel", "timeout", "shard"],
}


def search(bench: Bench) -> Iterator[Row]:
    """The first page of hits, for words of several kinds."""
    steps = 5_000_000 if bench.full else 100_000
    path = bench.cache.store_of_steps(steps)
    everything = []
    rows = []
    with Store(path, write=False) as store:
        for kind, queries in _QUERIES.items():
            times = []
            for query in queries:
                start = time.perf_counter()
                hits = store.trajectories.search(query)
                times.append(time.perf_counter() - start)
                if not hits:
                    raise RuntimeError(f"{query!r} was not found in {path}")
            everything += times
            rows.append(Row(f"search over {steps:,} steps: {kind}, p50", median(times), "s"))
    yield Row(f"search over {steps:,} steps, first page of hits: p50", median(everything), "s", limit=0.1)
    yield from rows
