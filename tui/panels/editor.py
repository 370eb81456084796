"""Writing a better action, a comment, or a question to the lead: an editor whose every change is kept as a draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui.drawing import BOLD, DIM, PLAIN, REVERSE, WARN, Look, Row, justify, wrap_row
from tui.keys import Key
from tui.panel import Panel, Size, panel_rule
from tui.text_edit import TextEdit


@dataclass(frozen=True)
class Field:
    """One text of an editor. name: in the draft. title: above it. highlight: lines to spans, for a command."""

    name: str
    title: str
    text: str = ""
    highlight: Callable[[str], list[Row]] | None = None


_SAVE = ("ctrl+s", "ctrl+o")
"""ctrl+o for terminals that keep ctrl+s to themselves (flow control in GNU screen)."""


class Editor(Panel):
    """One or more texts.

    changed: called with the texts after every key (they are kept as a draft before anything is painted).
    save: called with the texts on ctrl+s; it raises ErrataError to keep the editor open.
    check: a line about the texts, shown at the foot ("bash: ok"), and whether all is well.
    advice: quiet lines below it, each with a remark for its right end.
    """

    takes_text = True

    def __init__(
        self,
        title: str,
        fields: Sequence[Field],
        save: Callable[[dict[str, str]], None],
        *,
        changed: Callable[[dict[str, str]], None],
        check: Callable[[dict[str, str]], tuple[str, bool]] = lambda texts: ("", True),
        advice: Callable[[dict[str, str]], Sequence[tuple[str, str]]] = lambda texts: (),
    ) -> None:
        super().__init__()
        self._title = title
        self._fields = fields
        self._edits = {field.name: TextEdit(field.text) for field in fields}
        self._save = save
        self._changed = changed
        self._check = check
        self._advice = advice
        self.active = 0
        tab = "Tab|other field  " if len(fields) > 1 else ""
        self.hints = f"ctrl-s|saves  {tab}ctrl-_|undo  Esc|keeps the draft"

    @property
    def texts(self) -> dict[str, str]:
        return {name: edit.text for name, edit in self._edits.items()}

    @property
    def edit(self) -> TextEdit:
        return self._edits[self._fields[self.active].name]

    def handle(self, key: Key) -> None:
        if key.name in _SAVE:
            self._save(self.texts)
            self.close()
        elif key.name in ("tab", "shift+tab"):
            self.active = (self.active + (1 if key.name == "tab" else -1)) % len(self._fields)
        else:
            before = self.edit.text
            self.edit.handle(key)
            if self.edit.text != before:
                self._changed(self.texts)

    def paste(self, text: str) -> None:
        self.edit.insert(text)
        self._changed(self.texts)

    # -- drawing

    def rows(self, look: Look, size: Size) -> list[Row]:
        line, fine = self._check(self.texts)
        advice = self._advice(self.texts)
        room = max(size.height * 2 // 3 - len(self._fields) - 1 - len(advice), 3)
        rows: list[Row] = []
        for place, field in enumerate(self._fields):
            title = f"{self._title}" if place == 0 else field.title
            right = "ctrl-s saves, Esc keeps the draft" if place == 0 else ""
            rows.append(panel_rule(look, size.width, title, right))
            share = room if len(self._fields) == 1 else (room * 2 // 3 if place == 0 else room - room * 2 // 3)
            rows += self._text(field, look, size.width, max(share, 1), active=place == self.active)
        if line:
            rows.append([(" ", PLAIN), (look.text(line), DIM if fine else WARN + BOLD)])
        for said, remark in advice:
            left: Row = [(" ", PLAIN), (look.flat(said), DIM)]
            rows.append(justify(left, [(remark + " ", DIM)] if remark else [], size.width, look.ellipsis))
        return rows

    def _text(self, field: Field, look: Look, width: int, height: int, *, active: bool) -> list[Row]:
        edit = self._edits[field.name]
        plain: list[Row] = [[(line, PLAIN)] for line in edit.text.split("\n")]
        lines = field.highlight(edit.text) if field.highlight else plain
        cursor_line, cursor_column = edit.row_column
        rows: list[Row] = []
        at = 0
        for number, line in enumerate(lines):
            shown = line
            if active and number == cursor_line:
                shown = _with_cursor(line, cursor_column)
            pieces = wrap_row([(" ", PLAIN), *((look.text(text), style) for text, style in shown)], width, "  ")
            for piece in pieces:
                if any(style.reverse for _, style in piece):
                    at = len(rows)
                rows.append(piece)
        top = min(max(at - height + 1, 0), max(len(rows) - height, 0))
        return rows[top : top + height]


def _with_cursor(row: Row, column: int) -> Row:
    """A line with the character at the cursor reversed; at its end, a reversed blank."""
    result: Row = []
    for text, style in row:
        if 0 <= column < len(text):
            result += [(text[:column], style), (text[column], style + REVERSE), (text[column + 1 :], style)]
        else:
            result.append((text, style))
        column -= len(text)
    if column >= 0:
        result.append((" ", REVERSE))
    return [span for span in result if span[0]]
