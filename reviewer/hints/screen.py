"""An output as the rules see it: its first and last lines without colours, and the errors in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from reviewer.hints.parsed import Command, looks_only
from reviewer.sieve import Sieve

HEAD, TAIL = 10_000, 20_000
"""Characters that are read at the beginning and at the end of a long output."""

_LINE = 500
"""Characters of a line that are read."""


class ScreenLine(NamedTuple):
    """A line and its number in the output, from 0."""

    number: int
    text: str


_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[()][0-9A-B]|[=>78])"
)


class Screen:
    """What is left of an output when it was long: its head and its tail."""

    def __init__(self, output: str, commands: Sequence[Command], *, is_shell: bool = True) -> None:
        self._output = output
        self._commands = commands
        self._is_shell = is_shell

    @cached_property
    def _texts(self) -> list[str]:
        output = self._output
        texts = [output] if len(output) <= HEAD + TAIL else [output[:HEAD], output[-TAIL:]]
        return [_SEQUENCE.sub("", text) if "\x1b" in text else text for text in texts]

    def may_show(self, sieve: Sieve) -> bool:
        """False only when no line has what the sieve lets through. Then no line need be looked at."""
        return any(map(sieve.may_match, self._texts))

    @cached_property
    def lines(self) -> list[ScreenLine]:
        head, *tail = self._texts
        if not tail:
            return _lines(head, 0)
        passed = self._output.count("\n", 0, len(self._output) - TAIL)
        return _lines(head, 0)[:-1] + _lines(tail[0], passed)[1:]

    @cached_property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def end(self) -> ScreenLine | None:
        """The last line that is not blank."""
        return next((line for line in reversed(self.lines) if line.text.strip()), None)

    @cached_property
    def errors(self) -> list[ScreenLine]:
        """The lines with which a program says that something went wrong; of another tool, the first that it says.

        What a program was asked to show (a log, a file, the output of grep) may hold any error: where all that ran is
        such a program, only what it says itself counts.
        """
        if not self._is_shell:
            said = [line for line in self.lines[:_TOOL_SAYS] if line.text.strip()]
            is_error = said and _TOOL_ERROR.match(said[0].text)
            return said[len(said) > 1 and said[0].text.strip().endswith(":") :][:1] if is_error else []
        if not self.may_show(_ERRORS):
            return []
        shows = all(map(looks_only, self._commands))
        pattern = _OWN_ERROR if shows else _ERROR
        found = [line for line in self.lines if pattern.match(line.text) and not _NO_ERROR.search(line.text)]
        return [line for line in found if not shows or _is_own(line.text, self._commands)]


def _lines(text: str, first: int) -> list[ScreenLine]:
    # Of a line that was rewritten, the last state is what was on screen.
    rows = text.split("\n")
    return [ScreenLine(first + at, row.rstrip("\r").rpartition("\r")[2][:_LINE]) for at, row in enumerate(rows)]


_SAYS = (
    r"command not found|No such file or directory|Permission denied|not a directory|Is a directory"
    r"|cannot (?:access|open|stat|create|remove|find|read|execute)|Operation not permitted|syntax error"
    r"|unrecognized (?:option|arguments?)"
    r"|invalid option|unexpected (?:EOF|token)|No space left on device|Connection refused|Could not resolve host"
    r"|not recognized as"
)
_OWN_ERROR = re.compile(rf"(?i)(?P<who>[\w./+\-]{{1,60}}): .{{0,300}}?(?:{_SAYS})")
_ERROR = re.compile(
    rf"(?i:[\w./+\-]{{1,60}}: .{{0,300}}?(?:{_SAYS}))"
    r"|Traceback \(most recent call last\):"
    r"|(?:\w+\.)*\w*(?:Error|Exception)(?:: |$)"
    r"|(?i:\s{0,4}(?:fatal|fatal error|error|panic|abort(?:ed)?):? ?(?:\[[\w\d]+\])?: ?\S)"
    r"|ERROR: \S|E: \S|E +[\w.]*Error\b|npm (?:ERR!|error)|make(?:\[\d+\])?: \*\*\*|FAILED(?: |$|\()"
    r"|=+ (?:.{0,40}, )?\d+ (?:failed|error)|Segmentation fault|Killed$|curl: \(\d+\)"
    r"|\S{1,200}:\d+(?::\d+)?: (?:fatal )?error: "
    r"|(?i:command not found|build failed|compilation terminated|test(?:s|ing)? failed)"
)
_TOOL_SAYS = 5
"""In which of its first lines a tool that is no shell says that it failed."""

_TOOL_ERROR = re.compile(
    r"(?i)\s{0,4}(?:<tool_use_error>"
    r"|(?:\w+ )?error(?::|\s*$| (?:editing|executing|in|reading|running|validating|when|while) )"
    r"|no replacement was performed|invalid `|your proposed edit has introduced|edit failed)"
)
_ERRORS = Sieve(
    rf"(?i:(?:^|[\r\n])[^\s:]+: [^\n]*(?:{_SAYS}))"
    r"|(?i:(?:fatal|error|panic|abort|aborted):? ?(?:\[[^\n\]]+\])?:|npm (?:ERR!|error))"
    r"|Traceback \(most recent|Error|Exception|: \*\*\*|FAILED|Segmentation fault|Killed|curl: \("
    r"|(?:^|[\r\n])(?:E: |=+ [^\n]*(?:failed|error))"
    r"|(?i:(?:^|[\r\n])(?:command not found|build failed|compilation terminated|test(?:s|ing)? failed))"
)
"""Lets through every text with a line that `_OWN_ERROR` or `_ERROR` matches."""

_NO_ERROR = re.compile(r"(?i)^W: |\b(?:0 errors?|no errors?|errors?: 0|0 failed|error: none)\b")


def _is_own(line: str, commands: Sequence[Command]) -> bool:
    match = _OWN_ERROR.match(line)
    who = match["who"].rpartition("/")[2] if match else ""
    return who in {"bash", "sh", "zsh", "-bash", "line"} or any(who == command.name for command in commands)
