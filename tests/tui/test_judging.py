"""Judging: every key that writes, and what the store holds afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.annotation import Comment, Decisive, Mistake, Rating, Suggestion, dump_value
from reviewer.event import WHOLE
from reviewer.rubric import parse_rubric
from reviewer.trajectory import Action, StepBuilder
from store import Store
from store.database import StoreError
from store.session import ReviewSession
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import BUILD, COPIED, EDIT, REVIEWER, SERVE, WROTE


def _mistake(desk: Desk, step: int) -> Mistake:
    (entry,) = desk.said(step, "mistake")
    assert isinstance(entry.value, Mistake)
    return entry.value


# -- ratings


@pytest.mark.parametrize(
    ("key", "value", "mark", "name"),
    [("1", 1, "+", "good"), ("0", 0, "0", "neutral"), ("-", -1, "-", "bad"), (".", "unsure", ".", "unsure")],
)
async def test_a_rating_is_one_key(
    store: Store, session_id: str, key: str, value: int | str, mark: str, name: str
) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(key)
        assert sessions.rating_of(store, session_id, 1) == value
        assert desk.row_with("> ").startswith(f">  1 {mark} nvidia-smi")
        assert f" {mark} {name}" in desk.text
        assert "1/12 rated · saved " in desk.top


async def test_another_rating_replaces_the_first(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("1", "-")
        assert [entry.value for entry in desk.said(1, "rating")] == [Rating(value=-1)]
        assert len(desk.stored.review.events) == 2, "both stay in the log"


@pytest.mark.parametrize(("step", "why"), [(WROTE, "there is no command"), (COPIED, "a copy")])
async def test_a_step_that_is_not_to_be_rated_says_why(store: Store, session_id: str, step: int, why: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(step)
        await desk.press("1")
        assert desk.foot == f"this step is not to be rated: {why}"
        assert not desk.stored.review.events


async def test_a_key_that_the_rubric_lacks(store: Store, session_id: str) -> None:
    text = sessions.rubric("all").text.replace('key = "0"', 'key = "2"')
    store.use_rubric(parse_rubric(text))
    async with sit_down(store, session_id) as desk:
        await desk.press("0")
        assert desk.foot == "the rubric has no rating on that key; it has 1 good, 2 neutral, - bad, . unsure"


async def test_the_last_rating_says_that_it_was(store: Store, session_id: str) -> None:
    session = store.session(REVIEWER, session_id)
    for step in session.unjudged[:-1]:
        session.rate(step, 1)
    async with sit_down(store, session_id) as desk:
        await desk.press("tab", "0")
        assert desk.foot == "every command has a rating; v finishes the review"


# -- mistakes


async def test_a_mistake_is_two_keys_and_enter(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", "3", "enter")
        assert _mistake(desk, 1) == Mistake(code="B3", severity=2)
        assert "marked B3" in desk.foot
        assert "B3!!" in desk.row_with("> ")
        assert "1 mistake" in desk.top


@pytest.mark.parametrize(
    "keys", [("m", "B", "3"), ("m", "p", "b", "3"), ("m", "z", "b", "9", "3"), ("m", "p", "backspace", "b", "3")]
)
async def test_a_wrong_key_on_the_way_does_no_harm(store: Store, session_id: str, keys: tuple[str, ...]) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(*keys, "enter")
        assert _mistake(desk, 1).code == "B3"


async def test_the_last_code_again(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "m")
        assert desk.foot == "no family 'm'; the letters are B, P, C, V, S, X"
        await desk.press("p", "4", "enter", "j", "m")
        assert desk.foot.startswith("m again P4")
        await desk.press("m", "enter")
        assert _mistake(desk, 2).code == "P4"


async def test_severity_and_note(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", "3", "3", *"2 lines above", "enter")
        assert _mistake(desk, 1) == Mistake(code="B3", severity=3, note="2 lines above"), "a digit may begin a note"
        await desk.press("j", "m", "b", "3", "1", *"in line 2", "enter")
        assert _mistake(desk, 2) == Mistake(code="B3", severity=1, note="in line 2")


async def test_what_it_follows_and_what_repaired_it(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(SERVE)
        await desk.press("m", "p", "1", "tab", *str(BUILD), "tab", "x", *str(EDIT), "tab", "4", "enter")
        assert desk.foot == "confidence is 1, 2 or 3"
        await desk.press("backspace", "3", "shift+tab", "shift+tab", "shift+tab", *"port", "enter")
        assert _mistake(desk, SERVE) == Mistake(
            code="P1", note="port", follows=BUILD, recovered_at=EDIT, confidence=3
        )
        assert "follows step 4  repaired at step 8" in desk.text


@pytest.mark.parametrize("pasted", ["step 3", "x", "-1", "²", "9" * 5000, "0"], ids=lambda text: text[:6])
async def test_what_is_pasted_into_a_number_is_a_number_or_nothing(
    store: Store, session_id: str, pasted: str
) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "p", "1", "tab")
        await desk.paste(pasted)
        await desk.press("enter")
        assert desk.app.is_running
        follows = [dump_value(entry.value).get("follows") for entry in desk.said(1, "mistake")]
        assert follows in ([], [None], [3])


async def test_a_step_that_there_is_not_is_not_what_it_follows(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "p", "1", "tab", "9", "9", "enter")
        assert desk.foot == "there is no step 99; they go from 1 to 14"
        assert not desk.said(1, "mistake")
        await desk.press("backspace", "backspace", "enter")
        assert _mistake(desk, 1).follows is None


@pytest.mark.parametrize("leave", ["escape", "q"])
async def test_a_mistake_that_is_not_finished_is_not_marked(store: Store, session_id: str, leave: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", leave)
        assert not desk.place.panels
        await desk.press("m", "b", "3", "escape")
        assert not desk.place.panels and not desk.stored.review.events


async def test_two_mistakes_at_one_step(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", "3", "enter", "m", "c", "1", "enter")
        assert [dump_value(entry.value)["code"] for entry in desk.said(1, "mistake")] == ["B3", "C1"]


async def test_the_mistake_that_decided_the_session(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("d")
        assert desk.foot == "no mistake is marked here; m marks one"
        await desk.press("m", "b", "3", "enter", "d")
        assert desk.foot == "this mistake decided the session"
        assert "B3!!*" in desk.row_with("> ")
        await desk.press("j", "m", "c", "1", "enter", "d")
        assert "*" not in desk.row_with(" 1 "), "only one decides"
        assert desk.stored.review.decisive == desk.said(2, "mistake")[0].slot
        await desk.press("d")
        assert desk.foot == "no longer decisive"
        assert not [e for e in desk.stored.review.entries(WHOLE) if isinstance(e.value, Decisive)]


# -- changing and withdrawing


async def test_withdrawing(store: Store, session_id: str) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(BUILD)
        await desk.press("x", "2", "w")
        assert desk.foot == "withdrew the mistake; u brings it back"
        assert not desk.said(BUILD, "mistake")
        await desk.press("u")
        assert _mistake(desk, BUILD).code == "B3"


async def test_changing_a_mistake(store: Store, session_id: str) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(SERVE)
        await desk.press("x", "2", "e")
        assert "the task says port 8000" in desk.text
        await desk.press("ctrl+u", "1", *"the port", "enter")
        assert _mistake(desk, SERVE) == Mistake(
            code="P1", severity=1, note="the port", recovered_at=EDIT, follows=BUILD
        )


async def test_changing_the_code_of_a_mistake(store: Store, session_id: str) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.stand_on(BUILD)
        await desk.press("x", "2", "e", "ctrl+u", "backspace", "p", "4", "enter")
        assert _mistake(desk, BUILD).code == "P4"


async def test_changing_a_comment_keeps_who_it_is_to(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("!", *"why", "ctrl+s", "x", "1", "e", *" not", "ctrl+s")
        assert [entry.value for entry in desk.said(1, "comment")] == [Comment(text="why not", to_lead=True)]


async def test_rating_a_suggestion(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("s", "ctrl+u", *"lspci", "ctrl+s", "x", "1", "-")
        (entry,) = desk.said(1, "suggestion")
        assert desk.stored.review.rating(1, entry.slot) == -1
        assert desk.stored.review.rating(1) is None, "the agent's command is another option"


async def test_nothing_to_change(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("x")
        assert desk.foot == "nothing was said here"


async def test_two_versions_of_one_rating_are_shown_and_one_is_picked(
    store: Store, session_id: str, tmp_path: Path
) -> None:
    """The same step rated on two devices that were offline."""
    store.session(REVIEWER, session_id).rate(1, 1)
    with Store(tmp_path / "tablet.db") as tablet:
        sessions.add(tablet, sessions.served_model())
        tablet.session(REVIEWER, session_id).rate(1, -1)
        store.log.apply(tablet.log.events())
    async with sit_down(store, session_id) as desk:
        assert "(said differently on another device: x picks)" in desk.text
        row = desk.row_with(" + good")
        await desk.press("x")
        number = desk.row_with("- bad").split()[0]
        await desk.press(number, "k")
        assert sessions.rating_of(store, session_id, 1) == -1
        assert not desk.stored.review.contested
        assert row not in desk.rows


# -- undo and redo


async def test_undo_and_redo_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.use_rubric(sessions.rubric("all"))
        trajectory = sessions.add(store, sessions.served_model())
        async with sit_down(store, trajectory) as desk:
            await desk.press("u")
            assert desk.foot == "nothing to undo"
            await desk.press("1", "-", "j", "m", "b", "3", "enter", "k", "u")
            assert desk.foot == "undid: mistake at step 2"
            assert desk.step == 2, "what was undone is in view"
            assert not desk.said(2, "mistake")
    with Store(path) as store:
        async with sit_down(store, trajectory) as desk:
            await desk.press("u")
            assert desk.foot == "undid: rating at step 1"
            assert sessions.rating_of(store, trajectory, 1) == 1
            await desk.press("ctrl+r", "ctrl+r")
            assert sessions.rating_of(store, trajectory, 1) == -1
            assert _mistake(desk, 2).code == "B3"
            await desk.press("ctrl+r")
            assert desk.foot == "nothing to redo"
            await desk.press("u", "u", "u", "u")
            assert desk.foot == "nothing to undo"
            assert not desk.stored.review.entries()


async def test_something_new_ends_what_could_be_redone(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("1", "u", "-", "ctrl+r")
        assert desk.foot == "nothing to redo"
        assert sessions.rating_of(store, session_id, 1) == -1


# -- drafts of notes


async def test_a_note_that_was_left_is_kept_and_goes_on_with_enter(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", "1", *"30 files", "escape")
        assert not desk.said(1, "mistake")
        assert "draft kept: m " in desk.text
        await desk.press("m", "enter", *" unseen", "enter")
        assert _mistake(desk, 1) == Mistake(code="B1", severity=2, note="30 files unseen")
        assert not desk.stored.draft_places


async def test_a_mistake_gets_another_code_and_keeps_its_note(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", "1", *"why", "enter", "x", "1", "c", "v", "2", "enter")
        assert _mistake(desk, 1) == Mistake(code="V2", severity=2, note="why")


async def test_an_emptied_draft_is_gone(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("c", "a", "b", "backspace", "backspace", "escape")
        assert not desk.stored.draft_places


async def test_a_third_code_at_a_step_is_remarked_on(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("m", "b", "1", "enter", "m", "b", "2", "enter", "m", "b", "3", "enter")
        assert "two codes a step at most" in desk.foot


async def test_rating_goes_on_when_the_settings_say_so(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        desk.app.advances = True
        await desk.press("1")
        assert desk.stored.review.rating(1) == 1
        assert desk.step == 2


async def test_a_tab_in_a_command_is_seen_as_a_gap(store: Store) -> None:
    command = "cat > Makefile <<'EOF'\nall:\n\tcc -o all all.c\nEOF"
    build = StepBuilder()
    build.add(action=Action("bash", command), output="", exit_code=0)
    store.use_rubric(sessions.rubric("all"))
    trajectory = sessions.add(store, sessions.make(build, "write a Makefile"))
    async with sit_down(store, trajectory) as desk:
        await desk.press("s")
        assert "     cc -o all all.c" in desk.rows
        await desk.press("up", "home", "right", "x", "ctrl+s")
        (entry,) = desk.said(1, "suggestion")
        assert entry.value == Suggestion(command=command.replace("\tcc", "\txcc")), "and kept as a tab"


async def test_a_full_disk_keeps_nobody_from_leaving(
    store: Store, session_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    async with sit_down(store, session_id) as desk:
        monkeypatch.setattr(ReviewSession, "keep_place", fail)
        await desk.press("1", "q")
        assert desk.place.name == "queue"
        assert "1/12 rated" in desk.text, "the queue is up to date"
        await desk.press("enter", "ctrl+q")
    assert desk.app.return_value == 0
