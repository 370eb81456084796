"""What opens over the foot of a place, by name: `panels.Editor(...)`. Each is read when it is first wanted, for the
first screen wants none.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.panels.editor import Editor, Field
    from tui.panels.help import Help
    from tui.panels.importing import Importing
    from tui.panels.mistake import MarkMistake
    from tui.panels.pager import Pager
    from tui.panels.pick import Choice, Palette, Pick
    from tui.panels.verdict import Verdict

__all__ = ["Choice", "Editor", "Field", "Help", "Importing", "MarkMistake", "Pager", "Palette", "Pick", "Verdict"]

_MODULES = {"Choice": "pick", "Field": "editor", "MarkMistake": "mistake", "Palette": "pick"}
"""Where a panel is, when not in the module of its name."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, name.lower())}"), name)
