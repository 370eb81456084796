"""The keys of the place one stands in, from the table of actions."""

from __future__ import annotations

from itertools import groupby

from tui.drawing import KEY, PLAIN, TITLE, Look, Row, cut, fill
from tui.panel import Owner
from tui.panels.pager import ScrollPanel

_KEYS_WIDTH = 12
_TWO_COLUMNS_FROM = 108


class Help(ScrollPanel):
    """In two columns where there is room."""

    def __init__(self, place: Owner) -> None:
        super().__init__(f"keys of the {place.name}")
        self._owner = place

    def lines(self, look: Look, width: int) -> list[Row]:
        if width < _TWO_COLUMNS_FROM:
            return self._column(look, width)
        column = self._column(look, width // 2 - 1)
        half = -(-len(column) // 2)
        left, right = column[:half], [*column[half:], *([] for _ in range(2 * half - len(column)))]
        return [[*fill(a, width // 2), *b] for a, b in zip(left, right, strict=True)]

    def _column(self, look: Look, width: int) -> list[Row]:
        lines: list[Row] = []
        for group, actions in groupby(self._owner.actions, key=lambda action: action.group):
            lines.append([(group, TITLE)])
            for action in actions:
                keys = self._owner.keys_of(action)
                lines.append(cut([(f"  {keys:<{_KEYS_WIDTH}} ", KEY), (action.title, PLAIN)], width, look.ellipsis))
        return lines
