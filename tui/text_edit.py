"""Editing a text, as a state without a screen: the text, the cursor, and what each key does to them.

Keys reach it in the order in which they were typed, in the handler of the key that came before: nothing typed ahead
over a slow line can end up as a command instead of as text.
"""

from __future__ import annotations

import re

from tui.keys import Key

_WORD_LEFT = re.compile(r"\w+\W*$|\W+$")
_WORD_RIGHT = re.compile(r"^\W*\w+|^\W+")


class TextEdit:
    """A text being edited. `cursor` is an index into `text`. With `single_line`, line breaks are no text."""

    def __init__(self, text: str = "", *, single_line: bool = False) -> None:
        self.text = text
        self.cursor = len(text)
        self.single_line = single_line
        self._undo: list[tuple[str, int]] = []

    def set(self, text: str) -> None:
        """Put another text in place of this one; ctrl-_ brings it back."""
        self._keep()
        self.text, self.cursor = text, len(text)

    def insert(self, text: str) -> None:
        if self.single_line:
            text = " ".join(text.splitlines())
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
        text = re.sub(r"[^\S\n]", " ", text)  # a pasted no-break space would be seen as a blank, but not by bash
        text = "".join(character for character in text if character.isprintable() or character == "\n")
        if text:
            self._keep(joining=len(text) == 1 and not text.isspace())
            self.text = self.text[: self.cursor] + text + self.text[self.cursor :]
            self.cursor += len(text)

    def handle(self, key: Key) -> bool:
        """Do what a key means. False when it means nothing to an editor."""
        if key.is_text:
            self.insert(key.character)
            return True
        action = _KEYS.get(key.name)
        if action is None or (self.single_line and key.name in ("enter", "up", "down")):
            return False
        getattr(self, f"_{action}")()
        return True

    @property
    def row_column(self) -> tuple[int, int]:
        """The cursor's line and column, from 0."""
        before = self.text[: self.cursor]
        return before.count("\n"), len(before) - (before.rfind("\n") + 1)

    # -- what keys do

    def _newline(self) -> None:
        self.insert("\n")

    def _backspace(self) -> None:
        self._delete(self.cursor - 1, self.cursor)

    def _delete_right(self) -> None:
        self._delete(self.cursor, self.cursor + 1)

    def _delete_word(self) -> None:
        self._delete(self._word_left(), self.cursor)

    def _delete_to_start(self) -> None:
        self._delete(self._line_start(), self.cursor)

    def _delete_to_end(self) -> None:
        end = self._line_end()
        self._delete(self.cursor, end if end > self.cursor else end + 1)

    def _left(self) -> None:
        self.cursor = max(self.cursor - 1, 0)

    def _right(self) -> None:
        self.cursor = min(self.cursor + 1, len(self.text))

    def _to_word_left(self) -> None:
        self.cursor = self._word_left()

    def _to_word_right(self) -> None:
        match = _WORD_RIGHT.search(self.text[self.cursor :])
        self.cursor += match.end() if match else 0

    def _up(self) -> None:
        self._to_row(-1)

    def _down(self) -> None:
        self._to_row(1)

    def _home(self) -> None:
        self.cursor = self._line_start()

    def _end(self) -> None:
        self.cursor = self._line_end()

    def _take_back(self) -> None:
        if self._undo:
            self.text, self.cursor = self._undo.pop()

    # --

    def _keep(self, *, joining: bool = False) -> None:
        """Remember the text for ctrl-_; letters typed in a row are taken back together."""
        if joining and self._undo and self.text.startswith(self._undo[-1][0]) and self.cursor == len(self.text):
            typed = self.text[len(self._undo[-1][0]) :]
            if typed and not any(character.isspace() for character in typed):
                return
        self._undo.append((self.text, self.cursor))
        del self._undo[:-200]

    def _delete(self, start: int, end: int) -> None:
        start, end = max(start, 0), min(end, len(self.text))
        if start < end:
            self._keep()
            self.text = self.text[:start] + self.text[end:]
            self.cursor = start

    def _word_left(self) -> int:
        match = _WORD_LEFT.search(self.text[: self.cursor])
        return match.start() if match else 0

    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.cursor) + 1

    def _line_end(self) -> int:
        end = self.text.find("\n", self.cursor)
        return len(self.text) if end < 0 else end

    def _to_row(self, by: int) -> None:
        lines = self.text.split("\n")
        row, column = self.row_column
        row = min(max(row + by, 0), len(lines) - 1)
        self.cursor = sum(len(line) + 1 for line in lines[:row]) + min(column, len(lines[row]))


_KEYS = {
    "enter": "newline",
    "backspace": "backspace",
    "delete": "delete_right",
    "ctrl+d": "delete_right",
    "ctrl+w": "delete_word",
    "ctrl+u": "delete_to_start",
    "ctrl+k": "delete_to_end",
    "left": "left",
    "ctrl+b": "left",
    "right": "right",
    "ctrl+f": "right",
    "ctrl+left": "to_word_left",
    "ctrl+right": "to_word_right",
    "up": "up",
    "down": "down",
    "home": "home",
    "ctrl+a": "home",
    "end": "end",
    "ctrl+e": "end",
    "ctrl+underscore": "take_back",
}
