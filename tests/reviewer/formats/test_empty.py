"""A file in which no agent says or does anything: refused, in the same words whatever its format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reviewer.errors import BadInput
from reviewer.formats import FORMATS, read_trajectories
from tests.reviewer.formats.conftest import Read, Refuse

TASK = {"role": "user", "content": "Do it"}
EMPTY: dict[str, list[Any]] = {
    "inspect": [{"version": 2, "status": "error", "eval": {}, "plan": {"steps": []}, "samples": []}],
    "asciicast": [{"version": 2, "width": 80, "height": 24}],
    "atif": [{"schema_version": "ATIF-v1.6", "steps": [{"source": "user", "message": "Do it"}]}],
    "mini-swe-agent": [{"trajectory_format": "mini-swe-agent-1.1", "info": {}, "messages": []}],
    "openhands-v0": [[{"id": 0, "action": "message", "source": "user", "args": {"content": "Do it"}}]],
    "openhands-v1": [{"kind": "SystemPromptEvent", "timestamp": "", "system_prompt": {"text": "Be good."}}],
    "vivaria": [[{"runId": 1, "calledAt": 1, "content": {"type": "log", "content": ["starting"]}}]],
    "gemini-cli": [{"sessionId": "s", "projectHash": "h", "messages": [{"type": "user", "content": "Do it"}]}],
    "opencode": [
        {"info": {}, "messages": [{"info": {"role": "user"}, "parts": [{"type": "text", "text": "Do it"}]}]}
    ],
    "swe-agent": [{"trajectory": [], "history": [], "info": {}}],
    "claude-code": [{"type": "user", "sessionId": "s", "uuid": "u", "message": TASK}],
    "codex": [
        {"type": "session_meta", "timestamp": "", "payload": {"id": "s"}},
        {"type": "compacted", "payload": {}},
    ],
    "anthropic-messages": [{"system": "Be good.", "messages": [TASK]}],
    "openai-chat": [{"messages": [TASK]}],
}
NEEDS_MORE = {"harbor", "terminal-bench", "typescript"}
"""Formats whose empty run is not JSON: below."""


def test_every_format_is_here() -> None:
    assert EMPTY.keys() | NEEDS_MORE == {each.name for each in FORMATS}


@pytest.mark.parametrize("name", EMPTY)
def test_a_run_without_an_agent_is_refused(refuse: Refuse, name: str) -> None:
    assert str(refuse(*EMPTY[name], format_name=name)) == "file.json: holds nothing that an agent said or did"


@pytest.mark.parametrize(
    ("format_name", "name", "data"),
    [
        ("harbor", "agent/trajectory.json", b'{"schema_version": "ATIF-v1.6", "steps": []}'),
        ("terminal-bench", "commands.txt", b"\n"),
        ("typescript", "log", b"Script started on 2026-01-01 00:00:00+00:00\n"),
    ],
)
def test_folders_and_recordings_too(tmp_path: Path, format_name: str, name: str, data: bytes) -> None:
    path = tmp_path / "trial" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    with pytest.raises(BadInput, match=r": holds nothing that an agent said or did$"):
        list(read_trajectories(tmp_path / "trial" if format_name == "harbor" else path, format_name))


def test_an_empty_one_among_others_is_passed_over(read: Read) -> None:
    said = {"messages": [TASK, {"role": "assistant", "content": "So."}]}
    assert [each.source.part for each in read(said, {"messages": [TASK]}, said)] == ["1", "3"]
