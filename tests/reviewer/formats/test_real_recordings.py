"""Recordings made on the spot: a real bash in a real terminal, recorded by util-linux's `script`, or as asciicast.

What was typed and what ran is known, so what is read of the recording can be held against it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pexpect
import pytest

from reviewer.formats import read_trajectories
from reviewer.trajectory import Step, Trajectory

PLAIN = r"PS1='me@box:\w$ '"
MARKED = r"PS0='\e]133;C\a' PS1='\[\e]133;D;$?\a\e]133;A\a\]me@box:\w$ \[\e]133;B\a\]'"
"""Prompts: one that names user and host, and one with the marks of shell integration."""
SHELL = ["bash", "--noprofile", "--rcfile", "rc", "-i"]
TYPED: list[tuple[str, str, str, int]] = [
    ("echo one", "~", "one\r\n", 0),
    ("cd work", "~", "", 0),
    ("pwd | sed 's:.*/::'", "~/work", "work\r\n", 0),
    (r"printf 'a\033[31mb\033[0m\n'; false", "~/work", "a\x1b[31mb\x1b[0m\r\n", 1),
    ("cat <<E\nx y\nE", "~/work", "x y\r\n", 0),
    ("python3 -c 'import sys; sys.exit(7)'", "~/work", "", 7),
    ("seq 1 400 | tail -2", "~/work", "399\r\n400\r\n", 0),
]
"""What is typed, where, what comes of it, and its exit code. The shell is then left with `exit 3`."""


def is_util_linux() -> bool:
    if not shutil.which("script"):
        return False
    said = subprocess.run(["script", "--version"], capture_output=True, text=True, check=False)
    return "util-linux" in said.stdout


@dataclass
class Tape:
    """What went through a terminal, and when: events as asciicast's second version has them."""

    kind: str
    events: list[tuple[float, str, str]]
    began: float = field(default_factory=time.time)

    def write(self, text: str) -> None:
        self.events.append((round(time.time() - self.began, 6), self.kind, text))

    def flush(self) -> None:
        pass


def run(
    command: list[str], home: Path, prompt: str = PLAIN, shown: Tape | None = None, sent: Tape | None = None
) -> int:
    """Type everything into the shell that the command starts; its exit code."""
    (home / "work").mkdir()
    (home / "rc").write_text(f"{prompt}\nunset HISTFILE\n")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "TERM": "xterm", "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8"}
    with pexpect.spawn(
        command[0], command[1:], cwd=str(home), env=env, encoding="utf-8", dimensions=(24, 100), timeout=20
    ) as child:
        child.logfile_read, child.logfile_send = shown, sent
        for text in [*(typed[0] for typed in TYPED), "exit 3"]:
            child.expect(r"me@box:\S*\$ ")
            first, *others = text.split("\n")
            child.send(first + "\r")
            for line in others:
                child.expect("> ")
                child.send(line + "\r")
        child.expect(pexpect.EOF)
    return int(child.exitstatus or 0)


def only(path: Path) -> Trajectory:
    (trajectory,) = read_trajectories(path)
    return trajectory


def commands(trajectory: Trajectory) -> list[Step]:
    """The steps of what was typed, without the one that left the shell."""
    *found, left = [step for step in trajectory.steps if step.action]
    assert left.command == "exit 3"
    return found


def check(found: list[Step]) -> None:
    assert [(step.command, step.cwd, step.output) for step in found] == [typed[:3] for typed in TYPED]
    assert not any(step.action and step.action.is_input for step in found)


def check_times(found: list[Step], began: datetime) -> None:
    times = [datetime.fromisoformat(step.started_at or "") for step in found]
    assert times == sorted(times)
    second = timedelta(seconds=1)  # `script` tells when it began in whole ones
    assert began - second <= times[0]
    assert times[-1] <= datetime.now(UTC) + second
    for step, after in zip(found, times[1:], strict=False):
        assert step.duration is not None
        assert 0 <= step.duration <= (after - datetime.fromisoformat(step.started_at or "")).total_seconds() + 0.001


@pytest.mark.skipif(not is_util_linux(), reason="there is no `script` of util-linux here")
@pytest.mark.parametrize(
    "options",
    [
        ["--log-out", "log", "--log-timing", "log.timing"],
        ["--log-out", "log", "--log-timing", "log.timing", "--logging-format", "advanced"],
        ["--log-out", "log", "--log-in", "log.in", "--log-timing", "log.timing"],
        ["--log-io", "log", "--log-timing", "log.timing"],
        ["log"],
    ],
    ids=["classic", "advanced", "input", "both", "untimed"],
)
def test_a_recording_of_script(tmp_path: Path, options: list[str]) -> None:
    began = datetime.now(UTC)
    assert run(["script", "--quiet", "--return", "--command", " ".join(SHELL), *options], tmp_path) == 3
    trajectory = only(tmp_path / "log")
    found = commands(trajectory)
    check(found)
    assert (trajectory.source.format, trajectory.outcome) == ("typescript", "exit code 3")
    if "log" in options[:1]:
        assert {step.started_at for step in trajectory.steps} == {None}
    else:
        check_times(found, began)


def cast(path: Path, shown: Tape, events: list[tuple[float, str, str]], version: int) -> None:
    """Write events as that version of asciicast has them."""
    began = int(shown.began)
    heads: dict[int, dict[str, Any]] = {
        2: {"version": 2, "width": 100, "height": 24, "timestamp": began},
        3: {"version": 3, "term": {"cols": 100, "rows": 24}, "timestamp": began},
    }
    since = [0.0, *(at for at, _, _ in events)] if version == 3 else [0.0] * len(events)
    lines = [[round(at - before, 6), kind, text] for (at, kind, text), before in zip(events, since, strict=False)]
    path.write_text("\n".join(json.dumps(line) for line in [heads[version], *lines]) + "\n")


@pytest.mark.parametrize("prompt", [PLAIN, MARKED], ids=["plain", "marked"])
@pytest.mark.parametrize("with_keys", [False, True], ids=["shown", "keys"])
@pytest.mark.parametrize("version", [2, 3])
def test_a_recording_as_asciinema_makes_it(tmp_path: Path, version: int, with_keys: bool, prompt: str) -> None:
    events: list[tuple[float, str, str]] = []
    shown = Tape("o", events)
    keys = Tape("i", events, shown.began) if with_keys else None
    began = datetime.now(UTC)
    assert run(SHELL, tmp_path, prompt, shown, keys) == 3
    cast(tmp_path / "a.cast", shown, events, version)
    found = commands(only(tmp_path / "a.cast"))
    codes = [typed[3] if prompt is MARKED else None for typed in TYPED]
    assert [step.exit_code for step in found] == codes
    check(found)
    check_times(found, began)
