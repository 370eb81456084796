"""Logs of Inspect: `.eval` archives and `.json` files, whole or of a run that was killed.

Source: inspect_ai's log/_log.py, log/_recorders/eval.py and event/*.py of versions 0.3.40 to 0.3.285.

A `.eval` is a zip: `header.json`, or `_journal/start.json` while the run has not ended; each sample in
`samples/{id}_epoch_{n}.json`, or, in the chunked layout, in `samples/{id}_epoch_{n}/sample.json` and lists in pieces
beside it (`messages/0.json`, `messages/5.json`, …). A `.json` holds all of it as one object. Every sample of every
epoch is a trajectory, unless its agent never came to speak; its part is the sample's id and epoch.

Long texts are attachments, in their place "attachment://" and the key; chunked samples list their messages by ranges
(`message_refs`) of a pool. The messages are those at the end of the sample: where the agent was given a shortened
history, or handed over to another, only the events tell more, which is not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.eval_archive import EvalArchive, first_name
from reviewer.formats.fields import MAX_DEPTH, Node, iso
from reviewer.formats.format import Facts, Format, always, never, sometimes
from reviewer.formats.inspect_events import Events
from reviewer.formats.text_protocols import is_cut
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, StepStatus, Trajectory

NAME = "inspect"

_SPEAKERS = {
    "system": Speaker.SYSTEM,
    "user": Speaker.USER,
    "assistant": Speaker.AGENT,
    "tool": Speaker.HARNESS,
}
_ATTACHMENTS = ("attachment://", "tc://")  # the second until 0.3.44, in transcript.content
_FIRST = ("header.json", "_journal/", "summaries.json", "reductions.json")
_SAMPLE = re.compile(r"(samples/.+_epoch_\d+)(?:\.json|/sample\.json)", re.DOTALL)
_CHUNK = re.compile(r"(?s:.*)/(\d{1,18})\.json")

_STATUSES = {"timeout": StepStatus.TIMEOUT, "approval": StepStatus.REJECTED, "parsing": StepStatus.NOT_EXECUTED}
"""What became of a call whose result has an error of this type; of any other type, it failed."""


def matches(document: Document) -> bool:
    if name := first_name(document.head):
        named = name.startswith(_FIRST) and (b"_journal/" in document.head or b"_epoch_" in document.head)
        return named or bool(_SAMPLE.fullmatch(name))
    logs = (value for value in document.sample[:1] if document.shape == "json")
    return any(isinstance(log.get("eval"), dict) and "status" in log and "version" in log for log in logs)


def read(document: Document) -> Iterator[Trajectory]:
    samples = _archived(document) if first_name(document.head) else _listed(document)
    seen: dict[str, int] = {}
    for trajectory in samples:
        if not trajectory.steps:
            continue
        part = trajectory.source.part
        seen[part] = seen.get(part, 0) + 1
        if seen[part] > 1:
            trajectory = replace(trajectory, source=replace(trajectory.source, part=f"{part} ({seen[part]})"))
        yield trajectory


def _listed(document: Document) -> Iterator[Trajectory]:
    """The samples of a `.json`."""
    if document.shape != "json":
        raise document.bad(document.looks_like())
    root = Node(document, document.json)
    for sample in root["samples"].optional_elements():
        yield _Sample(root, sample).trajectory()


def _archived(document: Document) -> Iterator[Trajectory]:
    """The samples of a `.eval`, one in memory at a time."""
    archive = EvalArchive(document)
    names = list(archive.entries)
    header = next((name for name in ("header.json", "_journal/start.json") if name in archive.entries), None)
    root = Node(document, archive.json(header) if header else None, f"{header}#")
    if archive.is_cut:
        document.losses.append("the archive is cut short, and samples may be missing")
    for name in names:
        match = _SAMPLE.fullmatch(name)
        if not match:
            continue
        is_chunked = name.endswith("/sample.json")
        if archive.is_cut and is_chunked and names[-1].startswith(f"{match[1]}/"):
            return  # the cut may have taken some of its pieces
        sample = Node(document, archive.json(name), f"{name}#")
        pieces = _Pieces(archive, match[1]) if is_chunked else None
        yield _Sample(root, sample, pieces).trajectory(is_salvaged=archive.is_cut)


class _Pieces:
    """The lists of a chunked sample, which lie in pieces named by the index of their first element."""

    def __init__(self, archive: EvalArchive, folder: str) -> None:
        self.archive = archive
        self.folder = folder

    def of(self, kind: str) -> Iterator[Node]:
        """The elements of one list, a piece in memory at a time."""
        chunks = []
        for name in self.archive.entries:
            if name.startswith(f"{self.folder}/{kind}/") and (match := _CHUNK.fullmatch(name)):
                chunks.append((int(match[1]), name))
        for _, name in sorted(chunks):
            yield from Node(self.archive.document, self.archive.json(name), f"{name}#").elements()


class _Sample:
    """One sample of one epoch. root: the log, or the header of it. pieces: where its lists are, if not in it."""

    def __init__(self, root: Node, node: Node, pieces: _Pieces | None = None) -> None:
        self.log, self.node, self.pieces = root, node, pieces
        self.attachments = self._attachments()
        self.events = Events(self._list("events", self.node["transcript"]["events"]))

    def trajectory(self, *, is_salvaged: bool = False) -> Trajectory:
        evaluation, document = self.log["eval"], self.node.document
        sample_id, epoch = self.node["id"].label(), self.node["epoch"].integer()
        messages = [self._message(node) for node in self._messages()]
        started = self.node["started_at"].moment() or self.events.started
        totals: dict[str, Any] = {}
        if usage := self.node["model_usage"].mapping():
            totals["model_usage"] = usage
        for name in ("total_time", "working_time"):
            if (seconds := self.node[name].number()) is not None:
                totals[name] = seconds
        if is_salvaged:
            totals["archive_is_cut"] = True
        trajectory = to_trajectory(
            document.source(NAME, f"{sample_id}_epoch_{1 if epoch is None else epoch}"),
            messages,
            task_id="/".join(filter(None, [evaluation["task"].text(""), sample_id])),
            agent=self._agent(),
            model=evaluation["model"].text("") or self.node["output"]["model"].text(""),
            outcome=self._outcome(),
            totals=totals,
        )
        return replace(trajectory, started_at=iso(started) or trajectory.started_at)

    def _attachments(self) -> dict[str, Any]:
        if self.pieces:
            return {str(index): node.value for index, node in enumerate(self.pieces.of("attachments"))}
        return self.node["attachments"].object() or self.node["transcript"]["content"].object()

    def _list(self, name: str, otherwise: Node) -> Iterator[Node]:
        if self.pieces:
            return self.pieces.of(name)
        return iter((otherwise if self.node[name].absent else self.node[name]).optional_elements())

    def _messages(self) -> Iterator[Node]:
        """The messages, those in a pool taken out of it."""
        ranges = self.node["message_refs"]
        if ranges.absent or not self.node["messages"].absent:
            yield from self.node["messages"].optional_elements()
            return
        pool = list(self._list("message_pool", self.node["events_data"]["messages"]))
        if self.pieces:
            pool = list(self.pieces.of("messages"))
        for node in ranges.elements():
            bounds = [bound.integer() for bound in node.elements()]
            match bounds:
                case [int(first), int(end)] if 0 <= first <= end <= len(pool):
                    yield from pool[first:end]
                case _:
                    raise node.document.bad(f"expected a range of the {len(pool)} messages", node.place)

    def _message(self, node: Node) -> Message:
        node = Node(node.document, self._resolved(node.value), node.place)
        message = Message(node["role"].one_of(_SPEAKERS), node.place)
        if message.speaker is Speaker.HARNESS:
            message.results.append(self._result(node))
            return message
        message.text, message.reasoning = _words(node["content"])
        if message.speaker is Speaker.AGENT:
            message.calls = [self._call(call) for call in node["tool_calls"].optional_elements()]
            ids = [node["id"].label(), *(call.action.call_id or "" for call in message.calls)]
            message.time, message.usage = self.events.generation(ids)
        return message

    def _call(self, node: Node) -> Call:
        tool, call_id = node["function"].text(), node["id"].label() or None
        arguments = node["arguments"].plain()
        action = _session(tool, arguments, call_id) or to_action(tool, arguments, call_id)
        run = self.events.run(call_id)
        return Call(action, node.place, time=run.began if run else None)

    def _result(self, node: Node) -> Result:
        call_id, error = node["tool_call_id"].label() or None, node["error"]
        text = node["content"].content()
        result = Result(text or error["message"].text(""), call_id, truncated=is_cut(text))
        if not error.absent:
            result.status = _STATUSES.get(error["type"].text(""), StepStatus.ERROR)
        if run := self.events.run(call_id):
            result.ended, result.seconds = run.ended, run.seconds
            result.truncated = result.truncated or run.truncated
            result.exit_code = run.exit_code
            if run.exit_code == -1:  # the sandbox could not say
                result.exit_code = None
                result.status = StepStatus.ERROR if result.status is StepStatus.OK else result.status
        return result

    def _resolved(self, value: Any, depth: int = MAX_DEPTH) -> Any:
        """A value with its attachments in their places. What is nested deeper is left to those who look at it."""
        if isinstance(value, str) and value.startswith(_ATTACHMENTS):
            attached = self.attachments.get(value.partition("://")[2])
            return attached if isinstance(attached, str) else value
        if depth and isinstance(value, dict):
            return {key: self._resolved(item, depth - 1) for key, item in value.items()}
        if depth and isinstance(value, list):
            return [self._resolved(item, depth - 1) for item in value]
        return value

    def _agent(self) -> str:
        """The solver that ran last, and the version of Inspect."""
        steps = self.log["plan"]["steps"].optional_elements()
        solver = self.log["eval"]["solver"].text("") or (steps[-1]["solver"].text("") if steps else "")
        version = self.log["eval"]["packages"]["inspect_ai"].text("")
        return ", ".join(filter(None, [solver, f"inspect_ai {version}".strip()]))

    def _outcome(self) -> str:
        """How it ended, and its scores."""
        said = []
        if not self.node["error"].absent:
            said.append(f"error: {self.node['error']['message'].text('')}")
        if not self.node["limit"].absent:
            said.append(f"limit: {self.node['limit']['type'].text('')}")
        for name in self.node["scores"].object():
            value = self.node["scores"][name]["value"].plain()
            said.append(f"{name}: {value if isinstance(value, str) else json.dumps(value)}")
        return ", ".join(said)


def _words(content: Node) -> tuple[str, str]:
    """What an agent's message says, and what it thought."""
    if not isinstance(content.value, list):
        return content.content(), ""
    texts, thoughts = [], []
    for part in content.elements():
        if isinstance(part.value, dict) and part["type"].value == "reasoning":
            redacted = part["redacted"].flag()
            thoughts.append(part["summary"].text("") or ("[redacted]" if redacted else part["reasoning"].text("")))
        else:
            texts.append(part.part())
    return "\n".join(texts), "\n\n".join(filter(None, thoughts))


