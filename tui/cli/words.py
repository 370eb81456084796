"""What an event or a step says, in words."""

from __future__ import annotations

from reviewer.annotation import (
    AGENT,
    Answer,
    Comment,
    Decisive,
    HintAnswer,
    Mistake,
    Rating,
    Reveal,
    Submission,
    Suggestion,
)
from reviewer.event import Event
from reviewer.rubric import Rubric
from reviewer.trajectory import Step, StepStatus

_SEVERITIES = {1: "minor", 2: "serious", 3: "fatal"}


def say_event(event: Event, rubric: Rubric, command: str = "") -> str:
    """What was said, for one line or several: "rated bad", "mistake B1 false premise, serious: ...".

    command: the step's, to quote the part that a mistake points at.
    """
    slot = event.subject.slot
    match event.annotation:
        case Rating(value=value):
            return f"{'' if slot == AGENT else 'suggestion '}rated {rubric.rating_name(value)}"
        case Mistake() as mistake:
            name = next((f" {code.name}" for code in rubric.code if code.id == mistake.code), "")
            note = f": {mistake.note}" if mistake.note else ""
            return f"mistake {mistake.code}{name}, {_SEVERITIES[mistake.severity]}{_more_of(mistake, command)}{note}"
        case Suggestion() as suggestion:
            said = [
                suggestion.command and f"better: {suggestion.command}",
                suggestion.thought and f"better thought: {suggestion.thought}",
                suggestion.rationale and f"because: {suggestion.rationale}",
            ]
            return "\n".join(filter(None, said))
        case Comment() as comment:
            return f"{'question to the lead' if comment.to_lead else 'comment'}: {comment.text}"
        case Answer(value=value):
            return f"{slot}: {value}"
        case HintAnswer(confirmed=confirmed):
            return f"hint {slot} {'confirmed' if confirmed else 'dismissed'}"
        case Decisive():
            return "decisive mistake chosen"
        case Reveal(through=through):
            return f"revealed through step {through}"
        case Submission() as submission:
            return f"{submission.state}, revision {submission.revision}"
        case None:
            kind = event.subject.kind
            return f"{kind} withdrawn" if event.value is None else f"{kind} (from a newer Errata)"


def _more_of(mistake: Mistake, command: str) -> str:
    parts = []
    if mistake.span and mistake.span.of == "output":
        parts.append(f"output lines {mistake.span.start + 1}-{mistake.span.end}")
    elif mistake.span and command:
        parts.append(f"at `{command[mistake.span.start : mistake.span.end]}`")
    if mistake.follows:
        parts.append(f"follows step {mistake.follows}")
    if mistake.recovered_at:
        parts.append(f"repaired at step {mistake.recovered_at}")
    return "".join(f", {part}" for part in parts)


def say_result(step: Step) -> str:
    """How a step ended: "exit 1, 0.4s". An unknown exit code is said to be unknown."""
    parts = ["exit unknown" if step.exit_code is None else f"exit {step.exit_code}"]
    if step.status is not StepStatus.OK:
        parts.append(step.status.replace("_", " "))
    if step.duration is not None:
        parts.append(f"{step.duration:.1f}s")
    if step.truncated_by_producer:
        parts.append("output cut by the harness")
    return ", ".join(parts)
