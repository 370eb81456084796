"""What a measure is given: what to measure with, and how long to take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.programs import Command, Peers
from bench.pty_program import Program
from bench.screens import Screen
from bench.sessions import KB, Cache, Kept, Session, trajectory

SAMPLE = Path(__file__).resolve().parent.parent / "sample_trajectories" / "build-sentencepiece.traj.json"

STEPS = 200
"""Steps of the synthetic session, each with `OUTPUT` characters of output."""
OUTPUT = 4 * KB


@dataclass
class Bench:
    """full: with the sizes that the targets name, which take long to make; else with smaller ones. rounds: how often
    a thing is repeated, beside the other that it is compared with."""

    cache: Cache
    full: bool = False

    @property
    def rounds(self) -> int:
        return 16 if self.full else 8

    @property
    def presses(self) -> int:
        return 300 if self.full else 60

    @cached_property
    def peers(self) -> Peers:
        return Peers(self.cache.folder / "peers")

    @cached_property
    def session(self) -> Session:
        """The synthetic session."""
        return self.cache.session(lambda: trajectory("bench session", STEPS, OUTPUT), f"session-{STEPS}")

    @cached_property
    def small(self) -> Kept:
        """A session of 20 steps with 1 KB of output each."""
        return self.cache.kept(lambda: trajectory("small session", 20, KB), "session-20")

    @cached_property
    def sample(self) -> Session:
        """A real session."""
        return self.cache.sample(SAMPLE)


def started(command: Command, size: tuple[int, int] = (80, 24), rate: int | None = None) -> Program:
    """A program that is up: what it shows was seen, and it has fallen silent on its first step."""
    program = Program(command.arguments, size=size, environment=command.environment, rate=rate)
    try:
        program.wait_for(lambda data: command.shows in shown(data, size))
        for key in command.first:
            program.type(key)
    except BaseException:
        program.close()
        raise
    return program


def first_paint(program: Program, shows: str) -> float:
    """From the program's start to when what it wrote showed a text."""
    screen = Screen(program.size)
    for chunk in program.chunks:
        screen.feed(chunk.data)
        if shows in screen.text:
            return chunk.time - program.started
    raise RuntimeError(f"{shows!r} was never shown")


def shown(data: bytes, size: tuple[int, int]) -> str:
    screen = Screen(size)
    screen.feed(data)
    return screen.text
