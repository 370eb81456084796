"""Chats in the form of OpenAI's chat completions, as data sets, logs and fine-tuning files hold them.

Source: the API reference's chat messages; OpenHands' completion logs; SWE-smith's and SWE-agent's training files;
ShareGPT's form as LLaMA-Factory documents it; Harbor's utils/traces_utils.py. How a chat lies in a file: see
chat_file.

An OpenHands log is one call of the model: the whole chat so far, and the `response` to it. `harbor traces export`
writes a row for each turn of a trial, with all that was before it. Arguments of calls are JSON in a text, an object
in some data sets, and not always valid; one that cannot be read is shown as it stands. Converters of sessions (the
trajectory.json of Strawhat404/Meridian-Academy and of others) repeat a call as a part of the content, and tell the
time in `_metadata`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from reviewer.formats.chat_file import Chat, chats, sampled_messages
from reviewer.formats.conversation import Call, Message, Speaker, numbered, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node
from reviewer.formats.format import Facts, Format, always, never, sometimes
from reviewer.formats.text_protocols import named_calls, read_calls, read_results
from reviewer.formats.tools import to_action
from reviewer.trajectory import Trajectory

NAME = "openai-chat"

_SPEAKERS = {
    "system": Speaker.SYSTEM,
    "developer": Speaker.SYSTEM,
    "user": Speaker.USER,
    "assistant": Speaker.AGENT,
    "tool": Speaker.HARNESS,
    "function": Speaker.HARNESS,
    "ipython": Speaker.HARNESS,
    "environment": Speaker.HARNESS,
    # ShareGPT's, and what LLaMA-Factory adds to them
    "human": Speaker.USER,
    "gpt": Speaker.AGENT,
    "function_call": Speaker.AGENT,
    "observation": Speaker.HARNESS,
}


def matches(document: Document) -> bool:
    return bool(sampled_messages(document))


def read(document: Document) -> Iterator[Trajectory]:
    return numbered(_trajectory(document, chat) for chat in chats(document))


def _trajectory(document: Document, chat: Chat) -> Trajectory:
    messages = [_message(node) for node in chat.messages]
    log = chat.envelope
    response = log["response"] if isinstance(log.object().get("response"), dict) else Node(document, None)
    if choices := response["choices"].optional_elements():
        answer = _message(choices[0]["message"])
        answer.time = log["timestamp"].moment()
        answer.usage = response["usage"].mapping()
        messages.append(answer)
    read_calls(messages)
    trial = log if _is_trial(log) else Node(document, None)
    return to_trajectory(
        document.source(NAME),
        messages,
        task_id=log["instance_id"].label() or log["task_id"].label() or trial["task"].label(),
        agent=trial["agent"].text(""),
        model=response["model"].text("") or log["model"].text(""),
        outcome=trial["result"].label(),
    )


def _is_trial(envelope: Node) -> bool:
    """Whether it is a row of `harbor traces export`."""
    return envelope.object().keys() >= {"conversations", "trial_name"}


def _message(node: Node) -> Message:
    is_sharegpt = "role" not in node.object() and "from" in node.object()
    role, content = (node["from"], node["value"]) if is_sharegpt else (node["role"], node["content"])
    message = Message(role.one_of(_SPEAKERS), node.place, time=_time(node))
    text, reasoning, called = _parts(content)
    if message.speaker is Speaker.HARNESS:
        message.results = read_results(text, node["tool_call_id"].label() or None)
        return message
    message.text = text
    if message.speaker is Speaker.AGENT:
        message.reasoning = _reasoning(node) or reasoning
        message.calls = list(_calls(node)) or [_call(part, part["tool_call_id"].label() or None) for part in called]
    if role.value == "function_call" and (calls := named_calls(text)):
        message.text = ""
        message.calls = [Call(to_action(tool, arguments), node.place) for tool, arguments in calls]
    return message


def _time(node: Node) -> datetime | None:
    about = node["_metadata"]
    return about["timestamp"].moment() if isinstance(about.value, dict) else None


def _parts(content: Node) -> tuple[str, str, list[Node]]:
    """The text of a content, the reasoning in it, and its parts that are calls."""
    if not isinstance(content.value, list):
        return content.content(), "", []
    texts, thoughts, called = [], [], []
    for part in content.elements():
        kind = part.value.get("type") if isinstance(part.value, dict) else None
        if kind in ("tool_call", "tool_use"):
            called.append(part)
        elif kind == "thinking":
            thoughts.append(part["thinking"].text(""))
        else:
            texts.append(part.part())
    return "\n".join(texts), "\n\n".join(thoughts), called


def _calls(node: Node) -> Iterator[Call]:
    for call in node["tool_calls"].optional_elements():
        # Some data sets leave out the level of "function".
        function = call if call["function"].absent else call["function"]
        yield replace(_call(function, call["id"].label() or None), place=call.place)
    if not node["function_call"].absent:
        yield _call(node["function_call"], None)


def _call(function: Node, call_id: str | None) -> Call:
    arguments: Any = function["arguments"].plain()
    return Call(to_action(function["name"].text(), arguments, call_id), function.place)


def _reasoning(node: Node) -> str:
    for name in ("reasoning_content", "reasoning", "thinking"):
        if isinstance(node.object().get(name), str):
            return node[name].text()
    return ""


FORMAT = Format(
    name=NAME,
    title="Chat in OpenAI's form",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("`tool_calls[].function`, or `function_call`; else in the text (see text_protocols)"),
        output=always("the message of role `tool` with the call's id, or the next message"),
        exit_code=sometimes("only where the output's text says it (see text_protocols)"),
        directory=sometimes("only where the output's text says it (see text_protocols)"),
        time=sometimes("of the `response` in a log; `_metadata` of sessions that were converted"),
        duration=never(),
        thought=sometimes("`content`"),
        reasoning=sometimes(
            "`reasoning_content`, `reasoning` or `thinking`, where a producer adds one; a leading `<think>`"
        ),
        usage=sometimes("only of the `response` in a log"),
        task=always(
            "the user's first message; `instance_id` or `task_id` beside the messages, `task` in Harbor's rows"
        ),
        agent=sometimes("`agent` in Harbor's rows"),
        model=sometimes("`model` beside the messages, or the response's"),
        outcome=sometimes("`result` in Harbor's rows"),
    ),
)
