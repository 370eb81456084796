"""The samples are what newcomers see first: real, whole, and reviewed with care."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reviewer.formats import read_trajectories
from reviewer.review_file import read_review_file
from reviewer.trajectory import Trajectory

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sample_trajectories"
NAMES = sorted(path.name.removesuffix(".traj.json") for path in FOLDER.glob("*.traj.json"))
CODES = {f"{family}{n}" for family, count in (("B", 5), ("P", 5), ("C", 5), ("V", 5), ("S", 4), ("X", 3))
         for n in range(1, count + 1)}  # fmt: skip
FORBIDDEN = {
    "a private path": r"/home/|/Users/",
    "an e-mail address": r"[\w.+-]+@[\w-]+\.(?:com|org|net|io|dev|de|edu|example)\b",
    "a key": r"\bsk-[A-Za-z0-9]{16}|\bghp_\w{20}|\bhf_[A-Za-z0-9]{20}|\bAKIA[0-9A-Z]{16}|PRIVATE KEY",
    "an address that is not masked": r"https?://(?!(?:packages|git)\.example\b|127\.0\.0\.1\b|localhost\b|gcc\.gnu\.org\b)",
    "a private address": r"\b10\.255\.|\b192\.168\.|\b203\.0\.113\.",
}

each_sample = pytest.mark.parametrize("name", NAMES)


@cache
def trajectory(name: str) -> Trajectory:
    (only,) = read_trajectories(FOLDER / f"{name}.traj.json")
    return only


@cache
def gold(name: str) -> list[dict[str, Any]]:
    data = json.loads((FOLDER / f"{name}.gold.json").read_text(encoding="utf-8"))
    assert list(data) == ["file", "reviewer", "annotations"]
    assert (data["file"], data["reviewer"]) == (f"{name}.traj.json", "gold")
    annotations: list[dict[str, Any]] = data["annotations"]
    return annotations


def of_kind(name: str, kind: str) -> list[dict[str, Any]]:
    return [annotation for annotation in gold(name) if annotation["kind"] == kind]


def test_there_are_enough_and_they_are_small() -> None:
    assert len(NAMES) >= 6
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) < 1_500_000


@each_sample
def test_a_session_has_steps_times_and_thoughts(name: str) -> None:
    steps = trajectory(name).steps
    assert 15 <= len(steps) <= 60
    assert all(step.action and step.action.command.strip() and step.started_at for step in steps)
    assert all(step.thought for step in steps if step.turn != steps[step.ordinal - 2].turn)
    assert all(step.output is not None for step in steps)


@each_sample
def test_what_ran_is_what_its_script_says(name: str) -> None:
    script = tomllib.loads((ROOT / "scripts" / "sessions" / f"{name}.toml").read_text(encoding="utf-8"))
    said = [(turn["thought"].strip(), command) for turn in script["turn"] for command in turn["commands"]]
    steps = trajectory(name).steps
    assert [step.action.command for step in steps if step.action] == [command for _, command in said]
    assert {step.thought for step in steps if step.thought} == {thought for thought, _ in said}
    assert trajectory(name).task.title == script["title"]


@each_sample
def test_every_command_is_rated_once(name: str) -> None:
    assert [a["step"] for a in of_kind(name, "rating")] == list(range(1, len(trajectory(name).steps) + 1))
    assert {a["value"] for a in of_kind(name, "rating")} <= {-1, 0, 1}


@each_sample
def test_a_gold_review_can_be_read_and_names_existing_steps(name: str) -> None:
    assert read_review_file(FOLDER / f"{name}.gold.json")
    last = len(trajectory(name).steps)
    for annotation in gold(name):
        assert 0 <= annotation["step"] <= last
        assert (annotation["step"] == 0) == (annotation["kind"] == "answer")


@each_sample
def test_mistakes_follow_the_marking_rules(name: str) -> None:
    mistakes = of_kind(name, "mistake")
    last = len(trajectory(name).steps)
    assert {a["code"] for a in mistakes} <= CODES
    assert all(a["severity"] in (1, 2, 3) and a["note"] for a in mistakes)
    assert max(Counter(a["step"] for a in mistakes).values()) <= 2
    assert sum(a.get("decisive", False) for a in mistakes) <= 1
    assert all(a["step"] < a["recovered_at"] <= last for a in mistakes if "recovered_at" in a)
    marked = {a["step"] for a in mistakes}
    assert all(a["follows"] in marked and a["follows"] < a["step"] for a in mistakes if "follows" in a)
    rated = {a["step"]: a["value"] for a in of_kind(name, "rating")}
    assert all(rated[step] < 1 for step in marked), "a step with a mistake is not rated good"


@each_sample
def test_spans_are_inside_what_they_point_at(name: str) -> None:
    for annotation in gold(name):
        if span := annotation.get("span"):
            step = trajectory(name).steps[annotation["step"] - 1]
            assert step.action
            whole = step.action.command if span["of"] == "command" else (step.output or "").split("\n")
            assert 0 <= span["start"] < span["end"] <= len(whole)


@each_sample
def test_suggestions_are_bash_and_differ_from_what_the_agent_did(name: str) -> None:
    for annotation in of_kind(name, "suggestion"):
        command = annotation["command"]
        checked = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")
        action = trajectory(name).steps[annotation["step"] - 1].action
        assert action
        assert command != action.command
        assert annotation["rationale"]


@each_sample
def test_the_verdict_is_complete(name: str) -> None:
    answers = {a["slot"]: a["value"] for a in of_kind(name, "answer")}
    assert answers["outcome"] in ("success", "partial", "fail")
    assert answers["side_effects"] in ("none", "harmless", "harmful")
    assert (answers["outcome"] != "success") == (answers.get("fixability") in ("easy", "scaffold", "real"))
    assert len(answers["summary"]) > 80
    decisive = [a for a in of_kind(name, "mistake") if a.get("decisive")]
    assert bool(decisive) == (answers["outcome"] != "success")


def test_the_set_shows_all_families_and_all_outcomes() -> None:
    codes = {a["code"] for name in NAMES for a in of_kind(name, "mistake")}
    assert {code[0] for code in codes} >= set("BPCVS")
    assert len(codes & {code for code in CODES if code[0] != "X"}) >= 20
    outcomes = {a["value"] for name in NAMES for a in of_kind(name, "answer") if a["slot"] == "outcome"}
    assert outcomes == {"success", "partial", "fail"}


def test_some_output_is_as_a_terminal_gets_it() -> None:
    outputs = [step.output or "" for name in NAMES for step in trajectory(name).steps]
    assert any("\x1b[" in output for output in outputs)
    assert any(re.search(r"\d+%[^\r\n]*\r(?!\n)", output) for output in outputs), "no progress bar"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_private_is_in_them(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])
    for path in [*FOLDER.iterdir(), *(ROOT / "scripts" / "sessions").iterdir()]:
        if path.is_file():
            found = pattern.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{what} in {path.name}: {found}"
