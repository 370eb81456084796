"""Syncing: what a reviewer says reaches the lead, and nothing reaches anybody else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from zstandard import ZstdCompressor

from reviewer.errors import ErrataError
from reviewer.rubric import Rubric, built_in_rubric, parse_rubric
from store.hubs import HubError, open_hub
from store.sync.hub_book import start_hub
from store.sync.sync import Sync, run
from store.verify import verify
from tests.examples import make_trajectory
from tests.store.sync.teams import LEAD, Team, back_up, restore


@pytest.fixture
def team(any_team: Team) -> Team:
    return any_team


class Counting:
    """A hub that counts what it is asked."""

    def __init__(self, root: Path) -> None:
        self._hub = open_hub(str(root))
        self.asked: list[str] = []

    def __getattr__(self, verb: str) -> Any:
        self.asked.append(verb)
        return getattr(self._hub, verb)


# -- the way of an event


def test_what_a_reviewer_says_reaches_the_lead_who_says_so(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("one", "a"), bob.say("two", "b")
    assert bob.mail.counts("h").saved == 2
    report = bob.sync()
    assert (report.counts.saved, report.counts.sent, report.counts.received) == (2, 2, 0)
    report = team.lead.sync()
    assert (report.by_lead, report.new, report.authors, report.refused) == (True, 2, {"bob"}, [])
    assert team.lead.said() == {"one", "two"}
    report = bob.sync()
    assert (report.counts.saved, report.counts.sent, report.counts.received) == (2, 2, 2)


def test_events_travel_as_the_bytes_that_they_are(team: Team) -> None:
    bob = team.reviewer("bob")
    event = bob.say("naïve 漢 🤖")
    bob.sync()
    team.lead.sync()
    assert [other.encode() for other in team.lead.store.log.events()] == [event.encode()]


def test_nothing_new_costs_three_questions_however_much_there_is(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    for n in range(20):
        bob.say(str(n)), eve.say(str(n))
        bob.sync(), eve.sync(), team.lead.sync()
    for member in (team.lead, bob, eve, team.lead):
        member.sync()
    for member in (team.lead, bob):
        hub: Any = Counting(team.hub)
        member.sync(hub)
        assert hub.asked == ["list"] * 3


def test_two_devices_that_said_two_things_both_show_both_until_one_is_picked(team: Team) -> None:
    one, two = team.reviewer("bob", "bob-1"), team.reviewer("bob", "bob-2")
    one.say("first")
    one.sync(), two.sync()
    one.say("on one"), two.say("on two")
    for member in (one, two, one, team.lead):
        member.sync()
    assert one.said() == two.said() == team.lead.said() == {"on one", "on two"}
    two.say("picked")
    for member in (two, one, team.lead):
        member.sync()
    assert one.said() == two.said() == team.lead.said() == {"picked"}


def test_what_the_lead_says_stays_with_the_lead_but_for_what_is_sent(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    team.lead.say("the gold", "gold")
    feedback = team.lead.say("well done", "feedback")
    bob.say("bob's"), eve.say("eve's")
    team.lead.mail.send([feedback.id], "bob")
    for _ in range(3):
        for member in team.members:
            member.sync()
    assert bob.said() == {"bob's", "well done"}
    assert eve.said() == {"eve's"}
    with pytest.raises(ErrataError, match="there is no event"):
        team.lead.mail.send(["bob's event"], "eve")


@pytest.mark.parametrize("killed", [False, True])
def test_what_a_device_and_the_hub_lost_comes_back_from_the_lead(team: Team, killed: bool) -> None:
    """Also when the lead's program was killed as soon as it had it."""
    bob = team.reviewer("bob")
    back_up(bob)
    before = set(team.files("outbox/bob"))
    for text in ("one", "two"):
        bob.say(text, text)
        bob.sync()
    if killed:
        hub, steps = open_hub(str(team.hub)), Sync(team.lead.store, "h", LEAD).steps()
        request = next(steps)
        while not team.lead.said():
            request = steps.send(request.ask(hub))
        steps.close()
    else:
        team.lead.sync()
    had = team.lead.said()
    for lost in set(team.files("outbox/bob")) - before:
        lost.unlink()
    restore(bob)
    team.lead.sync()
    assert bob.sync().new == len(had) == 2
    assert bob.said() == had


