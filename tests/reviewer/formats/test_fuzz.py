"""Whatever stands in a file: reading it gives trajectories or raises BadInput, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reviewer.errors import BadInput
from reviewer.formats import read_trajectories
from reviewer.trajectory import step_from_dict, step_to_dict
from tests.reviewer.formats.runs import RUNS

CALL = {"id": "c", "type": "function", "function": {"name": "bash", "arguments": '{"command": "ls", "timeout": 3}'}}
FENCE = "So.\n```bash\nls\n```"
XML = "So.\n<function=bash>\n<parameter=command>ls</parameter>\n</function>"
TERMINUS = '{"analysis": "a", "plan": "p", "commands": [{"keystrokes": "ls\\n"}], "task_complete": true}'
TERMINUS_XML = (
    '<response><analysis>a</analysis><commands><keystrokes duration="1">ls\n</keystrokes></commands></response>'
)
HERMES = '<think>hm</think>So.\n<tool_call>\n{"name": "bash", "arguments": {"command": "ls"}}\n</tool_call>'

SWE_AGENT = {
    "environment": "main",
    "trajectory": [
        {"action": "ls\n", "observation": "a\r\n", "response": "r", "thought": "t", "state": '{"working_dir": "/"}'},
        {"action": "", "observation": "", "response": "r", "thought": "t", "state": {}, "execution_time": 0},
        {
            "action": "submit",
            "observation": "d",
            "thought": "t",
            "state": {"working_dir": "/"},
            "execution_time": 0.5,
        },
    ],
    "history": [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": [{"type": "text", "text": "(Current directory: /)\nbash-$"}]},
        {"role": "assistant", "content": "t", "action": "ls\n", "tool_calls": [CALL], "is_demo": False},
        {"role": "assistant", "content": "t", "action": "submit", "thinking_blocks": [{"thinking": "hm"}]},
        {"role": "tool", "content": "a", "tool_call_ids": ["c"]},
    ],
    "info": {"exit_status": "submitted", "swe_agent_version": "1.1.0", "model_stats": {"api_calls": 3}},
    "replay_config": '{"agent": {"name": "a__b", "model": {"name": "m"}}, "problem_statement": {"id": "a__b-1"}}',
}
MINI_V1 = {
    "trajectory_format": "mini-swe-agent-1",
    "info": {"config": {"environment": {"cwd": "/"}, "model": {"model_name": "m"}}, "model_stats": {}},
    "messages": [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": "Do it"},
        {"role": "assistant", "content": FENCE, "extra": {"response": {"usage": {"total_tokens": 3}}}},
        {"role": "user", "content": "<returncode>0</returncode>\n<output>\na\n</output>"},
        {"role": "assistant", "content": "Nothing."},
        {"role": "user", "content": "Please always provide EXACTLY ONE action."},
    ],
}
ACTIONS = {"actions": [{"command": "ls", "tool_call_id": "c"}], "cost": 0.1, "timestamp": 1795300200.5}
RESULT = {"raw_output": "a", "returncode": -1, "timestamp": 1795300201.5, "exception_info": "it timed out"}
MINI_V2 = {
    "trajectory_format": "mini-swe-agent-1.1",
    "instance_id": "a__b-1",
    "info": {"exit_status": "Submitted", "mini_version": "2.0"},
    "messages": [
        {"role": "user", "content": "Do it"},
        {"role": "assistant", "content": "So.", "tool_calls": [CALL], "extra": ACTIONS},
        {"role": "tool", "tool_call_id": "c", "content": "cut", "extra": RESULT},
        {"role": "user", "content": "No!", "extra": {"interrupt_type": "FormatError", "model_response": "hm"}},
        {"object": "response", "output": [{"type": "message", "content": [{"text": "So."}]}], "extra": ACTIONS},
        {"type": "function_call_output", "call_id": "c", "output": "{}", "extra": RESULT},
        {"role": "assistant", "content": "So.", "extra": ACTIONS},
        {"role": "exit", "content": "diff", "extra": {"exit_status": "Submitted"}},
    ],
}
ATIF = {
    "schema_version": "ATIF-v1.8",
    "agent": {"name": "terminus-2", "version": "2.0.0", "model_name": "m"},
    "steps": [
        {"step_id": 1, "source": "user", "message": "Do it", "is_copied_context": True},
        {
            "step_id": 2,
            "source": "agent",
            "timestamp": "2026-01-01T00:00:00Z",
            "message": [{"type": "text", "text": "So."}],
            "reasoning_content": "hm",
            "tool_calls": [
                {"tool_call_id": "c", "function_name": "bash_command", "arguments": {"keystrokes": "ls\n"}}
            ],
            "observation": {"results": [{"source_call_id": "c", "content": "a", "extra": {"exit_code": 0}}]},
            "metrics": {"prompt_tokens": 3},
            "extra": {"cwd": "/", "tool_result_is_error": False},
        },
        {"step_id": 3, "source": "system", "message": "", "observation": {"results": [{"content": "reset"}]}},
    ],
    "final_metrics": {"total_cost_usd": 0.1},
    "subagent_trajectories": [{"steps": [{"source": "agent", "message": "sub"}]}],
}
ATIF_LINEAR = {
    "schema_version": "ATIF-v1.5",
    "steps": [{"source": "agent", "message": TERMINUS, "observation": {"results": [{"content": "screen"}]}}],
}
OPENAI = {
    "messages": [
        {"role": "system", "content": "Be good."},
        {"role": "user", "content": "Do it"},
        {"role": "assistant", "content": None, "tool_calls": [CALL], "reasoning_content": "hm"},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "a"}]},
        {"role": "assistant", "content": "", "function_call": {"name": "f", "arguments": '{"code": "1"}'}},
        {"role": "function", "name": "f", "content": "1"},
    ],
    "response": {"model": "m", "choices": [{"message": {"role": "assistant", "content": "!"}}], "usage": {"n": 1}},
    "timestamp": 1757015046.7,
}
OPENAI_TEXT = [
    {"role": "user", "content": "Do it"},
    {"role": "assistant", "content": XML},
    {"role": "user", "content": "OBSERVATION:\na"},
    {"role": "assistant", "content": FENCE},
    {"role": "user", "content": "a"},
]
SHAREGPT = {
    "conversations": [
        {"from": "human", "value": "Do it"},
        {"from": "gpt", "value": HERMES},
        {"from": "tool", "value": "<tool_response>\na\n</tool_response>"},
        {"from": "function_call", "value": '{"name": "bash", "arguments": {}}'},
        {"from": "observation", "value": "a"},
    ]
}
ANTHROPIC: dict[str, Any] = {
    "system": "Be good.",
    "model": "m",
    "messages": [
        {"role": "user", "content": "Do it"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "So."},
                {"type": "tool_use", "id": "c", "name": "bash", "input": {"command": "ls"}},
            ],
            "usage": {"input_tokens": 3},
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c", "content": "a", "is_error": True}]},
    ],
}

INSPECT = {
    "version": 2,
    "status": "success",
    "eval": {"task": "t", "model": "m", "solver": "react", "packages": {"inspect_ai": "0.3.285"}},
    "plan": {"steps": [{"solver": "react"}]},
    "samples": [
        {
            "id": "s",
            "epoch": 1,
            "message_refs": [[0, 4]],
            "message_pool": [
                {"role": "user", "content": "Do it"},
                {
                    "id": "m",
                    "role": "assistant",
                    "content": [{"type": "reasoning", "reasoning": "hm", "redacted": False}, {"text": "So."}],
                    "tool_calls": [{"id": "c", "function": "bash", "arguments": {"cmd": "ls"}}],
                },
                {"role": "tool", "tool_call_id": "c", "content": "attachment://a", "error": {"type": "timeout"}},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"function": "bash_session", "arguments": {"action": "type", "input": "y"}}],
                },
            ],
            "events": [
                {
                    "event": "span_begin",
                    "type": "tool",
                    "id": "x",
                    "name": "bash",
                    "timestamp": "2026-01-01T00:00:01",
                },
                {
                    "event": "tool",
                    "id": "c",
                    "function": "bash",
                    "timestamp": "2026-01-01T00:00:00",
                    "completed": "2026-01-01T00:00:02",
                    "truncated": [9, 3],
                    "events": [{"event": "sandbox", "result": 0}],
                },
                {"event": "sandbox", "action": "exec", "span_id": "x", "result": 0},
                {
                    "event": "model",
                    "output": {"choices": [{"message": {"id": "m", "tool_calls": [{"id": "c"}]}}], "usage": {"n": 1}},
                },
            ],
            "attachments": {"a": "long"},
            "scores": {"includes": {"value": "C"}},
            "limit": {"type": "token"},
            "error": {"message": "no"},
            "model_usage": {"m": {}},
            "total_time": 1.5,
            "started_at": "2026-01-01T00:00:00+00:00",
        }
    ],
}
CLAUDE_CODE: list[dict[str, Any]] = [
    {"type": "summary", "summary": "s", "leafUuid": "c"},
    {
        "type": "user",
        "uuid": "a",
        "parentUuid": None,
        "sessionId": "s",
        "message": {"role": "user", "content": "Do it"},
    },
    {
        "type": "assistant",
        "uuid": "b",
        "parentUuid": "a",
        "sessionId": "s",
        "cwd": "/",
        "version": "2.1",
        "isSidechain": False,
        "timestamp": "2026-01-01T00:00:00Z",
        "message": {
            "id": "m",
            "role": "assistant",
            "model": "m",
            "usage": {},
            "content": ANTHROPIC["messages"][1]["content"],
        },
    },
    {
        "type": "user",
        "uuid": "c",
        "parentUuid": "b",
        "isMeta": False,
        "toolUseResult": {"interrupted": False, "shellId": "x", "status": "running", "exitCode": 0},
        "message": {"role": "user", "content": ANTHROPIC["messages"][2]["content"]},
    },
]
STREAM_JSON = [
    {"type": "system", "subtype": "init", "cwd": "/", "session_id": "s", "claude_code_version": "2.1"},
    {"session_id": "s", "parent_tool_use_id": None} | CLAUDE_CODE[2],
    {"type": "result", "subtype": "success", "total_cost_usd": 0.5, "num_turns": 1, "session_id": "s"},
]
CODEX = [
    {"timestamp": "2026-01-01T00:00:00Z", "type": "session_meta", "payload": {"cwd": "/", "cli_version": "1"}},
    {"type": "turn_context", "payload": {"cwd": "/", "model": "m"}},
    {"type": "response_item", "payload": {"type": "message", "role": "user", "content": [{"text": "Do it"}]}},
    {"type": "response_item", "payload": {"type": "reasoning", "summary": [{"text": "hm"}]}},
    {
        "type": "response_item",
        "payload": {"type": "function_call", "name": "shell", "call_id": "c", "arguments": '{"command": ["ls"]}'},
    },
    {
        "type": "event_msg",
        "payload": {"type": "token_count", "info": {"last_token_usage": {}, "total_token_usage": {}}},
    },
    {
        "type": "event_msg",
        "payload": {"type": "exec_command_end", "call_id": "c", "exit_code": 0, "duration": {"secs": 1, "nanos": 2}},
    },
    {
        "type": "response_item",
        "payload": {"type": "function_call_output", "call_id": "c", "output": '{"output": "a", "metadata": {}}'},
    },
    {"type": "response_item", "payload": {"type": "custom_tool_call", "name": "apply_patch", "input": "*** Begin"}},
    {"type": "compacted", "payload": {"message": "so far"}},
]
CODEX_EXEC = [
    {"type": "thread.started", "thread_id": "t"},
    {"type": "item.completed", "item": {"id": "0", "type": "reasoning", "text": "hm"}},
    {"type": "item.started", "item": {"id": "1", "type": "command_execution", "command": "bash -lc ls"}},
    {
        "type": "item.completed",
        "item": {
            "id": "1",
            "type": "command_execution",
            "command": "bash -lc ls",
            "aggregated_output": "a",
            "exit_code": 0,
            "status": "completed",
        },
    },
    {"type": "item.completed", "item": {"id": "2", "type": "mcp_tool_call", "tool": "t", "result": {"content": []}}},
    {"type": "turn.completed", "usage": {"input_tokens": 3}},
]

BY_LINE = {"claude-code", "codex", "asciicast", "gemini-cli"}
"""Formats whose lists are the lines of a file."""

SPECIMENS: list[tuple[str, Any]] = [
    ("inspect", INSPECT),
    ("claude-code", CLAUDE_CODE),
    ("claude-code", STREAM_JSON),
    ("claude-code", {"loglines": CLAUDE_CODE[1:]}),
    ("codex", CODEX),
    ("codex", CODEX_EXEC),
    ("swe-agent", SWE_AGENT),
    ("swe-agent", {"history": SWE_AGENT["history"]}),
    ("swe-agent", {"attempts": [SWE_AGENT, SWE_AGENT]}),
    ("mini-swe-agent", MINI_V1),
    ("mini-swe-agent", MINI_V1["messages"]),
    ("mini-swe-agent", MINI_V2),
    ("atif", ATIF),
    ("atif", ATIF_LINEAR),
    ("openai-chat", OPENAI),
    ("openai-chat", OPENAI_TEXT),
    ("openai-chat", SHAREGPT),
    ("openai-chat", [SHAREGPT, SHAREGPT]),
    ("anthropic-messages", ANTHROPIC),
    ("anthropic-messages", ANTHROPIC["messages"]),
    *RUNS,
]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, 2**63, -1]),
    st.floats(),
    st.text(st.characters(), max_size=20),  # with lone surrogates and controls
    st.sampled_from(
        [
            "",
            FENCE,
            XML,
            TERMINUS,
            TERMINUS_XML,
            HERMES,
            "\0\ud800\r\n",
            "2026-01-01",
            "9999-12-31T23:59:59-23:59",
            "[" * 3000,
        ]
    ),
)
LISTS = st.lists(SCALARS, max_size=2)
OBJECTS = st.dictionaries(st.sampled_from(["text", "type", "a/~b"]), SCALARS, max_size=2)
VALUES = st.one_of(SCALARS, LISTS, OBJECTS, st.lists(LISTS | OBJECTS, max_size=2))
"""Values of every type, and those that are hard to read."""


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every value inside a value."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*place, key)
            yield from places(item, (*place, key))


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """A format's name and the lines of a file of it in which some values are not what they should be."""
    name, specimen = draw(st.sampled_from(SPECIMENS))
    value = json.loads(json.dumps(specimen))
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(sorted(places(value), key=str)))
        parent = value
        for key in way[:-1]:
            parent = parent[key]
        if draw(st.integers(0, 4)) == 0:
            del parent[way[-1]]
        else:
            parent[way[-1]] = draw(VALUES)
        if not value:
            break
    lines = value if isinstance(value, list) and (name in BY_LINE or draw(st.booleans())) else [value]
    return name, lines * draw(st.integers(1, 2))


