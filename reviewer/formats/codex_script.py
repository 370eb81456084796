"""Codex's scripts: in code mode the model writes JavaScript for the tool `exec`, and that calls the other tools.

Source: codex-rs/core/src/tools/code_mode (description.md, mod.rs), and rollouts of versions 0.149 to 0.153.

A script calls `tools.NAME(…)`, with an object or a text, and prints what it chooses with `text(…)`. Its output begins
with "Script completed", "failed", "terminated" or "running with cell ID N", and "Wall time N seconds", "Output:";
then comes an item for each text, all of them in one when they were too long. A command's own result is an object:
`output`, `wall_time_seconds`, and `exit_code`, or `session_id` while it runs.

The calls are steps of their own when all that they are given stands in the script. What was printed goes with them
when there is one result for each, else it stands at the last. Any other script is one step, as it stands.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from reviewer.formats.codex_output import without_minus_one
from reviewer.formats.conversation import Result
from reviewer.formats.fields import Node, parse
from reviewer.trajectory import StepStatus

T = TypeVar("T")

TOOLS = ("exec", "functions.exec")
"""The tool that runs scripts, as it is called in a rollout."""

_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`)"""
    r"""|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\d_.]*)|(?P<mark>.)""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\r\n": ""}
_FILLED = re.compile(r"(?<!\\)(?:\\\\)*\$\{")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}
_BRANCHES = {"if", "for", "while", "do", "switch", "function", "?", "&", "|", ">"}
"""After these a call may be made never, or often; `?.` is none of them."""
_LONGEST = 200_000
"""Characters of a script that is read; patches are the longest."""
_LARGEST = 2**31
"""Numbers that are no exit code and no duration."""

_HEAD = re.compile(
    r"Script (?P<end>completed|failed|terminated|running with cell ID \S+)\r?\n"
    r"(?:Wall time:? (?P<seconds>\d{1,12}(?:\.\d{0,12})?) seconds?\r?\n)?(?:Output:\r?\n?)?"
)
_CUT = "Warning: truncated output (original token count: "


def calls_in(script: str) -> list[tuple[str, Any]]:
    """The tools that a script calls and what it gives them; none when any of it is not in its text."""
    if len(script) > _LONGEST:
        return []
    try:
        return list(_Script(script).calls())
    except (ValueError, RecursionError):
        return []


def read_results(output: Node, count: int) -> list[Result]:
    """What a script that made so many calls gave back, for each of them; none when it is no script's output."""
    parts = output.elements() if isinstance(output.value, list) else [output]
    first = parts[0].part() if parts and isinstance(parts[0].value, str | dict) else ""
    head = _HEAD.match(first)
    if not head:
        return []
    items = [item for item in (first[head.end() :], *(part.part() for part in parts[1:])) if item]
    values = [_value(item) for item in items]
    if count > 1 and len(values) == 1 and isinstance(values[0], list):
        values, items = values[0], [json.dumps(value, ensure_ascii=False) for value in values[0]]
    own = [_own(value) for value in values]
    if len(own) == count and any(own) and head["end"] == "completed":
        return [result or Result(item) for result, item in zip(own, items, strict=True)]
    printed = "\n".join(items)
    result = (own[0] if count == len(own) == 1 else None) or Result(printed, truncated=printed.startswith(_CUT))
    if count == 1 and result.seconds is None and head["seconds"]:
        result.seconds = float(head["seconds"])
    if head["end"] != "completed":
        result.status = StepStatus.RUNNING if head["end"].startswith("running") else StepStatus.ERROR
    return [*(Result(None) for _ in range(count - 1)), result]


def _own(value: Any) -> Result | None:
    """What a script printed, as the result of a command, where it printed that as it was."""
    if not isinstance(value, dict):
        return None
    if value.get("status") in ("fulfilled", "rejected"):  # of Promise.allSettled
        if "reason" in value:
            return Result(str(value["reason"]), status=StepStatus.ERROR)
        return _own(value.get("value"))
    text, code, seconds = value.get("output"), _number(value, "exit_code"), _number(value, "wall_time_seconds")
    if not isinstance(text, str) or (code is None and seconds is None):
        return None
    result = Result(text, exit_code=None if code is None else int(code), seconds=seconds)
    result.truncated = text.startswith(_CUT)
    if "session_id" in value and code is None:
        result.status = StepStatus.RUNNING
    return without_minus_one(result)


