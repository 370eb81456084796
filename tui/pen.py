"""Styles as a terminal takes them: the codes that change one into another, as few as there can be."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.style import Style


class Pen(NamedTuple):
    """What a terminal writes with, as codes of SGR. A colour "" is the terminal's own."""

    attributes: frozenset[str] = frozenset()
    foreground: str = ""
    background: str = ""
    shows_on_blanks: bool = False
    """Whether a blank that is written with it is seen."""


PLAIN = Pen()

_ATTRIBUTES = {"bold": "1", "dim": "2", "italic": "3", "underline": "4", "reverse": "7", "strike": "9"}
"""All that is ever asked of a terminal: nothing blinks, and nothing is hidden."""

_SEEN_ON_BLANKS = frozenset("479")


@lru_cache(maxsize=4096)
def pen_of(style: Style | None, colours: ColorSystem) -> Pen:
    """The pen of a style, on a terminal with so many colours."""
    if not style:
        return PLAIN
    attributes = frozenset(code for name, code in _ATTRIBUTES.items() if getattr(style, name))
    foreground, background = _codes(style.color, colours, True), _codes(style.bgcolor, colours, False)
    pen = Pen(attributes, foreground, background, bool(background or attributes & _SEEN_ON_BLANKS))
    return PLAIN if pen == PLAIN else pen


def _codes(colour: Color | None, colours: ColorSystem, is_foreground: bool) -> str:
    if colour is None or colour.is_default:
        return ""
    return ";".join(colour.downgrade(colours).get_ansi_codes(is_foreground))


@lru_cache(maxsize=4096)
def change(old: Pen, new: Pen) -> str:
    """What makes a terminal's pen another one."""
    if old == new:
        return ""
    if new == PLAIN:
        return "\x1b[m"
    colours = [(old.foreground, new.foreground), (old.background, new.background)]
    adds = old.attributes <= new.attributes and all(now or not was for was, now in colours)
    codes = [] if adds else ["0"]
    codes += sorted(new.attributes - old.attributes if adds else new.attributes)
    codes += [now for was, now in colours if now and not (adds and was == now)]
    return f"\x1b[{';'.join(codes)}m"
