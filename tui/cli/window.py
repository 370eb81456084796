"""What of a trajectory a person may be shown: the reveal policy, as the command line keeps it."""

from __future__ import annotations

from store.session import ReviewSession


class Window:
    """What the reviewer of a session may see now. With `everything`, nothing is hidden."""

    def __init__(self, session: ReviewSession, *, everything: bool = False) -> None:
        last = len(session.steps)
        visible = session.visible
        self.steps = last if everything else visible.steps
        self.outputs = last if everything else visible.outputs
        self.hidden_fields = frozenset[str]() if everything or session.read_only else session.rubric.hide

    def shows(self, step: int, part: str = "command") -> bool:
        """Whether a part of a step ("command", "thought" or "output") may be shown."""
        return step <= (self.outputs if part == "output" else self.steps)
