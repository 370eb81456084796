"""A long output is laid out page by page, and looks as if it were laid out whole."""

from __future__ import annotations

import pytest

from reviewer.terminal import render_output, render_raw
from reviewer.trajectory import Action, StepBuilder
from store import Store
from store.outputs import PAGE
from tests.tui import sessions
from tests.tui.conftest import LayOut
from tests.tui.desk import sit_down
from tui.drawing import SECRET, Row
from tui.review.output import Form, Output
from tui.review.scroll import START

LINES = 40_000
LONG = "".join(f"{n:>6} the quick brown fox\n" for n in range(1, LINES + 1))


MARKED = LONG.replace(" 17000 ", " needle ").replace(" 35000 ", " Needle ")


def text_of(row: Row) -> str:
    return "".join(text for text, _ in row)


def all_lines(output: Output) -> list[str]:
    return [line.text for page in range(len(output.sheets)) for line in output.lines(page)]


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        "é" * (3 * PAGE),
        "".join(f"\r{n}%" for n in range(50_000)),
        f"\x1b[1;31m{LONG}",
        LONG.replace("\n", "\r\n"),
    ],
    ids=["lines", "one-line", "one-progress-bar", "coloured", "crlf"],
)
def test_pages_are_what_the_whole_is(lay_out: LayOut, text: str) -> None:
    output = lay_out(text)
    assert len(output.sheets) > 1
    whole = [line.text for line in render_output(text)]
    if "\n" in text:
        assert all_lines(output) == whole
        assert output.total == len(whole) == LINES
    elif "\r" not in text:
        assert "".join(all_lines(output)) == whole[0]
    raw = all_lines(lay_out(text, form=Form.RAW))
    if "\n" in text:
        assert raw == [line.text for line in render_raw(text)]
    else:  # the one line is cut into pages
        assert "".join(raw) == next(iter(render_raw(text))).text


def test_colours_go_on_from_page_to_page(lay_out: LayOut) -> None:
    output = lay_out(f"\x1b[m\x1b[31m{LONG}")
    assert {
        style.fg for page in range(len(output.sheets)) for line in output.lines(page) for _, style in line.spans
    } == {1}


def test_a_fold_shows_both_ends_and_counts_the_rest(lay_out: LayOut) -> None:
    rows = [text_of(row) for row in lay_out(LONG).folded(11)]
    assert [int(n) for row in rows if (n := row.split()[0]).isdecimal()] == [
        1,
        2,
        3,
        4,
        5,
        *range(LINES - 4, LINES + 1),
    ]
    assert f"{LINES - 10} lines" in rows[5]


def test_scrolling_down_and_up_meets_every_line_once(lay_out: LayOut) -> None:
    output = lay_out(LONG)
    top, seen = START, 0
    while top != output.last_top(20):
        for row in output.take(top, 20)[:19]:
            seen += 1
            assert text_of(row).split()[0] == str(seen)
        top = output.moved(top, 19, 20)
    assert [text_of(row).split()[0] for row in output.take(top, 20)] == [str(n) for n in range(LINES - 19, LINES + 1)]
    while top != START:
        above = output.moved(top, -19, 20)
        assert output.moved(above, 19, 20) == top or above == START
        top = above


def test_a_line_longer_than_a_page_can_be_read_to_its_end(lay_out: LayOut) -> None:
    output = lay_out("x" * (2 * PAGE) + "the end", width=80)
    assert text_of(output.take(output.last_top(3), 3)[-1]).endswith("the end")


def test_secrets_are_marked(lay_out: LayOut) -> None:
    token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6"
    (row,) = lay_out(f"remote: https://{token}@host\n", width=120).take(START, 1)
    assert [text for text, style in row if style == SECRET] == [token]


async def test_a_key_on_a_huge_output_lays_out_a_few_pages(store: Store) -> None:
    """Opening it, its end, a search and a page up: none reads more than what is near."""
    build = StepBuilder()
    build.add(action=Action("bash", "yes"), output=LONG * 4)
    store.use_rubric(sessions.rubric("all"))
    trajectory = sessions.add(store, sessions.make(build, "much"))
    async with sit_down(store, trajectory) as desk:
        for key in ("o", "end", "b", "home", "space"):
            desk.press_now(key)
        output = desk.review.view.output
        assert output is not None and len(output.sheets) > 30
        assert output.lines.cache_info().misses <= 4


async def test_a_search_goes_through_the_lines_of_an_output(store: Store) -> None:
    build = StepBuilder()
    build.add(action=Action("bash", "make"), output=MARKED)
    build.add(action=Action("bash", "grep x log"), output="1%\rneedle 2%\rdone\n")
    store.use_rubric(sessions.rubric("all"))
    async with sit_down(store, sessions.add(store, sessions.make(build, "much"))) as desk:
        found = []
        await desk.press("/", *"needle", "enter")
        for key in ("n", "n", "n", "N", "N"):
            found.append(desk.foot.removeprefix('"needle": step '))
            await desk.press(key)
        first, second = "1 of 2 with it, line 17000", "1 of 2 with it, line 35000"
        overwritten = "2 of 2 with it, in what was overwritten (r shows it)"
        assert found == [first, second, overwritten, first, overwritten]


@pytest.mark.parametrize("damage", ["UPDATE output SET data = x'28b52ffd00'", "UPDATE step SET data = x'789c00'"])
async def test_what_is_damaged_says_so_and_the_keys_go_on(store: Store, damage: str) -> None:
    build = StepBuilder()
    build.add(action=Action("bash", "make"), output="done\n")
    build.add(action=Action("bash", "true"), output="")
    store.use_rubric(sessions.rubric("all"))
    trajectory = sessions.add(store, sessions.make(build, "half"))
    store.connection.execute(f"{damage} WHERE rowid IN (SELECT min(rowid) FROM step)" if "step" in damage else damage)
    async with sit_down(store, trajectory) as desk:
        assert "a part of the store cannot be read" in " ".join(desk.text.split())
        await desk.press("j")
        assert desk.step == 2
        assert "cannot be read" not in desk.text


def test_a_line_that_a_fold_or_an_edge_cuts_is_marked(lay_out: LayOut) -> None:
    words = "".join(f"{n:04} " for n in range(100))
    whole = [text_of(row) for row in lay_out(words, width=81).take(START, 9)]
    assert whole[0] == f" {words[:80]}"
    assert [row[0] for row in whole] == [" ", "↪", "↪", "↪", "↪", "↪", "↪"]
    start, between, end = (text_of(row) for row in lay_out(words, width=81).folded(3))
    assert start == f" {words[:79]}…"
    assert between == " … more …"
    assert end == whole[-1]
    assert [text_of(row) for row in lay_out(words, width=81).folded(1)] == [start]
