"""Import beside the bare parse of the same file."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from bench.bench import Bench
from bench.figures import median
from bench.sessions import KB, as_mini, trajectory
from bench.table import Row
from store import Store
from store.importer import import_file


def import_(bench: Bench) -> Iterator[Row]:
    """Import, in turns with reading and parsing the same bytes by the fastest JSON parser that is installed."""
    parsers = _parsers()
    file = bench.cache.make("imported-1000.traj.json", _write)
    size = file.stat().st_size
    times: dict[str, list[float]] = {name: [] for name in (*parsers, "import")}
    for _ in range(3):
        for name, parse in parsers.items():
            start = time.perf_counter()
            parse(file.read_bytes())
            times[name].append(time.perf_counter() - start)
        with tempfile.TemporaryDirectory(dir=bench.cache.folder) as folder, Store(Path(folder, "store.db")) as store:
            start = time.perf_counter()
            import_file(store, file)
            times["import"].append(time.perf_counter() - start)
    mine = median(times.pop("import"))
    fastest = min(times, key=lambda name: median(times[name]))
    beside = f"read and {fastest}"
    yield Row(f"import of {size / 1e6:.1f} MB, 1,000 steps", mine, "s", beside, median(times[fastest]), most=4)


def _parsers() -> dict[str, Callable[[bytes], object]]:
    found: dict[str, Callable[[bytes], object]] = {}
    for module, function in (("orjson", "loads"), ("msgspec.json", "decode"), ("json", "loads")):
        try:
            found[module] = getattr(import_module(module), function)
        except ImportError:
            print(f"{module} is not installed: `make bench` installs it", flush=True)
    return found


def _write(path: Path) -> None:
    path.write_text(as_mini(trajectory("imported", 1000, 10 * KB)))
