"""`errata redact`."""

from __future__ import annotations

import click

from tui.cli.console import counted, say
from tui.cli.options import Settings, common_options, example, pass_settings

_COPIES = "copies (`errata backup`) still hold it"


@click.command(epilog=example('errata redact 0190f3a2-7c11 --reason "a password" --as ana'))
@click.argument("event")
@click.option(
    "--trajectory", is_flag=True, help="EVENT is a REF: take away this session, and keep what was said of it."
)
@click.option("--reason", required=True, metavar="TEXT", help="Why. All who had the event can read it.")
@common_options
@pass_settings
def redact(settings: Settings, event: str, trajectory: bool, reason: str) -> None:
    """As the lead, take away what an EVENT says, for good.

    EVENT is an id, or its beginning, of `errata show REF --as NAME --json`, where NAME is who wrote it. That it was
    there stays, with who redacted it, when and why; what it had replaced does not come back. The next sync brings
    that to its author's devices, and removes it from the hub.
    """
    from store.sync.redaction import redact as redact_event
    from store.sync.redaction import redact_trajectory

    with settings.open(write=True) as store:
        if trajectory:
            head = store.trajectories.find(event)
            redact_trajectory(store, settings.reviewer, head.id, reason)
            store.scrub()
            say(f"redacted session {head.short_id}; {_COPIES}")
            return
        stays = redact_event(store, settings.reviewer, event, reason)
        store.scrub()
        others = store.connection.rows(
            "SELECT id FROM event WHERE author=? AND trajectory=? AND step=? AND kind=? AND slot=?"
            " AND value IS NOT NULL ORDER BY rowid",
            tuple(stays.subject),
        )
    say(f"redacted {stays.id}, a {stays.subject.kind} of {stays.author}; {_COPIES}")
    if others:
        say(f"{counted(len(others), 'other version')} of it: {', '.join(id_ for (id_,) in others)}")
