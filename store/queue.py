"""The queue: what a reviewer has to do, in the order in which to do it."""

from __future__ import annotations

from dataclasses import dataclass

from reviewer.review import Status
from store.store import Store
from store.trajectories import TrajectoryHead

_ORDER = (Status.IN_WORK, Status.TO_DO, Status.SUBMITTED)


@dataclass(frozen=True)
class QueueRow:
    """A trajectory and how far its review is. rated of judged_work commands have a rating."""

    head: TrajectoryHead
    status: Status
    rated: int = 0
    judged_work: int = 0
    mistakes: int = 0
    suggestions: int = 0
    comments: int = 0
    hints: int = 0


def queue(store: Store, reviewer: str) -> list[QueueRow]:
    """All trajectories for a reviewer: those in work first, then those to do, then those submitted."""
    reviews = {
        row["trajectory"]: row
        for row in store.connection.dicts("SELECT * FROM reviews WHERE reviewer = ?", (reviewer,))
    }
    hints = dict(store.connection.rows("SELECT trajectory, count(*) FROM hint GROUP BY trajectory"))
    work = dict(store.connection.rows("SELECT id, judged_work FROM trajectory"))
    rows = []
    for head in store.trajectories.all():
        review = reviews.get(head.id)
        if review is None:
            rows.append(QueueRow(head, Status.TO_DO, judged_work=work[head.id], hints=hints.get(head.id, 0)))
            continue
        counts = {name: review[name] for name in ("rated", "mistakes", "suggestions", "comments")}
        counts["hints"] = hints.get(head.id, 0)
        rows.append(QueueRow(head, Status(review["status"]), judged_work=work[head.id], **counts))
    return sorted(rows, key=lambda row: (_ORDER.index(row.status), row.head.number))
