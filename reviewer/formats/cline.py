"""What Cline and Roo Code write into their messages, which are Anthropic's: results in words, and calls in XML.

Source: cline/cline, src/integrations/terminal/CommandOrchestrator.ts; RooCodeInc/Roo-Code,
src/core/tools/ExecuteCommandTool.ts; a history that Cline wrote, api_conversation_history.json in
mike4567/MRA04242026; vshulcz/deja-vu's reader of the XML.

A result is a text of the user's that begins with "[TOOL for 'WHAT'] Result:", or has that before it as a text of its
own; or a `tool_result`, with or without it. How the command ended stands before its output. Before native calls a
call was XML at the end of the agent's text, `<execute_command><command>ls</command></execute_command>`, with nothing
escaped, and only the first of a message was run. What else stands in the message, such as `<environment_details>`,
are words to the agent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from reviewer.formats.conversation import Call, Message, Result, Speaker
from reviewer.formats.tools import to_action
from reviewer.trajectory import StepStatus

_HEADER = re.compile(r"\[[a-z]\w*(?: for .{0,100000}?)?\] Result:(?:\r?\n|\Z)", re.DOTALL)
_DETAILS = "<environment_details>"

_CALL = re.compile(r"^<(?!thinking>)([a-z]\w*)>\s*<[a-z]\w*>", re.MULTILINE)
_ARGUMENT = re.compile(r"<([a-z]\w*)>")
_WHOLE = ("content", "diff", "result", "args", "arguments")
"""Arguments that may have their own end in them; they go on to the last."""
_THINKING = re.compile(r"\s*<thinking>(.*?)(?:</thinking>\s*|\Z)", re.DOTALL)

_CLINE = re.compile(
    r"Command (?:executed(?: successfully \(exit code (0)\))?|failed with exit code (-?\d{1,10})|terminated by signal"
    r" \w+)\.(?:\nOutput:\n|\Z)"
)
_ROO = re.compile(
    r"Command executed in terminal +within working directory '([^'\n]*)'\. (?:Command execution was not successful,"
    r" [^\n]*\n)?(?:Exit code: (?:(-?\d{1,10})|<[^\n]*>)|Process terminated by signal [^\n]*)(?:\nOutput:\n|\Z)"
)
_ENDED_OTHERWISE = {
    "Command is still running in ": StepStatus.RUNNING,
    "Command timed out after ": StepStatus.TIMEOUT,
    "Command execution timed out after ": StepStatus.TIMEOUT,
    "The command was terminated after exceeding ": StepStatus.TIMEOUT,
    "The user denied this operation": StepStatus.REJECTED,
    "The tool execution failed with the following error:": StepStatus.ERROR,
}


def is_result(text: str) -> bool:
    """Whether a text is a result under Cline's header."""
    return bool(_HEADER.match(text))


def read_result(text: str, call_id: str | None = None) -> Result | None:
    """The result that a text is, under a header or as Roo writes it without; None for any other."""
    header = _HEADER.match(text)
    body = text[header.end() :] if header else text
    if roo := _ROO.match(body):
        return Result(body[roo.end() :], call_id, exit_code=_code(roo[2]), cwd=roo[1] or None)
    if not header:
        return None
    if cline := _CLINE.match(body):
        return Result(body[cline.end() :], call_id, exit_code=_code(cline[1] or cline[2]))
    status = next((status for words, status in _ENDED_OTHERWISE.items() if body.startswith(words)), StepStatus.OK)
    return Result(body, call_id, status=status)


def _code(digits: str | None) -> int | None:
    return int(digits) if digits else None


def cut_results(texts: Sequence[str]) -> tuple[list[str], list[Result]]:
    """The texts of a user's message that are no results, and the results in the others."""
    rest: list[str] = []
    found: list[str] = []
    is_begun = False
    for text in texts:
        if header := _HEADER.match(text):
            found.append(text)
            is_begun = header.end() == len(text)
        elif is_begun and not text.startswith(_DETAILS):
            found[-1] = f"{found[-1].rstrip()}\n{text}"
            is_begun = False
        else:
            rest.append(text)
    return rest, [result for text in found if (result := read_result(text))]


def read_calls(messages: Sequence[Message]) -> None:
    """Take the calls in XML out of the texts that results answer, and then out of the last text, which none does."""
    is_cline = False
    for message, after in zip(messages, [*messages[1:], None], strict=False):
        if message.speaker is not Speaker.AGENT or message.calls:
            continue
        if after.results if after else is_cline:
            is_cline = _cut_call(message) or is_cline


def _cut_call(message: Message) -> bool:
    begin = _CALL.search(message.text)
    end = message.text.find(f"</{begin[1]}>", begin.end()) if begin else -1
    if not begin or end < 0:
        return False
    inside = message.text[begin.end(1) + 1 : end]
    message.calls = [Call(to_action(begin[1], _arguments(inside)), message.place)]
    message.text = (message.text[: begin.start()] + message.text[end + len(begin[1]) + 3 :]).strip()
    if thinking := _THINKING.match(message.text):
        message.reasoning = message.reasoning or thinking[1].strip()
        message.text = message.text[thinking.end() :]
    return True


def _arguments(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    position = 0
    while begin := _ARGUMENT.search(text, position):
        tag = f"</{begin[1]}>"
        end = text.rfind(tag, begin.end()) if begin[1] in _WHOLE else text.find(tag, begin.end())
        end = end if end >= 0 else len(text)
        found.setdefault(begin[1], text[begin.end() : end].strip("\r\n"))
        position = end + len(tag)
    return found
