"""Sessions of Gemini CLI and of Qwen Code, which comes from it, and what Gemini CLI prints (see gemini_stream).

Source: Gemini CLI's services/chatRecordingTypes.ts and chatRecordingService.ts of versions 0.8 to 0.40; sessions of
Qwen Code 0.21. Calls, results and the words of the shell: see gemini_parts.

Layouts: one object with `messages` (until early 2026); lines: first the session, then messages, of which a later one
with an id that was there takes its place, `{"$set": …}`, and `{"$rewindTo": id}`, which takes back that message and
all after it; Qwen's lines, each with a `message` of `parts`, a tree as Claude Code's (see claude_code_lines); and
saved chats (`/chat save`), lists of messages of `parts`.

A history that was set anew, as after a compression, is read for what it newly tells the agent: the turns that it
leaves out stand before it. What the program tells the agent in the user's messages is not the task. A call's time is
that of its message: its own is when it was recorded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reviewer.formats import gemini_stream
from reviewer.formats.claude_code_lines import session_of
from reviewer.formats.conversation import Message, Speaker, paragraphs, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, sometimes
from reviewer.formats.gemini_parts import is_response, parts_of, read_parts, read_status, to_call, to_result
from reviewer.trajectory import Trajectory

NAME = "gemini-cli"

_SPEAKERS = {
    "user": Speaker.USER,
    **dict.fromkeys(("gemini", "qwen", "model", "assistant"), Speaker.AGENT),
}
"""Other types are the program's: info, warning, error; system, tool_result."""

_CONTEXT = re.compile(
    r"\s*(?:<(session_context|hook_context)>(?s:.*?)</\1>\s*|This is the Gemini CLI\. We are setting up(?s:.*))"
)

_SAMPLE = 8


def matches(document: Document) -> bool:
    if document.shape == "json" and isinstance(document.json, list):
        return _is_chat(document.json)
    return any(map(_is_ours, document.sample))


def _is_ours(line: dict[str, Any]) -> bool:
    is_session = {"sessionId", "projectHash"} <= line.keys()
    return is_session or gemini_stream.matches(line) or _is_qwen(line) or _is_chat(line.get("history"))


def _is_qwen(line: dict[str, Any]) -> bool:
    return "uuid" in line and _is_content(line.get("message"))


def _is_chat(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_content, value[:_SAMPLE]))


def _is_content(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("parts"), list) and "role" in value


def read(document: Document) -> Iterator[Trajectory]:
    nodes = [node for node in records(document, may_be_cut=True) if isinstance(node.value, dict | list)]
    lines = [node.value for node in nodes if isinstance(node.value, dict)]
    reader: _Reader | gemini_stream.Stream
    if any(map(gemini_stream.matches, lines)):
        reader = gemini_stream.Stream()
        for node in nodes:
            reader.read(node)
    else:
        reader = _Reader()
        if any(map(_is_qwen, lines)):
            reader.lines(nodes)
        elif not lines or "history" in lines[0]:
            for node in (nodes[0] if not lines else nodes[0]["history"]).elements():
                reader.message(node["role"], node, node["parts"])
        else:
            reader.records(nodes)
    yield to_trajectory(
        document.source(NAME),
        reader.messages,
        agent=reader.agent,
        model=reader.model,
        outcome=reader.outcome,
        totals=reader.totals,
    )


