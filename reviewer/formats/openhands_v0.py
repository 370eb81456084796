"""OpenHands before its software-agent SDK: a stream of events, in five layouts.

Source: OpenHands' openhands/events/ (serialization, action, observation) of versions 0.9 to 1.0, and the files that
its evaluation and its issue resolver write.

Layouts: a JSON list of events (`trajectory.json`, `--save-trajectory-path`), also as the `trajectory` of an object
(the download of the web interface) or one event a line; the `history` of a row of the evaluation's or the resolver's
`output.jsonl`; the oldest rows hold pairs [action, observation]. The resolver's events have no `args`, `extras`, ids,
sources or times: their members stand at the top.

An exit code of -1 means that the command still ran when the output was taken; a suffix says when the harness had
waited long enough. An empty command waits for more output, one with `is_input` is for the program that runs already.
The calls of one answer of the model (`tool_call_metadata.model_response.id`) are one turn.

What a delegated agent does, between `delegate` and its observation, is a side chain. Changes of the agent's state,
recalled knowledge and empty observations are left out; what a condensation told the agent is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, numbered, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, sometimes
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, StepStatus, Trajectory

NAME = "openhands-v0"

NO_CODE = -1
CUT = "[... Observation truncated due to length ...]"

_SILENT = {"null", "recall", "change_agent_state", "pause", "resume", "stop", "condensation_request", "start", "init"}
_ASIDE = {"thought", "final_thought", "security_risk", "confirmation_state", "is_confirmed", "action_risk", "hidden"}
_ASIDE |= {"action", "keep_prompt", "kernel_init_code", "is_static", "cwd", "impl_source", "translated_ipython_code"}
"""Arguments that are no part of what the agent asked for."""


def matches(document: Document) -> bool:
    if document.shape == "json":
        value = document.json
        value = value.get("trajectory", value) if isinstance(value, dict) else value
        return _is_row(value) or _are_events(value)
    return any(_is_row(value) or _are_events([value]) for value in document.sample[:1])


def _is_row(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys().isdisjoint(("instance_id", "issue")):
        return False
    return _are_events(value.get("history"))


def _are_events(value: Any) -> bool:
    """Whether these are events, or pairs of them; the first two tell."""
    if not isinstance(value, list) or not value:
        return False
    first = value[0]
    if isinstance(first, list):
        return len(first) == 2 and all(_is_event(event) for event in first)
    return all(_is_event(event) for event in value[:2])


def _is_event(value: Any) -> bool:
    """An action or an observation: SWE-agent's steps are both, messages have a role."""
    if not isinstance(value, dict) or "role" in value or ("action" in value) == ("observation" in value):
        return False
    if not isinstance(value.get("action", value.get("observation")), str):
        return False
    return not value.keys().isdisjoint(("args", "extras", "source", "content", "thought", "cause"))


def read(document: Document) -> Iterator[Trajectory]:
    return numbered(_trajectory(document, root, events) for root, events in _histories(document))


def _histories(document: Document) -> Iterator[tuple[Node, Iterator[Node]]]:
    """The object around a history, a node of None when there is none, and its events."""
    nothing = Node(document, None)
    if document.shape == "json lines" and document.sample and "history" not in document.sample[0]:
        yield nothing, records(document)
        return
    for root in records(document):
        if isinstance(root.value, list):
            yield nothing, _flat(root)
        else:
            yield root, _flat(root["history"] if root["trajectory"].absent else root["trajectory"])


def _flat(history: Node) -> Iterator[Node]:
    for node in history.elements():
        if isinstance(node.value, list):
            yield from node.elements()
        else:
            yield node


def _trajectory(document: Document, root: Node, events: Iterator[Node]) -> Trajectory:
    reader = _Reader()
    for event in events:
        reader.read(event)
    metadata = root["metadata"]
    agent = metadata["agent_class"].text("") or reader.agent_class
    metrics = root["metrics"].mapping() or reader.metrics
    issue = root["issue"]
    return to_trajectory(
        document.source(NAME),
        reader.messages,
        task_id=root["instance_id"].label() or _issue(issue),
        agent=" ".join(part for part in ("OpenHands", reader.version, agent) if part),
        model=metadata["llm_config"]["model"].text("") or reader.model,
        outcome=_outcome(root) or reader.state,
        totals={name: value for name, value in metrics.items() if not isinstance(value, list)},
    )


