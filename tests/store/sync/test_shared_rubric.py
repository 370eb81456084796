"""The rubric travels: what the lead shares is judged by the lead's rubric, by everybody."""

from __future__ import annotations

import hashlib
import json

import pytest

from reviewer.annotation import Mistake
from reviewer.errors import ErrataError
from reviewer.rubric import Rubric, built_in_rubric, parse_rubric
from store.hubs import open_hub
from store.sync.segment import sign_segment
from tests.store.sync.teams import Member, Team


def rubric(name: str, extra: str = "") -> Rubric:
    return parse_rubric(f'''
name = "{name}"
scale = [{{ value = 1, name = "good", key = "1" }}, {{ value = 0, name = "bad", key = "0" }}]
family = [{{ letter = "Q", name = "quality" }}]
code = [{{ id = "Q1", name = "sloppy", definition = "it was sloppy" }}]
question = [{{ id = "mood", ask = "How was it, by {name}?" }}]
{extra}''')


def shared(team: Team, *reviewers: Member, title: str = "serve a model") -> str:
    id_ = team.lead.add(title)
    for reviewer in reviewers:
        team.lead.mail.share(id_, reviewer.name)
    team.lead.sync()
    return id_


def asked(member: Member, id_: str) -> str:
    """The question that a member is asked."""
    return member.store.rubric_for(member.name, id_).question[0].ask


def test_the_reviewer_judges_by_the_leads_rubric(team: Team) -> None:
    bob = team.reviewer("bob")
    team.lead.store.use_rubric(rubric("Ana's"))
    id_ = shared(team, bob)
    assert bob.sync().waiting == 0
    session = bob.store.session("bob", id_)
    assert session.rubric == rubric("Ana's")
    (event,) = session.mark(1, Mistake(code="Q1"))
    assert event.rubric == rubric("Ana's").version
    with pytest.raises(ErrataError, match="has no code 'C1'"):
        session.mark(1, Mistake(code="C1"))
    own = bob.add("bob's own")
    assert bob.store.session("bob", own).rubric == built_in_rubric(), "what bob imports is judged as before"
    bob.sync(), team.lead.sync()
    assert team.lead.store.session("bob", id_).review.mistakes()[0].event.rubric == rubric("Ana's").version


