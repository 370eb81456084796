"""Colours: bash commands by their tokens, and the styles of rendered output as Rich knows them."""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color
from rich.style import Style

from reviewer import terminal
from tui.drawing import PLAIN, SHOWN, Look, Row

_LONGEST = 8 * 1024
"""Characters beyond which a command is not highlighted: the lexer takes most of a second on hostile text."""

_BY_TOKEN = {
    "Keyword": Style(color="magenta"),
    "Name.Builtin": Style(color="cyan"),
    "Name.Variable": Style(color="yellow"),
    "Literal.String": Style(color="green"),
    "Literal.Number": PLAIN,
    "Comment": Style(dim=True),
    "Operator": Style(bold=True),
    "Punctuation": Style(bold=True),
}


@lru_cache(maxsize=64)
def bash_lines(command: str) -> tuple[tuple[tuple[str, Style], ...], ...]:
    """A command's lines as styled spans. The characters are the command's own, none added and none lost."""
    if len(command) > _LONGEST:
        return tuple(((line, PLAIN),) for line in command.split("\n"))
    from pygments.lexers.shell import BashLexer

    lines: list[list[tuple[str, Style]]] = [[]]
    for token, text in BashLexer(stripnl=False, ensurenl=False).get_tokens(command):
        style = _style_of(str(token).removeprefix("Token."))
        for place, piece in enumerate(text.split("\n")):
            if place:
                lines.append([])
            if piece:
                lines[-1].append((piece, style))
    return tuple(tuple(line) for line in lines)


def _style_of(token: str) -> Style:
    while token:
        if token in _BY_TOKEN:
            return _BY_TOKEN[token]
        token = token.rpartition(".")[0]
    return PLAIN


def safe_row(spans: tuple[tuple[str, Style], ...], look: Look) -> Row:
    """The spans of a line with their hidden characters shown, set off; tabs go to the line's own stops."""
    row: Row = []
    column = 0
    for text, style in spans:
        expanded = ("." * column + text).expandtabs(4)[column:]
        column = (column + len(expanded)) % 4
        for piece, mark in terminal.clean_spans(expanded, ascii_only=look.ascii_only):
            row.append((piece, SHOWN if mark.shown else style))
    return row


def output_row(line: terminal.Line) -> Row:
    """A line of rendered output with Rich's styles."""
    return [(text, rich_style(style)) for text, style in line.spans]


@lru_cache(maxsize=1024)
def rich_style(style: terminal.Style) -> Style:
    if style.shown:
        return SHOWN
    if style == terminal.PLAIN:
        return PLAIN
    return Style(
        color=_colour(style.fg),
        bgcolor=_colour(style.bg),
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        reverse=style.reverse or None,
        strike=style.strike or None,
    )


def _colour(colour: terminal.Colour) -> Color | None:
    if colour is None:
        return None
    return Color.from_ansi(colour) if isinstance(colour, int) else Color.from_rgb(*colour)
