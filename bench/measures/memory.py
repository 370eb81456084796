"""How much memory a large store takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.bench import Bench, started
from bench.programs import empty, errata
from bench.sessions import MB, REVIEWER, Kept
from bench.table import Row
from store import Store


def memory(bench: Bench) -> Iterator[Row]:
    """Peak RSS with a large store open, beside an empty Textual app."""
    size = 2000 if bench.full else 200
    path = bench.cache.store_of_size(size * MB)
    with Store(path) as store:
        head = store.trajectories.all()[-1]
        store.session(REVIEWER, head.id).keep_place(2)  # the first step is the one with much output
    with started(empty(bench.session)) as program:
        base = program.peak_rss
    peaks = {}
    with started(replace(errata(Kept(head.title, head.id, head.steps, path)), first=())) as program:
        peaks[f"peak RSS, a review open in a store of {size / 1000:g} GB"] = program.peak_rss
        for key in b"j" * 20 + b"k" * 20:
            program.type(bytes([key]))
        peaks["the same after 40 steps"] = program.peak_rss
        program.type(b"k")
        peaks["the same after a step with 20 MB of output"] = program.peak_rss
    for what, peak in peaks.items():
        yield Row(what, peak, "B", "an empty Textual app", base, most=1.8 if "open" in what else None)
