"""What terminus answers in: JSON or XML with the keys to press, words about them, and whether the task is done.

Source: terminal-bench's and Harbor's agents/terminus_1.py and terminus_2/ (terminus_json_plain_parser.py,
terminus_xml_plain_parser.py and the prompts of both).

JSON: `{"analysis", "plan", "commands": [{"keystrokes", "duration"}], "task_complete"}`; terminus-1 calls the first
two `state_analysis` and `explanation`. XML: `<response>` with `<analysis>`, `<plan>`, `<commands>` of `<keystrokes
duration="0.1">`, and `<task_complete>`; nothing in it is escaped, and its end may be missing. Words may stand around
either. That the task is done is a call of its own, `mark_task_complete`, as in Harbor's trajectories.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from reviewer.formats.fields import strict

TOOL = "bash_command"
"""What Harbor calls the pressing of keys."""
_DONE = "mark_task_complete"

_WORDS = ("state_analysis", "explanation", "analysis", "plan")
_KEYSTROKES = re.compile(r"<keystrokes([^<>]*)>")
_DURATION = re.compile(r"""duration\s*=\s*["'](\d{1,6}(?:\.\d{1,6})?)["']""")


@dataclass(frozen=True)
class Answer:
    """said: its words by their name. commands: objects with `keystrokes`."""

    said: dict[str, str]
    commands: list[dict[str, Any]]
    is_done: bool = False

    @property
    def thought(self) -> str:
        """Its words as terminus puts them into its own trajectories."""
        return "\n".join(f"{name.replace('_', ' ').capitalize()}: {words}" for name, words in self.said.items())

    @property
    def calls(self) -> list[tuple[str, dict[str, Any]]]:
        """Tool and arguments of each call, as terminus puts them into its own trajectories."""
        pressed: list[tuple[str, dict[str, Any]]] = [(TOOL, command) for command in self.commands]
        return [*pressed, (_DONE, {})] if self.is_done else pressed


def read_answer(text: str) -> Answer | None:
    """The answer that a text is; None for one that terminus would not read."""
    return _of_json(text) or _of_xml(text)


def _of_json(text: str) -> Answer | None:
    start = text.find("{")
    try:
        answer = strict(json.JSONDecoder().raw_decode(text, start)[0]) if start >= 0 else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict):
        return None
    commands = answer.get("commands")
    if not isinstance(commands, list) or not all(map(_presses, commands)):
        return None
    said = {name: answer[name] for name in _WORDS if isinstance(answer.get(name), str)}
    return Answer(said, commands, str(answer.get("task_complete")).lower() == "true")


def _presses(command: Any) -> bool:
    return isinstance(command, dict) and isinstance(command.get("keystrokes"), str)


def _of_xml(text: str) -> Answer | None:
    _, tag, rest = text.partition("<response>")
    body = rest.partition("</response>")[0]
    commands = _element(body, "commands")
    is_done = (_element(body, "task_complete") or "").strip().lower() == "true"
    if not tag or (commands is None and not is_done):
        return None
    said = {name: words.strip() for name in _WORDS if (words := _element(body, name)) is not None}
    return Answer(said, _pressed(commands or ""), is_done)


def _element(text: str, name: str) -> str | None:
    """What stands in the first element of that name."""
    _, opened, rest = text.partition(f"<{name}>")
    content, closed, _ = rest.partition(f"</{name}>")
    return content if opened and closed else None


def _pressed(commands: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    position = 0
    while match := _KEYSTROKES.search(commands, position):
        end = commands.find("</keystrokes>", match.end())
        if end < 0:
            break
        duration = _DURATION.search(match[1])
        beside = {"duration": float(duration[1])} if duration else {}
        found.append({"keystrokes": commands[match.end() : end]} | beside)
        position = end
    return found
