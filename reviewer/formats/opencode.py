"""Sessions of opencode: what `opencode export` writes, and what `opencode run --format json` prints.

Source: opencode's session/message-v2.ts, cli/cmd/export.ts and cli/cmd/run.ts of versions 0.6 to 1.18.

An export is an object with `info` and `messages`, each an `info` and `parts`; the list of messages may stand alone,
as its server sends it. The stream is a line a part, once it is whole, without the user's words. A turn is from one
`step-start` to the next, of which a message may have several.

A part of a tool has its call and, in `state`, how it ended: an output, with the exit code of a shell in `metadata`,
or an error. Times are in milliseconds. Words that the program puts in as the user's are `synthetic`. Sub-agents are
sessions of their own, which have a parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, paragraphs, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, sometimes
from reviewer.formats.tools import to_action
from reviewer.trajectory import StepStatus, Trajectory

NAME = "opencode"

_EVENTS = ("step_start", "step_finish", "tool_use", "text", "reasoning", "error", "done")
_SAMPLE = 8
_STATUSES = {
    "pending": StepStatus.NOT_EXECUTED,
    "running": StepStatus.RUNNING,
    "completed": StepStatus.OK,
    "error": StepStatus.ERROR,
}
_REFUSED = ("The user rejected permission", "The user has specified a rule which prevents")
_TIMED_OUT = "terminated command after exceeding timeout"
_LONGEST_NOTE = 400
"""Characters at the end of an output in which a shell says that it was stopped."""


def matches(document: Document) -> bool:
    if document.shape == "json" and isinstance(document.json, list):
        return _is_list(document.json)
    return any(_is_event(line) or _is_list(line.get("messages")) for line in document.sample)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_message, value[:_SAMPLE]))


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("parts"), list):
        return False
    info = value.get("info")
    return isinstance(info, dict) and "role" in info


def _is_event(line: dict[str, Any]) -> bool:
    part = line.get("part")
    return line.get("type") in _EVENTS and "sessionID" in line and (isinstance(part, dict) or "error" in line)


def read(document: Document) -> Iterator[Trajectory]:
    nodes = [node for node in records(document, may_be_cut=True) if isinstance(node.value, dict | list)]
    reader = _Reader()
    root = nodes[0] if nodes else Node(document, {})
    if isinstance(root.value, list):
        reader.messages_of(root)
    elif "messages" in root.object():
        reader.session(root["info"])
        reader.messages_of(root["messages"])
    else:
        for node in nodes:
            reader.event(node)
    yield to_trajectory(
        document.source(NAME),
        reader.messages,
        agent=f"{NAME} {reader.version}".strip(),
        model=reader.model,
        outcome=reader.outcome,
    )


class _Reader:
    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.version = self.model = self.outcome = ""
        self.cwd: str | None = None
        self.is_sidechain = False
        self._is_open = False

    def session(self, info: Node) -> None:
        self.version = info["version"].label()
        self.cwd = info["directory"].optional_text()
        self.is_sidechain = not info["parentID"].absent

    def messages_of(self, messages: Node) -> None:
        for node in messages.elements():
            self._message(node, node["info"])

    def event(self, node: Node) -> None:
        """A line of the stream."""
        if node["type"].value == "error":
            self.outcome = _error(node["error"])
        elif not node["part"].absent:
            self._part(node["part"], node["timestamp"].milliseconds())

    def _message(self, node: Node, info: Node) -> None:
        time = info["time"]["created"].milliseconds()
        if info["role"].value == "user":
            for is_told, speaker in ((True, Speaker.HARNESS), (False, Speaker.USER)):
                texts = [_said(part) for part in node["parts"].elements() if part["synthetic"].flag() is is_told]
                self.messages.append(Message(speaker, node.place, "\n".join(filter(None, texts)), time=time))
            return
        self._is_open = False
        self.model = self.model or info["modelID"].text("")
        self.cwd = info["path"]["cwd"].optional_text() or self.cwd
        before = len(self.messages)
        for part in node["parts"].elements():
            self._part(part, time)
        self.outcome = _error(info["error"]) or info["finish"].text("")
        for turn in self.messages[before:][-1:]:
            turn.usage = turn.usage or _usage(info)

    def _part(self, part: Node, time: datetime | None) -> None:
        kind = part["type"].value
        if kind == "step-start" or not self._is_open:
            self.messages.append(Message(Speaker.AGENT, part.place, time=time, cwd=self.cwd))
            self.messages[-1].sidechain = self.is_sidechain
            self._is_open = True
        turn = self.messages[-1]
        match kind:
            case "text":
                turn.text = paragraphs(turn.text, part["text"].text(""))
            case "reasoning":
                turn.reasoning = paragraphs(turn.reasoning, part["text"].text(""))
            case "tool":
                turn.calls.append(_call(part))
            case "step-finish":
                turn.usage = _usage(part)
                self.outcome = part["reason"].text("")


def _call(part: Node) -> Call:
    state = part["state"]
    call = Call(to_action(part["tool"].text(), state["input"].plain(), part["callID"].label() or None), part.place)
    call.time, ended = state["time"]["start"].milliseconds(), state["time"]["end"].milliseconds()
    text = state["output"] if state["error"].absent else state["error"]
    call.result = Result(None if text.absent else text.content(), call.action.call_id, ended=ended)
    call.result.status = _STATUSES.get(state["status"].text(""), StepStatus.OK)
    if call.time and ended:
        call.result.seconds = (ended - call.time).total_seconds()
    if isinstance(state["metadata"].value, dict):
        call.result.truncated = state["metadata"]["truncated"].value is True
        call.result.exit_code = state["metadata"]["exit"].integer() if call.action.is_shell else None
    _read_words(call.result)
    return call


def _read_words(result: Result) -> None:
    """How it ended, where only the words tell."""
    text = result.text or ""
    if result.status is StepStatus.ERROR and text.startswith(_REFUSED):
        result.status = StepStatus.REJECTED
    elif result.exit_code is None and _TIMED_OUT in text[-_LONGEST_NOTE:]:
        result.status = StepStatus.TIMEOUT


def _said(part: Node) -> str:
    """What a part of a user's message says; files are named."""
    match part["type"].value:
        case "text":
            return part["text"].text("")
        case "file":
            return f"[{part['filename'].text('') or 'file'}]"
        case "subtask":
            return part["prompt"].text("")
    return ""


