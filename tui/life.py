"""Life at the end of a bad line: what Textual does not do by itself (each measured on 8.2).

- SIGHUP and SIGTERM kill a Textual app at once: nothing is unmounted and the terminal is left raw. Here they are
  exits like any other. Everything said is in the store already; this is for the terminal's sake.
- One byte that is not UTF-8, typed or pasted, ends the input thread with an exception. Here it becomes U+FFFD.
- After ctrl-z and fg the alternate screen is empty. Here it is painted again.
"""

from __future__ import annotations

import asyncio
import codecs
import signal
from functools import partial
from typing import Any

from textual.app import App

HANGUP_EXIT = 129
TERMINATED_EXIT = 143


def leave_cleanly_on_signals(app: App[Any]) -> None:
    """Make SIGHUP and SIGTERM leave the app in order. Call it when the event loop runs."""
    loop = asyncio.get_running_loop()
    for number, code in ((signal.SIGHUP, HANGUP_EXIT), (signal.SIGTERM, TERMINATED_EXIT)):
        loop.add_signal_handler(number, partial(app.exit, return_code=code))


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
