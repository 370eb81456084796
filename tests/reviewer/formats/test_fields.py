"""Typed access to JSON: the right value, or an error with the place."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from reviewer.errors import BadInput
from reviewer.formats import Document
from reviewer.formats.fields import Node, iso, parse, records
from tests.reviewer.formats.conftest import Write


@pytest.fixture
def root(write: Write) -> Node:
    return next(records(Document(write({"a/b": {"~": [None, {"x": 1}]}, "text": "t"}))))


def test_places_are_json_pointers(root: Node) -> None:
    node = root["a/b"]["~"].elements()[1]["x"]
    assert (node.value, node.place) == (1, "/a~1b/~0/1/x")
    with pytest.raises(BadInput, match=r"^file\.json: /a~1b/~0/1/x: expected text, found a number$"):
        node.text()


def test_absent_and_null_are_the_same(root: Node) -> None:
    for node in (root["none"]["none"], root["a/b"]["~"].elements()[0]):
        assert (node.absent, node.text(""), node.optional_text(), node.label()) == (True, "", None, "")
        assert (node.flag(), node.integer(), node.number(), node.moment()) == (False, None, None, None)
        assert (node.content(), node.mapping(), node.optional_elements()) == ("", {}, [])
        for required in (node.text, node.elements):
            with pytest.raises(BadInput, match="found nothing"):
                required()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-01-01T02:00:00.5+02:00", "2026-01-01T00:00:00.500000Z"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00Z"),
        (86400.25, "1970-01-02T00:00:00.250000Z"),
        ("yesterday", None),
        ("9999-12-31T23:59:59-23:59", None),
        (1e300, None),
        (float("nan"), None),
    ],
)
def test_times(root: Node, written: Any, read: str | None) -> None:
    assert iso(Node(root.document, written).moment()) == read


def test_whole_numbers(root: Node) -> None:
    assert Node(root.document, 3.0).integer() == 3
    for wrong in (True, 1.5, "1", 2**63, float("inf")):
        with pytest.raises(BadInput):
            Node(root.document, wrong).integer()


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "[" * 100 + "]" * 100, "9" * 5000])
def test_json_in_a_text_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_strict_json() -> None:
    assert parse('[NaN, 1e999, {"a": [1.5]}]') == ["nan", "inf", {"a": [1.5]}]
    assert json.dumps(parse("[-Infinity]"), allow_nan=False) == '["-inf"]'
    assert iso(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
