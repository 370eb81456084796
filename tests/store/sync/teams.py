"""A lead and reviewers, each with a store, and a hub between them."""

from __future__ import annotations

from pathlib import Path

from reviewer.annotation import Comment
from reviewer.event import WHOLE, Event, Subject
from store import Store
from store.hubs import Hub, open_hub
from store.log import Change
from store.sync.hub_book import find_hubs, join_hub, start_hub
from store.sync.mail import Mail
from store.sync.sync import Report, Sync, run
from tests.examples import make_trajectory

LEAD = "ana"


class Member:
    """A person's device: a store with the hub "h"."""

    def __init__(self, folder: Path, name: str, device: str = "") -> None:
        self.name = name
        self.store = Store(folder / f"{device or name}.db")

    @property
    def mail(self) -> Mail:
        return Mail(self.store, self.name)

    def sync(self, hub: Hub | None = None) -> Report:
        return run(Sync(self.store, "h", self.name), hub or open_hub(find_hubs(self.store, "h")[0].url))

    def sync_in_part(self, steps_taken: int) -> bool:
        """A sync that is ended after so many steps; whether there were no more."""
        hub = open_hub(find_hubs(self.store, "h")[0].url)
        steps = Sync(self.store, "h", self.name).steps()
        try:
            request = next(steps)
            for _ in range(steps_taken):
                request = steps.send(request.ask(hub))
        except StopIteration:
            return True
        steps.close()
        return False

    def say(self, text: str, slot: str = "s", trajectory: str = "t") -> Event:
        subject = Subject(self.name, trajectory, WHOLE, "comment", slot)
        (event,) = self.store.log.write([Change(subject, Comment(text=text))], rubric="r")
        return event

    def said(self) -> set[str]:
        """What is in force here."""
        rows = self.store.connection.rows(
            "SELECT json_extract(value, '$.text') FROM annotations WHERE kind='comment'"
        )
        return {text for (text,) in rows}

    def add(self, title: str) -> str:
        return self.store.trajectories.add(make_trajectory(title))[0].id


class Team:
    """The lead, a hub in a folder, and who joined."""

    def __init__(self, folder: Path, *, sealed: bool = False) -> None:
        self.folder = folder
        self.sealed = sealed
        self.hub = folder / "hub"
        self.hub.mkdir()
        self.members: list[Member] = []
        self.lead = self._member(LEAD)
        start_hub(self.lead.store, LEAD, "h", str(self.hub), sealed=sealed)
        self.lead.sync()

    def _member(self, name: str, device: str = "") -> Member:
        member = Member(self.folder, name, device)
        self.members.append(member)
        return member

    def newcomer(self, name: str, device: str = "") -> Member:
        """Somebody whom the lead has not met."""
        member = self._member(name, device)
        join_hub(member.store, name, "h", str(self.hub))
        member.sync()
        return member

    def reviewer(self, name: str, device: str = "") -> Member:
        """Somebody whose key the lead trusts."""
        member = self.newcomer(name, device)
        self.lead.mail.team.trust(name, member.mail.team.key.public)
        self.lead.sync()
        member.sync()
        return member

    def close(self) -> None:
        for member in self.members:
            member.store.close()

    def files(self, box: str = "") -> list[Path]:
        return sorted(path for path in (self.hub / box).rglob("*") if path.is_file())


def back_up(member: Member) -> None:
    member.store.connection.execute("VACUUM INTO ?", (str(member.store.path.with_suffix(".backup")),))


def restore(member: Member) -> None:
    path = member.store.path
    member.store.close()
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    path.with_suffix(".backup").replace(path)
    member.store = Store(path)
