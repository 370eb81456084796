"""A review as a file that people write and read: the gold reviews of the samples.

A JSON object {"file", "reviewer", "annotations": [...]}. An annotation has "step" (0: the whole), "kind" and the
fields of that kind (reviewer/annotation.py); beside these, a mistake may have "decisive", a suggestion its own
"rating", and an answer names its question in "slot".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reviewer.annotation import AGENT, AnyValue, Decisive, parse_value
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
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(path.name, f"not a review file: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get("annotations"), list):
        raise BadInput(path.name, 'not a review file: expected an object with "annotations"')
    said: dict[tuple[int, str, str], Said] = {}
    for number, row in enumerate(data["annotations"]):
        place = f"annotations[{number}]"
        if not isinstance(row, dict) or type(row.get("step")) is not int or row["step"] < WHOLE:
            raise BadInput(path.name, "expected an object with a step", place)
        try:
            for one in _read_row(row, slot=f"{number:08x}"):
                subject = (one.step, one.value.kind, one.slot)
                if subject in said:
                    raise ErrataError(f"a second {one.value.kind} where there can be one")
                said[subject] = one
        except ErrataError as error:
            raise BadInput(path.name, str(error), place) from error
    return list(said.values())


def _read_row(row: dict[str, Any], slot: str) -> list[Said]:
    step, question = row["step"], row.get("slot")
    fields = {key: value for key, value in row.items() if key not in ("step", "slot", "decisive")}
    rating = fields.pop("rating", None)
    value = _parse(fields)
    if value.kind == "answer" and not (isinstance(question, str) and question):
        raise ErrataError('an answer names its question in "slot"')
    said = [Said(step, {"rating": AGENT, "answer": question or ""}.get(value.kind, slot), value)]
    if value.kind == "mistake" and row.get("decisive"):
        said.append(Said(WHOLE, "", Decisive(mistake=slot)))
    if value.kind == "suggestion" and rating is not None:
        said.append(Said(step, slot, _parse({"kind": "rating", "value": rating})))
    return said


def _parse(fields: dict[str, Any]) -> AnyValue:
    value = parse_value(fields)
    if value is None:
        raise ErrataError(f"{fields.get('kind')!r} is no kind of annotation")
    return value
