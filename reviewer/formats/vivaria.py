"""Vivaria's runs: exports of a run's trace entries, and the rows of the MALT data set, which are trees.

Source: METR's Vivaria, shared/src/types.ts (TraceEntry, EntryContent, ExecResult), and MALT's card.

Trace entries {runId, agentBranchNumber, calledAt, content: {type, …}}, in a JSON list, one a line, or under a name of
an object. Each branch of each run is a trajectory; where a branch left its parent is not in the entries, so it begins
where its own entries do. They are read in the order of `calledAt`: `index` is random. A branch without any `action`
has its commands in the function call of a `generation`, or in the form of old agents, `<|ACTION_START|> Bash ||| ls
<|ACTION_END|>`, in what was chosen of a `rating`, else in the generation. A submission is a step. Logs repeat what
agents did, and are left out, as are ratings and options not chosen.

MALT rows have `nodes` with `parent_node_id`: each way from a root to a leaf is a trajectory, and what it shares with
an earlier one is copied context there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, numbered, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, never, sometimes
from reviewer.formats.text_protocols import read_calls, read_result
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, Trajectory

NAME = "vivaria"

_LISTS = ("traceEntries", "trace_entries", "trace", "entries")
_OLD_ACTION = re.compile(r"<\|ACTION_START\|>\s{0,9}([\w .-]{1,60}?)\s{0,9}\|\|\|")
_OLD_END = "<|ACTION_END|>"
_TEXTS = ("output", "content", "text", "result", "message")
_SPEAKERS = {
    "system": Speaker.SYSTEM,
    "developer": Speaker.SYSTEM,
    "user": Speaker.USER,
    "assistant": Speaker.AGENT,
    "function": Speaker.HARNESS,
    "tool": Speaker.HARNESS,
}


def matches(document: Document) -> bool:
    if document.shape == "json" and isinstance(document.json, list):
        return any(_is_entry(value) or _is_tree(value) for value in document.json[:1])
    return any(_is_entry(value) or _is_tree(value) or _is_export(value) for value in document.sample[:1])


def _is_entry(value: Any) -> bool:
    if not isinstance(value, dict) or "calledAt" not in value:
        return False
    return isinstance(value.get("content"), dict) and "type" in value["content"]


def _is_export(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    found = (value.get(name) for name in _LISTS)
    return any(isinstance(each, list) and any(map(_is_entry, each[:1])) for each in found)


def _is_tree(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(nodes := value.get("nodes"), list) or not nodes:
        return False
    return isinstance(nodes[0], dict) and "node_data" in nodes[0]


def read(document: Document) -> Iterator[Trajectory]:
    return numbered(_trajectories(document))


def _trajectories(document: Document) -> Iterator[Trajectory]:
    """Trees are told one by one. Entries are gathered first: those of a branch may stand anywhere."""
    branches: dict[tuple[str, str], list[Node]] = {}
    trees = 0
    for root in records(document):
        for node in _listed(root):
            if "nodes" in node.object():
                trees += 1
                yield from _tree(document, node)
            else:
                key = node["runId"].label(), node["agentBranchNumber"].label()
                branches.setdefault(key, []).append(node)
    if not branches and not trees:
        raise document.bad("holds neither trace entries nor trees")
    for (run, branch), entries in branches.items():
        yield _branch(document, run, branch, entries)


def _listed(root: Node) -> list[Node]:
    if isinstance(root.value, list):
        return root.elements()
    name = next((name for name in _LISTS if isinstance(root.object().get(name), list)), None)
    return root[name].elements() if name else [root]


def _moment(node: Node) -> datetime | None:
    milliseconds = node.number()
    try:
        return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# -- trace entries


def _branch(document: Document, run: str, branch: str, entries: list[Node]) -> Trajectory:
    ordered = sorted(entries, key=lambda entry: entry["calledAt"].number() or 0.0)
    reader = _Reader(has_actions=any(entry["content"]["type"].value == "action" for entry in ordered))
    for entry in ordered:
        reader.read(entry)
    reader.flush()
    return to_trajectory(
        document.source(NAME),
        reader.messages,
        task_id=f"run {run}" + f" branch {branch}" * (branch not in ("", "0")),
        agent="",
        model=reader.model,
        outcome=reader.outcome,
    )


class _Reader:
    """Reads a branch's entries. What the model said is held until it is known what was done."""

    def __init__(self, *, has_actions: bool) -> None:
        self.has_actions = has_actions
        self.messages: list[Message] = []
        self.said: Message | None = None
        self.open: Call | None = None
        self.model = self.outcome = ""

    def read(self, entry: Node) -> None:
        content, time = entry["content"], _moment(entry["calledAt"])
        match content["type"].text():
            case "generation":
                self._generation(content, Message(Speaker.AGENT, entry.place, time=time))
            case "rating" if self.said and not self.has_actions:
                self._rating(content)
            case "action":
                self._act(_action(content["action"]), entry, time)
            case "observation":
                self._observation(content["observation"], entry, time)
            case "submission":
                value = content["value"].value
                self._act(Action("submit", value if isinstance(value, str) else "", is_shell=False), entry, time)
                self.outcome = "submitted"
            case "input":
                self._hear(Speaker.USER, entry, content["input"].text(""))
            case "error":
                detail = content["detail"].value
                self._hear(Speaker.HARNESS, entry, f"[error from {content['from'].text('')}] {_shown(detail)}")

    def flush(self) -> None:
        """The model's words, which no action followed."""
        if self.said:
            self.messages.append(self.said)
            self.open = self.said.calls[-1] if self.said.calls else None
        self.said = None

    def _hear(self, speaker: Speaker, entry: Node, text: str) -> None:
        self.flush()
        self.messages.append(Message(speaker, entry.place, text))

    def _generation(self, content: Node, message: Message) -> None:
        self.flush()
        request, result = content["agentRequest"], content["finalResult"]
        self.model = self.model or request["settings"]["model"].text("")
        self._request(request)
        outputs = result["outputs"].optional_elements()
        spent = {name: value for name, value in result.mapping().items() if name.startswith("n_") or name == "cost"}
        message.usage = {name: value for name, value in spent.items() if value is not None}
        if outputs:
            message.text = outputs[0]["completion"].text("")
            function = outputs[0]["function_call"]
            if not self.has_actions and isinstance(function.value, dict):
                action = to_action(function["name"].text(), function["arguments"].plain())
                message.calls = [Call(action, message.place)]
            elif not self.has_actions:
                _read_old_action(message, message.text)
        if content["error"].absent or message.text or message.calls:
            self.said = message

    def _request(self, request: Node) -> None:
        """What a request tells: the task, at the first, and what the last call came to, where no entry says it."""
        asked = request["messages"].optional_elements()
        if not self.messages:
            prompt = request["prompt"].text("")
            self.messages = [_message(node) for node in asked if node["role"].value != "assistant"]
            if prompt:
                self.messages.append(Message(Speaker.USER, request.place, prompt))
        elif self.open and self.open.result is None and asked and asked[-1]["role"].value == "function":
            self.open.result = read_result(asked[-1]["content"].content())

    def _rating(self, content: Node) -> None:
        options, choice = content["options"].optional_elements(), content["choice"].integer()
        if self.said and choice is not None and 0 <= choice < len(options):
            _read_old_action(self.said, options[choice]["action"].text(""))

    def _act(self, action: Action, entry: Node, time: datetime | None) -> None:
        message = self.said or Message(Speaker.AGENT, entry.place)
        if message.calls and action.tool == "submit":
            self.flush()
            message = Message(Speaker.AGENT, entry.place)
        message.time, self.said = time, None
        self.open = Call(action, entry.place)
        message.calls = [self.open]
        self.messages.append(message)

    def _observation(self, node: Node, entry: Node, time: datetime | None) -> None:
        self.flush()
        if self.open is None or self.open.result is not None:
            self._hear(Speaker.HARNESS, entry, _observed(node).text or "")
            return
        self.open.result = _observed(node)
        self.open.result.ended = time


