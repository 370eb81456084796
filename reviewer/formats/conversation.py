"""What most agents' logs are: messages, some with calls of tools, and results that answer the calls.

A format turns its file into `Message`s, and `to_trajectory` makes steps of them, so that results find their calls and
words find their place in one way for all formats.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, auto
from itertools import chain, islice
from typing import Any

from reviewer.formats.fields import iso
from reviewer.trajectory import Action, Source, StepBuilder, StepStatus, Task, Trajectory

TITLE_LENGTH = 80

_TASK_FOLLOWS = (
    "<pr_description>",  # SWE-agent 1.x, SWE-smith, mini-swe-agent, OpenHands' evaluations
    "<issue_description>",  # OpenHands' evaluations
    "# Problem Statement",  # OpenHands' issue resolver
    "Task Description:",  # terminus-2
    "<task>",  # Cline, Roo Code
    "--------------------- NEW TASK DESCRIPTION ---------------------",  # OpenHands without function calling
)
"""Lines of known prompts after which the task itself begins; what stands before is the same for every task."""

_UPLOADED = re.compile(r"\s*<uploaded_files>[^<]*</uploaded_files>")
"""How OpenHands' evaluations and SWE-agent begin a prompt: with where the files are."""


class Speaker(Enum):
    AGENT = auto()
    USER = auto()
    HARNESS = auto()
    """The program around the agent: its words are shown to the reviewer, they are never the task."""
    SYSTEM = auto()
    """Standing instructions; what it says while the agent works is said as by the harness."""


@dataclass
class Result:
    """What came back for a call.

    answers_turn: the one result of all calls of a turn; it is shown at the last of them.
    cwd: the working directory after it. ended: when it was there. seconds: how long it took, where that is recorded.
    """

    text: str | None
    call_id: str | None = None
    exit_code: int | None = None
    status: StepStatus = StepStatus.OK
    truncated: bool = False
    cwd: str | None = None
    ended: datetime | None = None
    seconds: float | None = None
    answers_turn: bool = False


@dataclass
class Call:
    """One action of a turn. place: where in the source it stands. time: when it began, if not with its turn."""

    action: Action
    place: str
    result: Result | None = None
    time: datetime | None = None


@dataclass
class Message:
    """What someone said at once. Only an agent calls; results may come with any message.

    status: how a turn without a call ended. cwd: the working directory before the calls. unclaimed: the results that
    turned out to answer no call; they are words of the harness.
    """

    speaker: Speaker
    place: str
    text: str = ""
    reasoning: str = ""
    calls: list[Call] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    time: datetime | None = None
    usage: Mapping[str, Any] = field(default_factory=dict)
    status: StepStatus = StepStatus.OK
    cwd: str | None = None
    copied_context: bool = False
    sidechain: bool = False
    demonstration: bool = False
    unclaimed: list[str] = field(default_factory=list)


def to_trajectory(source: Source, messages: Sequence[Message], task_id: str = "", **values: Any) -> Trajectory:
    """A conversation as a trajectory. The values are Trajectory's other fields."""
    asked = next((message for message in messages if _is_task(message)), None)
    _join(messages)
    teller = _Teller()
    for message in messages:
        if message.speaker is Speaker.AGENT:
            teller.turn(message)
        elif message is not asked and not message.demonstration:
            teller.hear(message)
        teller.hear_results(message)
    teller.finish()
    return Trajectory(
        source=source,
        steps=teller.build.steps,
        task=to_task(asked.text if asked else "", task_id, paragraphs(*teller.system)),
        started_at=iso(next((message.time for message in messages if message.time), None)),
        **values,
    )


def to_task(instructions: str, task_id: str = "", system: str = "") -> Task:
    """A task with these instructions."""
    return Task(task_id, _title(instructions) or task_id, instructions, system)


def paragraphs(*texts: str) -> str:
    """What was said piece by piece, as one text."""
    return "\n\n".join(filter(None, texts))


def numbered(trajectories: Iterator[Trajectory]) -> Iterator[Trajectory]:
    """The trajectories of one source, told apart by their part when there are several."""
    head = list(islice(trajectories, 2))
    if len(head) < 2:
        yield from head
        return
    for part, trajectory in enumerate(chain(head, trajectories), start=1):
        yield replace(trajectory, source=replace(trajectory.source, part=str(part)))


def _is_task(message: Message) -> bool:
    return message.speaker is Speaker.USER and not message.demonstration and bool(message.text.strip())


def _title(text: str) -> str:
    """The first line that says something: one that ends with a colon only leads to the next."""
    uploaded = _UPLOADED.match(text)
    lines = [line.strip() for line in text[uploaded.end() if uploaded else 0 :].splitlines() if line.strip()]
    begins = next((number for number, line in enumerate(lines[:-1], start=1) if line in _TASK_FOLLOWS), 0)
    title = next((line for line in lines[begins:] if not line.endswith(":")), lines[begins] if lines else "")
    return title if len(title) <= TITLE_LENGTH else title[: TITLE_LENGTH - 1].rstrip() + "…"


