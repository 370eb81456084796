"""What the agent says against what was on screen."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewer.hints.parsed import shortened
from reviewer.hints.rule import Finding, Seen
from reviewer.trajectory import Step

_SUCCESS = re.compile(
    r"(?i)\b(?:successful(?:ly)?|succeeded|all (?:\d+ )?(?:the )?tests? (?:now )?(?:are )?pass(?:ed|ing)?"
    r"|works? (?:now|correctly|as expected|fine|perfectly)|working (?:now|correctly|as expected|perfectly)"
    r"|(?:is|are|was|been|now) (?:now )?(?:fixed|resolved|completed?|done|solved|working)"
    r"|fixed the (?:bug|issue|problem|error)|task (?:is |has been )?completed?)\b"
)
_NOT_YET = re.compile(
    r"(?i)\b(?:will|would|should|could|let'?s|let me|need|if|once|when|until|verify|check|ensure|make sure|whether"
    r"|hope"
    r"|try|can|to be|may|might|must|not|unsuccessful\w*|before|after|so that|expect|see that|confirm|reproduc\w*"
    r"|no longer|but|however|except|although)\b|n't\b|\?"
)
_SENTENCE = re.compile(r"[^.!?\n]{1,400}[.!?\n]?")
_HANDS_IN = "COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
"""With these words mini-swe-agent hands in its work."""

_FINISHES = {"submit", "finish", "mark_task_complete", "task_complete", "attempt_completion", "complete"}


def success_after_failure(step: Step, seen: Seen) -> Iterator[Finding]:
    """Success is claimed, or the work handed in, right after something failed."""
    last = seen.last
    if last is None or not last.failed:
        return
    said = step.thought[-5000:]
    for match in _SENTENCE.finditer(said):
        if _SUCCESS.search(match[0]) and not _NOT_YET.search(match[0]):
            claim = shortened(" ".join(match[0].split()), 70)
            yield Finding(f"step {last.ordinal} failed, and this says: {claim}")
            return
    if step.action and (step.action.tool.lower() in _FINISHES or _HANDS_IN in step.command[:5000]):
        yield Finding(f"handed in right after step {last.ordinal} failed")


_SAID = re.compile(
    r"(?i)\ball\b.{0,30}\b(?:pass|ok|success)|\btests? (?:have |all )?pass|success|\b(?:works|verified|completed?)\b"
)


def says_success(step: Step, seen: Seen) -> Iterator[Finding]:
    """The command prints its own success, whatever ran before it: no && stands between."""
    for place, command in enumerate(seen.commands):
        joined = place and seen.commands[place - 1].after in {"&&", "||"}
        if command.name not in {"echo", "printf"} or joined or command.after == "|":
            continue
        if _HANDS_IN not in command.text and (match := _SAID.search(" ".join(command.argv[1:]))):
            yield Finding(f"prints {match[0]!r} itself, whatever happened before", command.span)
