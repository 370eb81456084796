"""`errata backup` and `errata recover`."""

from __future__ import annotations

from pathlib import Path

import click
from click.exceptions import Exit

from tui.cli import NO
from tui.cli.console import counted, one_line, say, say_json
from tui.cli.options import Settings, common_options, example, json_option, pass_settings


@click.command(epilog=example("errata backup /media/usb"))
@click.argument("path", required=False, type=click.Path(path_type=Path))
@json_option
@common_options
@pass_settings
def backup(settings: Settings, path: Path | None, as_json: bool) -> None:
    """Copy the store, also while it is in use.

    The copy is the new file PATH, and is on disk when this ends. PATH may be a folder; without it, the copy is made
    beside the store. A copy is a store like any other: --store opens it. Nothing is ever overwritten.
    """
    from store.backup import backup as copy

    made = copy(settings.path, path)
    if as_json:
        say_json({"store": str(settings.path), "path": str(made), "bytes": made.stat().st_size})
    else:
        say(f"{made}: a copy of {settings.path}, {made.stat().st_size / 1e6:,.1f} MB")


@click.command(epilog=example("errata recover --output saved.db"))
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="The new store.  [default: beside, with -recovered]"
)
@json_option
@common_options
@pass_settings
def recover(settings: Settings, output: Path | None, as_json: bool) -> None:
    """Save what can be read of a damaged store into a new one.

    Exits with 1 when something is known to be lost. The damaged file is only read. A trajectory that is lost can be
    imported again: what was said about it is kept.
    """
    from store.recover import recover as save

    saved = save(settings.path, output)
    if as_json:
        say_json(
            {
                "store": str(settings.path),
                "path": str(saved.path),
                "trajectories": saved.trajectories,
                "events": saved.events,
                "lost_trajectories": [{"id": id_, "source": name} for id_, name in saved.lost_trajectories],
                "lost_events": list(saved.lost_events),
                "doubtful": list(saved.doubtful),
            }
        )
    else:
        for id_, name in saved.lost_trajectories:
            say(one_line(f"lost: trajectory {id_[:10]}" + (f"; import {name} again" if name else "")))
        for event in saved.lost_events:
            say(f"lost: event {event}")
        for line in saved.doubtful:
            say(one_line(f"doubtful: {line}"))
        trajectories = counted(saved.trajectories, "trajectory", "trajectories")
        say(f"{saved.path}: saved {trajectories} and {counted(saved.events, 'event')}")
        say(f"{settings.path} is as it was; move it away, with the -wal beside it, and put the new one in its place")
    if saved.lost_events or saved.lost_trajectories or saved.doubtful:
        raise Exit(NO)
