"""What a place may ask of the app that it stands in."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import App

from reviewer.rubric import Rubric
from store import Store
from tui.drawing import Look
from tui.keys import Key
from tui.pace import Pace


class Host(App[int], inherit_bindings=False):
    """The app as the places see it. store, reviewer: whose work on what. key_changes, advances: the settings'.
    pace: when frames are sent. store_is_lent: the store is another thread's, which imports, and not to be touched.
    """

    store: Store
    reviewer: str
    look: Look
    key_changes: dict[str, str]
    advances: bool
    pace: Pace
    store_is_lent: bool = False

    @abstractmethod
    def open_review(self, trajectory: str) -> None:
        """Stand in the review of a trajectory (a full id)."""

    @abstractmethod
    def open_guide(self, rubric: Rubric) -> None:
        """Stand in the guide to a rubric."""

    @abstractmethod
    def sync(self) -> None:
        """Sync with all hubs, while keys go on. Raises ErrataError when there is none, or a sync goes on already."""

    @property
    @abstractmethod
    def is_syncing(self) -> bool:
        """Whether a sync goes on."""

    @abstractmethod
    def sync_words(self, *, saved: bool) -> tuple[str, ...]:
        """What the status line says of syncing, in forms from long to short; () for nothing. saved: also how much is
        saved, in the longest.
        """

    @abstractmethod
    def typed(self, what: Key | str) -> None:
        """Act on a key or a paste in the place on top."""

    @abstractmethod
    def back(self) -> None:
        """Return to the place before, or leave when there is none."""

    @abstractmethod
    def leave(self) -> None:
        """End the program in order."""

    @abstractmethod
    def paint(self) -> None:
        """Draw the place on top again: for what changes without a key."""

    @abstractmethod
    def repaint(self) -> None:
        """Send the whole screen again: for when the terminal may show anything."""
