"""How a step's figures and a reviewer's judgements are written: short, in the same few letters everywhere."""

from __future__ import annotations

from rich.style import Style

from reviewer.annotation import AGENT, Answer, Comment, HintAnswer, Mistake, Rating, Suggestion
from reviewer.review import Entry, Review
from reviewer.rubric import Rubric
from reviewer.terminal import clean
from reviewer.trajectory import StepStatus
from store.trajectories import StepHead
from tui.drawing import BAD, BOLD, DIM, GOOD, INFO, PLAIN, WARN, Look, Row

SEVERITY = {1: "!", 2: "!!", 3: "!!!"}

RATING_MARK: dict[int | str, tuple[str, Style]] = {"unsure": (".", WARN), 0: ("0", PLAIN)}

_STATUS = {
    StepStatus.TIMEOUT: "time",
    StepStatus.RUNNING: "runs",
    StepStatus.REJECTED: "rej",
    StepStatus.NOT_EXECUTED: "n/x",
    StepStatus.FORMAT_ERROR: "fmt",
    StepStatus.ERROR: "err",
}


def rating_mark(value: int | str | None) -> tuple[str, Style]:
    """One character for a rating: + good, 0 neutral, - bad, . unsure, blank for none."""
    if value is None:
        return " ", PLAIN
    if value in RATING_MARK:
        return RATING_MARK[value]
    return ("+", GOOD) if isinstance(value, int) and value > 0 else ("-", BAD)


def exit_mark(step: StepHead) -> tuple[str, Style]:
    """The exit code, or what is known instead; "?" when nothing is: never blank for a command, never 0."""
    if step.command is None:
        return "", PLAIN
    if step.exit_code is not None:
        return str(step.exit_code), BAD if step.exit_code else PLAIN
    return _STATUS.get(step.status, "?"), WARN if step.status is not StepStatus.OK else DIM


def duration(seconds: float | None) -> str:
    """Seconds as 0.4s, 48.2s, 120s, 12m, 3h05; "" when unknown."""
    if seconds is None:
        return ""
    if seconds < 100:
        return f"{seconds:.1f}s"
    if seconds < 600:
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes}m" if minutes < 100 else f"{minutes // 60}h{minutes % 60:02d}"


DRAFT_KEYS = {"suggestion": "s", "comment": "c", "question": "!", "mistake": "m", "answer": "v"}
"""Which key opens a kept draft of a kind."""


def said_here(review: Review, step: int) -> list[Entry]:
    """What was said at a step, as it is shown: the rating first; a better action carries its own."""
    return [
        entry
        for entry in sorted(review.entries(step), key=lambda entry: entry.kind != "rating")
        if entry.kind != "reveal" and not (entry.kind == "rating" and entry.slot != AGENT)
    ]


def step_marks(review: Review, step: int) -> Row:
    """What was said at a step, in as few characters as it takes: B3!! = # *."""
    row: Row = []
    for entry in review.entries(step):
        match entry.value:
            case Mistake(code=code, severity=severity):
                star = "*" if entry.slot == review.decisive else ""
                row.append((f" {clean(code)}{SEVERITY[severity]}{star}", BAD))
            case Suggestion():
                row.append((" =", GOOD))
            case Comment(to_lead=True):
                row.append((" ?!", INFO))
            case Comment():
                row.append((" #", INFO))
    return row


def entry_row(entry: Entry, review: Review, rubric: Rubric, look: Look, command: str = "") -> Row:
    """What was said, in a line. `command` is the step's, to quote the part that a mistake points at."""
    contested: Row = [("  (said differently on another device: x picks)", WARN)] if entry.contested else []
    return [*_entry_row(entry, review, rubric, look, command), *contested]


def _entry_row(entry: Entry, review: Review, rubric: Rubric, look: Look, command: str) -> Row:
    value = entry.value
    match value:
        case Rating(value=rating):
            mark, style = rating_mark(rating)
            return [(f"{mark} ", style), (rubric.rating_name(rating), style)]
        case Mistake():
            name = next((code.name for code in rubric.code if code.id == value.code), "")
            row: Row = [("x ", BAD), (f"{look.text(value.code)} {name} {SEVERITY[value.severity]}", BAD + BOLD)]
            if entry.slot == review.decisive:
                row.append(("  * decisive", BAD))
                if review.decisive_is_contested:
                    row.append((" (another was, on another device: d picks)", WARN))
            if value.span and value.span.of == "output":
                row.append((f"  output lines {value.span.start + 1}-{value.span.end}", DIM))
            elif value.span and command:
                row.append((f"  at `{look.line_of(command[value.span.start : value.span.end])}`", DIM))
            if value.follows:
                row.append((f"  follows step {value.follows}", DIM))
            if value.recovered_at:
                row.append((f"  repaired at step {value.recovered_at}", DIM))
            if value.note:
                row.append((f"  {look.flat(value.note)}", PLAIN))
            return row
        case Suggestion():
            text = value.command or value.thought
            given = review.rating(entry.step, entry.slot)
            rated: Row = [(f" ({rubric.rating_name(given)})", rating_mark(given)[1])] if given is not None else []
            why: Row = [(f"  {look.flat(value.rationale)}", DIM)] if value.rationale else []
            return [("= ", GOOD), ("better", GOOD), *rated, (": ", GOOD), (look.flat_command(text), BOLD), *why]
        case Comment():
            who = "to the lead: " if value.to_lead else ""
            return [("# ", INFO), (who, INFO), (look.flat(value.text), PLAIN)]
        case HintAnswer():
            return [
                ("~ ", DIM),
                (f"hint {look.text(entry.slot)} {'confirmed' if value.confirmed else 'dismissed'}", DIM),
            ]
        case Answer():
            return [("v ", DIM), (f"{look.text(entry.slot)}: {look.line_of(value.value)}", PLAIN)]
    return [(f"  {look.text(entry.kind)}", DIM)]
