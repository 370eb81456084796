"""Choosing from a list: an action by its name (the palette), something said at a step, a filter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.drawing import DIM, KEY, PLAIN, REVERSE, Look, Row, justify, wrap_row
from tui.keys import Key
from tui.panel import Owner, Panel, Size, panel_rule
from tui.panels.prompt import edit_row
from tui.text_edit import TextEdit

_ROWS = 9


class Palette(Panel):
    """All actions of a place, narrowed by typing."""

    takes_text = True
    hints = "type|to narrow  up/down|choose  Enter|does it  Esc|closes"

    def __init__(self, place: Owner) -> None:
        super().__init__()
        self.edit = TextEdit(single_line=True)
        self.chosen = 0
        self._all = [action for action in place.actions if action.name != "palette"]

    def _found(self) -> list[int]:
        words = self.edit.text.lower().split()
        return [
            index
            for index, action in enumerate(self._all)
            if all(word in f"{action.title} {action.name.replace('_', ' ')}".lower() for word in words)
        ]

    def handle(self, key: Key) -> None:
        found = self._found()
        if key.name in ("up", "ctrl+p"):
            self.chosen = max(self.chosen - 1, 0)
        elif key.name in ("down", "ctrl+n"):
            self.chosen = min(self.chosen + 1, max(len(found) - 1, 0))
        elif key.name == "enter":
            self.close()
            if found:
                self._do(found[self.chosen])
        elif self.edit.handle(key):
            self.chosen = 0

    def _do(self, index: int) -> None:
        action = self._all[index]
        if action.name == "rate":
            self.place.say("a rating is a key: 1 good, 0 neutral, - bad, . unsure")
        else:
            self.place.run(action)

    def paste(self, text: str) -> None:
        self.edit.insert(text)
        self.chosen = 0

    def rows(self, look: Look, size: Size) -> list[Row]:
        found = self._found()
        start = max(0, self.chosen - _ROWS + 1)
        rows = [
            panel_rule(look, size.width, "actions", f"{len(found)} of {len(self._all)}"),
            [(" : ", KEY), *edit_row(self.edit, look)],
        ]
        for place, index in enumerate(found[start : start + _ROWS], start):
            action = self._all[index]
            mark = ">" if place == self.chosen else " "
            style = REVERSE if place == self.chosen else PLAIN
            left: Row = [(f" {mark} ", PLAIN), (action.title, style)]
            rows.append(justify(left, [(self.place.keys_of(action) + " ", KEY)], size.width, look.ellipsis))
        if not found:
            rows.append([("   nothing is called that", DIM)])
        return rows


@dataclass(frozen=True)
class Choice:
    """One line to choose, by its key."""

    key: str
    row: Row
    act: Callable[[], None]


class Pick(Panel):
    """A few lines, each chosen by one key. The panel closes, then the choice's act runs."""

    hints = "Esc|closes"

    def __init__(self, title: str, choices: Sequence[Choice], hints: str = "") -> None:
        super().__init__()
        self.title = title
        self.choices = choices
        self.hints = hints or "a key|chooses  Esc|closes"

    def handle(self, key: Key) -> None:
        for choice in self.choices:
            if choice.key == key.name:
                self.close()
                choice.act()
                return
        self.place.say("choose one by its key, or Esc")

    def rows(self, look: Look, size: Size) -> list[Row]:
        rows: list[Row] = [panel_rule(look, size.width, self.title)]
        for choice in self.choices:
            rows += wrap_row(
                [(f" {choice.key} ", KEY), (" ", PLAIN), *choice.row], size.width, "    ", at_blanks=True
            )
        return rows
