"""What real programs write to a terminal: our screen is pyte's, cell by cell.

Each program runs in a terminal of its own (a pty) with the keys that a person might press. pyte knows no alternate
page: what was written to it is compared by itself.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pexpect
import pytest

from reviewer.terminal import addresses_screen, render_screens
from reviewer.terminal.emulator import Emulator
from tests.reviewer.terminal.oracle import by_pyte, by_us, seen
from tests.reviewer.terminal.texts import assert_harmless

COLUMNS, ROWS = 80, 24
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"

BAR = """
import sys, time
for n in range(0, 101, 4):
    sys.stdout.write(f"\\r{n:3}%|{'█' * (n // 4):25}| {n}/100 [00:0{n % 9}<00:01, 42.0it/s]"); sys.stdout.flush()
print()
"""


@dataclass(frozen=True)
class Case:
    """A command and the keys pressed in it. `term` is one of which pyte knows every sequence."""

    command: str
    keys: tuple[str, ...] = ()
    term: str = "linux"
    full_screen: bool = False

    @property
    def program(self) -> str:
        return self.command.split()[0]


CASES = {
    "ls": Case("ls --color=always -la /usr"),
    "vi": Case("vi {file}", ("\x06", "\x04", "ihello\x1b", "/line 99\r", "dd", ":q!\r"), full_screen=True),
    "vim": Case("vim -u NONE -N -n {file}", ("\x06", "\x15", "oone\x1b", "3dd", ":q!\r"), full_screen=True),
    "vim.tiny": Case("vim.tiny -u NONE -N -n {file}", ("\x06", "\x15", "oone\x1b", ":q!\r"), full_screen=True),
    "less": Case("less {file}", (" ", " ", "b", "/line 99\r", "G", "q"), full_screen=True),
    "less, alternate page": Case("less {file}", (" ", "b", "/word\r", "q"), "xterm", full_screen=True),
    "vim, alternate page": Case("vim -u NONE -N -n {file}", ("\x06", "ione\x1b", ":q!\r"), "xterm", full_screen=True),
    "top": Case("top -d 0.3 -n 3", full_screen=True),
    "htop": Case("htop -d 3", ("\x1b[B", "t", "q"), full_screen=True),
    "mc": Case("mc -a -u", ("\t", "\x1b[B", "\x1b0", "\r"), full_screen=True),
    "watch": Case("watch -n 1 echo hello", ("\x03",), full_screen=True),
    "apt-get": Case("apt-get --help"),
    "apt-get -s": Case("apt-get -s install make"),
    "pip": Case(f"{sys.executable} -m pip list --disable-pip-version-check"),
    "git": Case("git -c color.ui=always --no-pager diff --no-index --stat -p {file} {other}"),
    "git help": Case("git help -a", ("q",)),
    "npm": Case("npm help"),
    "docker": Case("docker -H {docker} load -i {image}"),
    "tqdm": Case(f"{sys.executable} -m tqdm --total 40 --ncols 70", ("one\r" * 40, "\x04")),
    "bar": Case(f"{sys.executable} {{bar}}"),
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    lines = [f"line {n} {'word ' * (n % 30)}\n" for n in range(200)]
    texts = {"file": "".join(lines), "other": "".join(lines[5:90] + lines[95:]), "bar": BAR}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name: tmp_path / name for name in texts}


@pytest.fixture
def docker() -> Iterator[dict[str, Any]]:
    """A Docker of the test's own, on a socket, and an image of 30 MB for it to load; skips where none can run."""
    if os.geteuid() or not shutil.which("dockerd"):
        pytest.skip("Docker's daemon is not installed, or this is not root")
    with TemporaryDirectory(prefix="docker-") as name, ExitStack() as stack:
        folder = Path(name)
        host = f"unix://{folder}/socket"
        roots = ["--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"]
        plain = ["--iptables=false", "--bridge=none", "--storage-driver=vfs", "--host", host]
        with (folder / "log").open("w") as log:
            daemon = subprocess.Popen(["dockerd", *map(str, roots), *plain], stdout=log, stderr=log)
        stack.callback(daemon.wait)
        stack.callback(daemon.terminate)

        def ask(*arguments: object, data: bytes = b"") -> bool:
            run = subprocess.run(["docker", "-H", host, *map(str, arguments)], input=data, capture_output=True)
            return run.returncode == 0

        end = time.monotonic() + 30
        while not ask("version"):
            if daemon.poll() is not None or time.monotonic() > end:
                pytest.skip(f"Docker's daemon does not run here: {(folder / 'log').read_text()[-200:]}")
            time.sleep(0.1)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            member = tarfile.TarInfo("big")
            member.size = 30_000_000
            tar.addfile(member, io.BytesIO(os.urandom(member.size)))
        image = folder / "image.tar"
        assert ask("import", "-", "made:1", data=packed.getvalue()) and ask("save", "made:1", "-o", image)
        assert ask("rmi", "made:1")
        yield {"docker": host, "image": image}


