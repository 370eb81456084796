"""ATIF, the Agent Trajectory Interchange Format of the Harbor project, versions 1.0 to 1.8.

Source: Harbor's RFC 0001 (trajectory format), and the files that terminus-2 and Harbor's converters write.

terminus-2 takes one picture of the screen after all calls of a turn and gives it no id: it is shown at the last call,
and the others have no output of their own. Its linear-history files hold the agent's raw answer as the message (see
terminus), and OpenHands without function calling its XML (see text_protocols): their calls are read out of it.

Steps of the system and the user have observations too (since 1.2). Sub-agents in `subagent_trajectories` are
trajectories of their own. What Errata's own export keeps in `extra.errata` is taken back, and nothing is then read
out of texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, numbered, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, sometimes
from reviewer.formats.text_protocols import read_calls, read_result
from reviewer.formats.tools import to_action
from reviewer.trajectory import Action, StepBuilder, StepStatus, Task, Trajectory

NAME = "atif"

_SPEAKERS = {"system": Speaker.SYSTEM, "user": Speaker.USER, "agent": Speaker.AGENT}
_TOKENS = {"prompt_token_ids", "completion_token_ids", "logprobs"}
_NO_CODE = -1
_UNREADABLE = "Previous response had parsing errors"
"""How terminus-2 begins its answer to a message that it could not read, and ran nothing of."""


def matches(document: Document) -> bool:
    versions = (value.get("schema_version") for value in document.sample[:1])
    return any(isinstance(version, str) and version.startswith("ATIF-") for version in versions)


def read(document: Document) -> Iterator[Trajectory]:
    roots = (root for record in records(document) for root in _with_subagents(record))
    return numbered(_trajectory(document, root) for root in roots)


def _with_subagents(root: Node) -> Iterator[Node]:
    """A trajectory and the sub-agents' in it, whatever their depth."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node["subagent_trajectories"].optional_elements()))


def _trajectory(document: Document, root: Node) -> Trajectory:
    if isinstance(_extra(root).get("errata"), dict):
        return _our_trajectory(document, root)
    agent = root["agent"]
    nodes = root["steps"].elements()
    messages = [_message(node) for node in nodes]
    read_calls(messages)
    models = (node["model_name"].text("") for node in [agent, *nodes])
    return to_trajectory(
        document.source(NAME),
        messages,
        agent=f"{agent['name'].text('')} {agent['version'].label()}".strip(),
        model=next(filter(None, models), ""),
        totals=root["final_metrics"].mapping(),
    )


def _message(node: Node) -> Message:
    message = Message(
        node["source"].one_of(_SPEAKERS),
        node.place,
        node["message"].content(),
        node["reasoning_content"].text(""),
        time=node["timestamp"].moment(),
        copied_context=node["is_copied_context"].flag(),
    )
    message.usage = {name: value for name, value in node["metrics"].mapping().items() if name not in _TOKENS}
    extra = _extra(node)
    message.cwd = extra["cwd"] if isinstance(extra.get("cwd"), str) else None
    message.sidechain = extra.get("is_sidechain") is True
    if message.speaker is Speaker.AGENT:
        message.calls = [_call(call) for call in node["tool_calls"].optional_elements()]
    message.results = [
        _result(result, step_extra=extra if len(message.calls) == 1 else {})
        for result in node["observation"]["results"].optional_elements()
        # A result may only refer to a sub-agent's trajectory.
        if not result["content"].absent
    ]
    _share_out(message)
    if not message.calls and any((result.text or "").startswith(_UNREADABLE) for result in message.results):
        message.status = StepStatus.FORMAT_ERROR
    return message


def _call(node: Node) -> Call:
    name, call_id = node["function_name"].text(), node["tool_call_id"].label()
    return Call(to_action(name, node["arguments"].plain(), call_id or None), node.place)


def _result(node: Node, step_extra: dict[str, Any]) -> Result:
    """A result. The extras are free-form: only what is known in them is read."""
    extra = _extra(node)
    is_error = extra.get("is_error") is True or step_extra.get("tool_result_is_error") is True
    call_id = node["source_call_id"].label() or None
    result = read_result(node["content"].content(), call_id, is_error=is_error)
    code = extra.get("exit_code", extra.get("returncode"))
    if isinstance(code, int) and not isinstance(code, bool):
        result.exit_code = Node(node.document, code, f"{node.place}/extra").integer()
        if result.exit_code == _NO_CODE:
            result.exit_code = None
    return result


def _share_out(message: Message) -> None:
    """Results without an id answer the calls in order when there are as many, and else all of them together."""
    named = {result.call_id for result in message.results if result.call_id}
    nameless = [result for result in message.results if not result.call_id]
    if not nameless or len(nameless) == sum(call.action.call_id not in named for call in message.calls):
        return
    together = nameless[-1]
    together.text = "\n".join(result.text or "" for result in nameless)
    together.answers_turn = True
    message.results = [result for result in message.results if result.call_id or result is together]


def _extra(node: Node) -> dict[str, Any]:
    extra = node["extra"].value
    return extra if isinstance(extra, dict) else {}


# --- what reviewer/exports/atif.py wrote ---------------------------------------------------------------------------

