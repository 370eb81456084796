"""The kinds of annotation: the small closed set of things a person can say.

An annotation is the value of an event (reviewer/event.py). Which step it is about, and whose it is, stand in the
event's subject, not here. Fields that a newer version added are kept when an older one edits the value.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from msgspec import Meta, Struct, to_builtins

from reviewer.checked import Wrong, checked
from reviewer.errors import ErrataError

AGENT = "agent"
"""The option that is the agent's own action; every other option is a suggestion's slot."""

UNSURE = "unsure"


Natural: TypeAlias = Annotated[int, Meta(ge=0)]
Ordinal: TypeAlias = Annotated[int, Meta(ge=1)]
Grade: TypeAlias = Annotated[int, Meta(ge=1, le=3)]
Said: TypeAlias = Annotated[str, Meta(min_length=1)]


class _Growing(Struct, frozen=True, kw_only=True):
    """newer: the fields that a newer version added, None when there are none."""

    newer: dict[str, Any] | None = None


class Span(_Growing, frozen=True, omit_defaults=True):
    """A part of a step: characters [start, end) of the command, or lines [start, end) of the output."""

    of: Literal["command", "output"]
    start: Natural
    end: Natural


class Value(_Growing, frozen=True):
    """An annotation, of one of the kinds below."""

    kind: ClassVar[str]


class Rating(Value, frozen=True):
    """How good an option is at its step, on the rubric's scale (-1, 0, 1 by default), or "unsure"."""

    kind: ClassVar = "rating"
    value: int | Literal["unsure"]


class Mistake(Value, frozen=True):
    """A mistake of the agent's.

    code: one of the rubric's. severity: 1 minor, 2 serious, 3 fatal. confidence: 1 to 3.
    recovered_at: the step that repaired it. follows: the step whose mistake this one results from.
    """

    kind: ClassVar = "mistake"
    code: str
    severity: Grade = 2
    note: str = ""
    span: Span | None = None
    recovered_at: Ordinal | None = None
    follows: Ordinal | None = None
    confidence: Grade | None = None


class Suggestion(Value, frozen=True):
    """A better action at a step, one step only: a command, a thought, or both."""

    kind: ClassVar = "suggestion"
    command: str = ""
    thought: str = ""
    rationale: str = ""

    def __post_init__(self) -> None:
        if not (self.command.strip() or self.thought.strip()):
            message = "a suggestion needs a command or a thought"
            raise ValueError(message)


class Comment(Value, frozen=True):
    """A remark on a step, a part of it, or the whole; `to_lead` makes it a question to the data lead."""

    kind: ClassVar = "comment"
    text: Said
    to_lead: bool = False
    replies_to: str | None = None
    span: Span | None = None


class Answer(Value, frozen=True):
    """The answer to one of the rubric's questions: the id of a choice, or free text."""

    kind: ClassVar = "answer"
    value: Said


class HintAnswer(Value, frozen=True):
    """Whether an automatic hint was right."""

    kind: ClassVar = "hint"
    confirmed: bool


class Decisive(Value, frozen=True):
    """Which mistake decided the session. One register a review, so that there is at most one."""

    kind: ClassVar = "decisive"
    mistake: str


class Reveal(Value, frozen=True):
    """The reviewer chose to see what the rubric's reveal policy still hid, up to and with step `through`."""

    kind: ClassVar = "reveal"
    through: Ordinal


class Submission(Value, frozen=True):
    """The review's state, set by its author. `covers` are the ids of the events it stands for.

    A reopened review is the next revision; what was submitted before stays in the log.
    """

    kind: ClassVar = "submission"
    state: Literal["submitted", "reopened"]
    revision: Ordinal = 1
    covers: tuple[str, ...] = ()


AnyValue: TypeAlias = Rating | Mistake | Suggestion | Comment | Answer | HintAnswer | Decisive | Reveal | Submission

_KINDS: dict[str, type[AnyValue]] = {kind.kind: kind for kind in get_args(AnyValue)}
KINDS = tuple(_KINDS)


def parse_value(data: dict[str, Any]) -> AnyValue | None:
    """The annotation in an event's value; None for a kind that this version does not know.

    Raises ErrataError for a known kind whose fields are wrong.
    """
    name = data.get("kind")
    if name not in KINDS:
        return None
    try:
        fields = _known(data, _KINDS[name])
        if isinstance(span := fields.get("span"), dict):
            fields["span"] = _known(span, Span)
        return checked(fields, _KINDS[name])
    except Wrong as error:
        message = f"not a well-formed {name}: {''.join(f'{part}: ' for part in error.place)}{error.problem}"
        raise ErrataError(message) from error


def _known(data: dict[str, Any], kind: type[_Growing]) -> dict[str, Any]:
    """The fields that a kind has, and the others as `newer`."""
    known = set(kind.__struct_fields__) - {"newer"}
    newer = {name: item for name, item in data.items() if name not in known and name != "kind"}
    return {name: item for name, item in data.items() if name in known} | {"newer": newer or None}


def dump_value(value: Value) -> dict[str, Any]:
    """A value as JSON-ready data; fields that are None or "" and not required are left out.

    What a newer version added is kept whatever it is.
    """
    data: dict[str, Any] = to_builtins(value)
    if data.get("span"):
        data["span"] |= data["span"].pop("newer", None) or {}
    newer = data.pop("newer") or {}
    kept = {"value", "code", "text"}
    return {
        "kind": value.kind,
        **{name: item for name, item in data.items() if item not in (None, "") or name in kept},
        **newer,
    }
