"""What Gemini's agents keep of a message: parts, calls and what came back for them, and the words of their shell.

Source: the Gemini API's Content and Part; Gemini CLI's tools/shell.ts of versions 0.8 to 0.40.

A part is `text`, perhaps a `thought`, a `functionCall` with name and args, a `functionResponse` with name and
`response`, mostly `{output}` or `{error}`, or something that is no text.

The shell gives back words: "Output: …", "Exit Code: N", "Signal: …", "Background PIDs: …", "Process Group PGID: N".
Until early 2026 "Command: …" and "Directory: …" stood before them, and all lines were there; since then only those
with something to tell are, and no exit code of 0. They are taken off when they stand at both ends.
"""

from __future__ import annotations

import json
import re

from reviewer.formats.conversation import Call, Message, Result, paragraphs
from reviewer.formats.fields import Node
from reviewer.formats.tools import to_action
from reviewer.trajectory import StepStatus

_STATUSES = {
    "error": StepStatus.ERROR,
    "cancelled": StepStatus.ERROR,
    "executing": StepStatus.RUNNING,
    "validating": StepStatus.NOT_EXECUTED,
    "scheduled": StepStatus.NOT_EXECUTED,
    "awaiting_approval": StepStatus.NOT_EXECUTED,
}
"""How a call stood when it was recorded; "success" is any other."""
_REFUSED = ("User did not allow tool call", "User denied execution")

_SHELL = "run_shell_command"
_DIRECTORIES = ("dir_path", "directory")
_HEAD = re.compile(r"(?:<untrusted_context>\n)?(?:Command: (?s:.*?)\nDirectory: [^\n]*\n)?(?:Output|Stdout): ")
_TAIL = re.compile(
    r"(?:\nStderr: \(empty\))?(?:\nError: \(none\))?(?:\nExit Code: (?:(?P<code>-?\d{1,9})|\(none\)))?"
    r"(?:\nSignal: (?:0|\(none\)|(?P<signal>[^\n]*)))?(?:\nBackground PIDs: [^\n]*)?\nProcess Group PGID: [^\n]*"
    r"(?:\n</untrusted_context>)?\s*\Z"
)
_LONGEST_TAIL = 2000
_ENDS = {
    "Command was automatically cancelled because it exceeded the timeout": StepStatus.TIMEOUT,
    "Command was cancelled by user": StepStatus.ERROR,
    "Command moved to background": StepStatus.RUNNING,
}
"""How the words begin when the command did not come to its end."""


def parts_of(content: Node) -> list[Node]:
    """The parts of a content, of which a text or a part may stand alone."""
    if isinstance(content.value, list):
        return content.elements()
    return [] if content.absent else [content]


def is_response(part: Node) -> bool:
    return isinstance(part.value, dict) and "functionResponse" in part.value


def read_parts(message: Message, content: Node) -> None:
    """Put what a content's parts hold into a message."""
    texts = []
    for part in parts_of(content):
        value = part.value if isinstance(part.value, dict) else {}
        if "functionCall" in value:
            call = part["functionCall"]
            message.calls.append(to_call(part, call["name"], call["id"], call["args"]))
        elif is_response(part):
            message.results.append(_response(part["functionResponse"]))
        elif value.get("thought") is True:
            message.reasoning = paragraphs(message.reasoning, part["text"].text(""))
        else:
            texts.append(f"[{next(iter(value))}]" if value and "text" not in value else part.part())
    message.text = "\n".join(texts)


def to_call(node: Node, name: Node, call_id: Node, arguments: Node) -> Call:
    values = arguments.plain()
    if name.value == _SHELL and isinstance(values, dict):
        values = {"workdir" if key in _DIRECTORIES else key: value for key, value in values.items()}
    return Call(to_action(name.text(), values, call_id.label() or None), node.place)


def to_result(call: Node) -> Result:
    """What a session's record of a call tells of its end."""
    parts = parts_of(call["result"])
    texts = [_told(part["functionResponse"]["response"])[0] if is_response(part) else part.part() for part in parts]
    shown = call["resultDisplay"].value
    result = Result("\n".join(texts) if texts else shown if isinstance(shown, str) else None)
    read_status(result, call["status"])
    if call["name"].value == _SHELL:
        _read_shell(result)
    return result


def read_status(result: Result, status: Node) -> None:
    result.status = _STATUSES.get(status.text(""), StepStatus.OK)
    if result.status is StepStatus.ERROR and any(words in (result.text or "") for words in _REFUSED):
        result.status = StepStatus.REJECTED


def _response(response: Node) -> Result:
    text, is_error = _told(response["response"])
    result = Result(text, response["id"].label() or None, status=StepStatus.ERROR if is_error else StepStatus.OK)
    if response["name"].value == _SHELL:
        _read_shell(result)
    return result


def _told(response: Node) -> tuple[str, bool]:
    """What a function gave back, and whether it is an error."""
    values = response.object()
    for name in ("output", "error", "content"):
        if isinstance(values.get(name), str):
            return values[name], name == "error"
    return json.dumps(response.plain(), ensure_ascii=False) if values else "", "error" in values


def _read_shell(result: Result) -> None:
    text = result.text or ""
    ends = (status for beginning, status in _ENDS.items() if text.startswith(beginning))
    result.status = next(ends, result.status)
    head, tail = _HEAD.match(text), _TAIL.search(text, max(0, len(text) - _LONGEST_TAIL))
    if not head or not tail or tail.start() < head.end():
        return
    output = text[head.end() : tail.start()]
    result.text = "" if output == "(empty)" else output
    result.exit_code = int(tail["code"]) if tail["code"] else None
    if tail["signal"]:
        result.text = paragraphs(result.text, f"Signal: {tail['signal']}")
        result.status = StepStatus.ERROR
