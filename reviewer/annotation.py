"""The kinds of annotation: the small closed set of things a person can say.

An annotation is the value of an event (reviewer/event.py). Which step it is about, and whose it is, stand in the
event's subject, not here. Fields that a newer version added are kept when an older one edits the value.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from reviewer.errors import ErrataError

AGENT = "agent"
"""The option that is the agent's own action; every other option is a suggestion's slot."""

UNSURE = "unsure"


class Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


class Span(Value):
    """A part of a step: characters [start, end) of the command, or lines [start, end) of the output."""

    of: Literal["command", "output"]
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Rating(Value):
    """How good an option is at its step, on the rubric's scale (-1, 0, 1 by default), or "unsure"."""

    kind: Literal["rating"] = "rating"
    value: int | Literal["unsure"]


class Mistake(Value):
    """A mistake of the agent's.

    code: one of the rubric's. severity: 1 minor, 2 serious, 3 fatal. confidence: 1 to 3.
    recovered_at: the step that repaired it. follows: the step whose mistake this one results from.
    """

    kind: Literal["mistake"] = "mistake"
    code: str
    severity: int = Field(default=2, ge=1, le=3)
    note: str = ""
    span: Span | None = None
    recovered_at: int | None = Field(default=None, ge=1)
    follows: int | None = Field(default=None, ge=1)
    confidence: int | None = Field(default=None, ge=1, le=3)


class Suggestion(Value):
    """A better action at a step, one step only: a command, a thought, or both."""

    kind: Literal["suggestion"] = "suggestion"
    command: str = ""
    thought: str = ""
    rationale: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Suggestion:
        if not (self.command.strip() or self.thought.strip()):
            message = "a suggestion needs a command or a thought"
            raise ValueError(message)
        return self


class Comment(Value):
    """A remark on a step, a part of it, or the whole; `to_lead` makes it a question to the data lead."""

    kind: Literal["comment"] = "comment"
    text: str = Field(min_length=1)
    to_lead: bool = False
    replies_to: str | None = None
    span: Span | None = None


class Answer(Value):
    """The answer to one of the rubric's questions: the id of a choice, or free text."""

    kind: Literal["answer"] = "answer"
    value: str = Field(min_length=1)


class HintAnswer(Value):
    """Whether an automatic hint was right."""

    kind: Literal["hint"] = "hint"
    confirmed: bool


class Decisive(Value):
    """Which mistake decided the session. One register a review, so that there is at most one."""

    kind: Literal["decisive"] = "decisive"
    mistake: str


class Reveal(Value):
    """The reviewer chose to see what the rubric's reveal policy still hid, up to and with step `through`."""

    kind: Literal["reveal"] = "reveal"
    through: int = Field(ge=1)


class Submission(Value):
    """The review's state, set by its author. `covers` are the ids of the events it stands for.

    A reopened review is the next revision; what was submitted before stays in the log.
    """

    kind: Literal["submission"] = "submission"
    state: Literal["submitted", "reopened"]
    revision: int = Field(default=1, ge=1)
    covers: tuple[str, ...] = ()


AnyValue = Annotated[
    Rating | Mistake | Suggestion | Comment | Answer | HintAnswer | Decisive | Reveal | Submission,
    Field(discriminator="kind"),
]
_adapter: TypeAdapter[AnyValue] = TypeAdapter(AnyValue)

KINDS = ("rating", "mistake", "suggestion", "comment", "answer", "hint", "decisive", "reveal", "submission")


def parse_value(data: dict[str, Any]) -> AnyValue | None:
    """The annotation in an event's value; None for a kind that this version does not know.

    Raises ErrataError for a known kind whose fields are wrong.
    """
    if data.get("kind") not in KINDS:
        return None
    try:
        return _adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = "".join(f"{part}: " for part in first["loc"][1:])
        problem = {"string_unicode": "not Unicode text", "string_too_short": "it is empty"}.get(first["type"])
        message = f"not a well-formed {data['kind']}: {place}{problem or first['msg'].removeprefix('Value error, ')}"
        raise ErrataError(message) from error


def dump_value(value: Value) -> dict[str, Any]:
    """A value as JSON-ready data; fields that are None or "" and not required are left out.

    What a newer version added is kept whatever it is.
    """
    kept = {"kind", "value", "code", "text", *(value.model_extra or ())}
    return {key: item for key, item in value.model_dump(mode="json").items() if item not in (None, "") or key in kept}
