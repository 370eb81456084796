"""When the next frame may be sent: no more than one is under way while keys keep coming.

What is written waits in buffers (the kernel's, sshd's, ssh's), seconds of frames on a thin line, and nothing tells
how much is there. So a frame that follows another soon ends with a question that terminals answer as they come to it
("Device Status Report"), and the next is sent when the answer is there. The first frame asks as well. As long as a
terminal has not answered, nothing is held back for it, nor is it asked again: not all answer.
"""

from __future__ import annotations

import math
import re

QUESTION = "\x1b[5n"

_ANSWER = re.compile(r"\x1b\[\??[0-9;]*n")
_BEGUN = re.compile(r"\x1b(?:\[\??[0-9;]*)?\Z")

_SOON = 1.0
"""Seconds after a frame within which the next one is part of the same burst of keys."""

_PATIENCE = 2.0
"""Seconds to wait for an answer."""

_HELD = 0.5
"""Seconds to wait for the rest of what may be an answer: it may be the key Esc, too."""

A_MOMENT = 0.02
"""Seconds after which to look again whether what is waited for is there."""


class Pace:
    """Paces the frames. least: seconds between two. All times are of one clock, in seconds."""

    def __init__(self, least: float) -> None:
        self._least = least
        self._sent = -math.inf
        self._asked = -math.inf
        self._is_waiting = False
        self._answers: bool | None = None
        """Whether the terminal answered the last question in time; None when there was none."""
        self._held = ""
        self._held_since = 0.0

    def wait(self, now: float) -> float:
        """Seconds after which to come again with a frame; 0 for to send it now."""
        if self._answers and self.is_waiting(now):
            return A_MOMENT
        return max(self._sent + self._least - now, 0.0)

    def question(self, now: float) -> str:
        """What a frame that is sent now has to end with."""
        asks = self._answers is None or (self._answers and now - self._sent < _SOON)
        self._sent = now
        if not asks:
            return ""
        self._answers = self._answers or False
        self._is_waiting, self._asked = True, now
        return QUESTION

    def is_waiting(self, now: float) -> bool:
        """Whether an answer is still to come."""
        if self._is_waiting and now - self._asked > _PATIENCE:
            self._is_waiting = self._answers = False
        return self._is_waiting

    def typed(self, text: str, now: float) -> str:
        """What was typed, out of what the terminal sent: its answers, also those that come in pieces, are no keys.

        Call it every tenth of a second at least, with "" when nothing came.
        """
        if not text:
            held, self._held = self._held, self._held if now - self._held_since < _HELD else ""
            return "" if self._held else held
        typed, answers = _ANSWER.subn("", self._held + text)
        self._held = ""
        if answers:
            self._is_waiting, self._answers = False, True
        if self.is_waiting(now) and (begun := _BEGUN.search(typed)):
            typed, self._held, self._held_since = typed[: begun.start()], begun[0], now
        return typed
