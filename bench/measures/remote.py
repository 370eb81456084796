"""Far away: through a real sshd, over a line that is slow and narrow."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from bench.bench import Bench, started
from bench.figures import median, percentile
from bench.link import Line, Sshd
from bench.programs import Command, errata, less
from bench.pty_program import Program
from bench.sessions import KB
from bench.table import Row
from store import Store
from store.database import StoreError

_RATE = 20 * KB
_HELD, _REPEATS = 3.0, 30.0
_DELAY = 0.05
_HOWS = ("ssh", "ssh -C")


def held(bench: Bench) -> Iterator[Row]:
    """A key held for 3 s at 30 a second on a line of 20 kB/s: how long the screen still moves after its release."""
    what = "repaint after a held key"
    command, pager = errata(bench.session), less(bench.session)
    with started(command, rate=_RATE) as program:
        after = program.hold(command.forward, _HELD, _REPEATS)
    yield Row(f"{what}, a terminal that takes 20 kB/s", after, "s", limit=0.5)
    with started(pager, rate=_RATE) as program:
        yield Row("the same in `less`", program.hold(pager.forward, _HELD, _REPEATS), "s")
    for sshd in _sshd():
        for how in _HOWS:
            with _over(sshd, command, how) as (program, _):
                after = program.hold(command.forward, _HELD, _REPEATS)
            _wait_until_left(bench.session.store)
            yield Row(f"{what}, `{how}` at 20 kB/s and 100 ms", after, "s", limit=0.5)


def ssh(bench: Bench) -> Iterator[Row]:
    """The next step through a real sshd: bytes on the wire, and time over 100 ms and 20 kB/s."""
    page = "a page of `less`"
    for sshd in _sshd():
        for how in _HOWS:
            wire: list[float] = []
            times: list[list[float]] = []
            for command in (errata(bench.session), less(bench.session)):
                with _over(sshd, command, how) as (program, line):
                    sizes, took = [], []
                    for _ in range(bench.presses // 2):
                        before = line.down
                        took.append(program.type(command.forward).last)
                        sizes.append(line.down - before)
                wire.append(median(sizes))
                times.append(took)
            _wait_until_left(bench.session.store)
            yield Row(f"next step on the wire, `{how}`, packets and all", wire[0], "B", page, wire[1])
            for name, percent in (("p50", 50), ("p99", 99)):
                mine, other = (percentile(took, percent) for took in times)
                yield Row(f"next step, `{how}` over 100 ms and 20 kB/s: {name}", mine, "s", page, other)


def _sshd() -> Iterator[Sshd]:
    """An sshd, where one can run; else nothing, and why."""
    try:
        sshd = Sshd()
    except RuntimeError as error:
        print(f"nothing is measured through ssh: {error}", flush=True)
        return
    with sshd:
        yield sshd


@contextmanager
def _over(sshd: Sshd, command: Command, how: str) -> Iterator[tuple[Program, Line]]:
    """A program at the other end of a slow, narrow line, and the line."""
    line = Line(sshd.port, delay=_DELAY, rate=_RATE)
    compressed = how == "ssh -C"
    arguments = sshd.command(line, command.arguments, command.environment, compressed=compressed)
    try:
        with started(replace(command, arguments=arguments)) as program:
            yield program, line
    finally:
        line.close()


def _wait_until_left(path: Path) -> None:
    """Wait until the Errata at the other end has seen that the line is gone, and let go of its store."""
    for _ in range(100):
        with suppress(StoreError), Store(path):
            return
        time.sleep(0.1)
