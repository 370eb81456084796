"""What a rule is, and what it may know: the step, and what came before it."""

from __future__ import annotations

import posixpath
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from reviewer.annotation import Span
from reviewer.hints.parsed import Command, looks_only, parse
from reviewer.hints.screen import Screen
from reviewer.sieve import Sieve
from reviewer.trajectory import Action, Step


class Finding(NamedTuple):
    """What a rule found: one line, ours but for quoted words (clean them), and where. Lines count from 0."""

    why: str
    span: Span | None = None


class Rule(NamedTuple):
    """reads_output: it looks at the step's own outcome, so it tells something of it where that is still hidden."""

    name: str
    find: Callable[[Step, Seen], Iterable[Finding]]
    reads_output: bool = False


@dataclass(frozen=True)
class Past:
    """A step that is over, as far as later ones need it."""

    ordinal: int
    command: str
    failed: bool
    looked_only: bool
    error: str
    cwd: str | None
    moved_to: str
    """Where a `cd` at its end should have led, "" when there was none."""


_KEPT = 200
"""How many steps back a repetition is noticed."""

_PATHS = 4000
"""How many paths are remembered."""


class Seen:
    """What came before, kept small, and the present step's command and screen, each read once for all rules."""

    def __init__(self, fresh_shells: bool | None = None) -> None:
        self.fresh_shells = fresh_shells
        self.past: deque[Past] = deque(maxlen=_KEPT)
        self.made: set[str] = set()  # files and folders that the agent made itself
        self._made_names: set[str] = set()
        self.paths: OrderedDict[str, None] = OrderedDict()  # configuration and tests that were on screen, and the
        # names of tests, since a listing shows no more
        self.step = Step(0, 0)

    def begin(self, step: Step) -> None:
        self.step = step
        self.__dict__.pop("commands", None)
        self.__dict__.pop("screen", None)
        if self.past and self.fresh_shells is None and step.cwd and step.command.strip():
            # `cd` somewhere else, and the next command stands where the last one did: it was another shell.
            last = self.past[-1]
            if last.moved_to and last.cwd and last.moved_to != last.cwd and not last.failed:
                self.fresh_shells = step.cwd == last.cwd

    def end(self, step: Step) -> None:
        if step.action is None:
            return
        self._remember_files()
        self.past.append(
            Past(
                step.ordinal,
                " ".join(step.command[:2000].split()),
                step.failed or bool(self.screen.errors),
                bool(self.commands) and all(map(looks_only, self.commands)),
                self.screen.errors[0].text if self.screen.errors else "",
                step.cwd,
                self._moved_to(step.cwd),
            )
        )

    @cached_property
    def commands(self) -> list[Command]:
        """The present step's simple commands; none when it is no bash."""
        action = self.step.action
        return parse(action.command) if action and action.is_shell else []

    @cached_property
    def screen(self) -> Screen:
        return Screen(self.step.output or "", self.commands, is_shell=bool(self.commands))

    @property
    def last(self) -> Past | None:
        """The action before."""
        return self.past[-1] if self.past else None

    def _moved_to(self, cwd: str | None) -> str:
        if not (cwd and self.commands and self.commands[-1].name == "cd"):
            return ""
        target = self.commands[-1].operands[:1]
        if not target or target[0][:1] in {"~", "$", "-", "`"}:
            return ""
        return posixpath.normpath(posixpath.join(cwd, target[0]))

    def _remember_files(self) -> None:
        for command in self.commands:
            if command.name in {"mkdir", "touch"}:
                self._make(command.operands)
            elif command.name == "git" and command.argv[1:2] == ["clone"]:
                url, *folder = [word for word in command.argv[2:] if not word.startswith("-")] or [""]
                self._make([folder[0] if folder else posixpath.basename(url).removesuffix(".git")])
            self._make(path for path in command.writes if not self.has_shown(path))
        action = self.step.action
        does, path = edited_file(action) if action and not action.is_shell else ("", "")
        if does == "create" and not self.has_shown(path):
            self._make([path])
        for path in _PATH.findall(self.screen.text) if self.screen.may_show(_PATHS_OF_NOTE) else ():
            if not self.has_made(path):
                self.paths.update({path: None, posixpath.basename(path): None})
        while len(self.paths) > _PATHS:
            self.paths.popitem(last=False)

    def _make(self, paths: Iterable[str]) -> None:
        for path in paths:
            self.made.add(path)
            self._made_names.add(posixpath.basename(path))

    def has_made(self, path: str) -> bool:
        """Whether the agent made a file, told by its name: one step names it from here, another from there."""
        return path in self.made or posixpath.basename(path) in self._made_names

    def has_shown(self, path: str) -> bool:
        """Whether a file was on screen before the agent wrote to it, told by its name too."""
        return path in self.paths or posixpath.basename(path) in self.paths


_PATH = re.compile(
    r"(?<![\w/.\-])(?:/?(?:[\w.\-]{1,60}/){0,12}(?:test_[\w\-]{1,60}|[\w\-]{1,60}[_.](?:test|spec))\.\w{1,4}\b"
    r"|/etc/[\w.\-/]{1,200}|~/\.[\w.\-/]{1,100})"
)
_PATHS_OF_NOTE = Sieve(r"/etc/|~/\.|test_|[_.](?:test|spec)\.")
"""Lets through every text in which `_PATH` finds one."""

_EDITS = re.compile(r"(?i).*(?:edit|write|replace|insert|patch|create).*")
_EDIT_COMMANDS = {"str_replace", "insert", "create", "undo_edit"}
_CREATES = {"create", "write", "write_file", "create_file"}


def edited_file(action: Action) -> tuple[str, str]:
    """What a call of an editor does ("create", "str_replace", or just "edit"), and to which file; ("", "") for a call
    that edits none."""
    does = action.arguments.get("command")
    named = [action.command, *(action.arguments.get(key) for key in ("path", "file_path", "filename"))]
    if action.command.startswith(f"{action.tool} "):  # SWE-agent writes a call as a command line
        named = [*action.command[:600].split()[1:3]]
        does = named[0] if named and named[0] in _EDIT_COMMANDS | {"view"} else None
    if not _EDITS.fullmatch(action.tool) or (isinstance(does, str) and does not in _EDIT_COMMANDS):
        return "", ""
    path = next((name for name in named if isinstance(name, str) and re.fullmatch(r"\S*[/.]\S*", name[:500])), "")
    creates = does == "create" or action.tool.lower() in _CREATES
    return ("create" if creates else does if isinstance(does, str) else "edit"), path


def output_line(number: int) -> Span:
    """One line of the output."""
    return Span(of="output", start=number, end=number + 1)
