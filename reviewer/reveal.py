"""What a reviewer may see before judging: the rubric's reveal policy, applied.

A judgement made with the future in view suffers from hindsight. Under "forward" the steps after the first unrated
command stay hidden; under "action-first" that command's own output does too. A reviewer may reveal more, which is
recorded as an event. A review that was submitted once has seen everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from reviewer.review import Review, Status
from reviewer.rubric import RevealPolicy


class Visible(Struct, frozen=True):
    """What may be shown: steps up to and with `steps`, the outputs of steps up to and with `outputs`."""

    steps: int
    outputs: int


def visible(policy: RevealPolicy, review: Review, judged_work: Iterable[int], last: int) -> Visible:
    """What may be shown under a policy.

    judged_work: the ordinals of the steps that ask for a rating, ascending; last: the last step's ordinal.
    """
    if policy == "all" or review.status is Status.SUBMITTED or review.revision > 1:
        return Visible(last, last)
    rated = review.rated_steps
    frontier = next((ordinal for ordinal in judged_work if ordinal not in rated), last + 1)
    revealed = review.revealed_through
    outputs = frontier - 1 if policy == "action-first" else frontier
    return Visible(steps=min(max(frontier, revealed), last), outputs=min(max(outputs, revealed), last))
