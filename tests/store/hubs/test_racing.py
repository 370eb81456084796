"""Many writers at one database, whose connections are cut in the middle: all arrives, once, and nobody hangs."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from store.hubs import open_hub
from store.sync.hub_book import join_hub, start_hub
from tests.programs import start
from tests.store.hubs.conftest import PostgresPlace, postgres
from tests.store.sync.teams import LEAD, Member

DEVICES = {"alice-1": "alice", "alice-2": "alice", "bob": "bob", "carol": "carol", "dan": "dan", "eve": "eve"}
ROUNDS = 25

_WRITER = """
import sys
from pathlib import Path
from store.hubs import HubError
from tests.store.sync.teams import Member
folder, name, device, rounds = sys.argv[1:]
member = Member(Path(folder), name, device)
print("ready", flush=True)
sys.stdin.readline()
for n in range(int(rounds)):
    for part in range(3):
        member.say(f"{device} {n} {part}", f"{device}-{n}-{part}")
    while True:
        try:
            member.sync()
        except HubError as error:
            print(error, flush=True)
        else:
            break
member.store.close()
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PostgresPlace]:
    yield from postgres(tmp_path)


def test_racing_writers_whose_connections_are_cut(place: PostgresPlace, tmp_path: Path) -> None:
    lead = Member(tmp_path, LEAD)
    start_hub(lead.store, LEAD, "h", place.lead)
    hub = open_hub(place.lead)
    urls = {name: hub.invite(name) for name in {*DEVICES.values()}}
    members = {device: Member(tmp_path, name, device) for device, name in DEVICES.items()}
    for member in members.values():
        join_hub(member.store, member.name, "h", urls[member.name])
        lead.mail.team.trust(member.name, member.mail.team.key.public)
    for member in (*members.values(), lead, *members.values()):
        member.sync()
    lead.say("the gold", "gold")
    for member in (*members.values(), lead):
        member.store.close()

    people = {**DEVICES, LEAD: LEAD}
    writers = [start(_WRITER, tmp_path, name, device, ROUNDS) for device, name in people.items()]
    for writer in writers:
        assert writer.stdout and writer.stdin
        assert writer.stdout.readline() == "ready\n"
        writer.stdin.write("go\n")
        writer.stdin.flush()
    cuts, deadline = 0, time.monotonic() + 90
    with psycopg.connect(place.admin, autocommit=True) as db:
        while any(writer.poll() is None for writer in writers):
            assert time.monotonic() < deadline, "somebody hangs"
            cut = db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'errata_%'"
                " AND state <> 'idle' OR usename LIKE 'errata_%' AND random() < 0.1 ORDER BY random() LIMIT 1"
            ).fetchall()
            cuts += len(cut)
            time.sleep(0.05)
    told = 0
    for writer in writers:
        out, err = writer.communicate()
        assert writer.returncode == 0, err
        told += len(out.splitlines())
        assert all("errata" in line for line in out.splitlines()), "a clear line for each cut"
    assert cuts > 10 and told > 0, (cuts, told)

    lead = Member(tmp_path, LEAD)
    members = {device: Member(tmp_path, name, device) for device, name in DEVICES.items()}
    for member in (*members.values(), lead, *members.values()):
        assert member.sync().refused == []
    said = [f"{device} {n} {part}" for device in people for n in range(ROUNDS) for part in range(3)]
    arrived = Counter(json.loads(event.raw)["value"]["text"] for event in lead.store.log.events())
    assert arrived == Counter([*said, "the gold"])
    assert lead.store.log.faults() == []
    for device, member in members.items():
        own = {text for text in said if DEVICES.get(text.split()[0]) == DEVICES[device]}
        assert member.said() == own
        counts = member.mail.counts("h")
        assert counts.saved == counts.sent == counts.received == len(own)
    for member in (*members.values(), lead):
        member.store.close()
