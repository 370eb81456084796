"""The commands that open the screens: `errata`, `errata review` and `errata demo`."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from pathlib import Path

import click

from reviewer.errors import ErrataError
from tui.cli.console import has_cursor, is_terminal, note
from tui.cli.options import Settings, common_options, example, pass_settings, reviewer_option

_ascii_option = click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")


@click.command(epilog=example("errata review 3"))
@click.argument("ref", required=False)
@_ascii_option
@common_options
def review(ref: str | None, ascii_only: bool) -> int:
    """Open the queue, or the trajectory REF.

    REF is a number of the queue, the start of an id, or the start of a title.
    """
    return open_screens(ref, ascii_only=ascii_only)


@click.command(epilog=example("errata demo"))
@_ascii_option
@reviewer_option
@pass_settings
def demo(settings: Settings, ascii_only: bool) -> int:
    """Try Errata on sample sessions; nothing is kept.

    The samples are opened in a store of their own, which is removed when you leave.
    """
    from store import Store
    from store.samples import fill_with_samples
    from tui.app import run

    require_terminal()
    reviewer = settings.reviewer
    with tempfile.TemporaryDirectory(prefix="errata-demo-") as folder:
        path = Path(folder, "demo.db")
        with Store(path) as store:
            fill_with_samples(store)
            if not store.trajectories.all():
                raise ErrataError("the sample trajectories are missing from this installation")
        code = run(path, reviewer, ascii_only=ascii_only or None)
    note("the demo is over, and nothing of it is kept; `errata import PATH` begins with sessions of your own")
    return code


@pass_settings
def open_screens(settings: Settings, ref: str | None = None, *, ascii_only: bool = False) -> int:
    """Open the queue or one trajectory; the exit code is the screens'."""
    require_terminal()
    reviewer, trajectory = settings.reviewer, None
    if ref is not None:
        with settings.open() as store:
            trajectory = store.trajectories.find(ref).id
    gc.disable()  # until the first paint: among the imports, collections take 20 ms and find nothing
    try:
        from tui.app import run

        return run(settings.path, reviewer, trajectory, ascii_only=ascii_only or None)
    finally:
        gc.enable()


def require_terminal() -> None:
    """Raises ErrataError where no screen can be drawn."""
    for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout)):
        if not is_terminal(stream):
            message = f"the screens need a terminal, and {name} is not one; in scripts, use list, show and annotate"
            raise ErrataError(message)
    if not has_cursor(sys.stdout):
        kind = os.environ.get("TERM") or "not set"
        raise ErrataError(f"the screens need a terminal that can move its cursor, and TERM is {kind}")
