"""An output that addresses the screen is shown as its screens; `r` still shows every byte."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reviewer.trajectory import Step
from tests.examples import make_trajectory
from tui.drawing import Look, Row
from tui.review.body import Output, output_of

ENTER, LEAVE, CLEAR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H\x1b[2J"
SESSION = f"$ edit notes\r\n{ENTER}{CLEAR}-- notes --\r\nbuy milk\r\n{LEAVE}done\r\n"


def step_with(output: str) -> Step:
    return replace(make_trajectory().steps[0], output=output)


def rows_of(output: Output) -> list[str]:
    return [_text(row) for row in output.take(0, 100)]


def _text(row: Row) -> str:
    return "".join(text for text, _ in row).rstrip()


def laid_out(text: str, *, raw: bool = False, ascii_only: bool = False) -> Output:
    return output_of(step_with(text), Look(ascii_only=ascii_only), 60, raw=raw, find="")


def test_screens_stand_under_a_rule_each() -> None:
    output = laid_out(SESSION, ascii_only=True)
    assert output.replayed
    assert [row.rstrip("-") for row in rows_of(output)] == [
        "-- screen 1 of 3: covered by another page ",
        " $ edit notes",
        "-- screen 2 of 3: left ",
        " -- notes ",
        " buy milk",
        "-- screen 3 of 3: end of the output ",
        " $ edit notes",
        " done",
    ]


def test_no_output_can_pass_for_a_rule() -> None:
    output = laid_out("\x1b7\x1b8── screen 1 of 2: left ──\r\n")
    assert rows_of(output) == [" ── screen 1 of 2: left ──"]
    assert output.rules == {}


def test_folded_states_are_told() -> None:
    frames = "".join(f"\x1b[Hup {n} min\x1b[K\r\nload 0.{n}\x1b[K\r\n" for n in range(4))
    rule, *rows = rows_of(laid_out(frames))
    assert "3 earlier states of it" in rule
    assert rows == [" up 3 min", " load 0.3"]


def test_raw_shows_every_sequence() -> None:
    rows = rows_of(laid_out(SESSION, raw=True))
    assert rows[0] == " $ edit notes␍␊"
    assert "␛[?1049h␛[H␛[2J-- notes --" in rows[1]


@pytest.mark.parametrize("text", ["plain\n", "\x1b[31mred\x1b[m\n", f"{CLEAR}", "x" * 400_000 + CLEAR])
def test_other_outputs_are_lines(text: str) -> None:
    assert not laid_out(text).replayed