def test_all_who_get_a_session_judge_by_the_rubric_it_was_first_shared_with(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    team.lead.store.use_rubric(rubric("first"))
    id_ = shared(team, bob)
    team.lead.store.use_rubric(rubric("second"))
    team.lead.mail.share(id_, "eve")
    later = shared(team, bob, eve, title="later")
    for member in (bob, eve):
        member.sync()
    for member in (bob, eve, team.lead):
        assert asked(member, id_) == "How was it, by first?"
        assert asked(member, later) == "How was it, by second?"


def test_a_review_goes_on_with_the_rubric_that_it_was_begun_under(team: Team) -> None:
    """As where the reviewer had imported the session before."""
    bob = team.reviewer("bob")
    id_ = bob.add("serve a model")
    bob.store.session("bob", id_).mark(1, Mistake(code="C1"))
    team.lead.store.use_rubric(rubric("Ana's"))
    assert shared(team, bob) == id_
    bob.sync()
    assert bob.store.session("bob", id_).rubric == built_in_rubric()
    assert bob.store.session("guest", id_).rubric == rubric("Ana's")


def test_a_session_waits_for_its_rubric(team: Team) -> None:
    """As where the list of the hub does not show everything yet."""
    bob = team.reviewer("bob")
    team.lead.store.use_rubric(rubric("Ana's"))
    id_ = team.lead.add("serve a model")
    team.lead.mail.share(id_, "bob")
    team.lead.store.connection.execute('DELETE FROM notice WHERE line LIKE \'%"kind": "rubric"%\'')
    team.lead.sync()
    report = bob.sync()
    assert (report.waiting, report.trajectories) == (1, [])
    team.lead.mail.share(id_, "bob")
    team.lead.sync()
    assert [head.id for head in bob.sync().trajectories] == [id_]
    assert asked(bob, id_) == "How was it, by Ana's?"


def notice(team: Team, **about: object) -> None:
    """What a lead's program could put into bob's inbox."""
    lead = team.lead
    name, data = sign_segment(
        lead.mail.team.key, "notices", lead.name, "inbox/bob", "w", None, [json.dumps(about).encode()]
    )
    open_hub(str(team.hub)).put(name, data)


def test_a_rubric_of_a_newer_version_comes_and_says_so(team: Team) -> None:
    bob = team.reviewer("bob")
    text = rubric("Ana's").text + "\nmusic = true\n"
    version = hashlib.sha256(text.encode()).hexdigest()
    id_ = shared(team, bob)
    team.lead.store.connection.execute("UPDATE meta SET value = ? WHERE key LIKE 'rubric.%'", (version,))
    notice(team, kind="rubric", version=version, text=text)
    bob.store.connection.execute("INSERT INTO meta VALUES (?,?)", (f"rubric.{id_}", version))
    assert bob.sync().refused == []
    with pytest.raises(ErrataError, match=r"shared with may be of a newer Errata; update it \(rubric .*music"):
        bob.store.session("bob", id_)


@pytest.mark.parametrize("about", [{"version": "0" * 64, "text": "x"}, {"version": 1, "text": 2}, {}], ids=str)
def test_a_rubric_that_is_not_what_it_says_is_refused(team: Team, about: dict[str, object]) -> None:
    bob = team.reviewer("bob")
    notice(team, kind="rubric", **about)
    assert [refusal.reason for refusal in bob.sync().refused] == ["forged"]
    assert bob.store.connection.rows("SELECT * FROM rubric") == []


def test_a_rubric_that_is_too_large_is_not_shared(team: Team) -> None:
    team.reviewer("bob")
    team.lead.store.use_rubric(rubric("Ana's", f"instructions = '{'x' * (1 << 20)}'"))
    with pytest.raises(ErrataError, match='the rubric "Ana\'s" is too large to share: more than 1 MiB'):
        team.lead.mail.share(team.lead.add("serve a model"), "bob")
    assert team.lead.store.connection.rows("SELECT * FROM share") == []


def test_what_older_versions_shared_is_judged_as_before_and_may_be_shared_again(team: Team) -> None:
    """A share that says nothing of a rubric."""
    bob = team.reviewer("bob")
    team.lead.store.use_rubric(rubric("Ana's"))
    id_ = team.lead.add("serve a model")
    team.lead.mail.share(id_, "bob")
    db = team.lead.store.connection
    (line,) = next(row for row in db.rows("SELECT line FROM notice") if '"share"' in row[0])
    old = {key: value for key, value in json.loads(line).items() if key != "rubric"}
    db.execute("DELETE FROM notice WHERE line LIKE '%\"rubric\"%'")
    db.execute("DELETE FROM meta WHERE key LIKE 'rubric.%'")
    db.execute("INSERT INTO notice VALUES ('inbox/bob', ?, NULL)", (json.dumps(old, sort_keys=True),))
    team.lead.sync()
    assert [head.id for head in bob.sync().trajectories] == [id_]
    assert bob.store.session("bob", id_).rubric == built_in_rubric()
    team.lead.mail.share(id_, "bob")
    team.lead.sync(), bob.sync()
    assert asked(bob, id_) == "How was it, by Ana's?"


def test_a_sync_that_is_ended_anywhere_brings_it_all_the_same(team: Team) -> None:
    bob = team.reviewer("bob")
    team.lead.store.use_rubric(rubric("Ana's"))
    id_ = shared(team, bob)
    for steps in range(30):
        bob.sync_in_part(steps)
        assert not bob.store.trajectories.all() or asked(bob, id_) == "How was it, by Ana's?"
    assert bob.store.trajectories.all()
