"""Exports: one file each, and this registry.

To add an export, write a module with an `EXPORT` and name it in `EXPORTS`.
"""

from __future__ import annotations

from reviewer.errors import ErrataError
from reviewer.exports.annotations import EXPORT as ANNOTATIONS
from reviewer.exports.atif import EXPORT as ATIF
from reviewer.exports.export import Export, Reviewed

__all__ = ["EXPORTS", "Export", "Reviewed", "export_named"]

EXPORTS: tuple[Export, ...] = (ANNOTATIONS, ATIF)


def export_named(name: str) -> Export:
    """The export of that name. Raises ErrataError, naming those that exist."""
    for candidate in EXPORTS:
        if candidate.name == name:
            return candidate
    known = ", ".join(candidate.name for candidate in EXPORTS)
    raise ErrataError(f"no export is called {name!r}; there are: {known}")
