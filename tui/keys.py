"""Keys as the screens name them: "j", "J", "-", "space", "enter", "ctrl+s"."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events


@dataclass(frozen=True)
class Key:
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
