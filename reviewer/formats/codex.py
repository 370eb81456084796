"""Codex sessions: rollouts, old and new, and what `codex exec --json` prints (see codex_exec).

Source: codex-rs/protocol/src/protocol.rs and models.rs of versions 0.20 to 0.153.

Layouts: new, `{timestamp, type, payload}` on a line; old (before September 2025), the payloads themselves after a
first line with `id` and `timestamp`. Lines may be cut. Parallel calls stand before their outputs, and are one
turn. What Codex writes around an output is taken off (see codex_output). In code mode a call is a script that makes
the calls (see codex_script).

In a session that was forked or resumed, nothing tells which lines were copied; what a web search found is not kept.
Other events repeat the items, and are passed over. Instructions and circumstances that Codex writes as the user
(AGENTS.md, environment_context) are not the task.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reviewer.formats import codex_exec, codex_script
from reviewer.formats.codex_output import read_event, read_output
from reviewer.formats.conversation import Call, Message, Result, Speaker, paragraphs, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, iso, records
from reviewer.formats.format import Facts, Format, always, sometimes
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, Trajectory

NAME = "codex"

_LINES = ("session_meta", "response_item", "turn_context", "event_msg")
_SPEAKERS = {
    "assistant": Speaker.AGENT,
    "user": Speaker.USER,
    "developer": Speaker.SYSTEM,
    "system": Speaker.SYSTEM,
}
_CIRCUMSTANCES = (
    "<environment_context>",
    "<user_instructions>",
    "<INSTRUCTIONS>",
    "# AGENTS.md instructions for ",
    "<permissions instructions>",
    "<skill",
    "<collaboration_mode>",
)
"""How messages of the user begin that tell every session the same."""

_BY_PROGRAM = ("<turn_aborted>", "<user_shell_command>", "<user_action>", "<subagent_notification>")
_CWD = re.compile(r"<cwd>([^<\n]+)</cwd>")


def matches(document: Document) -> bool:
    lines = document.sample
    if codex_exec.matches(lines):
        return True
    if any(line.get("type") in _LINES and isinstance(line.get("payload"), dict) for line in lines):
        return True
    is_old = bool(lines) and {"id", "timestamp", "instructions"} <= lines[0].keys()
    return is_old or any("record_type" in line for line in lines)


def read(document: Document) -> Iterator[Trajectory]:
    nodes = [node for node in records(document, may_be_cut=True) if isinstance(node.value, dict)]
    is_printed = codex_exec.matches([node.value for node in nodes[:1]])
    yield codex_exec.trajectory(document, nodes) if is_printed else _trajectory(document, nodes)


def _trajectory(document: Document, nodes: list[Node]) -> Trajectory:
    reader = _Reader()
    for node in nodes:
        reader.read(node)
    reader.read_ends()
    began = next((node["timestamp"].moment() for node in nodes[:1]), None)
    trajectory = to_trajectory(
        document.source(NAME),
        reader.messages,
        agent=f"{NAME} {reader.version}".strip(),
        model=reader.model,
        outcome=reader.outcome,
        totals=reader.totals,
    )
    return replace(trajectory, started_at=iso(began) or trajectory.started_at)


class _Reader:
    """Reads line after line. A turn goes on until something answers it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.version = self.model = self.outcome = ""
        self.totals: dict[str, Any] = {}
        self.cwd: str | None = None
        self._results: dict[str, Result] = {}
        self._scripts: dict[str, list[Call]] = {}
        self._ran: list[Node] = []
        self._ends: list[tuple[str, Node]] = []
        self._told: list[str] = []

    def read(self, node: Node) -> None:
        payload = node["payload"]
        match node["type"].value:
            case "session_meta":
                # A session that was forked repeats the first line of the one it came from.
                self.version = self.version or payload["cli_version"].text("")
                self.cwd = self.cwd or payload["cwd"].optional_text()
            case "turn_context":
                self.model = self.model or payload["model"].text("")
                self.cwd = payload["cwd"].optional_text() or self.cwd
            case "response_item":
                self._item(payload, node)
            case "event_msg":
                self._event(payload)
            case "compacted":
                self._say(Speaker.HARNESS, node, payload["message"].text(""))
            case _ if payload.absent:
                self._item(node, node)

    def read_ends(self) -> None:
        """What the events tell of commands whose outputs do not."""
        for call_id, end in self._ends:
            if result := self._results.get(call_id):
                read_event(result, end)

    def _item(self, item: Node, line: Node) -> None:
        kind = item["type"].text("message" if "role" in item.object() else "")
        if kind == "message":
            self._message(item, line)
        elif kind == "reasoning":
            self._turn(line).reasoning = paragraphs(self._turn(line).reasoning, self._reasoning(item))
        elif kind.endswith("_call"):
            made = _made_by_script(item) if kind == "custom_tool_call" else []
            actions = [_action(call, call["type"].text()) for call in made or [item]]
            calls = [Call(action, item.place, time=line["timestamp"].moment()) for action in actions]
            self._turn(line).calls += calls
            if made:
                self._scripts[item["call_id"].label()] = calls
                self._ran.clear()
        elif kind.endswith("_output"):
            self._output(item, line)

    def _output(self, item: Node, line: Node) -> None:
        call_id, ended = item["call_id"].label(), line["timestamp"].moment()
        calls = self._scripts.pop(call_id, [])
        results = codex_script.read_results(item["output"], len(calls) or 1) or [read_output(item["output"])]
        if not item["tools"].absent:
            results[0].text = json.dumps(item["tools"].plain())
        for call, result in zip(calls, results, strict=False):
            call.result = result
            self._read_ran(call)
        for result in results:
            result.call_id, result.ended = call_id or None, ended
        self._results[call_id] = results[-1]
        self.messages.append(Message(Speaker.HARNESS, item.place, results=[] if calls else results))

    def _read_ran(self, call: Call) -> None:
        """What the event that a script's command ended tells: it does not say of which script, but what it ran."""
        ran = next((item for item in self._ran if _command(item) == call.action.command), None)
        if ran and call.result:
            self._ran.remove(ran)
            read_event(call.result, ran)

    def _message(self, item: Node, line: Node) -> None:
        speaker, text = item["role"].one_of(_SPEAKERS), item["content"].content()
        if speaker is Speaker.AGENT:
            turn = self._turn(line)
            turn.text = paragraphs(turn.text, text)
            return
        if text.startswith(_CIRCUMSTANCES):
            speaker = Speaker.SYSTEM
            if directory := _CWD.search(text[:2000]):
                self.cwd = directory[1].strip()
        elif text.startswith(_BY_PROGRAM):
            speaker = Speaker.HARNESS
        self._say(speaker, line, text)

    def _turn(self, line: Node) -> Message:
        """The agent's turn: the last one, unless something came between."""
        if not self.messages or self.messages[-1].speaker is not Speaker.AGENT:
            self._say(Speaker.AGENT, line, "")
            self.messages[-1].cwd = self.cwd
        return self.messages[-1]

    def _say(self, speaker: Speaker, line: Node, text: str) -> None:
        self.messages.append(Message(speaker, line.place, text, time=line["timestamp"].moment()))

    def _reasoning(self, item: Node) -> str:
        told, self._told = self._told, []
        parts = item["summary"].optional_elements() or item["content"].optional_elements()
        return "\n\n".join([part.part() for part in parts] or told)

    def _event(self, event: Node) -> None:
        kind = event["type"].value
        match kind:
            case "token_count":
                info = event["info"]
                turns = [message for message in self.messages[-50:] if message.speaker is Speaker.AGENT]
                if turns and (usage := info["last_token_usage"].mapping()):
                    turns[-1].usage = usage
                self.totals = info["total_token_usage"].mapping() or self.totals
            case "agent_reasoning":
                self._told.append(event["text"].text(""))
            case "item_completed" if event["item"]["type"].value == "CommandExecution":
                self._ran.append(event["item"])
            case "exec_command_end":
                self._ends.append((event["call_id"].label(), event))
            case "turn_aborted":
                self.outcome = ": ".join(filter(None, ["turn_aborted", event["reason"].text("")]))
            case "task_started" | "turn_started":
                self.outcome = ""
            case "task_complete" | "turn_complete":
                self.outcome = str(kind)


