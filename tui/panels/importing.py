"""An import that goes on, and the keys meanwhile.

To read a long file takes seconds, so it is read in a thread. Until it has ended the store is the thread's alone, for
there is one connection (store/database.py): this panel takes every key, to be acted on afterwards, and nothing is
closed before `stop`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path

from reviewer.errors import ErrataError
from store import Store
from store.importer import Imported, import_paths
from tui.drawing import PLAIN, Look, Row
from tui.keys import Key
from tui.panel import Panel, Size, panel_rule
from tui.threads import in_thread


class _Stopped(Exception):
    pass


class Importing(Panel):
    """Imports a file or a folder. changed: called when it is further."""

    takes_text = True

    def __init__(self, store: Store, path: Path, changed: Callable[[], None]) -> None:
        super().__init__()
        self._store = store
        self._path = path
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._context = copy_context()  # in which Textual knows its app
        self._at = ""
        self.typed: list[Key | str] = []
        """Keys and pastes that wait for the end."""
        self._stops = threading.Event()
        self._ended = threading.Event()

    @property
    def hints(self) -> str:
        if self._stops.is_set():
            return "|stopping"
        return "Esc|stops; what was not read whole is left out" + "  |your keys wait" * bool(self.typed)

    async def run(self) -> list[Imported]:
        """Import to the end. Raises ErrataError when it was stopped, or the store cannot be written."""
        return await in_thread(self._work)

    def _work(self) -> list[Imported]:
        try:
            return import_paths(self._store, [self._path], on_progress=self._tell)
        except _Stopped:
            raise ErrataError("stopped; what was read whole before is kept") from None
        finally:
            self._ended.set()

    def _tell(self, done: int, total: int, what: str) -> None:
        if self._stops.is_set():
            raise _Stopped
        self._at = what if total == 1 else f"{done + 1} of {total}  {what}"
        with suppress(RuntimeError):  # the screens were left meanwhile
            self._loop.call_soon_threadsafe(self._changed, context=self._context)

    def leave(self) -> None:
        self._stops.set()

    def stop(self) -> None:
        """End it, and wait until it has."""
        self._stops.set()
        self._ended.wait()

    def handle(self, key: Key) -> None:
        self.typed.append(key)

    def paste(self, text: str) -> None:
        self.typed.append(text)

    def rows(self, look: Look, size: Size) -> list[Row]:
        title = panel_rule(look, size.width, f"importing {look.line_of(str(self._path))}", "")
        return [title, [(" ", PLAIN), (look.line_of(self._at), PLAIN)]]
