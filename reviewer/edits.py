"""Edits: what a call of an editing tool does to a file, as a diff.

The forms are those of the tools' own documentation: Anthropic's text editor (`old_str`, `new_str`, `file_text`,
`insert_line`), which OpenHands and SWE-agent took over, SWE-agent as a command line; Claude Code's Edit, MultiEdit
and Write (`old_string`, `new_string`, `edits`, `content`); SWE-agent's `edit N:M … end_of_edit`, `edit OLD NEW` and
`insert TEXT [LINE]`; Codex's apply_patch, whose text is a diff already. Nothing here reads a file: of a file that
is written anew only the new text is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from reviewer.trajectory import Action

_SHOWN_IN_DIFF = {
    *("command", "content", "edits", "file_text", "insert_line", "replace_all"),
    *("new_str", "new_string", "old_str", "old_string"),
}
_CONTEXT = 3
_LONGEST_COMPARED = 1000
"""Lines that are compared; of more, the old ones are shown and then the new ones."""

_WRITERS = {"write", "write_file", "create_file", "create"}
_EDIT_LINES = re.compile(r"edit (\d+):(\d+)\n(.*?)\n?(?:end_of_edit)?\s*\Z", re.DOTALL)
_PATCH = re.compile(r"\s*(?:\*\*\* Begin Patch\n|diff --git |--- .*\n\+\+\+ )")


class DiffLine(NamedTuple):
    """A line of a diff. mark: "-" goes, "+" comes, " " stays, "@" tells where."""

    mark: str
    text: str


def diff_of(action: Action) -> list[DiffLine]:
    """What an action changes, line by line; empty when it is no edit, or none of a known form."""
    if action.is_shell:
        return []
    if _PATCH.match(action.command):
        return list(_patch(action.command))
    arguments = dict(action.arguments) or _from_command_line(action)
    changes = arguments.get("edits")
    lines: list[DiffLine] = []
    for number, change in enumerate(changes if isinstance(changes, list) else [arguments], 1):
        if isinstance(change, Mapping):
            found = list(_change(action.tool, change))
            if found and isinstance(changes, list) and len(changes) > 1:
                lines.append(DiffLine("@", f"edit {number} of {len(changes)}"))
            lines += found
    return lines


def arguments_beside(action: Action, diff: list[DiffLine]) -> list[tuple[str, str]]:
    """The names and values of the arguments that the diff of an action does not show."""
    return [(name, str(value)) for name, value in action.arguments.items() if not diff or name not in _SHOWN_IN_DIFF]


def _change(tool: str, arguments: Mapping[str, Any]) -> Iterator[DiffLine]:
    old = _text(arguments, "old_str", "old_string")
    new = _text(arguments, "new_str", "new_string")
    if arguments.get("command") in ("view", "undo_edit"):
        return
    if old is not None or new is not None:
        if isinstance(line := arguments.get("insert_line"), int | str) and old is None:
            yield DiffLine("@", f"after line {line}")
        if lines := arguments.get("lines"):
            yield DiffLine("@", f"in the place of line{'s' if ' ' in str(lines) else ''} {lines}")
        if arguments.get("replace_all") in (True, "true"):
            yield DiffLine("@", "everywhere")
        yield from _diff(old or "", new or "")
    elif (text := _text(arguments, "file_text")) is not None or (
        tool.lower() in _WRITERS and (text := _text(arguments, "content")) is not None
    ):
        yield DiffLine("@", "the whole file")
        yield from _diff("", text)


def _text(arguments: Mapping[str, Any], *names: str) -> str | None:
    return next((arguments[name] for name in names if isinstance(arguments.get(name), str)), None)


def _from_command_line(action: Action) -> Mapping[str, Any]:
    """The arguments of SWE-agent's tools, which are commands in its shell."""
    command = action.command
    if replaced := _EDIT_LINES.match(command):
        first, last, text = replaced.groups()
        return {"new_str": text, "lines": first if first == last else f"{first} to {last}"}
    if not command.startswith(("str_replace_editor ", "edit ", "insert ")):
        return {}
    import shlex

    try:
        name, *words = shlex.split(command)
    except ValueError:
        return {}
    if name == "edit" and len(words) in (2, 3):
        return {"old_str": words[0], "new_str": words[1], "replace_all": words[2:] == ["replace-all"]}
    if name == "insert" and words:
        return {"new_str": words[0]} | ({"insert_line": words[1]} if words[1:] else {})
    options = {word.removeprefix("--"): value for word, value in pairwise(words) if word.startswith("--")}
    return {"command": words[0] if words else "", **options} if name == "str_replace_editor" else {}


def _patch(text: str) -> Iterator[DiffLine]:
    for line in text.strip("\n").split("\n"):
        if line[:1] in ("+", "-", " ") and not line.startswith(("+++ ", "--- ")):
            yield DiffLine(line[0], line[1:])
        elif line not in ("*** Begin Patch", "*** End Patch"):
            yield DiffLine("@", line.removeprefix("*** "))


def _diff(old: str, new: str) -> Iterator[DiffLine]:
    """The lines that go, come, and stay around these."""
    before, after = old.split("\n") if old else [], new.split("\n") if new else []
    if len(before) + len(after) > _LONGEST_COMPARED or not before or not after:
        yield from (DiffLine("-", line) for line in before)
        yield from (DiffLine("+", line) for line in after)
        return
    from difflib import SequenceMatcher

    for number, group in enumerate(SequenceMatcher(None, before, after).get_grouped_opcodes(_CONTEXT)):
        if number:
            yield DiffLine("@", "")
        for kind, a, b, c, d in group:
            if kind == "equal":
                yield from (DiffLine(" ", line) for line in before[a:b])
            else:
                yield from (DiffLine("-", line) for line in before[a:b])
                yield from (DiffLine("+", line) for line in after[c:d])
