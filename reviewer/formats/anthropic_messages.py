"""Chats in the form of Anthropic's Messages API: request bodies, and fine-tuning files of them.

Source: the API reference's messages and content blocks. How a chat lies in a file: see chat_file.

A request body has `system` beside `messages`. The results of parallel calls share a message; `is_error` says that a
call failed. A user's own words may stand beside the results. Cline's and Roo Code's histories are such chats (see
cline), with `ts` and `modelInfo` in a message.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reviewer.formats import cline
from reviewer.formats.chat_file import Chat, chats, sampled_messages
from reviewer.formats.conversation import Call, Message, Result, Speaker, numbered, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node
from reviewer.formats.format import Facts, Format, always, never, sometimes
from reviewer.formats.text_protocols import read_calls, read_result
from reviewer.formats.tools import to_action
from reviewer.trajectory import Trajectory

NAME = "anthropic-messages"

_SPEAKERS = {"user": Speaker.USER, "assistant": Speaker.AGENT, "system": Speaker.SYSTEM}
_BLOCKS = ("tool_use", "tool_result", "thinking", "redacted_thinking", "server_tool_use")


def matches(document: Document) -> bool:
    messages = sampled_messages(document)
    if messages and any("system" in envelope and "messages" in envelope for envelope in document.sample):
        return True
    contents = [message["content"] for message in messages if isinstance(message.get("content"), list)]
    parts = [part for content in contents for part in content if isinstance(part, dict)]
    is_openai = any("tool_calls" in message for message in messages) or any(map(_is_openai, parts))
    return not is_openai and any(map(_tells, parts))


def read(document: Document) -> Iterator[Trajectory]:
    return numbered(_trajectory(document, chat) for chat in chats(document))


def _trajectory(document: Document, chat: Chat) -> Trajectory:
    envelope = chat.envelope
    system = Message(Speaker.SYSTEM, envelope["system"].place, envelope["system"].content())
    messages = [system, *map(_message, chat.messages)]
    cline.read_calls(messages)
    read_calls(messages)
    return to_trajectory(
        document.source(NAME),
        messages,
        task_id=envelope["instance_id"].label() or envelope["task_id"].label(),
        model=envelope["model"].text("") or next(filter(None, map(_model, chat.messages)), ""),
    )


def _is_openai(part: dict[str, Any]) -> bool:
    return part.get("type") == "tool_call"


def _tells(part: dict[str, Any]) -> bool:
    """Whether a part of a message's content is of this form only."""
    if part.get("type") != "text":
        return part.get("type") in _BLOCKS
    return isinstance(part.get("text"), str) and cline.is_result(part["text"])


def _model(message: Node) -> str:
    about = message["modelInfo"]
    return about["modelId"].text("") if isinstance(about.value, dict) else ""


def _message(node: Node) -> Message:
    written = node["ts"]
    time = written.moment() if isinstance(written.value, str) else written.milliseconds()
    message = Message(node["role"].one_of(_SPEAKERS), node.place, usage=node["usage"].mapping(), time=time)
    content = node["content"]
    if not isinstance(content.value, list):
        message.text = content.content()
        return message
    texts, thoughts = [], []
    for block in content.elements():
        kind = "text" if isinstance(block.value, str) else block["type"].text("text")
        if kind == "thinking":
            thoughts.append(block["thinking"].text(""))
        elif kind == "redacted_thinking":
            thoughts.append("[redacted]")
        elif kind.endswith("tool_use"):
            message.calls.append(_call(block))
        elif kind.endswith("tool_result"):
            message.results.append(_result(block))
        else:
            texts.append(block.part())
    if message.speaker is Speaker.USER:
        texts, results = cline.cut_results(texts)
        message.results += results
    message.text = "\n".join(texts)
    message.reasoning = "\n\n".join(thoughts)
    return message


def _call(block: Node) -> Call:
    return Call(to_action(block["name"].text(), block["input"].plain(), block["id"].label() or None), block.place)


def _result(block: Node) -> Result:
    call_id, text = block["tool_use_id"].label() or None, block["content"].content()
    return cline.read_result(text, call_id) or read_result(text, call_id, is_error=block["is_error"].flag())


FORMAT = Format(
    name=NAME,
    title="Chat in Anthropic's form",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("blocks of type `tool_use`: name, id and input; else in the text (see text_protocols)"),
        output=always("`tool_result` blocks in a user message, joined by `tool_use_id`; else in texts (see cline)"),
        exit_code=sometimes("only where the output's text says it (see text_protocols; see cline)"),
        directory=sometimes("only where the output's text says it (see text_protocols; see cline)"),
        time=sometimes("`ts`, in milliseconds, of Cline's and Roo Code's messages"),
        duration=never(),
        thought=sometimes("`text` blocks"),
        reasoning=sometimes("`thinking` blocks"),
        usage=sometimes("where whole responses were kept as messages"),
        task=sometimes("the user's first message; `instance_id` or `task_id` beside the messages"),
        agent=never(),
        model=sometimes("`model` beside the messages; `modelInfo` in them"),
        outcome=never(),
    ),
)
