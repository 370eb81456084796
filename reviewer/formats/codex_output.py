"""What Codex writes around a command's output: its exit code, how long it took, whether it goes on.

Source: codex-rs/core/src/tools/mod.rs and unified_exec, of versions 0.20 to 0.140.

Three forms, in a text: JSON `{"output": …, "metadata": {"exit_code", "duration_seconds"}}`; "Exit code: N", "Wall
time: N seconds", perhaps "Total output lines: N", "Output:"; and the same of a terminal that stays, with "Process
exited with code N" or "Process running with session ID N", and in some versions "Command: …" before it. Text in no
form is an output, or a refusal.
"""

from __future__ import annotations

import json
import re

from reviewer.formats.conversation import Result
from reviewer.formats.fields import Node, parse
from reviewer.trajectory import StepStatus

_HEAD = re.compile(
    r"(?:Command: [^\0]{1,200000}?\n(?=Chunk ID: [^\n]*\nWall time: ))?(?=Exit code: |Chunk ID: |Wall time: )"
    r"(?:Exit code: (?P<code>-?\d{1,10})\r?\n)?(?:Chunk ID: [^\n]*\n)?"
    r"(?:Wall time: (?P<seconds>\d{1,12}(?:\.\d{0,12})?) seconds?\r?\n)"
    r"(?:Process exited with code (?P<exited>-?\d{1,10})\r?\n)?(?P<running>Process running with session ID [^\n]*\n)?"
    r"(?:Original token count: [^\n]*\n)?(?P<cut>Total output lines: [^\n]*\n)?Output:\r?\n?"
)
_CUT = re.compile(
    r"…\d+ (?:tokens|chars|lines) truncated…|\[\.\.\. omitted \d+ of \d+ lines \.\.\.\]|\ATotal output lines: \d"
)
_TIMED_OUT = re.compile(r"command timed out after \d+ (?:milliseconds|seconds)")
_REFUSED = re.compile(r"(?:exec command |patch |command )?rejected by user|exec command rejected")
_ABORTED = re.compile(r"aborted(?: by user)?(?: after |$)")
_FAILED = re.compile(r"failed to parse function arguments|unsupported call|execution error|failed in sandbox")


def read_output(output: Node) -> Result:
    """The result that an output item holds: a text in one of the forms, or a list of parts."""
    # An object is what some tool or another gave back: it is shown as it stands.
    text = output.content() if isinstance(output.value, str | list | None) else json.dumps(output.plain())
    result = _json_form(output, text) or _text_form(text)
    said = result.text or ""
    result.truncated = result.truncated or bool(_CUT.search(said))
    if _TIMED_OUT.match(said):
        result.status = StepStatus.TIMEOUT
    elif _REFUSED.match(said):
        result.status = StepStatus.REJECTED
    elif _ABORTED.match(said) or (result.exit_code is None and _FAILED.match(said)):
        result.status = StepStatus.ERROR
    return without_minus_one(result)


def read_event(result: Result, event: Node) -> None:
    """What the event that a command ended tells, where its output does not."""
    if result.exit_code is None:
        result.exit_code = event["exit_code"].integer()
        without_minus_one(result)
    if result.seconds is None and isinstance(event["duration"].value, dict):
        duration = event["duration"]
        result.seconds = (duration["secs"].number() or 0) + (duration["nanos"].number() or 0) / 1e9


def without_minus_one(result: Result) -> Result:
    """-1 is no exit code, but that the command could not be started or waited for."""
    if result.exit_code == -1:
        result.exit_code = None
        if result.status is StepStatus.OK:
            result.status = StepStatus.ERROR
    return result


def _json_form(output: Node, text: str) -> Result | None:
    if not text.startswith("{"):
        return None
    try:
        value = parse(text)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("output"), str) or "metadata" not in value:
        return None
    node = Node(output.document, value, output.place)
    result = Result(value["output"], exit_code=node["metadata"]["exit_code"].integer())
    result.seconds = node["metadata"]["duration_seconds"].number()
    return result


def _text_form(text: str) -> Result:
    head = _HEAD.match(text)
    if not head:
        return Result(text)
    code = head["code"] or head["exited"]
    result = Result(text[head.end() :], exit_code=int(code) if code else None, truncated=bool(head["cut"]))
    result.seconds = float(head["seconds"])
    if head["running"]:
        result.status = StepStatus.RUNNING
    return result