def _usage(node: Node) -> dict[str, Any]:
    cost = node["cost"].number()
    return node["tokens"].mapping() | ({} if cost is None else {"cost": cost})


def _error(error: Node) -> str:
    if not isinstance(error.value, dict):
        return error.text("")
    return ": ".join(filter(None, [error["name"].text(""), error["data"]["message"].text("")]))


FORMAT = Format(
    name=NAME,
    title="opencode session",
    matches=matches,
    read=read,
    facts=Facts(
        command=always("parts of type `tool`: `tool` and `state.input`"),
        output=always("`state.output`, or `state.error`"),
        exit_code=sometimes("`state.metadata.exit` of a shell"),
        directory=sometimes("`path.cwd` of the message, else the session's; `workdir` of the call"),
        time=sometimes("`state.time.start`; `time.created` of the message"),
        duration=sometimes("until `state.time.end`"),
        thought=sometimes("parts of type `text`"),
        reasoning=sometimes("parts of type `reasoning`; in the stream only with `--thinking`"),
        usage=sometimes("`step-finish`, else the message's `tokens` and `cost`"),
        task=sometimes("the user's first message; not in the stream"),
        agent=always("with the version, which the stream does not tell"),
        model=sometimes("`modelID` of the message"),
        outcome=sometimes("why the last message ended, or its error"),
    ),
)
