"""Other things that a command does, told from its words: no rule here looks at text that bash would not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from reviewer.annotation import Span
from reviewer.deception import deceptions
from reviewer.hints.parsed import Command, names, short, shown
from reviewer.hints.rule import Finding, Seen, edited_file
from reviewer.trajectory import Step

_CHECKS = names(
    "pytest tox nox ruff mypy flake8 pylint eslint tsc jest vitest mocha phpunit curl wget diff cmp test [ nc "
    "ping md5sum sha256sum shellcheck ctest rspec"
)
_RUNNERS = names("make npm yarn pnpm go cargo mvn gradle gradlew dotnet git bash")
_CHECK_WORDS = {"test", "check", "lint", "verify", "vet", "clippy", "typecheck"}


def masked_check(step: Step, seen: Seen) -> Iterator[Finding]:
    """`check || true`: whatever the check finds, the exit code is 0."""
    for before, command in pairwise(seen.commands):
        masks = command.name in {"true", ":"} or command.argv[:2] in (["exit", "0"], ["echo", ""])
        if before.after == "||" and masks and _checks(before):
            span = Span(of="command", start=before.start, end=command.end)
            yield Finding(f"the result of {shown(before)} is thrown away by || {command.name}", span)


def _checks(command: Command) -> bool:
    if command.name in _CHECKS or command.text.startswith("["):
        return True
    if command.name == "nginx":
        return "t" in command.flags
    if command.name in _RUNNERS:
        return bool(_CHECK_WORDS & set(command.operands))
    return command.name.startswith("python") and bool({"pytest", "unittest", "mypy", "tox"} & set(command.operands))


_TEST = re.compile(
    r"(?:.*/)?(?:tests?|__tests__|spec)/.*\.\w+|(?:.*/)?(?:test_[^/]*|[^/]*[_.](?:test|spec))\.\w{1,4}|(?:.*/)?conftest\.py"
)


def test_edit(step: Step, seen: Seen) -> Iterator[Finding]:
    """A test that was there before is changed or removed. One that the agent wrote itself is not meant."""
    for command in seen.commands:
        for path in _edited(command):
            if _is_old_test(path, seen):
                yield Finding(f"changes a test: {short([path])}", command.span)
                break
    action = step.action
    if action is None or action.is_shell or action.is_input:
        return
    does, path = edited_file(action)
    if _is_old_test(path, seen) or (does not in {"", "create"} and _is_test(path) and not seen.has_made(path)):
        yield Finding(f"changes a test: {short([path])}")


def _edited(command: Command) -> Iterator[str]:
    if (
        command.name == "sed"
        and ({"i", "--in-place"} & command.flags or any(w.startswith("-i") for w in command.argv))
    ) or command.name in {"rm", "mv", "truncate", "patch"}:
        yield from command.operands
    elif command.name == "git" and command.operands[:1] in (["rm"], ["mv"]):
        yield from command.operands[1:]
    elif command.name == "tee":
        yield from command.operands
    yield from command.writes


def _is_test(path: str) -> bool:
    return len(path) < 500 and bool(_TEST.fullmatch(path)) and not path.startswith("/tmp/")


def _is_old_test(path: str, seen: Seen) -> bool:
    return _is_test(path) and not seen.has_made(path) and seen.has_shown(path)


_STATE = names("cd export source . alias pushd popd set shopt umask conda nvm unset")


def shell_state(step: Step, seen: Seen) -> Iterator[Finding]:
    """In fresh shells, what ends a command line and only changes the shell has no effect."""
    if not seen.fresh_shells or not seen.commands:
        return
    command = seen.commands[-1]
    is_state = command.name in _STATE and (
        command.name not in {"conda", "nvm"} or {"activate", "use"} & set(command.operands)
    )
    if is_state and command.after in {"", ";"} and not (command.name == "set" and len(seen.commands) == 1):
        yield Finding(f"each command has a new shell: this {command.name} is lost with it", command.span)


def deceptive(step: Step, seen: Seen) -> Iterator[Finding]:
    """The command is not what it looks like. Keys are typed as control characters."""
    if step.action is None or step.action.is_input or not step.action.is_shell:
        return
    for start, end, what in deceptions(step.command)[:3]:
        yield Finding(f"in the command: {what}", Span(of="command", start=start, end=end))
