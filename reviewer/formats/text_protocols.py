"""What harnesses write in words: exit codes in a result's text, and calls and reasoning in an agent's text.

Exit codes: `<returncode>` of mini-swe-agent, "[The command completed with exit code 0.]" and "[Command finished with
exit code 0]" of OpenHands, what Codex writes around an output, and "Exit code 2" of Claude Code where a call failed.

Calls: `<function=NAME><parameter=KEY>` of SWE-agent, SWE-smith and of OpenHands without function calling; terminus'
answers (see terminus); `<tool_call>` with JSON or such a function in it, of Hermes' and Qwen's chat templates, which
answer in `<tool_response>`; shell commands in a fence that is answered. A turn may begin with its reasoning in
`<think>`.

Only forms that a known harness writes are read, and only at the place where it writes them: an agent may print the
same words with `echo`, and an exit code is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from reviewer.formats import terminus
from reviewer.formats.conversation import Call, Message, Result, Speaker
from reviewer.formats.fields import parse
from reviewer.formats.tools import to_action
from reviewer.trajectory import StepStatus

_HEAD, _TAIL = 500, 2000
"""How much of the beginning and the end of a long text is searched for what stands there."""

# mini-swe-agent: <exception>…</exception> <returncode>0</returncode> <output>…</output>
_RETURNCODE = re.compile(
    r"(?:<exception>(?P<exception>(?s:.*?))</exception>\s*)?<returncode>(?P<code>-?\d{1,10})</returncode>\s*"
)

# mini-swe-agent before its first release: what docker ran, in a list, comes first
_ARGS = re.compile(r"<args>\n[^\n]*\n</args>\n<returncode>\n(-?\d{1,10})\n</returncode>\n")

# OpenHands: [The command completed with exit code 0.] [Current working directory: /x] [Command finished with …]
_COMPLETED = re.compile(r"\[The command completed with exit code (-?\d{1,10})\.[^\]\n]*\](?:\n\[[^\n]*\])*\s*\Z")
_FINISHED = re.compile(r"\[Command finished with exit code (-?\d{1,10})\]\s*\Z")
_DIRECTORY = re.compile(r"^\[Current working directory: ([^\n]+)\]$", re.MULTILINE)

# Codex: Exit code: 0 / Wall time: 1 seconds, or Command: … / Chunk ID: … / Wall time: … / Process exited with code 0
_WALL_TIME = re.compile(r"Exit code: (-?\d{1,10})\r?\nWall time: ")
_PROCESS = re.compile(
    r"(?:Command: [^\0]{1,200000}?\n(?=Chunk ID: ))?(?:Chunk ID: [^\n]*\n)?Wall time: [^\n]*\n"
    r"Process exited with code (-?\d{1,10})\n"
)

# Claude Code, of a call that failed: Exit code 2
_FAILED = re.compile(r"Exit code (-?\d{1,10})(?:\n|\Z)")

_TIMED_OUT = re.compile(r"\s*Command timed out (?:before|after)\b")
_CUT = re.compile(r"\[\.\.\. Observation truncated due to length \.\.\.\]|<response clipped>")
_CUT_HEAD = re.compile(r"<output_head>|<START_TOOL_OUTPUT>")

_PREFIX = re.compile(r"OBSERVATION:\n|EXECUTION RESULT of \[[^\]\n]*\]:\n")
"""What harnesses without tool calls write before a result."""

FENCE = re.compile(r"```(?:bash|sh|shell|zsh)[ \t]*\r?\n")
_FUNCTION = re.compile(r"<function=([^>\n]+)>")
_PARAMETER = re.compile(r"<parameter=([^>\n]+)>")
_TOOL_CALL = re.compile(r"<tool_call>")
_RESPONSE = re.compile(r"<tool_response>\n?")
_THINK = re.compile(r"\s*<think>(?P<reasoning>.*?)(?:</think>\s*|\Z)", re.DOTALL)

Calls = list[tuple[str, Any]]
"""The tool and the arguments of each call."""

Stretch = tuple[re.Match[str], str]
"""A part of a text: what it begins with, and what it holds."""


def read_result(text: str, call_id: str | None = None, *, is_error: bool = False) -> Result:
    """A result with what its text says of itself. is_error: its producer says that the call failed."""
    found = Result(text, call_id, truncated=is_cut(text))
    tail = text[-_TAIL:]
    if match := _RETURNCODE.match(text):
        found.text = unwrapped(text[match.end() :])
        found.exit_code = int(match["code"])
        if found.exit_code == -1:
            found.exit_code = None
            timed_out = "timed out" in (match["exception"] or "")
            found.status = StepStatus.TIMEOUT if timed_out else StepStatus.NOT_EXECUTED
    elif match := _COMPLETED.search(tail) or _FINISHED.search(tail):
        directory = _DIRECTORY.search(match[0])
        found.cwd = directory[1] if directory else None
        found.exit_code = int(match[1])
        if found.exit_code == -1:
            found.exit_code, found.status = None, StepStatus.RUNNING
    elif (
        match := _ARGS.match(text)
        or _WALL_TIME.match(text)
        or _PROCESS.match(text)
        or (_FAILED.match(text) if is_error else None)
    ):
        found.exit_code = int(match[1])
    elif _TIMED_OUT.match(text):
        found.status = StepStatus.TIMEOUT
    elif is_error:
        found.status = StepStatus.ERROR
    return found


def is_cut(text: str) -> bool:
    """Whether an output says that its producer cut it."""
    return bool(_CUT.search(text) or _CUT_HEAD.search(text[:_HEAD]))


def unwrapped(text: str) -> str:
    """The output in `<output>…</output>`; any other text as it is."""
    head, tag, rest = text.partition("<output>\n")
    if head.strip() or not tag or not rest.rstrip().endswith("</output>"):
        return text
    return rest.rstrip().removesuffix("</output>")


def read_results(text: str, call_id: str | None = None) -> list[Result]:
    """The results in what answers an agent's turn, which is one unless each is in a `<tool_response>`."""
    rest, responses = _cut_out(text, _RESPONSE, "</tool_response>")
    if responses and not rest:
        return [read_result(response.removesuffix("\n"), call_id) for _, response in responses]
    prefix = _PREFIX.match(text)
    return [read_result(text[prefix.end() if prefix else 0 :], call_id)]


