"""mini-swe-agent's `.traj.json`: v0 (a bare list of messages), v1 and v2, which has three shapes.

Source: mini-swe-agent's agents/default.py, agents/interactive.py and models/utils/actions_*.py of versions 0 to 2.

v2 answers actions with messages of role `tool` and a `tool_call_id`, with user messages in the order of the actions
(text-based), or in the form of the Responses API: {object: "response", output: […]} and {type:
"function_call_output"}.

An exit code of -1 means that there was none: the command timed out or was never run. The last command, which submits,
has no output of its own: what followed its first line is in the last message. A message without exactly one readable
action is a format error; the agent's own words of it are kept in some versions only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker, numbered, to_trajectory
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, records
from reviewer.formats.format import Facts, Format, always, sometimes
from reviewer.formats.text_protocols import cut_fences, read_result
from reviewer.trajectory import Action, StepStatus, Trajectory

NAME = "mini-swe-agent"

_NO_CODE = -1
_OBSERVED = re.compile(r"(?:<exception>(?s:.*?)</exception>\s*)?<returncode>-?\d+</returncode>")
_TIMED_OUT = "The last command <command>"
_REJECTED = "Command not executed."
_STOPPED = (_REJECTED, "Interrupted by user:")

_FENCES = (re.compile(r"```mswea_bash_command\s*?\n"), re.compile(r"```bash\s*?\n"))
"""What a command begins with: the newer one, where there is any, and the older."""

_ROLES = {name: name for name in ("system", "developer", "user", "assistant", "tool", "exit")}


def matches(document: Document) -> bool:
    if document.shape == "json" and isinstance(document.json, list):
        messages = [item for item in document.json[:8] if isinstance(item, dict) and item.get("role") == "user"]
        contents = [message.get("content") for message in messages]
        return any(isinstance(content, str) and _OBSERVED.match(content) for content in contents)
    return any(_is_run(value) for value in document.sample[:1])


def _is_run(value: dict[str, Any]) -> bool:
    version, info = value.get("trajectory_format"), value.get("info")
    if isinstance(version, str):
        return version.startswith(NAME)
    return "messages" in value and isinstance(info, dict) and "mini_version" in info


def read(document: Document) -> Iterator[Trajectory]:
    return numbered(_trajectory(document, node) for node in records(document))


def _trajectory(document: Document, root: Node) -> Trajectory:
    bare = isinstance(root.value, list)
    info = Node(document, None) if bare else root["info"]
    config = info["config"]
    reader = _Reader(config["environment"]["cwd"].text("") or None)
    for node in root.elements() if bare else root["messages"].elements():
        reader.read(node)
    return to_trajectory(
        document.source(NAME),
        reader.messages,
        task_id="" if bare else root["instance_id"].label(),
        agent=f"{NAME} {info['mini_version'].text('')}".strip(),
        model=config["model"]["model_name"].text(""),
        outcome=info["exit_status"].text("") or reader.exit_status,
        totals=info["model_stats"].mapping(),
    )


class _Reader:
    """Reads message after message; what a user message is depends on what stands before it."""

    def __init__(self, cwd: str | None) -> None:
        self.cwd = cwd
        self.messages: list[Message] = []
        self.exit_status = ""

    def read(self, node: Node) -> None:
        if node["object"].value == "response":
            self._agent(node, _response_text(node["output"]), _response_reasoning(node["output"]), node["usage"])
            return
        if node["type"].value == "function_call_output":
            self._output(node, node["output"].content(), node["call_id"].label())
            return
        text = node["content"].content()
        match node["role"].one_of(_ROLES):
            case "assistant":
                reasoning = node["reasoning_content"].text("")
                self._agent(node, text, reasoning, node["extra"]["response"]["usage"])
            case "user":
                self._user(node, text)
            case "tool":
                self._output(node, text, node["tool_call_id"].label())
            case "exit":
                self._exit(node, text)
            case _:
                self.messages.append(Message(Speaker.SYSTEM, node.place, text))

    def _agent(self, node: Node, text: str, reasoning: str, usage: Node) -> None:
        extra = node["extra"]
        message = Message(Speaker.AGENT, node.place, text, reasoning, time=extra["timestamp"].moment(), cwd=self.cwd)
        message.usage = usage.mapping() | ({} if extra["cost"].absent else {"cost": extra["cost"].number()})
        thought, fenced = _fenced(text)
        if not extra["actions"].absent:
            actions = extra["actions"].elements()
            message.calls = [_call(item["command"].text(), item, item["tool_call_id"].label()) for item in actions]
        elif len(fenced) == 1:
            message.calls = [_call(fenced[0], node)]
        else:
            message.status = StepStatus.FORMAT_ERROR
        if fenced and fenced == [call.action.command.strip() for call in message.calls]:
            message.text = thought
        self.messages.append(message)

    def _user(self, node: Node, text: str) -> None:
        extra = node["extra"]
        interrupt = extra["interrupt_type"].text("")
        if "returncode" in extra.object() or "raw_output" in extra.object():
            self._output(node, text, node["tool_call_id"].label())
        elif interrupt == "FormatError":
            self._format_error(extra["model_response"].text(""), node.place)
            self.messages.append(Message(Speaker.HARNESS, node.place, text))
        elif (call := self._unanswered()) and (not interrupt or text.startswith(_STOPPED)):
            self._answer(call, text, node.place)
        else:
            self.messages.append(Message(Speaker.USER, node.place, text))

    def _output(self, node: Node, text: str, call_id: str) -> None:
        """v2's result of a command."""
        extra = node["extra"]
        raw = extra["raw_output"].optional_text()
        result = Result(text if raw is None else raw, call_id or None, ended=extra["timestamp"].moment())
        result.exit_code = extra["returncode"].integer()
        exception = extra["exception_info"].text("")
        if result.exit_code == _NO_CODE:
            result.exit_code = None
            result.status = _why(exception or extra["exception_type"].text(""))
        self.messages.append(Message(Speaker.HARNESS, node.place, results=[result]))

    def _answer(self, call: Call, text: str, place: str) -> None:
        """v0's and v1's result of a command: the message that follows it."""
        if text.startswith(_STOPPED):
            status = StepStatus.REJECTED if text.startswith(_REJECTED) else StepStatus.ERROR
            call.result = Result(None, status=status)
            self.messages.append(Message(Speaker.USER, place, text))
            return
        call.result = read_result(text)
        if text.startswith(_TIMED_OUT):
            call.result.status = StepStatus.TIMEOUT

    def _format_error(self, response: str, place: str) -> None:
        """The agent's turn that the harness could not read: the message before, or what the error keeps of it."""
        last = self.messages[-1] if self.messages else None
        if last and last.speaker is Speaker.AGENT and not last.calls:
            last.status = StepStatus.FORMAT_ERROR
        elif response:
            self.messages.append(Message(Speaker.AGENT, place, response, status=StepStatus.FORMAT_ERROR))

    def _exit(self, node: Node, text: str) -> None:
        self.exit_status = node["extra"]["exit_status"].text("")
        if self.exit_status == "Submitted" and (call := self._unanswered()):
            # The output of the command that submits, without the line that says so.
            call.result = Result(text, truncated=True)

    def _unanswered(self) -> Call | None:
        """The call of the message before, when it is the only one and has no result."""
        calls = self.messages[-1].calls if self.messages else []
        return calls[0] if len(calls) == 1 and calls[0].result is None else None


