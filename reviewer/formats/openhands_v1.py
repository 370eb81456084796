"""OpenHands' software-agent SDK: a conversation as a folder, or its events as JSON Lines or a list.

Source: openhands/sdk/event/ and openhands/sdk/conversation/ (persistence) of the software-agent SDK, and the
conversations in its tests.

- Folder: `base_state.json` and `events/event-NNNNN-ID.json`, in the order of their numbers; `events` alone will do.
- An empty command waits for more output, `reset` starts a new shell. An observation whose ActionEvent is absent names
  its command, and is a step of its own.
- An exit code of -1 means that the command still ran when the output was taken, or the time was up (`timeout`); -1
  with `is_error` and no exit code of its own: it was not run.
- Parallel calls share a turn, which is `llm_response_id`.

Some dumps say `event` in place of `kind`, and `content` may be a plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.folder import Folder
from reviewer.formats.format import Facts, FolderFormat, Format, always, never, sometimes
from reviewer.formats.openhands_v0 import CUT, NO_CODE
from reviewer.formats.text_protocols import cut_reasoning
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, Source, StepStatus, Trajectory

NAME = "openhands-v1"

_EVENT_FILE = re.compile(r"(?:events/)?event-(\d{5,10})-[0-9a-fA-F-]{8,}\.json")
_BESIDE = {"security_risk", "summary"}
"""What the harness asks a model to add to the arguments of every tool."""

_SHELLS = {"TerminalAction", "ExecuteBashAction", "BashAction"}
_ANSWERS = {"ObservationEvent", "UserRejectObservation", "AgentErrorEvent"}
_KINDS = {
    "SystemPromptEvent",
    "MessageEvent",
    "ActionEvent",
    "ConversationStateUpdateEvent",
    "Condensation",
} | _ANSWERS
_SPEAKERS = {"user": Speaker.USER, "agent": Speaker.AGENT, "environment": Speaker.HARNESS, "hook": Speaker.HARNESS}


def matches(document: Document) -> bool:
    values = document.sample or document.json
    return isinstance(values, list) and any(_is_event(value) for value in values[:5])


def _is_event(value: Any) -> bool:
    if not isinstance(value, dict) or "timestamp" not in value:
        return False
    kind = value.get("kind", value.get("event"))
    return isinstance(kind, str) and kind in _KINDS


def read(document: Document) -> Iterator[Trajectory]:
    events = (event for node in records(document) for event in _listed(node))
    yield _trajectory(document.source(NAME), ((event, event.place) for event in events), Node(document, None))


def _listed(node: Node) -> list[Node]:
    return node.elements() if isinstance(node.value, list) else [node]


def matches_folder(folder: Folder) -> bool:
    return bool(_event_files(folder))


def read_folder(folder: Folder) -> Iterator[Trajectory]:
    events = ((Node(document, document.json), name) for name, document in _event_files(folder))
    yield _trajectory(folder.source(NAME), events, folder.side("base_state.json"))


def _event_files(folder: Folder) -> list[tuple[str, Document]]:
    """The events' files, in their order."""
    names = folder.names_in("events") or folder.names_in("")
    numbered = ((_EVENT_FILE.fullmatch(name), name) for name in names)
    return [(name, folder.document(name)) for _, name in sorted((int(m[1]), name) for m, name in numbered if m)]


def _trajectory(source: Source, events: Iterable[tuple[Node, str]], state: Node) -> Trajectory:
    reader = _Reader(state["workspace"]["working_dir"].text("") or None)
    for node, place in events:
        reader.read(node, place)
    reader.join()
    return to_trajectory(
        source,
        reader.messages,
        agent="OpenHands",
        model=state["agent"]["llm"]["model"].text("") or reader.model,
        outcome=reader.status or state["execution_status"].text(""),
        totals=reader.totals or _totals(state["stats"]),
    )


def _totals(stats: Node) -> dict[str, Any]:
    """What each use of a model has cost so far, without what each call did."""
    uses = stats["usage_to_metrics"].mapping()
    return {
        use: {name: value for name, value in metrics.items() if not isinstance(value, list)}
        for use, metrics in uses.items()
        if isinstance(metrics, dict)
    }


