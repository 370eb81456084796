"""Colours: bash commands and Python cells by their tokens, and the styles of rendered output as Rich knows them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from rich.color import Color
from rich.style import Style

from reviewer import terminal
from reviewer.secrets import find_secrets
from reviewer.trajectory import Action
from tui.drawing import PLAIN, SECRET, SHOWN, Look, Row, mark

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Lines: TypeAlias = "tuple[tuple[tuple[str, Style], ...], ...]"

_LONGEST = 8 * 1024
"""Characters beyond which a command is not highlighted: the lexer takes most of a second on hostile text."""

_LONGEST_GUARDED = 2000
"""Characters of a line that are searched for secrets."""

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


_PYTHON = {"python", "python3", "ipython", "run_ipython", "execute_ipython_cell", "jupyter"}
"""Tools that run Python, in lower case."""


_is_plain = False


@contextmanager
def without_colours() -> Iterator[None]:
    """What is drawn meanwhile is plain, so that the first paint does not wait for the lexers (15 ms)."""
    global _is_plain
    _is_plain = True
    try:
        yield
    finally:
        _is_plain = False


def code_lines(command: str, action: Action) -> Lines:
    """An action's command as styled lines: bash or Python by their tokens, anything else plain."""
    if action.is_shell:
        return bash_lines(command)
    return _lines(command, "python" if action.tool.lower() in _PYTHON and not _is_plain else "")


def bash_lines(command: str) -> Lines:
    """A command's lines as styled spans. The characters are the command's own, none added and none lost."""
    return _lines(command, "" if _is_plain else "bash")


@lru_cache(maxsize=64)
def _lines(text: str, language: str) -> Lines:
    if not language or len(text) > _LONGEST:
        return tuple(((line, PLAIN),) for line in text.split("\n"))
    lexer = _lexer(language)
    lines: list[list[tuple[str, Style]]] = [[]]
    for token, piece in lexer.get_tokens(text):
        style = _style_of(str(token).removeprefix("Token."))
        for place, part in enumerate(piece.split("\n")):
            if place:
                lines.append([])
            if part:
                lines[-1].append((part, style))
    return tuple(tuple(line) for line in lines)


def _lexer(language: str) -> Lexer:
    if language == "python":
        from pygments.lexers.python import PythonLexer

        return PythonLexer(stripnl=False, ensurenl=False)
    from pygments.lexers.shell import BashLexer

    return BashLexer(stripnl=False, ensurenl=False)


def _style_of(token: str) -> Style:
    while token:
        if token in _BY_TOKEN:
            return _BY_TOKEN[token]
        token = token.rpartition(".")[0]
    return PLAIN


def safe_row(spans: Row, look: Look) -> Row:
    """The spans of a line with their hidden characters shown, set off; tabs go to the line's own stops."""
    row: Row = []
    column = 0
    for text, style in spans:
        expanded = ("." * column + text).expandtabs(4)[column:]
        column = (column + len(expanded)) % 4
        for piece, drawn in terminal.clean_spans(expanded, ascii_only=look.ascii_only):
            row.append((piece, SHOWN if drawn.shown else style))
    return row


def with_secrets(row: Row) -> Row:
    """A row with the secrets in it marked, as far as their shapes tell."""
    text = "".join(text for text, _ in row)
    if len(text) <= _LONGEST_GUARDED:
        for secret in find_secrets(text):
            row = mark(row, secret.start, secret.end, SECRET)
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