def _message(node: Node) -> Message:
    speaker = node["role"].one_of(_SPEAKERS)
    return Message(speaker, node.place, node["content"].content())


def _action(node: Node) -> Action:
    """The action of an entry: {type, args}, or any object."""
    if isinstance(node.value, str):
        message = Message(Speaker.AGENT, node.place)
        _read_old_action(message, node.value)
        return message.calls[0].action if message.calls else Action("action", node.value, is_shell=False)
    name = node["type"] if isinstance(node.object().get("type"), str) else node["name"]
    tool = name.value if isinstance(name.value, str) else "action"
    arguments = next((node[key] for key in ("args", "arguments", "command") if not node[key].absent), None)
    if arguments is None:
        rest = {key: value for key, value in node.mapping().items() if value != tool}
        return to_action(tool, rest)
    return to_action(tool, arguments.plain())


def _read_old_action(message: Message, text: str) -> None:
    """The call in the text form of old agents, in place of those that a message has."""
    match = _OLD_ACTION.search(text)
    end = text.find(_OLD_END, match.end()) if match else -1
    if match and end >= 0:
        arguments = {"command": text[match.end() : end].strip()}
        message.calls = [Call(to_action(match[1].lower(), arguments), message.place)]
        if message.text == text:
            message.text = (text[: match.start()] + text[end + len(_OLD_END) :]).strip()


