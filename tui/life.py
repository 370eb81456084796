"""Life at the end of a bad line: what Textual does not do by itself (each measured on 8.2).

- SIGHUP and SIGTERM kill a Textual app at once: nothing is unmounted and the terminal is left raw. Here they are
  exits like any other. Everything said is in the store already; this is for the terminal's sake. On a line that
  stalls, Textual's event loop blocks writing to it, for ever when the line then drops: the exit is enforced.
- One byte that is not UTF-8, typed or pasted, ends the input thread with an exception. Here it becomes U+FFFD.
- After ctrl-z and fg the alternate screen is empty. Here it is painted again.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from textual.app import App

HANGUP_EXIT = 129
TERMINATED_EXIT = 143


GRACE = 3.0
"""Seconds to leave in, after which the process ends as it is. The store is whole whenever that happens."""


def leave_cleanly_on_signals(app: App[Any]) -> Callable[[], None]:
    """Make SIGHUP and SIGTERM leave the app in order. Call it when the event loop runs.

    Returns what puts the handlers back that were there before.
    """
    loop = asyncio.get_running_loop()

    def leave(number: int, _frame: FrameType | None) -> None:
        # Not loop.add_signal_handler: a blocked loop would never get to it, but a handler still runs.
        code = HANGUP_EXIT if number == signal.SIGHUP else TERMINATED_EXIT
        enforcer = threading.Timer(GRACE, os._exit, [code])
        enforcer.daemon = True
        enforcer.start()
        loop.call_soon_threadsafe(partial(app.exit, return_code=code))

    before = {number: signal.signal(number, leave) for number in (signal.SIGHUP, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def repaint_after_resume(app: App[Any]) -> None:
    """Paint everything again when the process is brought back to the foreground."""
    app.app_resume_signal.subscribe(app, lambda _: app.refresh(layout=True))


def accept_any_bytes() -> None:
    """Let the driver's input thread replace bytes that are not UTF-8."""
    try:
        from textual.drivers import linux_driver
    except ImportError:  # another platform's driver decodes by itself
        return

    def decoder(_encoding: str) -> type[codecs.IncrementalDecoder]:
        class Replacing(codecs.getincrementaldecoder("utf-8")):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__(errors="replace")

        return Replacing

    linux_driver.getincrementaldecoder = decoder  # type: ignore
