"""Life at the end of a bad line: what Textual does not do by itself (each measured on 8.2).

- SIGHUP and SIGTERM kill a Textual app at once: nothing is unmounted and the terminal is left raw. Here they are
  exits like any other. Everything said is in the store already; this is for the terminal's sake. On a line that
  stalls, Textual blocks on its way out, writing to it, for ever when the line then drops: the exit is enforced.
- A signal that comes just before the event loop begins to wait is dealt with when the loop has something else to do:
  the screen kept its old size until the next key. Here every signal wakes the loop.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
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

    stop_waking = _wake_on_signals(loop)
    before = {number: signal.signal(number, leave) for number in (signal.SIGHUP, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop_waking()

    return restore


def let_go_of_a_lost_terminal() -> None:
    """Keep the interpreter from failing, as it exits, over what the terminal did not take any more."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream:
            try:
                stream.flush()
            except OSError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _wake_on_signals(loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
    """Let every signal wake the event loop; what is given ends that."""
    near, far = socket.socketpair()
    for end in (near, far):
        end.setblocking(False)
    loop.add_reader(near, near.recv, 4096)
    before = signal.set_wakeup_fd(far.fileno(), warn_on_full_buffer=False)

    def stop() -> None:
        signal.set_wakeup_fd(before)
        loop.remove_reader(near)
        near.close()
        far.close()

    return stop
