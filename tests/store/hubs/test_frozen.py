"""Hubs that older versions left are read by this one: whoever has a key reads what they could read."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from store import Store
from store.hubs import HubError, open_hub
from store.hubs import postgres as postgres_hub
from store.sync import segment
from store.sync.hub_book import join_hub, start_hub
from store.sync.sync import Sync, run
from tests.store.hubs.conftest import PostgresPlace, postgres
from tests.store.hubs.frozen import OBJECTS, REVIEWER, SCHEMAS, FrozenHub, thaw
from tests.store.sync.teams import LEAD, Member


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PostgresPlace]:
    yield from postgres(tmp_path)


@pytest.fixture(params=[*OBJECTS, *SCHEMAS])
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[FrozenHub, str, str]:
    """A frozen hub, and the URLs by which the lead and the reviewer reach it."""
    if request.param in SCHEMAS:
        place: PostgresPlace = request.getfixturevalue("place")
        return thaw(OBJECTS[-1]), place.lead, place.thaw(request.param)
    hub, found = tmp_path / "hub", thaw(request.param)
    for name, data in found.bytes_of_objects():
        (hub / name).parent.mkdir(parents=True, exist_ok=True)
        (hub / name).write_bytes(data)
    return found, str(hub), str(hub)


def said(store: Store) -> list[str]:
    return sorted(event.raw.decode() for event in store.log.events())


def test_this_version_has_frozen_its_hubs() -> None:
    made = {f"objects-{segment.VERSION}", f"postgres-{postgres_hub.VERSION}"}
    assert made <= {*OBJECTS, *SCHEMAS}, "run `python -m tests.store.frozen` and commit what it makes"


def test_new_devices_of_both_read_an_old_hub_and_go_on(frozen: tuple[FrozenHub, str, str], tmp_path: Path) -> None:
    found, leads, reviewers = frozen
    for name in (LEAD, REVIEWER):
        found.lay_key(name, tmp_path / f"{name}.db")
    lead, ada = Member(tmp_path, LEAD), Member(tmp_path, REVIEWER)
    start_hub(lead.store, LEAD, "h", leads)
    join_hub(ada.store, REVIEWER, "h", reviewers)
    for member, url in ((lead, leads), (ada, reviewers)):
        report = run(Sync(member.store, "h", member.name), open_hub(url))
        assert report.refused == []
        assert said(member.store) == found.said[member.name]
    assert ada.store.trajectories.trajectory(found.trajectory).id == found.trajectory
    ada.say("still here")
    ada.sync(), lead.sync()
    assert "still here" in lead.said()
    assert ada.sync().counts.received == ada.mail.counts("h").saved
    for member in (lead, ada):
        member.store.close()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_programs_of_the_lead_bring_an_old_schema_up_to_date_once(place: PostgresPlace, schema: str) -> None:
    reviewers = place.thaw(schema)
    open_hub(reviewers).close()  # a reviewer comes first, and can go on
    with ThreadPoolExecutor(4) as pool:
        for hub in pool.map(lambda _: place.open(), range(4)):
            hub.close()
    with psycopg.connect(reviewers) as db:
        assert db.execute("SELECT version FROM errata.meta").fetchall() == [(postgres_hub.VERSION,)]


def test_a_hub_of_a_newer_version_is_used_as_far_as_it_says(place: PostgresPlace) -> None:
    hub = place.open()
    hub.start()
    reviewers = hub.invite("bob")
    with psycopg.connect(place.lead, autocommit=True) as db:
        db.execute("UPDATE errata.meta SET version = 99")
        for url in (place.lead, reviewers):
            open_hub(url).close()
        db.execute("UPDATE errata.meta SET oldest = 99")
        for url in (place.lead, reviewers):
            with pytest.raises(HubError, match="by a newer Errata; update to use it"):
                open_hub(url)
        assert db.execute("SELECT * FROM errata.meta").fetchall() == [(99, 99)]
