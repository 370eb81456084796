"""Hubs as released versions left them, and what was in them. Nothing here is ever changed; each version adds its own:

    python -m tests.store.frozen

makes `objects-N.json` when the form of segments is new (N: segment.VERSION): a hub of a lead and a reviewer, the keys
of both, and what whoever has a key must be able to read for good. And `postgres-N.sql` when the schema of PostgreSQL
hubs is new (N: postgres.VERSION): a dump of one with the objects of the last `objects-N.json`.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from reviewer.annotation import Comment
from store.hubs import open_hub, postgres
from store.sync import segment
from store.sync.keys import key_path
from tests.postgres import LEAD as ROLE
from tests.postgres import a_server, make_lead, programs, url
from tests.store.sync.teams import Team

FOLDER = Path(__file__).parent
OBJECTS = sorted(path.stem for path in FOLDER.glob("objects-*.json"))
SCHEMAS = sorted(path.stem for path in FOLDER.glob("postgres-*.sql"))
REVIEWER = "ada"


@dataclass(frozen=True)
class FrozenHub:
    """objects: name to base64. keys: person to base64. said: person to the events, as text, that they must be able to
    read, sorted. trajectory: the id of one that is shared.
    """

    objects: dict[str, str]
    keys: dict[str, str]
    said: dict[str, list[str]]
    trajectory: str

    def bytes_of_objects(self) -> Iterator[tuple[str, bytes]]:
        for name, data in self.objects.items():
            yield name, b64decode(data)

    def lay_key(self, person: str, store: Path) -> None:
        """Make a device of a person's of the place where a store will be."""
        key_path(store).write_bytes(b64decode(self.keys[person]))


def thaw(name: str) -> FrozenHub:
    return FrozenHub(**json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))


def dump(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def freeze() -> list[Path]:
    """Write what this version makes and is not frozen yet. Returns the files."""
    objects, schema = f"objects-{segment.VERSION}", f"postgres-{postgres.VERSION}"
    made = []
    if objects not in OBJECTS:
        made.append(FOLDER / f"{objects}.json")
        made[-1].write_text(json.dumps(asdict(_objects()), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if schema not in SCHEMAS:
        made.append(FOLDER / f"{schema}.sql")
        made[-1].write_text(_dump(thaw(objects)), encoding="utf-8")
    return made


def _objects() -> FrozenHub:
    """A hub with something of each kind: keys, reviews, receipts, feedback, a shared session."""
    with tempfile.TemporaryDirectory() as folder:
        team = Team(Path(folder))
        lead, ada = team.lead, team.reviewer(REVIEWER)
        id_ = lead.add("frozen")
        lead.mail.share(id_, REVIEWER)
        lead.sync(), ada.sync()
        session = ada.store.session(REVIEWER, id_)
        for step in (1, 2):
            session.shown(step)
            session.rate(step, -1)
        session.comment(2, Comment(text="5000 is not 8000 — für alle Fälle 🤖"))
        session.undo()
        ada.sync()
        lead.mail.send([lead.say("well seen").id], REVIEWER)
        lead.say("the gold, which stays here", "gold")
        for member in (lead, ada, lead):
            member.sync()
        gold = [event for event in lead.store.log.events() if event.subject.slot == "gold"]
        frozen = FrozenHub(
            objects={
                path.relative_to(team.hub).as_posix(): b64encode(path.read_bytes()).decode() for path in team.files()
            },
            keys={
                member.name: b64encode(key_path(member.store.path).read_bytes()).decode() for member in (lead, ada)
            },
            said={
                member.name: sorted(event.raw.decode() for event in member.store.log.events() if event not in gold)
                for member in (lead, ada)
            },
            trajectory=id_,
        )
        team.close()
    return frozen


def _dump(frozen: FrozenHub) -> str:
    """A database with these objects and a role for the reviewer, without the passwords."""
    with a_server() as (folder, admin):
        make_lead(admin)
        hub = open_hub(url(folder, ROLE, "secret"))
        hub.start()
        hub.invite(REVIEWER)
        for name, data in frozen.bytes_of_objects():
            hub.put(name, data)
        hub.close()
        command = [f"{programs()}/pg_dump", "--schema=errata", "--column-inserts", admin]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # What begins with a backslash is for psql alone.
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("\\"))
