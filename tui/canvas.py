"""The one widget: rows of cells, of which only those that changed are painted again."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class Canvas(Widget):
    """Shows what it is given with `show`, a strip to a row of the screen, each as wide as the screen."""

    DEFAULT_CSS = "Canvas { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._strips: list[Strip] = []

    def show(self, strips: Sequence[Strip]) -> None:
        """Paint these strips: one repaint, of the rows that differ from what is shown."""
        old, self._strips = self._strips, list(strips)
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y in range(max(len(old), len(self._strips)))
            if y >= len(old) or y >= len(self._strips) or old[y] != self._strips[y]
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        if y < len(self._strips):
            return self._strips[y]
        return Strip.blank(self.size.width)

    @property
    def text(self) -> str:
        """What is shown, without styles."""
        return "\n".join(strip.text.rstrip() for strip in self._strips)
