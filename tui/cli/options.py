"""What every command takes: `--store` and `--as`, before or after the command's name."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tui.cli.console import note

if TYPE_CHECKING:
    from store import Store

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@dataclass
class Settings:
    """Which store, and who is reviewing: what was said on the command line, or else in the environment."""

    store: str = ""
    reviewer_name: str = ""

    @property
    def path(self) -> Path:
        """The store's file."""
        if named := self.store or os.environ.get("ERRATA_STORE"):
            return Path(named).expanduser()
        from platformdirs import user_data_path

        return user_data_path("errata", appauthor=False) / "errata.db"

    @property
    def reviewer(self) -> str:
        """The reviewer's name. Raises ErrataError for one that cannot be used."""
        from store.store import check_reviewer

        return check_reviewer(self.reviewer_name or os.environ.get("ERRATA_REVIEWER") or _login_name())

    @contextmanager
    def open(self, *, write: bool = False, create: bool = False) -> Iterator[Store]:
        """The store, which must exist unless it may be made.

        Raises StoreError when it cannot be opened or turns out to be damaged.
        """
        from store.database import OlderStore, StoreError
        from store.packed import Damaged
        from store.store import Store

        # Opened for reading, a store that is not there is an error; opened for writing, it would be made.
        write = create or (write and self.path.exists())
        copied_to = None
        try:
            opened = Store(self.path, write=write)
        except OlderStore:
            with Store(self.path) as older:  # this brings it up to date
                copied_to = older.copied_to
            opened = Store(self.path, write=write)
        with opened as store:
            if copied_to := copied_to or store.copied_to:
                note(f"the store was brought up to date; as it was before, it is kept in {copied_to}")
            try:
                yield store
            except Damaged as error:
                raise StoreError(f"{self.path}: {error}") from error


def store_option(command: Decorated) -> Decorated:
    return click.option(
        "--store",
        metavar="PATH",
        expose_value=False,
        callback=_remember("store"),
        help="The store to use.  [ERRATA_STORE; default: in your data directory]",
    )(command)


def reviewer_option(command: Decorated) -> Decorated:
    return click.option(
        "--as",
        "reviewer_name",
        metavar="NAME",
        expose_value=False,
        callback=_remember("reviewer_name"),
        help="Who is reviewing.  [ERRATA_REVIEWER; default: your login name]",
    )(command)


def common_options(command: Decorated) -> Decorated:
    """`--store` and `--as`. A value given after the command's name wins over one given before it."""
    return store_option(reviewer_option(command))


def json_option(command: Decorated) -> Decorated:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON (docs/json.md).")(command)


def example(command: str) -> str:
    """The end of a command's help. The backspace keeps click from breaking the line."""
    return f"\b\nExample: {command}"


pass_settings = click.make_pass_decorator(Settings, ensure=True)


def _remember(name: str) -> Callable[[click.Context, click.Parameter, str | None], None]:
    def callback(context: click.Context, _: click.Parameter, value: str | None) -> None:
        settings = context.ensure_object(Settings)
        if value == "":
            raise click.BadParameter("it is empty")
        if value is not None:
            setattr(settings, name, value)

    return callback


def _login_name() -> str:
    """The login name, with what a reviewer's name cannot hold replaced."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        login = ""
    return re.sub(r"[^A-Za-z0-9._@+-]", "-", login).lstrip("._@+-")[:64] or "reviewer"
