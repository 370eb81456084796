"""`errata rubric` and `errata guide`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
from msgspec import to_builtins

from reviewer.rubric import Rubric, built_in_rubric, read_rubric
from tui.cli.console import say, say_json, width
from tui.cli.options import Settings, common_options, example, json_option, pass_settings

_TEXT_WIDTH = 100
"""Lines longer than this are hard to read."""


@click.group(no_args_is_help=False, epilog=example("errata rubric show > mine.toml"))
@common_options
def rubric() -> None:
    """Show, check or change the rubric.

    It is the rating scale, the mistake codes, the questions, and what a reviewer may see.
    """


@rubric.command(epilog=example("errata rubric show > mine.toml"))
@json_option
@common_options
@pass_settings
def show(settings: Settings, as_json: bool) -> None:
    """Print the rubric in use, as TOML."""
    current = _current(settings)
    if as_json:
        fields = to_builtins(current, order="deterministic")
        say_json({"version": current.version, **{name: item for name, item in fields.items() if name != "text"}})
    else:
        say(current.text.rstrip("\n"))


@rubric.command(epilog=example("errata rubric check mine.toml"))
@click.argument("file", type=click.Path(path_type=Path))
@common_options
def check(file: Path) -> None:
    """Check a rubric file, and say what is wrong with it."""
    say(f"{file}: fine: {_summary(read_rubric(file))}")


@rubric.command(epilog=example("errata rubric use mine.toml"))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--built-in", is_flag=True, help="Go back to the rubric that comes with Errata.")
@common_options
@pass_settings
def use(settings: Settings, file: Path | None, built_in: bool) -> None:
    """Take a rubric file into use. What was said under another one keeps naming that one."""
    if (file is None) is not built_in:
        raise click.UsageError("name one FILE, or --built-in")
    chosen = read_rubric(file) if file else built_in_rubric()
    with settings.open(create=True) as store:
        store.use_rubric(chosen)
    say(f"in use: {_summary(chosen)}")


@click.command(epilog=example("errata guide | less"))
@click.argument("ref", required=False)
@common_options
@pass_settings
def guide(settings: Settings, ref: str | None) -> None:
    """Print how to review, with an example for every code.

    With REF, how to review that trajectory: a lead's rubric comes with what the lead shares.
    """
    say("\n".join(_guide(_current(settings, ref), min(width() or _TEXT_WIDTH, _TEXT_WIDTH))))


def _current(settings: Settings, ref: str | None = None) -> Rubric:
    """The store's rubric; the built-in one where there is no store yet. With REF, the one of that trajectory."""
    if ref is None and not settings.path.exists():
        return built_in_rubric()
    with settings.open() as store:
        return store.rubric_for(settings.reviewer, store.trajectories.find(ref).id) if ref else store.rubric


def _summary(rubric: Rubric) -> str:
    codes, questions = len(rubric.code), len(rubric.question)
    return f'"{rubric.name}", {codes} codes, {questions} questions, version {rubric.version[:10]}'


def _guide(rubric: Rubric, columns: int) -> Iterator[str]:
    def wrapped(text: str, indent: str = "", hang: str = "") -> str:
        return textwrap.fill(
            text, columns, initial_indent=indent, subsequent_indent=indent + hang, break_on_hyphens=False
        )

    if rubric.instructions.strip():
        yield rubric.instructions.strip()
        yield ""
    yield "# Ratings"
    yield ""
    for point in rubric.scale:
        yield wrapped(f"{point.key}  {point.name}: {point.meaning}", "  ", "   ")
    yield "  .  unsure"
    for family in rubric.family:
        yield ""
        yield f"# {family.letter} {family.name}" + (f": {family.meaning}" if family.meaning else "")
        yield ""
        for code in rubric.codes_of(family.letter):
            yield wrapped(f"{code.id}  {code.name}: {code.definition}", "  ", "    ")
            if code.example:
                yield f"      $ {code.example}"
            if code.when:
                yield wrapped(f"when {code.when}", "      ")
    if rubric.question:
        yield ""
        yield "# Questions about the whole"
    for question in rubric.question:
        yield ""
        yield wrapped(f"{question.id}: {question.ask}{' (required)' if question.required else ''}", "  ", "    ")
        for choice in question.choices:
            yield wrapped(f"{choice.id}: {choice.meaning or choice.name}", "    ", "    ")