def _issue(issue: Node) -> str:
    if issue.absent:
        return ""
    return f"{issue['owner'].text('')}/{issue['repo'].text('')}#{issue['number'].label()}"


def _outcome(root: Node) -> str:
    """What an evaluation says of the end."""
    report = root["test_result"].object().get("report", root.object().get("report"))
    resolved = report.get("resolved") if isinstance(report, dict) else root.object().get("success")
    if isinstance(resolved, bool):
        return "resolved" if resolved else "not resolved"
    error = root["error"].value
    return error.strip().partition("\n")[0] if isinstance(error, str) else ""


class _Reader:
    """Reads event after event, and gives each observation to its action."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.calls: dict[str, Call] = {}  # by the action's id
        self.latest: Call | None = None
        self.turn = ""  # the model's answer that the last message is of
        self.delegates: set[int] = set()  # by identity: calls whose agents are at work
        self.cwd: str | None = None
        self.version = self.agent_class = self.model = self.state = ""
        self.metrics: dict[str, Any] = {}

    def read(self, node: Node) -> None:
        if not node["llm_metrics"].absent:
            metrics = node["llm_metrics"].embedded().value
            self.metrics = Node(node.document, metrics, node.place).mapping() if isinstance(metrics, dict) else {}
        if node["action"].absent:
            self._observation(node)
        else:
            self._action(node)

    # -- actions

    def _action(self, node: Node) -> None:
        name = node["action"].text()
        args = node if node["args"].absent else node["args"].embedded()
        source = node["source"].text("")
        if name in _SILENT:
            return
        if name == "system":
            self.version = args["openhands_version"].text("") or self.version
            self.agent_class = args["agent_class"].text("") or self.agent_class
            self.messages.append(Message(Speaker.SYSTEM, node.place, args["content"].content()))
        elif name == "message":
            self._message(node, args, source)
        elif name == "condensation":
            self.messages.append(Message(Speaker.HARNESS, node.place, args["summary"].text("")))
        elif source in ("", "agent"):
            self._call(node, name, args)
        else:  # what the user did in the agent's sandbox
            words = f"[{source}: {name}] {args['command'].text('') or args['code'].text('')}".rstrip()
            self.messages.append(Message(Speaker.HARNESS, node.place, words))

    def _message(self, node: Node, args: Node, source: str) -> None:
        """Without a source, user and agent take turns, the user first."""
        said = [message for message in self.messages if message.speaker is not Speaker.SYSTEM]
        by_agent = source == "agent" or (
            not source and said and (said[-1].speaker is not Speaker.AGENT or self.latest)
        )
        message = Message(Speaker.AGENT if by_agent else Speaker.USER, node.place, args["content"].content())
        message.time = node["timestamp"].moment()
        message.sidechain = bool(self.delegates)
        self._add(message)
        self.latest = None

    def _call(self, node: Node, name: str, args: Node) -> None:
        metadata = node["tool_call_metadata"].embedded()
        answer = metadata["model_response"].embedded()
        call = Call(_to_action(name, args, metadata, answer), node.place, time=node["timestamp"].moment())
        thought = args["thought"].text("") or args["final_thought"].text("")
        turn = answer["id"].label()
        if turn and turn == self.turn:
            message = next(message for message in reversed(self.messages) if message.speaker is Speaker.AGENT)
            message.text = message.text or thought
        else:
            message = Message(Speaker.AGENT, node.place, thought, _reasoning(answer), time=call.time)
            message.usage = answer["usage"].mapping()
            message.sidechain = bool(self.delegates)
            message.cwd, self.cwd = self.cwd, None
            self._add(message)
            self.turn = turn
        message.calls.append(call)
        self.model = self.model or answer["model"].text("")
        if key := node["id"].label():
            self.calls[key] = call
        self.latest = call
        if name == "delegate":
            self.delegates.add(id(call))

    def _add(self, message: Message) -> None:
        self.messages.append(message)
        self.turn = ""

    # -- observations

    def _observation(self, node: Node) -> None:
        name = node["observation"].text()
        extras = node if node["extras"].absent else node["extras"].embedded()
        if name == "agent_state_changed":
            self.state = extras["agent_state"].text("") or self.state
            return
        if name == "recall":
            self.cwd = extras["working_dir"].text("") or None
        if name in _SILENT or name == "condensed":
            return
        text = node["content"].content()
        call = self._answered(node)
        if call is None:
            self.messages.append(Message(Speaker.HARNESS, node.place, text))
            return
        call.result = _result(name, text, extras)
        call.result.ended = node["timestamp"].moment()
        if call.time and call.result.ended:
            call.result.seconds = (call.result.ended - call.time).total_seconds()
        self.delegates.discard(id(call))

    def _answered(self, node: Node) -> Call | None:
        """The call that an observation answers: that of its cause; where there are no ids, the latest."""
        call = self.latest if node["id"].absent and node["cause"].absent else self.calls.get(node["cause"].label())
        return call if call and call.result is None else None


def _result(name: str, text: str, extras: Node) -> Result:
    metadata = extras["metadata"].embedded()
    code = extras["exit_code"] if metadata["exit_code"].absent else metadata["exit_code"]
    result = Result(text, exit_code=code.integer(), truncated=CUT in text)
    result.cwd = metadata["working_dir"].text("") or None
    if result.exit_code == NO_CODE:
        result.exit_code = None
        result.status = StepStatus.TIMEOUT if "timed out" in metadata["suffix"].text("") else StepStatus.RUNNING
    elif name == "error":
        result.status = StepStatus.ERROR
    elif name == "user_rejected":
        result.status = StepStatus.REJECTED
    return result


def _to_action(name: str, args: Node, metadata: Node, answer: Node) -> Action:
    """The call as the model wrote it, but for commands, which the harness has understood already."""
    call_id = metadata["tool_call_id"].label() or None
    asked = {key: value for key, value in args.mapping().items() if key not in _ASIDE and value is not None}
    tool = metadata["function_name"].text("") or name
    if name == "run":
        shell = {key: value for key, value in asked.items() if key in ("is_input", "blocking", "timeout")}
        return to_action(tool, {"command": args["command"].text("")} | shell, call_id)
    if name == "run_ipython":
        return Action(tool, args["code"].text(""), is_shell=False, call_id=call_id)
    written = _written(answer, call_id)
    return to_action(tool, asked if written is None else written, call_id)


def _written(answer: Node, call_id: str | None) -> Any:
    """The arguments of a call in the model's answer."""
    for choice in answer["choices"].optional_elements():
        for call in choice["message"]["tool_calls"].optional_elements():
            if call["id"].label() == (call_id or ""):
                return call["function"]["arguments"].plain()
    return None


