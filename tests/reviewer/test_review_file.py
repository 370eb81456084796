"""Reviews as files that people write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.annotation import AGENT, Answer, Comment, Decisive, Mistake, Rating, Suggestion
from reviewer.errors import BadInput
from reviewer.event import WHOLE
from reviewer.review_file import Said, read_review_file
from tests.strategies import json_values


def write(folder: Path, *annotations: Any) -> Path:
    path = folder / "mine.gold.json"
    path.write_text(json.dumps({"file": "a.traj.json", "reviewer": "gold", "annotations": list(annotations)}))
    return path


def test_each_kind_comes_to_its_place(tmp_path: Path) -> None:
    said = read_review_file(
        write(
            tmp_path,
            {"step": 1, "kind": "rating", "value": 1},
            {"step": 2, "kind": "mistake", "code": "B1", "severity": 3, "note": "never cloned", "decisive": True},
            {"step": 2, "kind": "suggestion", "command": "ls ~/llama.cpp", "rating": 1},
            {"step": 2, "kind": "suggestion", "command": "git clone x", "rating": "unsure"},
            {"step": 0, "kind": "comment", "text": "well kept"},
            {"step": 0, "kind": "answer", "slot": "outcome", "value": "fail"},
        )
    )
    mistake, first, second, comment = (f"{number:08x}" for number in (1, 2, 3, 4))
    assert said == [
        Said(1, AGENT, Rating(value=1)),
        Said(2, mistake, Mistake(code="B1", severity=3, note="never cloned")),
        Said(WHOLE, "", Decisive(mistake=mistake)),
        Said(2, first, Suggestion(command="ls ~/llama.cpp")),
        Said(2, first, Rating(value=1)),
        Said(2, second, Suggestion(command="git clone x")),
        Said(2, second, Rating(value="unsure")),
        Said(WHOLE, comment, Comment(text="well kept")),
        Said(WHOLE, "outcome", Answer(value="fail")),
    ]


RATING = {"step": 1, "kind": "rating", "value": 1}
MISTAKE = {"step": 2, "kind": "mistake", "code": "B1", "decisive": True}


@pytest.mark.parametrize(
    ("annotations", "says"),
    [
        ([RATING, {"step": "1", "kind": "rating", "value": 1}], "annotations[1]: expected an object with a step"),
        ([RATING | {"step": True}], "annotations[0]: expected an object with a step"),
        ([RATING | {"step": -1}], "annotations[0]: expected an object with a step"),
        (["good"], "annotations[0]: expected an object with a step"),
        ([{"step": 1}], "annotations[0]: None is no kind of annotation"),
        ([{"step": 1, "kind": "mood"}], "annotations[0]: 'mood' is no kind of annotation"),
        ([{"step": 1, "kind": ["rating"]}], "annotations[0]: ['rating'] is no kind of annotation"),
        ([RATING | {"value": "great"}], "annotations[0]: not a well-formed rating: value: "),
        (
            [{"step": 1, "kind": "suggestion", "command": "ls", "rating": "great"}],
            "annotations[0]: not a well-formed",
        ),
        ([{"step": 0, "kind": "answer", "value": "yes"}], 'annotations[0]: an answer names its question in "slot"'),
        ([{"step": 0, "kind": "answer", "value": "yes", "slot": ["a"]}], "annotations[0]: an answer names"),
        ([RATING, RATING], "annotations[1]: a second rating where there can be one"),
        ([MISTAKE, MISTAKE], "annotations[1]: a second decisive where there can be one"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, annotations: list[Any], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_review_file(write(tmp_path, *annotations))
    assert str(refused.value).startswith(f"mine.gold.json: {says}")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"annotations": {}}', b"not json", b"\xff", b"[" * 100_000], ids=lambda c: c[:9]
)
def test_what_is_no_review_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.gold.json"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"mine\.gold\.json: not a review file"):
        read_review_file(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"nowhere\.json: not a review file"):
        read_review_file(tmp_path / "nowhere.json")


_ROWS = st.dictionaries(
    st.sampled_from(["step", "kind", "value", "code", "slot", "rating", "decisive", "command", "text"]),
    st.sampled_from(["rating", "mistake", "suggestion", "answer", 0, 1, "B1"]) | json_values(),
)


@given(rows=st.lists(_ROWS | json_values(), max_size=4))
def test_any_rows_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, rows: list[Any]) -> None:
    path = write(tmp_path_factory.getbasetemp(), *rows)
    try:
        said = read_review_file(path)
    except BadInput as error:
        assert str(error).startswith("mine.gold.json: ")
    else:
        assert len(said) >= len(rows)
