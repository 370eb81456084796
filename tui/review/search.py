"""Searching one session: which of the steps that may be seen hold a text."""

from __future__ import annotations

from store.session import ReviewSession


def find_steps(session: ReviewSession, text: str) -> list[int]:
    """The ordinals of the steps whose command, thought or output holds a text, in either case.

    What the reveal policy hides is not searched.
    """
    wanted = text.lower()
    visible = session.visible
    found = []
    for head in session.steps[: visible.steps]:
        step = session.step(head.ordinal)
        output = step.output or "" if head.ordinal <= visible.outputs else ""
        if any(wanted in part.lower() for part in (step.command, step.thought, output)):
            found.append(head.ordinal)
    return found
