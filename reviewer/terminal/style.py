"""Styles and styled lines: what the renderings are made of, and SELECT GRAPHIC RENDITION, which sets them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, overload

from msgspec import Struct

TAB = 8

Colour: TypeAlias = "int | tuple[int, int, int] | None"


class Style(NamedTuple):
    """How a span is drawn. A colour is one of the 256 (0 to 15 are the terminal's own), an RGB triple, or None.

    shown: the text is ours, standing for a character or a sequence that was not obeyed. Draw it distinctly, or the
    agent could fake it.
    """

    fg: Colour = None
    bg: Colour = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False
    shown: bool = False


PLAIN = Style()
SHOWN = Style(shown=True)
LINE_END = Style(dim=True, shown=True)

Span: TypeAlias = tuple[str, Style]


class Line(Struct, frozen=True):
    """One line on the screen.

    number: the line of the source, from 1, in which it began. overwritten: how many earlier states of it were
    replaced, as by a progress bar.
    """

    spans: tuple[Span, ...]
    number: int
    overwritten: int = 0

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.spans)


class Rendered(Sequence[Line]):
    """The lines of an output, each built when it is asked for where that is possible.

    dropped: how many control sequences without a visible effect were left out. `render_raw` shows them.
    """

    def __init__(self, rows: Sequence[str | Line], build: Callable[[int, str], Line], dropped: int = 0) -> None:
        self._rows = rows
        self._build = build
        self.dropped = dropped

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        places = range(len(self._rows))[index]
        if isinstance(places, range):
            return [self[place] for place in places]
        row = self._rows[places]
        return row if isinstance(row, Line) else self._build(places + 1, row)


def legible(style: Style) -> Style:
    """The style, but that no text can hide in its own background."""
    return style if style.fg is None or style.fg != style.bg else style._replace(fg=None, bg=None)


_ATTRIBUTES: dict[int, dict[str, Any]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
    39: {"fg": None},
    49: {"bg": None},
}


@lru_cache(maxsize=4096)
def sgr(pen: Style, parameters: str) -> Style:
    """The pen after SELECT GRAPHIC RENDITION (ECMA-48 8.3.117); what it does not know it passes over.

    Colours come as `38;5;n`, `38;2;r;g;b` (xterm) or with colons (ISO 8613-6), where a colour space may precede r.
    """
    fields = iter(parameters.split(";"))
    for item in fields:
        first, *rest = item.split(":")
        code = int(first or 0)
        if code in (38, 48, 58):
            if rest:
                rest = rest[:1] + rest[2:] if len(rest) > 4 else rest
            else:
                kind = next(fields, "")
                rest = [kind, *(next(fields, "") for _ in range({"5": 1, "2": 3}.get(kind, 0)))]
            colour = _colour(rest)
            if colour is not None and code == 38:
                pen = pen._replace(fg=colour)
            elif colour is not None and code == 48:
                pen = pen._replace(bg=colour)
        elif code == 0:
            pen = PLAIN
        elif code == 4 and rest == ["0"]:
            pen = pen._replace(underline=False)
        elif code in _ATTRIBUTES:
            pen = pen._replace(**_ATTRIBUTES[code])
        elif 30 <= code <= 37 or 90 <= code <= 97:
            pen = pen._replace(fg=code - 30 if code < 90 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            pen = pen._replace(bg=code - 40 if code < 100 else code - 92)
    return PLAIN if pen == PLAIN else pen


def _colour(arguments: Sequence[str]) -> Colour:
    kind, *values = (int(argument or 0) for argument in arguments)
    if any(value > 255 for value in values):
        return None
    if kind == 5 and len(values) == 1:
        return values[0]
    return (values[0], values[1], values[2]) if kind == 2 and len(values) >= 3 else None
