"""A whole review in a real terminal: imported, rated, marked, killed in the middle, taken up again, submitted, and
read back by the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from store import Store
from store.samples import sample_paths
from tests.end_to_end.conftest import Run, lines_of_json
from tests.end_to_end.terminal import Screen, Terminal, Tmux, errata

SAMPLE = next(path for path in sample_paths() if path.name == "disk-full.traj.json")

REAL_FILES = [
    "swe-agent-traj/v0_pydicom-1458.traj",
    "mini-swe-agent/gen_v2_toolcall_multiaction.traj.json",
]

EMPTY = ["ctrl+u", "backspace"] * 40
"""Takes away the command that the editor opens with, of up to so many lines."""


class Reviewer:
    """A person at a terminal of 80x24 and 16 colours, who opens a review in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tmux: Tmux | None = None
        self._screens: list[Screen] = []

    def sit_down(self) -> Screen:
        command = errata("--store", self.path, "--as", "alice", "review", "1")
        if self.tmux:
            self.tmux.start(command)
            return self.tmux
        self._screens.append(Terminal(command))
        return self._screens[-1]

    def leave(self) -> None:
        for screen in [*self._screens, *([self.tmux] if self.tmux else [])]:
            screen.close()


@pytest.fixture
def reviewer(path: Path) -> Iterator[Reviewer]:
    reviewer = Reviewer(path)
    yield reviewer
    reviewer.leave()


def test_a_sample(reviewer: Reviewer, run: Run) -> None:
    _review(reviewer, run, SAMPLE)


@pytest.mark.parametrize("name", REAL_FILES)
def test_a_real_file(reviewer: Reviewer, run: Run, corpus: Path, name: str) -> None:
    _review(reviewer, run, corpus / name)


def test_a_sample_in_tmux(reviewer: Reviewer, run: Run, path: Path) -> None:
    reviewer.tmux = Tmux(path.parent)
    _review(reviewer, run, SAMPLE)


def _review(reviewer: Reviewer, run: Run, file: Path) -> None:
    (imported,) = json.loads(run("import", file, "--json"))
    (trajectory,) = imported["trajectories"]
    work = _commands(run)
    first = work[0]

    screen = reviewer.sit_down()
    screen.wait_for("the task")
    screen.press("q", "g", str(first), "enter", "1")
    screen.wait_for(f"1/{len(work)} rated · saved")
    screen.press("tab", "-", "m", "b", "3", "enter")
    screen.wait_for("marked B3")
    screen.press("d")
    screen.wait_for("this mistake decided the session")
    screen.press("s", *EMPTY, "df -h ~ | sort", "tab", "look first", "ctrl+s")
    screen.wait_for("= better: df -h ~ | sort  look first")
    screen.press("u")
    screen.wait_for("undid: suggestion")
    screen.press("ctrl+r")
    screen.wait_for("did again: suggestion")
    screen.press("v", "2")
    screen.wait_for("Was the task done?  partial")
    screen.press("q", "tab", "s", *EMPTY, "this was being ty")
    screen.wait_for("this was being ty")
    screen.kill()

    screen = reviewer.sit_down()
    screen.wait_for("a draft was kept at step")
    draft = _step_with_draft(reviewer.path, trajectory["id"])
    screen.press("g", str(draft), "enter", "s")
    screen.wait_for("this was being ty")
    screen.press("ped", "ctrl+s")
    screen.wait_for("= better: this was being typed")
    for count, step in enumerate(work[2:], start=3):
        screen.press("g", str(step), "enter", "0")
        screen.wait_for(f"{count}/{len(work)} rated")
    screen.press("v")
    screen.wait_for("Was the task done?  partial")
    screen.press("1", "1", "it ran out of disk", "enter")
    screen.wait_for("> submit  ready")
    screen.press("enter")
    screen.wait_for("submitted, revision 1")
    screen.press("q")
    screen.wait_for("1 submitted")
    screen.press("q")
    assert screen.wait_for_end() == 0

    _check(run, trajectory["id"], work, draft)


def _check(run: Run, trajectory: str, work: list[int], draft: int) -> None:
    """What the command line says of the review is what was done in the terminal."""
    shown = json.loads(run("show", "1", "--json"))
    review = shown["review"]
    assert (review["status"], review["revision"]) == ("submitted", 1)
    assert review["counts"] == {
        "rated": len(work),
        "to_rate": len(work),
        "mistakes": 1,
        "suggestions": 2,
        "comments": 0,
    }
    answers = {"outcome": "partial", "side_effects": "none", "fixability": "easy", "summary": "it ran out of disk"}
    assert review["answers"] == answers
    said = [annotation for step in shown["steps"] for annotation in step["annotations"]]
    ratings = {row["step"]: row["value"] for row in said if row["kind"] == "rating"}
    assert ratings == {work[0]: 1, work[1]: -1, **dict.fromkeys(work[2:], 0)}
    (mistake,) = [row for row in said if row["kind"] == "mistake"]
    assert (mistake["step"], mistake["code"], mistake["severity"], mistake["decisive"]) == (work[1], "B3", 2, True)
    better = {row["step"]: (row["command"], row.get("rationale")) for row in said if row["kind"] == "suggestion"}
    assert better == {work[1]: ("df -h ~ | sort", "look first"), draft: ("this was being typed", None)}

    rows = lines_of_json(run("export", "annotations", "--submitted"))
    assert {row["trajectory"] for row in rows} == {trajectory}
    assert {row["event"] for row in rows} >= {row["event"] for row in said}
    kinds = sorted(row["kind"] for row in rows)
    assert kinds == sorted(
        ["rating"] * len(work) + ["suggestion"] * 2 + ["answer"] * 4 + ["mistake", "decisive", "submission"]
    )
    verdict = json.loads(run("verify", "--json"))
    assert verdict["ok"] and verdict["faults"] == []


def _commands(run: Run) -> list[int]:
    """The steps that ask for a rating."""
    steps: list[dict[str, Any]] = json.loads(run("show", "1", "--json"))["steps"]
    left_out = ("copied_context", "demonstration")
    return [s["ordinal"] for s in steps if s["command"] is not None and not any(s[name] for name in left_out)]


def _step_with_draft(path: Path, trajectory: str) -> int:
    with Store(path, write=False) as store:
        ((step, kind, slot),) = store.session("alice", trajectory).draft_places
    assert (kind, slot) == ("suggestion", "")
    return step
