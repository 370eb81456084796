"""`errata annotate` and `errata submit`: what the review screen's keys do, for scripts."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import click
from click.exceptions import Exit

from reviewer.annotation import UNSURE, Answer, Comment, Mistake, Suggestion, Value, parse_value
from reviewer.errors import ErrataError
from reviewer.event import WHOLE, Event
from reviewer.rubric import Rubric
from store.session import ReviewSession
from tui.cli import NO
from tui.cli.console import complain, one_line, say, say_json_line
from tui.cli.options import Settings, common_options, example, json_option, pass_settings
from tui.cli.words import say_event


def _text(value: str) -> str:
    """Text as people write it. What a shell passes on may be any bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise click.BadParameter("not UTF-8 text") from None
    return value


def _answer(value: str) -> tuple[str, str]:
    """A question's id and the answer to it."""
    question, is_given, answer = _text(value).partition("=")
    if not is_given:
        raise click.BadParameter(f"{value!r} is not of the form QUESTION=VALUE")
    return question, answer


@click.command(epilog=example("errata annotate 3 --step 12 --rate bad --mistake B1 --note 'no GPU there'"))
@click.argument("ref")
@click.option("--step", type=click.IntRange(min=1), metavar="N", help="The step that it is about.")
@click.option("--rate", metavar="R", help="Rate the agent's action: good, neutral, bad, unsure, or a number.")
@click.option("--mistake", metavar="CODE", help="Mark a mistake, with one of the rubric's codes.")
@click.option("--severity", type=click.IntRange(1, 3), help="Of the mistake: 1 minor, 2 serious (default), 3 fatal.")
@click.option("--note", type=_text, metavar="TEXT", help="A note on the mistake.")
@click.option("--decisive", is_flag=True, help="The step's latest mistake decided the session.")
@click.option("--suggest", type=_text, metavar="CMD", help="Write the better command.")
@click.option("--why", type=_text, metavar="TEXT", help="Why the suggestion is better.")
@click.option("--comment", type=_text, metavar="TEXT", help="Comment on the step; without --step, on the whole.")
@click.option("--ask", type=_text, metavar="TEXT", help="Ask the data lead; without --step, about the whole.")
@click.option(
    "--answer", "answers", type=_answer, metavar="QUESTION=VALUE", multiple=True, help="Answer one of the questions."
)
@click.option("--undo", is_flag=True, help="Take back the latest act of this review.")
@click.option("--redo", is_flag=True, help="Do again what was undone last.")
@json_option
@common_options
@pass_settings
def annotate(settings: Settings, /, ref: str, as_json: bool, **said: Any) -> None:
    """Say something about a step, or about the whole.

    Several things can be said at once: all of them are saved, or none. Each event that was written is printed.
    """
    _check_usage(said)
    with settings.open(write=True) as store:
        session = store.session(settings.reviewer, store.trajectories.find(ref).id)
        known = set(session.review.events)
        with store.connection.transaction():
            _act(session, said)
        _print([event for id_, event in session.review.events.items() if id_ not in known], session.rubric, as_json)


@click.command(epilog=example("errata submit 3"))
@click.argument("ref")
@click.option("--reopen", is_flag=True, help="Make a submitted review writable again, as its next revision.")
@json_option
@common_options
@pass_settings
def submit(settings: Settings, ref: str, reopen: bool, as_json: bool) -> None:
    """Submit a review.

    It is read-only from then on. What the rubric requires must be there: a rating for every command, and an answer to
    each required question.
    """
    with settings.open(write=True) as store:
        session = store.session(settings.reviewer, store.trajectories.find(ref).id)
        _print(session.reopen() if reopen else session.submit(), session.rubric, as_json)


def _check_usage(said: dict[str, Any]) -> None:
    """Raises UsageError for options that do not go together. What they say is the session's to check."""
    given = {name for name, value in said.items() if value not in (None, False, ())}
    if not given - {"step"}:
        raise click.UsageError(
            "nothing to say; give --rate, --mistake, --suggest, --comment, --ask, --answer or --undo"
        )
    for alone in ("undo", "redo"):
        if alone in given and given != {alone}:
            raise click.UsageError(f"--{alone} stands alone")
    for name, other in {"severity": "mistake", "note": "mistake", "why": "suggest"}.items():
        if name in given and other not in given:
            raise click.UsageError(f"--{name} needs --{other}")
    for name in ("rate", "mistake", "decisive", "suggest"):
        if name in given and "step" not in given:
            raise click.UsageError(f"--{name} needs --step")


def _act(session: ReviewSession, said: dict[str, Any]) -> None:
    """Do what the options say, in the order in which a person would."""
    step = said["step"] or WHOLE
    for name in ("undo", "redo"):
        if said[name] and getattr(session, name)() is None:
            complain(f"there is nothing to {name}")
            raise Exit(NO)
    if said["rate"] is not None:
        session.rate(step, _rating(session.rubric, said["rate"]))
    if said["mistake"] is not None:
        fields = {name: said[name] for name in ("severity", "note") if said[name] is not None}
        session.mark(step, _value(Mistake, code=session.rubric.find_code(said["mistake"]).id, **fields))
    if said["decisive"]:
        session.decide(_latest_mistake(session, step))
    if said["suggest"] is not None:
        session.suggest(step, _value(Suggestion, command=said["suggest"], rationale=said["why"] or ""))
    for text, to_lead in ((said["comment"], False), (said["ask"], True)):
        if text is not None:
            session.comment(step, _value(Comment, text=text, to_lead=to_lead))
    for question, value in said["answers"]:
        session.answer(question, _value(Answer, value=value).value if value else "")


def _rating(rubric: Rubric, text: str) -> int | str:
    """The rating that a name or a number means; whether it is on the scale is the session's to check."""
    names = {point.name: point.value for point in rubric.scale}
    if text in names:
        return names[text]
    if text == UNSURE:
        return UNSURE
    try:
        return int(text)
    except ValueError:
        known = ", ".join(f"{name} ({value})" for name, value in names.items())
        raise ErrataError(f"{text!r} is not on the rubric's scale; it has {known} and {UNSURE}") from None


def _latest_mistake(session: ReviewSession, step: int) -> str:
    """The slot of the mistake that was marked last at a step, maybe just now."""
    marked = session.review.mistakes(step)
    if not marked:
        raise ErrataError(f"step {step} has no mistake that could be decisive; mark it with --mistake")
    return marked[-1].slot


V = TypeVar("V", bound=Value)


def _value(kind: type[V], **fields: Any) -> V:
    """An annotation of that kind. Raises ErrataError when it is not well formed."""
    value = parse_value({"kind": kind.kind, **fields})
    assert isinstance(value, kind)
    return value


def _print(events: list[Event], rubric: Rubric, as_json: bool) -> None:
    for event in events:
        if as_json:
            say_json_line(json.loads(event.encode()))
        else:
            step = event.subject.step
            say(f"{f'step {step}' if step else 'whole'}: {one_line(say_event(event, rubric))}")
