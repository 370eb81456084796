"""Suggesting and commenting: the editors, and the drafts of what is typed in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.annotation import Comment, Suggestion
from store import Store
from tests.tui import sessions
from tests.tui.desk import sit_down
from tests.tui.sessions import DISK, INSTALL

# -- better actions


async def test_the_editor_opens_with_the_agents_command(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(DISK)
        await desk.press("s")
        assert " df -h / && free -g | head -2" in desk.rows[-5:][0] or "df -h / && free -g | head -2" in desk.text
        await desk.press(*" -h", "ctrl+s")
        (entry,) = desk.said(DISK, "suggestion")
        assert entry.value == Suggestion(command="df -h / && free -g | head -2 -h")
        assert "= better: df -h / && free -g | head -2 -h" in desk.text
        assert "1 suggestion" in desk.top


async def test_a_reason_goes_with_it(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *"lspci", "tab", *"any machine has it", "ctrl+s")
        (entry,) = desk.said(1, "suggestion")
        assert entry.value == Suggestion(command="lspci", rationale="any machine has it")


async def test_several_lines(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u")
        await desk.type("for f in *; do\n  echo $f\ndone")
        assert "bash: ok" in desk.text
        await desk.press("ctrl+s")
        (entry,) = desk.said(1, "suggestion")
        assert entry.value == Suggestion(command="for f in *; do\n  echo $f\ndone")


async def test_what_is_no_bash_is_said_at_once(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u")
        assert "bash: nothing to run" in desk.text
        await desk.press(*"echo 'it's")
        assert "bash: ok" in desk.text
        await desk.press("'")
        assert "bash: line 1, column 11: unexpected EOF while looking for matching `'" in desk.text
        await desk.press("ctrl+s")
        assert len(desk.said(1, "suggestion")) == 1, "it is said, not forbidden: a person may mean it"


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ((), "not saved: this is still the agent's own command"),
        (("ctrl+u",), "not saved: the better command is empty; Esc leaves the editor"),
        (("ctrl+u", *"   "), "not saved: the better command is empty; Esc leaves the editor"),
        (("enter", "enter"), "not saved: this is still the agent's own command"),
    ],
)
async def test_nothing_is_not_saved_as_something(
    store: Store, session_id: str, keys: tuple[str, ...], complaint: str
) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", *keys, "ctrl+s")
        assert desk.foot == complaint
        assert desk.place.panels, "the editor stays open"
        assert not desk.said(1, "suggestion")


async def test_the_same_suggestion_is_changed_not_added_to(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *"lspci", "ctrl+s", "s", *" -k", "ctrl+s")
        assert [entry.value for entry in desk.said(1, "suggestion")] == [Suggestion(command="lspci -k")]


async def test_esc_keeps_a_draft_also_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.use_rubric(sessions.rubric("all"))
        trajectory = sessions.add(store, sessions.served_model())
        async with sit_down(store, trajectory) as desk:
            await desk.press("s", *" | head", "tab", *"why not", "escape")
            assert not desk.place.panels
            assert "draft kept: s " in desk.text
            assert " ~ " in desk.row_with("> ")
    with Store(path) as store:
        async with sit_down(store, trajectory) as desk:
            await desk.press("s")
            assert "nvidia-smi | head" in desk.text and "why not" in desk.text
            await desk.press("ctrl+s")
            (entry,) = desk.said(1, "suggestion")
            assert entry.value == Suggestion(command="nvidia-smi | head", rationale="why not")
            assert not desk.stored.draft_places
            assert "draft kept" not in desk.text


async def test_opening_and_leaving_an_editor_leaves_no_draft(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        for key in ("s", "c", "!"):
            await desk.press(key, "left", "escape")
        assert not desk.stored.draft_places


async def test_a_draft_is_in_the_store_with_every_key(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("c")
        for typed in ("n", "no", "not"):
            await desk.press(typed[-1])
            assert desk.stored.draft(1, "comment") == {"text": typed}


async def test_a_draft_is_announced_when_the_session_is_opened_again(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(INSTALL)
        await desk.press("c", *"half a", "escape", "q", "enter")
        assert desk.foot == f"a draft was kept at step {INSTALL}: c opens it"


async def test_in_the_persons_own_editor(store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, str]] = []

    def edit(app: object, text: str, suffix: str) -> str:
        given.append((text, suffix))
        return "lspci -k"

    monkeypatch.setattr("tui.review.judging.edit_externally", edit)
    async with sit_down(store, session_id) as desk:
        await desk.press("e")
        assert given == [("nvidia-smi", ".sh")]
        assert "better action" in desk.text and "lspci -k" in desk.text, "to look at before it is saved"
        assert not desk.said(1, "suggestion")
        await desk.press("ctrl+s")
        assert [entry.value for entry in desk.said(1, "suggestion")] == [Suggestion(command="lspci -k")]


async def test_there_is_no_editor_to_go_to(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("e")
        assert desk.foot == "an editor cannot be opened from this terminal; s edits here"


# -- comments


@pytest.mark.parametrize(
    ("key", "to_lead", "shown"), [("c", False, "# why 5000"), ("!", True, "# to the lead: why 5000")]
)
async def test_comments_and_questions(store: Store, session_id: str, key: str, to_lead: bool, shown: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(key, *"why 5000", "ctrl+s")
        assert [entry.value for entry in desk.said(1, "comment")] == [Comment(text="why 5000", to_lead=to_lead)]
        assert shown in desk.text


async def test_an_empty_comment_is_not_saved(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("c", "space", "ctrl+s")
        assert desk.foot == "not saved: there is no text; Esc leaves the editor"


async def test_a_comment_and_a_question_have_drafts_of_their_own(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("c", *"remark", "escape", "!", *"question", "escape", "c")
        assert "remark" in desk.text
        await desk.press("escape", "!")
        assert "question" in desk.text
