"""What a key costs: bytes and time, of all programs in turns on the same sessions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from bench.bench import Bench, first_paint, started
from bench.figures import deflated, median, percentile
from bench.programs import Command, errata, pane
from bench.pty_program import Program, Response
from bench.screens import diffs
from bench.sessions import Session
from bench.table import Keys, Result, Row

SMALL, LARGE = (80, 24), (200, 50)

_BY_SSH = 450
_IN_A_TURN = 5


def keys(bench: Bench) -> Iterator[Result]:
    """The next step, on a synthetic and a real session, at two sizes."""
    for name, reason in bench.peers.absent.items():
        print(f"{name} is not measured: {reason}", flush=True)
    for kind, session in (("synthetic", bench.session), ("real", bench.sample)):
        for size in (SMALL, LARGE):
            commands = {"Errata": errata(session), "bare pane": pane(session)}
            commands |= {name: command(session) for name, command in bench.peers.commands.items()}
            presses = bench.presses if size == SMALL else bench.presses // 2
            measured = side_by_side(commands, kind, session, size, presses)
            yield from _beside(measured, kind, size)
            yield from measured.values()


def _beside(measured: Mapping[str, Keys], kind: str, size: tuple[int, int]) -> Iterator[Row]:
    mine, bare, page = measured["Errata"], measured["bare pane"], measured.get("less")
    what = f"next step, {size[0]}x{size[1]}, {kind} session"
    is_small = size == SMALL
    if page:
        beside = "a page of `less`"
        yield Row(f"{what}: bytes", mine.raw, "B", beside, page.raw, most=2.5 if is_small else None)
        limit = _BY_SSH if is_small else None
        yield Row(f"{what}: bytes by `ssh -C`", mine.compressed, "B", beside, page.compressed, limit=limit)
    for name, most in (("mini-swe-agent", 0.15), ("SWE-agent", None)):
        if name in measured:
            yield Row(f"{what}: bytes", mine.raw, "B", f"{name}'s inspector", measured[name].raw, most=most)
    yield Row(f"{what}: p50 to the last byte", mine.last, "s", "a bare pane", bare.last, most=1.5)
    yield Row(f"{what}: bytes", mine.raw, "B", "a minimal cell diff", mine.diff)


def scroll(bench: Bench) -> Iterator[Row]:
    """Scrolling an open output."""
    for name, key in (("one line", b"J"), ("one page", b" ")):
        with started(errata(bench.session), SMALL) as program:
            program.type(b"o")
            sizes = [len(program.type(key).data) for _ in range(3)]
        yield Row(f"scroll by {name}, 80x24: bytes", median(sizes), "B", limit=3200)


def side_by_side(
    commands: Mapping[str, Command], kind: str, session: Session, size: tuple[int, int], presses: int
) -> dict[str, Keys]:
    """The keys of all programs, some of each in turn, so that what else the machine does hits all alike."""
    responses: dict[str, list[Response]] = {name: [] for name in commands}
    with ExitStack() as stack:
        running = {name: stack.enter_context(started(command, size)) for name, command in commands.items()}
        before = {name: program.raw for name, program in running.items()}
        walks = {name: _walk(command, session.steps, presses) for name, command in commands.items()}
        for _ in range(0, presses, _IN_A_TURN):
            for name, program in running.items():
                responses[name] += [program.type(next(walks[name])) for _ in range(_IN_A_TURN)]
        about = f"{kind}, {session.steps} steps"
        return {
            name: _figures(name, commands[name], program, before[name], responses[name], about)
            for name, program in running.items()
        }


def _walk(command: Command, steps: int, presses: int) -> Iterator[bytes]:
    """Forth through a session, and back when it is at its end."""
    there = min(steps - 2, presses)
    while True:
        yield from [command.forward] * there
        yield from [command.back] * there


def _figures(
    name: str, command: Command, program: Program, before: bytes, responses: list[Response], session: str
) -> Keys:
    raw = [response.data for response in responses]
    minimal = diffs(program.size, before, raw)
    last = [response.last for response in responses]
    return Keys(
        program=name,
        session=session,
        size=f"{program.size[0]}x{program.size[1]}",
        presses=len(responses),
        start=first_paint(program, command.shows),
        first=median([response.first for response in responses]),
        last=median(last),
        last_p99=percentile(last, 99),
        last_max=max(last),
        raw=median([len(data) for data in raw]),
        compressed=median(deflated(raw, before)),
        diff=median([len(data) for data in minimal]),
        diff_compressed=median(deflated(minimal, before)),
        peak_rss=program.peak_rss,
    )
