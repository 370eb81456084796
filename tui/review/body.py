"""A step's thought and command as rows; its output is laid out in output.py."""

from __future__ import annotations

from rich.style import Style

from reviewer.annotation import Span as Part
from reviewer.edits import arguments_beside, diff_of
from reviewer.secrets import find_secrets
from reviewer.trajectory import Step
from tui.drawing import (
    BAD,
    BOLD,
    DIM,
    GOOD,
    INFO,
    PLAIN,
    REVERSE,
    SECRET,
    Look,
    Row,
    mark,
    mark_found,
    wrap_row,
    wrap_text,
)
from tui.highlight import code_lines, safe_row, with_secrets

_DIFF = {"+": GOOD, "-": BAD, " ": PLAIN, "@": INFO}


def command_rows(step: Step, look: Look, width: int, part: Part | None, find: str) -> list[Row]:
    """The command, highlighted when it is bash or Python, the chosen part reversed; an edit as a diff; arguments."""
    action = step.action
    if action is None:
        return []
    command = step.command.rstrip("\n")
    diff = diff_of(action)
    if diff and "\n" in command:  # the command is the edit, which the diff shows
        command = command.split("\n")[0] + look.ellipsis
    secrets = find_secrets(command)
    rows: list[Row] = []
    start = 0
    prompt = "$ " if action.is_shell and not action.is_input else "> "
    for number, spans in enumerate(code_lines(command, action)):
        line = list(spans)
        for secret in secrets:
            line = mark(line, secret.start - start, secret.end - start, SECRET)
        if part:
            line = mark(line, part.start - start, part.end - start, REVERSE + BOLD)
        row: Row = [(f" {prompt}" if number == 0 else "   ", DIM), *mark_found(safe_row(line, look), find)]
        rows += wrap_row(row, width, "     ", at_blanks=True)
        start += sum(len(text) for text, _ in spans) + 1
    for sign, text in diff:
        line = with_secrets([(text, _DIFF[sign])])
        row = [(f" {look.ellipsis if sign == '@' else sign} ", _DIFF[sign]), *safe_row(line, look)]
        rows += wrap_row(mark_found(row, find), width, f" {look.wraps} ")
    for name, value in arguments_beside(action, diff):
        for text in wrap_text(look.text(f"{name}: {value}".strip()), width - 4):
            rows.append(mark_found([("   ", PLAIN), (text, DIM)], find))
    return rows


def chosen_rows(rows: list[Row]) -> range:
    """Which of a command's rows have something of the chosen part in them."""
    chosen = [at for at, row in enumerate(rows) if any(style.reverse and style.bold for _, style in row)]
    return range(chosen[0], chosen[-1] + 1) if chosen else range(0)


def prompt_rows(step: Step, look: Look, width: int, find: str) -> list[Row]:
    """What the user or the harness said to the agent just before."""
    return _prose(step.prompt, INFO, look, width, find)


def thought_rows(step: Step, look: Look, width: int, find: str) -> list[Row]:
    """What the agent wrote, and its hidden reasoning."""
    reasoning = f"reasoning: {step.reasoning.strip()}" if step.reasoning.strip() else ""
    return _prose(step.thought, PLAIN, look, width, find) + _prose(reasoning, DIM, look, width, find)


def _prose(text: str, style: Style, look: Look, width: int, find: str) -> list[Row]:
    lines = wrap_text(look.text(text.strip().replace("\r\n", "\n")), width - 2) if text.strip() else []
    return [mark_found([(" ", PLAIN), (line, style)], find) for line in lines]
