"""Shellcheck's advice about the command being written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from reviewer import shellcheck
from tui.host import Host

_PAUSE = 0.4
"""Seconds without a key before shellcheck is asked."""

_MOST = 2


class Advice:
    """Asks shellcheck in the background, about one text at a time; what it says of an older text is dropped."""

    def __init__(self, app: Host) -> None:
        self._app = app
        self._is_there = shellcheck.is_there()
        self._text = ""
        self._lines: list[tuple[str, str]] = []

    def about(self, text: str) -> list[tuple[str, str]]:
        """The first findings, each with a remark; blank ones in their place while they are sought."""
        if self._is_there and text != self._text:
            self._text = text
            self._lines = [("", "")] * len(self._lines)  # so that nothing moves with every key
            ask: Callable[[], Awaitable[None]] = partial(self._ask, text)
            self._app.run_worker(ask, group="advice", exclusive=True, exit_on_error=False)
        return self._lines

    async def _ask(self, text: str) -> None:
        await asyncio.sleep(_PAUSE)
        found = await shellcheck.findings(text)
        remarks = ["shellcheck", f"{len(found) - _MOST} more" if len(found) > _MOST else ""]
        self._lines = [
            (f"{each.line}:{each.column} SC{each.code} {each.message}", remark)
            for each, remark in zip(found, remarks, strict=False)
        ]
        self._app.paint()
