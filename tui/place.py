"""A place a person can stand in: the queue, a review, the guide.

Places and panels are plain objects: they take keys, strictly in the order typed, and draw rows. Nothing between a key
and its act is asynchronous, so what is typed ahead over a slow line always meets the state that it was typed for.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from functools import cached_property
from typing import ClassVar

from textual.strip import Strip

from reviewer.errors import ErrataError
from reviewer.rubric import Rubric
from tui import panels
from tui.actions import ACTIONS, Action, keymap
from tui.drawing import BAD, DIM, KEY, PLAIN, Row, pad, width_of, wrap_row
from tui.host import Host
from tui.keys import Key, shown_key
from tui.panel import Panel, Size

_MESSAGE_ROWS = 6


class Place(ABC):
    """A whole screen: the queue, a review, the guide.

    name: which of the tables in tui/actions.py its keys come from.
    """

    name: ClassVar[str]

    def __init__(self, app: Host) -> None:
        self.app = app
        self.look = app.look
        self.panels: list[Panel] = []
        self.message: tuple[str, bool] | None = None
        self._keymap = keymap(self.name, app.key_changes)
        self.key: Key = Key("")

    # -- keys

    def handle(self, key: Key) -> None:
        """Do what a key means here, and say so when it failed."""
        self.message = None
        self.key = key
        try:
            if self.panels:
                panel = self.panels[-1]
                if key.name == "escape" or (key.name == "q" and not panel.takes_text):
                    panel.leave()
                else:
                    panel.handle(key)
            elif action := self._keymap.get(key.name):
                self.run(action)
            elif key.name == "escape":
                self.let_go()
            else:
                self.say(f"{shown_key(key.name)} does nothing here; ? shows the keys")
        except ErrataError as error:
            self.say(str(error), bad=True)

    def run(self, action: Action) -> None:
        getattr(self, f"do_{action.name}")()

    def let_go(self) -> None:  # noqa: B027
        """Esc where no panel is open: let go of what was chosen, searched or filtered."""

    def paste(self, text: str) -> None:
        """A bracketed paste is text for an editor; here it would be a row of commands."""
        self.message = None
        try:
            if self.panels:
                self.panels[-1].paste(text)
            else:
                self.say("pasted text is not taken as keys; open an editor first (s or c)")
        except ErrataError as error:
            self.say(str(error), bad=True)

    def keys_of(self, action: Action) -> str:
        """The keys that do an action, as help shows them."""
        return " ".join(shown_key(key) for key, found in self._keymap.items() if found is action)

    @property
    def actions(self) -> tuple[Action, ...]:
        return ACTIONS[self.name]

    # -- panels and words

    def open(self, panel: Panel) -> None:
        panel.place = self
        self.panels.append(panel)

    def close(self, panel: Panel) -> None:
        if panel in self.panels:
            self.panels.remove(panel)

    def say(self, text: str, *, bad: bool = False) -> None:
        """Say something at the foot of the screen, until the next key."""
        self.message = (text, bad)

    def entered(self) -> None:  # noqa: B027
        """The place is shown, for the first time or again."""

    def settle(self) -> bool:
        """Write what could not be written yet; whether nothing is left of that."""
        return True

    def synced(self) -> None:  # noqa: B027
        """A sync has ended; the store may hold more than before."""

    def left(self) -> None:  # noqa: B027
        """The place is about to go, or the program to end."""

    # -- drawing

    @abstractmethod
    def rows(self, size: Size) -> list[Row]:
        """The place's rows but the last, which is the footer."""

    def draw(self, size: Size) -> list[Strip]:
        """The whole screen: the place, the panel open over its foot, and the footer."""
        foot = self._foot(size.width)[: max(size.height - 2, 1)]
        room = size.height - len(foot)
        try:
            body = pad(self.rows(Size(size.width, size.height - 1)), room)
        except ErrataError as error:  # a damaged store; the keys still go elsewhere
            body = pad(wrap_row([(" ", PLAIN), (self.look.text(str(error)), BAD)], size.width, " "), room)
        if self.panels:
            panel = self.panels[-1].rows(self.look, Size(size.width, size.height - 2))[: room - 1]
            body = body[: room - len(panel)] + panel
        rows = [*body, *foot]
        return [self.look.strip(row, size.width) for row in rows]

    def _foot(self, width: int) -> list[Row]:
        """What was just said, whole, or else the hints."""
        if self.message:
            text, bad = self.message
            said: Row = [(" ", PLAIN), (self.look.text(" ".join(text.split())), BAD if bad else PLAIN)]
            return wrap_row(said, width, " ", at_blanks=True)[:_MESSAGE_ROWS]
        if self.panels:
            return [[(" ", PLAIN), *self._hints_of(getattr(self.panels[-1], "hints", "Esc|closes"))]]
        hints = [self._as_mapped(hint) for hint in self.hints] if self.app.key_changes else self.hints
        row = self._hints_of("  ".join(hint.removeprefix("~") for hint in hints))
        if width_of(row) > width:
            row = self._hints_of("  ".join(hint for hint in hints if not hint.startswith("~")))
        return [[(" ", PLAIN), *row]]

    @property
    def hints(self) -> list[str]:
        """The entries of the footer, in the form of the table's."""
        return [action.hint for action in self.actions if action.hint]

    def _as_mapped(self, hint: str) -> str:
        """An entry of the footer with the keys that now do what the table's did."""
        keys, what = hint.split("|")
        now = self._instead.get(keys) or re.sub("[^~ /]+", lambda key: self._instead.get(key[0], key[0]), keys)
        return f"{now}|{what}"

    @cached_property
    def _instead(self) -> dict[str, str]:
        """The table's keys, as shown, each with the one that now does the same."""
        found = {}
        for action in self.actions:
            keys = [key for key, does in self._keymap.items() if does is action] or [""]
            for place, key in enumerate(action.keys):
                found[shown_key(key)] = shown_key(key if key in keys else keys[min(place, len(keys) - 1)])
        return found

    def _hints_of(self, text: str) -> Row:
        """Hints "key|what  key|what", the keys set off."""
        row: Row = []
        for hint in text.split("  "):
            key, _, what = hint.partition("|")
            row += [("  " if row else "", PLAIN), (key, KEY), (f" {what}", DIM)]
        return row

    @property
    def rubric(self) -> Rubric:
        """What the guide explains."""
        return self.app.store.rubric

    # -- what every place can do

    def do_help(self) -> None:
        self.open(panels.Help(self))

    def do_palette(self) -> None:
        self.open(panels.Palette(self))

    def do_redraw(self) -> None:
        self.app.repaint()

    def do_guide(self) -> None:
        self.app.open_guide(self.rubric)

    def do_sync(self) -> None:
        self.app.sync()
        self.say("syncing; go on meanwhile")