@dataclass
class _Answer:
    """An observation, and the message that it becomes when its call is nowhere."""

    node: Node
    message: Message


class _Reader:
    """Reads event after event. Observations find their calls when all are there: they come in any order."""

    def __init__(self, cwd: str | None) -> None:
        self.messages: list[Message] = []
        self.calls: dict[tuple[str, str], Call] = {}  # by ("event" or "call", id)
        self.unread: set[int] = set()  # by identity: calls that the harness could not read
        self.answers: list[_Answer] = []
        self.turns: dict[str, Message] = {}  # by the id of the model's answer
        self.cwd = cwd
        self.model = self.status = ""
        self.totals: dict[str, Any] = {}

    def read(self, node: Node, place: str) -> None:
        kind = (node["kind"] if node["event"].absent else node["event"]).text()
        message = Message(Speaker.HARNESS, place, time=node["timestamp"].moment())
        if kind == "SystemPromptEvent":
            message.speaker, message.text = Speaker.SYSTEM, _text(node["system_prompt"])
        elif kind == "MessageEvent":
            message.speaker = node["source"].one_of(_SPEAKERS)
            message.text = node["llm_message"]["content"].content()
            message.reasoning = node["llm_message"]["reasoning_content"].text("")
        elif kind == "ActionEvent":
            self._call(node, message)
            return
        elif kind in _ANSWERS:
            self.answers.append(_Answer(node, message))
        elif kind == "ConversationStateUpdateEvent":
            self._state(node["key"].label(), node["value"])
            return
        elif kind == "Condensation":
            message.text = node["summary"].text("")
        else:  # pauses, requests of condensations, and what newer versions know
            return
        self.messages.append(message)

    def _call(self, node: Node, message: Message) -> None:
        """An action: of the turn that the same answer of the model began, or of a new one."""
        thought, reasoning = _thought(node)
        turn = node["llm_response_id"].label()
        if turn and turn in self.turns:
            before = self.turns[turn]
            before.text, before.reasoning = before.text or thought, before.reasoning or reasoning
        else:
            message.speaker, message.text, message.reasoning = Speaker.AGENT, thought, reasoning
            message.cwd, self.cwd = self.cwd, None
            self.messages.append(message)
            self.turns[turn] = message
        call = Call(_action(node), message.place, time=message.time)
        self.turns[turn].calls.append(call)
        if node["action"].absent:
            self.unread.add(id(call))
        for name, key in (("event", node["id"].label()), ("call", node["tool_call_id"].label())):
            if key:
                self.calls[name, key] = call

    def _state(self, key: str, value: Node) -> None:
        match key:
            case "execution_status":
                self.status = value.text("") or self.status
            case "stats":
                self.totals = _totals(value)
                self.model = self.model or _model(value)
            case "full_state":
                self.model = value["agent"]["llm"]["model"].text("") or self.model

    def join(self) -> None:
        """Give every observation to its call."""
        for answer in self.answers:
            node = answer.node
            ids = (("event", node["action_id"].label()), ("call", node["tool_call_id"].label()))
            call = next((self.calls[key] for key in ids if key in self.calls), None)
            result = _result(node)
            if call and id(call) in self.unread and result.status is StepStatus.ERROR:
                result.status = StepStatus.NOT_EXECUTED
            result.ended = answer.message.time
            command = node["observation"]["command"].optional_text()
            if call and call.result is None:
                call.result = result
                if call.time and result.ended:
                    result.seconds = (result.ended - call.time).total_seconds()
            elif call is None and command is not None:
                answer.message.speaker = Speaker.AGENT
                action = to_action(node["tool_name"].text("terminal"), {"command": command}, ids[1][1] or None)
                # When it began is unknown: the time is the observation's.
                answer.message.calls, answer.message.time = [Call(action, answer.message.place, result)], None
            else:
                answer.message.text = result.text or ""


