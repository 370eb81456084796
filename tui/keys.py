"""Keys as the screens name them: "j", "J", "-", "space", "enter", "ctrl+s"."""

from __future__ import annotations

from msgspec import Struct
from textual import events


class Key(Struct, frozen=True):
    """A key: its name, and the character it types ("" for none)."""

    name: str
    character: str = ""

    @property
    def is_text(self) -> bool:
        return bool(self.character)


_NAMES = {"ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace", "ctrl+j": "enter"}


def key_of(event: events.Key) -> Key:
    """The key of a Textual event."""
    character = event.character or ""
    if character == " ":
        return Key("space", " ")
    if len(character) == 1 and character.isprintable():
        return Key(character, character)
    return Key(_NAMES.get(event.key, event.key))


class Leftovers:
    """Tells the rest of an escape sequence that a slow line delivered in two pieces.

    Esc was taken as a key by then, and the rest of Home ("[1~") or ctrl-right ("[1;5C") comes as keys, all at once,
    of which the 1 would be a rating.
    """

    def __init__(self) -> None:
        self._after = ""
        self._time = 0.0

    def is_one(self, key: Key, time: float) -> bool:
        """Whether a key is part of such a rest. time: when it came, in seconds."""
        at_once = time - self._time < _AT_ONCE
        before, self._after, self._time = self._after, "", time
        if key.name == "escape" or (before == "escape" and key.name in ("[", "O")):
            self._after = key.name
        elif before in ("[", "O") and at_once and key.character.isascii():
            if key.character.isdecimal() or key.character == ";":
                self._after = before
            return True
        return False


_AT_ONCE = 0.02

_SHOWN = {
    "escape": "Esc",
    "enter": "Enter",
    "tab": "Tab",
    "shift+tab": "Shift-Tab",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "f1": "F1",
}


def shown_key(name: str) -> str:
    """A key's name as help shows it."""
    return _SHOWN.get(name, name.replace("ctrl+", "ctrl-"))
