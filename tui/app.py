"""The app: one canvas, a stack of places, and the keys that go to the one on top."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from rich.color import ColorSystem
from rich.console import COLOR_SYSTEMS, RenderableType
from textual import events
from textual.app import ComposeResult
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size as Area
from textual.message_pump import MessagePump
from textual.screen import Screen

from reviewer.errors import ErrataError
from reviewer.rubric import Rubric
from store import Store
from tui.canvas import Canvas
from tui.drawing import Look, wants_ascii
from tui.frames import Frames
from tui.highlight import without_colours
from tui.host import Host
from tui.keys import Key, Leftovers, key_of
from tui.life import leave_cleanly_on_signals, let_go_of_a_lost_terminal
from tui.line import Line
from tui.pace import Pace
from tui.panel import Size
from tui.panels.prompt import Confirm
from tui.place import Place
from tui.queue_place import QueuePlace
from tui.review.place import ReviewPlace
from tui.safety import SafeLines
from tui.settings import Settings, read_settings, settings_path
from tui.syncs import Syncs

_FRAMES, _FRAMES_BY_SSH = 20, 10
"""How many frames a second at most, while keys keep coming."""


class ErrataApp(Host):
    """Errata's screens on a store, for one reviewer. `trajectory`: open this one (a full id) instead of the queue."""

    ENABLE_COMMAND_PALETTE = False
    CSS = "Screen { overflow: hidden; }"

    def __init__(
        self,
        store: Store,
        reviewer: str,
        trajectory: str | None = None,
        *,
        settings: Settings | None = None,
        ascii_only: bool | None = None,
    ) -> None:
        settings = settings or Settings()
        frames = settings.frames or (_FRAMES_BY_SSH if "SSH_CONNECTION" in os.environ else _FRAMES)
        self.pace = Pace(1 / frames)
        self._leftovers = Leftovers()
        # The reviewer's own palette: readable on every background, half the bytes of true colour, and plain under
        # NO_COLOR (which the app looks at here, before it has a theme).
        super().__init__(ansi_color=True)
        self.store = store
        self.reviewer = reviewer
        self.key_changes = settings.keys
        self.advances = settings.advances
        wanted = ascii_only if ascii_only is not None else settings.ascii_only
        self.look = Look(ascii_only=wants_ascii() if wanted is None else wanted)
        self._trajectory = trajectory
        self._canvas = Canvas(SafeLines(colourless="NO_COLOR" in os.environ))
        self._frames = Frames(COLOR_SYSTEMS.get(self.console.color_system or "", ColorSystem.STANDARD))
        self._will_paint = False
        self._terminal_size = Area(0, 0)
        self.places: list[Place] = []
        self.syncs = Syncs(self, settings.sync_every)
        self.theme = "ansi-dark"
        self.animation_level = "none"

    def compose(self) -> ComposeResult:
        yield self._canvas

    def on_mount(self) -> None:
        self._restore_signals = leave_cleanly_on_signals(self)
        self.app_resume_signal.subscribe(self, lambda _: self.repaint())  # the alternate screen is empty after fg
        self.places = [QueuePlace(self)]
        self.place.entered()
        if self._trajectory:
            self.open_review(self._trajectory)
        if copy := self.store.copied_to:
            self.place.say(f"the store was brought up to date; as it was before, it is kept in {copy}")
        with without_colours():
            self.paint()
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        """Do what the first paint did not wait for."""
        self.syncs.begin()
        self.paint()
        if not gc.isenabled():  # see open_screens
            gc.set_threshold(20_000)  # a paint makes a thousand objects or two, and ought not to be looked through
            gc.freeze()  # what was imported and mounted stays: no collection looks at it again, so none delays a key
            gc.enable()

    # -- places

    @property
    def place(self) -> Place:
        return self.places[-1]

    def enter(self, place: Place) -> None:
        """Stand in another place; `back` returns."""
        self.places.append(place)
        place.entered()

    def open_review(self, trajectory: str) -> None:
        self.enter(ReviewPlace(self, self.store.session(self.reviewer, trajectory)))

    def open_guide(self, rubric: Rubric) -> None:
        from tui.guide_place import GuidePlace

        self.enter(GuidePlace(self, rubric))

    def sync(self) -> None:
        self.syncs.ask()

    @property
    def is_syncing(self) -> bool:
        return bool(self.syncs.state)

    def sync_words(self, *, saved: bool) -> tuple[str, ...]:
        return self.syncs.words(saved=saved)

    def back(self) -> None:
        """Return to the place before, or leave when this is the first."""
        if len(self.places) == 1:
            self.leave()
        else:
            self._go_from([self.place], self._back)

    def _back(self) -> None:
        self._left(self.places.pop())
        self.place.entered()

    def leave(self) -> None:
        self._go_from(self.places, partial(self.exit, 0))

    def _go_from(self, places: list[Place], go: Callable[[], None]) -> None:
        """Go when nothing is lost by it, or when the person says so."""
        unsaved = [place for place in places if not place.settle()]
        if not unsaved:
            go()
        else:
            question = "What you wrote could not be saved. Leave, and lose it? n stays; free some space meanwhile."
            self.place.open(Confirm("not saved", question, go))
            self.paint()

    def on_unmount(self) -> None:
        self._restore_signals()
        for place in self.places:
            self._left(place)

    def _left(self, place: Place) -> None:
        with suppress(ErrataError):  # a full disk must not keep anyone from leaving; only the position is lost
            place.left()

    # -- keys and painting

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key):
            await MessagePump.on_event(self, event)  # at once, not by way of the screen: nothing there takes keys
        else:
            await super().on_event(event)

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        key = key_of(event)
        if self._leftovers.is_one(key, event.time):
            return
        if key.name == "ctrl+q":
            self.leave()
        elif key.name == "ctrl+z":
            self.action_suspend_process()
        elif self.places:
            if key.name == "ctrl+c":
                way_out = "Esc closes this" if self.place.panels else "q leaves this place"
                self.place.say(f"{way_out}, ctrl-q quits; everything you said is saved")
            else:
                self.typed(key)
            self.paint()

    def typed(self, what: Key | str) -> None:
        if isinstance(what, str):
            self.place.paste(what)
        else:
            self.place.handle(what)

    async def on_paste(self, event: events.Paste) -> None:
        event.stop()
        if self.places:
            self.typed(event.text)
            self.paint()

    def on_resize(self, event: events.Resize) -> None:
        if event.size != self._terminal_size:  # Textual tells the first one twice
            self._terminal_size = event.size
            self._frames.forget()
            self.call_later(self.paint)

    def paint(self) -> None:
        """Draw the place on top: what changed of it goes to the terminal, at once or when the line can take it."""
        if not self.places or not self.is_running:
            return
        line = self._driver
        if isinstance(line, Line) and (wait := line.wait()):
            if not self._will_paint:
                self._will_paint = True
                self.set_timer(wait, self._paint_late)
            return
        width, height = self.size
        frame = self._canvas.show(self.place.draw(Size(width, max(height, 4)))[:height], self._frames)
        if frame and line:
            line.send(frame) if isinstance(line, Line) else line.write(frame)

    def _paint_late(self) -> None:
        self._will_paint = False
        self.paint()

    def repaint(self) -> None:
        self._frames.forget()
        self.paint()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """Textual's own painting, which canvas.py does without."""

    def get_driver_class(self) -> type[Driver]:
        found = super().get_driver_class()
        return Line if found is LinuxDriver else found

    def _fatal_error(self) -> None:
        """End after an unexpected exception, which `run` raises. Textual's own would print the traceback with the
        locals, that is with what a trajectory holds, to the terminal.
        """
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """As for every exception: nothing is printed here."""
        self._fatal_error()

    @property
    def fault(self) -> Exception | None:
        """The unexpected exception that ended the app."""
        return self._exception

    @property
    def screen_text(self) -> str:
        """What is on the screen, without styles."""
        return self._canvas.text


def run(path: Path, reviewer: str, trajectory: str | None = None, *, ascii_only: bool | None = None) -> int:
    """Open the screens on a store. Returns the exit code.

    Raises ErrataError when the store or the settings cannot be read, and whatever ended the screens unexpectedly.
    """
    settings = read_settings(settings_path())
    logging.getLogger().addHandler(logging.NullHandler())  # else what libraries warn of is written over the screen
    with Store(path) as store:
        app = ErrataApp(store, reviewer, trajectory, settings=settings, ascii_only=ascii_only)
        # Without mouse reports, selecting text works as everywhere in the terminal, and the line carries less.
        result = app.run(mouse=False)
        let_go_of_a_lost_terminal()
        if app.fault:
            raise app.fault
        if result == 0 and settings.sync_every and app.syncs.has_unsent:
            from tui.background import send_before_leaving

            send_before_leaving(store, reviewer)
    return app.return_code or result or 0
