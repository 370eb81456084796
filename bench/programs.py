"""The programs that are measured side by side, and how each is driven."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.sessions import Kept, Session, errata_environment


@dataclass(frozen=True)
class Command:
    """A program on a session: what starts it, what it shows when it is up, and the keys to the next step and back.

    first: the keys that lead to the first step, for a program that remembers where it was left.
    """

    arguments: list[str]
    shows: str
    forward: bytes
    back: bytes
    environment: Mapping[str, str] = field(default_factory=dict)
    first: tuple[bytes, ...] = ()


def errata(session: Kept) -> Command:
    """Errata's review screen."""
    arguments = [sys.executable, "-m", "tui.cli", "review", session.id]
    return Command(arguments, session.title, b"j", b"k", errata_environment(session.store), (b"g", b"\r"))


def less(session: Session) -> Command:
    """A pager: its next step is the next page."""
    return Command(["less", str(session.text)], session.text.name, b" ", b"b", {"LESS": ""})


def empty(session: Kept) -> Command:
    """The smallest Textual app."""
    return Command(
        [sys.executable, "-m", "bench.apps", "empty"], "READY", b"", b"", errata_environment(session.store)
    )


def pane(session: Session) -> Command:
    """A bare line-API pane."""
    arguments = [sys.executable, "-m", "bench.apps", "pane", str(session.text)]
    return Command(arguments, "READY", b"j", b"j", errata_environment(session.store))


class Peers:
    """The other programs for looking at sessions, each in a virtual environment of its own, made once.

    absent: name to why it cannot be measured here.
    """

    def __init__(self, folder: Path) -> None:
        self.absent: dict[str, str] = {}
        self.commands: dict[str, Callable[[Session], Command]] = {}
        if shutil.which("less"):
            self.commands["less"] = less
        else:
            self.absent["less"] = "it is not installed"
        for name, requirement in _PEERS.items():
            try:
                python = _installed(folder / name, requirement)
            except (OSError, subprocess.SubprocessError) as error:
                self.absent[name] = f"{requirement} cannot be installed here ({type(error).__name__})"
            else:
                self.commands[name] = _driven(name, python)


_PEERS = {
    "mini-swe-agent": "mini-swe-agent==2.4.6",
    "SWE-agent": "sweagent @ git+https://github.com/SWE-agent/SWE-agent@v1.1.0",
}
"""SWE-agent is not in the package index; its own repository is the only source."""


def _driven(name: str, python: Path) -> Callable[[Session], Command]:
    def mini(session: Session) -> Command:
        arguments = [str(python), "-m", "minisweagent.run.utilities.inspector", str(session.mini)]
        return Command(arguments, "Step 1/", b"l", b"h")

    def swe_agent(session: Session) -> Command:
        return Command([str(python), "-m", "sweagent", "inspect", str(session.swe_agent)], "Step", b"l", b"h")

    return {"mini-swe-agent": mini, "SWE-agent": swe_agent}[name]


def _installed(folder: Path, requirement: str) -> Path:
    """The Python of an environment with a requirement in it."""
    python = folder / "bin" / "python"
    done = folder / "installed.txt"
    if not done.exists() or done.read_text() != requirement:
        print(f"installing {requirement}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]
        subprocess.run(pip, check=True, capture_output=True, timeout=600)
        done.write_text(requirement)
    return python
