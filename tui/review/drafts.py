"""What is being written, kept in the store at every key; and what the store could not take yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.timer import Timer

from store.database import StoreError
from store.session import ReviewSession
from tui.host import Host

AGAIN = 2.0
"""Seconds until what could not be kept is tried again, where no key comes before."""

_Place = tuple[int, str, str]


class Drafts:
    """The drafts of a review. What could not be kept is owed: it stays here, and is tried again by and by.

    told: called with what to say and whether all is kept, when it is not, and when it is again. tried: how often.
    """

    def __init__(self, app: Host, session: ReviewSession, told: Callable[[str, bool], None]) -> None:
        self._app = app
        self._session = session
        self._told = told
        self._owed: dict[_Place, dict[str, Any] | None] = {}
        self._timer: Timer | None = None
        self.tried = 0

    def get(self, step: int, kind: str, slot: str = "") -> dict[str, Any] | None:
        """What was being written there when it was left; None when nothing was."""
        place = step, kind, slot
        return self._owed[place] if place in self._owed else self._session.draft(*place)

    def keep(self, step: int, kind: str, slot: str, fields: dict[str, Any] | None) -> None:
        """Keep a draft, durable when this returns, or owe it. Nothing but blanks is no draft."""
        is_draft = fields is not None and any(str(value).strip() for value in fields.values())
        self._owed[step, kind, slot] = fields if is_draft else None
        self.settle()

    def drop(self, step: int, kind: str, slot: str = "") -> None:
        """Forget a draft: what it was for is said."""
        self.keep(step, kind, slot, None)

    @property
    def are_owed(self) -> bool:
        return bool(self._owed)

    def settle(self, *, last: bool = False) -> bool:
        """Write what is owed; whether all is kept now. last: if not, it is not tried again."""
        self.tried += bool(self._owed)
        try:
            for place, fields in list(self._owed.items()):
                if fields is not None:
                    self._session.keep_draft(*place, fields)
                elif place in self._session.draft_places:
                    self._session.drop_draft(*place)
                del self._owed[place]
        except StoreError as error:
            self._told(f"what you write is not saved yet; it is tried again by itself. {error}", False)
            if not last:
                self._timer = self._timer or self._app.set_interval(AGAIN, self._try_again)
            return False
        if self._timer:
            self.stop()
            self._told("what you wrote is saved now", True)
        return True

    def stop(self) -> None:
        """Try no more."""
        if self._timer:
            self._timer.stop()
        self._timer = None

    def _try_again(self) -> None:
        self.settle()
        self._app.paint()
