"""Hubs: what stores sync with. To add one, write its module and a line in `_SCHEMES`."""

from __future__ import annotations

from importlib import import_module

from store.hubs.hub import Hub, HubError, Listed, NoPermission

__all__ = ["Hub", "HubError", "Listed", "NoPermission", "open_hub"]

_SCHEMES = {
    "file": "folder",
    "postgresql": "postgres",
    "postgres": "postgres",
    "s3": "s3",
    "sftp": "ssh",
    "ssh": "ssh",
}
"""The scheme of a URL to the module that has the hub. What has no scheme is a folder's path."""


def open_hub(url: str) -> Hub:
    """The hub at a URL or in a folder. Raises HubError when there is none, or it cannot be reached."""
    scheme = url.partition(":")[0].lower() if "://" in url or url.startswith("file:") else "file"
    if scheme not in _SCHEMES:
        message = f"{url}: no kind of hub begins with {scheme}:; a folder's path, or {', '.join(_known())}"
        raise HubError(message)
    hub: Hub = import_module(f"store.hubs.{_SCHEMES[scheme]}").HUB(url)
    return hub


def _known() -> list[str]:
    return [f"{scheme}:" for scheme in _SCHEMES]
