"""Far away: through a real sshd, over a line that is slow and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bench.bench import Bench, started
from bench.figures import median, percentile
from bench.link import Line, Sshd
from bench.programs import Command, errata, less
from bench.sessions import KB
from bench.table import Row

_RATE = 20 * KB
_HELD, _REPEATS = 3.0, 30.0
_DELAY = 0.05


def held(bench: Bench) -> Iterator[Row]:
    """A key held for 3 s at 30 a second on a line of 20 kB/s: how long the screen still moves after its release."""
    commands = {"": errata(bench.session), "`less`: ": less(bench.session)}
    for name, command in commands.items():
        with started(command, rate=_RATE) as program:
            after = program.hold(command.forward, _HELD, _REPEATS)
        yield Row(f"{name}repaint after a held key, 20 kB/s terminal", after, "s", limit=None if name else 0.5)
    try:
        sshd = Sshd()
    except RuntimeError as error:
        print(f"nothing is measured through ssh: {error}", flush=True)
        return
    with sshd:
        for compressed in (False, True):
            line = Line(sshd.port, delay=_DELAY, rate=_RATE)
            with started(_over(sshd, line, commands[""], compressed=compressed)) as program:
                after = program.hold(commands[""].forward, _HELD, _REPEATS)
            line.close()
            how = "ssh -C" if compressed else "ssh"
            yield Row(f"repaint after a held key, `{how}` at 20 kB/s and 100 ms", after, "s", limit=0.5)


def ssh(bench: Bench) -> Iterator[Row]:
    """The next step through a real sshd: bytes on the wire, and time over 100 ms and 20 kB/s."""
    try:
        sshd = Sshd()
    except RuntimeError as error:
        print(f"nothing is measured through ssh: {error}", flush=True)
        return
    presses = bench.presses // 2
    with sshd:
        for compressed in (False, True):
            how = "ssh -C" if compressed else "ssh"
            wire: dict[str, list[float]] = {}
            times: dict[str, list[float]] = {}
            for name, command in (("errata", errata(bench.session)), ("less", less(bench.session))):
                line = Line(sshd.port, delay=_DELAY, rate=_RATE)
                with started(_over(sshd, line, command, compressed=compressed)) as program:
                    wire[name], times[name] = [], []
                    for _ in range(presses):
                        before = line.down
                        times[name].append(program.type(command.forward).last)
                        wire[name].append(line.down - before)
                line.close()
            page = "a page of `less`"
            mine, other = median(wire["errata"]), median(wire["less"])
            yield Row(f"next step on the wire, `{how}`, packets and all", mine, "B", page, other)
            for name, percent in (("p50", 50), ("p99", 99)):
                mine, other = (percentile(times[program], percent) for program in ("errata", "less"))
                yield Row(f"next step, `{how}` over 100 ms and 20 kB/s: {name}", mine, "s", page, other)


def _over(sshd: Sshd, line: Line, command: Command, *, compressed: bool) -> Command:
    arguments = sshd.command(line, command.arguments, command.environment, compressed=compressed)
    return replace(command, arguments=arguments)
