"""When frames are sent: the clock is the test's."""

from __future__ import annotations

import itertools

import pytest

from tui.pace import QUESTION, Pace

ANSWER = "\x1b[0n"


@pytest.fixture
def pace() -> Pace:
    """Twenty frames a second, to a terminal that has answered the first."""
    pace = Pace(0.05)
    assert pace.question(0.0) == QUESTION
    assert pace.typed(ANSWER, 0.1) == ""
    return pace


def test_frames_keep_their_distance() -> None:
    pace = Pace(0.05)
    assert pace.wait(0.0) == 0.0
    pace.question(0.0)
    assert pace.wait(0.01) == pytest.approx(0.04)
    assert pace.wait(0.06) == 0.0


def test_a_frame_among_others_waits_for_the_answer_to_the_one_before(pace: Pace) -> None:
    assert pace.question(0.2) == QUESTION
    assert pace.wait(0.9) > 0
    pace.typed(ANSWER, 0.95)
    assert pace.wait(1.0) == 0.0


def test_a_frame_by_itself_asks_nothing(pace: Pace) -> None:
    assert pace.question(5.0) == ""
    assert pace.wait(5.06) == 0.0


def test_a_terminal_that_never_answers_is_asked_once_and_not_waited_for() -> None:
    pace = Pace(0.05)
    asked = [pace.question(at * 0.05) for at in range(200)]
    assert asked[0] == QUESTION and not any(asked[1:])
    assert pace.wait(10.1) == 0.0


def test_a_terminal_that_no_longer_answers_is_waited_for_once(pace: Pace) -> None:
    pace.question(0.2)
    assert pace.wait(2.0) > 0
    assert pace.wait(2.5) == 0.0
    assert pace.question(2.5) == ""
    pace.typed(ANSWER, 3.0)
    assert pace.question(3.1) == QUESTION, "until it answers again"


@pytest.mark.parametrize("answer", [ANSWER, "\x1b[3n", "\x1b[?0n"])
def test_an_answer_is_no_key_however_it_is_cut(answer: str) -> None:
    for cuts in itertools.product([False, True], repeat=len(answer)):
        pace = Pace(0.05)
        pace.question(0.0)
        pieces = "".join(character + "|" * cut for character, cut in zip(answer, cuts, strict=True)).split("|")
        typed = [pace.typed(piece, 0.1 * at) for at, piece in enumerate(["j", *pieces, "k"])]
        assert "".join(typed) == "jk", pieces
        assert not pace.is_waiting(1.0)


@pytest.mark.parametrize("key", ["\x1b", "\x1b[", "\x1b[1", "\x1b[A", "\x1b[1;5C", "\x1b[200~text\x1b[201~", "\x1bx"])
@pytest.mark.parametrize("follows", ["", "j", ANSWER], ids=["nothing", "a-key", "the-answer"])
def test_a_key_is_never_lost(key: str, follows: str) -> None:
    pace = Pace(0.05)
    pace.question(0.0)
    typed = [pace.typed(key, 0.1), pace.typed(follows, 0.2), pace.typed("", 0.3), pace.typed("", 0.75)]
    assert "".join(typed) == key + follows.replace(ANSWER, "")


def test_nothing_is_held_back_where_no_answer_is_to_come(pace: Pace) -> None:
    assert pace.typed("\x1b", 0.2) == "\x1b"
