"""What happens to a sync: a folder that damages, a program that is killed, a clock that jumps."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from store import Store
from store.hubs import Hub, HubError, Listed, open_hub

PUT_FAULTS = ["torn and killed", "torn", "zeros", "twice", "killed after"]
KILLS = ["killed between questions", "killed after a commit"]
FAULTS = [None, None, None, "stale list", "no answer", *KILLS, *PUT_FAULTS]


class Killed(BaseException):
    """The program was killed."""


class Clock:
    """What time it is on the device that is in use."""

    offset = 0

    def time_ns(self) -> int:
        return time.time_ns() + self.offset * 1_000_000


class TroubledHub:
    """A folder that does a kind of damage at the n-th chance to do it."""

    def __init__(self, root: Path, fault: str | None, chance: int, rnd: random.Random) -> None:
        self.hub: Hub = open_hub(str(root))
        self.root, self.fault, self.chance, self.rnd = root, fault, chance, rnd

    def _now(self, *faults: str) -> bool:
        if self.fault not in faults:
            return False
        self.chance -= 1
        return self.chance < 0

    def put(self, name: str, data: bytes) -> None:
        if not self._now(*PUT_FAULTS):
            self.hub.put(name, data)
            return
        fault, self.fault = self.fault, None
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match fault:
            case "torn and killed" | "torn":
                path.write_bytes(data[: self.rnd.randrange(len(data))])
            case "zeros":
                path.write_bytes(bytes(len(data)))
            case "twice":
                self.hub.put(name, data)
                path.with_name(path.stem + ".sync-conflict-20260101-000000-ABCDEFG.segment").write_bytes(data)
            case "killed after":
                self.hub.put(name, data)
        if fault in ("torn and killed", "killed after"):
            raise Killed

    def remove(self, name: str) -> None:
        self.hub.remove(name)

    def get(self, name: str) -> bytes | None:
        if self._now("no answer"):
            self.fault = None
            raise HubError("the line dropped")
        return self.hub.get(name)

    def get_many(self, names: Sequence[str]) -> list[bytes | None]:
        return [self.get(name) for name in names]

    def list(self, box: str) -> Iterator[Listed]:
        listed = list(self.hub.list(box))
        if self._now("stale list"):
            listed = [item for item in listed if self.rnd.random() < 0.5]
        self.rnd.shuffle(listed)
        yield from listed


@contextmanager
def killed_after(commits: int, store: Store) -> Iterator[None]:
    """The program is killed after so many commits."""
    real: Callable[[], Any] = store.connection.transaction
    left, depth = commits, 0

    @contextmanager
    def transaction() -> Iterator[None]:
        nonlocal left, depth
        depth += 1
        try:
            with real():
                yield
        finally:
            depth -= 1
        if not depth:
            left -= 1
            if left < 0:
                raise Killed

    store.connection.transaction = transaction  # type: ignore[method-assign]
    try:
        yield
    finally:
        store.connection.transaction = real  # type: ignore[method-assign]