def _made_by_script(item: Node) -> list[Node]:
    """The calls that a script makes, as items of their own; none when that cannot be told, or it is no script."""
    if item["name"].text("") not in codex_script.TOOLS:
        return []
    items = []
    for name, value in codex_script.calls_in(item["input"].text("")):
        call = {"name": name, "call_id": item["call_id"].value}
        is_text = isinstance(value, str)
        call |= (
            {"type": "custom_tool_call", "input": value} if is_text else {"type": "function_call", "arguments": value}
        )
        items.append(Node(item.document, call, item.place))
    return items


def _command(ran: Node) -> str:
    return to_action("shell", {"command": ran["command"].plain()}).command


def _action(item: Node, kind: str) -> Action:
    call_id = item["call_id"].label() or item["id"].label() or None
    name = item["name"].text("") or kind.removesuffix("_call")
    if kind == "custom_tool_call":
        return Action(name, item["input"].text(""), is_shell=False, call_id=call_id)
    arguments = item["arguments"] if item["action"].absent else item["action"]
    values = arguments.embedded().value
    if name == "write_stdin" and isinstance(values, dict):
        typed = Node(item.document, values, arguments.place)["chars"].text("")
        rest = {key: value for key, value in values.items() if key != "chars"}
        return Action(name, typed, is_shell=False, is_input=True, call_id=call_id, arguments=rest)
    match values:
        case {"command": ["apply_patch", str(patch)]}:
            return Action("apply_patch", patch, is_shell=False, call_id=call_id)
    values = arguments.plain()
    if kind == "local_shell_call" and isinstance(values, dict):
        names = {"working_directory": "workdir"}
        values = {names.get(key, key): value for key, value in values.items() if key != "type"}
    return to_action(name, values, call_id)


FORMAT = Format(
    name=NAME,
    title="Codex session",
    matches=matches,
    read=read,
    facts=Facts(
        command=always(
            "`function_call` (shell, shell_command, exec_command, write_stdin), `local_shell_call`, custom calls;"
            " those that a script makes"
        ),
        output=sometimes("`…_output` items, joined by `call_id`"),
        exit_code=sometimes("in the output; where it has none, the event `exec_command_end`, or `item_completed`"),
        directory=sometimes("`workdir` of the call, else the turn's"),
        time=sometimes("the line's; old ones have none"),
        duration=sometimes("as the exit code"),
        thought=sometimes("messages"),
        reasoning=sometimes("its summary, for its content is encrypted, else the event `agent_reasoning`"),
        usage=sometimes("the `token_count` that follows"),
        task=sometimes("the user's first message; no name"),
        agent=always("the version"),
        model=sometimes("the turn's"),
        outcome=sometimes("why the last turn was aborted, or failed"),
    ),
    shapes=("json lines",),
)
