"""An output that addresses the screen is shown as its screens; `r` still shows every byte."""

from __future__ import annotations

import pytest

from tests.tui.conftest import LayOut
from tui.drawing import Row
from tui.review.output import Form, Output
from tui.review.scroll import START

ENTER, LEAVE, CLEAR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[H\x1b[2J"
SESSION = f"$ edit notes\r\n{ENTER}{CLEAR}-- notes --\r\nbuy milk\r\n{LEAVE}done\r\n"


def rows_of(output: Output) -> list[str]:
    return [_text(row) for row in output.take(START, 100)]


def _text(row: Row) -> str:
    return "".join(text for text, _ in row).rstrip()


def test_screens_stand_under_a_rule_each(lay_out: LayOut) -> None:
    output = lay_out(SESSION, ascii_only=True)
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


def test_no_output_can_pass_for_a_rule(lay_out: LayOut) -> None:
    output = lay_out("\x1b7\x1b8── screen 1 of 2: left ──\r\n")
    assert rows_of(output) == [" ── screen 1 of 2: left ──"]


def test_folded_states_are_told(lay_out: LayOut) -> None:
    frames = "".join(f"\x1b[Hup {n} min\x1b[K\r\nload 0.{n}\x1b[K\r\n" for n in range(4))
    rule, *rows = rows_of(lay_out(frames))
    assert "3 earlier states of it" in rule
    assert rows == [" up 3 min", " load 0.3"]


def test_raw_shows_every_sequence(lay_out: LayOut) -> None:
    rows = rows_of(lay_out(SESSION, form=Form.RAW))
    assert rows[0] == " $ edit notes␍␊"
    assert "␛[?1049h␛[H␛[2J-- notes --" in rows[1]


@pytest.mark.parametrize("text", ["plain\n", "\x1b[31mred\x1b[m\n", f"{CLEAR}", "x" * 400_000 + CLEAR])
def test_other_outputs_are_lines(lay_out: LayOut, text: str) -> None:
    assert not lay_out(text).replayed
