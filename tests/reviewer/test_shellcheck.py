"""What shellcheck says: the real one, and those that do not do as they should."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from reviewer import shellcheck
from reviewer.shellcheck import LONGEST_ADVISED, findings
from tests.programs import require


@pytest.fixture
def real() -> None:
    require("shellcheck")


@pytest.mark.usefixtures("real")
async def test_its_findings_the_gravest_first() -> None:
    listing, quote = await findings("ls $x\nfor f in $(ls); do echo ok; done\n")
    assert (listing.line, listing.column, listing.code) == (2, 10, 2045)
    assert (quote.line, quote.column, quote.code) == (1, 4, 2086)
    assert "Double quote" in quote.message


@pytest.mark.usefixtures("real")
async def test_columns_are_characters() -> None:
    (quote,) = await findings("echo 'é😀\t' $x")
    assert (quote.line, quote.column) == (1, 12)


@pytest.mark.usefixtures("real")
@pytest.mark.parametrize(
    "command", ["", "make -j4 | tee log", "x" * (LONGEST_ADVISED + 1), "echo \ud800", 'x=1; echo "$y"'], ids=len
)
async def test_nothing_to_say(command: str) -> None:
    assert await findings(command) == []


@pytest.mark.usefixtures("real")
async def test_no_settings_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".shellcheckrc").write_text("disable=SC2086\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SHELLCHECK_OPTS", "--exclude=SC2086")
    assert [each.code for each in await findings("ls $x")] == [2086]


async def test_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert not shellcheck.is_there()
    assert await findings("ls $x") == []


@pytest.mark.parametrize(
    "script",
    [
        "exit 3",
        "echo no json",
        "echo '[]'",
        """echo '{"comments": [{"line": 1}]}'""",
        "exec 0<&-; echo '{'",
        "head -c 3000000 /dev/zero",
        "not a program",
    ],
)
async def test_one_that_fails_says_nothing(stand_in: Path, script: str) -> None:
    stand_in.write_text(script if script == "not a program" else f"#!/bin/sh\n{script}\n")
    assert await findings("ls $x\n" * 3000) == []


async def test_one_that_hangs_is_killed(stand_in: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shellcheck, "_SECONDS", 0.3)
    stand_in.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    begun = time.monotonic()
    assert await findings("ls $x") == []
    assert time.monotonic() - begun < 20
    await _is_gone(tmp_path / "pid")


async def test_one_that_is_no_longer_wanted_is_killed(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 60\n")
    task = asyncio.create_task(findings("ls $x"))
    async with asyncio.timeout(20):
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _is_gone(tmp_path / "pid")


async def _is_gone(pid: Path) -> None:
    async with asyncio.timeout(20):
        while Path("/proc", pid.read_text().strip()).exists():
            await asyncio.sleep(0.01)
