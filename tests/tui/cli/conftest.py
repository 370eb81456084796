"""The command line, run in this process or as a program of its own, and a session to run it on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from store import Store
from tests.programs import ROOT
from tui.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[Any]:
        """What was printed as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line on stderr, without its start; there must be nothing else."""
        assert self.out == ""
        assert self.err.startswith("errata: ") and self.err.count("\n") == 1, self.err
        return self.err.removeprefix("errata: ").rstrip("\n")


Errata = Callable[..., Ended]

Step = tuple[str, str, str, int]
"""Thought, command, output and exit code."""

SERVE: list[Step] = [
    ("I will look for a GPU first.", "nvidia-smi", "bash: nvidia-smi: command not found\n", 127),
    ("No matter. I install the server.", "pip install vllm", "ERROR: Failed building wheel for vllm\n", 1),
    ("Now I start it.", "python -m vllm.entrypoints.openai.api_server", "", 0),
]
"""A session that goes wrong: three commands, the first two of which fail."""


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ERRATA_STORE", str(tmp_path / "errata.db"))
    monkeypatch.setenv("ERRATA_REVIEWER", "alice")
    yield


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "errata.db"


@pytest.fixture
def errata(capsys: pytest.CaptureFixture[str]) -> Errata:
    """Run a command in this process."""

    def run(*arguments: object) -> Ended:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ended(code, out, err)

    return run


@pytest.fixture
def program() -> Errata:
    """Run a command as a program of its own. Options are subprocess.run's."""

    def run(*arguments: object, env: dict[str, str] | None = None, **options: Any) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "tui.cli", *map(str, arguments)],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | (env or {}),
            timeout=60,
            check=False,
            **options,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    return run


def session_file(path: Path, steps: list[Step] = SERVE, task: str = "Serve a model on port 8000.") -> Path:
    """Write a session as mini-swe-agent 2 does."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": task}]
    for number, (thought, command, output, code) in enumerate(steps, start=1):
        call = {"name": "bash", "arguments": json.dumps({"command": command})}
        messages += [
            {
                "role": "assistant",
                "content": thought,
                "tool_calls": [{"id": f"call_{number}", "type": "function", "function": call}],
                "extra": {"actions": [{"command": command, "tool_call_id": f"call_{number}"}]},
            },
            {
                "role": "tool",
                "tool_call_id": f"call_{number}",
                "content": output,
                "extra": {"raw_output": output, "returncode": code},
            },
        ]
    config = {"model": {"model_name": "example-7b"}, "environment": {"cwd": "/srv"}}
    info = {"mini_version": "2.1.0", "exit_status": "LimitsExceeded", "config": config}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"trajectory_format": "mini-swe-agent-1.1", "info": info, "messages": messages}))
    return path


@pytest.fixture
def session(errata: Errata, tmp_path: Path) -> str:
    """The id of a session that was imported: the one of SERVE, number 1 of the queue."""
    result = errata("import", session_file(tmp_path / "serve.traj.json"), "--json")
    assert result.code == 0, result.err
    return str(result.json[0]["trajectories"][0]["id"])


def events_in(path: Path) -> int:
    """How many events a store holds."""
    with Store(path, write=False) as store:
        return len(list(store.log.events()))
