"""A panel: something open over the foot of a place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from msgspec import Struct

from tui.actions import Action
from tui.drawing import Look, Row, rule
from tui.keys import Key


class Size(Struct, frozen=True):
    width: int
    height: int


class Owner(Protocol):
    """What a panel may ask of the place it is open in."""

    name: ClassVar[str]

    @property
    def actions(self) -> tuple[Action, ...]:
        """What can be done there."""

    def keys_of(self, action: Action) -> str:
        """The keys that do it."""

    def run(self, action: Action) -> None:
        """Do it."""

    def close(self, panel: Panel) -> None:
        """Close a panel."""

    def say(self, text: str, *, bad: bool = False) -> None:
        """A line at the foot of the screen."""


class Panel(ABC):
    """Something open over the bottom of a place: a prompt, a chooser, an editor. It gets all keys while it is open.

    Esc closes every panel, and so does q where q is not text.
    """

    takes_text: ClassVar[bool] = False

    def __init__(self) -> None:
        self.place: Owner

    def close(self) -> None:
        self.place.close(self)

    @abstractmethod
    def handle(self, key: Key) -> None:
        """Act on a key. Esc (and q, unless `takes_text`) never arrives: it calls `leave`."""

    @abstractmethod
    def rows(self, look: Look, size: Size) -> list[Row]:
        """The panel's rows, its title rule first. At most `size.height` are shown."""

    def leave(self) -> None:
        """Esc or q: close, keeping what can be kept."""
        self.close()

    def paste(self, text: str) -> None:
        """Text pasted as one piece."""
        self.place.say("there is nothing to paste into here")


def panel_rule(look: Look, width: int, title: str, right: str = "Esc closes") -> Row:
    return rule(look, width, title, right)
