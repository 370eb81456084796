"""A review as a file that people write and read: the gold reviews of the samples.

A JSON object {"file", "reviewer", "annotations": [...]}. An annotation has "step" (0: the whole), "kind" and the fields
of that kind (reviewer/annotation.py); beside these, a mistake may have "decisive", a suggestion its own "rating", and
an answer names its question in "slot".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewer.annotation import AGENT, AnyValue, Decisive, Rating, parse_value
from reviewer.errors import BadInput, ErrataError
from reviewer.event import WHOLE


@dataclass(frozen=True)
class Said:
    """One annotation of a review file, ready to become an event."""

    step: int
    slot: str
    value: AnyValue


def read_review_file(path: Path) -> list[Said]:
    """The annotations in a review file. Raises BadInput naming the place."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(path.name, f"not a review file: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("annotations"), list):
        raise BadInput(path.name, 'not a review file: expected an object with "annotations"')
    said: list[Said] = []
    for number, row in enumerate(data["annotations"]):
        place = f"annotations[{number}]"
        if not isinstance(row, dict) or not isinstance(row.get("step"), int):
            raise BadInput(path.name, "expected an object with a step", place)
        try:
            said += _read_row(row, slot=f"{number:08x}")
        except ErrataError as error:
            raise BadInput(path.name, str(error), place) from error
    return said


def _read_row(row: dict[str, Any], slot: str) -> list[Said]:
    step, kind = row["step"], row.get("kind")
    fields = {key: value for key, value in row.items() if key not in ("step", "slot", "decisive")}
    rating = fields.pop("rating", None)
    value = parse_value(fields)
    if value is None:
        raise ErrataError(f"{kind!r} is no kind of annotation")
    said = [Said(step, {"rating": AGENT, "answer": row.get("slot", "")}.get(str(kind), slot), value)]
    if row.get("decisive"):
        said.append(Said(WHOLE, "", Decisive(mistake=slot)))
    if kind == "suggestion" and rating is not None:
        said.append(Said(step, slot, Rating(value=rating)))
    return said