def _join(messages: Sequence[Message]) -> None:
    """Give every call its result.

    A result belongs to the latest open call of its id that stands before it: some producers start their ids anew.
    Where the order was lost, it belongs to the first that stands after.
    """
    by_id: dict[str, list[tuple[int, Call]]] = defaultdict(list)
    for index, message in enumerate(messages):
        for call in message.calls:
            if call.action.call_id:
                by_id[call.action.call_id].append((index, call))
    latest: list[Call] = []
    for index, message in enumerate(messages):
        if message.speaker is Speaker.AGENT:
            latest = message.calls
        for result in sorted(message.results, key=lambda result: result.call_id is None):
            named = result.call_id in by_id
            answered = _take(by_id[result.call_id or ""], index) if named else _nameless(latest, result)
            if answered:
                answered.result = result
            elif result.text:
                message.unclaimed.append(result.text)


def _take(calls: list[tuple[int, Call]], index: int) -> Call | None:
    """The open call among these, one id's in order, that a result at this index answers; it is taken out."""
    while calls:
        before = bisect_right(calls, index, key=_index)
        latest = calls[before - 1 if before else 0][0]
        _, call = calls.pop(bisect_left(calls, latest, key=_index))
        if call.result is None:
            return call
    return None


def _index(call: tuple[int, Call]) -> int:
    return call[0]


def _nameless(calls: Sequence[Call], result: Result) -> Call | None:
    """The call of the latest turn that a result without a known id answers."""
    candidates = [call for call in calls if call.result is None and not (result.call_id and call.action.call_id)]
    return candidates[-1 if result.answers_turn else 0] if candidates else None


class _Teller:
    """Tells a conversation as steps, keeping what was said between them for the next."""

    def __init__(self) -> None:
        self.build = StepBuilder()
        self.system: list[str] = []
        self.heard: list[str] = []
        self.heard_at = ""
        self.held: Message | None = None
        self.cwd: str | None = None

    def hear(self, message: Message) -> None:
        """Words for the agent: what the system says before its first step is said for all of them."""
        if message.text.strip():
            is_standing = message.speaker is Speaker.SYSTEM and not self.build.steps
            (self.system if is_standing else self.heard).append(message.text)
            self.heard_at = message.place

    def hear_results(self, message: Message) -> None:
        """Results that answer no call."""
        if message.unclaimed:
            self.heard += message.unclaimed
            self.heard_at = message.place

    def turn(self, message: Message) -> None:
        if not message.calls and not message.text.strip():
            self._hold(message)
            return
        shared = {
            "copied_context": message.copied_context,
            "sidechain": message.sidechain,
            "demonstration": message.demonstration,
        }
        first = {
            "thought": message.text,
            "reasoning": self._reasoning(message),
            "prompt": paragraphs(*self.heard),
            "usage": self._usage(message),
        }
        self.heard.clear()
        self.held = None
        self.build.next_turn()
        for call in message.calls:
            self.build.add(**self._outcome(call, message), **shared, **first)
            first = {}
        if not message.calls:
            place = {"pointer": message.place, "cwd": message.cwd, "started_at": iso(message.time)}
            self.build.add(status=message.status, **place, **shared, **first)

    def finish(self) -> None:
        """A last turn that only thought is a step after all, and so is what nobody answered."""
        if self.held and self.held.reasoning.strip():
            self.build.next_turn().add(
                reasoning=self.held.reasoning,
                prompt=paragraphs(*self.heard),
                usage=self.held.usage,
                started_at=iso(self.held.time),
                copied_context=self.held.copied_context,
                sidechain=self.held.sidechain,
                pointer=self.held.place,
            )
        elif self.heard and self.build.steps:
            self.build.next_turn().add(prompt=paragraphs(*self.heard), pointer=self.heard_at)

    def _outcome(self, call: Call, message: Message) -> dict[str, Any]:
        result = call.result or Result(None)
        began, seconds = call.time or message.time, result.seconds
        if seconds is None and result.ended and began and len(message.calls) == 1:
            seconds = (result.ended - began).total_seconds()
        directory = call.action.arguments.get("workdir")
        cwd = directory if isinstance(directory, str) and directory else message.cwd or self.cwd
        ran = result.status not in (StepStatus.REJECTED, StepStatus.NOT_EXECUTED)
        if result.cwd or (ran and (call.action.is_shell or call.action.is_input)):
            self.cwd = result.cwd  # a shell that does not say where it is may have gone anywhere
        return {
            "action": call.action,
            "output": result.text,
            "exit_code": result.exit_code,
            "status": result.status,
            "truncated_by_producer": result.truncated,
            "cwd": cwd,
            "started_at": iso(began),
            "duration": seconds if seconds is None or seconds >= 0 else None,
            "pointer": call.place,
        }

    def _hold(self, message: Message) -> None:
        """Keep a turn that neither spoke nor acted: some producers log one model turn in two pieces."""
        self.held = replace(message, reasoning=self._reasoning(message), usage=self._usage(message))

    def _reasoning(self, message: Message) -> str:
        held = self.held.reasoning if self.held else ""
        if held in message.reasoning:
            return message.reasoning
        return paragraphs(held, message.reasoning)

    def _usage(self, message: Message) -> Mapping[str, Any]:
        return message.usage or (self.held.usage if self.held else {})
