"""What shellcheck says about a command. It advises only: what is valid is for bash to say (shell.py)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from contextlib import suppress
from typing import NamedTuple

LONGEST_ADVISED = 20_000
"""Characters. What is longer is a file in a here-document, and takes shellcheck seconds."""

_SECONDS = 5.0
_ARGUMENTS = ("--norc", "--format=json1", "--shell=bash", "--exclude=SC2034,SC2154", "-")
"""Whether a variable is used or has a value (the two left out) is not to be told from one step of a session."""

_LEVELS = ("error", "warning", "info", "style")


class Finding(NamedTuple):
    """A finding at a line and column of the command, both from 1. code: the number behind SC. Clean the message."""

    line: int
    column: int
    code: int
    message: str


def is_there() -> bool:
    """Whether shellcheck is installed."""
    return shutil.which("shellcheck") is not None


async def findings(command: str) -> list[Finding]:
    """Shellcheck's findings, the gravest first; none where it is missing, fails, or takes longer than five seconds.

    It gets the command on its standard input, and reads no settings. When this is cancelled, it is killed.
    """
    program = shutil.which("shellcheck")
    if program is None or len(command) > LONGEST_ADVISED:
        return []
    environment = {name: value for name, value in os.environ.items() if name != "SHELLCHECK_OPTS"}
    try:
        process = await asyncio.create_subprocess_exec(
            program,
            *_ARGUMENTS,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment | {"LC_ALL": "C.UTF-8"},
        )
    except OSError:
        return []
    try:
        async with asyncio.timeout(_SECONDS):
            report, _ = await process.communicate(command.encode("utf-8", "replace"))
    except (TimeoutError, OSError):
        return []
    finally:
        await _end(process)
    return _read(report)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill it if it still runs, and let go of its pipes, before the event loop may be gone."""
    if process.returncode is None:
        with suppress(ProcessLookupError, TimeoutError, OSError):
            process.kill()
            async with asyncio.timeout(1):
                await process.communicate()


def _read(report: bytes) -> list[Finding]:
    """A report in the form `json1`, as `man shellcheck` describes it; none when it has another form."""
    found = []
    try:
        for comment in json.loads(report)["comments"]:
            finding = Finding(comment["line"], comment["column"], comment["code"], str(comment["message"]))
            found.append((_LEVELS.index(comment["level"]), finding))
    except (ValueError, LookupError, TypeError):
        return []
    return [finding for _, finding in sorted(found)]
