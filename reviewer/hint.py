"""A hint, apart from the rules that find hints: the screens need the one at once and the others seldom."""

from __future__ import annotations

from msgspec import Struct

from reviewer.annotation import Span


class Hint(Struct, frozen=True):
    """A finding at a step. `rule` and `step` name it in a hint answer."""

    step: int
    rule: str
    why: str
    span: Span | None = None
