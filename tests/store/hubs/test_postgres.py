"""What a database gives to whom: tried as a hostile reviewer, with everything that SQL has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from store.hubs import Hub, HubError, NoPermission, open_hub
from store.hubs.hub import shown_url
from store.sync.hub_book import join_hub, start_hub
from store.sync.sync import Sync, run
from tests.store.hubs.conftest import PostgresPlace, postgres
from tests.store.hubs.frozen import SCHEMAS
from tests.store.hubs.test_every_hub import an_object, names
from tests.store.sync.teams import LEAD, Member


@pytest.fixture
def place(tmp_path: Path) -> Iterator[PostgresPlace]:
    yield from postgres(tmp_path)


@pytest.fixture(params=["", *SCHEMAS])
def lead(place: PostgresPlace, request: pytest.FixtureRequest) -> Iterator[Hub]:
    """The lead's hub, made by this version or brought up to date from an older one: what holds, holds for all."""
    if request.param:
        place.thaw(request.param)
    hub = place.open()
    hub.start()
    yield hub
    hub.close()


@pytest.fixture
def bob(lead: Hub) -> str:
    """Bob's URL; there are a team, a box of Eve's, and boxes of Bob's."""
    lead.invite("eve")
    for box in ("team", "inbox/bob", "inbox/eve", "outbox/eve"):
        lead.put(*an_object(box.encode(), box))
    return lead.invite("bob")


def test_a_reviewer_sees_their_own_boxes(bob: str, lead: Hub) -> None:
    hub = open_hub(bob)
    hub.put(*an_object(b"mine", "outbox/bob"))
    assert names(hub, "outbox") == names(hub, "outbox/bob") == {an_object(b"mine", "outbox/bob")[0]}
    assert names(hub, "inbox") == {an_object(b"inbox/bob", "inbox/bob")[0]}
    assert names(hub, "team") == names(lead, "team") != set()
    assert hub.get(an_object(b"outbox/eve", "outbox/eve")[0]) is None


@pytest.mark.parametrize("box", ["outbox/eve", "inbox/bob", "inbox/eve", "team"])
def test_a_reviewer_writes_into_no_other_box(bob: str, lead: Hub, box: str) -> None:
    hub = open_hub(bob)
    with pytest.raises(NoPermission):
        hub.put(*an_object(b"forged", box))
    with pytest.raises(NoPermission):  # also not over what is there
        hub.put(*an_object(box.encode(), box))
    with pytest.raises(NoPermission):
        hub.remove(an_object(box.encode(), box)[0])
    assert lead.get(an_object(box.encode(), box)[0]) == box.encode()


def test_bytes_under_a_wrong_name_are_refused_by_the_server(bob: str) -> None:
    hub = open_hub(bob)
    name, data = an_object(b"mine", "outbox/bob")
    hub.put(name, data)
    for wrong in (b"other", b""):
        with pytest.raises(NoPermission):
            hub.put(name, wrong)
    with pytest.raises(NoPermission):
        hub.put(an_object(b"x", "outbox/bob", "part")[0], b"not what it says")
    assert hub.get(name) == data


_DATA = "decode('00', 'hex')"

ATTACKS = [
    "SELECT * FROM errata.person",
    "DELETE FROM errata.object",
    "TRUNCATE errata.object",
    "UPDATE errata.object SET name = 'x'",
    f"UPDATE errata.object SET data = {_DATA} WHERE box = 'outbox/bob'",
    "SET ROLE errata_lead",
    "SET SESSION AUTHORIZATION errata_lead",
    "ALTER TABLE errata.object DISABLE ROW LEVEL SECURITY",
    "DROP POLICY reads ON errata.object",
    "SET row_security = off; SELECT * FROM errata.object",
    "CREATE TABLE errata.x (a int)",
    "INSERT INTO errata.person VALUES (session_user, 'eve', true)",
    "UPDATE errata.person SET is_lead = true",
    "CREATE ROLE x",
    "GRANT errata_lead TO errata_bob",
    "GRANT SELECT ON errata.person TO PUBLIC",
    "COPY errata.object TO PROGRAM 'cat'",
    "UPDATE errata.meta SET version = 99",
    "INSERT INTO errata.meta VALUES (99, 99)",
    "DELETE FROM errata.meta",
    "CREATE OR REPLACE FUNCTION errata.is_lead() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_reviewer_may_not(bob: str, lead: Hub, attack: str) -> None:
    open_hub(bob).put(*an_object(b"mine", "outbox/bob"))
    with psycopg.connect(bob, autocommit=True) as db:
        statement: Any = attack
        with pytest.raises(psycopg.Error) as refused:
            db.execute(statement)
        assert isinstance(refused.value, psycopg.errors.InsufficientPrivilege | psycopg.errors.SyntaxError)
    assert len(names(lead, "outbox/eve")) == 1


@pytest.mark.parametrize(
    "question",
    [
        "SELECT count(*) FROM errata.object WHERE box LIKE '%eve'",
        "SELECT count(*) FROM errata.object WHERE size > 0 AND box NOT IN ('team', 'inbox/bob', 'outbox/bob')",
        "SELECT count(*) FROM pg_stats WHERE schemaname = 'errata'",
    ],
)
def test_what_a_reviewer_cannot_see(bob: str, question: str) -> None:
    with psycopg.connect(bob) as db:
        statement: Any = question
        assert db.execute(statement).fetchone() == (0,)


def test_everybody_keeps_their_rights_when_invited_again(bob: str, lead: Hub) -> None:
    again = lead.invite("bob")
    with pytest.raises(HubError, match="password authentication failed"):
        open_hub(bob)
    assert len(names(open_hub(again), "inbox/bob")) == 1


def test_what_cannot_be_reached_is_one_line_without_the_password(place: PostgresPlace) -> None:
    for url in ("postgresql://bob:geheim@127.0.0.1:1/x", place.lead.replace("secret", "geheim")):
        with pytest.raises(HubError) as refused:
            open_hub(url)
        assert "geheim" not in str(refused.value) and "\n" not in str(refused.value)
    assert shown_url("postgresql://bob:geheim@host/x") == "postgresql://bob@host/x"


def test_from_a_review_to_its_receipt(place: PostgresPlace, tmp_path: Path) -> None:
    lead, bob = Member(tmp_path, LEAD), Member(tmp_path, "bob")

    def sync(member: Member, url: str) -> Any:
        return run(Sync(member.store, "h", member.name), open_hub(url))

    start_hub(lead.store, LEAD, "h", place.lead)
    sync(lead, place.lead)
    url = open_hub(place.lead).invite("bob")
    join_hub(bob.store, "bob", "h", url)
    bob.say("hello")
    sync(bob, url)
    lead.mail.team.trust("bob", bob.mail.team.key.public)
    id_ = lead.add("a session")
    lead.mail.share(id_, "bob")
    for _ in range(2):
        sync(lead, place.lead)
    report = sync(bob, url)
    assert lead.said() == {"hello"}
    assert report.counts.received == 1
    assert [head.id for head in report.trajectories] == [id_]
    assert bob.store.trajectories.trajectory(id_).id == id_
    for member in (lead, bob):
        member.store.close()
