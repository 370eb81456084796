"""The ways a chat lies in a file, whoever's messages it holds.

- one JSON object with `messages`, and perhaps other members beside it;
- a JSON list of messages, or of such objects;
- JSON Lines with such an object on each line, each a conversation of its own;
- JSON Lines with a message on each line, all one conversation.

Data sets say `conversations` for `messages`, and in the form of ShareGPT `from` and `value` for `role` and `content`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from reviewer.formats.document import SAMPLE, Document
from reviewer.formats.fields import Node, records

_LISTS = ("messages", "conversations")
_SHAREGPT = {"from", "value"}


@dataclass(frozen=True)
class Chat:
    """A conversation in a file. envelope: the object around its messages; a node of None when there is none."""

    envelope: Node
    messages: list[Node]


def sampled_messages(document: Document) -> list[dict[str, Any]]:
    """Messages from the document's head, to tell whose they are; none when it holds no chat."""
    in_list = document.shape == "json" and isinstance(document.json, list)
    values = document.json[:SAMPLE] if in_list else document.sample
    held = [_held(value) for value in values]
    if held and all(held):
        return [message for messages in held for message in messages]
    if in_list:
        return _messages(values)
    return values if document.shape == "json lines" and all(map(_is_message, values)) else []


def chats(document: Document) -> Iterator[Chat]:
    """The conversations in a document."""
    nodes = records(document)
    first = next(nodes, None)
    if first is None:
        return
    bare = Node(document, None)
    if document.shape == "json lines" and isinstance(first.value, dict) and first.value.keys().isdisjoint(_LISTS):
        yield Chat(bare, [first, *nodes])
        return
    for node in chain([first], nodes):
        if not isinstance(node.value, list):
            yield _chat(node)
        elif node.value and _held(node.value[0]):
            yield from map(_chat, node.elements())
        else:
            yield Chat(bare, node.elements())


def _chat(envelope: Node) -> Chat:
    name = next((name for name in _LISTS if not envelope[name].absent), _LISTS[0])
    return Chat(envelope, envelope[name].elements())


def _held(value: Any) -> list[dict[str, Any]]:
    """The messages that an object has as a member."""
    lists = (_messages(value.get(name)) for name in _LISTS) if isinstance(value, dict) else ()
    return next(filter(None, lists), [])


def _messages(value: Any) -> list[dict[str, Any]]:
    """The messages in a list of them, which is told by its first."""
    if not isinstance(value, list) or not value or not _is_message(value[0]):
        return []
    return [message for message in value if isinstance(message, dict)]


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and ("role" in value or value.keys() >= _SHAREGPT)