def test_what_the_lead_and_the_hub_lost_comes_back_from_a_reviewer(team: Team) -> None:
    bob, other = team.reviewer("bob"), team.reviewer("bob", "bob-2")
    back_up(team.lead)
    before = set(team.files("inbox/bob"))
    team.lead.mail.send([team.lead.say("look at step 3", "f").id], "bob")
    team.lead.sync()
    bob.sync()
    for lost in set(team.files("inbox/bob")) - before:
        lost.unlink()
    restore(team.lead)
    for member in (bob, team.lead, other):
        member.sync()
    assert "look at step 3" in team.lead.said() & other.said()


def test_what_one_hub_had_goes_to_no_other(team: Team, tmp_path: Path) -> None:
    """Others may read there."""
    bob = team.reviewer("bob")
    bob.say("hello")
    bob.sync(), team.lead.sync()
    second = tmp_path / "second"
    second.mkdir()
    start_hub(team.lead.store, LEAD, "second", str(second))
    run(Sync(team.lead.store, "second", LEAD), open_hub(str(second)))
    assert [path.relative_to(second).parent.name for path in second.rglob("*.segment")] == ["team"]


def test_a_restored_backup_gets_its_later_events_back(team: Team, tmp_path: Path) -> None:
    bob = team.reviewer("bob")
    bob.say("before", "a")
    bob.sync()
    back_up(bob)
    bob.say("after", "b")
    bob.sync()
    restore(bob)
    bob.say("meanwhile", "c")
    bob.sync()
    assert bob.said() == {"before", "after", "meanwhile"}
    team.lead.sync()
    assert team.lead.said() == {"before", "after", "meanwhile"}
    assert bob.sync().counts.received == 3


def test_a_store_with_two_reviewers_sends_of_the_one_who_syncs(team: Team) -> None:
    bob = team.reviewer("bob")
    bob.say("bob's")
    bob.name = "guest"
    bob.say("the guest's")
    bob.name = "bob"
    bob.sync()
    team.lead.sync()
    assert team.lead.said() == {"bob's"}


def test_what_is_about_a_session_that_is_not_here_is_no_damage(team: Team) -> None:
    """A reviewer may have imported it, and sent what they said of it."""
    bob = team.reviewer("bob")
    id_ = bob.add("bob's own")
    bob.store.session("bob", id_).rate(1, 1)
    bob.sync(), team.lead.sync()
    assert len(list(team.lead.store.log.events())) == 1
    assert verify(team.lead.store).faults == verify(bob.store).faults == ()


# -- trajectories


def test_a_trajectory_goes_to_whom_it_is_shared_with(team: Team) -> None:
    bob, eve = team.reviewer("bob"), team.reviewer("eve")
    id_ = team.lead.add("serve a model")
    team.lead.add("not shared")
    team.lead.mail.share(id_, "bob")
    assert team.lead.sync().put == 2
    report = bob.sync()
    assert [head.id for head in report.trajectories] == [id_]
    assert bob.store.trajectories.trajectory(id_) == team.lead.mail.shared(id_)[0]
    eve.sync()
    assert eve.store.trajectories.all() == []
    hub: Any = Counting(team.hub)
    bob.sync(hub)
    assert hub.asked == ["list"] * 3
    assert bob.store.connection.row("SELECT count(*) FROM part") == (0,)


def rubric_that_hides(*names: str) -> Rubric:
    text = built_in_rubric().text
    return parse_rubric(re.sub(r"^hide = .*", f"hide = {json.dumps(names)}", text, flags=re.MULTILINE))


@pytest.mark.parametrize("names", [(), ("outcome",), ("agent", "model")], ids=", ".join)
def test_what_the_rubric_hides_does_not_travel(team: Team, names: tuple[str, ...]) -> None:
    bob = team.reviewer("bob")
    team.lead.store.use_rubric(rubric_that_hides(*names))
    whole = make_trajectory("serve a model", name="of-some-model-1.json")
    id_ = team.lead.store.trajectories.add(whole)[0].id
    team.lead.mail.share(id_, "bob")
    team.lead.sync(), bob.sync()
    came = bob.store.trajectories.trajectory(id_)
    hidden = dict.fromkeys(names, "")
    assert {name: getattr(came, name) for name in ("agent", "model", "outcome")} == {
        "agent": "shell-agent 2", "model": "some-model-1", "outcome": "submitted"
    } | hidden  # fmt: skip
    assert came.task == whole.task
    assert [step.command for step in came.steps] == [step.command for step in whole.steps]
    assert [step.output for step in came.steps] == [step.output for step in whole.steps]
    assert ("some-model-1" in str(came)) == ("model" not in names), "nor does the file's name"
    bob.store.session("bob", id_).rate(1, 1)
    bob.sync(), team.lead.sync()
    assert team.lead.store.session("bob", id_).review.rating(1) is not None
    assert team.lead.store.trajectories.trajectory(id_).canonical == whole.canonical
    assert verify(bob.store).faults == verify(team.lead.store).faults == ()


