"""`errata export`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import click
from click.exceptions import Exit

from reviewer.errors import ErrataError
from reviewer.exports import EXPORTS, Reviewed, export_named
from reviewer.review import Review, Status
from store import Store
from tui.cli import NO
from tui.cli.console import complain, counted, say, say_json, strict
from tui.cli.options import Settings, common_options, example, json_option, pass_settings

_KINDS = "\n\n    ".join(f"{kind.name}: {kind.title}" for kind in EXPORTS)


@click.command(
    help=f"""Write reviews as training data or for analysis.

    What is written is JSON Lines. A file is there when it is complete, or not at all. Exits with 1 when there is
    nothing to export. KIND is one of:

    {_KINDS}
    """,
    epilog=example("errata export annotations --submitted --output annotations.jsonl"),
)
@click.argument("kind")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The file, or for documents the folder; default: stdout.",
)
@click.option("--reviewer", metavar="NAME", help="The reviews of this reviewer; the default is everyone's.")
@click.option("--submitted", is_flag=True, help="Submitted reviews only.")
@json_option
@common_options
@pass_settings
def export(
    settings: Settings, kind: str, output: Path | None, reviewer: str | None, submitted: bool, as_json: bool
) -> None:
    chosen = export_named(kind)
    with settings.open() as store:
        rows = chosen.rows(_reviewed(store, reviewer, submitted=submitted, unreviewed=chosen.documents))
        if chosen.documents and output:
            _write_documents(rows, output, chosen.name, as_json=as_json)
            return
        first = next(rows, None)
        if first is None:
            complain("there is nothing to export")
            raise Exit(NO)
        with _output(output) as file:
            count = sum(1 for row in chain([first], rows) if file.write(json.dumps(strict(row)) + "\n"))
    if output and as_json:
        say_json({"kind": chosen.name, "path": str(output), "rows": count})
    elif output:
        say(f"{output}: {counted(count, 'row')}")


def _write_documents(rows: Iterator[dict[str, Any]], folder: Path, kind: str, *, as_json: bool) -> None:
    """A file in the folder for each document, named by its trajectory's id."""
    written = 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ErrataError(f"{folder}: cannot be made: {error.strerror or error}") from error
    for row in rows:
        with _output(folder / f"{row['trajectory_id']}.json") as file:
            file.write(json.dumps(strict(row)) + "\n")
        written += 1
    if not written:
        complain("there is nothing to export")
        raise Exit(NO)
    if as_json:
        say_json({"kind": kind, "path": str(folder), "rows": written})
    else:
        say(f"{folder}: {counted(written, 'file')}")


def _reviewed(store: Store, reviewer: str | None, *, submitted: bool, unreviewed: bool = False) -> Iterator[Reviewed]:
    for head in store.trajectories.all():
        authors = store.log.authors(head.id)
        if unreviewed and not authors and not submitted:
            load = partial(store.trajectories.trajectory, head.id)
            yield Reviewed(head.id, head.source, head.title, Review("", head.id), load)
        for author in authors:
            if reviewer in (None, author):
                review = store.log.review(author, head.id)
                if not submitted or review.status is Status.SUBMITTED:
                    load = partial(store.trajectories.trajectory, head.id)
                    yield Reviewed(head.id, head.source, head.title, review, load)


@contextmanager
def _output(path: Path | None) -> Iterator[TextIO]:
    """Where to write: stdout, or a file that appears under its name when all of it is on the disk.

    Raises ErrataError when it cannot be written; nothing of it is left then.
    """
    if path is None:
        yield sys.stdout
        return
    target = path.resolve()  # through a symbolic link, which stays one
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            with target.open("w", encoding="utf-8") as file:  # a device or a named pipe has nothing to replace
                yield file
            return
        with partial.open("x", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        raise ErrataError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