_STATUSES = {status.value: status for status in StepStatus}


def _our_trajectory(document: Document, root: Node) -> Trajectory:
    ours = _ours(root)
    build = StepBuilder()
    instructions, system, prompt = "", "", ""
    for node in root["steps"].elements():
        if node["source"].one_of(_SPEAKERS) is Speaker.AGENT:
            _add_steps(build, node, prompt)
            prompt = ""
        elif _ours(node)["task"].flag():
            if node["source"].one_of(_SPEAKERS) is Speaker.SYSTEM:
                system = node["message"].text()
            else:
                instructions = node["message"].text()
        else:
            prompt = "\n\n".join(filter(None, (prompt, node["message"].content())))
    task = ours["task"]
    return Trajectory(
        source=document.source(NAME),
        steps=build.steps,
        task=Task(task["id"].text(""), task["title"].text(""), instructions, system),
        agent=ours["agent"].text(""),
        model=root["agent"]["model_name"].text(""),
        outcome=ours["outcome"].text(""),
        started_at=ours["started_at"].optional_text(),
        totals=_our_figures(root["final_metrics"]),
    )


def _add_steps(build: StepBuilder, node: Node, prompt: str) -> None:
    """The steps that one step of the document holds, one a call."""
    results = node["observation"]["results"].optional_elements()
    answers = {result["source_call_id"].label(): result for result in results}
    build.turn = _ours(node)["turn"].integer() or build.turn + 1
    first: dict[str, Any] = {
        "prompt": prompt,
        "thought": node["message"].content(),
        "reasoning": node["reasoning_content"].text(""),
        "usage": _our_figures(node["metrics"]),
    }
    shared = {"started_at": node["timestamp"].optional_text(), "copied_context": node["is_copied_context"].flag()}
    for call in node["tool_calls"].optional_elements():
        ours = _ours(call)
        values = shared | _our_outcome(ours, answers.get(call["tool_call_id"].label())) | first
        if not ours["started_at"].absent:
            values["started_at"] = ours["started_at"].text()
        build.add(action=_our_action(call, ours), pointer=call.place, **values)
        first = {}
    if first:
        build.add(pointer=node.place, **shared, **_our_outcome(_ours(node), answers.get("")), **first)


def _our_outcome(ours: Node, result: Node | None) -> dict[str, Any]:
    code = result["extra"]["exit_code"] if result else ours["exit_code"]
    return {
        "output": result["content"].content() if result else None,
        "exit_code": (ours["exit_code"] if code.absent else code).integer(),
        "status": StepStatus.OK if ours["status"].absent else ours["status"].one_of(_STATUSES),
        "cwd": ours["cwd"].optional_text(),
        "duration": ours["duration"].number(),
        "truncated_by_producer": ours["truncated"].flag(),
        "sidechain": ours["sidechain"].flag(),
        "demonstration": ours["demonstration"].flag(),
    }


def _our_action(call: Node, ours: Node) -> Action:
    arguments = call["arguments"].mapping()
    name = ours["command"].optional_text()
    if name is None:
        command, arguments = json.dumps(arguments, ensure_ascii=False, separators=(",", ":")), {}
    else:
        command = call["arguments"][name].text()
        del arguments[name]
    given = ours.object()
    return Action(
        call["function_name"].text(),
        command,
        is_shell=True if ours["is_shell"].absent else ours["is_shell"].flag(),
        is_input=ours["is_input"].flag(),
        call_id=ours["call_id"].optional_text() if "call_id" in given else call["tool_call_id"].label(),
        arguments=arguments,
    )


def _our_figures(node: Node) -> dict[str, Any]:
    """Figures under the names that their producer gave them."""
    figures = node.mapping()
    extra = figures.get("extra")
    own = extra.pop("errata", None) if isinstance(extra, dict) else None
    if not isinstance(own, dict):
        return figures
    if not extra:
        del figures["extra"]
    return figures | own


def _ours(node: Node) -> Node:
    """What Errata added to an object of the document."""
    return node["extra"]["errata"]


FORMAT = Format(
    name=NAME,
    title="ATIF, Harbor's trajectory format",
    matches=matches,
    read=read,
    facts=Facts(
        command=always(
            "`tool_calls[].arguments`, under the names of the agent that ran: `keystrokes`, `command`, `cmd`, …"
        ),
        output=always("`observation.results[].content`, joined by `source_call_id` in any order"),
        exit_code=sometimes(
            "not in the format; from a result's `extra`, or a form that a known agent writes into its text"
        ),
        directory=sometimes(
            "not in the format; from a step's `extra.cwd`, which Harbor's Claude Code converter writes"
        ),
        time=sometimes("`timestamp` of a step"),
        duration=sometimes("only in what Errata's own export wrote"),
        thought=sometimes("`message`"),
        reasoning=sometimes("`reasoning_content`"),
        usage=sometimes("`metrics`, without its lists of tokens, which are long"),
        task=sometimes("the user's first message; no name"),
        agent=always("`agent.name` and `agent.version`"),
        model=sometimes("`agent.model_name`, or a step's"),
        outcome=sometimes("only in what Errata's own export wrote"),
    ),
)
