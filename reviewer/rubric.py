"""The rubric: what a reviewer is asked, in one TOML file.

A rubric is versioned by the SHA-256 of its file's text, and every event names the version it was made under.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from reviewer.annotation import UNSURE
from reviewer.checked import Wrong, checked
from reviewer.errors import BadInput, ErrataError

BUILT_IN = "rubric.toml"

RevealPolicy = Literal["all", "forward", "action-first"]

_UNSURE_KEY = "."


class _Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file."""


class ScalePoint(_Part, frozen=True):
    """One point of the rating scale, given by one key."""

    value: int
    name: str
    key: Annotated[str, Meta(pattern=r"^[0-9-]\Z")]
    meaning: str = ""


class Family(_Part, frozen=True):
    """Codes that share a first letter. Those of "X" are not counted as the agent's mistakes."""

    letter: Annotated[str, Meta(pattern=r"^[A-Z]\Z")]
    name: str
    meaning: str = ""


class Code(_Part, frozen=True):
    """A mistake code: a family's letter and a digit. `when` completes the example: "... when ..."."""

    id: Annotated[str, Meta(pattern=r"^[A-Z][0-9]\Z")]
    name: str
    definition: str
    example: str = ""
    when: str = ""


class Choice(_Part, frozen=True):
    id: str
    name: str
    meaning: str = ""


class Question(_Part, frozen=True):
    """A question about the whole trajectory. Without choices the answer is free text."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]*\Z")]
    ask: str
    required: bool = False
    choices: tuple[Choice, ...] = ()


class Rubric(_Part, frozen=True, kw_only=True):
    """What a reviewer is asked and what they may see. `reveal` is explained in rubric.toml."""

    name: str
    reveal: RevealPolicy = "all"
    hide: frozenset[Literal["agent", "model", "outcome"]] = frozenset()
    require: frozenset[Literal["ratings"]] = frozenset()
    instructions: str = ""
    scale: Annotated[tuple[ScalePoint, ...], Meta(min_length=2)]
    family: tuple[Family, ...] = ()
    code: Annotated[tuple[Code, ...], Meta(min_length=1)]
    question: tuple[Question, ...] = ()
    text: str = ""

    @property
    def version(self) -> str:
        """SHA-256 of the TOML text."""
        return _sha256(self.text)

    def __post_init__(self) -> None:
        for what, ids in {
            "code": [code.id for code in self.code],
            "family": [family.letter for family in self.family],
            "question": [question.id for question in self.question],
            "scale value": [str(point.value) for point in self.scale],
            "scale key": [point.key for point in self.scale],
            **{f"choice of {q.id!r}": [choice.id for choice in q.choices] for q in self.question},
        }.items():
            if twice := _repeated(ids):
                message = f"the {what} {twice!r} occurs twice"
                raise ValueError(message)
        letters = {family.letter for family in self.family}
        for code in self.code:
            if code.id[0] not in letters:
                message = f"the code {code.id!r} has no family {code.id[0]!r}"
                raise ValueError(message)

    def find_code(self, code: str) -> Code:
        """The code of that id, in either case. Raises ErrataError when the rubric lacks it."""
        for candidate in self.code:
            if candidate.id == code.upper():
                return candidate
        message = f"the rubric {self.name!r} has no code {code!r}; it has {', '.join(c.id for c in self.code)}"
        raise ErrataError(message)

    def find_question(self, question: str) -> Question:
        for candidate in self.question:
            if candidate.id == question:
                return candidate
        message = f"the rubric {self.name!r} has no question {question!r}"
        raise ErrataError(message)

    def codes_of(self, letter: str) -> list[Code]:
        return [code for code in self.code if code.id[0] == letter]

    def rating_of_key(self, key: str) -> int | Literal["unsure"] | None:
        """The rating that a key gives; None when it gives none."""
        if key == _UNSURE_KEY:
            return "unsure"
        return next((point.value for point in self.scale if point.key == key), None)

    def rating_name(self, value: int | str) -> str:
        return next((point.name for point in self.scale if point.value == value), str(value))

    def check_rating(self, value: int | str) -> None:
        """Raises ErrataError for a rating that is not on the scale."""
        if value != UNSURE and value not in {point.value for point in self.scale}:
            allowed = ", ".join(str(point.value) for point in self.scale)
            message = f"{value} is not on the rubric's scale; it has {allowed} and {UNSURE}"
            raise ErrataError(message)


@cache
def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def parse_rubric(text: str, name: str = "rubric") -> Rubric:
    """The rubric in a TOML text. Raises BadInput naming the place and what was expected there."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(name, f"not TOML: {error}") from error
    if "text" in data:
        raise BadInput(name, "unknown key", "text")
    try:
        return checked({**data, "text": text}, Rubric)
    except Wrong as error:
        place = ".".join(str(part + 1 if isinstance(part, int) else part) for part in error.place)
        raise BadInput(name, error.problem, place) from error


def read_rubric(path: Path) -> Rubric:
    """The rubric in a file. Raises BadInput."""
    try:
        return parse_rubric(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise BadInput(str(path), f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadInput(path.name, f"not UTF-8 text (byte {error.start})") from error


@cache
def built_in_rubric() -> Rubric:
    text = Path(__file__).with_name(BUILT_IN).read_text(encoding="utf-8")
    return parse_rubric(text, BUILT_IN)


def _repeated(ids: Iterable[str]) -> str | None:
    return next((name for name, count in Counter(ids).items() if count > 1), None)
