"""Edits as diffs, in the forms that real tools have."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.edits import diff_of
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action


def shown(tool: str, arguments: dict[str, Any] | str) -> list[str]:
    return [f"{mark} {text}".rstrip() for mark, text in diff_of(to_action(tool, arguments))]


REPLACED = ["- b = 1", "+ b = 2"]


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        (
            "str_replace_editor",
            {"command": "str_replace", "path": "a.py", "old_str": "b = 1", "new_str": "b = 2"},
            REPLACED,
        ),
        ("str_replace_editor", {"command": "str_replace", "path": "a.py", "old_str": "b = 1"}, ["- b = 1"]),
        (
            "str_replace_editor",
            {"command": "insert", "path": "a.py", "insert_line": 3, "new_str": "c"},
            ["@ after line 3", "+ c"],
        ),
        ("str_replace_editor", {"command": "create", "path": "a.py", "file_text": "c"}, ["@ the whole file", "+ c"]),
        ("str_replace_editor", {"command": "view", "path": "a.py", "view_range": [1, 9]}, []),
        ("Edit", {"file_path": "a.py", "old_string": "b = 1", "new_string": "b = 2"}, REPLACED),
        (
            "Edit",
            {"file_path": "a.py", "old_string": "b = 1", "new_string": "b = 2", "replace_all": True},
            ["@ everywhere", *REPLACED],
        ),
        (
            "MultiEdit",
            {
                "file_path": "a.py",
                "edits": [{"old_string": "b = 1", "new_string": "b = 2"}, {"old_string": "x", "new_string": ""}],
            },
            ["@ edit 1 of 2", *REPLACED, "@ edit 2 of 2", "- x"],
        ),
        ("Write", {"file_path": "a.py", "content": "c\n"}, ["@ the whole file", "+ c", "+"]),
        ("SendMessage", {"recipient": "alice", "content": "hello"}, []),
        (
            "apply_patch",
            "*** Begin Patch\n*** Update File: a.py\n@@ def f\n x\n-b = 1\n+b = 2\n*** End Patch",
            ["@ Update File: a.py", "@ @@ def f", "  x", *REPLACED],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)
def test_a_call_as_a_diff(tool: str, arguments: dict[str, Any] | str, expected: list[str]) -> None:
    assert shown(tool, arguments) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("edit 3:4\nx\ny\nend_of_edit", ["@ in the place of lines 3 to 4", "+ x", "+ y"]),
        ("edit 3:3\nx\nend_of_edit", ["@ in the place of line 3", "+ x"]),
        ("edit 'b = 1' 'b = 2'", REPLACED),
        ("edit 'b = 1' 'b = 2' replace-all", ["@ everywhere", *REPLACED]),
        ("insert 'x' 7", ["@ after line 7", "+ x"]),
        ("str_replace_editor str_replace a.py --old_str 'b = 1' --new_str 'b = 2'", REPLACED),
        ("str_replace_editor view a.py --view_range 1 9", []),
        ("edit 'unclosed", []),
        ("open a.py", []),
    ],
)
def test_a_command_of_swe_agent_as_a_diff(command: str, expected: list[str]) -> None:
    lines = diff_of(Action("str_replace_editor", command, is_shell=False))
    assert [f"{mark} {text}" for mark, text in lines] == expected


def test_bash_is_no_edit() -> None:
    assert diff_of(Action("bash", "edit 'a' 'b'")) == []


def test_only_what_changes_and_what_is_around_it() -> None:
    old = [f"line {n}" for n in range(100)]
    new = [*old[:50], "changed", *old[51:]]
    lines = shown("Edit", {"file_path": "a", "old_string": "\n".join(old), "new_string": "\n".join(new)})
    assert lines == [
        *("  " + line for line in old[47:50]),
        "- line 50",
        "+ changed",
        *("  " + line for line in old[51:54]),
    ]


@given(st.lists(st.text("ab\n\r ", max_size=40), min_size=2, max_size=2))
def test_a_diff_holds_both_texts(texts: list[str]) -> None:
    old, new = texts
    lines = diff_of(Action("Edit", "a.py", is_shell=False, arguments={"old_string": old, "new_string": new}))
    if old and new and old != new and max(old.count("\n"), new.count("\n")) < 3:
        assert "\n".join(text for mark, text in lines if mark in " -") == old
        assert "\n".join(text for mark, text in lines if mark in " +") == new


def test_large_edits_do_not_keep_anyone_waiting() -> None:
    old, new = ("\n".join(f"{n % k}" for n in range(20_000)) for k in (7, 11))
    start = time.monotonic()
    lines = diff_of(Action("Edit", "a.py", is_shell=False, arguments={"old_string": old, "new_string": new}))
    assert len(lines) == 40_000
    assert time.monotonic() - start < 5


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists))
def test_arguments_of_any_type_do_no_harm(value: object) -> None:
    for name in ("edits", "old_str", "new_str", "content", "file_text", "insert_line", "command"):
        diff_of(Action("Write", "a", is_shell=False, arguments={name: value, "new_string": "x"}))
