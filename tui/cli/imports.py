"""`errata import`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from reviewer.formats import FORMATS, format_named
from store.importer import Imported, import_paths
from tui.cli import BAD_INPUT
from tui.cli.console import counted, note, one_line, progress, say, say_json
from tui.cli.options import Settings, common_options, example, json_option, pass_settings

_NAMED = 20
"""How many files that were passed over are named."""

_FORMATS = ", ".join(known.name for known in FORMATS)


@click.command("import", epilog=example("errata import runs/ more/session.traj.json"))
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_name",
    metavar="F",
    help=f"Read them as this format, not as the one told from the content: {_FORMATS}.",
)
@click.option("--redact", is_flag=True, help="Replace what looks like a secret before it enters the store.")
@json_option
@common_options
@pass_settings
def import_(
    settings: Settings, paths: tuple[Path, ...], format_name: str | None, redact: bool, as_json: bool
) -> None:
    """Bring in trajectory files, or folders and archives of them.

    A file is taken whole or not at all. A bad one is reported and the others go on. What is there already stays as it
    is, so importing again does no harm.
    """
    if format_name:
        format_named(format_name)
    with settings.open(create=True) as store, progress("importing") as draw:
        results = import_paths(store, paths, format_name, draw, hide_secrets=redact)
    if as_json:
        say_json([_as_data(result) for result in results])
    else:
        _report(results)
    if any(result.error and not result.skipped for result in results):
        raise Exit(BAD_INPUT)


def _report(results: list[Imported]) -> None:
    new = known = failed = redacted = 0
    passed_over: list[str] = []
    for result in results:
        if result.skipped:
            passed_over.append(result.path.name)
        elif result.error:
            failed += 1
            note(f"FAILED {one_line(result.error)}")
        redacted += result.redacted
        for loss in result.losses:
            note(f"INCOMPLETE {one_line(str(result.path))}: {loss}")
        for head, is_new in result.trajectories:
            new += is_new
            known += not is_new
            verb = "imported" if is_new else "already there"
            what = f'{head.source.format}, {counted(head.steps, "step")}, "{one_line(head.title)}"'
            say(f"{verb} {one_line(result.path.name)}: {what} [{head.short_id}]")
    if passed_over:
        names = ", ".join(map(one_line, passed_over[:_NAMED]))
        more = f" and {len(passed_over) - _NAMED} more (--json says why)" if len(passed_over) > _NAMED else ""
        note(f"no trajectories in {names}{more}")
    counts = [
        f"{new} imported",
        known and f"{known} already there",
        passed_over and f"{counted(len(passed_over), 'file')} passed over (no trajectories)",
        failed and f"{failed} failed",
        redacted and f"{counted(redacted, 'secret')} redacted",
    ]
    if len(results) > 1 or redacted:
        say(", ".join(str(count) for count in counts if count))


def _as_data(result: Imported) -> dict[str, Any]:
    return {
        "path": str(result.path),
        "format": result.format or None,
        "trajectories": [
            {"id": head.id, "steps": head.steps, "title": head.title, "new": is_new}
            for head, is_new in result.trajectories
        ],
        "incomplete": list(result.losses),
        "redacted": result.redacted,
        "error": None if result.skipped else result.error or None,
        "passed_over": result.error if result.skipped else None,
    }
