"""The rooms of the house: tui may use store, store may use reviewer, and no arrow runs back."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

from reviewer.trajectory import Trajectory
from store import Store
from tests.programs import ROOT, run

ROOMS = ("reviewer", "store", "tui")

_BESIDE = {"tests", "bench"}

# What each room must not import, at the top of a file or inside a function.
FORBIDDEN = {
    "reviewer": _BESIDE | {"store", "tui", "sqlite3", "sqlite_utils", "textual", "rich", "click", "platformdirs"},
    "store": _BESIDE | {"tui", "textual", "rich", "click"},
    "tui": _BESIDE,
}


def imported(path: Path, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """(line, module) of each import in a file, relative ones resolved."""
    package = ".".join(path.relative_to(root).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, resolve_name("." * node.level + (node.module or ""), package)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {module}"
        for path in files
        for line, module in imported(path)
        if module.split(".")[0] in FORBIDDEN[room]
    ]
    assert wrong == []


def test_the_rule_sees_every_kind_of_import(tmp_path: Path) -> None:
    file = tmp_path / "store" / "log.py"
    file.parent.mkdir()
    file.write_text("import a.b\nfrom c import d\nfrom .e import f\nfrom . import g\ndef late():\n    import h, i\n")
    assert [module for _, module in imported(file, tmp_path)] == ["a.b", "c", "store.e", "store", "h", "i"]


@pytest.mark.parametrize("module", ["reviewer.review", "store", "tui.cli"])
def test_importing_a_room_does_not_load_the_screens(module: str) -> None:
    """Start-up imports only what is needed: Textual alone takes longer than all of `errata list`."""
    loaded = json.loads(run(f"import json, sys, {module}; print(json.dumps(list(sys.modules)))"))
    assert module in loaded
    assert [name for name in loaded if name.split(".")[0] == "textual"] == []


_FIRST_PAINT = """
import json, sys
from pathlib import Path
import tui.cli.screens
from tui.app import ErrataApp, Store

class First(ErrataApp):
    def paint(self):
        super().paint()
        self.loaded = self.loaded or list(sys.modules)
        self.exit()

    loaded = None

with Store(Path(sys.argv[1])) as store:
    app = First(store, "r", store.trajectories.find("1").id)
    app.run(headless=True)
print(json.dumps(app.loaded))
"""

_NOT_FOR_THE_FIRST_PAINT = {
    "dateutil", "importlib.metadata", "pydantic", "pygments.lexers", "reviewer.formats", "reviewer.hints",
    "sqlite_utils", "store.importer",
}  # fmt: skip
"""Each takes 10 ms or more to import; an empty Textual app takes some 200 to its first paint."""


def test_the_first_paint_of_a_review_waits_for_little(tmp_path: Path, trajectory: Trajectory) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        head, _ = store.trajectories.add(trajectory)
        store.session("r", head.id).rate(1, 1)
    loaded = set(json.loads(run(_FIRST_PAINT, path)))
    assert {"tui.app", "store.session", "reviewer.annotation"} <= loaded
    assert sorted(loaded & _NOT_FOR_THE_FIRST_PAINT) == []