def _observed(node: Node) -> Result:
    if isinstance(node.value, str | None):
        return Result(node.text(""))
    if not isinstance(node.value, dict):
        return Result(_shown(node.plain()))
    if "stdout" in node.value or "exitStatus" in node.value:
        texts = [node["stdout"].text(""), node["stderr"].text("")]
        both = "".join(texts) or node["stdoutAndStderr"].text("")
        return Result(both, exit_code=node["exitStatus"].integer())
    name = next((name for name in _TEXTS if isinstance(node.value.get(name), str)), None)
    return Result(node[name].text() if name else _shown(node.plain()))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# -- MALT


def _tree(document: Document, row: Node) -> Iterator[Trajectory]:
    nodes = row["nodes"].elements()
    by_id = {node["node_id"].label(): index for index, node in enumerate(nodes)}
    parents = [_parent(node, by_id) for node in nodes]
    inner = {parent for parent in parents if parent is not None}
    labels = [label.text() for label in row["labels"].optional_elements()]
    told: set[int] = set()
    for leaf in (index for index in range(len(nodes)) if index not in inner):
        way = _way(leaf, parents, nodes)
        messages = [_node_message(nodes[index], is_copy=index in told) for index in way]
        told.update(way)
        read_calls(messages)
        yield to_trajectory(
            document.source(NAME),
            messages,
            task_id=row["task_id"].label(),
            model=row["model"].text(""),
            outcome=", ".join(labels),
        )
    if len(told) < len(nodes):
        raise document.bad("the nodes form a circle", row["nodes"].place)


def _parent(node: Node, by_id: dict[str, int]) -> int | None:
    parent = node["parent_node_id"]
    if parent.absent:
        return None
    if parent.label() not in by_id:
        raise parent.document.bad("no node has this id", parent.place)
    return by_id[parent.label()]


def _way(leaf: int, parents: list[int | None], nodes: list[Node]) -> list[int]:
    """From the root to a leaf."""
    way = [leaf]
    seen = {leaf}
    while (parent := parents[way[-1]]) is not None:
        if parent in seen:
            raise nodes[leaf].document.bad("the nodes form a circle", nodes[leaf].place)
        seen.add(parent)
        way.append(parent)
    return way[::-1]


def _node_message(node: Node, *, is_copy: bool) -> Message:
    data = node["node_data"]
    said = data["message"]
    message = Message(said["role"].one_of(_SPEAKERS), node.place, time=_moment(data["first_called_at"]))
    message.copied_context = is_copy
    text = said["content"].content()
    if message.speaker is Speaker.HARNESS:
        message.results = [read_result(text)]
        message.results[0].ended = message.time
        return message
    message.text = text
    function = said["function_call"]
    if message.speaker is Speaker.AGENT and not function.absent:
        message.calls = [Call(to_action(function["name"].text(), function["arguments"].plain()), function.place)]
    return message


FORMAT = Format(
    name=NAME,
    title="Vivaria run, MALT row",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("`action` entries; MALT: `function_call`"),
        output=sometimes(
            "the `observation` after it, stdout and then stderr; else the function's message in what follows"
        ),
        exit_code=sometimes("`exitStatus` of the observation; MALT: only where the output's text says it"),
        directory=never(),
        time=always("`calledAt` of the action, in milliseconds; MALT: `first_called_at`"),
        duration=sometimes("until the observation"),
        thought=sometimes("the completion of the generation before the action"),
        reasoning=sometimes("MALT: the `<think>` that a message begins with"),
        usage=sometimes("what that generation spent"),
        task=always("the run's number and branch; MALT: `task_id`; the first message of a request"),
        agent=never(),
        model=sometimes("the generation's settings; MALT: `model`"),
        outcome=sometimes("the submission, or the error that ended the run; MALT: the row's labels"),
    ),
)