def read_calls(messages: Sequence[Message]) -> None:
    """Take the reasoning and the calls that agents write into their text out of it, and what answers these.

    Conversations with calls of their own use no text protocol: a fence in them is prose. So is a fence that no one
    answers.
    """
    for message in messages:
        if message.speaker is Speaker.AGENT and not message.reasoning:
            message.reasoning, message.text = cut_reasoning(message.text)
    if any(message.calls for message in messages):
        return
    for message, after in zip(messages, [*messages[1:], None], strict=False):
        if message.speaker is not Speaker.AGENT or message.status is not StepStatus.OK:
            continue
        answer = after if after and after.speaker is Speaker.USER and after.text and not message.results else None
        is_answered = bool(answer or message.results or (after and after.results))
        message.text, calls = _cut_calls(message.text, is_answered=is_answered)
        message.calls = [Call(to_action(tool, arguments), message.place) for tool, arguments in calls]
        if answer and calls:
            answer.results = read_results(answer.text)
            if len(answer.results) != len(calls):
                answer.results = [read_result("\n".join(result.text or "" for result in answer.results))]
                answer.results[0].answers_turn = True
            answer.text = ""


def _cut_calls(text: str, *, is_answered: bool) -> tuple[str, Calls]:
    """A text without the calls in it, and these."""
    answer = terminus.read_answer(text)
    if answer and (answer.said or answer.calls):
        return answer.thought, answer.calls
    for cut in (cut_tool_calls, cut_functions):
        thought, calls = cut(text)
        if calls:
            return thought, calls
    thought, commands = cut_fences(text) if is_answered else (text, [])
    return thought if commands else text, [("bash", {"command": command}) for command in commands]


def cut_reasoning(text: str) -> tuple[str, str]:
    """The reasoning in the <think> that a text begins with, and the rest of it."""
    match = _THINK.match(text)
    return (match["reasoning"].strip(), text[match.end() :]) if match else ("", text)


def cut_tool_calls(text: str) -> tuple[str, Calls]:
    """A text without its `<tool_call>`s, and these: JSON with name and arguments, or functions as below.

    One that cannot be read leaves all of them in the text.
    """
    thought, stretches = _cut_out(text, _TOOL_CALL, "</tool_call>", unclosed=True)
    calls: Calls = []
    for _, body in stretches:
        found = named_calls(body) or cut_functions(body)[1]
        if not found:
            return text, []
        calls.extend(found)
    return thought, calls


def named_calls(text: str) -> Calls:
    """The calls that a text is: a JSON object with `name` and `arguments`, or a list of such; else none."""
    try:
        value = parse(text)
    except ValueError:
        return []
    calls = value if isinstance(value, list) else [value]
    if not all(isinstance(call, dict) and isinstance(call.get("name"), str) for call in calls):
        return []
    return [(call["name"], call.get("arguments", {})) for call in calls]


def cut_fences(text: str, start: re.Pattern[str] = FENCE) -> tuple[str, list[str]]:
    """A text without its fenced shell commands, and these. start: what a fence begins with."""
    thought, commands = _cut_out(text, start, "\n```")
    return thought, [command.strip("\r\n") for _, command in commands if command.strip()]


def cut_functions(text: str) -> tuple[str, Calls]:
    """A text without its `<function=NAME><parameter=KEY>VALUE</parameter></function>`, and these."""
    thought, calls = _cut_out(text, _FUNCTION, "</function>", unclosed=True)
    return thought, [(match[1], dict(_parameters(body))) for match, body in calls]


def _parameters(body: str) -> Iterator[tuple[str, str]]:
    for match, value in _cut_out(body, _PARAMETER, "</parameter>", unclosed=True)[1]:
        yield match[1], value.removeprefix("\n").removesuffix("\n")


def _cut_out(text: str, start: re.Pattern[str], end: str, *, unclosed: bool = False) -> tuple[str, list[Stretch]]:
    """A text without the stretches from a start to the next end, and these; in one pass, whatever the text.

    unclosed: a stretch may go on to the end of the text, as one that a model did not finish does.
    """
    rest: list[str] = []
    found: list[Stretch] = []
    position = 0
    while match := start.search(text, position):
        # A stretch may be empty: the end's newline is then the start's.
        stop = text.find(end, match.end() - end.startswith("\n"))
        if stop < 0 and not unclosed:
            break
        rest.append(text[position : match.start()])
        found.append((match, text[match.end() : stop if stop >= 0 else len(text)]))
        position = stop + len(end) if stop >= 0 else len(text)
    return "".join([*rest, text[position:]]).strip(), found
