"""Opening a step with a large output."""

from __future__ import annotations

from collections.abc import Iterator

from bench.bench import Bench, started
from bench.programs import errata
from bench.sessions import KB, MB, trajectory
from bench.table import Row

_ORDINALS = {1: 2, 10: 4, 100: 6}
"""Megabytes to the step that has them; the steps between have a kilobyte."""


def outputs(bench: Bench) -> Iterator[Row]:
    """A step with 1, 10 and 100 MB of output: going there, opening it, going to its end; and the memory it takes."""
    sizes = {ordinal: megabytes * MB for megabytes, ordinal in _ORDINALS.items()}
    session = bench.cache.kept(lambda: trajectory("large outputs", 7, KB, sizes), "large-outputs")
    for megabytes, ordinal in _ORDINALS.items():
        with started(errata(session)) as program:
            program.type(b"g")
            program.type(b"3")
            small = program.type(b"\r").last
            before = program.peak_rss
            program.type(b"g")
            program.type(str(ordinal).encode())
            times = {"going there": program.type(b"\r").last}
            times["then `o`"] = program.type(b"o").last
            times["then `End`"] = program.type(b"\x1b[F").last
            after = program.peak_rss
        for name, took in times.items():
            yield Row(f"a step with {megabytes} MB of output: {name}", took, "s", "going to 1 KB", small)
        yield Row(f"a step with {megabytes} MB of output: peak RSS", after, "B", "before", before)