def as_file(name: str, specimen: Any, indent: int | None = None) -> str:
    """A specimen as its format has it in a file."""
    if name in BY_LINE and isinstance(specimen, list):
        return "\n".join(json.dumps(line) for line in specimen)
    return json.dumps(specimen, indent=indent)


def check(path: Path, format_name: str | None) -> None:
    """Read a file; what comes of it has to be fit for what is done with trajectories."""
    try:
        trajectories = list(read_trajectories(path, format_name))
    except BadInput as error:
        assert str(error).startswith(path.name)
        assert "\n" not in str(error)
        return
    for trajectory in trajectories:
        assert trajectory.id
        json.loads(trajectory.canonical, parse_constant=pytest.fail)
        assert [step_from_dict(step_to_dict(step)) for step in trajectory.steps] == list(trajectory.steps)


@pytest.mark.parametrize(("name", "specimen"), SPECIMENS)
def test_the_specimens_themselves_are_read(name: str, specimen: Any, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(as_file(name, specimen))
    trajectories = list(read_trajectories(path))
    assert {trajectory.source.format for trajectory in trajectories} == {name}
    assert all(trajectory.steps for trajectory in trajectories)


@settings(suppress_health_check=[*HealthCheck])
@given(file=damaged(), is_named=st.booleans())
def test_wrong_values(tmp_path: Path, file: tuple[str, list[Any]], is_named: bool) -> None:
    name, lines = file
    path = tmp_path / "file"
    path.write_text("\n".join(json.dumps(line) for line in lines))
    check(path, name if is_named else None)


@settings(suppress_health_check=[*HealthCheck])
@given(data=st.data())
def test_wrong_bytes(tmp_path: Path, data: st.DataObject) -> None:
    name, specimen = data.draw(st.sampled_from(SPECIMENS))
    content = bytearray(as_file(name, specimen, indent=data.draw(st.sampled_from([None, 1]))).encode())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.sampled_from([0, 1, 9, len(content)]))] = data.draw(st.binary(max_size=3))
    path = tmp_path / "file"
    path.write_bytes(content)
    check(path, data.draw(st.sampled_from([None, name])))
