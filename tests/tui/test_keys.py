"""Keys: their names, and what is no key at all."""

from __future__ import annotations

import pytest

from store import Store
from tests.tui.desk import key_event, sit_down
from tui.keys import Key, Leftovers, key_of, shown_key


@pytest.mark.parametrize(
    ("pressed", "key"),
    [
        ("j", Key("j", "j")),
        ("J", Key("J", "J")),
        ("-", Key("-", "-")),
        ("é", Key("é", "é")),
        (" ", Key("space", " ")),
        ("enter", Key("enter")),
        ("ctrl+j", Key("enter")),
        ("ctrl+m", Key("enter")),
        ("ctrl+i", Key("tab")),
        ("ctrl+h", Key("backspace")),
        ("escape", Key("escape")),
        ("f5", Key("f5")),
    ],
)
def test_names(pressed: str, key: Key) -> None:
    assert key_of(key_event(pressed)) == key
    assert key.is_text == bool(key.character)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("j", "j"), ("ctrl+r", "ctrl-r"), ("escape", "Esc"), ("pagedown", "PgDn"), ("shift+tab", "Shift-Tab")],
)
def test_how_they_are_shown(name: str, shown: str) -> None:
    assert shown_key(name) == shown


def _taken(keys: list[str], pause: float = 0.0, before: float = 1.0) -> list[str]:
    """The keys that mean something when Esc came some time before the others, and those came with a pause between."""
    leftovers = Leftovers()
    time, taken = 0.0, []
    for number, key in enumerate(keys):
        if not leftovers.is_one(key_of(key_event(key)), time):
            taken.append(key)
        time += before if number == 0 else pause
    return taken


@pytest.mark.parametrize("rest", ["[1~", "[1;5C", "[4~", "[200~", "OP", "[1;2H", "[B"])
def test_the_rest_of_a_broken_sequence_means_nothing(rest: str) -> None:
    assert _taken(["escape", *rest]) == ["escape", rest[0]]


def test_the_key_after_it_means_something() -> None:
    assert _taken(["escape", *"[1~", "1"]) == ["escape", "[", "1"]
    assert _taken(["escape", *"[B", "-"]) == ["escape", "[", "-"]


@pytest.mark.parametrize("keys", [["escape", "[", "1"], ["escape", "1", "1"], ["[", "1", "~"]], ids="".join)
def test_keys_that_a_person_pressed_do(keys: list[str]) -> None:
    assert _taken(keys, pause=0.08) == keys


@pytest.mark.parametrize("keys", [["[", "1"], ["escape", "j", "1"], ["escape", "-", "1"]], ids="".join)
def test_keys_typed_ahead_do(keys: list[str]) -> None:
    assert _taken(keys) == keys


async def test_a_broken_home_key_is_no_rating(store: Store, session_id: str) -> None:
    async with sit_down(store, session_id) as desk:
        await desk.press("escape", *"[1~")
        assert not desk.stored.review.events
        await desk.press("1")
        assert desk.stored.review.rating(1) == 1
