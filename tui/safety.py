"""The last line of defence: no control or direction-changing character leaves the app, whatever drew it.

The first is `reviewer.terminal.clean`, where a trajectory's text meets the view. This one is over every row that is
sent, so that something forgotten there is dropped here.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from reviewer.terminal import HIDDEN

_UNSAFE = re.compile(f"[\t\n{HIDDEN}]")


class SafeLines:
    """Drops unsafe characters and links from rows; and colours, where none are wanted."""

    def __init__(self, *, colourless: bool = False) -> None:
        self._colourless = colourless

    def apply(self, strip: Strip) -> Strip:
        if not (self._colourless or _UNSAFE.search(strip.text) or any(style and style.link for _, style, _ in strip)):
            return strip
        segments = [
            Segment(_UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text), self._safe(style)) for text, style, _ in strip
        ]
        return Strip(segments)

    def _safe(self, style: Style | None) -> Style | None:
        if style is not None and style.link:
            style = style.update_link(None)
        return _without_colour(style) if style is not None and self._colourless else style


@lru_cache(maxsize=256)
def _without_colour(style: Style) -> Style:
    return style.without_color
