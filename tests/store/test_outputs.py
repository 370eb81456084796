"""Outputs are kept in pages: whole, in order, each read by itself."""

from __future__ import annotations

import random
import zlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from reviewer.trajectory import Trajectory
from store import Store
from store.outputs import PAGE, pages_of
from tests.store.test_migrations import store_of
from tests.store.test_trajectories import one_step


@given(st.lists(st.sampled_from(["x" * 5000, "\n", "\r", "é", "\x1b[31m", "\x1b", "ab" * 40_000, "\ud800"])))
def test_pages_are_the_text_and_none_is_empty_or_too_long(pieces: list[str]) -> None:
    text = "".join(pieces)
    pages = list(pages_of(text))
    assert "".join(pages) == text
    assert all(0 < len(page) <= PAGE for page in pages)


def test_a_page_ends_with_a_line_or_else_with_a_state_of_it_or_between_two_sequences() -> None:
    for unit, ends in (("word\n", "\n"), ("10%\r", "%"), ("\x1b[31mx", "x")):
        *pages, _ = pages_of(unit * PAGE)
        assert {page[-1] for page in pages} == {ends}


def test_an_output_is_read_page_by_page(store: Store) -> None:
    text = "".join(f"line {n} {'é' * (n % 100)}\n" for n in range(20_000)) + "no newline"
    head, _ = store.trajectories.add(one_step(text))
    output = store.trajectories.output(head.id, 1)
    assert output is not None
    assert output.text == text and output.size == len(text) and len(output) > 10
    for number in random.Random(1).sample(range(len(output)), 5):
        assert output.page(number).startswith(f"line {output.first_lines[number]} ")


def test_no_output_and_an_empty_one(store: Store) -> None:
    for text, expected in ((None, None), ("", 0)):
        head, _ = store.trajectories.add(one_step(text))
        output = store.trajectories.output(head.id, 1)
        assert (None if output is None else len(output)) == expected


def test_the_texts_of_a_step_do_not_hold_its_output(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    assert store.trajectories.texts(head.id, 1).output is None
    assert store.trajectories.step(head.id, 1).output == trajectory.steps[0].output


def test_outputs_of_an_older_store_are_paged_anew(tmp_path: Path) -> None:
    text = "".join(f"é {n}\r\n" for n in range(200_000)) + "\ud800 end"
    store_of("m003_pages_of_output", tmp_path / "old.db")
    from sqlite_utils import Database

    db = Database(tmp_path / "old.db")
    with db.conn:
        db.execute(
            "INSERT INTO trajectory VALUES (1,'t1','atif','a.json','00','','t','','','','',NULL,1,1,1,x'00','now')"
        )
        db.execute("INSERT INTO step VALUES (7,'t1',1,1,'bash','ls','',0,'ok',NULL,NULL,NULL,1,?,x'00')", [len(text)])
        for page in range(0, len(text), 1 << 20):
            data = zlib.compress(text[page : page + (1 << 20)].encode("utf-8", "surrogatepass"))
            db.execute("INSERT INTO output VALUES (7, ?, ?)", [page >> 20, data])
    db.close()
    with Store(tmp_path / "old.db") as store:
        output = store.trajectories.output("t1", 1)
        assert output is not None
        assert output.text == text
        assert output.first_lines[9] == text[: text.index(output.page(9))].count("\n")
