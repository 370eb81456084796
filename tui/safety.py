"""The last line of defence: no control or direction-changing character leaves the app, whatever widget drew it.

The first is `reviewer.terminal.clean`, where a trajectory's text meets the view. This filter is over everything that
Textual paints, so that something forgotten there is dropped here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

from reviewer.terminal import HIDDEN

_UNSAFE = re.compile(f"[\t\n{HIDDEN}]")


class SafeLines(LineFilter):
    """Drops unsafe characters and links from everything that is painted; and colours, where none are wanted."""

    def __init__(self, *, colourless: bool = False) -> None:
        super().__init__()
        self._colourless = colourless

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text), self._safe(style), control)
            for text, style, control in segments
        ]

    def _safe(self, style: Style | None) -> Style | None:
        if style is not None and style.link:
            style = style.update_link(None)
        return _without_colour(style) if style is not None and self._colourless else style


@lru_cache(maxsize=256)
def _without_colour(style: Style) -> Style:
    return style.without_color
