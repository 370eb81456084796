"""The kinds of annotation: what is read, what is refused, and what a newer version added."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from reviewer.annotation import (
    KINDS,
    Answer,
    AnyValue,
    Comment,
    Decisive,
    HintAnswer,
    Mistake,
    Rating,
    Reveal,
    Span,
    Submission,
    Suggestion,
    dump_value,
    parse_value,
)
from reviewer.errors import ErrataError
from tests.strategies import json_objects, json_values, unicode_texts

EVERY_KIND: list[AnyValue] = [
    Rating(value=-1),
    Rating(value="unsure"),
    Mistake(code="B2"),
    Mistake(
        code="V3",
        severity=3,
        note="again",
        span=Span(of="command", start=0, end=4),
        recovered_at=9,
        follows=2,
        confidence=1,
    ),
    Suggestion(command="df -h"),
    Suggestion(thought="look first", rationale="the disk may be full"),
    Comment(text="why?", to_lead=True, replies_to="0000000a", span=Span(of="output", start=3, end=3)),
    Answer(value="partial"),
    HintAnswer(confirmed=False),
    Decisive(mistake="0000000a"),
    Reveal(through=7),
    Submission(state="submitted", revision=2, covers=("e1", "e2")),
]


@pytest.mark.parametrize("value", EVERY_KIND, ids=lambda value: value.kind)
def test_a_value_survives_being_written(value: AnyValue) -> None:
    assert parse_value(dump_value(value)) == value


def test_every_kind_is_tried_above() -> None:
    assert {value.kind for value in EVERY_KIND} == set(KINDS)


@given(st.none() | json_values())
def test_an_unknown_kind_is_nobodys_mistake(kind: Any) -> None:
    if kind not in KINDS:
        assert parse_value({"kind": kind, "text": "hello"}) is None


def test_a_value_without_a_kind_is_unknown() -> None:
    assert parse_value({}) is None


@given(json_objects(), st.sampled_from(EVERY_KIND))
def test_what_a_newer_version_added_survives_an_edit(extra: dict[str, Any], value: AnyValue) -> None:
    """Read by this version, one field changed, and written again."""
    known = dump_value(value)
    newer = {f"x-{key}": item for key, item in extra.items()}
    read = parse_value(known | newer)
    assert read is not None
    field, changed = {
        "rating": ("value", 1),
        "mistake": ("note", "edited"),
        "suggestion": ("command", "edited"),
        "comment": ("text", "edited"),
        "answer": ("value", "edited"),
        "hint": ("confirmed", True),
        "decisive": ("mistake", "edited"),
        "reveal": ("through", 99),
        "submission": ("revision", 99),
    }[value.kind]
    assert dump_value(replace(read, **{field: changed})) == known | newer | {field: changed}


def test_a_newer_part_of_a_span_survives() -> None:
    span = {"of": "output", "start": 1, "end": 2, "column": 5}
    read = parse_value({"kind": "comment", "text": "here", "span": span})
    assert read is not None
    assert dump_value(read)["span"] == span


def test_empty_fields_are_left_out_and_zero_is_not_empty() -> None:
    assert dump_value(Mistake(code="B1")) == {"kind": "mistake", "code": "B1", "severity": 2}
    assert dump_value(Rating(value=0)) == {"kind": "rating", "value": 0}
    assert dump_value(HintAnswer(confirmed=False)) == {"kind": "hint", "confirmed": False}
    assert dump_value(Comment(text="a"))["to_lead"] is False


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"kind": "rating"}, "not a well-formed rating: value: "),
        ({"kind": "rating", "value": "great"}, "not a well-formed rating: value: "),
        ({"kind": "rating", "value": 0.5}, "not a well-formed rating: value: "),
        ({"kind": "mistake", "code": "B1", "severity": 4}, "not a well-formed mistake: severity: "),
        ({"kind": "mistake", "code": "B1", "follows": 0}, "not a well-formed mistake: follows: "),
        (
            {"kind": "mistake", "code": "B1", "span": {"of": "command", "start": -1, "end": 2}},
            "not a well-formed mistake: span: start: ",
        ),
        ({"kind": "suggestion", "command": " ", "thought": ""}, "a suggestion needs a command or a thought"),
        ({"kind": "comment", "text": ""}, "not a well-formed comment: text: "),
        ({"kind": "answer", "value": ""}, "not a well-formed answer: value: "),
        ({"kind": "reveal", "through": 0}, "not a well-formed reveal: through: "),
        ({"kind": "submission", "state": "maybe"}, "not a well-formed submission: state: "),
        ({"kind": "submission", "state": "submitted", "covers": [1]}, "not a well-formed submission: covers: 0: "),
    ],
)
def test_a_wrong_field_is_named(data: dict[str, Any], says: str) -> None:
    with pytest.raises(ErrataError) as refused:
        parse_value(data)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


_FIELDS = ["value", "code", "severity", "note", "span", "recovered_at", "command", "thought", "text", "replies_to"]
_FIELDS += ["confirmed", "mistake", "through", "state", "revision", "covers"]


@given(st.sampled_from(KINDS), st.dictionaries(st.sampled_from(_FIELDS) | unicode_texts, json_values()))
def test_any_fields_are_read_or_refused_in_one_line(kind: str, fields: dict[str, Any]) -> None:
    try:
        value = parse_value(fields | {"kind": kind})
    except ErrataError as error:
        assert "\n" not in str(error)
    else:
        assert value is not None
        assert parse_value(dump_value(value)) == value
