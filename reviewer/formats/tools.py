"""From a tool call to an Action: which tools are shells, and what of the arguments is the command."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from reviewer.formats.fields import parse
from reviewer.trajectory import Action

SHELLS = {
    *("bash", "bash_command", "cmd", "exec", "exec_command", "execute_bash", "execute_command", "local_shell"),
    *("run_bash", "run_command", "run_in_terminal", "run_shell", "run_shell_command", "run_terminal_cmd"),
    *("sh", "shell", "shell_command", "terminal", "zsh"),
}
"""Tools that run bash, in lower case."""

_COMMANDS = ("command", "cmd", "keystrokes")
"""Arguments that hold what a shell runs."""

_BESIDE = {
    *("background", "blocking", "cwd", "description", "duration", "env", "is_background", "is_input", "reset"),
    *("restart", "run_in_background", "security_risk", "timeout", "timeout_ms", "timeout_sec"),
    *("workdir", "working_directory", "yield_time_ms"),
}
"""Arguments that go beside a shell's command: a tool that takes a command and only these is a shell, whatever its
name."""

_TELLING = ("code", "pattern", "query", "path", "file_path", "filename", "url", "message")
"""Of several arguments of a tool that is no shell, the one that tells what it did; the first of these."""

_CONTROL = re.compile(r"[CMS]-\S{1,8}")
_KEY = re.compile(
    _CONTROL.pattern
    + r"|Enter|Escape|B?Tab|B?Space|Up|Down|Left|Right|Home|End|Page(?:Up|Down)|[NP]Page|DC|IC|F\d\d?"
)
"""A key as tmux names it, which is how terminal agents press it. Other tools know the control keys only."""


def to_action(tool: str, arguments: Any, call_id: str | None = None) -> Action:
    """The action that a call of a tool is. Arguments may be an object, its JSON, or any text that a model wrote."""
    if isinstance(arguments, str):
        try:
            arguments = parse(arguments) if arguments.strip() else {}
        except ValueError:
            # Kept as the model wrote it. It is no command, so it is not shown as one.
            return Action(tool, arguments, is_shell=False, call_id=call_id)
    if isinstance(arguments, str):
        return Action(tool, arguments, is_shell=tool.lower() in SHELLS, call_id=call_id)
    if not isinstance(arguments, dict):
        return Action(tool, "" if arguments is None else _json(arguments), is_shell=False, call_id=call_id)
    if name := _command_argument(tool, arguments):
        rest = {key: value for key, value in arguments.items() if key != name}
        command = _command_line(arguments[name])
        is_input = _is_input(command, typed=name == "keystrokes") or rest.get("is_input") in (True, "true", "True")
        return Action(tool, command, is_shell=not is_input, is_input=is_input, call_id=call_id, arguments=rest)
    name = _telling_argument(arguments)
    if name is None:
        return Action(tool, _json(arguments), is_shell=False, call_id=call_id)
    rest = {key: value for key, value in arguments.items() if key != name}
    return Action(tool, arguments[name], is_shell=False, call_id=call_id, arguments=rest)


def _command_argument(tool: str, arguments: Mapping[str, Any]) -> str | None:
    """The argument that holds the command, when this tool runs bash."""
    name = next((name for name in _COMMANDS if _is_command(arguments.get(name))), None)
    is_shell = tool.lower() in SHELLS or arguments.keys() - _BESIDE == {name}
    return name if is_shell else None


def _is_command(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(word, str) for word in value))


def _command_line(command: str | list[str]) -> str:
    """A command as a person would type it: ["bash", "-lc", "ls"] is ls."""
    if isinstance(command, str):
        return command
    match command:
        case [shell, "-c" | "-lc", line] if shell.rpartition("/")[2] in ("bash", "sh", "zsh"):
            return line
    return shlex.join(command)


def _is_input(command: str, *, typed: bool) -> bool:
    """Whether it goes to a program that runs already: nothing (to wait), a key, or a line without its Enter."""
    if not command.strip() or (_KEY if typed else _CONTROL).fullmatch(command.strip()):
        return True
    return typed and not command.endswith(("\n", "\r"))


def _telling_argument(arguments: Mapping[str, Any]) -> str | None:
    names = tuple(name for name in arguments if name not in _BESIDE)
    candidates = names if len(names) == 1 else _TELLING
    return next((name for name in candidates if isinstance(arguments.get(name), str) and arguments[name]), None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
