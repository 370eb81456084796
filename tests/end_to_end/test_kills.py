"""Killed at any moment: what the screen said was saved is in the store, and the store is whole."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from store import Store
from store.verify import verify
from tests.end_to_end.terminal import Terminal, errata
from tests.tui.sessions import REVIEWER

ROUNDS = 3


def _kill_at_some_moment(path: Path, trajectory: str, chance: random.Random) -> None:
    with Terminal(errata("--store", path, "--as", REVIEWER, "review", "1")) as terminal:
        if "the task" in terminal.wait_for("rated"):
            terminal.press("q")
        terminal.press("g", "enter")
        terminal.wait_for(lambda shown: " 1/14" in shown and "go to" not in shown)
        rating = chance.choice("10-.")
        terminal.press(*[rating, "j"] * 14, "c", "a comment " * 3)
        terminal.look(chance.uniform(0, 0.5))
        terminal.look(chance.uniform(0, 0.5))
        shown = terminal.text
        terminal.kill()
    (rated,) = re.findall(r"(\d+)/12 rated", shown)
    with Store(path) as store:
        assert not verify(store).faults
        session = store.session(REVIEWER, trajectory)
        assert session.judged_count[0] >= int(rated)
        typed = "".join(re.findall(r"^ (a comment[ a-z]*)$", shown, re.MULTILINE))
        kept = [session.draft(*place) or {} for place in session.draft_places]
        assert not typed or any(draft["text"].startswith(typed) for draft in kept)
        for place in list(session.draft_places):
            session.drop_draft(*place)


def test_killed_at_some_moments(path: Path, session_id: str) -> None:
    chance = random.Random(session_id)
    for _ in range(ROUNDS):
        _kill_at_some_moment(path, session_id, chance)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(8))
def test_killed_at_many_moments(path: Path, session_id: str, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(50):
        _kill_at_some_moment(path, session_id, chance)
