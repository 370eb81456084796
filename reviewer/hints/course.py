"""What several steps show together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.hints.parsed import names, shortened
from reviewer.hints.rule import Finding, Seen
from reviewer.trajectory import Step


def repeated(step: Step, seen: Seen) -> Iterator[Finding]:
    """The same command failed before, and since then nothing was done but to look around."""
    if step.action is None or step.action.is_input or not (step.failed or seen.screen.errors):
        return
    command = " ".join(step.command[:2000].split())
    for past in reversed(seen.past):
        if past.command == command:
            if past.failed and command:
                yield Finding(f"the same command failed in step {past.ordinal}, and nothing was changed since")
            return
        if not past.looked_only:
            return


_ADMITS = re.compile(
    r"(?i)\b(?:error|fail|issue|problem|missing|fix|not found|unable|can(?:'t|not)|(?:do|does|did|is)(?:n't| not)"
    r"|try|instead|wrong|retry|again|unfortunately|however|different|alternative|warning|broken|install|timed? ?out"
    r"|stuck|debug|no\b|unexpected|sorry|apolog|mistake|typo|invalid|exception|resol|adjust|without|refus|den(?:y|ied))"
)
_WORD = re.compile(r"[A-Za-z]{4,}")
_COMMON = names("error file directory such command found line most recent call last with from")


def ignored_error(step: Step, seen: Seen) -> Iterator[Finding]:
    """The screen before showed an error, and neither the thought nor the action has a word of it."""
    last = seen.last
    if step.action is None or last is None or not last.error or step.action.is_input:
        return
    said = f"{step.thought[:5000]} {step.reasoning[:5000]} {step.prompt[:2000]}"
    done = step.command[:5000]
    if _ADMITS.search(said):
        return
    words = {word.lower() for word in _WORD.findall(f"{last.error} {last.command[:500]}")} - _COMMON
    if words & {word.lower() for word in _WORD.findall(f"{said} {done}")}:
        return
    yield Finding(f"no word of the error in step {last.ordinal}: {shortened(last.error.strip(), 60)}")
