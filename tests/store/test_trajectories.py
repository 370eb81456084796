"""Trajectories in the store: added once, kept exactly, found and searched."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.trajectory import Action, Source, Step, StepBuilder, StepStatus, Task, Trajectory, step_to_dict
from store import Store
from store.database import StoreError
from store.trajectories import NoMatch
from tests.examples import COPIED, FAILED, JUDGED_WORK, KEYS, THOUGHT_ONLY, UNKNOWN_EXIT, make_trajectory
from tests.reviewer.test_trajectory import steps
from tests.strategies import texts


def one_step(output: str | None = "", **step: object) -> Trajectory:
    build = StepBuilder()
    build.add(**{"action": Action("bash", "run"), "output": output, **step})
    return Trajectory(Source("atif", "one.json", uuid4().hex), build.steps)


def same(kept: Trajectory, imported: Trajectory) -> bool:
    """Equal in every field; a list of steps and a tuple of the same steps are."""
    return replace(kept, steps=tuple(kept.steps)) == replace(imported, steps=tuple(imported.steps))


# -- added once


def test_a_trajectory_is_new_once(store: Store, trajectory: Trajectory) -> None:
    head, new = store.trajectories.add(trajectory)
    assert new
    assert store.trajectories.add(trajectory) == (head, False)
    assert store.trajectories.all() == [head]
    assert len(store.trajectories.step_heads(head.id)) == len(trajectory.steps)


def test_a_part_is_named_by_any_text(store: Store, trajectory: Trajectory) -> None:
    """As by the id of a sample, which is a string of the file's."""
    odd = replace(trajectory, source=replace(trajectory.source, part="a\0b \ud800 \x1b[2J"))
    assert [store.trajectories.add(odd)[1] for _ in range(2)] == [True, False]