def _session(tool: str, arguments: Any, call_id: str | None) -> Action | None:
    """A call of bash_session, which types at a terminal that stays: what is typed with Enter is a command, all other
    typing is input, and to interrupt is ctrl-c. To wait for more output is to type nothing."""
    if tool != "bash_session" or not isinstance(arguments, dict):
        return None
    typed = arguments.get("input")
    text = typed if isinstance(typed, str) else ""
    rest = {key: value for key, value in arguments.items() if key != "input"}
    match arguments.get("action"):
        case "type_submit" if text.strip():
            return Action(tool, text, call_id=call_id, arguments=rest)
        case "type" | "type_submit":
            return Action(tool, text, is_shell=False, is_input=True, call_id=call_id, arguments=rest)
        case "interrupt":
            return Action(tool, "C-c", is_shell=False, is_input=True, call_id=call_id, arguments=rest)
        case "read":
            return Action(tool, "", is_shell=False, is_input=True, call_id=call_id, arguments=rest)
    return None


FORMAT = Format(
    name=NAME,
    title="Inspect log, .eval or .json",
    matches=matches,
    read=read,
    facts=Facts(
        command=always(
            "`messages[].tool_calls[].arguments`, under `cmd`, `command` or `code`; a bash_session types it"
        ),
        output=always("the message of role `tool` with the call's id; what its `error` says when there is no other"),
        exit_code=sometimes(
            "the `sandbox` event that ran a shell's or python's call: in its span, before 0.3.87 in its own `events`"
        ),
        directory=never("a tool gives every command a fresh login shell"),
        time=sometimes("the `tool` event with the call's id; of a turn without a call, its `model` event"),
        duration=sometimes("the `tool` event"),
        thought=sometimes("text"),
        reasoning=sometimes("parts of type `reasoning`, which some providers redact"),
        usage=sometimes("the `model` event"),
        task=always("the task's name and the sample's id; `input`"),
        agent=always("the solver that ran last, and the version of Inspect"),
        model=always("`eval.model`"),
        outcome=sometimes("the sample's `error`, `limit` and `scores`"),
    ),
    shapes=("binary", "json"),
)
