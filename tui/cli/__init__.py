"""The command line. Each command is a function in a module beside this one; `_COMMANDS` says which.

A module is imported when its command is asked for, so that `errata list` does not wait for what it does not need.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from datetime import datetime
from difflib import get_close_matches
from importlib import import_module
from typing import Any

import click
from click.exceptions import Exit

from reviewer.errors import ErrataError
from tui.cli.console import complain
from tui.cli.options import common_options

DONE, NO, BAD_INPUT, INTERNAL_ERROR = 0, 1, 2, 70
"""The exit codes: done; the answer is no; bad usage or bad input; a fault of Errata's."""

INTERRUPTED, BROKEN_PIPE = 130, 141
"""What a shell reports for a program ended by SIGINT and SIGPIPE."""

_COMMANDS = {
    "Start": {
        "demo": "screens:demo",
        "import": "imports:import_",
        "review": "screens:review",
    },
    "Look": {
        "list": "look:list_",
        "show": "show:show",
        "search": "look:search",
        "guide": "rubric:guide",
    },
    "Review from scripts": {
        "annotate": "annotate:annotate",
        "submit": "annotate:submit",
    },
    "Team": {
        "hub": "hub:hub",
        "sync": "syncing:sync",
        "redact": "redact:redact",
    },
    "Data": {
        "rubric": "rubric:rubric",
        "export": "export:export",
        "verify": "verify:verify",
        "backup": "backup:backup",
        "recover": "backup:recover",
        "doctor": "doctor:doctor",
    },
}
"""Heading to command to "module:function". To add a command, write its module and a line here."""


class _Errata(click.Group):
    """The group of all commands, in the order of `_COMMANDS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for commands in _COMMANDS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for commands in _COMMANDS.values():
            if place := commands.get(cmd_name):
                module, function = place.split(":")
                command: click.Command = getattr(import_module(f"tui.cli.{module}"), function)
                return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, but it knows what a misspelt command may have meant."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            ctx.fail(f"there is no command {args[0]!r}" + "".join(f"; did you mean {name}?" for name in close))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, names in _COMMANDS.items():
            commands = [(name, self.get_command(ctx, name)) for name in names]
            with formatter.section(heading):
                formatter.write_dl([(name, command.get_short_help_str(60)) for name, command in commands if command])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command, and see its output off: into a pipe that closed early, or onto a disk that is full."""
        try:
            result = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
        except KeyboardInterrupt:
            raise Exit(INTERRUPTED) from None
        except BrokenPipeError:
            _let_go_of_output()
            raise Exit(BROKEN_PIPE) from None
        except OSError as error:
            _let_go_of_output()
            raise ErrataError(f"{error.filename or 'the output'}: {error.strerror or error}") from error
        return result


def _let_go_of_output() -> None:
    """Keep the interpreter from writing what is left of the output when it exits, and failing again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return


def version() -> str:
    """Errata's own. What knows it is imported here: it takes 20 ms and more."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        return version_of("errata")
    except PackageNotFoundError:
        return "(not installed)"


def _print_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"errata {version()}")
        ctx.exit()


@click.group(cls=_Errata, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@common_options
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Print the version."
)
@click.pass_context
def errata(ctx: click.Context) -> int | None:
    """Review what language-model agents did in bash: replay a session command by command, mark the mistakes, write
    the better command.

    Without a command, errata opens the queue. New here? Try: errata demo
    """
    if ctx.invoked_subcommand is not None:
        return None
    from tui.cli.screens import open_screens

    return open_screens()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code. Whatever happens, a person sees one line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # nothing that is printed may fail for its letters
    try:
        code = errata.main(arguments, prog_name="errata", standalone_mode=False)
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        complain(_usage(error))
        return BAD_INPUT
    except ErrataError as error:
        complain(str(error))
        return BAD_INPUT
    except Exception as error:
        complain(f"internal error: {_without_secrets(f'{type(error).__name__}: {error}')} ({_keep_details()})")
        return INTERNAL_ERROR
    return code if isinstance(code, int) else DONE


def _usage(error: click.ClickException) -> str:
    """Click's message in our form: no full stop, and where to read on."""
    message = error.format_message().strip().removesuffix(".")
    context = getattr(error, "ctx", None)
    return f"{message} (see `{context.command_path} --help`)" if context else message


def _without_secrets(text: str) -> str:
    """A message that may quote a trajectory: it is sent to whoever is asked about the error."""
    from reviewer.secrets import redact_text

    return redact_text(text)


def _keep_details() -> str:
    """Write the traceback of the exception at hand into the log, and say where that is."""
    import traceback

    from platformdirs import user_log_path

    from reviewer.terminal import clean

    entry = f"{datetime.now().astimezone().isoformat()} errata {version()} {sys.argv[1:]}\n{traceback.format_exc()}\n"
    try:
        path = user_log_path("errata", appauthor=False, ensure_exists=True) / "errors.log"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as log:
            log.write(clean(_without_secrets(entry)))
    except OSError as error:
        return f"and no details could be kept: {error.strerror}"
    return f"details in {path}"