def recorded(case: Case, files: dict[str, Path], home: Path) -> str:
    """What the program wrote, to its end or until it is ended."""
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin", "TERM": case.term}
    program = pexpect.spawn(
        case.command.format(**files),
        env=environment | {"LANG": "C.UTF-8", "HOME": str(home)},
        cwd=str(home),
        dimensions=(ROWS, COLUMNS),
        encoding="utf-8",
        timeout=20,
    )
    text = ""
    for key in (None, *case.keys):
        if key is not None and program.isalive():
            program.send(key)
        text += _until_quiet(program, 0.4 if case.keys else 2)
    program.close(force=True)
    return text


def _until_quiet(program: pexpect.spawn[str], seconds: float) -> str:
    text, last, end = "", time.monotonic(), time.monotonic() + 20
    while time.monotonic() < end and (not text or time.monotonic() - last < seconds):
        try:
            text += program.read_nonblocking(65536, timeout=0.1)
            last = time.monotonic()
        except pexpect.TIMEOUT:
            if time.monotonic() - last > 3:
                break
        except pexpect.EOF:
            break
    return text


def parts(text: str) -> list[str]:
    """What was written to the main page, and then to the alternate one; not what came after that was left."""
    before, enter, inside = text.partition(ENTER)
    return [before, inside.partition(LEAVE)[0]] if enter else [text]


@pytest.mark.parametrize("name", CASES)
def test_a_program_s_screen_is_pyte_s(
    name: str, files: dict[str, Path], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case = CASES[name]
    if name == "docker":
        files |= request.getfixturevalue("docker")
    if shutil.which(case.program) is None:
        pytest.skip(f"{case.program} is not installed")
    text = recorded(case, files, tmp_path)
    assert len(text) > 100, text
    for part in parts(text):
        # At several moments, between two sequences: the last one often shows little.
        for end in {part.rfind("\x1b", 0, len(part) * third // 3) for third in (1, 2)} | {len(part)}:
            terminal = Emulator(COLUMNS, ROWS)
            terminal.feed(part[: max(end, 0)])
            assert seen(by_us(terminal)) == seen(by_pyte(part[: max(end, 0)], COLUMNS, ROWS))
    assert addresses_screen(text) == case.full_screen
    screens = render_screens(text)
    assert screens
    for screen in screens:
        assert_harmless("".join(line.text for line in screen.lines))


def test_a_pager_s_text_is_all_there(files: dict[str, Path], tmp_path: Path) -> None:
    if shutil.which("less") is None:
        pytest.skip("less is not installed")
    text = recorded(Case("less -S {file}", (" ", " ", " ", " ", "q"), "xterm"), files, tmp_path)
    shown = [line.text for screen in render_screens(text) for line in screen.lines]
    for n in range(80):
        assert any(line.startswith(f"line {n} ") or line == f"line {n}" for line in shown), n
