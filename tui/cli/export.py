"""`errata export`."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
from store.files import appearing, appearing_in, refuse_existing
from tui.cli import NO
from tui.cli.console import complain, counted, say, say_json, strict
from tui.cli.options import Settings, common_options, example, json_option, pass_settings

_KINDS = "\n\n    ".join(f"{kind.name}: {kind.title}" for kind in EXPORTS)


@click.command(
    help=f"""Write reviews as training data or for analysis.

    What is written is JSON Lines. A file is there when it is complete, or not at all, and none is written over
    without --force. Exits with 1 when there is nothing to export. KIND is one of:

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
@click.option("--force", is_flag=True, help="Write over what is there.")
@click.option("--reviewer", metavar="NAME", help="The reviews of this reviewer; the default is everyone's.")
@click.option("--submitted", is_flag=True, help="Submitted reviews only.")
@json_option
@common_options
@pass_settings
def export(
    settings: Settings,
    kind: str,
    output: Path | None,
    force: bool,
    reviewer: str | None,
    submitted: bool,
    as_json: bool,
) -> None:
    chosen = export_named(kind)
    with settings.open() as store:
        rows = chosen.rows(_reviewed(store, reviewer, submitted=submitted, unreviewed=chosen.documents))
        first = next(rows, None)
        if first is None:
            complain("there is nothing to export")
            raise Exit(NO)
        rows = chain([first], rows)
        if chosen.documents and output:
            count = _write_documents(rows, output, force=force)
        else:
            count = _write_lines(rows, output, force=force)
    if output and as_json:
        say_json({"kind": chosen.name, "path": str(output), "rows": count})
    elif output:
        say(f"{output}: {counted(count, 'file' if chosen.documents else 'row')}")


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


def _write_lines(rows: Iterable[dict[str, Any]], path: Path | None, *, force: bool) -> int:
    """The rows to stdout or a file; how many."""
    if path is None:
        return _write(rows, sys.stdout)
    with _refusing(path):
        target = path.resolve()  # through a symbolic link, which stays one
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if target.exists() and not target.is_file():
            with target.open("w", encoding="utf-8") as file:  # a device or a named pipe has nothing to replace
                return _write(rows, file)
        with appearing(target, replace=force) as part, part.open("x", encoding="utf-8") as file:
            return _write(rows, file)


def _write_documents(rows: Iterable[dict[str, Any]], folder: Path, *, force: bool) -> int:
    """A file in the folder for each document, named by its trajectory's id; how many."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ErrataError(f"{folder}: cannot be made: {error.strerror or error}") from error
    count = 0
    with _refusing(folder), appearing_in(folder, replace=force) as place:
        for row in rows:
            name = f"{row['trajectory_id']}.json"
            if not force:
                refuse_existing(folder / name)
            with (place / name).open("x", encoding="utf-8") as file:
                count += _write([row], file)
    return count


def _write(rows: Iterable[dict[str, Any]], file: TextIO) -> int:
    return sum(1 for row in rows if file.write(json.dumps(strict(row)) + "\n"))


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """What cannot be written, in one clear line; nothing of it is left."""
    try:
        yield
    except FileExistsError as error:
        there = error.filename2 or error.filename
        raise ErrataError(f"{there}: is there already; name another, or write over it with --force") from error
    except OSError as error:
        raise ErrataError(f"{path}: cannot be written: {error.strerror or error}") from error
