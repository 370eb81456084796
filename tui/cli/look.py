"""`errata list` and `errata search`."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from click.exceptions import Exit
from rich.cells import cell_len, set_cell_size

from reviewer.event import WHOLE
from store.questions import Question, questions
from store.queue import QueueRow, queue
from tui.cli import NO
from tui.cli.console import complain, note, one_line, say, say_json, width
from tui.cli.options import Settings, common_options, example, json_option, pass_settings
from tui.cli.window import Window
from tui.titles import Titles


@click.command("list", epilog=example("errata list --json | jq '.[].id'"))
@click.option(
    "--questions", "asked", is_flag=True, help="List what reviewers ask the lead (! on the screens) instead."
)
@json_option
@common_options
@pass_settings
def list_(settings: Settings, asked: bool, as_json: bool) -> None:
    """List the trajectories, and how far each review is.

    The order is the queue's: those in work, those to do, those submitted. The questions are those of everybody whose
    work is in the store, by trajectory and step.
    """
    with settings.open() as store:
        if asked:
            _list_questions(questions(store), as_json=as_json)
            return
        rows = queue(store, settings.reviewer)
    if as_json:
        say_json([_as_data(row) for row in rows])
    elif rows:
        _print_table(rows)
    else:
        note("nothing here yet; `errata import PATH` brings trajectories in")


def _as_data(row: QueueRow) -> dict[str, object]:
    head = row.head
    return {
        "number": head.number,
        "id": head.id,
        "title": head.title,
        "format": head.source.format,
        "steps": head.steps,
        "commands": head.commands,
        "to_rate": row.judged_work,
        "status": row.status.value,
        "rated": row.rated,
        "mistakes": row.mistakes,
        "suggestions": row.suggestions,
        "comments": row.comments,
        "agent": head.agent,
        "model": head.model,
    }


def _list_questions(found: list[Question], *, as_json: bool) -> None:
    if as_json:
        say_json([_question_as_data(question) for question in found])
    for head, event, text in [] if as_json else found:
        where = f"step {event.subject.step}" if event.subject.step != WHOLE else "the whole"
        say(f"{head.short_id} #{head.number} {where} {event.author}: {one_line(text)}")
    if not found:
        note("nobody asks anything")


def _question_as_data(question: Question) -> dict[str, object]:
    head, event, text = question
    return {
        "number": head.number,
        "id": head.id,
        "title": head.title,
        "step": event.subject.step,
        "reviewer": event.author,
        "text": text,
        "at": datetime.fromtimestamp(event.at, UTC).isoformat(timespec="milliseconds"),
        "event": event.id,
    }


_HEADINGS = ("#", "id", "status", "rated", "mistakes", "better", "title")
_NUMBERS = {"#", "rated", "mistakes", "better"}


def _print_table(rows: list[QueueRow]) -> None:
    """The columns, each as wide as it needs to be; the title takes what is left of the line."""
    table = [
        (
            str(row.head.number),
            row.head.short_id,
            row.status.value,
            f"{row.rated}/{row.judged_work}",
            str(row.mistakes or "-"),
            str(row.suggestions or "-"),
            one_line(row.title),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(_HEADINGS[:-1], *(line[:-1] for line in table), strict=True)]
    room = max((width() or 0) - sum(widths) - 2 * len(widths), 0)
    titles = Titles(line[-1] for line in table)
    for line in (_HEADINGS, *table):
        cells = [
            text.rjust(size) if heading in _NUMBERS else text.ljust(size)
            for heading, text, size in zip(_HEADINGS, line, widths, strict=False)
        ]
        say("  ".join([*cells, _fit(titles, line[-1], room)]).rstrip(), dim=line is _HEADINGS)


def _fit(titles: Titles, title: str, room: int) -> str:
    """A title cut to so many columns, a wide character being two. 0: a pipe, where nothing is cut."""
    title = titles.told_apart(title, room, "..") if room else title
    return f"{set_cell_size(title, room - 2)}.." if 0 < room < cell_len(title) else title


_PAGE = 200
"""How many steps a search shows."""


@click.command(epilog=example('errata search "no such file"'))
@click.argument("text", nargs=-1, required=True)
@click.option("--all", "everything", is_flag=True, help="Show what is found in steps that are still hidden, too.")
@json_option
@common_options
@pass_settings
def search(settings: Settings, text: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Find steps by the words in them.

    Found are the steps whose command, thought or output holds all the words of TEXT; the last may be the beginning of
    one. Those with the words in the command come first, then those with them in the thought; 200 at most. Exits with
    1 when there are none.
    """
    words = " ".join(text)
    with settings.open() as store:
        found = store.trajectories.search(words, _PAGE + 1)
        hits = [(hit, store.trajectories.get(hit.trajectory)) for hit in found[:_PAGE]]
        windows = {id_: Window(store.session(settings.reviewer, id_)) for id_ in {hit.trajectory for hit, _ in hits}}
    if not hits:
        if as_json:
            say_json([])
        complain(f"nothing matches {words!r}")
        raise Exit(NO)
    if len(found) > _PAGE:
        note(f"more than {_PAGE} steps match, these are some of the first; more words find fewer")
    if as_json:
        say_json(
            [
                {
                    "id": head.id,
                    "number": head.number,
                    "title": head.title,
                    "step": hit.step,
                    "where": hit.where,
                    "excerpt": hit.excerpt,
                }
                for hit, head in hits
            ]
        )
        return
    shown = [(hit, head) for hit, head in hits if everything or windows[head.id].shows(hit.step, hit.where)]
    for hit, head in shown:
        say(f"{head.short_id} #{head.number} step {hit.step} {hit.where}: {one_line(hit.excerpt)}")
    if hidden := len(hits) - len(shown):
        note(f"{hidden} more in steps that are hidden until those before them are rated (--all shows them)")
