"""A small file of each format that holds runs, events and recordings, with every member that its reader looks at."""

from __future__ import annotations

from typing import Any

RESPONSE = {
    "id": "r",
    "model": "m",
    "usage": {"total_tokens": 3},
    "choices": [
        {
            "message": {
                "reasoning_content": "hm",
                "tool_calls": [{"id": "c", "function": {"name": "think", "arguments": '{"thought": "t"}'}}],
            }
        }
    ],
}
CALLED = {"function_name": "execute_bash", "tool_call_id": "c", "model_response": RESPONSE}
OPENHANDS_V0: list[dict[str, Any]] = [
    {"id": 0, "action": "system", "source": "agent", "args": {"content": "Be good.", "openhands_version": "1"}},
    {"id": 1, "action": "message", "source": "user", "args": {"content": "Do it"}},
    {"id": 2, "observation": "recall", "content": "", "extras": {"working_dir": "/"}, "cause": 1},
    {
        "id": 3,
        "source": "agent",
        "timestamp": "2026-01-01T00:00:00",
        "action": "run",
        "args": {"command": "ls", "thought": "So.", "is_input": False, "timeout": 3.5},
        "tool_call_metadata": CALLED,
        "llm_metrics": {"accumulated_cost": 0.5},
    },
    {
        "id": 4,
        "cause": 3,
        "timestamp": "2026-01-01T00:00:01",
        "observation": "run",
        "content": "a",
        "extras": {"metadata": {"exit_code": -1, "working_dir": "/", "suffix": "timed out"}},
    },
    {"id": 5, "source": "agent", "action": "think", "args": {"thought": "t"}, "tool_call_metadata": CALLED},
    {"id": 6, "source": "agent", "action": "run_ipython", "args": {"code": "1", "final_thought": "t"}},
    {"id": 7, "cause": 6, "observation": "error", "content": "no", "extras": {"exit_code": 1}},
    {"id": 8, "source": "agent", "action": "condensation", "args": {"summary": "s"}},
    {"id": 9, "observation": "agent_state_changed", "content": "", "extras": {"agent_state": "finished"}},
]
OPENHANDS_ROW = {
    "instance_id": "a",
    "history": OPENHANDS_V0,
    "metadata": {"agent_class": "A", "llm_config": {"model": "m"}},
    "metrics": {"accumulated_cost": 0.5, "costs": []},
    "test_result": {"report": {"resolved": True}},
    "error": None,
}
RESOLVER_ROW = {
    "issue": {"owner": "o", "repo": "r", "number": 1},
    "history": [
        [{"action": "message", "content": "Do it"}, {"observation": "null", "content": ""}],
        [{"action": "run", "command": "ls", "thought": "t"}, {"observation": "run", "content": "a", "exit_code": 0}],
    ],
    "error": "no",
}
OPENHANDS_V1: list[dict[str, Any]] = [
    {"kind": "SystemPromptEvent", "timestamp": "", "system_prompt": {"type": "text", "text": "Be good."}},
    {
        "kind": "MessageEvent",
        "timestamp": "2026-01-01T00:00:00",
        "source": "user",
        "llm_message": {"role": "user", "content": [{"type": "text", "text": "Do it"}]},
    },
    {
        "kind": "ActionEvent",
        "id": "a",
        "timestamp": "2026-01-01T00:00:01",
        "thought": [{"type": "text", "text": "<think>hm</think>So."}],
        "reasoning_content": None,
        "thinking_blocks": [{"thinking": "hm"}],
        "action": {"kind": "TerminalAction", "command": "ls", "is_input": False, "timeout": 3, "reset": False},
        "tool_name": "terminal",
        "tool_call_id": "c",
        "tool_call": {"name": "terminal", "arguments": '{"command": "ls"}'},
        "llm_response_id": "r",
    },
    {
        "kind": "ObservationEvent",
        "timestamp": "2026-01-01T00:00:02",
        "action_id": "a",
        "tool_call_id": "c",
        "tool_name": "terminal",
        "observation": {
            "content": [{"type": "text", "text": "a"}],
            "command": "ls",
            "exit_code": -1,
            "is_error": True,
            "timeout": False,
            "metadata": {"exit_code": -1, "working_dir": "/", "suffix": ""},
        },
    },
    {"kind": "ActionEvent", "id": "b", "timestamp": "", "action": None, "tool_call": {"name": "t", "arguments": "{"}},
    {"kind": "AgentErrorEvent", "timestamp": "", "action_id": "b", "error": "no"},
    {"kind": "UserRejectObservation", "timestamp": "", "tool_call_id": "x", "rejection_reason": "no"},
    {"kind": "ConversationStateUpdateEvent", "timestamp": "", "key": "execution_status", "value": "finished"},
    {
        "kind": "ConversationStateUpdateEvent",
        "timestamp": "",
        "key": "stats",
        "value": {"usage_to_metrics": {"default": {"model_name": "m", "accumulated_cost": 0.5}}},
    },
    {"kind": "Condensation", "timestamp": "", "summary": "s"},
]
VIVARIA: list[dict[str, Any]] = [
    {
        "runId": 1,
        "agentBranchNumber": 0,
        "calledAt": 1700000000000,
        "content": {
            "type": "generation",
            "agentRequest": {"settings": {"model": "m"}, "messages": [{"role": "user", "content": "Do it"}]},
            "finalResult": {"outputs": [{"completion": "So.", "function_call": {"name": "bash", "arguments": "{}"}}]},
        },
    },
    {
        "runId": 1,
        "agentBranchNumber": 0,
        "calledAt": 1700000000001,
        "content": {"type": "action", "action": {"type": "bash", "args": {"command": "ls"}}},
    },
    {
        "runId": 1,
        "calledAt": 1700000000002,
        "content": {"type": "observation", "observation": {"stdout": "a", "stderr": "", "exitStatus": 0}},
    },
    {"runId": 1, "calledAt": 3, "content": {"type": "rating", "options": [{"action": "a"}], "choice": 0}},
    {"runId": 1, "calledAt": 4, "content": {"type": "error", "from": "agent", "detail": "no"}},
    {"runId": 1, "calledAt": 5, "content": {"type": "input", "input": "go"}},
    {"runId": 1, "calledAt": 6, "content": {"type": "submission", "value": "42"}},
]
MALT = {
    "run_id": 1,
    "task_id": "t",
    "model": "m",
    "labels": ["l"],
    "nodes": [
        {"node_id": 0, "parent_node_id": None, "node_data": {"message": {"role": "user", "content": "Do it"}}},
        {
            "node_id": 1,
            "parent_node_id": 0,
            "node_data": {
                "first_called_at": 1700000000000,
                "message": {
                    "role": "assistant",
                    "content": "So.",
                    "function_call": {"name": "bash", "arguments": '{"command": "ls"}'},
                },
            },
        },
        {"node_id": 2, "parent_node_id": 1, "node_data": {"message": {"role": "function", "content": "a"}}},
        {"node_id": 3, "parent_node_id": 1, "node_data": {"message": {"role": "assistant", "content": "b"}}},
    ],
}
PROMPT = "\x1b[?2004h\x1b[32mu@h:/w$ "
ENTERED = "\r\n\x1b[?2004l\r"
ASCIICAST: list[Any] = [
    {"version": 2, "width": 80, "height": 24, "timestamp": 1700000000, "title": "t"},
    [0.5, "o", PROMPT],
    [1.5, "i", "cat\r"],
    [1.6, "o", "cat" + ENTERED],
    [2.0, "m", "here"],
    [2.5, "i", "x\r"],
    [2.6, "o", "x\r\n"],
    [3.5, "i", "\u0004"],
    [3.6, "o", PROMPT],
]
ASCIICAST_V1 = {"version": 1, "width": 80, "stdout": [[0.5, PROMPT], [0.5, "ls" + ENTERED], [0.1, "a\r\n"]]}
ASCIICAST_V3: list[Any] = [
    {"version": 3, "term": {"cols": 80, "rows": 24}},
    [0.5, "o", "hello"],
    [9.5, "o", "there"],
    [0.1, "x", "0"],
]