def _action(node: Node) -> Action:
    """What an agent asked for, as the harness understood it when it is a command, and else as the model wrote it."""
    action, written = node["action"], node["tool_call"]["arguments"]
    call_id = node["tool_call_id"].label() or None
    tool = node["tool_name"].text("") or node["tool_call"]["name"].text("") or action["kind"].text("")
    if action["command"].absent or action["kind"].value not in _SHELLS:
        asked = (action if written.absent else written).embedded().plain()
        if isinstance(asked, dict):
            asked = {key: value for key, value in asked.items() if key not in _BESIDE}
        return to_action(tool, written.plain() if asked is None else asked, call_id)
    command = action["command"].text()
    if action["reset"].flag() and not command:
        return Action(tool, command, is_shell=False, call_id=call_id, arguments={"reset": True})
    beside = {name: action[name].plain() for name in ("is_input", "timeout", "reset") if action[name].value}
    return to_action(tool, {"command": command} | beside, call_id)


def _thought(node: Node) -> tuple[str, str]:
    """What an agent said with its action, and its reasoning."""
    thought = _text(node["thought"])
    blocks = (block["thinking"].text("") for block in node["thinking_blocks"].optional_elements())
    reasoning = node["reasoning_content"].text("") or "\n\n".join(filter(None, blocks))
    repeated, rest = cut_reasoning(thought)
    if rest != thought and (not reasoning or repeated == reasoning.strip()):
        return rest, reasoning or repeated
    return thought, reasoning


def _text(node: Node) -> str:
    """A text, a list of parts, or one part."""
    return node.part() if isinstance(node.value, dict) else node.content()


def _result(node: Node) -> Result:
    call_id = node["tool_call_id"].label() or None
    if "rejection_reason" in node.object():
        return Result(node["rejection_reason"].text(""), call_id, status=StepStatus.REJECTED)
    if "error" in node.object():
        return Result(node["error"].content(), call_id, status=StepStatus.ERROR)
    observation = node["observation"]
    metadata = observation["metadata"]
    content = observation["output"] if observation["content"].absent else observation["content"]
    result = Result(content.content(), call_id, cwd=metadata["working_dir"].text("") or None)
    result.truncated = CUT in (result.text or "")
    own, shell = observation["exit_code"].integer(), metadata["exit_code"].integer()
    result.exit_code = shell if own is None else own
    if result.exit_code == NO_CODE:
        result.exit_code = None
        if own is None and observation["is_error"].flag():
            result.status = StepStatus.NOT_EXECUTED
        elif observation["timeout"].flag() or "timed out" in metadata["suffix"].text(""):
            result.status = StepStatus.TIMEOUT
        else:
            result.status = StepStatus.RUNNING
    elif observation["is_error"].flag() and result.exit_code is None:
        result.status = StepStatus.ERROR
    return result


def _model(stats: Node) -> str:
    uses = stats["usage_to_metrics"]
    return next(filter(None, (uses[use]["model_name"].text("") for use in uses.object())), "")


FORMAT = Format(
    name=NAME,
    title="OpenHands SDK conversation",
    matches=matches,
    read=read,
    facts=Facts(
        command=always(
            "`action.command` of an ActionEvent; of other tools, and where `action` is null, the `tool_call`"
        ),
        output=always("`observation.content`, joined by `action_id`, else `tool_call_id`, in any order"),
        exit_code=always("`observation.exit_code`, else that of its metadata"),
        directory=sometimes(
            "`metadata.working_dir`, which is that *after* the command; the first from `base_state.json`"
        ),
        time=always("`timestamp`, without a zone and taken for UTC"),
        duration=sometimes("until the observation's `timestamp`"),
        thought=sometimes("`thought`, without a `<think>` that repeats the reasoning"),
        reasoning=sometimes("`reasoning_content`, else `thinking_blocks`, else the `<think>` in the thought"),
        usage=never("only totals, in the last `stats`"),
        task=sometimes("the user's first message; no name"),
        agent=always("OpenHands"),
        model=sometimes("`base_state.json`, or the last `stats`"),
        outcome=sometimes("the last `execution_status`"),
    ),
    folder=FolderFormat(matches_folder, read_folder),
)
