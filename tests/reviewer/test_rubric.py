"""The rubric: the built-in one, and what is said about one that is wrong."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import BadInput, ErrataError
from reviewer.rubric import Rubric, built_in_rubric, parse_rubric, read_rubric

SMALL = """\
name = "small"

[[scale]]
value = 1
name = "good"
key = "1"

[[scale]]
value = -1
name = "bad"
key = "-"

[[family]]
letter = "B"
name = "belief"

[[code]]
id = "B1"
name = "false premise"
definition = "acts on an unverified assumption"

[[question]]
id = "outcome"
ask = "Was it done?"
choices = [{ id = "yes", name = "yes" }, { id = "no", name = "no" }]
"""


@pytest.fixture
def small() -> Rubric:
    return parse_rubric(SMALL, "small.toml")


# -- the built-in one


def test_the_built_in_rubric_has_24_codes_and_three_flags() -> None:
    rubric = built_in_rubric()
    ids = [code.id for code in rubric.code]
    assert len([id_ for id_ in ids if id_[0] != "X"]) == 24
    assert [id_ for id_ in ids if id_[0] == "X"] == ["X1", "X2", "X3"]
    assert {family.letter: len(rubric.codes_of(family.letter)) for family in rubric.family} == {
        "B": 5, "P": 5, "C": 5, "V": 5, "S": 4, "X": 3,
    }  # fmt: skip
    assert sum(len(rubric.codes_of(family.letter)) for family in rubric.family) == len(ids)


def test_every_code_is_explained_with_an_example() -> None:
    for code in built_in_rubric().code:
        assert code.name and code.definition and code.example and code.when, code.id


def test_the_built_in_rubric_hides_what_biases_and_the_future() -> None:
    rubric = built_in_rubric()
    assert rubric.reveal == "forward"
    assert rubric.hide == {"agent", "model", "outcome"}
    assert rubric.require == {"ratings"}
    assert [question.id for question in rubric.question if question.required] == ["outcome", "side_effects"]


# -- using one


def test_the_version_is_the_hash_of_the_text(small: Rubric) -> None:
    assert small.version == hashlib.sha256(SMALL.encode()).hexdigest()
    assert parse_rubric(SMALL + "\n").version != small.version


def test_codes_are_found_in_either_case(small: Rubric) -> None:
    assert small.find_code("b1").id == small.find_code("B1").id == "B1"
    with pytest.raises(ErrataError, match="'small' has no code 'B2'; it has B1"):
        small.find_code("B2")


def test_questions_are_found(small: Rubric) -> None:
    assert small.find_question("outcome").ask == "Was it done?"
    with pytest.raises(ErrataError, match="no question 'Outcome'"):
        small.find_question("Outcome")


def test_keys_give_ratings(small: Rubric) -> None:
    assert [small.rating_of_key(key) for key in "1-.0"] == [1, -1, "unsure", None]
    assert [small.rating_name(value) for value in (1, -1, "unsure", 7)] == ["good", "bad", "unsure", "7"]


def test_a_rating_has_to_be_on_the_scale(small: Rubric) -> None:
    for value in (1, -1, "unsure"):
        small.check_rating(value)
    for value in (0, 2, "1", "good", ""):
        with pytest.raises(ErrataError, match="not on the rubric's scale; it has 1, -1 and unsure"):
            small.check_rating(value)


# -- one that is wrong

_CODE = SMALL[SMALL.index("[[code]]") : SMALL.index("[[question]]")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALL + _CODE, "mine.toml: the code 'B1' occurs twice"),
        (SMALL + '[[family]]\nletter = "B"\nname = "b"\n', "mine.toml: the family 'B' occurs twice"),
        (SMALL + '[[question]]\nid = "outcome"\nask = "?"\n', "mine.toml: the question 'outcome' occurs twice"),
        (SMALL + '[[scale]]\nvalue = 1\nname = "x"\nkey = "3"\n', "mine.toml: the scale value '1' occurs twice"),
        (SMALL + '[[scale]]\nvalue = 3\nname = "x"\nkey = "-"\n', "mine.toml: the scale key '-' occurs twice"),
        (SMALL.replace('"no", name', '"yes", name'), "mine.toml: the choice of 'outcome' 'yes' occurs twice"),
        (SMALL.replace('id = "B1"', 'id = "C1"'), "mine.toml: the code 'C1' has no family 'C'"),
        (SMALL.replace('id = "B1"', 'id = "B10"'), "mine.toml: code.1.id: expected str matching"),
        (SMALL.replace('definition = "acts', 'definitoin = "acts'), "mine.toml: code.1.definitoin: unknown key"),
        (SMALL.replace("name", "nmae", 1), "mine.toml: nmae: unknown key"),
        (SMALL.replace('name = "good"\n', "", 1), "mine.toml: scale.1.name: missing"),
        (SMALL + 'colour = "red"\n', "mine.toml: question.1.colour: unknown key"),
        ('text = "x"\n' + SMALL, "mine.toml: text: unknown key"),
        ('reveal = "none"\n' + SMALL, "mine.toml: reveal: expected 'all' or 'forward' or 'action-first'"),
        ('hide = ["reviewer"]\n' + SMALL, "mine.toml: hide"),
        (SMALL.replace('key = "1"', 'key = "."'), "mine.toml: scale.1.key: expected str matching"),
        (SMALL.replace("value = 1", "value = 0.5"), "mine.toml: scale.1.value: expected int, got float"),
        ("", "mine.toml: name: missing"),
        (SMALL + "[[code", "mine.toml: not TOML"),
        (SMALL + f"big = {'9' * 5000}", "mine.toml: not TOML"),
        ("a = " + "[" * 10_000, "mine.toml: not TOML"),
    ],
    ids=lambda part: part if part.startswith("mine.toml") else "",
)
def test_what_is_wrong_is_said_with_file_and_place(text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_rubric(text, "mine.toml")
    assert str(refused.value).startswith(says)
    assert "\n" not in str(refused.value)


@given(st.text())
def test_any_text_is_a_rubric_or_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_rubric(text)


@given(st.integers(0, len(SMALL)), st.integers(0, 60), st.text(max_size=5))
def test_a_damaged_rubric_is_refused_or_sound(place: int, cut: int, put: str) -> None:
    text = SMALL[:place] + put + SMALL[place + cut :]
    try:
        rubric = parse_rubric(text, "mine.toml")
    except BadInput as error:
        assert str(error).startswith("mine.toml: ")
    else:
        assert all(rubric.find_code(code.id) is code for code in rubric.code)
        assert all(re.fullmatch("[A-Z][0-9]", code.id) for code in rubric.code)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b'name = "\xff"')
    for path, says in (
        (binary, "binary.toml: not UTF-8 text (byte 8)"),
        (tmp_path / "missing.toml", "missing.toml: cannot be read: No such file"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(BadInput) as refused:
            read_rubric(path)
        assert says in str(refused.value)


def test_a_file_with_windows_line_ends_is_the_same_rubric(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(SMALL.replace("\n", "\r\n").encode())
    assert read_rubric(path).version == parse_rubric(SMALL).version
