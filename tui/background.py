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
from store.sync.sync import Report, Request, Sync
from tui.threads import in_thread

_LONGEST = 1 << 20
"""Bytes of a trajectory that is added between two keys; `errata sync` adds those that are longer."""


class BackgroundSync:
    """A sync of a store with all its hubs. state: how far it is, in some words; "" when it has ended."""

    def __init__(self, store: Store, reviewer: str) -> None:
        self._store = store
        self._reviewer = reviewer
        self._hubs = find_hubs(store)
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
                    self.state = f"syncing {request.done}/{request.total}" if request.total else "syncing"
                    changed()
                    try:
                        answer = await self._ask(hub, request)
                    except HubError as error:
                        request = steps.throw(error)
                    else:
                        request = steps.send(answer)
            return sync.report
        finally:
            await in_thread(hub.close)

    async def _ask(self, hub: Hub, request: Request) -> Any:
        if request.verb == "rest":
            return await asyncio.sleep(0)
        return await in_thread(lambda: request.ask(hub))
