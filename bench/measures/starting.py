"""From the command to the first paint, and what the imports take of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.bench import Bench, first_paint, started
from bench.figures import median
from bench.programs import empty, errata
from bench.sessions import errata_environment
from bench.table import Row

_ROOT = Path(__file__).resolve().parent.parent.parent


def start(bench: Bench) -> Iterator[Row]:
    """Start to first paint of the review screen, in turns with an empty Textual app."""
    commands = {"errata": errata(bench.session), "empty": empty(bench.session)}
    times: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(bench.rounds + 1):
        for name, command in commands.items():
            with started(command) as program:
                if round_:  # the first one warms the disk's cache
                    times[name].append(first_paint(program, command.shows))
    yield Row(
        "start to first paint of the review screen",
        median(times["errata"]),
        "s",
        "an empty Textual app",
        median(times["empty"]),
        most=1.25,
    )


def imports(bench: Bench) -> Iterator[Row]:
    """What `errata list` and the screens import, by `python -X importtime`."""
    environment = errata_environment(bench.session.store) | {"PATH": "/usr/bin:/bin"}
    runs = {
        "imports of `errata list`": ["-m", "tui.cli", "list"],
        "imports of the screens": ["-c", "import tui.cli, tui.cli.screens, tui.app"],
        "textual": ["-c", "import textual.app, textual.widget, textual.strip"],
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    notes: dict[str, str] = {}
    for _ in range(bench.rounds):
        for name, arguments in runs.items():
            report = subprocess.run(
                [sys.executable, "-X", "importtime", *arguments],
                env=environment, cwd=_ROOT, capture_output=True, text=True, check=True,
            ).stderr  # fmt: skip
            lines = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", report)
            times[name].append(sum(int(microseconds) for microseconds, _ in lines) / 1e6)
            is_in = any(module.partition(".")[0] == "textual" for _, module in lines)
            notes[name] = f"{len(lines)} modules, {'with' if is_in else 'without'} textual"
    base = median(times.pop("textual"))
    for name, samples in times.items():
        yield Row(f"{name} ({notes[name]})", median(samples), "s", "Textual's own", base)
