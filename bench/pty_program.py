"""Any terminal program under a pseudo-terminal: what it writes and when, while keys are typed.

Nothing draws here: times are when bytes left the program, not when a terminal has shown them. All times are seconds.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

QUIET = 0.15
"""Silence after which a key's paint is over. It is waited for, never counted."""

PATIENCE = 120.0
"""How long a program may take to write anything."""

TERMINALS = {
    "true colour": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "256 colours": {"TERM": "xterm-256color"},
    "16 colours": {"TERM": "xterm-16color"},
}
"""Kinds of terminals as programs learn of them. sshd passes TERM on, but seldom COLORTERM."""

_KEPT = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "USER")
_ANSWERS = {b"\x1b[?2026$p": b"\x1b[?2026;2$y", b"\x1b[5n": b"\x1b[0n"}
"""That it can hold a frame back until it is whole, as most can; that it is well, as nearly all say."""
_LONGEST = max(map(len, _ANSWERS))


@dataclass(frozen=True)
class Chunk:
    """Bytes that arrived together, and when."""

    time: float
    data: bytes


@dataclass(frozen=True)
class Response:
    """What came back for a key typed at `typed`."""

    typed: float
    chunks: tuple[Chunk, ...]

    @property
    def first(self) -> float:
        """From the key to the first byte."""
        return self.chunks[0].time - self.typed if self.chunks else 0.0

    @property
    def last(self) -> float:
        """From the key to the last byte."""
        return self.chunks[-1].time - self.typed if self.chunks else 0.0

    @property
    def data(self) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks)


class Program:
    """A program that runs on a pseudo-terminal of a size, of a kind of TERMINALS.

    rate: bytes a second that its terminal takes in; None for as many as come.
    The terminal answers as it comes to a question.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        terminal: str = "true colour",
        environment: Mapping[str, str] | None = None,
        rate: int | None = None,
    ) -> None:
        self.command = list(command)
        self.size = size
        self.rate = rate
        self.chunks: list[Chunk] = []
        self._begun = b""
        self._master, slave = os.openpty()
        columns, lines = size
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        names = {name: os.environ[name] for name in _KEPT if name in os.environ} | TERMINALS[terminal]
        names |= {"LANG": "C.UTF-8"} | (dict(environment) if environment else {})
        self.started = time.perf_counter()
        # A small C program starts it, so that the time counts no interpreter but its own.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *self.command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=names,
        )
        os.close(slave)
        os.set_blocking(self._master, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def raw(self) -> bytes:
        """All that was written so far."""
        return b"".join(chunk.data for chunk in self.chunks)

    def type(self, keys: bytes) -> Response:
        """Type keys; what comes back until there is silence. Raises RuntimeError when nothing does."""
        self._read(0)
        before = len(self.chunks)
        typed = time.perf_counter()
        os.write(self._master, keys)
        self.wait_for_silence()
        if len(self.chunks) == before:
            raise RuntimeError(f"{' '.join(self.command)} did not answer {keys!r}")
        return Response(typed, tuple(self.chunks[before:]))

    def hold(self, key: bytes, seconds: float, rate: float) -> float:
        """Hold a key that repeats at a rate a second; how long after its release the program still wrote."""
        start = time.perf_counter()
        for press in range(round(seconds * rate)):
            while (wait := start + press / rate - time.perf_counter()) > 0:
                self._read(wait)
            os.write(self._master, key)
        while (wait := start + seconds - time.perf_counter()) > 0:
            self._read(wait)
        released = time.perf_counter()
        self.wait_for_silence(max(10 * QUIET, 1.5), needs_some=False)
        return max(self.chunks[-1].time - released, 0.0)

    def wait_for_silence(self, quiet: float = QUIET, *, needs_some: bool = True) -> None:
        """Read until nothing comes for so long; where something must come, it may take PATIENCE."""
        while needs_some and self._read(PATIENCE):
            needs_some = False
        while self._read(quiet):
            pass

    def wait_for(self, shown: Callable[[bytes], bool]) -> None:
        """Read until what was written so far satisfies, and then until there is silence."""
        deadline = time.perf_counter() + PATIENCE
        while not shown(self.raw):
            if not self._read(1.0) and (self.process.poll() is not None or time.perf_counter() > deadline):
                raise RuntimeError(f"{' '.join(self.command)} did not come up; it wrote:\n{plain(self.raw)[-2000:]}")
        self.wait_for_silence(needs_some=False)

    @property
    def peak_rss(self) -> int:
        """The most memory that it had resident at once, in bytes (VmHWM of /proc)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024  # type: ignore[index]

    def close(self) -> None:
        """End it as kill -9 does: nothing that it would save on leaving changes the next run."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        with contextlib.suppress(OSError):
            os.close(self._master)

    def _read(self, seconds: float) -> bool:
        """Take in what is there, waiting so long for it; whether there was anything."""
        if not select.select([self._master], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self._master, min(self.rate // 50, 1 << 16) if self.rate else 1 << 16)
        except OSError:  # it has ended
            return False
        if not data:
            return False
        self.chunks.append(Chunk(time.perf_counter(), data))
        if self.rate:
            time.sleep(len(data) / self.rate)
        self._answer(data)
        return True

    def _answer(self, data: bytes) -> None:
        begun, self._begun = self._begun, (self._begun + data)[-_LONGEST:]
        for question, answer in _ANSWERS.items():
            asked = (begun[1 - len(question) :] + data).count(question)
            os.write(self._master, answer * asked)


def plain(data: bytes) -> str:
    """What was written, without most control sequences: for messages."""
    return re.sub(r"\x1b(\[[0-9;?<>=]*[ -/]*[@-~]|[()].|.)", "", data.decode("utf-8", "replace"))
