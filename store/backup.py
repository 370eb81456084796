"""A copy of a store, made while it may be in use."""

from __future__ import annotations

from pathlib import Path

from store.database import Connection, name_of_copy


def backup(path: Path, to: Path | None = None) -> Path:
    """Copy the store at `path`, of whatever version, into a new file; where that is. It is on disk when this returns.

    to: the file, or a folder for it; by default beside the store. The name that is made up says when it was.
    Raises StoreError when it cannot be done; nothing is left of it then, and what is there is never overwritten.
    """
    if to is None or to.is_dir():
        to = name_of_copy((to or path.parent) / path.name)
    connection = Connection(path, write=False, any_version=True)
    try:
        connection.copy(to)
    finally:
        connection.close()
    return to