CODEX_SCRIPT: list[dict[str, Any]] = [
    {"type": "session_meta", "payload": {}},
    {
        "type": "response_item",
        "payload": {
            "type": "custom_tool_call",
            "name": "exec",
            "call_id": "c",
            "input": 'const cmd="ls";text(await tools.exec_command({cmd, n: [1.5, true]}))',
        },
    },
    {
        "type": "event_msg",
        "payload": {"type": "item_completed", "item": {"type": "CommandExecution", "command": ["zsh", "-lc", "ls"]}},
    },
    {
        "type": "response_item",
        "payload": {
            "type": "custom_tool_call_output",
            "call_id": "c",
            "output": [{"text": "Script completed\nOutput:\n"}, {"text": '{"output": "a", "exit_code": 0}'}],
        },
    },
]
GEMINI_CALL = {
    "id": "c",
    "name": "run_shell_command",
    "args": {"command": "ls", "dir_path": "/"},
    "result": [
        {
            "functionResponse": {
                "id": "c",
                "name": "run_shell_command",
                "response": {"output": "Output: a\nExit Code: 1\nProcess Group PGID: 7"},
            }
        }
    ],
    "resultDisplay": "a",
    "status": "success",
}
GEMINI_TURN = {
    "id": "g",
    "timestamp": "2026-01-01T00:00:00Z",
    "type": "gemini",
    "content": [{"text": "So."}, {"text": "Hm.", "thought": True}],
    "thoughts": [{"subject": "s", "description": "d"}],
    "tokens": {"total": 3},
    "model": "m",
    "toolCalls": [GEMINI_CALL],
}
GEMINI_USER = {"id": "u", "type": "user", "content": "<session_context>x</session_context>Do it"}
GEMINI: list[dict[str, Any]] = [
    {"sessionId": "s", "projectHash": "h", "kind": "main"},
    GEMINI_USER,
    GEMINI_TURN,
    {"$set": {"messages": [{"id": "x", "type": "user", "content": "so far"}]}},
    {"id": "n", "type": "user", "content": "No"},
    {"$rewindTo": "n"},
]
QWEN: list[dict[str, Any]] = [
    {
        "uuid": "a",
        "parentUuid": None,
        "type": "assistant",
        "version": "1",
        "cwd": "/",
        "model": "m",
        "usageMetadata": {"n": 1},
        "message": {"role": "model", "parts": [{"functionCall": {"id": "c", "name": "ls", "args": {}}}]},
    },
    {
        "uuid": "b",
        "parentUuid": "a",
        "type": "tool_result",
        "message": {"role": "user", "parts": GEMINI_CALL["result"]},
        "toolCallResult": {"status": "error"},
    },
]
GEMINI_STREAM: list[dict[str, Any]] = [
    {"type": "init", "timestamp": "2026-01-01T00:00:00Z", "session_id": "s", "model": "m"},
    {"type": "message", "role": "user", "content": "Do it"},
    {"type": "message", "role": "assistant", "content": "So."},
    {"type": "tool_use", "timestamp": "2026-01-01T00:00:01Z", "tool_name": "ls", "tool_id": "c", "parameters": {}},
    {"type": "tool_result", "timestamp": "2026-01-01T00:00:03Z", "tool_id": "c", "status": "success", "output": "a"},
    {"type": "error", "message": "no"},
    {"type": "result", "status": "error", "error": {"message": "no"}, "stats": {"total_tokens": 3}},
]

