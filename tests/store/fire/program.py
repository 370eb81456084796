"""Do an act over a disk that remembers, or refuses, in a process of its own.

Arguments: ACT FOLDER ANSWER [WRITE HOW]. The store is FOLDER/disk/store.db. Into ANSWER go, pickled: the disk, what
the store said when it was refused, and how much was to be written. The write numbered WRITE is refused and, where HOW
is "and on", each after it.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import apsw

from tests.store.fire import sqlite
from tests.store.fire.acts import ACTS
from tests.store.fire.disk import Disk


def main(act: str, folder: str, answer: str, write: str = "0", how: str = "") -> None:
    root = Path(folder, "disk").resolve()
    disk = Disk.of(root)
    writes = 0

    def refuse(kind: str) -> None:
        nonlocal writes
        writes += 1
        if writes == int(write) or (how == "and on" and writes > int(write) > 0):
            raise (
                OSError(28, "No space left on device")
                if sys._getframe(1).f_code.co_name.startswith("told")
                else (apsw.FullError("database or disk is full"))
            )

    sqlite.install(disk, refuse)
    from reviewer.errors import ErrataError

    refused = ""
    try:
        ACTS[act].do(root / "store.db", lambda **said: disk.add("done", said=_plain(said)))
    except ErrataError as error:
        refused = str(error)
    Path(answer).write_bytes(pickle.dumps((disk, refused, writes)))


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    """What was said to be safe, as data: of an event its bytes."""
    return said | ({"events": [event.raw for event in said["events"]]} if "events" in said else {})


if __name__ == "__main__":
    main(*sys.argv[1:])
