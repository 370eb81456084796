"""A disk that is full while somebody reviews: nothing says "saved" that is not, and what was written is not lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from reviewer.annotation import Comment
from store import Store
from tests.tui.desk import Desk, sit_down

FULL = "cannot be written: the disk is full"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow: SQLite says of that what it says of a full disk. (Python ignores the signal for it.)"""
    limit, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


def says(desk: Desk, *texts: str) -> bool:
    """Whether the foot of the screen says all of these, however the lines break."""
    foot = " ".join(" ".join(desk.rows[-6:]).split())
    return all(text in foot for text in texts)


async def test_an_act_that_was_refused_is_not_shown_and_can_be_done_again(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("1", "j")
        assert " saved " in desk.top and "1/12 rated" in desk.top
        with full_disk():
            await desk.press("-")
            assert says(desk, FULL, "free some")
            assert "not saved" in desk.top and "1/12 rated" in desk.top
            await desk.press("j", "k")
            assert "not saved" in desk.top
        await desk.press("-")
        assert "not saved" not in desk.top and "2/12 rated" in desk.top
        assert desk.stored.review.rating(2) == -1


async def test_an_editor_stays_open_until_its_text_is_saved(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("c", *"why")
        with full_disk():
            await desk.press("ctrl+s")
            assert says(desk, FULL)
            assert desk.place.panels and "why" in desk.text
        await desk.press("ctrl+s")
        assert [entry.value for entry in desk.said(1, "comment")] == [Comment(text="why")]
        assert not desk.place.panels and not desk.stored.draft_places
        assert "not saved" not in desk.top


async def test_a_draft_is_saved_with_the_next_key_when_there_is_room_again(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        with full_disk():
            await desk.press("c", *"still here")
            assert says(desk, "what you write is not saved yet; it is tried again by itself.", FULL, "free some")
            assert "not saved" in desk.top and "still here" in desk.text
            assert desk.stored.draft(1, "comment") is None
        await desk.press("left")
        assert desk.foot == "what you wrote is saved now"
        assert "not saved" not in desk.top
        assert desk.stored.draft(1, "comment") == {"text": "still here"}


async def test_a_draft_is_saved_without_a_key_when_there_is_room_again(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        with full_disk():
            await desk.press("c", *"still here")
        while "what you wrote is saved now" not in desk.foot:
            await desk.pilot.pause(0.05)
        assert desk.stored.draft(1, "comment") == {"text": "still here"}


async def test_a_draft_that_is_not_saved_is_not_lost_by_leaving_its_editor(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        with full_disk():
            await desk.press("c", *"one", "escape", "s", *" -L", "escape", "m", "b", "1", *"note", "escape")
            await desk.press("j", "k", "c")
            assert "one" in desk.text
            await desk.press("escape")
        await desk.press("j")
        assert desk.foot == "what you wrote is saved now"
        assert desk.stored.draft(1, "comment") == {"text": "one"}
        assert (desk.stored.draft(1, "suggestion") or {})["command"] == "nvidia-smi -L"
        assert (desk.stored.draft(1, "mistake") or {})["note"] == "note"


async def test_leaving_with_unsaved_text_is_asked_about(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        with full_disk():
            await desk.press("c", *"one", "escape", "q")
            assert "What you wrote could not be saved. Leave, and lose it?" in desk.text
            await desk.press("n")
            assert desk.place.name == "review"
            await desk.press("c", "ctrl+q")
            assert "What you wrote could not be saved" in desk.text and desk.app.is_running
            await desk.press("n")
            assert "one" in desk.text, "the editor is still open"
            await desk.press("escape")
        await desk.press("q")
        assert desk.place.name == "queue"
        assert store.session("alice", session_id).draft(1, "comment") == {"text": "one"}


async def test_who_insists_may_leave(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        with full_disk():
            await desk.press("c", *"one", "escape", "q", "y")
            assert desk.place.name == "queue"
        assert store.session("alice", session_id).draft(1, "comment") is None


async def test_a_pasted_text_that_cannot_be_kept_ends_nothing(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("c")
        with full_disk():
            await desk.paste("pasted")
            assert says(desk, "not saved yet", FULL) and "pasted" in desk.text
        await desk.press("ctrl+s")
        assert [entry.value for entry in desk.said(1, "comment")] == [Comment(text="pasted")]


async def test_an_answer_that_is_being_written_is_kept_too(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("v")
        asked = next(question for question in desk.stored.rubric.question if not question.choices)
        while f"> {asked.ask}" not in desk.text:
            await desk.press("j")
        with full_disk():
            await desk.press(*"words")
            assert says(desk, "not saved yet")
        await desk.press("left")
        assert desk.stored.draft(0, "answer", asked.id) == {"text": "words"}
