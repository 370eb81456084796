"""Every annotation in force, a row each, with who said it, when, under which rubric and having seen what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from reviewer.exports.export import Export, Reviewed
from reviewer.review import Entry, Review

_OURS = ("trajectory", "source", "title", "step", "kind", "slot", "decisive", "contested")
"""What a row says of an annotation: a field of that name in another program's event does not take its place."""


def annotation_row(entry: Entry, review: Review) -> dict[str, Any]:
    """An annotation as JSON-ready data; also what `errata show --json` gives."""
    event = entry.event
    row: dict[str, Any] = {
        "step": event.subject.step,
        "kind": event.subject.kind,
        "slot": event.subject.slot,
        **{key: value for key, value in (event.value or {}).items() if key not in _OURS},
        "reviewer": event.author,
        "at": datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds"),
        "event": event.id,
    }
    if entry.kind == "mistake":
        row["decisive"] = review.decisive == entry.slot
    if entry.contested:
        row["contested"] = True
    return row


def rows(reviewed: Iterable[Reviewed]) -> Iterator[dict[str, Any]]:
    for item in reviewed:
        review = item.review
        for entry in review.entries():
            event = entry.event
            yield {
                "trajectory": item.trajectory,
                "source": {"format": item.source.format, "sha256": item.source.sha256, "part": item.source.part},
                "title": item.title,
                **annotation_row(entry, review),
                "command_sha256": event.command_sha256,
                "status": review.status.value,
                "revision": review.revision,
                "rubric": event.rubric,
                "device": event.device,
                "seen_through": event.seen_through,
                "active_ms": event.active_ms,
            }


EXPORT = Export(name="annotations", title="every annotation in force, with its provenance (JSON Lines)", rows=rows)
