"""What `codex exec --json` prints: events of a thread, and of the items in it.

Source: codex-rs/exec/src/exec_events.rs of versions 0.44 to 0.140.

Commands are items of type `command_execution`, mostly a call of bash -lc, which is taken off; changes of files, calls
of MCP tools and searches are items too. An item that was never completed was running when the stream ended. What is
said begins a turn; so does a command, unless another is still running. `turn.completed` has the usage of all of the
thread's turn: in totals. The task, times, working directory and model are not in it.
"""

from __future__ import annotations

import shlex
from typing import Any

from reviewer.formats.codex_output import without_minus_one
from reviewer.formats.conversation import Call, Message, Result, Speaker, paragraphs, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, StepStatus, Trajectory

_EVENTS = ("thread.started", "turn.started", "item.started", "item.updated", "item.completed")
_STATUSES = {
    "in_progress": StepStatus.RUNNING,
    "completed": StepStatus.OK,
    "failed": StepStatus.OK,
    "declined": StepStatus.REJECTED,
}
"""Of a command that failed, the exit code tells how."""

_SAID = {"agent_message", "reasoning"}
_NO_STEP = {"todo_list", "error"}


def matches(lines: list[dict[str, Any]]) -> bool:
    return bool(lines) and lines[0].get("type") in _EVENTS


def trajectory(document: Document, nodes: list[Node]) -> Trajectory:
    reader = _Reader()
    for node in nodes:
        reader.read(node)
    return to_trajectory(
        document.source("codex"), reader.messages, agent="codex", outcome=reader.outcome, totals=reader.totals
    )


class _Reader:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.outcome = ""
        self.totals: dict[str, Any] = {}
        self._calls: dict[str, Call] = {}
        self._running: set[str] = set()

    def read(self, node: Node) -> None:
        match node["type"].value:
            case "item.started" | "item.updated" | "item.completed" as event:
                self._item(node["item"], is_done=event == "item.completed")
            case "turn.completed":
                self.outcome = "turn.completed"
                self.totals = node["usage"].mapping() or self.totals
            case "turn.failed":
                self.outcome = f"turn.failed: {node['error']['message'].text('')}"
            case "error":
                self._message(Speaker.HARNESS, node, node["message"].text(""))

    def _item(self, item: Node, *, is_done: bool) -> None:
        kind = item["type"].text("") or item["item_type"].text("")
        if kind in _SAID:
            if is_done:
                self._say(item, kind)
        elif kind not in _NO_STEP:
            self._act(item, kind, is_done=is_done)

    def _say(self, item: Node, kind: str) -> None:
        turn = self.messages[-1] if self.messages else None
        if not turn or turn.speaker is not Speaker.AGENT or turn.calls:
            turn = self._message(Speaker.AGENT, item, "")
        text = item["text"].text("")
        if kind == "reasoning":
            turn.reasoning = paragraphs(turn.reasoning, text)
        else:
            turn.text = paragraphs(turn.text, text)

    def _act(self, item: Node, kind: str, *, is_done: bool) -> None:
        item_id = item["id"].label()
        call = self._calls.get(item_id) if item_id else None
        if call is None:
            turn = self.messages[-1] if self.messages else None
            if not turn or turn.speaker is not Speaker.AGENT or (turn.calls and not self._running):
                turn = self._message(Speaker.AGENT, item, "")
            call = Call(_action(item, kind), item.place)
            turn.calls.append(call)
            self._calls[item_id] = call
        call.result = _result(item, is_done=is_done)
        if is_done:
            self._running.discard(item_id)
            self._calls.pop(item_id, None)  # a session that is resumed counts its items anew
        else:
            self._running.add(item_id)

    def _message(self, speaker: Speaker, node: Node, text: str) -> Message:
        self.messages.append(Message(speaker, node.place, text))
        return self.messages[-1]


def _action(item: Node, kind: str) -> Action:
    call_id = item["id"].label() or None
    if kind == "command_execution":
        command = item["command"].text()
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        is_wrapped = len(words) == 3 and words[1] in ("-c", "-lc")
        return to_action("shell", {"command": words if is_wrapped else command}, call_id)
    known = {"id", "type", "item_type", "status", "result", "error", "aggregated_output", "exit_code"}
    values = {key: value for key, value in item.mapping().items() if key not in known}
    if kind == "mcp_tool_call":
        return to_action(item["tool"].text("") or kind, values.get("arguments"), call_id)
    return to_action(kind, values, call_id)


def _result(item: Node, *, is_done: bool) -> Result:
    output = item["aggregated_output"]
    result = Result(output.optional_text() if is_done or output.value else None)
    if not item["result"].absent or not item["error"].absent:
        result.text = _told(item)
    result.exit_code = item["exit_code"].integer()
    result.status = _STATUSES.get(item["status"].text(""), StepStatus.OK) if is_done else StepStatus.RUNNING
    if item["status"].value == "failed" and result.exit_code is None:
        result.status = StepStatus.ERROR
    return without_minus_one(result)


def _told(item: Node) -> str:
    """What a tool that is no command gave back."""
    if not item["error"].absent:
        return item["error"]["message"].text("")
    return item["result"]["content"].content()
