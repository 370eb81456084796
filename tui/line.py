"""The line to the terminal, where Textual's driver does not do for one that is slow, thin or dirty.

- A frame is sent when the line can take it (`pace.py`), never into a queue that is full: what is typed is dealt with
  however long the line stalls.
- One byte that is not UTF-8, typed or pasted, ends Textual's input thread with an exception. Here it becomes U+FFFD.
"""

from __future__ import annotations

import codecs
import os
import selectors
import sys
import time
from typing import Any

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from tui.host import Host
from tui.pace import A_MOMENT

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"
_LOOKS = 0.1
"""Seconds after which the input thread looks whether it is to end."""
_LAST_ANSWER = 1.0
"""Seconds to wait for an answer before the terminal is another program's."""


class Line(LinuxDriver):
    """Textual's driver, for an app with a `pace`."""

    def __init__(self, app: Host, **arguments: Any) -> None:
        super().__init__(app, **arguments)
        self._pace = app.pace
        self._shows_whole_frames = False
        self._count_anew()

    def start_application_mode(self) -> None:
        self._count_anew()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def _count_anew(self) -> None:
        self._writes = 0
        self._out = _Out(sys.__stderr__)
        self._file = self._out  # type: ignore[assignment]

    # -- out

    def wait(self) -> float:
        """Seconds after which to come again with a frame; 0 when the line takes one now."""
        if self._out.written != self._writes:
            return A_MOMENT
        return self._pace.wait(time.monotonic())

    def send(self, frame: str) -> None:
        """Send a frame, in one piece, to be shown in one."""
        begin, end = (_BEGIN, _END) if self._shows_whole_frames else ("", "")
        self.write(f"{begin}{frame}{self._pace.question(time.monotonic())}{end}")

    def write(self, data: str) -> None:
        self._writes += 1
        super().write(data)

    # -- in

    def run_input_thread(self) -> None:
        parser = XTermParser()
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                text = ""
                if selector.select(_LOOKS):
                    data = os.read(self.fileno, 4096)
                    if not data:
                        message = "the terminal has gone"
                        raise EOFError(message)
                    text = decode(data)
                if text := self._pace.typed(text, time.monotonic()):
                    for event in parser.feed(text):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)

    def process_message(self, message: Message) -> None:
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            self._shows_whole_frames = True
        super().process_message(message)

    def disable_input(self) -> None:
        # An answer that came later would be typed into the shell, or an editor.
        until = time.monotonic() + _LAST_ANSWER
        while (now := time.monotonic()) < until and self._pace.is_waiting(now) and self._is_read:
            time.sleep(0.005)
        super().disable_input()

    @property
    def _is_read(self) -> bool:
        return self._key_thread is not None and self._key_thread.is_alive()


class _Out:
    """The terminal as a file that counts its writes. written: those that have left for the terminal."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._taken = 0
        self.written = 0

    def write(self, text: str) -> None:
        self._taken += 1
        self._file.write(text)

    def flush(self) -> None:
        self._file.flush()
        self.written = self._taken

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number
