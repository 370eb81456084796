"""A panel of lines to read, which scrolls; and the plainest of them, a text."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from tui.drawing import PLAIN, Look, Row, wrap_text
from tui.keys import Key
from tui.panel import Panel, Size, panel_rule

_LINE = {"j": 1, "J": 1, "down": 1, "k": -1, "K": -1, "up": -1}
_PAGE = {"space": 1, "pagedown": 1, "b": -1, "pageup": -1}


class ScrollPanel(Panel):
    """Shows `lines` under a title, as many as fit; the keys that scroll everywhere scroll here."""

    hints: ClassVar[str] = "j/k|scroll  space/b|page  Enter|closes"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._top = 0
        self._page = 1
        self._last = 0

    @abstractmethod
    def lines(self, look: Look, width: int) -> list[Row]:
        """All lines, none wider than `width`."""

    def handle(self, key: Key) -> None:
        by = _LINE.get(key.name, 0) + _PAGE.get(key.name, 0) * self._page
        if by:
            self._top = min(max(self._top + by, 0), self._last)
        elif key.name in ("enter", "?", "T"):
            self.close()

    def rows(self, look: Look, size: Size) -> list[Row]:
        lines = self.lines(look, size.width - 2)
        self._page = max(size.height - 2, 1)
        self._last = max(len(lines) - self._page, 0)
        self._top = min(self._top, self._last)
        shown = lines[self._top : self._top + self._page]
        more = f"{self._top + 1}-{self._top + len(shown)} of {len(lines)}" if self._last else "q closes"
        return [panel_rule(look, size.width, self._title, more), *([(" ", PLAIN), *row] for row in shown)]


class Pager(ScrollPanel):
    """A text, wrapped between its words."""

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self._text = text

    def lines(self, look: Look, width: int) -> list[Row]:
        return [[(line, PLAIN)] for line in wrap_text(look.text(self._text), min(width, 100))]
