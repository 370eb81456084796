"""What a sync asks of a hub: a value, so that whoever runs the sync asks, in whatever thread."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from store.hubs.hub import Hub


class Request(NamedTuple):
    """What is to be asked of the hub: a verb (put, get, list, remove), a name or box, and for "put" the bytes.

    "get" may have more `names`, for several objects at once. To "rest" asks nothing: who has other things to do does
    them now.
    done of total: how far the sync is in the work that it knows of; in bytes of trajectories where these travel.
    """

    verb: str
    name: str
    data: bytes = b""
    done: int = 0
    total: int = 0
    in_bytes: bool = False
    names: tuple[str, ...] = ()

    def ask(self, hub: Hub) -> Any:
        """The hub's answer: None, bytes or None, a list of these, or the list of a box. Raises HubError."""
        if self.verb == "put":
            return hub.put(self.name, self.data)
        if self.names:
            return hub.get_many(self.names)
        if self.verb == "get":
            return hub.get(self.name)
        if self.verb == "remove":
            return hub.remove(self.name)
        return list(hub.list(self.name)) if self.verb == "list" else None


Steps = Generator[Request, Any, None]
"""A sync: yields what to ask, and is sent the answers."""
