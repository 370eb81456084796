"""`errata list` and `errata search`."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from rich.cells import cell_len

from reviewer.trajectory import Action, Source, StepBuilder, Trajectory
from store import Store
from store.schema import NAMES
from tests.store.test_migrations import store_of
from tests.tui.cli.conftest import Errata, session_file

LONG = "Install the 漢字 tokenizer, " * 8


@pytest.fixture
def three(errata: Errata, tmp_path: Path) -> None:
    """Three sessions: number 3 in work, 1 to do, 2 submitted."""
    for number, task in enumerate(["One", "Two", LONG]):
        steps = [(f"thought {number}", "ls", "a needle here\n", 0), ("", "cat needle", "", 1)]
        errata("import", session_file(tmp_path / f"{number}.json", steps, task))
    for step in (1, 2):
        errata("annotate", "Two", "--step", step, "--rate", "good")
    errata("annotate", "Two", "--answer", "outcome=success", "--answer", "side_effects=none")
    assert errata("submit", "Two").code == 0
    errata("annotate", 3, "--step", 1, "--rate", "bad", "--mistake", "V1", "--suggest", "ls -la")


def test_the_queue_as_a_table(errata: Errata, three: None) -> None:
    lines = [re.split(r"  +", line.strip()) for line in errata("list").out.splitlines()]
    assert lines[0] == ["#", "id", "status", "rated", "mistakes", "better", "title"]
    assert [(line[0], *line[2:6]) for line in lines[1:]] == [
        ("3", "in work", "1/2", "1", "1"),
        ("1", "to do", "0/2", "-", "-"),
        ("2", "submitted", "2/2", "-", "-"),
    ]
    assert lines[1][6].startswith("Install the 漢字 tokenizer, Install")


def test_the_queue_as_json(errata: Errata, three: None) -> None:
    rows = errata("list", "--json").json
    assert [row["number"] for row in rows] == [3, 1, 2]
    assert rows[0] == {
        **rows[0],
        "format": "mini-swe-agent",
        "steps": 2,
        "commands": 2,
        "to_rate": 2,
        "status": "in work",
        "rated": 1,
        "mistakes": 1,
        "suggestions": 1,
        "comments": 0,
        "model": "example-7b",
    }


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_on_a_terminal_no_line_is_wider_than_it(
    errata: Errata, three: None, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    _on_a_terminal(monkeypatch, columns)
    lines = errata("list").out.splitlines()
    assert max(map(cell_len, lines)) <= columns
    assert any(line.endswith("..") for line in lines)


def test_on_a_terminal_titles_that_begin_alike_are_told_apart(
    errata: Errata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for end in ("GPU", "port"):
        errata("import", session_file(tmp_path / end, task=f"Please solve this issue in the model server: {end}"))
    _on_a_terminal(monkeypatch, 80)
    lines = errata("list").out.splitlines()
    assert [line.endswith(end) for line, end in zip(lines[1:], ("..GPU", "..port"), strict=True)] == [True, True]


def _on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr("tui.cli.console.is_terminal", lambda _: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("shutil.get_terminal_size", lambda *_: os.terminal_size((columns, 24)))


def test_colour_is_for_terminals_without_no_color(
    errata: Errata, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in errata("list").out
    monkeypatch.setattr("tui.cli.console.is_terminal", lambda _: True)
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[2m" in errata("list").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in errata("list").out


def test_an_empty_queue_says_what_to_do(errata: Errata, session: str, tmp_path: Path) -> None:
    from store import Store

    Store(tmp_path / "empty.db").close()
    result = errata("--store", tmp_path / "empty.db", "list")
    assert (result.code, result.out) == (0, "")
    assert "errata import PATH" in result.err
    assert errata("--store", tmp_path / "empty.db", "list", "--json").json == []


def test_the_questions_to_the_lead(errata: Errata, three: None) -> None:
    nothing = errata("list", "--questions")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "nobody asks anything\n")
    assert errata("list", "--questions", "--json").json == []
    errata("annotate", 3, "--ask", "in scope?", "--as", "bob")
    errata("annotate", 1, "--step", 2, "--ask", "first\nsecond", "--comment", "no question", "--as", "carol")
    errata("annotate", 1, "--step", 1, "--ask", "never mind", "--as", "bob")
    errata("annotate", 1, "--undo", "--as", "bob")
    errata("annotate", 1, "--step", 1, "--ask", "why?")
    rows = errata("list", "--questions", "--json").json
    assert [(row["number"], row["step"], row["reviewer"], row["text"]) for row in rows] == [
        (1, 1, "alice", "why?"),
        (1, 2, "carol", "first\nsecond"),
        (3, 0, "bob", "in scope?"),
    ]
    said = errata("show", 1, "--step", 2, "--as", "carol", "--json").json["steps"][0]["annotations"]
    assert {name: rows[1][name] for name in ("event", "at")} in [
        {name: row[name] for name in ("event", "at")} for row in said
    ]
    one, three_ = (row["id"][:10] for row in rows[1:])
    assert errata("list", "--questions").out.splitlines() == [
        f"{one} #1 step 1 alice: why?",
        f"{one} #1 step 2 carol: first second",
        f"{three_} #3 the whole bob: in scope?",
    ]


def test_search_shows_what_may_be_seen_and_counts_the_rest(errata: Errata, three: None) -> None:
    result = errata("search", "needle")
    assert result.code == 0
    found = sorted(re.sub(r"^\S+ ", "", line) for line in result.out.splitlines())
    # Of number 1 only the first step may be seen, since it has no rating yet.
    assert found == [
        "#1 step 1 output: a needle here",
        "#2 step 1 output: a needle here",
        "#2 step 2 command: cat needle",
        "#3 step 1 output: a needle here",
        "#3 step 2 command: cat needle",
    ]
    assert result.err.startswith("1 more in steps that are hidden")
    assert len(errata("search", "needle", "--all").out.splitlines()) == 6
    assert len(errata("search", "needle", "--json").json) == 6


def test_search_finds_all_the_words(errata: Errata, three: None) -> None:
    (hit,) = [hit for hit in errata("search", "thought 2", "--json").json if hit["number"] == 3]
    assert hit == {
        "id": hit["id"],
        "number": 3,
        "title": hit["title"],
        "step": 1,
        "where": "thought",
        "excerpt": "thought 2",
    }


def test_search_says_when_it_shows_the_first_of_more(errata: Errata, session: str, store_path: Path) -> None:
    build = StepBuilder()
    for _ in range(201):
        build.add(action=Action("bash", "xyzzy"))
    with Store(store_path) as store:
        store.trajectories.add(Trajectory(Source("atif", "long.json", "00"), build.steps))
    for result in errata("search", "xyzzy", "--all"), errata("search", "xyzzy", "--json"):
        assert result.err.startswith("more than 200 steps match")
    assert len(errata("search", "xyzzy", "--all").out.splitlines()) == len(json.loads(result.out)) == 200


@pytest.mark.parametrize("text", ["xyzzy", '"', "*", "--", "NEAR(", "a OR", "", "^", "\udcff", "needle AND ("])
def test_nothing_found_is_exit_1(errata: Errata, three: None, text: str) -> None:
    result = errata("search", "--", text)
    assert result.code == 1
    assert result.complaint.startswith("nothing matches ")
    as_json = errata("search", "--json", "--", text)
    assert (as_json.code, json.loads(as_json.out)) == (1, [])


def test_a_store_of_an_older_version_is_brought_up_to_date_by_whatever_opens_it(
    errata: Errata, store_path: Path
) -> None:
    store_of(NAMES[-1], store_path)
    assert errata("list").code == 0
