"""Commands killed at any moment: nothing that was there is lost, and what is new is there whole or not at all."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store import Store
from store.verify import verify
from tests.end_to_end.terminal import environment, errata
from tests.store.fire.acts import reviewed
from tests.store.frozen import NAMES, thaw
from tests.tui.cli.conftest import SERVE, session_file

ROUNDS, MANY = 3, 80


def _reviewed_and_files(folder: Path) -> None:
    reviewed(folder / "store.db")
    for number in range(12):
        steps = [*SERVE, ("Much.", f"seq {number}", f"{number} line\n" * 4_000, 0)]
        session_file(folder / "runs" / f"{number}.traj.json", steps, f"task {number}")


def _old(folder: Path) -> None:
    (folder / "store.db").write_bytes(thaw(NAMES[0]).file)


def _damaged(folder: Path) -> None:
    reviewed(folder / "store.db")
    content = bytearray((folder / "store.db").read_bytes())
    content[6 * 4096 : 6 * 4096 + 16] = b"\xff" * 16
    (folder / "store.db").write_bytes(content)


COMMANDS: dict[str, tuple[Callable[[Path], None], list[str]]] = {
    "import": (_reviewed_and_files, ["import", "runs"]),
    "migrate": (_old, ["rubric", "use", "--built-in"]),
    "backup": (_reviewed_and_files, ["backup", "copy.db"]),
    "recover": (_damaged, ["recover"]),
}


def _events(path: Path) -> set[bytes]:
    with Store(path) as store:
        assert verify(store).faults == ()
        return {event.raw for event in store.log.events()}


def _run(command: list[str], folder: Path, seconds: float | None) -> float:
    """Run a command, killed after so many seconds; how long it took."""
    started = time.monotonic()
    with subprocess.Popen(
        errata("--store", folder / "store.db", *command),
        cwd=folder,
        env=environment("dumb"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as program:
        try:
            program.wait(seconds)
        except subprocess.TimeoutExpired:
            program.kill()
        assert seconds or program.returncode in (0, 1), program.stderr and program.stderr.read()
    return time.monotonic() - started


def _kill(name: str, tmp_path: Path, rounds: int) -> None:
    prepare, command = COMMANDS[name]
    chance = random.Random(name)
    whole = 0.0
    for round_ in range(rounds + 1):
        folder = tmp_path / str(round_)
        folder.mkdir()
        prepare(folder)
        before = (folder / "store.db").read_bytes()
        if not round_:
            whole = _run(command, folder, None)
            expected = _events(folder / "store-recovered.db" if name == "recover" else folder / "store.db")
            continue
        _run(command, folder, chance.uniform(0.3, 1) * whole)
        for copy in [*folder.glob("*.backup"), *folder.glob("copy.db"), *folder.glob("store-recovered.db")]:
            assert len(_events(copy)) == len(expected), f"{copy.name} is not whole"
        if name in ("backup", "recover"):
            assert (folder / "store.db").read_bytes() == before
        if name != "recover":
            assert len(_events(folder / "store.db")) == len(expected)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_killed_at_some_moments(tmp_path: Path, name: str) -> None:
    _kill(name, tmp_path, ROUNDS)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_killed_at_many_moments(tmp_path: Path, name: str) -> None:
    _kill(name, tmp_path, MANY)
