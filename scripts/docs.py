"""Write what the docs take from the code: docs/keys.md from the table of actions, the pictures from the screens.

Usage: docs.py keys | pictures. `make docs` runs both; tests/test_docs.py fails when docs/keys.md is out of date.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from tui.actions import ACTIONS
from tui.keys import shown_key

DOCS = Path(__file__).parent.parent / "docs"

PICTURES = {
    "review": ("gold", 104, 34, "g 7 enter"),
    "mistake": ("alice", 104, 34, "enter R a g 2 1 enter minus m v"),
}
"""Name: reviewer, width, height, and the keys to press in the session that `PICTURED` names."""

PICTURED = "serve-embeddings.traj.json"


def keys_page() -> str:
    """docs/keys.md."""
    lines = [
        "# Keys",
        "",
        "Made from `tui/actions.py` by `make docs`. The last column is what `[keys]` in the settings takes.",
    ]
    for place, actions in ACTIONS.items():
        lines += ["", f"## The {place}", "", "| | keys | does | name |", "|---|---|---|---|"]
        for group, rows in groupby(actions, key=lambda action: action.group):
            for number, action in enumerate(rows):
                keys = " ".join(f"`{shown_key(key)}`" for key in action.keys)
                lines.append(f"| {group if number == 0 else ''} | {keys} | {action.title} | `{action.id}` |")
    return "\n".join(lines) + "\n"


async def picture(reviewer: str, width: int, height: int, keys: str) -> str:
    """The screen after these keys, as SVG."""
    from store import Store
    from store.samples import fill_with_samples
    from tui.app import ErrataApp

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder, "demo.db")) as store:
        fill_with_samples(store)
        (pictured,) = (head.id for head in store.trajectories.all() if head.source.name == PICTURED)
        app = ErrataApp(store, reviewer, pictured, ascii_only=False)
        async with app.run_test(size=(width, height)) as pilot:
            await pilot.press(*keys.split())
            await pilot.pause()
            return app.export_screenshot(title="errata")


def main() -> None:
    wanted = sys.argv[1:] or ["keys", "pictures"]
    if "keys" in wanted:
        (DOCS / "keys.md").write_text(keys_page(), encoding="utf-8")
    if "pictures" in wanted:
        (DOCS / "pictures").mkdir(exist_ok=True)
        for name, shown in PICTURES.items():
            svg = asyncio.run(picture(*shown))
            (DOCS / "pictures" / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