class _Reader:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.agent, self.model, self.outcome = NAME, "", ""
        self.totals: dict[str, Any] = {}

    def records(self, nodes: list[Node]) -> None:
        """Gemini CLI's sessions."""
        kept: dict[str, Node] = {}
        is_sidechain = False
        for node in nodes:
            value = node.object()
            if "$rewindTo" in value:
                self._rewind(kept, node["$rewindTo"].label())
            elif "$set" in value:
                _set(kept, node["$set"]["messages"].optional_elements())
            elif "projectHash" in value:
                is_sidechain = node["kind"].value == "subagent"
                _set(kept, node["messages"].optional_elements())
            else:
                kept[_id(node)] = node
        answered = {call["id"].label() for node in kept.values() for call in node["toolCalls"].optional_elements()}
        for node in kept.values():
            message = self.message(node["type"], node, node["content"])
            message.sidechain = is_sidechain
            # What came back is sent as the user's, and stands with its call too.
            message.results = [result for result in message.results if result.call_id not in answered]
            if message.speaker is Speaker.AGENT:
                self._turn(message, node)

    def lines(self, nodes: list[Node]) -> None:
        """Qwen Code's sessions."""
        lines, self.totals = session_of(nodes)
        for node in lines:
            self.agent = f"qwen-code {node['version'].label()}".strip()
            if node["message"].absent:
                continue
            message = self.message(node["type"], node, node["message"]["parts"])
            message.cwd, message.sidechain = node["cwd"].optional_text(), node["isSidechain"].flag()
            if message.speaker is Speaker.AGENT:
                message.usage = node["usageMetadata"].mapping()
                self.model = self.model or node["model"].text("")
            for result in message.results[:1]:
                if not node["toolCallResult"].absent and result.exit_code is None:
                    read_status(result, node["toolCallResult"]["status"])

    def message(self, role: Node, node: Node, content: Node) -> Message:
        message = Message(_SPEAKERS.get(role.text(""), Speaker.HARNESS), node.place, time=node["timestamp"].moment())
        read_parts(message, content)
        if message.speaker is Speaker.USER and (told := _CONTEXT.match(message.text)):
            self.messages.append(Message(Speaker.SYSTEM, node.place, told[0].strip()))
            message.text = message.text[told.end() :]
        self.messages.append(message)
        return message

    def _turn(self, message: Message, node: Node) -> None:
        """What a record of the agent's has beside its content, which may name the calls again."""
        self.model = self.model or node["model"].text("")
        message.usage = node["tokens"].mapping()
        message.reasoning = paragraphs(message.reasoning, *map(_thought, node["thoughts"].optional_elements()))
        if calls := node["toolCalls"].optional_elements():
            message.calls = [to_call(call, call["name"], call["id"], call["args"]) for call in calls]
            for call, record in zip(message.calls, calls, strict=True):
                call.result = to_result(record)

    def _rewind(self, kept: dict[str, Node], name: str) -> None:
        """Gemini CLI takes back all when it does not know the message."""
        turns = 0
        is_there = False
        while kept and not is_there:
            each, node = kept.popitem()
            turns += _SPEAKERS.get(node["type"].text("")) is Speaker.AGENT
            is_there = each == name
        if turns:
            self.totals["abandoned_turns"] = self.totals.get("abandoned_turns", 0) + turns


def _set(kept: dict[str, Node], messages: list[Node]) -> None:
    """Take a history: the first as it is, of a later one what the user's role newly says, which is the program's."""
    if not kept:
        kept |= {_id(message): message for message in messages}
        return
    for message in messages:
        is_new = _id(message) not in kept and message["type"].value == "user"
        if is_new and not any(map(is_response, parts_of(message["content"]))):
            kept[_id(message)] = Node(message.document, message.object() | {"type": "info"}, message.place)


def _id(message: Node) -> str:
    return message["id"].label() or message.place


def _thought(thought: Node) -> str:
    return "\n".join(filter(None, [thought["subject"].text(""), thought["description"].text("")]))


FORMAT = Format(
    name=NAME,
    title="Gemini CLI session",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("`toolCalls`: name and args; `functionCall` parts; in the stream `tool_use`"),
        output=always("the call's `result`; `functionResponse` parts; in the stream `tool_result`"),
        exit_code=sometimes("in the words around a shell's output"),
        directory=sometimes("`dir_path` of the call; `cwd` of Qwen's lines"),
        time=sometimes("`timestamp` of the message; saved chats have none"),
        duration=sometimes("only in the stream: until the result's `timestamp`"),
        thought=sometimes("`content`; parts of text"),
        reasoning=sometimes("`thoughts`, which are summaries; parts that are a `thought`"),
        usage=sometimes("`tokens`; `usageMetadata` of Qwen's lines"),
        task=sometimes("the user's first message; no name"),
        agent=always("gemini-cli, without a version; qwen-code, with its version"),
        model=sometimes("`model`"),
        outcome=sometimes("the stream's `result`"),
    ),
)
