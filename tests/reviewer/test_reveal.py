"""What a reviewer may see before judging, under each reveal policy."""

from __future__ import annotations

import pytest

from reviewer.event import WHOLE
from reviewer.reveal import Visible, visible
from reviewer.rubric import RevealPolicy
from tests.devices import Device, subject
from tests.examples import JUDGED_WORK

LAST = 7

POLICIES: list[RevealPolicy] = ["all", "forward", "action-first"]


def rate(device: Device, *steps: int) -> None:
    for step in steps:
        device.write(subject(step), {"kind": "rating", "value": 0})


def seen(policy: RevealPolicy, device: Device) -> tuple[int, int]:
    shown = visible(policy, device.review, JUDGED_WORK, LAST)
    return shown.steps, shown.outputs


@pytest.mark.parametrize(
    ("rated", "forward", "action_first"),
    [
        ([], (1, 1), (1, 0)),
        ([1], (2, 2), (2, 1)),
        ([1, 2], (4, 4), (4, 3)),  # step 3 is a thought: nothing to judge, so the next command follows
        ([1, 2, 4], (6, 6), (6, 5)),  # step 5 is copied context
        ([2, 4, 6, 7], (1, 1), (1, 0)),  # the first unrated command is what counts
        (JUDGED_WORK, (7, 7), (7, 7)),
    ],
)
def test_what_is_shown_follows_what_is_rated(
    rated: list[int], forward: tuple[int, int], action_first: tuple[int, int]
) -> None:
    device = Device("a")
    rate(device, *rated)
    assert seen("all", device) == (LAST, LAST)
    assert seen("forward", device) == forward
    assert seen("action-first", device) == action_first


def test_rating_a_suggestion_or_marking_a_mistake_is_not_judging_the_command() -> None:
    device = Device("a")
    device.write(subject(1, slot="00000001"), {"kind": "rating", "value": 1})
    device.write(subject(1, "mistake", "00000002"), {"kind": "mistake", "code": "B1"})
    assert seen("forward", device) == (1, 1)


def test_taking_a_rating_back_hides_the_future_again() -> None:
    device = Device("a")
    rate(device, 1, 2)
    device.take_back(device.review.undo())
    assert seen("forward", device) == (2, 2)


@pytest.mark.parametrize("policy", ["forward", "action-first"])
def test_what_was_revealed_stays_shown(policy: RevealPolicy) -> None:
    device = Device("a")
    device.write(subject(5, "reveal", ""), {"kind": "reveal", "through": 5})
    device.write(subject(3, "reveal", ""), {"kind": "reveal", "through": 3})
    assert seen(policy, device) == (5, 5)
    rate(device, *JUDGED_WORK[:-1])
    assert seen(policy, device) == ((7, 7) if policy == "forward" else (7, 6))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_submitted_review_shows_all_also_when_it_is_reopened(policy: RevealPolicy) -> None:
    device = Device("a")
    submission = subject(WHOLE, "submission", "")
    device.write(submission, {"kind": "submission", "state": "submitted", "revision": 1})
    assert seen(policy, device) == (LAST, LAST)
    device.write(submission, {"kind": "submission", "state": "reopened", "revision": 2})
    assert seen(policy, device) == (LAST, LAST)


@pytest.mark.parametrize("policy", POLICIES)
def test_never_more_than_there_is(policy: RevealPolicy) -> None:
    device = Device("a")
    device.write(subject(99, "reveal", ""), {"kind": "reveal", "through": 99})
    assert visible(policy, device.review, [], 3) == Visible(3, 3)
    assert visible(policy, device.review, [], 0) == Visible(0, 0)
