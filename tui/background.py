"""A sync behind the screens.

The hub is asked in a thread, which may wait as long as the line makes it. Everything about the store is done between
two keys, in the slices that store/sync/sync.py is made of: one connection, one thread, and no key waits for the hub.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from reviewer.errors import ErrataError
from store import Store
from store.hubs import Hub, HubError, open_hub
from store.sync.hub_book import HubEntry, find_hubs
from store.sync.receipts import Receipts
from store.sync.request import Request
from store.sync.sync import Report, Sync
from tui.cli.console import counted, note, progress
from tui.report import draw_sync, how_far
from tui.threads import in_thread

_LONGEST = 1 << 20
"""Bytes of a trajectory that is added between two keys; `errata sync` adds those that are longer."""

_ANSWER, _LAST = 1.0, 2.0
"""Seconds that a hub has to answer in, and then to take what is left, when somebody has left the screens."""


class BackgroundSync:
    """A sync of a store with all its hubs. request: what is asked just now. state: how far it is, in some words; ""
    when it has ended.
    """

    def __init__(self, store: Store, reviewer: str) -> None:
        self._store = store
        self._reviewer = reviewer
        self._hubs = find_hubs(store)
        self.request = Request("rest", "")
        self.state = "syncing"
        self.reports: list[Report] = []
        self.errors: list[str] = []

    async def run(self, changed: Callable[[], None]) -> None:
        """Sync to the end; `changed` is called when `state` has. What goes wrong is in `errors` afterwards."""
        for entry in self._hubs:
            try:
                self.reports.append(await self._sync(entry, changed))
            except ErrataError as error:
                self.errors.append(str(error))
        self.state = ""

    async def _sync(self, entry: HubEntry, changed: Callable[[], None]) -> Report:
        hub: Hub = await in_thread(lambda: open_hub(entry.url))
        try:
            sync = Sync(self._store, entry.name, self._reviewer, longest=_LONGEST)
            steps = sync.steps()
            with suppress(StopIteration):
                request = next(steps)
                while True:
                    self.request, self.state = request, f"syncing {how_far(request)}".rstrip()
                    changed()
                    try:
                        answer = await self._ask(hub, request)
                    except HubError as error:
                        request = steps.throw(error)
                    else:
                        request = steps.send(answer)
            return sync.report
        finally:
            task = asyncio.current_task()
            if not (task and task.cancelling()):  # who has left waits for no hub
                await in_thread(hub.close)

    async def _ask(self, hub: Hub, request: Request) -> Any:
        if request.verb == "rest":
            return await asyncio.sleep(0)
        return await in_thread(lambda: request.ask(hub))


def send_before_leaving(store: Store, reviewer: str) -> None:
    """Send what is unsent, if the line is quick, when the screens are gone: what is typed meanwhile is the shell's.
    ctrl-c goes at once. Nothing can be lost here; the next sync sends the rest.
    """
    sync = BackgroundSync(store, reviewer)
    with progress("sending") as draw, suppress(KeyboardInterrupt):
        asyncio.run(_send(sync, lambda: draw_sync(draw, sync.request, "(ctrl-c leaves)")))
    if unsent := Receipts(store, reviewer).unsent:
        note(f"{counted(unsent, 'event')} not sent yet, all saved here; the next sync sends them")


async def _send(sync: BackgroundSync, draw: Callable[[], None]) -> None:
    draw()
    asked = 0

    def changed() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:  # so there was an answer
            bound.reschedule(asyncio.get_running_loop().time() + _LAST)
        draw()

    with suppress(TimeoutError):
        async with asyncio.timeout(_ANSWER) as bound:
            await sync.run(changed)
