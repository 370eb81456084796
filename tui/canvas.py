"""The one widget: the rows of the screen, and the frames that show them.

Textual paints none of it. Its compositor sends each changed row whole, a style to each span of it, and twice at the
start; here goes what `frames.py` finds, at once. Screenshots still come from Textual, which asks for the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.frames import Frames
from tui.safety import SafeLines


class Canvas(Widget):
    """Shows what it is given with `show`, a strip to a row of the screen, each as wide as the screen."""

    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; }"

    def __init__(self, safe_lines: SafeLines) -> None:
        super().__init__()
        self._safe_lines = safe_lines
        self._drawn: list[Strip] = []
        self._safe: list[Strip] = []

    def show(self, strips: Sequence[Strip], frames: Frames) -> str:
        """What makes the terminal show these strips."""
        self._safe = [
            safe if strip == drawn and safe else self._safe_lines.apply(strip)
            for strip, drawn, safe in zip_longest(strips, self._drawn[: len(strips)], self._safe[: len(strips)])
        ]
        self._drawn = list(strips)
        return frames.change(self._safe)

    def render_lines(self, crop: Region) -> list[Strip]:
        return [strip.crop(crop.x, crop.right) for strip in self._safe[crop.y : crop.bottom]]

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return "\n".join(strip.text.rstrip() for strip in self._drawn)
