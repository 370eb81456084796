"""The exports: rows that say who said what, when, and having seen what."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from reviewer.errors import ErrataError
from reviewer.event import WHOLE
from reviewer.exports import EXPORTS, Reviewed, export_named
from reviewer.review import Review
from reviewer.trajectory import Source, Trajectory
from tests import devices as d
from tests.devices import Device, subject, sync

SOURCE = Source("swe-agent", "a.traj", "ef" * 32, "2")


def _not_needed() -> Trajectory:
    raise AssertionError("the rows of annotations need no trajectory")


def rows(review: Review) -> list[dict[str, Any]]:
    return list(
        export_named("annotations").rows([Reviewed(d.TRAJECTORY, SOURCE, "serve the model", review, _not_needed)])
    )


def test_exports_are_found_by_name() -> None:
    for export in EXPORTS:
        assert export_named(export.name) is export
    with pytest.raises(ErrataError, match="no export is called 'csv'; there are: annotations, atif"):
        export_named("csv")


def test_a_row_says_where_it_comes_from() -> None:
    device = Device("laptop")
    mistake = {"kind": "mistake", "code": "P1", "severity": 3, "note": "5000 is not 8000", "mood": "new"}
    (event,) = device.write(subject(2, "mistake", "0000000a"), mistake)
    told = replace(event, rubric="cd" * 32, command_sha256="ab" * 32, seen_through=2, active_ms=700)
    device.review.add(told)
    assert rows(device.review) == [
        {
            "trajectory": d.TRAJECTORY,
            "source": {"format": "swe-agent", "sha256": "ef" * 32, "part": "2"},
            "title": "serve the model",
            "step": 2,
            "kind": "mistake",
            "slot": "0000000a",
            "code": "P1",
            "severity": 3,
            "note": "5000 is not 8000",
            "mood": "new",
            "reviewer": d.AUTHOR,
            "at": "1970-02-11T16:00:00.000+00:00",
            "event": event.id,
            "decisive": False,
            "command_sha256": "ab" * 32,
            "status": "in work",
            "revision": 1,
            "rubric": "cd" * 32,
            "device": "laptop",
            "seen_through": 2,
            "active_ms": 700,
        }
    ]


def test_rows_are_in_the_order_of_the_steps_and_leave_out_what_was_taken_back() -> None:
    device = Device("a")
    for step in (3, 1, 2):
        device.write(subject(step), {"kind": "rating", "value": 1})
    device.write(subject(WHOLE, "answer", "outcome"), {"kind": "answer", "value": "fail"})
    device.write(subject(2), None)
    assert [(row["step"], row["kind"]) for row in rows(device.review)] == [
        (0, "answer"),
        (1, "rating"),
        (3, "rating"),
    ]


def test_both_sides_of_a_conflict_are_there_and_say_so() -> None:
    one, other = Device("a"), Device("b", clock=d.HOUR)
    one.write(subject(1), {"kind": "rating", "value": 1})
    other.write(subject(1), {"kind": "rating", "value": -1})
    one.write(subject(2), {"kind": "rating", "value": 0})
    sync(one, other)
    assert [(row["value"], row.get("contested")) for row in rows(one.review)] == [(1, True), (-1, True), (0, None)]
    assert rows(one.review) == rows(other.review)


def test_the_decisive_mistake_is_marked_in_its_row() -> None:
    device = Device("a")
    for slot in ("0000000a", "0000000b"):
        device.write(subject(2, "mistake", slot), {"kind": "mistake", "code": "P1", "severity": 3})
    device.write(subject(WHOLE, "decisive", ""), {"kind": "decisive", "mistake": "0000000b"})
    assert [row["slot"] for row in rows(device.review) if row.get("decisive")] == ["0000000b"]


def test_what_an_event_says_of_itself_does_not_take_the_place_of_where_it_stands() -> None:
    device = Device("a")
    device.write(subject(1), {"kind": "rating", "value": 1})
    (honest,) = rows(device.review)
    forged = {name: "forged" for name in honest if name != "value"} | {"decisive": True, "contested": True}
    device.write(subject(1), forged | {"kind": "rating", "value": 1})
    (row,) = rows(device.review)
    assert row == honest | {"event": row["event"], "at": row["at"]}
    assert row["event"] != "forged" != row["at"]


def test_rows_are_json() -> None:
    device = Device("a")
    device.write(subject(1, "comment", "x"), {"kind": "comment", "text": "nul \0, escape \x1b, é"})
    assert json.loads(json.dumps(rows(device.review))) == rows(device.review)
