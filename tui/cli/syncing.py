"""`errata sync`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.exceptions import Exit

from reviewer.errors import ErrataError
from tui.cli.console import complain, note, one_line, progress, say, say_json
from tui.cli.options import Settings, common_options, example, json_option, pass_settings
from tui.report import draw_sync, faults, is_failure, late, missing, redacted, summary

if TYPE_CHECKING:
    from store import Store
    from store.sync.redaction import Taken
    from store.sync.sync import Report

_BAD_INPUT = 2


@click.command(epilog=example("errata sync"))
@click.argument("name", required=False)
@json_option
@common_options
@pass_settings
def sync(settings: Settings, name: str | None, as_json: bool) -> None:
    """Send what you said to the hub, and get what is for you.

    Without NAME, to and from all hubs. Everything is saved without it; what was broken off goes on the next time.
    """
    from store.sync.hub_book import find_hubs
    from store.sync.receipts import receipts

    reviewer = settings.reviewer
    reports: list[Report] = []
    failed = False
    with settings.open(write=True) as store:
        for hub in find_hubs(store, name):
            try:
                reports.append(sync_with(store, hub.name, reviewer))
            except ErrataError as error:
                complain(f"{error} (everything is saved here)")
                failed = True
        counted = receipts(store, reviewer)
        waits = counted.late() if counted else ""
    if as_json:
        say_json([_as_data(report) for report in reports])
    for report in reports:
        say_report(report, as_json=as_json)
        failed = failed or is_failure(report)
    if waits:
        note(late(waits))
    if failed:
        raise Exit(_BAD_INPUT)


def sync_with(store: Store, name: str, reviewer: str) -> Report:
    """Sync with one hub, with a bar on a terminal. Raises ErrataError when the hub cannot be used."""
    from store.hubs import open_hub
    from store.sync.hub_book import find_hubs
    from store.sync.sync import Sync, run

    (entry,) = find_hubs(store, name)
    with progress("syncing") as draw:
        hub = open_hub(entry.url)
        try:
            return run(Sync(store, name, reviewer), hub, lambda request: draw_sync(draw, request, request.name))
        finally:
            hub.close()


def say_report(report: Report, *, as_json: bool = False) -> None:
    """Say what a sync did. as_json: only what is to be looked into, for the rest is printed as JSON."""
    if not as_json:
        say(f"{report.hub}: {summary(report)}")
        for head in report.trajectories:
            say(f'new: "{one_line(head.title)}" [{head.short_id}]')
        for line in redacted(report.redacted):
            say(line)
    for line in faults(report) + missing(report.missing):
        note(line)


def _as_data(report: Report) -> dict[str, Any]:
    counts = report.counts
    return {
        "hub": report.hub,
        "saved": counts.saved,
        "sent": counts.sent,
        "received": counts.received,
        "new_events": report.new,
        "put": report.put,
        "trajectories": [{"id": head.id, "title": head.title} for head in report.trajectories],
        "redacted": [_redacted_as_data(one) for one in report.redacted],
        "waiting": report.waiting,
        "refused": [refusal._asdict() for refusal in report.refused],
        "missing": [gap._asdict() for gap in report.missing],
        "problems": report.problems,
        "too_large": report.too_large,
    }


def _redacted_as_data(taken: Taken) -> dict[str, Any]:
    why, trajectory, title, subject = taken
    about = {"trajectory": trajectory, "title": title}
    said = {
        "reviewer": subject and subject.author,
        "step": subject and subject.step,
        "kind": subject and subject.kind,
    }
    return why._asdict() | about | said