OPENCODE_PARTS: list[dict[str, Any]] = [
    {"type": "step-start"},
    {"type": "reasoning", "text": "Hm."},
    {"type": "text", "text": "So."},
    {
        "type": "tool",
        "callID": "c",
        "tool": "bash",
        "state": {
            "status": "completed",
            "input": {"command": "ls"},
            "output": "a",
            "metadata": {"exit": 1, "truncated": True},
            "time": {"start": 1773867525000, "end": 1773867526500},
        },
    },
    {"type": "tool", "callID": "d", "tool": "read", "state": {"status": "error", "input": {}, "error": "no"}},
    {"type": "step-finish", "reason": "stop", "tokens": {"total": 3}, "cost": 0.5},
]
OPENCODE: dict[str, Any] = {
    "info": {"id": "ses_1", "version": "1.3.13", "directory": "/", "parentID": "ses_0"},
    "messages": [
        {
            "info": {"role": "user", "time": {"created": 1773867525000}},
            "parts": [{"type": "text", "text": "Do it"}, {"type": "file", "filename": "f"}],
        },
        {
            "info": {
                "role": "assistant",
                "modelID": "m",
                "path": {"cwd": "/"},
                "error": {"name": "APIError", "data": {"message": "no"}},
                "finish": "stop",
            },
            "parts": OPENCODE_PARTS,
        },
    ],
}
OPENCODE_EVENT = {"type": "tool_use", "timestamp": 1773867525000, "sessionID": "s", "part": OPENCODE_PARTS[3]}

RUNS: list[tuple[str, Any]] = [
    ("opencode", OPENCODE),
    ("opencode", OPENCODE["messages"]),
    ("opencode", {"messages": OPENCODE["messages"]}),
    ("opencode", OPENCODE_EVENT),
    ("codex", CODEX_SCRIPT),
    ("gemini-cli", {"sessionId": "s", "projectHash": "h", "messages": [GEMINI_USER, GEMINI_TURN]}),
    ("gemini-cli", GEMINI),
    ("gemini-cli", QWEN),
    ("gemini-cli", GEMINI_STREAM),
    ("gemini-cli", {"history": [line["message"] for line in QWEN]}),
    ("openhands-v0", OPENHANDS_V0),
    ("openhands-v0", OPENHANDS_ROW),
    ("openhands-v0", RESOLVER_ROW),
    ("openhands-v0", {"trajectory": OPENHANDS_V0}),
    ("openhands-v1", OPENHANDS_V1),
    ("vivaria", VIVARIA),
    ("vivaria", {"traceEntries": VIVARIA}),
    ("vivaria", MALT),
    ("asciicast", ASCIICAST),
    ("asciicast", ASCIICAST_V1),
    ("asciicast", ASCIICAST_V3),
]