def test_the_same_file_under_another_name_is_not_new(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    moved = replace(trajectory, source=replace(trajectory.source, name="renamed.json"))
    assert store.trajectories.add(moved) == (head, False)


def test_the_same_file_read_by_a_newer_importer_is_not_new(store: Store, trajectory: Trajectory) -> None:
    """Annotations stay with what they were made on."""
    head, _ = store.trajectories.add(trajectory)
    better = replace(trajectory, steps=[*trajectory.steps, Step(8, 6, thought="formerly missed")])
    assert better.id != trajectory.id
    assert store.trajectories.add(better) == (head, False)
    assert same(store.trajectories.trajectory(head.id), trajectory)


def test_the_parts_of_one_file_are_trajectories_of_their_own(store: Store, trajectory: Trajectory) -> None:
    parts = [replace(trajectory, source=replace(trajectory.source, part=part)) for part in ("1", "2")]
    heads = [store.trajectories.add(part) for part in parts]
    assert [(head.number, new, head.source.part) for head, new in heads] == [(1, True, "1"), (2, True, "2")]


def test_adding_is_durable_and_whole(tmp_path: Path, trajectory: Trajectory) -> None:
    """Without a transaction of the caller's, too; and nothing is left of one that could not be added."""
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.trajectories.add(trajectory)
        broken = replace(make_trajectory("broken"), steps=[*trajectory.steps, trajectory.steps[0]])  # a number twice
        with pytest.raises(StoreError):
            store.trajectories.add(broken)
    with Store(path, write=False) as store:
        assert [head.title for head in store.trajectories.all()] == ["serve the model"]
        assert store.connection.row("SELECT count(*) FROM step") == (len(trajectory.steps),)


# -- kept exactly


def test_every_field_is_kept(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    kept = store.trajectories.trajectory(head.id)
    assert same(kept, trajectory)
    assert kept.id == head.id == trajectory.id
    for step in trajectory.steps:
        assert store.trajectories.step(head.id, step.ordinal) == step


def test_file_names_that_are_not_utf_8_are_kept(store: Store, trajectory: Trajectory) -> None:
    strange = replace(trajectory, source=replace(trajectory.source, name="r\udce9sum\udce9.json"), task=Task())
    head, _ = store.trajectories.add(strange)
    assert same(store.trajectories.trajectory(head.id), strange)
    assert head.title == head.source.name == "r?sum?.json"


@given(data=st.data())
def test_any_step_is_kept(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    drawn = data.draw(st.lists(steps(texts), max_size=2))
    numbered = [replace(step, ordinal=n) for n, step in enumerate(drawn, 1)]
    words: dict[str, Any] = {name: data.draw(texts) for name in ("agent", "model", "outcome", "started_at")}
    task = data.draw(st.builds(Task, id=texts, title=texts, instructions=texts))
    trajectory = Trajectory(Source("atif", data.draw(texts), uuid4().hex), numbered, task=task, **words)
    with Store(tmp_path_factory.getbasetemp() / "any.db") as store:
        head, new = store.trajectories.add(trajectory)
        assert new
        assert same(store.trajectories.trajectory(head.id), trajectory)
        assert len(store.trajectories.step_heads(head.id)) == len(numbered)


@pytest.mark.parametrize(
    "output",
    [
        "",
        "\0",
        "\ud800\udfff\0",
        "\ud83d" * 10,
        "é\r\n" * 1_000_000,  # 3 MB in three pages
        "".join(random.Random(7).choices("\0\x1b[31m\ud83d\udc80é𝄞ab\r\n", k=2**20 + 1)),  # a page and one more
    ],
    ids=["empty", "nul", "surrogates", "one half", "3 MB", "hostile, a page and one more"],
)
def test_any_output_is_kept(store: Store, output: str) -> None:
    head, _ = store.trajectories.add(one_step(output))
    assert store.trajectories.step(head.id, 1).output == output
    assert store.trajectories.step_heads(head.id)[0].output_size == len(output)


def test_no_output_is_not_an_empty_output(store: Store) -> None:
    trajectory = Trajectory(Source("atif", "a.json", "00"), [Step(1, 1, output=None), Step(2, 1, output="")])
    head, _ = store.trajectories.add(trajectory)
    assert [step.output_size for step in store.trajectories.step_heads(head.id)] == [None, 0]
    assert [store.trajectories.step(head.id, n).output for n in (1, 2)] == [None, ""]


def test_outputs_take_little_room(store: Store) -> None:
    store.trajectories.add(one_step("Downloading weights 7%\r" * 200_000))
    (pages,) = store.connection.row("SELECT sum(length(data)) FROM output")
    assert pages < 50_000


def test_the_heads_say_what_a_list_shows(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    assert (head.number, head.title, head.steps, head.commands) == (1, "serve the model", 7, 6)
    assert (head.agent, head.model, head.outcome) == ("shell-agent 2", "some-model-1", "submitted")
    assert head.short_id == trajectory.id[:10]
    assert head.task.instructions == trajectory.task.instructions
    heads = store.trajectories.step_heads(head.id)
    assert [h.ordinal for h in heads] == [1, 2, 3, 4, 5, 6, 7]
    assert [h.ordinal for h in heads if h.failed] == [FAILED, KEYS]
    assert [h.ordinal for h in heads if h.judged_work] == JUDGED_WORK
    assert heads[THOUGHT_ONLY - 1].command is None and heads[THOUGHT_ONLY - 1].tool is None
    assert heads[UNKNOWN_EXIT - 1].exit_code is None
    assert heads[COPIED - 1].exit_code == 0
    assert heads[KEYS - 1].status is StepStatus.TIMEOUT
    assert heads[0].duration == 0.25
    for imported, kept in zip(trajectory.steps, heads, strict=True):
        assert (kept.failed, kept.turn, kept.command or "") == (imported.failed, imported.turn, imported.command)


def test_the_title_falls_back_to_what_there_is(store: Store, trajectory: Trajectory) -> None:
    tasks = [Task(id="llm-13", title="serve"), Task(id="llm-14"), Task()]
    heads = [
        store.trajectories.add(replace(trajectory, source=Source("atif", "a.json", f"{n}"), task=task))[0]
        for n, task in enumerate(tasks)
    ]
    assert [head.title for head in heads] == ["serve", "llm-14", "a.json"]


def test_a_step_that_is_not_there(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    for ordinal in (0, -1, 8):
        with pytest.raises(NoMatch, match=f"{head.short_id} has no step {ordinal}"):
            store.trajectories.step(head.id, ordinal)
    with pytest.raises(NoMatch, match="there is no trajectory 0000"):
        store.trajectories.trajectory("0000")


# -- found


def test_found_by_number_id_and_title(store: Store) -> None:
    heads = [store.trajectories.add(make_trajectory(title))[0] for title in ("deploy it", "Überblick", "100% done_")]
    for head in heads:
        assert store.trajectories.find(str(head.number)) == head
        for length in (4, 10, 64):
            assert store.trajectories.find(head.id[:length]) == head
            assert store.trajectories.find(head.id[:length].upper()) == head
        assert store.trajectories.find(head.title[:5]) == head
        assert store.trajectories.find(head.title) == head
    assert store.trajectories.find("DEPLOY") == heads[0]


@pytest.mark.parametrize(
    "ref", ["4", "0", "99999", "123456", "abc", "eploy", "ffff", "deploy it now", "%", "_", "\0", "\udc80"]
)
def test_what_names_nothing(store: Store, ref: str) -> None:
    store.trajectories.add(make_trajectory("deploy it"))
    with pytest.raises(NoMatch, match="names no trajectory; `errata list` shows"):
        store.trajectories.find(ref)


def test_an_ambiguous_name_lists_the_candidates(store: Store) -> None:
    heads = [store.trajectories.add(make_trajectory(f"deploy {n}"))[0] for n in range(6)]
    with pytest.raises(NoMatch) as refused:
        store.trajectories.find("deploy")
    assert str(refused.value) == (
        "'deploy' is ambiguous: " + ", ".join(f"{head.short_id} ({head.title})" for head in heads[:4])
        + " and 2 more; give more of the id"
    )  # fmt: skip
    assert store.trajectories.find("deploy 5") == heads[5]


# -- searched


def hits(store: Store, text: str) -> list[tuple[int, str]]:
    return sorted((hit.step, hit.where) for hit in store.trajectories.search(text))


def test_search_finds_commands_thoughts_and_outputs(store: Store, trajectory: Trajectory) -> None:
    head, _ = store.trajectories.add(trajectory)
    assert hits(store, "curl") == [(6, "command")]
    assert hits(store, "look around") == [(1, "thought")]
    assert hits(store, "Traceback") == [(2, "output")]
    assert hits(store, "VLLM") == [(2, "output"), (3, "thought"), (4, "command")]
    assert hits(store, "models/") == [(1, "command"), (5, "command")]
    assert hits(store, "fälle") == [(3, "thought")]
    assert hits(store, "serve port") == [(2, "command")]
    assert hits(store, "trac") == [(2, "output")]  # the last word may be the start of one
    assert hits(store, "trac error") == []
    assert hits(store, "nowhere to be found") == []
    (hit,) = store.trajectories.search("ModuleNotFoundError")
    assert hit.trajectory == head.id
    assert hit.excerpt == "ModuleNotFoundError: No module named 'vllm'"


def test_search_finds_a_tool_and_its_arguments(store: Store) -> None:
    arguments = {"old_str": "colour", "edits": [{"new_str": "hue"}]}
    store.trajectories.add(one_step(action=Action("str_replace", "a.py", is_shell=False, arguments=arguments)))
    for text in ("str_replace", "colour", "hue", "a.py"):
        assert hits(store, text) == [(1, "command")]
    (hit,) = store.trajectories.search("hue")
    assert hit.excerpt == "hue"


def test_an_excerpt_is_one_line_around_the_word(store: Store) -> None:
    store.trajectories.add(one_step("first\n" + "a" * 500 + " needle " + "b" * 500 + "\nlast"))
    (hit,) = store.trajectories.search("needle")
    assert "needle" in hit.excerpt and "\n" not in hit.excerpt and len(hit.excerpt) <= 160


def test_search_reads_the_first_megabyte_of_an_output(store: Store) -> None:
    """A limit, so that a runaway log does not double the store: what stands further down is shown, not indexed."""
    store.trajectories.add(one_step("before\n" + "x\n" * (2**19) + "behind\n"))
    assert hits(store, "before") == [(1, "output")]
    assert hits(store, "behind") == []


@given(texts | st.text("\"*()^:-+ ANDORNEAR{}'%\0", max_size=12))
def test_any_text_can_be_searched_for(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "searched.db"
    if not path.exists():
        with Store(path) as store:
            store.trajectories.add(make_trajectory())
    with Store(path, write=False) as store:
        for hit in store.trajectories.search(text):
            assert 1 <= hit.step <= 7


def test_the_command_comes_before_the_thought_and_the_output(store: Store) -> None:
    build = StepBuilder()
    build.next_turn().add(action=Action("bash", "make"), output="needle case")
    build.next_turn().add(action=Action("bash", "make"), output="needle", thought="No needle, no case.")
    build.next_turn().add(action=Action("bash", "grep needle case.txt"), output="")
    build.next_turn().add(action=Action("bash", "needle"), output="case")
    store.trajectories.add(Trajectory(Source("atif", "a.json", "00"), build.steps))
    assert [hit.step for hit in store.trajectories.search("needle case")] == [3, 2, 1, 4]
    assert [hit.step for hit in store.trajectories.search("needle case", limit=1)] == [3]


def test_a_whole_word_is_preferred_to_the_beginning_of_one(store: Store) -> None:
    build = StepBuilder()
    build.next_turn().add(action=Action("bash", "kill 100"))
    build.next_turn().add(action=Action("bash", "kill 1001"))
    store.trajectories.add(Trajectory(Source("atif", "a.json", "00"), build.steps))
    assert hits(store, "kill 100") == [(1, "command")]
    assert hits(store, "kill 10") == [(1, "command"), (2, "command")]


def test_search_has_a_limit(store: Store) -> None:
    for n in range(5):
        store.trajectories.add(make_trajectory(f"deploy {n}"))
    assert len(store.trajectories.search("curl", limit=3)) == 3


def test_what_was_stored_is_what_the_id_says(store: Store, trajectory: Trajectory) -> None:
    """A researcher can check a trajectory without trusting the store's own columns."""
    head, _ = store.trajectories.add(trajectory)
    kept = store.trajectories.trajectory(head.id)
    assert [step_to_dict(step) for step in kept.steps] == [step_to_dict(step) for step in trajectory.steps]
    assert replace(kept, source=replace(kept.source, name="")).id == head.id
