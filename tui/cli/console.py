"""What the command line prints. Text leaves through here only, so that nothing in it can command the terminal.

A pipe gets the same safe text as a terminal: what goes into a file is looked at on a terminal later.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

import click

from reviewer.terminal import clean

_BAR = 20
_REDRAW_SECONDS = 0.1


def say(text: str = "", *, err: bool = False, **style: Any) -> None:
    """Print text made safe, its lines kept. `style` is click.style's, used where colour is wanted."""
    stream = sys.stderr if err else sys.stdout
    safe = clean(text, ascii_only=not speaks_utf8(stream))
    click.echo(click.style(safe, **style) if style and has_colour(stream) else safe, err=err)


def complain(message: str) -> None:
    """The one line on stderr that says what went wrong."""
    say(f"errata: {one_line(message)}", err=True)


def note(message: str) -> None:
    """A line on stderr that is no error: it must not mix with data in a pipe."""
    say(message, err=True)


def say_json(value: Any) -> None:
    """Print a value as indented JSON in ASCII, which any text survives and no terminal obeys."""
    click.echo(json.dumps(strict(value), indent=2))


def say_json_line(value: Any) -> None:
    """Print a value as one line of JSON in ASCII."""
    click.echo(json.dumps(strict(value)))


def strict(value: Any) -> Any:
    """The value without NaN and infinities, which JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    return value


def one_line(text: str) -> str:
    """A text of several lines or tabs as one line."""
    return " ".join(text.split())


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 step", "2 steps"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def has_colour(stream: TextIO) -> bool:
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # it was closed
        return False


def speaks_utf8(stream: TextIO | None) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"


def width() -> int | None:
    """How wide a line may be; None in a pipe, where nothing is cut."""
    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None


class Draw(Protocol):
    """Draws a bar."""

    def __call__(self, done: int, total: int, name: str, how_far: str = "") -> None: ...


@contextmanager
def progress(label: str) -> Iterator[Draw]:
    """A bar on stderr while that is a terminal, nothing otherwise. Call what it gives with done, total and a name;
    and with how far that is, where "3/7" does not say it.
    """
    if not has_cursor(sys.stderr):
        yield lambda done, total, name, how_far="": None
        return
    drawn = 0.0

    def draw(done: int, total: int, name: str, how_far: str = "") -> None:
        nonlocal drawn
        now = time.monotonic()
        if now - drawn < _REDRAW_SECONDS:
            return
        drawn = now
        full = _BAR * done // max(total, 1)
        line = f"{label} [{'#' * full}{'.' * (_BAR - full)}] {how_far or f'{done}/{total}'} {one_line(name)}"
        line = clean(line, ascii_only=True)[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write(f"\r{line}\x1b[K")
        sys.stderr.flush()

    try:
        yield draw
    finally:
        if drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def has_cursor(stream: TextIO | None) -> bool:
    """Whether a line on it can be drawn over."""
    return is_terminal(stream) and os.environ.get("TERM", "") not in ("", "dumb")
