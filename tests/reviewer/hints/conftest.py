"""Steps made on the spot, and what the rules find in them."""

from __future__ import annotations

from typing import Any

from reviewer.hint import Hint
from reviewer.hints import hints
from reviewer.trajectory import Action, Step, StepBuilder


def ran(command: str, output: str = "", code: int | None = None, **values: Any) -> dict[str, Any]:
    """A step that runs bash."""
    return {"action": Action("bash", command), "output": output, "exit_code": code} | values


def called(tool: str, text: str, /, output: str = "", **arguments: Any) -> dict[str, Any]:
    """A step that calls another tool."""
    return {"action": Action(tool, text, is_shell=False, arguments=arguments), "output": output}


def session(*values: dict[str, Any]) -> list[Step]:
    build = StepBuilder()
    for each in values:
        build.next_turn().add(**each)
    return build.steps


def found(*values: dict[str, Any], fresh_shells: bool | None = None) -> list[tuple[int, str]]:
    return [(hint.step, hint.rule) for hint in hints(session(*values), fresh_shells=fresh_shells)]


def rules(*values: dict[str, Any], fresh_shells: bool | None = None) -> set[str]:
    """The rules that fire at the last of these steps."""
    return {rule for step, rule in found(*values, fresh_shells=fresh_shells) if step == len(values)}


def hint(rule: str, *values: dict[str, Any], fresh_shells: bool | None = None) -> Hint:
    """The one hint of a rule."""
    (only,) = [hint for hint in hints(session(*values), fresh_shells=fresh_shells) if hint.rule == rule]
    return only
