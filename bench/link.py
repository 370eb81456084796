"""A real sshd on this machine, at the other end of a line that is slow, narrow or both.

The line is a proxy on loopback rather than a network namespace with netem: it needs no root and no kernel module, is
the same everywhere, and counts what went through.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

_PIECE = 1400
"""Bytes of a packet, about."""

_WAITING = 48
"""Pieces that the line holds before it takes no more, as a router's queue does."""


class Line:
    """A line to a port of this machine: `delay` seconds each way, `rate` bytes a second each way (None: any).

    down, up: the bytes that went through it from the port and to it.
    """

    def __init__(self, port: int, *, delay: float = 0.0, rate: int | None = None) -> None:
        self._to = port
        self._delay = delay
        self._rate = rate
        self.down = 0
        self.up = 0
        self._sockets: list[socket.socket] = [_listener()]
        self.port: int = self._sockets[0].getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = self._sockets[0].accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._sockets += [near, far]
                for each in (near, far):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._carry(far, near, "down")
                self._carry(near, far, "up")

    def _carry(self, source: socket.socket, target: socket.socket, counter: str) -> None:
        """Carry bytes one way: each piece is late by the delay, and follows the one before at the rate."""
        waiting: queue.Queue[tuple[float, bytes]] = queue.Queue(_WAITING)

        def take() -> None:
            with contextlib.suppress(OSError):
                while data := source.recv(_PIECE):
                    waiting.put((time.perf_counter(), data))
            waiting.put((0.0, b""))

        def give() -> None:
            free = 0.0
            with contextlib.suppress(OSError):
                while (piece := waiting.get())[1]:
                    came, data = piece
                    if self._rate:
                        free = max(free, came) + len(data) / self._rate
                    time.sleep(max(max(free, came) + self._delay - time.perf_counter(), 0))
                    setattr(self, counter, getattr(self, counter) + len(data))
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)

        for run in (take, give):
            threading.Thread(target=run, daemon=True).start()


class Sshd:
    """An sshd of our own on loopback, for this user and a key made for it. Raises RuntimeError where none can run.

    settings: more lines of its sshd_config. config: an ssh_config of whoever goes there as `ssh hub`.
    """

    def __init__(self, settings: str = "") -> None:
        program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        if not program or not shutil.which("ssh") or not shutil.which("ssh-keygen"):
            raise RuntimeError("sshd and ssh are not installed")
        self._folder = tempfile.TemporaryDirectory(prefix="errata-bench-sshd-")
        self._keys = Path(self._folder.name)
        self._keys.chmod(0o755)  # sshd reads the public key as the account that is asked for
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self._keys / name], check=True)
        with _listener() as free:
            self.port: int = free.getsockname()[1]
        config = self._keys / "config"
        config.write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {self._keys / 'host'}\nPidFile none\n"
            f"AuthorizedKeysFile {self._keys / 'user.pub'}\nStrictModes no\nPasswordAuthentication no\nUsePAM no\n"
            f"Compression yes\nPrintMotd no\nPrintLastLog no\nPermitRootLogin yes\n{settings}"
        )
        (self._keys / "known").write_text(f"errata {(self._keys / 'host.pub').read_text()}")
        self.config = self._keys / "ssh_config"
        self.config.write_text(
            f"Host hub\n HostName 127.0.0.1\nHost hub 127.0.0.1\n Port {self.port}\n HostKeyAlias errata\nHost *\n"
            f" IdentityFile {self._keys / 'user'}\n IdentitiesOnly yes\n GlobalKnownHostsFile none\n"
            f" UserKnownHostsFile {self._keys / 'known'}\n"
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd as root wants it
        self._log = (self._keys / "log").open("w+")
        self._process = subprocess.Popen([program, "-D", "-e", "-f", config], stderr=self._log)
        self._wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def command(
        self, line: Line, program: Sequence[str], environment: Mapping[str, str], *, compressed: bool
    ) -> list[str]:
        """The ssh command that runs a program over a line, in a terminal."""
        names = " ".join(f"{name}={shlex.quote(value)}" for name, value in environment.items())
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "IdentitiesOnly=yes")
        return [
            "ssh", "-F", "/dev/null", "-tt", "-p", str(line.port), "-i", str(self._keys / "user"),
            *(f"-o{option}" for option in options), f"-oCompression={'yes' if compressed else 'no'}",
            "127.0.0.1", f"cd {shlex.quote(str(Path.cwd()))} && exec env {names} {shlex.join(program)}",
        ]  # fmt: skip

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        self._log.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait(self) -> None:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"sshd did not start: {(self._keys / 'log').read_text().strip()[-300:]}")


def _listener() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))
