"""The ways a chat lies in a file, whoever's messages it holds.

- one JSON object with `messages`, and perhaps other members beside it;
- a JSON list of messages;
- JSON Lines with such an object on each line, each a conversation of its own;
- JSON Lines with a message on each line, all one conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records


@dataclass(frozen=True)
class Chat:
    """A conversation in a file. envelope: the object around its messages; a node of None when there is none."""

    envelope: Node
    messages: list[Node]


def sampled_messages(document: Document) -> list[dict[str, Any]]:
    """Messages from the document's head, to tell whose they are; none when it holds no chat."""
    if document.shape == "json":
        return _messages(document.json["messages"] if _has_messages(document.json) else document.json)
    sample = document.sample
    if sample and all(_has_messages(line) for line in sample):
        return [message for line in sample for message in _messages(line["messages"])]
    return sample if all("role" in line for line in sample) else []


def chats(document: Document) -> Iterator[Chat]:
    """The conversations in a document."""
    nodes = records(document)
    first = next(nodes, None)
    if first and document.shape == "json lines" and isinstance(first.value, dict) and "messages" not in first.value:
        yield Chat(Node(document, None), [first, *nodes])
    elif first:
        for node in chain([first], nodes):
            in_list = isinstance(node.value, list)
            yield Chat(Node(document, None) if in_list else node, (node if in_list else node["messages"]).elements())


def _has_messages(value: Any) -> bool:
    return isinstance(value, dict) and bool(_messages(value.get("messages")))


def _messages(value: Any) -> list[dict[str, Any]]:
    """The messages in a list of them, which is told by its first."""
    if not isinstance(value, list) or not value or not isinstance(value[0], dict) or "role" not in value[0]:
        return []
    return [message for message in value if isinstance(message, dict)]