def _number(value: dict[str, Any], name: str) -> float | None:
    number = value.get(name)
    return float(number) if isinstance(number, int | float) and abs(number) < _LARGEST else None


def _value(item: str) -> Any:
    try:
        return parse(item) if item[:1] in ("{", "[") else None
    except ValueError:
        return None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


_END = _Token("end", "")


class _Script:
    """A script's tokens, and what can be read of it without running it. Raises ValueError for anything else."""

    def __init__(self, script: str) -> None:
        found = _TOKEN.finditer(script)
        self._tokens = [_Token(str(token.lastgroup), token[0]) for token in found if token.lastgroup != "space"]
        self._at = 0
        self._known = self._constants()

    def calls(self) -> Iterator[tuple[str, Any]]:
        """Every use of `tools`, which must be a call that is made once and with known arguments."""
        is_certain = True
        while (token := self._next()) is not _END:
            if token == _Token("name", "tools"):
                if not is_certain:
                    raise ValueError("made never, or often")
                yield self._call()
            elif token.text in _BRANCHES and self._peek().text != ".":
                is_certain = False

    def _call(self) -> tuple[str, Any]:
        self._expect(".")
        name = self._next().text
        self._expect("(")
        value = {} if self._peek().text == ")" else self._value()
        if self._peek().text == ",":
            self._next()
        self._expect(")")
        return name, value

    def _constants(self) -> dict[str, Any]:
        """What is known by a name: the words, and each text that alone has its name, as in const NAME = "…"."""
        tokens = [*self._tokens, _END, _END, _END, _END]
        declared = [index + 1 for index, token in enumerate(self._tokens) if token == _Token("name", "const")]
        names = Counter(tokens[index].text for index in declared)
        known = dict(_WORDS)
        for index in declared:
            name, equals, text, after = tokens[index : index + 4]
            is_alone = after.kind in ("name", "end") or after.text == ";"
            if names[name.text] == 1 and equals.text == "=" and text.kind == "string" and is_alone:
                with suppress(ValueError):
                    known[name.text] = _unquoted(text.text)
        return known

    def _value(self) -> Any:
        token = self._next()
        if token.kind == "string":
            return _unquoted(token.text)
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "name":
            return self._named(token.text)
        if token.text == "[":
            return list(self._listed("]", self._value))
        if token.text == "{":
            return dict(self._listed("}", self._member))
        raise ValueError(token.text)

    def _named(self, name: str) -> Any:
        if name not in self._known:
            raise ValueError(name)
        return self._known[name]

    def _member(self) -> tuple[str, Any]:
        token = self._next()
        if token.kind == "string":
            key = _unquoted(token.text)
        elif token.kind == "name":
            key = token.text
            if self._peek().text in (",", "}"):
                return key, self._named(key)
        else:
            raise ValueError(token.text)
        self._expect(":")
        return key, self._value()

    def _listed(self, end: str, read: Callable[[], T]) -> Iterator[T]:
        while self._peek().text != end:
            yield read()
            if self._peek().text != end:
                self._expect(",")
        self._next()

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, mark: str) -> None:
        if self._next() != _Token("mark", mark):
            raise ValueError(mark)


def _unquoted(text: str) -> str:
    """What a quoted text says. Raises ValueError where it is put together from others."""
    if text[0] == "`" and _FILLED.search(text):
        raise ValueError(text)
    said = _ESCAPE.sub(_unescaped, text[1:-1])
    return said.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # pairs become one character


def _unescaped(match: re.Match[str]) -> str:
    code = match[1] or match[2] or match[3]
    return chr(int(code, 16)) if code else _ESCAPES.get(match[4], match[4])
