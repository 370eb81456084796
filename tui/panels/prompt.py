"""A one-line question at the foot of the screen: search, go to, filter, import; and yes or no."""

from __future__ import annotations

from collections.abc import Callable

from tui.drawing import KEY, PLAIN, REVERSE, Look, Row, wrap_row
from tui.keys import Key
from tui.panel import Panel, Size, panel_rule
from tui.text_edit import TextEdit


def edit_row(edit: TextEdit, look: Look, *, active: bool = True) -> Row:
    """A one-line text with its cursor."""
    before, after = edit.text[: edit.cursor], edit.text[edit.cursor :]
    if not active:
        return [(look.text(edit.text), PLAIN)]
    return [(look.text(before), PLAIN), (look.text(after[:1]) or " ", REVERSE), (look.text(after[1:]), PLAIN)]


def edit_rows(label: Row, edit: TextEdit, look: Look, width: int, *, active: bool = True, most: int = 5) -> list[Row]:
    """A label and a text with its cursor, wrapped; of a long one, the rows around the cursor."""
    rows = wrap_row([*label, *edit_row(edit, look, active=active)], width, "   ")
    at = next((i for i, row in enumerate(rows) if any(style.reverse for _, style in row)), 0)
    top = min(max(at - most + 1, 0), max(len(rows) - most, 0))
    return rows[top : top + most]


class Prompt(Panel):
    """Asks for a line of text. done: called with it on Enter. changed: called with it after every key."""

    takes_text = True

    def __init__(
        self,
        title: str,
        done: Callable[[str], None],
        *,
        text: str = "",
        changed: Callable[[str], None] = lambda text: None,
        hints: str = "Enter|takes it  Esc|leaves it",
    ) -> None:
        super().__init__()
        self.title = title
        self.hints = hints
        self._done = done
        self._changed = changed
        self._before = text
        self.edit = TextEdit(text, single_line=True)

    def handle(self, key: Key) -> None:
        if key.name == "enter":
            self.close()
            self._done(self.edit.text)
        elif self.edit.handle(key):
            self._changed(self.edit.text)

    def paste(self, text: str) -> None:
        self.edit.insert(text)
        self._changed(self.edit.text)

    def leave(self) -> None:
        self.close()
        self._changed(self._before)

    def rows(self, look: Look, size: Size) -> list[Row]:
        return [panel_rule(look, size.width, self.title, ""), *edit_rows([(" ", PLAIN)], self.edit, look, size.width)]


class Confirm(Panel):
    """Asks a yes-or-no question. yes: called when the answer is y."""

    hints = "y|yes  n|no"

    def __init__(self, title: str, question: str, yes: Callable[[], None]) -> None:
        super().__init__()
        self.title = title
        self.question = question
        self._yes = yes

    def handle(self, key: Key) -> None:
        if key.name in ("y", "Y"):
            self.close()
            self._yes()
        elif key.name in ("n", "N"):
            self.close()
        else:
            self.place.say("y or n, please")

    def rows(self, look: Look, size: Size) -> list[Row]:
        answers: Row = [("  y", KEY), (" yes  ", PLAIN), ("n", KEY), (" no", PLAIN)]
        question: Row = [(" ", PLAIN), (look.text(self.question), PLAIN)]
        return [panel_rule(look, size.width, self.title, ""), [*question, *answers]]
