"""The table of actions, and the keys that do them."""

from __future__ import annotations

import inspect

import pytest

from store import Store
from tests.tui import sessions
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import BUILD, WORLD
from tui.actions import ACTIONS, PRESETS, Action, KeymapError, check_changes, keymap
from tui.guide_place import GuidePlace
from tui.keys import shown_key
from tui.place import Place
from tui.queue_place import QueuePlace
from tui.review.place import ReviewPlace
from tui.settings import Settings

PLACES: dict[str, type[Place]] = {"queue": QueuePlace, "review": ReviewPlace, "guide": GuidePlace}

ALL = [action for actions in ACTIONS.values() for action in actions]


def _of(place: str, name: str) -> Action:
    return next(action for action in ACTIONS[place] if action.name == name)


# -- the table


@pytest.mark.parametrize("action", ALL, ids=lambda action: action.id)
def test_every_action_has_its_method(action: Action) -> None:
    method = getattr(PLACES[action.place], f"do_{action.name}")
    assert list(inspect.signature(method).parameters) == ["self"]


@pytest.mark.parametrize("name", PLACES)
def test_every_method_is_an_action(name: str) -> None:
    own = [kind for kind in PLACES[name].__mro__ if issubclass(kind, Place) and kind is not Place]
    methods = {method for kind in own for method in vars(kind) if method.startswith("do_")}
    assert methods <= {f"do_{action.name}" for action in ACTIONS[name]}


def test_what_every_place_can_do_is_somewhere_in_the_table() -> None:
    common = {method for method in vars(Place) if method.startswith("do_")}
    assert common <= {f"do_{action.name}" for action in ALL}


@pytest.mark.parametrize("name", PLACES)
def test_no_key_is_given_twice(name: str) -> None:
    keys = [key for action in ACTIONS[name] for key in action.keys]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("action", ALL, ids=lambda action: action.id)
def test_a_key_that_a_broken_escape_sequence_may_type_writes_nothing(action: Action) -> None:
    """An arrow key split by a slow line arrives as Esc, [ and a letter."""
    if action.group == "Judge" or action.name == "reveal":
        assert not {"[", "]", "O", "A", "B", "C", "D", "H", "F", "~"} & set(action.keys)


@pytest.mark.parametrize("place", PLACES)
def test_the_hints_name_the_keys_that_do_it(place: str) -> None:
    for action in ACTIONS[place]:
        if action.hint:
            keys = action.hint.removeprefix("~").partition("|")[0]
            assert shown_key(action.keys[0]) in keys.replace("/", " ").split() or keys in map(shown_key, action.keys)


# -- keymaps


def test_a_changed_key_takes_the_place_of_the_tables_keys() -> None:
    keys = keymap("review", {"review.next_step": "n down"})
    assert keys["n"].name == "next_step" and keys["down"].name == "next_step"
    assert "j" not in keys
    assert "n" not in [key for key, action in keys.items() if action.name == "next_match"]


def test_a_key_for_two_actions_is_refused() -> None:
    with pytest.raises(KeymapError, match=r"the key 'z' is given to review\.next_step and to review\.undo"):
        keymap("review", {"review.next_step": "z", "review.undo": "z"})


def test_an_unknown_action_is_refused() -> None:
    with pytest.raises(KeymapError, match=r"no action 'review\.fly'"):
        check_changes({"review.fly": "z"})


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("place", PLACES)
def test_a_preset_leaves_every_action_a_key(preset: str, place: str) -> None:
    check_changes(PRESETS[preset])
    keys = keymap(place, PRESETS[preset])
    assert {action.name for action in keys.values()} == {action.name for action in ACTIONS[place]}


async def test_the_keys_of_the_swe_agent_inspector(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id, settings=Settings(keys=PRESETS["swe-agent"])) as desk:
        assert desk.foot.startswith("l/h step")
        await desk.press("l", "l", "right")
        assert desk.step == BUILD
        await desk.press("h")
        assert desk.step == BUILD - 1
        await desk.press("$")
        assert desk.step == WORLD
        await desk.press("g", *str(BUILD), "enter", "j", "j")
        assert desk.step == BUILD
        assert desk.review.view.is_open
        assert "Cloning into" in desk.text
        await desk.press("?")
        assert "l right" in desk.row_with("next step")


