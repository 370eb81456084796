"""`errata verify`."""

from __future__ import annotations

import click
from click.exceptions import Exit

from store.database import DamagedStore
from store.verify import Verdict
from store.verify import verify as verify_store
from tui.cli import NO
from tui.cli.console import counted, one_line, progress, say, say_json
from tui.cli.options import Settings, common_options, example, json_option, pass_settings


@click.command(epilog=example("errata verify"))
@click.option("--rebuild", is_flag=True, help="First make the tables that derive from the log anew.")
@json_option
@common_options
@pass_settings
def verify(settings: Settings, rebuild: bool, as_json: bool) -> None:
    """Check that the store is whole. Exits with 1, and a line for each fault, when it is not.

    Checked are the SQLite file, every event of the log and what follows from them, and every trajectory against its
    id, which is the hash of its content.
    """
    try:
        with settings.open(write=rebuild) as store:
            if rebuild:
                store.log.rebuild()
            with progress("verifying") as draw:
                verdict = verify_store(store, draw)
    except DamagedStore as error:  # so much that it cannot be opened
        verdict = Verdict(0, 0, (str(error),))
    if as_json:
        say_json(
            {
                "store": str(settings.path),
                "ok": not verdict.faults,
                "rebuilt": rebuild,
                "trajectories": verdict.trajectories,
                "events": verdict.events,
                "faults": list(verdict.faults),
            }
        )
    else:
        for fault in verdict.faults:
            say(one_line(fault))
        faults = counted(len(verdict.faults), "fault") if verdict.faults else "nothing wrong"
        trajectories = counted(verdict.trajectories, "trajectory", "trajectories")
        say(f"{settings.path}: {faults} in {trajectories} and {counted(verdict.events, 'event')}")
    if verdict.faults:
        raise Exit(NO)
