"""`errata doctor`: what Errata runs on, and what could be better about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import click
from click.exceptions import Exit

from reviewer.errors import BadInput, ErrataError
from store import Store
from store.database import wal_reset_fault
from store.sqlite import sqlite3
from tui.cli import NO, version
from tui.cli.console import is_terminal, say, say_json, speaks_utf8
from tui.cli.options import Settings, common_options, example, json_option, pass_settings
from tui.settings import read_settings, settings_path

Findings = dict[str, Any]

_LITTLE_DISK = 200 << 20
_NETWORK_DISKS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "fuse.sshfs",
    "9p",
    "afs",
    "lustre",
    "ceph",
    "fuse.glusterfs",
}
"""File systems whose locks and shared memory SQLite cannot rely on."""


@click.command(epilog=example("errata doctor"))
@json_option
@common_options
@pass_settings
def doctor(settings: Settings, as_json: bool) -> None:
    """Show what Errata runs on, and what could be better.

    That is the versions, the store, the settings, the terminal and the tools. Exits with 1 when the store is there
    but cannot be opened, or the settings cannot be used.
    """
    found = {
        "versions": _versions(),
        "store": _store(settings.path),
        "settings": _settings_file(),
        "terminal": _terminal(),
        "tools": _tools(),
    }
    advice = list(_advice(found))
    if as_json:
        say_json({**found, "advice": advice})
    else:
        for heading, findings in found.items():
            say(heading, bold=True)
            for name, value in findings.items():
                say(f"  {name.removesuffix('_bytes').replace('_', ' '):<21} {_in_words(name, value)}")
        say("advice", bold=True)
        say("\n".join(f"  - {line}" for line in advice) or "  none")
    if found["store"]["fault"] or found["settings"]["fault"]:
        raise Exit(NO)


def _versions() -> Findings:
    return {
        "errata": version(),
        "python": platform.python_version(),
        "textual": _version_of("textual"),
        "sqlite": sqlite3.sqlite_version,
        "sqlite_has_wal_fault": wal_reset_fault(sqlite3.sqlite_version_info),
    }


def _version_of(distribution: str) -> str | None:
    """Its version, without importing it."""
    try:
        return version_of(distribution)
    except PackageNotFoundError:
        return None


def _store(path: Path) -> Findings:
    exists = path.exists()
    place = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    found: Findings = {
        "path": str(path),
        "exists": exists,
        "size_bytes": path.stat().st_size if exists else None,
        "free_bytes": shutil.disk_usage(place).free,
        "file_system": _file_system(place),
        "trajectories": None,
        "fault": None,
    }
    if exists:
        try:
            with Store(path, write=False) as store:
                found["trajectories"] = len(store.trajectories.all())
        except (ErrataError, sqlite3.Error) as error:
            found["fault"] = str(error)
    return found


def _settings_file() -> Findings:
    path, fault = settings_path(), None
    try:
        read_settings(path)
    except BadInput as error:
        fault = str(error)
    return {"path": str(path), "exists": os.path.lexists(path), "fault": fault}


def _file_system(path: Path) -> str | None:
    """The kind of file system that a path is on, where the system tells."""
    try:
        mounts = [line.split(" ") for line in Path("/proc/self/mounts").read_text(errors="replace").splitlines()]
    except OSError:
        return None
    kinds = {Path(mount[1].replace(r"\040", " ")): mount[2] for mount in mounts}
    return next((kinds[folder] for folder in (path.resolve(), *path.resolve().parents) if folder in kinds), None)


def _terminal() -> Findings:
    size = shutil.get_terminal_size() if is_terminal(sys.stdout) else None
    return {
        "is_terminal": size is not None,
        "type": os.environ.get("TERM") or None,
        "columns": size.columns if size else None,
        "lines": size.lines if size else None,
        "colours": _colours(),
        "utf8": speaks_utf8(sys.stdout),
        "no_color": bool(os.environ.get("NO_COLOR")),
        "ssh": "SSH_CONNECTION" in os.environ,
        "multiplexer": "tmux" if "TMUX" in os.environ else "screen" if "STY" in os.environ else None,
    }


def _colours() -> int | None:
    """How many colours the terminal says it has; None when it says nothing."""
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return 1 << 24
    try:
        import curses

        curses.setupterm(os.environ.get("TERM") or "unknown", sys.__stdout__.fileno() if sys.__stdout__ else 1)
        return max(curses.tigetnum("colors"), 0)
    except Exception:  # curses is not there, does not know the terminal, or has nothing to ask
        return None


def _tools() -> Findings:
    return {name: shutil.which(name) for name in ("bash", "shellcheck")}


def _in_words(name: str, value: Any) -> str:
    match value:
        case True | False if name == "sqlite_has_wal_fault":
            return "yes, guarded: one Errata at a time may write to a store" if value else "no"
        case bool():
            return "yes" if value else "no"
        case None:
            return "none" if name == "fault" else "-"
        case int() if name.endswith("_bytes"):
            return f"{value / (1 << 20):,.1f} MB"
        case 16777216:
            return "16 million"
    return str(value)


def _advice(found: dict[str, Findings]) -> Iterator[str]:
    """What to do about what was found, the gravest first."""
    store, terminal = found["store"], found["terminal"]
    for part in ("store", "settings"):
        if fault := found[part]["fault"]:
            yield str(fault)
    if store["free_bytes"] < _LITTLE_DISK:
        yield "the store's disk is almost full: free some space, or move the store (--store)"
    if store["file_system"] in _NETWORK_DISKS:
        yield f"the store is on a network disk ({store['file_system']}): put it on a local one (--store)"
    if terminal["type"] in (None, "dumb"):
        yield "TERM is not set or dumb, so the screens cannot be drawn: try TERM=xterm-256color"
    elif terminal["colours"] is not None and terminal["colours"] < 16:
        yield "few colours: the screens work without; if the terminal has more, try TERM=xterm-256color"
    if not terminal["utf8"]:
        yield "not UTF-8, so the screens draw in ASCII: try LANG=C.UTF-8"
    if terminal["is_terminal"] and (terminal["columns"] < 80 or terminal["lines"] < 24):
        yield "the terminal is smaller than 80x24: enlarge it"
    if terminal["ssh"]:
        yield "over ssh: on a slow line, use ssh -C"
        if not terminal["multiplexer"]:
            yield "over ssh without tmux: run errata in tmux to come back to it after the line drops"
    if not found["tools"]["bash"]:
        yield "bash is not there: suggestions are not checked by it"
    if not found["tools"]["shellcheck"]:
        yield "shellcheck is not there: suggestions are not checked by it (optional)"