def _reasoning(answer: Node) -> str:
    choices = answer["choices"].optional_elements()
    return choices[0]["message"]["reasoning_content"].text("") if choices else ""


FORMAT = Format(
    name=NAME,
    title="OpenHands events, before its SDK",
    matches=matches,
    read=read,
    facts=Facts(
        command=always(
            "`args.command` of the action `run`, `args.code` of `run_ipython`; else `tool_call_metadata`, else `args`"
        ),
        output=sometimes(
            "`content` of the observation, whose `cause` is the id of its action; without ids, the next observation"
        ),
        exit_code=sometimes("`extras.metadata.exit_code` (older: `extras.exit_code`)"),
        directory=sometimes("`extras.metadata.working_dir`, which is that *after* the command"),
        time=sometimes("`timestamp` of the action, without a zone and taken for UTC"),
        duration=sometimes("until the observation's `timestamp`"),
        thought=sometimes("`args.thought`"),
        reasoning=sometimes("`reasoning_content` of the model's answer"),
        usage=sometimes("that answer's `usage`"),
        task=always("the user's first message; `instance_id`, or the issue"),
        agent=always("the version, and the class of the agent"),
        model=sometimes("`metadata.llm_config.model`, or the model's answer"),
        outcome=sometimes("`test_result`, `error`, or the agent's last state"),
    ),
)
