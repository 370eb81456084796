"""Two devices of one reviewer said two things of the same while offline: both are shown, and the reviewer picks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.annotation import Mistake
from store.session import ReviewSession
from tests.store.sync.teams import Member, Team
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import REVIEWER


class Devices:
    """A laptop, at which somebody sits, and a desktop, of one reviewer; each has the session that the lead shared."""

    def __init__(self, folder: Path) -> None:
        self.team = Team(folder)
        self.laptop = self.team.reviewer(REVIEWER, "laptop")
        self.desktop = self.team.reviewer(REVIEWER, "desktop")
        self.team.lead.mail.share(self.team.lead.add("serve the model"), REVIEWER)
        self.sync()

    def sync(self) -> None:
        for member in (self.team.lead, self.laptop, self.desktop, self.laptop, self.team.lead):
            member.sync()

    def session(self, member: Member) -> ReviewSession:
        (head,) = member.store.trajectories.all()
        return member.store.session(REVIEWER, head.id)


@pytest.fixture
def devices(tmp_path: Path) -> Iterator[Devices]:
    made = Devices(tmp_path)
    yield made
    made.team.close()


async def at_the_laptop(devices: Devices, *keys: str) -> Desk:
    """What is seen after these keys in the review at the laptop."""
    id_ = devices.session(devices.laptop).head.id
    async with sit_down(devices.laptop.store, id_, size=(100, 40)) as desk:
        await desk.press(*keys)
        return desk


def ratings_everywhere(devices: Devices) -> set[tuple[int | str, ...]]:
    """The ratings of step 1 that are in force, on each device and with the lead."""
    devices.sync()
    found = set()
    for member in (devices.laptop, devices.desktop, devices.team.lead):
        rows = member.store.connection.rows("SELECT rating FROM ratings WHERE step = 1 ORDER BY rating")
        found.add(tuple(rating for (rating,) in rows))
    return found


async def test_two_ratings_are_shown_and_the_one_that_is_picked_is_in_force_everywhere(devices: Devices) -> None:
    devices.session(devices.laptop).rate(1, 1)
    devices.session(devices.desktop).rate(1, -1)
    assert ratings_everywhere(devices) == {(-1, 1)}
    desk = await at_the_laptop(devices, "x")
    assert "1 to pick" in desk.top
    assert " 1  + good  (said differently on another device: x picks)" in desk.text
    assert " 2  - bad  (said differently on another device: x picks)" in desk.text
    desk = await at_the_laptop(devices, "x", "1", "k")
    assert "to pick" not in desk.top
    assert ratings_everywhere(devices) == {(1,)}
    assert devices.session(devices.desktop).review.contested == []


async def test_to_rate_again_picks_too(devices: Devices) -> None:
    devices.session(devices.laptop).rate(1, 1)
    devices.session(devices.desktop).rate(1, -1)
    devices.sync()
    await at_the_laptop(devices, "0")
    assert ratings_everywhere(devices) == {(0,)}


async def test_where_both_said_the_same_there_is_nothing_to_pick(devices: Devices) -> None:
    devices.session(devices.laptop).rate(1, 1)
    devices.session(devices.desktop).rate(1, 1)
    devices.sync()
    desk = await at_the_laptop(devices)
    assert "to pick" not in desk.top
    assert desk.text.count("+ good") == 1 and "differently" not in desk.text


async def test_what_one_changed_and_the_other_withdrew_is_shown_with_that(devices: Devices) -> None:
    devices.session(devices.laptop).rate(1, 1)  # so that step 2 may be seen
    devices.session(devices.laptop).mark(2, Mistake(code="C1", note="first"))
    devices.sync()
    laptop, desktop = (devices.session(member) for member in (devices.laptop, devices.desktop))
    (entry,) = laptop.review.mistakes()
    laptop.mark(2, Mistake(code="C1", note="second"), entry.slot)
    desktop.withdraw(entry)
    devices.sync()
    desk = await at_the_laptop(devices, "f", "d")
    assert desk.step == 2
    assert "second (said differently on another device: x picks)" in " ".join(desk.text.split())
    await at_the_laptop(devices, "f", "d", "x", "1", "w")
    devices.sync()
    assert devices.session(devices.desktop).review.mistakes() == []


async def test_two_answers_are_shown_in_the_verdict_and_one_is_picked_there(devices: Devices) -> None:
    devices.session(devices.laptop).answer("outcome", "fail")
    devices.session(devices.desktop).answer("outcome", "success")
    devices.sync()
    asked = devices.session(devices.laptop).rubric.find_question("outcome")
    names = {choice.id: choice.name for choice in asked.choices}
    desk = await at_the_laptop(devices, "v")
    assert "(answered differently on another device)" in desk.row_with(asked.ask)
    desk = await at_the_laptop(devices, "v", *"kkkkkkkkkkkk")
    said = " / ".join(sorted((names["fail"], names["success"])))
    assert f"(on two devices: {said}; answer again to pick)" in desk.text
    number = [choice.id for choice in asked.choices].index("fail") + 1
    desk = await at_the_laptop(devices, "v", *"kkkkkkkkkkkk", str(number))
    assert "on two devices" not in desk.text and "differently" not in desk.text
    devices.sync()
    assert devices.session(devices.desktop).review.answer("outcome") == "fail"
    assert devices.session(devices.desktop).review.contested == []


async def test_two_decisive_mistakes_are_one_that_is_picked(devices: Devices) -> None:
    laptop = devices.session(devices.laptop)
    laptop.rate(1, 1)
    marks = [laptop.mark(step, Mistake(code="C1"))[0].subject.slot for step in (1, 2)]
    devices.sync()
    devices.session(devices.laptop).decide(marks[0])
    devices.session(devices.desktop).decide(marks[1])
    devices.sync()
    desk = await at_the_laptop(devices, "g", "2", "enter")
    assert "* decisive (another was, on another device: d picks)" in " ".join(desk.text.split())
    await at_the_laptop(devices, "g", "2", "enter", "d")
    devices.sync()
    review = devices.session(devices.desktop).review
    assert (review.decisive, review.contested) == (marks[1], [])
