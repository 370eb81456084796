"""A person at the screens: presses keys, reads what is shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.strip import Strip

from reviewer.review import Entry
from store import Store
from store.session import ReviewSession
from tests.tui.sessions import REVIEWER
from tui.app import ErrataApp
from tui.keys import key_of
from tui.place import Place
from tui.review.place import ReviewPlace
from tui.settings import Settings

_CHARACTER = {"space": " ", "enter": "\r", "tab": "\t", "escape": "\x1b", "backspace": "\x7f"}


class CountingApp(ErrataApp):
    """The app, and how many keys and pastes it has dealt with."""

    dealt_with = 0

    # Textual calls this beside the app's own handler of that name, not in its place.
    async def on_key(self, event: events.Key) -> None:
        self.dealt_with += 1

    async def on_paste(self, event: events.Paste) -> None:
        self.dealt_with += 1


class Desk:
    """The app running without a terminal, and the hands on its keyboard."""

    def __init__(self, app: CountingApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys by their names ("j", "ctrl+s", "escape"), as one burst: none waits for the one before."""
        await self._send(*(key_event(key) for key in keys))

    async def stand_on(self, step: int) -> None:
        """Go to a step by its number."""
        await self.press("g", *str(step), "enter")

    def press_now(self, key: str) -> None:
        """Press one key and see what it does, without the app's message queue: for hundreds of keys."""
        self.place.handle(key_of(key_event(key)))
        self.app.paint()

    async def type(self, text: str) -> None:
        """Type a text; its line breaks are Enter."""
        await self.press(*("enter" if character == "\n" else character for character in text))

    async def paste(self, text: str) -> None:
        await self._send(events.Paste(text))

    async def _send(self, *sent: events.Event) -> None:
        """Post events, and wait until the app has dealt with them or has ended."""
        wanted = self.app.dealt_with + len(sent)
        for event in sent:
            self.app.post_message(event)
        async with asyncio.timeout(30):
            while self.app.dealt_with < wanted and not self.app._exit:
                await asyncio.sleep(0)

    async def look(self) -> list[str]:
        """The rows as they leave the app, after its line filters."""
        await self.pilot.pause()
        return [strip.text for strip in self.strips]

    # -- what is seen

    @property
    def text(self) -> str:
        return self.app.screen_text

    @property
    def rows(self) -> list[str]:
        return self.text.split("\n")

    @property
    def top(self) -> str:
        return self.rows[0]

    @property
    def foot(self) -> str:
        """The last row: what was just said, or the hints."""
        return self.rows[-1].strip()

    @property
    def strips(self) -> list[Strip]:
        return list(self.app.screen._compositor.render_strips())

    def row_with(self, text: str) -> str:
        """The first row that holds a text."""
        found = next((row for row in self.rows if text in row), None)
        assert found is not None, f"{text!r} is not on the screen:\n{self.text}"
        return found

    # -- where one stands, and what is kept

    @property
    def place(self) -> Place:
        return self.app.place

    @property
    def review(self) -> ReviewPlace:
        assert isinstance(self.place, ReviewPlace)
        return self.place

    @property
    def step(self) -> int:
        return self.review.view.step

    @property
    def stored(self) -> ReviewSession:
        """The review, read anew from the store."""
        return self.app.store.session(REVIEWER, self.review.session.head.id)

    def said(self, step: int, kind: str) -> list[Entry]:
        """What the store holds of one kind at a step."""
        return [entry for entry in self.stored.review.entries(step) if entry.kind == kind]


def key_event(key: str) -> events.Key:
    """The event that Textual makes of a key."""
    if len(key) == 1:
        return events.Key(_character_to_key(key), key)
    return events.Key(key, _CHARACTER.get(key))


@asynccontextmanager
async def sit_down(
    store: Store,
    trajectory: str | None = None,
    *,
    size: tuple[int, int] = (80, 24),
    settings: Settings | None = None,
    ascii_only: bool = False,
) -> AsyncIterator[Desk]:
    """Open the screens: the queue, or the review of a trajectory, without the task that first covers it."""
    app = CountingApp(store, REVIEWER, trajectory, settings=settings, ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        desk = Desk(app, pilot)
        if trajectory and desk.place.panels:
            await desk.press("q")
        yield desk
