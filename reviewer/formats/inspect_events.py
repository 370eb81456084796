"""What an Inspect sample's events tell of its messages: when, how long, at what cost, and with which exit code.

Source: inspect_ai's event/_tool.py, _sandbox.py, _span.py and _model.py.

A `tool` event has the id of its call. What ran in the sandbox for it stands in a span of its own, which begins after
the event did and before it was completed; no id joins the two. Tools of one name run one after another or at least
begin in that order, so the first span that began in the event's time is its own. Logs from before spans were (0.3.87)
have it in the tool event's `events`.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reviewer.formats.fields import Node
from reviewer.formats.tools import SHELLS


@dataclass
class Run:
    """A tool's run. codes: the exit codes of what it ran in the sandbox."""

    tool: str
    began: datetime | None
    ended: datetime | None
    truncated: bool
    codes: list[int] = field(default_factory=list)

    @property
    def seconds(self) -> float | None:
        return (self.ended - self.began).total_seconds() if self.began and self.ended else None

    @property
    def exit_code(self) -> int | None:
        """The exit code of the one command that a shell ran: a tool that runs several has none."""
        is_command = self.tool.lower() in SHELLS or self.tool == "python"
        return self.codes[0] if is_command and len(self.codes) == 1 else None


class Events:
    """A sample's events, read once. started: when the first was."""

    def __init__(self, events: Iterator[Node]) -> None:
        self.started: datetime | None = None
        self._runs: dict[str, Run] = {}
        self._generations: dict[str, tuple[datetime | None, Mapping[str, Any]]] = {}
        self._codes: dict[str, list[int]] = defaultdict(list)
        self._tools: dict[tuple[str, str], list[Run]] = defaultdict(list)
        self._spans: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        for event in events:
            self._read(event)
        self._join()

    def run(self, call_id: str | None) -> Run | None:
        """The run of a call."""
        return self._runs.get(call_id or "")

    def generation(self, ids: Sequence[str]) -> tuple[datetime | None, Mapping[str, Any]]:
        """When the model was asked for a message, and the usage. ids: the message's own and its calls'."""
        return next((self._generations[each] for each in ids if each in self._generations), (None, {}))

    def _read(self, event: Node) -> None:
        self.started = self.started or event["timestamp"].moment()
        match event["event"].value:
            case "tool":
                self._tool(event)
            case "span_begin" if event["type"].value == "tool":
                if began := event["timestamp"].moment():
                    key = event["parent_id"].text(""), event["name"].text("")
                    self._spans[key].append((began, event["id"].text("")))
            case "sandbox":
                self._codes[event["span_id"].text("")].extend(_codes(event))
            case "model":
                self._model(event)

    def _tool(self, event: Node) -> None:
        began, ended = event["timestamp"].moment(), event["completed"].moment()
        run = Run(event["function"].text(""), began, ended, not event["truncated"].absent)
        for inner in event["events"].optional_elements():
            if inner["event"].value == "sandbox":
                run.codes.extend(_codes(inner))
        self._runs[event["id"].label()] = run
        self._tools[event["span_id"].text(""), run.tool].append(run)

    def _model(self, event: Node) -> None:
        output = event["output"]
        known = event["timestamp"].moment(), output["usage"].mapping()
        for choice in output["choices"].optional_elements()[:1]:
            message = choice["message"]
            calls = (call["id"].label() for call in message["tool_calls"].optional_elements())
            for each in filter(None, (message["id"].label(), *calls)):
                self._generations.setdefault(each, known)

    def _join(self) -> None:
        """Give every run what ran in its span."""
        for key, runs in self._tools.items():
            spans = deque(sorted(self._spans[key]))
            dated = ((run.began, index, run) for index, run in enumerate(runs) if run.began)
            for began, _, run in sorted(dated):
                while spans and spans[0][0] < began:
                    spans.popleft()
                if spans and (not run.ended or spans[0][0] <= run.ended):
                    run.codes.extend(self._codes[spans.popleft()[1]])


def _codes(event: Node) -> Iterator[int]:
    """The exit code of a command in the sandbox; what reads and writes files has none."""
    code = event["result"].integer() if event["action"].text("exec") == "exec" else None
    if code is not None:
        yield code
