"""The hubs of a store: starting one as the lead, joining one as a reviewer, and which there are."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass

from reviewer.errors import ErrataError
from store.hubs import Hub, HubError, open_hub
from store.hubs.hub import MAX_OBJECT, shown_url
from store.store import Store
from store.sync.keys import short_key
from store.sync.mail import Mail
from store.sync.segment import Refused, Segment, introduce

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True)
class HubEntry:
    """A hub as the store knows it. sealed: what goes through it is. shown: its URL without a password."""

    name: str
    url: str
    sealed: bool = False

    @property
    def shown(self) -> str:
        return shown_url(self.url)


def hubs(store: Store) -> list[HubEntry]:
    rows = store.connection.rows("SELECT name, url, sealed FROM hub ORDER BY name")
    return [HubEntry(name, url, bool(sealed)) for name, url, sealed in rows]


def find_hubs(store: Store, name: str | None = None) -> list[HubEntry]:
    """The hub of this name, or all. Raises ErrataError when there is none."""
    known = hubs(store)
    if not known:
        raise ErrataError("no hub is set up; `errata hub add NAME URL` sets one up")
    found = [hub for hub in known if name in (None, hub.name)]
    if not found:
        raise ErrataError(f"there is no hub {name!r}; there is {', '.join(hub.name for hub in known)}")
    return found


def forget_hub(store: Store, name: str) -> HubEntry:
    """Have nothing to do with a hub any more. Raises ErrataError when there is none of this name."""
    (entry,) = find_hubs(store, name)
    with store.connection.transaction():
        store.connection.execute("DELETE FROM hub WHERE name = ?", (name,))
        store.connection.execute("DELETE FROM sent WHERE hub = ?", (name,))
    return entry


def start_hub(store: Store, me: str, name: str, url: str, *, sealed: bool = False) -> None:
    """As the lead, make a hub of a place. Doing it again is harmless, and mends a hub that was emptied.

    sealed: what goes through it is to be; a hub that was started so stays so.

    Raises ErrataError when it is another lead's, and HubError when it cannot be used.
    """
    hub = _open(store, name, url)
    try:
        mail = Mail(store, me)
        leads = _leads(hub)
        strangers = {segment.key: segment.author for segment in leads}
        if strangers and mail.team.key.public not in strangers:
            raise ErrataError(f"{hub.shown}: is the hub of {min(strangers.values())} already; use another place")
        own = [segment for segment in leads if segment.key == mail.team.key.public]
        sealed = _is_sealed(store, name, hub, own, asked=sealed)
        with store.connection.transaction():
            mail.team.start(sealed=sealed)
            while mail.cut():
                continue
        hub.start()
        for segment in mail.introductions(sealed=sealed):
            hub.put(segment, mail.bytes_of(segment))
        _keep(store, name, hub.url, sealed=sealed)
    finally:
        hub.close()


def join_hub(store: Store, me: str, name: str, url: str, lead_key: str = "", *, sealed: bool = False) -> Segment:
    """As a reviewer, work with a hub. Returns how its lead introduced themselves: `author` and `key`.

    lead_key: the key that the lead told, or its first digits. Without it, the first lead that is met is believed from
    then on. sealed: as the lead told, too; without it, what the lead's introduction says.

    Raises ErrataError when there is no lead, or not this one, and HubError when the hub cannot be used.
    """
    hub = _open(store, name, url)
    try:
        leads = _leads(hub)
        wanted = lead_key.lower().replace("-", "")
        found = [segment for segment in leads if segment.key.startswith(wanted)]
        if not leads:
            raise ErrataError(f"{hub.shown}: not an Errata hub; its lead starts it with `errata hub init`")
        if len({segment.key for segment in found}) != 1:
            met = ", ".join(sorted(f"{segment.author} {short_key(segment.key)}" for segment in leads))
            if wanted:
                raise ErrataError(f"{hub.shown}: the lead's key there is not the one that you gave; there is {met}")
            raise ErrataError(f"{hub.shown}: which lead is yours? There is {met}; ask, and give --lead-key KEY")
        lead = max(found, key=_says_sealed)
        if lead.author == me:
            raise ErrataError(f"{me} is the lead of this hub; say with --as who you are")
        mail = Mail(store, me)
        sealed = _is_sealed(store, name, hub, found, asked=sealed)
        with store.connection.transaction():
            mail.team.join(lead.author, lead.key)
            _keep(store, name, hub.url, sealed=sealed)
            mail.take(lead.name, hub.get(lead.name) or b"", name)
        return lead
    finally:
        hub.close()


def _leads(hub: Hub) -> list[Segment]:
    """How the leads of a hub introduce themselves; one, unless somebody meddles."""
    leads = []
    for listed in hub.list("team"):
        if listed.size <= MAX_OBJECT and (data := hub.get(listed.name)) is not None:
            try:
                leads.append(introduce(listed.name, data))
            except Refused as error:
                if error.reason == "newer":
                    raise HubError(f"{hub.shown}: {error}") from error
    return leads


def _is_sealed(store: Store, name: str, hub: Hub, introductions: list[Segment], *, asked: bool) -> bool:
    """Whether a hub is sealed: its lead asked for it, or says so there, or this store knows it. Raises ErrataError
    when it should be and is not: as when somebody put there what the lead had said in another hub.
    """
    query = "SELECT 1 FROM hub WHERE sealed AND (name = ? OR url = ?)"
    said = any(map(_says_sealed, introductions))
    sealed = asked or said or store.connection.row(query, (name, hub.url)) is not None
    if sealed and introductions and not said:
        raise ErrataError(f"{hub.shown}: was not started as a sealed hub, so all can read it; use another place")
    if sealed and not hub.can_be_sealed:
        raise HubError(f"{hub.shown}: this kind of hub cannot be sealed; it tells by itself who may read what")
    return sealed


def _says_sealed(lead: Segment) -> bool:
    """Whether a lead's introduction says that the hub is sealed."""
    with suppress(ValueError, RecursionError, AttributeError):
        return any(json.loads(line).get("sealed") is True for line in lead.lines)
    return False


def _open(store: Store, name: str, url: str) -> Hub:
    """A hub that is to have this name. Raises ErrataError where it cannot, and HubError."""
    if not _NAME.fullmatch(name):
        raise ErrataError(f"{name!r} cannot be a hub's name: letters, digits and . _ - only, 32 at most")
    hub = open_hub(url)
    for known in hubs(store):
        if known.name == name and known.url != hub.url:
            hub.close()
            raise ErrataError(
                f"{name} is {known.shown} already; take another name, or `errata hub remove {name}` first"
            )
    return hub


def _keep(store: Store, name: str, url: str, *, sealed: bool) -> None:
    with store.connection.transaction():
        store.connection.execute("INSERT OR REPLACE INTO hub VALUES (?,?,?)", (name, url, sealed))
