"""Run the measurements and print their tables. `python -m bench --help`."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

from platformdirs import user_cache_path

from bench.bench import Bench
from bench.measures import MEASURES
from bench.sessions import Cache
from bench.table import Result, tables


def main() -> int:
    options = _options()
    bench = Bench(Cache(options.cache), full=options.full)
    results: list[Result] = []
    failed = []
    for name in options.measure or MEASURES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            results += MEASURES[name](bench)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    about = f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}, Python {platform.python_version()}"
    print(f"\nMeasured {about}.\n\n{tables(results)}")
    for name in failed:
        print(f"\nNot measured, see the traceback above: {name}")
    if options.json:
        data = {"about": about, "results": [result.as_data() for result in results], "failed": failed}
        options.json.write_text(json.dumps(data, indent=1) + "\n")
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Errata beside others, in one run.")
    parser.add_argument("measure", nargs="*", choices=[[], *MEASURES], help="what to measure (all)")
    parser.add_argument("--full", action="store_true", help="with the sizes of the targets: 2 GB, 5,000,000 steps")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    default = Path(os.environ.get("ERRATA_BENCH_CACHE") or user_cache_path("errata", appauthor=False) / "bench")
    parser.add_argument("--cache", type=Path, default=default, help="where sessions are kept (%(default)s)")
    return parser.parse_args()


def _machine() -> str:
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    return f"{os.cpu_count()} x {model}, {platform.system()}"


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []


if __name__ == "__main__":
    sys.exit(main())
