"""asciinema's recordings, asciicast versions 1, 2 and 3.

Source: the asciicast v1, v2 and v3 documents of asciinema.

- v1: one JSON object with `stdout`: [delay, data]. v2, v3: a header line, then [time, code, data] a line; the time is
  since the beginning in v2 and since the event before in v3, which also has comment lines (#).
- Codes: o output, i input (only with `--stdin`, or `--capture-input`), m marker, r resize, x the exit status of the
  session (v3). Others are passed over. A marker is the prompt of the step that it is in.

What a recording tells: see recording. A last line that was cut short, as by a recorder that was killed, is passed
over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reviewer.formats.conversation import to_task
from reviewer.formats.document import Document
from reviewer.formats.fields import Node, iso, records
from reviewer.formats.format import Format, sometimes
from reviewer.formats.recording import FACTS, Event, steps
from reviewer.trajectory import Trajectory

NAME = "asciicast"

_KINDS: dict[str, Any] = {"o": "output", "i": "input", "m": "mark"}
_DEFAULT_WIDTH = 80


def matches(document: Document) -> bool:
    return any(_is_header(value) for value in _first(document))


def _first(document: Document) -> list[Any]:
    """The first line's value, or the file's."""
    if not document.shape.startswith("json"):
        return []
    if document.shape == "json" and isinstance(document.json, dict):
        return [document.json]
    return document.sample[:1]


def _is_header(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    match value.get("version"):
        case 1:
            return "stdout" in value
        case 2:
            return "width" in value
        case 3:
            return "term" in value
    return False


def read(document: Document) -> Iterator[Trajectory]:
    lines = records(document, may_be_cut=True, comments=True)
    header = next(lines, Node(document, None))
    if not _is_header(header.value):
        raise document.bad("expected an asciicast's header, with its version", header.place)
    began = header["timestamp"].moment()
    term = header["term"]
    width = (header["width"] if term.absent else term["cols"]).integer() or _DEFAULT_WIDTH
    reader = _Reader(header, lines)
    told = steps(reader.events(), began, width)
    yield Trajectory(
        source=document.source(NAME),
        steps=told,
        task=to_task(header["title"].text("")),
        outcome=reader.outcome,
        started_at=iso(began),
    )


class _Reader:
    def __init__(self, header: Node, lines: Iterator[Node]) -> None:
        self.header = header
        self.lines = lines
        self.outcome = ""

    def events(self) -> Iterator[Event]:
        version = self.header["version"].value
        seconds = 0.0
        for node in self.header["stdout"].elements() if version == 1 else self.lines:
            items = node.elements()
            if len(items) < 2:
                raise node.expected("an event's time and data")
            time = items[0].number() or 0.0
            seconds = time if version == 2 else seconds + time
            code = "o" if version == 1 else items[1].text()
            if len(items) < 3 and version != 1:
                raise node.expected("an event's time, code and data")
            data = items[-1] if version == 1 else items[2]
            if code in _KINDS:
                yield Event(seconds, _KINDS[code], data.text(), node.place)
            elif code == "x":
                self.outcome = f"exit status {data.label()}"


FORMAT = Format(
    name=NAME,
    title="asciinema recording",
    matches=matches,
    read=read,
    facts=replace(
        FACTS,
        time=sometimes("the header's `timestamp` (v2, v3) and the event's; v1 has durations only"),
        task=sometimes("the header's `title`"),
        outcome=sometimes("the session's exit status (v3)"),
    ),
)
