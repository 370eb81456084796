"""What an outcome shows: exit codes, errors, prompts, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.hints.parsed import names, shortened
from reviewer.hints.rule import Finding, Seen, output_line
from reviewer.secrets import SECRETS, find_secrets
from reviewer.sieve import Sieve
from reviewer.trajectory import Step, StepStatus

_SAYS_NO = names("grep egrep fgrep rg ag diff cmp test [ which pgrep pidof type")
"""Programs that exit with 1 to say no."""


def exit_code(step: Step, seen: Seen) -> Iterator[Finding]:
    code = step.exit_code
    if not code:
        return
    last = seen.commands[-1] if seen.commands else None
    if code == 1 and last and (last.name in _SAYS_NO or last.text.startswith("[")) and not seen.screen.errors:
        return
    meaning = {
        124: ", which timeout uses",
        126: ", cannot be executed",
        127: ", not found",
        137: ", killed",
        139: ", crashed",
    }
    yield Finding(f"exit code {code}{meaning.get(code, '')}")


def timeout(step: Step, seen: Seen) -> Iterator[Finding]:
    if step.status is StepStatus.TIMEOUT:
        yield Finding("it did not end in time")
    elif step.status is StepStatus.RUNNING:
        yield Finding("it was still running when the output was taken")


_NOT_FOUND = re.compile(
    r"(?:.{0,80}: )?(?:line \d+: )?(?P<a>[\w./+\-]{1,60}): (?:command )?not found\s*$"
    r"|zsh: command not found: (?P<b>[\w./+\-]{1,60})"
    r"|Command '(?P<c>[\w./+\-]{1,60})' not found"
)


_SAYS_NOT_FOUND = Sieve("not found")


def command_not_found(step: Step, seen: Seen) -> Iterator[Finding]:
    if not (seen.commands and seen.screen.may_show(_SAYS_NOT_FOUND)):
        return
    reported = set()
    for line in seen.screen.lines:
        match = _NOT_FOUND.match(line.text)
        name = match and (match["a"] or match["b"] or match["c"])
        # The name stands in the command too: a log may tell of another machine's commands.
        if name and name not in reported and name.rpartition("/")[2] in step.command:
            reported.add(name)
            yield Finding(f"{name}: command not found", output_line(line.number))


def error_text(step: Step, seen: Seen) -> Iterator[Finding]:
    """An error on screen that the exit code does not tell of."""
    if step.exit_code or step.status is not StepStatus.OK or not seen.screen.errors:
        return
    line = seen.screen.errors[-1]
    if _NOT_FOUND.match(line.text):
        return
    told = "with exit code 0" if step.exit_code == 0 else "exit code unknown"
    yield Finding(f"error text, {told}: {shortened(line.text.strip(), 80)}", output_line(line.number))


_PROMPT = re.compile(
    r"(?i).{0,300}(?:"
    r"[\[(](?:y/n|yes/no|y/n/\w+|yes/no/\[fingerprint\])[^\])]{0,20}[\])]\s*[:?]?"
    r"|(?:password|passphrase|passcode)(?: for [^:]{1,60})?:"
    r"|(?:username|login)(?: for '[^']{1,100}')?:"
    r"|--more--(?:\(\d+%\))?|\(END\)|lines \d+-\d+(?:/\d+)?(?: \(END\)| \d+%)?"
    r"|(?:press|hit) (?:any key|enter|return)\b.{0,40}"
    r"|(?:continue|overwrite|proceed|are you sure)\b[^.:]{0,60}\?"
    r"|(?:enter|type|select|choose)\b.{0,80}[:>]"
    r")\s*"
)
_REPL = re.compile(
    r"(?:>>>|\.\.\.|(?:mysql|sqlite|postgres|MariaDB \[.*\]|\w+=[#>]|irb.*|ftp|gdb|\(gdb\)|\(Pdb\)|ipdb)>?) ?"
)


def waits_for_input(step: Step, seen: Seen) -> Iterator[Finding]:
    """A prompt is the last thing on screen, and nothing says that the program ended."""
    if step.action is None or step.exit_code is not None or (line := seen.screen.end) is None:
        return
    text = line.text.strip()
    if _PROMPT.fullmatch(text):
        yield Finding(f"the last line asks for input: {text[-60:]}", output_line(line.number))
    elif text in {":", "~"} or _REPL.fullmatch(text):
        yield Finding(f"the last line is a program's prompt: {text}", output_line(line.number))


_SECRET_VARIABLE = re.compile(r"\$\{?\w*(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|ACCESS_KEY|PRIVATE_KEY)\w*\}?")


def secret(step: Step, seen: Seen) -> Iterator[Finding]:
    kinds = set()
    for line in seen.screen.lines if seen.screen.may_show(SECRETS) else ():
        for found in find_secrets(line.text):
            if found.kind not in kinds:
                kinds.add(found.kind)
                yield Finding(f"the output shows what looks like a secret ({found.kind})", output_line(line.number))
    for command in seen.commands:
        prints = command.name in {"echo", "printf"} and not command.writes and command.after != "|"
        if prints and (match := _SECRET_VARIABLE.search(command.text)):
            yield Finding(f"prints {match[0]}", command.span)