def _fenced(text: str) -> tuple[str, list[str]]:
    """A text without its fenced commands, and these as the harness runs them."""
    for start in _FENCES:
        thought, commands = cut_fences(text, start)
        if commands:
            return thought, [command.strip() for command in commands]
    return text, []


def _call(command: str, node: Node, call_id: str = "") -> Call:
    return Call(Action("bash", command, call_id=call_id or None), node.place)


def _why(exception: str) -> StepStatus:
    """Why a command has no exit code."""
    if "timed out" in exception or "Timeout" in exception:
        return StepStatus.TIMEOUT
    return StepStatus.NOT_EXECUTED if "not executed" in exception else StepStatus.ERROR


def _response_text(output: Node) -> str:
    """What a Responses API response says."""
    messages = [item for item in output.optional_elements() if item["type"].value == "message"]
    return "\n".join(item["content"].content() for item in messages)


def _response_reasoning(output: Node) -> str:
    thoughts = [item for item in output.optional_elements() if item["type"].value == "reasoning"]
    return "\n\n".join(thought["summary"].content() for thought in thoughts)


FORMAT = Format(
    name=NAME,
    title="mini-swe-agent trajectory",
    matches=matches,
    read=read,
    facts=Facts(
        command=always(
            "v0, v1: what is fenced as `bash` or `mswea_bash_command`, once; v2: `extra.actions[].command`"
        ),
        output=always(
            "v0, v1: `<output>` of the next message; v2: `extra.raw_output`, whole where the prompt's form is cut"
        ),
        exit_code=always("v0, v1: `<returncode>`; v2: `extra.returncode`"),
        directory=sometimes("the configured one: every command has a fresh shell"),
        time=sometimes("v2: `extra.timestamp` of the agent's message"),
        duration=sometimes("v2: until the output's `extra.timestamp`"),
        thought=sometimes("the text beside the fence"),
        reasoning=sometimes("v2: `reasoning_content`, or the response's `reasoning`"),
        usage=sometimes("the response's `usage`, and `extra.cost`"),
        task=always("the first message of the user; `instance_id`"),
        agent=always("`info.mini_version`"),
        model=sometimes("the configured one"),
        outcome=sometimes("`info.exit_status`"),
    ),
)