async def test_changed_keys_are_what_help_and_palette_show(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id, settings=Settings(keys={"review.undo": "U ctrl+u"})) as desk:
        assert "j/k step" in desk.foot and "U undo" in desk.foot
        await desk.press("?", "space", "space")
        assert "U ctrl-u" in desk.row_with(" undo")
        await desk.press("q", ":", *"undo")
        assert "U ctrl-u" in desk.row_with("> undo")
        await desk.press("escape", "u")
        assert desk.foot == "u does nothing here; ? shows the keys"


# -- every key


_BEFORE = {
    "review.next_match": ("/", *"nvidia", "enter"),
    "review.previous_match": ("/", *"nvidia", "enter"),
    "review.scroll_up": ("o", "J", "J"),
    "review.page_up": ("o", "space"),
    "guide.next_match": ("/", *"agent", "enter"),
    "guide.previous_match": ("/", *"agent", "enter"),
}
"""What is pressed first, so that the key has something to do."""


async def _stand_in(desk: Desk, place: str, trajectory: str) -> None:
    """Go to a place, with nothing open over it."""
    while desk.place.panels:
        await desk.press("escape")
    while desk.place.name not in (place, "queue"):
        await desk.press("q")
    if desk.place.name != place:
        if place == "review":
            desk.app.open_review(trajectory)
            await _stand_in(desk, place, trajectory)
        else:
            await desk.press("G")


async def _ready_for(desk: Desk, action: Action, trajectory: str) -> None:
    await _stand_in(desk, action.place, trajectory)
    if action.place == "review":
        await desk.press("escape", "g", "enter", "g", *str(BUILD), "enter")
    elif action.place == "guide":
        await desk.press("g", "space")
    else:
        await desk.press("escape", "g", "j")
    await desk.press(*_BEFORE.get(action.id, ()))


@pytest.mark.parametrize("place", PLACES)
async def test_every_key_does_something_or_says_something(store: Store, session_id: str, place: str) -> None:
    sessions.judge_some(store, session_id)
    for number in range(3):
        sessions.add(store, sessions.served_model(f"another session {number}", steps=number + 2))
    store.session(sessions.REVIEWER, session_id).undo()
    async with sit_down(store) as desk:
        for action in ACTIONS[place]:
            for key in action.keys:
                if action.name in ("redraw", "quit"):
                    continue
                await _ready_for(desk, action, session_id)
                before = desk.text
                await desk.press(key)
                assert desk.text != before, key
                assert "does nothing here" not in desk.text, key


async def test_a_key_without_an_action_says_so(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        for key in ("Z", "%", "f5", "ctrl+g"):
            await desk.press(key)
            assert desk.foot == f"{shown_key(key)} does nothing here; ? shows the keys"
        await desk.press("ctrl+c")
        assert desk.foot == "q leaves this place, ctrl-q quits; everything you said is saved"
        await desk.press("escape")
        assert "does nothing" not in desk.foot


@pytest.mark.parametrize("place", PLACES)
async def test_the_palette_finds_every_action_and_does_it(store: Store, session_id: str, place: str) -> None:
    async with sit_down(store, session_id if place == "review" else None) as desk:
        if place == "guide":
            await desk.press("G")
        await desk.press(":")
        found: list[str] = []
        for _ in ACTIONS[place]:
            found.append(next(row for row in desk.rows if row.startswith(" > ")))
            await desk.press("down")
        titles = {action.title for action in ACTIONS[place] if action.name != "palette"}
        assert {title for title in titles if any(title[:40] in row for row in found)} == titles
        await desk.type("keys of")
        await desk.press("enter")
        assert f"keys of the {place}" in desk.text


async def test_the_palette_says_how_to_rate(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(":", *"rate the", "enter")
        assert desk.foot == "a rating is a key: 1 good, 0 neutral, - bad, . unsure"


async def test_the_palette_finds_nothing_for_what_is_not_there(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press(":", *"zebra")
        assert "nothing is called that" in desk.text
        await desk.press("enter")
        assert not desk.place.panels


@pytest.mark.parametrize("place", PLACES)
async def test_help_names_every_key(store: Store, session_id: str, place: str) -> None:
    async with sit_down(store, session_id if place == "review" else None, size=(120, 60)) as desk:
        if place == "guide":
            await desk.press("G")
        await desk.press("?")
        for action in ACTIONS[place]:
            row = desk.row_with(action.title[:30])
            for key in action.keys:
                assert shown_key(key) in row
