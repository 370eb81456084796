"""A program that is talked to through its standard input and output, both ways at once and never for ever."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress

_PIECE = 1 << 16
_LAST_WORDS = 4096
_ENDING_SECONDS = 3.0


class Broken(Exception):
    """The program ended, or closed its output. said: the end of what it wrote to its standard error."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Stalled(Exception):
    """Nothing came, and nothing could be written, for as long as one waits."""


class Pipe:
    """A program that runs. It has no terminal, so that it cannot ask anybody anything.

    Raises OSError where it cannot be started.
    """

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._seconds = seconds
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        )
        assert process.stdin and process.stdout and process.stderr
        self._in, self._out, self._errors = (
            file.fileno() for file in (process.stdin, process.stdout, process.stderr)
        )
        for file in (self._in, self._out, self._errors):
            os.set_blocking(file, False)
        self._process = process
        self._said = b""
        self._silent = False
        self.close = weakref.finalize(self, _end, process)  # also when this is let go of, and when Python ends

    def move(self, out: bytearray) -> bytes:
        """Write what can be written of `out`, which is taken from it, and return what came; waits for one of both.

        Raises Broken and Stalled.
        """
        if not self.close.alive:
            raise Broken("")
        until = time.monotonic() + self._seconds
        while True:
            poll = select.poll()
            poll.register(self._out, select.POLLIN)
            if not self._silent:
                poll.register(self._errors, select.POLLIN)
            if out:
                poll.register(self._in, select.POLLOUT)
            ready = {file for file, _ in poll.poll(max(until - time.monotonic(), 0) * 1000)}
            if not ready:
                raise Stalled
            if self._errors in ready:
                self._hear()
            if self._in in ready:
                try:
                    del out[: os.write(self._in, memoryview(out)[:_PIECE].tobytes())]
                except BrokenPipeError:
                    raise Broken(self._last_words()) from None
            if self._out in ready:
                came = os.read(self._out, _PIECE)
                if not came:
                    raise Broken(self._last_words())
                return came
            if self._in in ready:
                return b""

    def _hear(self) -> None:
        with suppress(BlockingIOError):
            said = os.read(self._errors, _PIECE)
            self._silent = not said
            self._said = (self._said + said)[-_LAST_WORDS:]

    def _last_words(self) -> str:
        """What the program says at its end. Something that it started may keep its standard error open."""
        until = time.monotonic() + _ENDING_SECONDS
        while not self._silent and time.monotonic() < until:
            ended = self._process.poll() is not None
            poll = select.poll()
            poll.register(self._errors, select.POLLIN)
            if poll.poll(0 if ended else 50):
                self._hear()
            elif ended:
                break
        return self._said.decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    for file in (process.stdin, process.stdout, process.stderr):
        if file:
            with suppress(OSError):
                file.close()
    for how in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, how)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_ENDING_SECONDS)