def test_what_came_without_something_is_verified_too(team: Team) -> None:
    bob = team.reviewer("bob")
    id_ = team.lead.add("serve a model")
    team.lead.mail.share(id_, "bob")
    team.lead.sync(), bob.sync()
    bob.store.connection.execute("DELETE FROM output WHERE step = 1")
    assert "it is not what was imported" in " ".join(verify(bob.store).faults)


def test_a_trajectory_that_an_older_version_shared_whole_is_put_again(team: Team) -> None:
    bob = team.reviewer("bob")
    id_ = team.lead.add("serve a model")
    with pytest.MonkeyPatch.context() as older:
        older.setattr("store.sync.mail.withhold", lambda trajectory, hidden: trajectory)
        team.lead.mail.share(id_, "bob")
    team.lead.sync()
    assert [head.id for head in bob.sync().trajectories] == [id_]
    assert bob.store.trajectories.get(id_).model == "some-model-1"


def test_a_long_trajectory_goes_on_where_the_line_dropped(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.sync.travel.PART", 300)
    bob = team.reviewer("bob")
    id_ = team.lead.add("serve a model")
    team.lead.mail.share(id_, "bob")
    team.lead.sync()
    parts = {path.name for path in team.files("inbox/bob") if path.suffix == ".part"}
    assert len(parts) > 3
    got: list[str] = []

    class Dropping(Counting):
        def get(self, name: str) -> bytes | None:
            if name.endswith(".part") and len(got) % 2:
                got.append("")
                raise HubError("the line dropped")
            got.append(name)
            return self._hub.get(name)

    dropped = 0
    while not bob.store.trajectories.all():
        hub: Any = Dropping(team.hub)
        try:
            bob.sync(hub)
        except HubError:
            dropped += 1
    assert dropped >= len(parts) - 1
    assert len([name for name in got if name.endswith(".part")]) == len(parts), "no part was got twice"


@pytest.mark.parametrize("damage", ["a bit", "another part"])
def test_a_damaged_part_is_put_again(team: Team, damage: str) -> None:
    bob = team.reviewer("bob")
    id_ = team.lead.add("serve a model")
    team.lead.mail.share(id_, "bob")
    team.lead.sync()
    (part,) = [path for path in team.files("inbox/bob") if path.suffix == ".part"]
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 1
    part.write_bytes(data if damage == "a bit" else ZstdCompressor().compress(b"{}"))
    report = bob.sync()
    assert [reason for _, reason, *_ in report.refused] == ["damaged"]
    assert report.waiting == 1
    team.lead.sync()
    assert [head.id for head in bob.sync().trajectories] == [id_]


def test_a_trajectory_whose_file_is_here_already_is_not_there_twice(team: Team) -> None:
    bob = team.reviewer("bob")
    team.lead.store.use_rubric(rubric_that_hides())
    bob.store.trajectories.add(replace(make_trajectory("serve a model"), agent="read otherwise"))
    team.lead.mail.share(team.lead.add("serve a model"), "bob")
    team.lead.sync()
    assert "is shared, but its file is here already" in bob.sync().problems[0]
    assert bob.sync().problems == [], "it is told once"


def test_to_share_a_reviewer_must_be_known(team: Team) -> None:
    with pytest.raises(ErrataError, match="no key of bob is trusted yet"):
        team.lead.mail.share(team.lead.add("serve a model"), "bob")


# -- a sync that is ended anywhere


def test_a_sync_may_be_ended_between_any_two_steps(team: Team) -> None:
    bob = team.reviewer("bob")
    team.lead.mail.share(team.lead.add("serve a model"), "bob")
    team.lead.sync()
    for n in range(3):
        bob.say(str(n), str(n))
    for member in (bob, team.lead, bob):
        assert any(member.sync_in_part(steps) for steps in range(100)), "it never ended"
    assert team.lead.said() == {"0", "1", "2"}
    assert bob.mail.counts("h").received == 3
    assert len(bob.store.trajectories.all()) == 1
