"""Which lines of a Claude Code file are the session.

Every line names the one before it (`parentUuid`), so that a file is a tree: whoever goes back in a session and asks
anew starts another branch. The session is the way from the last line to the root. To it belong, though not on the
way, the other lines of a message on it and the results of its calls: the results of parallel calls hang on each
call. The other branches were abandoned, and are only counted.

A root goes on from what stands before it in the file, if it is the summary after a compaction, or if its parent is
missing. A file in which most lines have no parent (the web's, stream-json, other programs') is read in its order.

Indexers of sessions write lines that look alike, of agents of all kinds, with keys and types that no session has.
"""

from __future__ import annotations

from typing import Any

from reviewer.formats.fields import Node

LINES = ("assistant", "user", "system", "summary", "result", "attachment", "progress", "file-history-snapshot")
"""Types of lines by which a file is known. In a tuple, any value can be looked for."""

_SAID = ("assistant", "user", "tool_result")
"""Types of lines that a session may end with; Qwen Code's sessions, which are such trees too, have the last one."""

_LOOK_ALIKE = ("tool", "tool_result")
"""Types of lines that no session has."""


def is_session_line(line: dict[str, Any]) -> bool:
    """Whether a line can only be a session's."""
    kind, message = line.get("type"), line.get("message")
    if kind in ("assistant", "user"):
        return isinstance(message, dict) and message.get("role") == kind and bool({"sessionId", "uuid"} & line.keys())
    return kind == "file-history-snapshot" or (kind == "summary" and "leafUuid" in line)


def is_stream_line(line: dict[str, Any]) -> bool:
    """Whether a line can only be of `--output-format stream-json`."""
    return "session_id" in line and (line.get("subtype") == "init" or "parent_tool_use_id" in line)


def is_look_alike(line: dict[str, Any]) -> bool:
    """Whether a line was written by an indexer of sessions."""
    return line.get("type") in _LOOK_ALIKE or "agentSlug" in line or {"agent", "workspace"} <= line.keys()


def is_sidechain(node: Node) -> bool:
    """Whether a line is a sub-agent's."""
    return node["isSidechain"].flag() or not node["parent_tool_use_id"].absent


def session_of(nodes: list[Node]) -> tuple[list[Node], dict[str, int]]:
    """The lines that are the session, in the order of the file, and figures of what is left out, if anything is."""
    lines = [node for node in nodes if _is_line(node)]
    tree = _Tree(lines)
    kept = tree.session()
    away = [lines[index] for index in tree.agents_lines() if index not in kept]
    figures = {
        "abandoned_turns": len({node["message"]["id"].label() or node.place for node in away}),
        "abandoned_calls": sum(len(_ids(node, "tool_use", "id")) for node in away),
        "lines_not_read": len(nodes) - len(lines),
    }
    return [lines[index] for index in sorted(kept)], {name: count for name, count in figures.items() if count}


def _is_line(node: Node) -> bool:
    """Whether it is a line at all: a program that was killed leaves others."""
    if not isinstance(node.value, dict):
        return False
    return node.value.get("type") not in ("assistant", "user") or isinstance(node.value.get("message"), dict)


class _Tree:
    """The lines of a file, by their index."""

    def __init__(self, lines: list[Node]) -> None:
        self.lines = lines
        self.uuids = [node["uuid"].label() for node in lines]
        self.by_uuid: dict[str, int] = {}
        for index, uuid in enumerate(self.uuids):
            self.by_uuid.setdefault(uuid, index)
        self.is_sidechain = [is_sidechain(node) for node in lines]
        self.parents = self._parents()

    def session(self) -> set[int]:
        """The lines to keep."""
        with_parents = sum(parent is not None for parent in self.parents)
        if not with_parents or with_parents * 2 < sum(map(bool, self.uuids)):
            return set(range(len(self.lines)))
        kept: set[int] = set()
        for leaf in self._leaves():
            at: int | None = leaf
            while at is not None and at not in kept:
                kept.add(at)
                at = self.parents[at]
        return kept | self._beside(kept)

    def _parents(self) -> list[int | None]:
        """Each line's parent; a missing one is the line before, of the same chain."""
        parents: list[int | None] = []
        latest: dict[bool, int] = {}
        for index, node in enumerate(self.lines):
            if not self.uuids[index]:
                parents.append(None)
                continue
            named = node["parentUuid"].label() or node["logicalParentUuid"].label()
            parent = self.by_uuid.get(named) if named else None
            goes_on = bool(named) or node["isCompactSummary"].flag() or node["subtype"].value == "compact_boundary"
            if parent is None and goes_on:
                parent = latest.get(self.is_sidechain[index])
            parents.append(parent)
            latest[self.is_sidechain[index]] = index
        return parents

    def _leaves(self) -> list[int]:
        """The last line of the session, and of each sub-agent's, which has a root of its own."""
        last: dict[int, int] = {}
        roots: dict[int, int] = {}
        for index, node in enumerate(self.lines):
            if node["type"].value in _SAID and self.by_uuid.get(self.uuids[index]) == index:
                # The session's branches share no root if the first message was asked anew.
                last[self._root(index, roots) if self.is_sidechain[index] else -1] = index
        return list(last.values())

    def _root(self, index: int, roots: dict[int, int]) -> int:
        """Where a line's way begins. Ways may run in a circle in a file that is damaged."""
        way = [index]
        seen = {index}
        while (parent := self.parents[way[-1]]) is not None and parent not in seen and way[-1] not in roots:
            way.append(parent)
            seen.add(parent)
        root = roots.get(way[-1], way[-1])
        roots.update(dict.fromkeys(way, root))
        return root

    def agents_lines(self) -> list[int]:
        """The lines of an agent; of a line that was written twice, the first."""
        lines = ((index, node) for index, node in enumerate(self.lines) if node["type"].value == "assistant")
        return [index for index, _ in lines if self.by_uuid[self.uuids[index]] == index or not self.uuids[index]]

    def _beside(self, kept: set[int]) -> set[int]:
        """The lines of kept messages, and the results of their calls, that no way leads through."""
        agents = {index: self.lines[index]["message"]["id"].label() for index in self.agents_lines()}
        messages = {agents[index] for index in kept if index in agents} - {""}
        turns = {index for index, message in agents.items() if index in kept or message in messages}
        calls = {call for index in turns for call in _ids(self.lines[index], "tool_use", "id")}
        results = (_ids(node, "tool_result", "tool_use_id") for node in self.lines)
        return turns | {index for index, answered in enumerate(results) if not calls.isdisjoint(answered)}


def _ids(node: Node, kind: str, key: str) -> list[str]:
    """The ids in a line's blocks of a kind."""
    message = node["message"]
    content = message["content"] if isinstance(message.value, dict) else message
    if not isinstance(content.value, list):
        return []
    blocks = (block for block in content.elements() if isinstance(block.value, dict))
    return [block[key].label() for block in blocks if block["type"].value == kind]
