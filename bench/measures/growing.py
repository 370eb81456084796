"""Whether a key stays as fast when sessions and outputs grow."""

from __future__ import annotations

from collections.abc import Iterator

from bench.bench import Bench, first_paint, started
from bench.figures import median, percentile
from bench.programs import errata
from bench.sessions import KB, MB, trajectory
from bench.table import Row


def growth(bench: Bench) -> Iterator[Row]:
    """The next step in a long session in which one output in fifty is large, in turns with a short session."""
    steps, large = (20_000, 100 * MB) if bench.full else (2_000, 10 * MB)
    sizes = dict.fromkeys((25, 75, 125, 175), large)
    long = bench.cache.kept(lambda: trajectory("long session", steps, 2 * KB, sizes), f"long-{steps}-{large // MB}mb")
    times: dict[str, list[float]] = {"long": [], "small": []}
    with started(errata(long)) as walked, started(errata(bench.small)) as beside:
        for _ in range(20):
            times["long"] += [walked.type(b"j").last for _ in range(10)]
            times["small"] += [beside.type(key).last for key in (b"j", b"k") * 5]
    what = f"next step, {steps:,} steps and outputs of {large // MB} MB"
    for name, figure in (("p50", 50), ("p99", 99)):
        long_time, small_time = (percentile(samples, figure) for samples in (times["long"], times["small"]))
        most = 1.5 if name == "p99" else None
        yield Row(f"{what}: {name} to the last byte", long_time, "s", "20 steps and 1 KB", small_time, most=most)
    starts = {}
    for name, session in (("long", long), ("small", bench.small)):
        samples = []
        for _ in range(3):
            with started(errata(session)) as program:
                samples.append(first_paint(program, session.title))
        starts[name] = median(samples)
    yield Row(f"start to first paint, {steps:,} steps", starts["long"], "s", "20 steps", starts["small"])
