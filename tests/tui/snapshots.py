"""Screens as text files, so that a change of one is a readable diff.

`ERRATA_UPDATE_SCREENS=1 pytest tests/tui/test_screens.py` writes them anew; look at the diff before you commit it.
"""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path

FOLDER = Path(__file__).parent / "snapshots"

_UPDATE = bool(os.environ.get("ERRATA_UPDATE_SCREENS"))  # read before the tests' environment is cleaned
_CLOCK = re.compile(r"saved \d\d:\d\d:\d\d")


def check(name: str, screen: str) -> None:
    """Compare a screen with the one that was kept under a name."""
    path = FOLDER / f"{name}.txt"
    shown = _CLOCK.sub("saved 12:34:56", screen) + "\n"
    if _UPDATE:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    if shown != kept:
        changes = difflib.unified_diff(kept.split("\n"), shown.split("\n"), "kept", "shown", lineterm="", n=2)
        message = f"the screen {name!r} changed (ERRATA_UPDATE_SCREENS=1 keeps it):\n" + "\n".join(changes)
        raise AssertionError(message)
