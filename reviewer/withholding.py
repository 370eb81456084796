"""A trajectory as it is given away: without what its rubric hides from the reviewer.

Nothing is looked for in the texts: where an agent says its own name, it stays.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from reviewer.trajectory import SHORT_ID, Source, Step, Trajectory

WITHHELD = "withheld"
"""The format of such a trajectory's source."""


def withhold(trajectory: Trajectory, hidden: Collection[str]) -> Trajectory:
    """The trajectory without these of "agent", "model" and "outcome", under the same id.

    With them goes what would tell: the file's name, format and hash, places in it, what the producer counts. What is
    left out stays so in later versions: the parts of what was shared are named by their content, and made again.
    """
    if not hidden:
        return trajectory
    gone: dict[str, Any] = dict.fromkeys(hidden, "")
    given = replace(
        trajectory,
        source=Source(WITHHELD, trajectory.id[:SHORT_ID], sha256=""),
        steps=tuple(map(_without_traces, trajectory.steps)),
        totals={},
        original=trajectory.id,
        **gone,
    )
    return replace(given, source=replace(given.source, sha256=given.content_sha256))


def _without_traces(step: Step) -> Step:
    action = step.action and replace(step.action, call_id=None)
    return replace(step, action=action, usage={}, pointer="")
