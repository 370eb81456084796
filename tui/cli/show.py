"""`errata show`: a trajectory and its review, as text or as JSON."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any

import click

from reviewer.edits import arguments_beside, diff_of
from reviewer.errors import ErrataError
from reviewer.event import WHOLE
from reviewer.exports.annotations import annotation_row
from reviewer.terminal import LONGEST_REPLAY, addresses_screen, render_output, render_screens
from reviewer.trajectory import Step
from reviewer.withholding import WITHHELD
from store import Store
from store.outputs import Output
from store.session import ReviewSession
from tui.cli.console import counted, one_line, say, say_json
from tui.cli.options import Settings, common_options, example, json_option, pass_settings
from tui.cli.window import Window
from tui.cli.words import say_event, say_result

_FIRST_LINES, _LAST_LINES = 20, 10
_LINE_LENGTH = 400


@click.command(epilog=example("errata show 3 --step 12"))
@click.argument("ref")
@click.option("--step", "ordinal", type=click.IntRange(min=1), metavar="N", help="This step only, uncut.")
@click.option("--all", "everything", is_flag=True, help="Show what the rubric hides from you, too.")
@json_option
@common_options
@pass_settings
def show(settings: Settings, ref: str, ordinal: int | None, everything: bool, as_json: bool) -> None:
    """Show a trajectory, and what you have said about it.

    Long outputs are cut, and steps that the rubric hides until you have rated those before them are counted only. The
    JSON holds everything.
    """
    with settings.open() as store:
        session = store.session(settings.reviewer, store.trajectories.find(ref).id)
        if ordinal is not None:
            session.step(ordinal)  # says so when there is none
        if as_json:
            say_json(_as_data(store, session, ordinal))
        else:
            _print(session, ordinal, Window(session, everything=everything))


# -- as text


def _print(session: ReviewSession, ordinal: int | None, window: Window) -> None:
    if ordinal is not None:
        if not window.shows(ordinal):
            raise ErrataError(f"step {ordinal} is hidden until those before it are rated (--all shows it)")
        _print_step(session, session.step(ordinal), window, cut=False)
        return
    _print_head(session, window)
    for step in session.steps[: window.steps]:
        say()
        _print_step(session, session.step(step.ordinal), window, cut=True)
    if hidden := len(session.steps) - window.steps:
        say()
        say(f"({hidden} more are hidden until the steps before them are rated; --all shows them)")
    # Which mistake was decisive is said where that mistake stands.
    whole = [
        say_event(entry.event, session.rubric) for entry in session.review.entries(WHOLE) if entry.kind != "decisive"
    ] + _redacted(session, WHOLE)
    if whole:
        say()
        say("about the whole", bold=True)
        for text in whole:
            say(_prefixed("* ", text))


def _print_head(session: ReviewSession, window: Window) -> None:
    head, review = session.head, session.review
    rated, to_rate = session.judged_count
    say(one_line(head.title), bold=True)
    say(f"#{head.number}  {head.id}")
    size = f"{counted(head.steps, 'step')}, {counted(head.commands, 'command')}"
    say(f"{head.source.format}  {one_line(head.source.name)}  {size}")
    for name in ("agent", "model", "outcome"):
        value = getattr(head, name)
        if name in session.rubric.hide and head.source.format == WITHHELD:
            value = "(the lead keeps it)"
        elif name in window.hidden_fields:
            value = "(hidden until you have submitted)"
        if value:
            say(f"{name}: {one_line(value)}")
    say(f"review by {review.author}: {review.status}, {rated} of {to_rate} commands rated")
    if head.task.instructions:
        say()
        say("task", bold=True)
        say(_prefixed("  ", _prose(head.task.instructions)))
    if system := session.task.system.strip():
        say(f"with a system prompt of {counted(system.count(chr(10)) + 1, 'line')} (--json has it)")


def _print_step(session: ReviewSession, step: Step, window: Window, *, cut: bool) -> None:
    """A step. Each kind of text has its own start of line, so that an output cannot pass for something else."""
    where = f"  {one_line(step.cwd)}" if step.cwd else ""
    say(f"step {step.ordinal}  turn {step.turn}{where}", bold=True)
    for label, text in (("prompt: ", step.prompt), ("reasoning: ", step.reasoning), ("", step.thought)):
        if text.strip():
            say(_prefixed(f"  {label}", _prose(text)))
    if step.action:
        shell = step.action.is_shell
        say(_prefixed("$ " if shell else f"{one_line(step.action.tool)} ", step.command))
        diff = diff_of(step.action)
        for sign, text in diff:
            say(f"~ {sign} {text}")
        for name, text in arguments_beside(step.action, diff):
            say(_prefixed(f"  {name}: ", text))
    if window.shows(step.ordinal, "output"):
        if output := session.output(step.ordinal):
            lines = _output_lines(output)
            for line in _first_and_last(lines, f"--step {step.ordinal} shows them") if cut else lines:
                say(line)
        elif output is not None:
            say("(no output)")
        if step.action:
            say(say_result(step), fg="red" if step.failed else None)
    else:
        say("(the output is hidden until this command is rated; --all shows it)")
    for entry in session.review.entries(step.ordinal):
        decisive = entry.kind == "mistake" and session.review.decisive == entry.slot
        text = say_event(entry.event, session.rubric, step.command) + (" (decided the session)" if decisive else "")
        say(_prefixed("* ", text))
    for text in _redacted(session, step.ordinal):
        say(_prefixed("* ", text))


def _redacted(session: ReviewSession, step: int) -> list[str]:
    """What was said at a step and is redacted, a line each."""
    return [
        f"{event.subject.kind} redacted by {why.by}: {one_line(why.reason)}"
        for event, why in session.redactions
        if event.subject.step == step
    ]


def _output_lines(output: Output) -> Iterator[str]:
    """The output as a terminal would have shown it: its lines, or its screens one after the other."""
    screens = render_screens(text) if output.size <= LONGEST_REPLAY and addresses_screen(text := output.text) else []
    for number, screen in enumerate(screens, 1):
        if len(screens) > 1:
            yield f"-- screen {number} of {len(screens)}: {screen.ended}"
        yield from (f"| {line.text}" for line in screen.lines)
    for page in () if screens else output:
        yield from (f"| {line.text}" for line in render_output(page))


def _first_and_last(lines: Iterator[str], how: str) -> Iterator[str]:
    """The first and the last lines, shortened, and how many are left out between them: not one alone."""
    yield from map(_shortened, islice(lines, _FIRST_LINES))
    last: deque[str] = deque(maxlen=_LAST_LINES + 1)
    seen = 0
    for line in lines:
        last.append(line)
        seen += 1
    if seen > len(last):
        last.popleft()
        yield f"| ... {seen - _LAST_LINES} lines left out ({how})"
    yield from map(_shortened, last)


def _shortened(line: str) -> str:
    size = len(line) - len("| ")
    return line if size <= _LINE_LENGTH else f"{line[: _LINE_LENGTH - size]}... ({size:,} characters)"


def _prose(text: str) -> str:
    """A text in which the kind of line ends does not matter, as it would in a command."""
    return text.replace("\r\n", "\n").strip("\n")


def _prefixed(prefix: str, text: str) -> str:
    """The text with a prefix on its first line, and as many spaces on the others."""
    first, *others = text.split("\n")
    return "\n".join([prefix + first, *(" " * len(prefix) + line for line in others)])


# -- as JSON


def _as_data(store: Store, session: ReviewSession, ordinal: int | None) -> dict[str, Any]:
    trajectory = store.trajectories.trajectory(session.head.id)
    source, task = trajectory.source, trajectory.task
    return {
        "id": session.head.id,
        "number": session.head.number,
        "title": session.head.title,
        "source": {"format": source.format, "name": source.name, "sha256": source.sha256, "part": source.part},
        "task": {"id": task.id, "title": task.title, "instructions": task.instructions, "system": task.system},
        "agent": trajectory.agent,
        "model": trajectory.model,
        "outcome": trajectory.outcome,
        "started_at": trajectory.started_at,
        "totals": dict(trajectory.totals),
        "steps": [_step_data(session, step) for step in trajectory.steps if ordinal in (None, step.ordinal)],
        "review": _review_data(session),
    }


def _step_data(session: ReviewSession, step: Step) -> dict[str, Any]:
    action, review = step.action, session.review
    return {
        "ordinal": step.ordinal,
        "turn": step.turn,
        "prompt": step.prompt,
        "reasoning": step.reasoning,
        "thought": step.thought,
        "tool": action.tool if action else None,
        "command": action.command if action else None,
        "is_shell": action.is_shell if action else None,
        "is_input": action.is_input if action else None,
        "arguments": dict(action.arguments) if action else None,
        "output": step.output,
        "exit_code": step.exit_code,
        "status": step.status.value,
        "cwd": step.cwd,
        "started_at": step.started_at,
        "duration": step.duration,
        "usage": dict(step.usage),
        "truncated_by_producer": step.truncated_by_producer,
        "copied_context": step.copied_context,
        "sidechain": step.sidechain,
        "demonstration": step.demonstration,
        "pointer": step.pointer,
        "annotations": [annotation_row(entry, review) for entry in review.entries(step.ordinal)],
    }


def _review_data(session: ReviewSession) -> dict[str, Any]:
    review = session.review
    rated, to_rate = session.judged_count
    entries = review.entries()
    decisive = next((entry for entry in review.mistakes() if entry.slot == review.decisive), None)
    return {
        "reviewer": review.author,
        "status": review.status.value,
        "revision": review.revision,
        "rubric": session.rubric.version,
        "counts": {
            "rated": rated,
            "to_rate": to_rate,
            "mistakes": len(review.mistakes()),
            "suggestions": len(review.suggestions()),
            "comments": sum(entry.kind == "comment" for entry in entries),
        },
        "answers": {
            question.id: answer
            for question in session.rubric.question
            if (answer := review.answer(question.id)) is not None
        },
        "decisive": annotation_row(decisive, review) if decisive else None,
        "annotations": [annotation_row(entry, review) for entry in review.entries(WHOLE)],
        "redacted": [
            {"step": event.subject.step, "kind": event.subject.kind, "slot": event.subject.slot} | why._asdict()
            for event, why in session.redactions
        ],
        "active_ms": review.active_ms,
    }
