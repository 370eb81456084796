"""A lead, reviewers and their hub, to measure with: in a folder, or in a PostgreSQL that is started for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from store import Store
from store.hubs import open_hub
from store.sync.hub_book import join_hub, start_hub
from store.sync.mail import Mail
from store.sync.request import Request
from store.sync.sync import Report, Sync, run
from tests import postgres

LEAD, HUB = "lead", "hub"


@dataclass
class Device:
    """A device of a lead's or a reviewer's, at the hub of this URL. requests: what its last sync asked of the hub."""

    store: Store
    name: str
    url: str
    requests: int = 0

    @property
    def mail(self) -> Mail:
        return Mail(self.store, self.name)

    def sync(self) -> Report:
        self.requests = 0
        hub = open_hub(self.url)
        try:
            return run(Sync(self.store, HUB, self.name), hub, self._asked)
        finally:
            hub.close()

    def _asked(self, request: Request) -> None:
        self.requests += request.verb != "rest"


def lead(path: Path, url: str) -> Device:
    """The lead's device: the first, or one more that has the same key."""
    store = Store(path)
    start_hub(store, LEAD, HUB, url)
    return Device(store, LEAD, url)


def reviewer(path: Path, name: str, lead: Device) -> Device:
    """A reviewer's device whose key the lead believes; the store may have something in it already."""
    hub = open_hub(lead.url)
    url = hub.invite(name) if lead.url.startswith("postgresql:") else lead.url
    hub.close()
    store = Store(path)
    join_hub(store, name, HUB, url)
    device = Device(store, name, url)
    lead.mail.team.trust(name, device.mail.team.key.public)
    return device


@contextmanager
def places(folder: Path) -> Iterator[dict[str, str]]:
    """A hub of each kind: its kind, and the URL that is the lead's."""
    (folder / "hub").mkdir()
    with database() as (_, url):
        yield {"a folder": str(folder / "hub"), "PostgreSQL": url}


@contextmanager
def database() -> Iterator[tuple[str, str]]:
    """A PostgreSQL as it is installed, which keeps what it has committed: its administrator's URL, and the lead's."""
    with postgres.a_server(durable=True) as (folder, admin):
        postgres.make_lead(admin)
        yield admin, postgres.url(folder, postgres.LEAD, "secret")
