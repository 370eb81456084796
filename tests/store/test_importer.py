"""Files into the store: every trajectory of a file or none, and the other files whatever happens to one."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from store import Store
from store.database import StoreError
from store.importer import Imported, find_files, import_paths
from store.importer import import_file as import_each


def import_file(store: Store, path: Path) -> Imported:
    """What became of a file that is no archive."""
    (result,) = import_each(store, path)
    return result


def chat(*texts: str) -> list[dict[str, Any]]:
    """A conversation with one bash call for each text, as chat models write it."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "serve the model"}]
    for n, text in enumerate(texts):
        call = {
            "id": f"c{n}",
            "type": "function",
            "function": {"name": "bash", "arguments": json.dumps({"command": text})},
        }
        messages.append({"role": "assistant", "content": "", "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": f"c{n}", "content": "done"})
    return messages


def write(path: Path, *texts: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(chat(*texts)))
    return path


def outcome(results: list[Imported]) -> list[tuple[str, str]]:
    return [
        (
            result.path.name,
            "skipped" if result.skipped else "error" if result.error else f"{len(result.trajectories)}",
        )
        for result in results
    ]


def test_a_folder_is_searched_and_what_is_no_trajectory_is_nobodys_mistake(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    write(folder / "b.json", "ls")
    write(folder / "a" / "one.json", "pwd")
    (folder / "notes.txt").write_text("hello")
    write(folder / ".hidden" / "c.json", "whoami")
    write(folder / ".d.json", "id")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    assert outcome(import_paths(store, [folder])) == [
        ("b.json", "1"), ("notes.txt", "skipped"), ("pipe", "skipped"), ("one.json", "1"),
    ]  # fmt: skip
    assert len(store.trajectories.all()) == 2


def test_a_named_file_that_is_no_trajectory_is_an_error_and_the_others_go_on(store: Store, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("hello")
    cut = tmp_path / "cut.json"
    cut.write_text(json.dumps(chat("ls"))[:-20])
    good = write(tmp_path / "good.json", "ls")
    missing = tmp_path / "missing.json"
    results = import_paths(store, [notes, cut, missing, good])
    assert outcome(results) == [
        ("notes.txt", "error"),
        ("cut.json", "error"),
        ("missing.json", "error"),
        ("good.json", "1"),
    ]
    for result in results[:3]:
        assert result.error.startswith(f"{result.path}: ")
        assert "\n" not in result.error


def test_importing_again_brings_nothing_new(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", "ls")
    ((head, new),) = import_file(store, path).trajectories
    assert new
    moved = path.rename(tmp_path / "b.json")
    assert import_file(store, moved).trajectories == ((head, False),)
    assert import_file(store, moved).format == head.source.format


def test_a_file_with_one_bad_trajectory_brings_none(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    lines = [json.dumps({"messages": chat(f"echo {n}")}) for n in range(3)]
    path.write_text("\n".join([*lines, '{"messages": [{"role": "assistant", "content": 7}]}', *lines]))
    result = import_file(store, path)
    assert result.error
    assert store.trajectories.all() == []
    path.write_text("\n".join(lines))
    assert len(import_file(store, path).trajectories) == 3


def test_progress_is_told_before_each_file_and_after_each_trajectory(store: Store, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.json", f"echo {n}") for n in range(2)]
    told: list[tuple[int, int, str]] = []
    import_paths(store, paths, on_progress=lambda done, total, what: told.append((done, total, what)))
    assert told == [(0, 2, "0.json"), (0, 2, "0.json: 1"), (1, 2, "1.json"), (1, 2, "1.json: 1")]


def test_an_import_that_is_stopped_keeps_what_it_has_read_whole(store: Store, tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.json", f"echo {n}") for n in range(3)]

    def stop(done: int, total: int, what: str) -> None:
        if what == "1.json: 1":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_paths(store, paths, on_progress=stop)
    assert [head.source.name for head in store.trajectories.all()] == ["0.json"]
    assert all(result.trajectories for result in import_paths(store, paths))


def test_a_store_that_cannot_be_written_ends_the_import(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", "ls")
    with Store(store.path, write=False) as reading, pytest.raises(StoreError, match="cannot be written"):
        import_paths(reading, [path])


def test_an_empty_folder_and_a_folder_of_other_things_are_said(store: Store, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("hello")
    results = import_paths(store, [tmp_path / "empty", tmp_path / "other"])
    errors = [result.error for result in results if result.error and not result.skipped]
    assert [error.split(": ")[0] for error in errors] == [str(tmp_path / "empty"), str(tmp_path / "other")]


def test_the_store_itself_is_not_opened_as_a_trajectory(store: Store) -> None:
    assert outcome([import_file(store, store.path)]) == [("store.db", "error")]
    assert "the store itself" in import_file(store, store.path).error


def test_files_are_found_in_one_order(tmp_path: Path) -> None:
    for name in ("b/2", "a", "b/1", "c"):
        write(tmp_path / name)
    found = [(path.relative_to(tmp_path).as_posix(), below) for path, below in find_files([tmp_path, tmp_path / "c"])]
    assert found == [("a", True), ("c", True), ("b/1", True), ("b/2", True), ("c", False)]
