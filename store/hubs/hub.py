"""What a hub is: a place where objects are put, got and listed by name. It knows nothing of what is in them.

A name is BOX/HASH.KIND. Boxes: `team` (who the lead is), `outbox/AUTHOR` (from an author to the lead) and
`inbox/AUTHOR` (from the lead to an author). The hash is the SHA-256 of the object (segment), or of what it unpacks to
(part of a trajectory). So an object never changes: to put it again is harmless, and heals a damaged one.
"""

from __future__ import annotations

import builtins
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reviewer.errors import ErrataError

MAX_OBJECT = 8 << 20
"""Bytes. Nothing larger is put or got."""

_AUTHOR = r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}"
_BOX = rf"team|(?:inbox|outbox)/{_AUTHOR}"
_NAME = re.compile(rf"({_BOX})/([0-9a-f]{{64}})\.(segment|part)")
_LISTED = re.compile(rf"{_BOX}|inbox|outbox")
_NETLOC = re.compile(r"([^:/?#]+://|)([^/?#]*)(.*)", re.DOTALL)


class HubError(ErrataError):
    """The hub cannot be reached, read or written. The message says which hub, what is wrong and what to do."""


class NoPermission(HubError):
    """The hub lets this person not do that."""


class Listed(NamedTuple):
    """An object as listed. size: bytes. mark: changes when the object may have (a time, a hash)."""

    name: str
    size: int
    mark: str

    def may_be(self, size: int) -> bool:
        """Whether the object may be one of `size` bytes, whole."""
        return self.size == size


class Hub(ABC):
    """A hub. Each has a file beside this one; all pass tests/store/hubs/.

    url: where it is. shown: the same as people may see it, without a password. The public methods check what every
    hub must; a hub fills in the others.
    """

    can_be_sealed = True
    """Whether it takes objects whose own hash is not their name."""

    def __init__(self, url: str) -> None:
        self.url, self.shown = url, shown_url(url)

    def put(self, name: str, data: bytes) -> None:
        """Put an object, over one that is there. When it returns, the hub has these bytes for good.

        Raises NoPermission and HubError.
        """
        split_name(name)
        if len(data) > MAX_OBJECT:
            raise HubError(f"{self.shown}: {name} is too large for a hub: more than {MAX_OBJECT >> 20} MiB")
        self._put(name, data)

    def get(self, name: str) -> bytes | None:
        """An object, None when there is none. Raises NoPermission and HubError, also for one that is too large."""
        return self.get_many([name])[0]

    def get_many(self, names: Sequence[str]) -> builtins.list[bytes | None]:
        """What `get` gives for each of these names: with one question to the hub, where it can do that.

        Raises what `get` does, and then gives none.
        """
        for name in names:
            split_name(name)
        found = self._get_many(names)
        for name, data in zip(names, found, strict=True):
            if data is not None and len(data) > MAX_OBJECT:
                most = f"more than {MAX_OBJECT >> 20} MiB"
                raise HubError(f"{self.shown}: {name} is larger than anything in a hub: {most}")
        return found

    def list(self, box: str) -> Iterator[Listed]:
        """The objects in a box, or in all boxes under "inbox" or "outbox", the oldest first where the hub can tell:
        what was said at about the same time is taken in faster together. What has another name than objects have
        (temporary files, a sync program's conflicts) is passed over.

        Raises NoPermission and HubError.
        """
        if not _LISTED.fullmatch(box):
            raise HubError(f"{self.shown}: {box!r} is no box of a hub")
        for listed in self._list(box):
            if _NAME.fullmatch(listed.name) and listed.name.startswith(box + "/"):
                yield listed

    def remove(self, name: str) -> None:
        """Remove an object, as far as the hub knows; one that is not there is no fault. Only what was redacted is.

        Raises NoPermission and HubError.
        """
        split_name(name)
        self._remove(name)

    @abstractmethod
    def start(self) -> None:
        """Make what a hub needs before the first put. Doing it again is harmless. The lead does it."""

    @abstractmethod
    def _put(self, name: str, data: bytes) -> None: ...

    @abstractmethod
    def _get(self, name: str) -> bytes | None:
        """The object; of one that is too large, no more than MAX_OBJECT + 1 bytes."""

    def _get_many(self, names: Sequence[str]) -> builtins.list[bytes | None]:
        return [self._get(name) for name in names]

    @abstractmethod
    def _list(self, box: str) -> Iterator[Listed]: ...

    @abstractmethod
    def _remove(self, name: str) -> None: ...

    def invite(self, name: str) -> str:
        """As the lead, make an account for a reviewer. Returns the URL that is theirs.

        Raises HubError where there are no accounts.
        """
        raise HubError(
            f"{self.shown}: Errata makes no accounts for this kind of hub; docs/hubs.md tells how to give {name} one"
        )

    def close(self) -> None:  # noqa: B027
        """Let go of what is open."""


def split_name(name: str) -> tuple[str, str, str]:
    """An object's box, hash and kind. Raises HubError for what is no object's name, so that none climbs out."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise HubError(f"{name!r} is no name of an object in a hub")
    box, sha256, kind = match.groups()
    return box, sha256, kind


def shown_url(url: str) -> str:
    """A hub's URL without the password in it, if there is one."""
    scheme, netloc, rest = _NETLOC.match(url).groups()  # type: ignore[union-attr]  # matches anything
    who, _, place = netloc.rpartition("@")
    user, _, password = who.partition(":")
    return f"{scheme}{user}@{place}{rest}" if password else url


def owner_of(box: str) -> str:
    """Whose box it is: "rev-03" of "outbox/rev-03"; "" of "team"."""
    return box.partition("/")[2]
