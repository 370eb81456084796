"""Finishing a review: the questions, the submission, and what is read-only afterwards."""

from __future__ import annotations

import pytest

from reviewer.annotation import Submission
from reviewer.event import WHOLE
from reviewer.review import Status
from store import Store
from tests.store.sync.teams import Member, Team
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import REVIEWER

_JUDGE_KEYS = {
    "rate": ("1", "0", "-", "."),
    "mark": ("m",),
    "decide": ("d",),
    "suggest": ("s",),
    "suggest_in_editor": ("e",),
    "comment": ("c",),
    "ask_lead": ("!",),
    "amend": ("x",),
    "undo": ("u",),
    "redo": ("ctrl+r",),
}


def _rate_all(store: Store, trajectory: str) -> None:
    session = store.session(REVIEWER, trajectory)
    for step in session.unjudged:
        session.rate(step, 0)


def _answers(desk: Desk) -> dict[str, str]:
    review = desk.stored.review
    return {q.id: answer for q in desk.stored.rubric.question if (answer := review.answer(q.id))}


async def test_the_whole_way(store: Store, session_id: str) -> None:
    _rate_all(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "2", "1", "1", *"It served, on the wrong port.", "enter")
        assert _answers(desk) == {
            "outcome": "partial",
            "side_effects": "none",
            "fixability": "easy",
            "summary": "It served, on the wrong port.",
        }
        assert "> submit  ready" in desk.text
        await desk.press("enter")
        assert desk.foot == "submitted, revision 1; q goes back to the queue"
        assert "submitted, read-only (v reopens)" in desk.top
        review = desk.stored.review
        assert review.status is Status.SUBMITTED
        (submission,) = [e.value for e in review.entries(WHOLE) if isinstance(e.value, Submission)]
        assert len(submission.covers) == 12 + 4
        await desk.press("q")
        assert "submitted" in desk.row_with("> ")


async def test_every_answer_is_kept_as_it_is_given(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "3")
        assert _answers(desk) == {"outcome": "fail"}
        await desk.press("q", "v")
        assert "Was the task done?  fail" in desk.text
        assert desk.row_with("> ").startswith(" > ") or " > What else did it change?" in desk.text


async def test_an_answer_can_be_changed_and_taken_back(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "3", "k", "1")
        assert _answers(desk) == {"outcome": "success"}
        await desk.press("k", "backspace")
        assert _answers(desk) == {}
        await desk.press("9")
        assert desk.foot == "1 to 4 answers; backspace takes the answer back"


@pytest.mark.parametrize(
    "text", ["just a test", "killed by the harness", "quick fix", "1 of 3 parts done", "?", " x "]
)
async def test_a_free_text_may_begin_with_any_letter(store: Store, session_id: str, text: str) -> None:
    """The keys that move between the other questions are text here."""
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "1", "1", "1", *text, "enter")
        assert _answers(desk).get("summary") == text.strip()
        assert len(desk.stored.review.entries()) == 4, "nothing else was said"


async def test_a_free_text_is_left_with_esc_and_pasted_into(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "1", "1", "1", *"half a", "escape")
        assert desk.place.panels and "summary" not in _answers(desk)
        assert "half a (not kept yet" in desk.text
        await desk.press("backspace", "ctrl+u", "x")
        await desk.paste("yz\nw")
        await desk.press("enter")
        assert _answers(desk)["summary"] == "xyz w"


async def test_what_lacks_a_rating_is_gone_to(store: Store, session_id: str) -> None:
    session = store.session(REVIEWER, session_id)
    for step in (1, 2, 4):
        session.rate(step, 0)
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "1", "1", "1", "down")
        assert "> submit  9 without a rating: Enter goes there" in desk.text
        await desk.press("enter")
        assert desk.step == 5
        assert desk.foot == "not submitted: 9 commands have no rating: step 5, 6, 7, 8, 9, 10, 11, 12 ..."
        assert desk.stored.review.status is Status.IN_WORK


async def test_what_is_not_answered_is_asked_for(store: Store, session_id: str) -> None:
    _rate_all(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.press("v")
        assert "Was the task done? (required)" in desk.text
        await desk.press("down", "down", "down", "down", "enter")
        assert desk.foot.startswith('not submitted: no answer yet to "Was the task done?"')
        assert desk.stored.review.status is Status.IN_WORK
        assert desk.place.panels, "the questions stay open"
        await desk.press("1", "enter")
        assert desk.foot.startswith("this one is required"), (
            "Enter does not leave it out, and the missing one was gone to"
        )


async def test_j_and_k_go_over_a_question_that_takes_text(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("v", *"jjjjjjjj", *"kkkkkkkk")
        assert "> Was the task done?" in desk.text
        assert not desk.stored.review.events and not desk.stored.draft_places


@pytest.mark.parametrize("action", _JUDGE_KEYS)
async def test_a_submitted_review_is_read_only(store: Store, session_id: str, action: str) -> None:
    sessions.judge_all(store, session_id)
    store.session(REVIEWER, session_id).submit()
    async with sit_down(store, session_id) as desk:
        before = desk.stored.review.state()
        for key in _JUDGE_KEYS[action]:
            await desk.press(key)
            assert desk.foot == "this review is submitted and read-only; v reopens it"
            assert not desk.place.panels
        assert desk.stored.review.state() == before


async def test_reopening_is_the_next_revision(store: Store, session_id: str) -> None:
    sessions.judge_all(store, session_id)
    store.session(REVIEWER, session_id).submit()
    async with sit_down(store, session_id) as desk:
        await desk.press("v", "n")
        assert desk.stored.read_only
        await desk.press("v")
        assert "Reopen it as revision 2?" in desk.text
        await desk.press("z")
        assert desk.foot == "y or n, please"
        await desk.press("y")
        assert desk.foot == "reopened; it is not submitted until you submit it again"
        await desk.press("1")
        assert sessions.rating_of(store, session_id, 1) == 1
        await desk.press("v", "down", "down", "enter")
        assert desk.foot == "submitted, revision 2; q goes back to the queue"
        assert desk.stored.review.revision == 2


async def test_moving_and_looking_go_on_after_submission(store: Store, session_id: str) -> None:
    sessions.judge_all(store, session_id)
    store.session(REVIEWER, session_id).submit()
    async with sit_down(store, session_id) as desk:
        await desk.press("j", "o", "r", "t", "T", "q", "/", *"curl", "enter")
        assert desk.step == 11
        await desk.press("tab")
        assert desk.foot == "every command has a rating"
        await desk.press("G", "j")
        assert desk.foot == "this is the last step"


async def test_the_footer_offers_what_can_be_done_after_submission(store: Store, session_id: str) -> None:
    sessions.judge_all(store, session_id)
    async with sit_down(store, session_id) as desk:
        before = desk.foot
        assert "rate" in before and "finish" in before
        await desk.press("v", "down", "down", "enter", "escape")
        assert desk.foot == "j/k step  o open  / search  f filter  v reopen  ? keys  q back"
        await desk.press("v", "y", "escape")
        assert desk.foot == before


async def test_the_footer_offers_a_lead_who_looks_no_more_than_that(team: Team, member: Member) -> None:
    (head,) = team.lead.store.trajectories.all()
    async with sit_down(team.lead.store, head.id) as desk:
        assert desk.foot == "j/k step  o open  / search  f filter  ? keys  q back"
        await desk.press("1")
        assert desk.foot == f"you only look: {REVIEWER} writes this review on a device of their own"
