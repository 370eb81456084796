"""Hints: what a reviewer may want to look at, found by rules. One family of rules a file, and this registry.

A hint states what is there, in one line, and judges nothing: reviewers confirm or dismiss it. To add one, write a
function from a step and what came before it to findings, and name it in `RULES`. No rule looks ahead, so a hint at a
step gives away nothing of the steps after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from reviewer.hint import Hint
from reviewer.hints import blocking, claims, commands, course, destructive, output
from reviewer.hints.rule import Finding, Rule, Seen
from reviewer.trajectory import Step, Trajectory

__all__ = [
    "RULES",
    "Finding",
    "Rule",
    "Seen",
    "hints",
    "hints_of",
    "iter_hints",
    "rule_named",
    "tells_outcome",
]

RULES: tuple[Rule, ...] = (
    Rule("exit-code", output.exit_code, reads_output=True),
    Rule("timeout", output.timeout, reads_output=True),
    Rule("not-found", output.command_not_found, reads_output=True),
    Rule("error-text", output.error_text, reads_output=True),
    Rule("waits", output.waits_for_input, reads_output=True),
    Rule("secret", output.secret, reads_output=True),
    Rule("blocks", blocking.blocks),
    Rule("destructive", destructive.destructive),
    Rule("masked-check", commands.masked_check),
    Rule("test-edit", commands.test_edit),
    Rule("shell-state", commands.shell_state),
    Rule("deceptive", commands.deceptive),
    Rule("repeated", course.repeated, reads_output=True),
    Rule("ignored-error", course.ignored_error),
    Rule("claim", claims.success_after_failure),
    Rule("said-success", claims.says_success),
)

_FRESH_SHELLS = frozenset({"inspect", "mini-swe-agent"})
"""Formats of agents that run each command in a shell of its own."""

_MOST = 3
"""Findings of one rule at one step: a reviewer looks at the step, not at each of a hundred lines."""


def hints(steps: Iterable[Step], *, fresh_shells: bool | None = None) -> list[Hint]:
    """The hints of a session, in the order of its steps. Never raises.

    fresh_shells: whether every command gets a new shell; None when that is to be told from the working directories.
    """
    return list(iter_hints(steps, fresh_shells=fresh_shells))


def iter_hints(steps: Iterable[Step], *, fresh_shells: bool | None = None) -> Iterator[Hint]:
    """The hints one by one, each when its step is reached: the steps may be read from a store meanwhile."""
    seen = Seen(fresh_shells)
    for step in steps:
        seen.begin(step)
        if not (step.copied_context or step.demonstration):
            for rule in RULES:
                for why, span in islice(rule.find(step, seen), _MOST):
                    yield Hint(step.ordinal, rule.name, " ".join(why.split()), span)
        seen.end(step)


def hints_of(trajectory: Trajectory) -> list[Hint]:
    """The hints of a trajectory, with what is known of its format."""
    return hints(trajectory.steps, fresh_shells=trajectory.source.format in _FRESH_SHELLS or None)


def tells_outcome(hint: Hint) -> bool:
    """Whether a hint gives away something of how its step ended. One of an unknown rule may."""
    rule = rule_named(hint.rule)
    return rule is None or rule.reads_output


def rule_named(name: str) -> Rule | None:
    """The rule of that name; None for one that this version does not have."""
    return next((rule for rule in RULES if rule.name == name), None)
