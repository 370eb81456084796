"""Shellcheck's advice in the editor of a better action: beside the typing, never in its way."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from store import Store
from tests.programs import require
from tests.tui.desk import Desk, sit_down


async def _wait_for(desk: Desk, text: str) -> None:
    async with asyncio.timeout(30):
        while text not in desk.text:
            await asyncio.sleep(0.01)


async def test_the_findings_of_the_real_one(store: Store, session_id: str) -> None:
    require("shellcheck")
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *"cd /srv; ls $x")
        assert "SC" not in desk.text, "it is asked after a pause"
        await _wait_for(desk, "SC2086")
        first, second = (row.strip() for row in desk.rows[-3:-1])
        assert first.startswith("1:1 SC2164 Use 'cd ... || exit'") and first.endswith("shellcheck")
        assert second.startswith("1:13 SC2086 Double quote")
        await desk.press("ctrl+s")
        assert len(desk.said(1, "suggestion")) == 1, "advice forbids nothing"
        assert "SC2086" not in desk.text


async def test_what_it_said_of_an_older_text_goes_and_nothing_moves(store: Store, session_id: str) -> None:
    require("shellcheck")
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *"ls $x")
        await _wait_for(desk, "1:4 SC2086")
        place = next(number for number, row in enumerate(desk.rows) if "bash: ok" in row)
        await desk.press("y")
        assert "SC2086" not in desk.text
        assert "bash: ok" in desk.rows[place]
        await _wait_for(desk, "1:4 SC2086")
        await desk.press("ctrl+u", *"ls")
        async with asyncio.timeout(30):
            while "bash: ok" not in desk.rows[place + 1]:
                await asyncio.sleep(0.01)


async def test_only_the_last_text_is_asked_about(
    store: Store, session_id: str, stand_in: Path, tmp_path: Path
) -> None:
    asked, pid = tmp_path / "asked", tmp_path / "pid"
    stand_in.write_text(f"#!/bin/sh\necho $$ > {pid}; cat >> {asked}; echo ';' >> {asked}; exec sleep 60\n")
    async with sit_down(store, session_id) as desk:
        begun = time.monotonic()
        await desk.press("s", "ctrl+u", *"ls /srv")
        assert time.monotonic() - begun < 10, "a shellcheck that hangs keeps no key waiting"
        async with asyncio.timeout(30):
            while not (asked.exists() and asked.read_text().endswith(";\n")):
                await asyncio.sleep(0.01)
        assert asked.read_text() == "ls /srv;\n"
        await desk.press("ctrl+s")
        assert len(desk.said(1, "suggestion")) == 1
    async with asyncio.timeout(30):  # the screens are gone, and so it is
        while Path("/proc", pid.read_text().strip()).exists():
            await asyncio.sleep(0.01)


async def test_what_it_writes_is_cleaned(store: Store, session_id: str, stand_in: Path) -> None:
    comment = '{"line": 1, "column": %d, "code": 9999, "level": "info", "message": "[red]a\\u001b[2J\\nb\\u202e %s"}'
    comments = ", ".join(comment % (number, "long " * 40) for number in range(1, 6))
    stand_in.write_text(f"#!/bin/sh\ncat > /dev/null\ncat <<'END'\n{{\"comments\": [{comments}]}}\nEND\n")
    async with sit_down(store, session_id) as desk:
        await desk.press("s")
        await _wait_for(desk, "SC9999")
        rows = [row for row in await desk.look() if "SC9999" in row]
        assert [row[:22] for row in rows] == [" 1:1 SC9999 [red]a␛[2J", " 1:2 SC9999 [red]a␛[2J"]
        assert rows[1].endswith(" 3 more ")
        assert not any(ord(character) < 32 or character == "\u202e" for row in rows for character in row)


async def test_nothing_is_shown_without_it(store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *"ls $x")
        assert not desk.app.workers
        assert "bash: ok" in desk.rows[-2]
