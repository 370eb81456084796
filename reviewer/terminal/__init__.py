"""Raw output to safe, styled lines: what a person would have seen, and nothing that their terminal would obey.

Everything an agent's terminal produced is hostile until it has gone through here. `clean` and `clean_spans` make any
text harmless; `render_output` shows an output as a line-oriented terminal would have (colours, progress bars that
collapse to their last state); `render_screens` replays one that addresses the screen; `render_raw` shows every
control character in it. None of them raises, and none lets a control, a bidirectional override or an invisible
character through: these are shown (`␛`, `<U+202E>`), not obeyed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reviewer.terminal.characters import HIDDEN, clean, clean_spans
from reviewer.terminal.output import HEIGHT, WIDTH, pen_after, render_output
from reviewer.terminal.raw import render_raw
from reviewer.terminal.sequences import LONGEST_REPLAY, addresses_screen, without_sequences
from reviewer.terminal.style import LINE_END, PLAIN, SHOWN, TAB, Colour, Line, Rendered, Span, Style

if TYPE_CHECKING:
    from reviewer.terminal.screens import Ended, Screen, render_screens

__all__ = [
    "HEIGHT",
    "HIDDEN",
    "LINE_END",
    "LONGEST_REPLAY",
    "PLAIN",
    "SHOWN",
    "TAB",
    "WIDTH",
    "Colour",
    "Ended",
    "Line",
    "Rendered",
    "Screen",
    "Span",
    "Style",
    "addresses_screen",
    "clean",
    "clean_spans",
    "pen_after",
    "render_output",
    "render_raw",
    "render_screens",
    "without_sequences",
]


def __getattr__(name: str) -> Any:
    """What replays screens is read when it is first wanted: most outputs address none."""
    if name not in ("Ended", "Screen", "render_screens"):
        raise AttributeError(name)
    from reviewer.terminal import screens

    return getattr(screens, name)
