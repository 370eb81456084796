"""The queue: what a reviewer has to do, in the order in which to do it."""

from __future__ import annotations

from collections import Counter

from msgspec import Struct

from reviewer.review import Status
from store.store import Store
from store.trajectories import TrajectoryHead

_ORDER = (Status.IN_WORK, Status.TO_DO, Status.SUBMITTED)


class QueueRow(Struct, frozen=True):
    """A trajectory and how far its review is. rated of judged_work commands have a rating.

    shares_title: others have the same one, so that it takes more to tell them apart.
    """

    head: TrajectoryHead
    status: Status
    rated: int = 0
    judged_work: int = 0
    mistakes: int = 0
    suggestions: int = 0
    comments: int = 0
    hints: int = 0
    shares_title: bool = False

    @property
    def title(self) -> str:
        """What the session is listed as: where it comes from before a title that others have too."""
        source = self.head.source
        return (
            f"{source.name} {source.part}".strip() + f": {self.head.title}" if self.shares_title else self.head.title
        )


def queue(store: Store, reviewer: str) -> list[QueueRow]:
    """All trajectories for a reviewer: those in work first, then those to do, then those submitted."""
    reviews = {
        row["trajectory"]: row
        for row in store.connection.dicts("SELECT * FROM reviews WHERE reviewer = ?", (reviewer,))
    }
    hints = dict(store.connection.rows("SELECT trajectory, count(*) FROM hint GROUP BY trajectory"))
    work = dict(store.connection.rows("SELECT id, judged_work FROM trajectory"))
    heads = store.trajectories.all()
    titles = Counter(head.title for head in heads)
    rows = []
    for head in heads:
        review = reviews.get(head.id) or {"status": Status.TO_DO}
        said = {name: review.get(name, 0) for name in ("rated", "mistakes", "suggestions", "comments")}
        shares, found = titles[head.title] > 1, hints.get(head.id, 0)
        row = QueueRow(
            head, Status(review["status"]), judged_work=work[head.id], hints=found, shares_title=shares, **said
        )
        rows.append(row)
    return sorted(rows, key=lambda row: (_ORDER.index(row.status), row.head.number))
