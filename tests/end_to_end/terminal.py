"""Real terminals to run Errata in: one of our own on a pseudo-terminal, and a tmux.

Everything here waits for something to be seen, for a bounded time, and never for a time alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyte

from tests.programs import ROOT, require

PATIENCE = 30.0
"""Seconds to wait for what happens within one, on a machine that does much else."""

KEYS = {
    "enter": b"\r",
    "escape": b"\x1b",
    "tab": b"\t",
    "shift+tab": b"\x1b[Z",
    "backspace": b"\x7f",
    "space": b" ",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
    "home": b"\x1b[H",
    "end": b"\x1b[F",
    "ctrl+underscore": b"\x1f",
}

# Make the terminal on stdin the controlling one, then become the program.
_ENTER = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


def key_bytes(key: str) -> bytes:
    """What a terminal sends for a key by its name, or for a text."""
    if key in KEYS:
        return KEYS[key]
    if key.startswith("ctrl+") and len(key) == 6:
        return bytes([ord(key[-1]) & 0x1F])
    return key.encode()


def errata(*arguments: object) -> list[str]:
    """The command line that runs Errata as it is here."""
    return [sys.executable, "-m", "tui.cli", *map(str, arguments)]


def environment(term: str = "xterm-16color", **names: str) -> dict[str, str]:
    return os.environ | {"TERM": term, "PYTHONPATH": str(ROOT)} | names


class Screen(ABC):
    """A terminal as a person has it: a keyboard, and what is shown."""

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Type bytes."""

    @abstractmethod
    def look(self, seconds: float) -> str:
        """What is shown, after waiting so long at most for something new."""

    @abstractmethod
    def wait_for_end(self, seconds: float = PATIENCE) -> int:
        """Wait until the program has ended; its exit code."""

    @abstractmethod
    def kill(self) -> None:
        """End the program as kill -9 does."""

    @abstractmethod
    def close(self) -> None:
        """End everything that was started."""

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def press(self, *keys: str) -> None:
        """Type keys by their names, or texts, in one burst."""
        self.send(b"".join(map(key_bytes, keys)))

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = PATIENCE) -> str:
        """Wait until a text is shown, or until what is shown satisfies; what is shown then."""
        deadline = time.monotonic() + seconds
        while True:
            shown = self.look(max(min(0.2, deadline - time.monotonic()), 0))
            if wanted in shown if isinstance(wanted, str) else wanted(shown):
                return shown
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {wanted!r}; the screen shows:\n{shown}")


class _Screen(pyte.Screen):
    def __init__(self, columns: int, lines: int, answer: Callable[[bytes], None]) -> None:
        super().__init__(columns, lines)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data.encode())


class Terminal(Screen):
    """A terminal of our own. `raw` is every byte that the program wrote to it.

    answers: whether it answers to what it is asked, as nearly all do.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        answers: bool = True,
    ) -> None:
        columns, lines = size
        self.raw = b""
        self.answers = answers
        self._screen = _Screen(columns, lines, lambda data: self.send(data) if self.answers else None)
        self._stream: Any = pyte.ByteStream(self._screen)
        self._master, slave = os.openpty()
        self._set_size(columns, lines)
        # "env -i", since Python itself adds to the environment where the locale is C.
        names = [f"{name}={value}" for name, value in (env or environment()).items()]
        self.program = subprocess.Popen(
            [sys.executable, "-I", "-c", _ENTER, "env", "-i", *names, *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self.is_open = True

    def __enter__(self) -> Terminal:
        return self

    def send(self, data: bytes) -> None:
        while data:
            _, writable, _ = select.select([], [self._master], [], PATIENCE)
            assert writable, "the program takes no input"
            data = data[os.write(self._master, data) :]

    def look(self, seconds: float) -> str:
        self._read(seconds)
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def text(self) -> str:
        return self.look(0)

    @property
    def cursor_is_hidden(self) -> bool:
        self._read(0)
        return bool(self._screen.cursor.hidden)

    def scribble(self, text: str) -> None:
        """Paint over what is shown, as another program writing to the same terminal would."""
        self._stream.feed(text.encode())

    def resize(self, columns: int, lines: int) -> None:
        self._screen.resize(lines, columns)
        self._set_size(columns, lines)
        os.killpg(os.tcgetpgrp(self._master), signal.SIGWINCH)

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed or the line drops."""
        os.close(self._master)
        self.is_open = False

    def wait_for_end(self, seconds: float = PATIENCE) -> int:
        deadline = time.monotonic() + seconds
        while self.program.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds} s")
            if self.is_open:
                self._read(0.05)
            else:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.program.wait(0.05)
        if self.is_open:
            self._read(0)
        assert self.program.returncode is not None
        return self.program.returncode

    def wait_for_end_unread(self, seconds: float) -> int:
        """Wait until the program has ended, without reading anything that it writes; its exit code."""
        return self.program.wait(seconds)

    def wait_for_silence(self, seconds: float = 0.3) -> int:
        """Wait until nothing more is written for some time; how many bytes have been written so far."""
        deadline = time.monotonic() + PATIENCE
        while self._read(seconds) and time.monotonic() < deadline:
            pass
        return len(self.raw)

    def kill(self) -> None:
        self.program.kill()
        self.wait_for_end()

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        if self.is_open:
            self.hang_up()

    def _read(self, seconds: float) -> bool:
        """Take in all that is there, waiting so long for the first of it; whether there was anything."""
        before = len(self.raw)
        while self.is_open and select.select([self._master], [], [], seconds)[0]:
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:  # the other side has gone
                break
            if not data:
                break
            self.raw += data
            self._stream.feed(data)
            seconds = 0
        return len(self.raw) > before


class Tmux(Screen):
    """A pane of a tmux that is ours alone. The program is started anew with `start`."""

    def __init__(
        self, folder: Path, *, size: tuple[int, int] = (80, 24), env: Mapping[str, str] | None = None
    ) -> None:
        require("tmux")
        self._socket = f"errata-{uuid.uuid4().hex[:8]}"
        self._env = dict(env or environment()) | {"TMUX_TMPDIR": str(folder)}
        columns, lines = map(str, size)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", lines, "cat")
        self._tmux("set-option", "-g", "remain-on-exit", "on")

    def start(self, command: Sequence[str]) -> None:
        names = [f"{name}={self._env[name]}" for name in ("TERM", "PYTHONPATH", "HOME", "LANG")]
        self._tmux("respawn-pane", "-k", "env", *names, *command)

    def send(self, data: bytes) -> None:
        self._tmux("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    def look(self, seconds: float) -> str:
        time.sleep(min(seconds, 0.03))
        return self._tmux("capture-pane", "-p").rstrip("\n")

    def wait_for_end(self, seconds: float = PATIENCE) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            is_dead, code = self._ask("#{pane_dead},#{pane_dead_status}").split(",")
            if is_dead == "1":
                return int(code or 0)  # tmux 3.3 sometimes misses how a program ended
            time.sleep(0.03)
        raise AssertionError(f"still running after {seconds} s")

    def kill(self) -> None:
        os.kill(int(self._ask("#{pane_pid}")), signal.SIGKILL)
        self.wait_for_end()

    def _ask(self, what: str) -> str:
        return self._tmux("display-message", "-p", what).strip()

    def close(self) -> None:
        self._tmux("kill-server")

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-L", self._socket, *arguments],
            env=self._env,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        ).stdout


def write_settings(text: str) -> None:
    """Write a settings file for the programs that are started from here."""
    folder = Path(os.environ["XDG_CONFIG_HOME"], "errata")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.toml").write_text(text, encoding="utf-8")
