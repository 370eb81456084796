"""Recordings of util-linux's `script`, with the timing files that it writes beside them.

Source: util-linux's script(1), scriptreplay(1) and term-utils/script-playutils.c; the BSD form has no timing.

- The log begins with a line "Script started on DATE [COMMAND="…" TERM="…" COLUMNS="…" …]" and ends with "Script done
  on DATE [COMMAND_EXIT_CODE="N"]". What stands between is what was shown, byte for byte.
- Timing, classic: "DELAY BYTES" a line. Advanced: "O|I DELAY BYTES", "S DELAY SIGNAL …", "H 0 KEY VALUE". The bytes
  are counted from after the first line of each log.
- Timing is looked for beside the log, by name: NAME.timing, NAME.tm, STEM.timing, STEM.tm, timing, typescript.timing,
  timingfile; an advanced one must name the log, as far as it names any. It names the log of the input too, and with
  `--log-io` that is the same file, input and output mixed; without its timing such a log is read as output.
- A log of the input alone is no recording when its timing stands beside it: the output's is.

What a recording tells: see recording.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from reviewer.formats.document import Document
from reviewer.formats.fields import iso
from reviewer.formats.format import Format, sometimes
from reviewer.formats.recording import FACTS, Event, steps
from reviewer.trajectory import Trajectory

NAME = "typescript"

_BEGINS = b"Script started on "
_ENDS = re.compile(rb"\n?Script done on [^\n]*\n?\Z")
_EXIT_CODE = re.compile(r'COMMAND_EXIT_CODE="(-?\d{1,10})"')
_COLUMNS = re.compile(r'COLUMNS="(\d{1,5})"')
_DATE = re.compile(r"Script started on (.*?)(?: \[|\r?\n|\Z)")
_CLASSIC = re.compile(r"(\d{1,9}(?:\.\d+)?) (\d{1,15})")
_ADVANCED = re.compile(r"([A-Z]) (\d{1,9}(?:\.\d+)?) (.*)")
_SIZE = re.compile(r"\d{1,15}")
_USUAL = ("timing", "timingfile", "typescript.timing", "timing.log")
_DEFAULT_WIDTH = 80


@dataclass
class _Timing:
    """A timing file. named: after the log. pieces: (line, seconds since the beginning, what, bytes)."""

    named: bool
    pieces: list[tuple[int, float, Literal["output", "input"], int]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    def log(self, key: str) -> str:
        """The name of a log, without its folder."""
        return self.headers.get(key, "").replace("\\", "/").rpartition("/")[2]


def matches(document: Document) -> bool:
    if not document.head.startswith(_BEGINS):
        return False
    return not any(_is_of_input(timing, document) for timing in _timings(document))


def _is_of_input(timing: _Timing, document: Document) -> bool:
    """Whether this is the log of the input only, and that of the output stands beside it."""
    name, output = document.file_name, timing.log("OUTPUT_LOG")
    return timing.log("INPUT_LOG") == name != output and document.sibling(output) is not None


def read(document: Document) -> Iterator[Trajectory]:
    if not document.head.startswith(_BEGINS):
        raise document.bad('expected a first line that begins with "Script started on"')
    head = document.head.partition(b"\n")[0].decode("utf-8", "surrogateescape")
    began = _date(head)
    columns = _COLUMNS.search(head)
    data, tail = _body(document)
    timing = next((timing for timing in _timings(document) if _is_of(timing, document, len(data))), None)
    code = _EXIT_CODE.search(tail)
    told = steps(
        _timed(timing, document, data) if timing else iter([Event(0.0, "output", _decoded(data), "line 2")]),
        began if timing else None,
        int(columns[1]) if columns else _DEFAULT_WIDTH,
    )
    yield Trajectory(
        source=document.source(NAME),
        steps=told,
        outcome=f"exit code {code[1]}" if code else "",
        started_at=iso(began),
    )


def _date(head: str) -> datetime | None:
    """The date of the first line; older ones write it in words, whose language and zone are anyone's guess."""
    match = _DATE.match(head)
    try:
        moment = datetime.fromisoformat(match[1].strip()) if match else None
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None


def _body(document: Document) -> tuple[bytes, str]:
    """A log's bytes without its first and its last line, and that last line."""
    data = document.data()
    data = data[data.find(b"\n") + 1 or len(data) :]
    end = _ENDS.search(data, max(len(data) - 1000, 0))
    return (data[: end.start()], end[0].decode("utf-8", "replace")) if end else (data, "")


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


# -- timing


def _timings(document: Document) -> Iterator[_Timing]:
    """The timing files that stand beside a log under a name that fits."""
    name = document.file_name
    stem = name.rpartition(".")[0]
    named = [f"{each}.{suffix}" for each in (name, stem) if each for suffix in ("timing", "tm", "time")]
    for candidate in [*named, *_USUAL]:
        sibling = document.sibling(candidate) if candidate != name else None
        if sibling and (timing := _read_timing(sibling, named=candidate in named)):
            yield timing


def _is_of(timing: _Timing, document: Document, size: int) -> bool:
    """Whether it times this log of so many bytes: by the log that it names, else by its own name or their number."""
    if output := timing.log("OUTPUT_LOG"):
        return output == document.file_name or document.sibling(output) is None
    return timing.named or sum(piece[3] for piece in timing.pieces if piece[2] == "output") == size


def _read_timing(document: Document, *, named: bool) -> _Timing | None:
    """A timing file as far as it is one; None when it is none from the first line on."""
    timing = _Timing(named)
    seconds = 0.0
    for number, text in enumerate(document.lines(), start=1):
        line = text.strip()
        if match := _CLASSIC.fullmatch(line):
            seconds += float(match[1])
            timing.pieces.append((number, seconds, "output", int(match[2])))
        elif match := _ADVANCED.fullmatch(line):
            seconds += float(match[2])
            if match[1] == "H":
                key, _, value = match[3].partition(" ")
                timing.headers[key] = value
            elif match[1] in "OI" and _SIZE.fullmatch(match[3]):
                timing.pieces.append((number, seconds, "output" if match[1] == "O" else "input", int(match[3])))
        elif line:
            break
    return timing if timing.pieces else None


def _timed(timing: _Timing, document: Document, data: bytes) -> Iterator[Event]:
    """A log in the pieces that its timing says. What is left over was shown, or typed, at the end."""
    typed = timing.log("INPUT_LOG")
    mixed = typed == document.file_name
    keys = document.sibling(typed) if typed and not mixed else None
    logs = {"output": data, "input": data if mixed else _body(keys)[0] if keys else b""}
    decoders = {name: codecs.getincrementaldecoder("utf-8")("surrogateescape") for name in logs}
    at = dict.fromkeys(logs, 0)
    seconds, number = 0.0, 0
    for number, seconds, what, size in timing.pieces:
        log = "output" if mixed else what
        piece = logs[what][at[log] : at[log] + size]
        at[log] += size
        if text := decoders[what].decode(piece):
            yield Event(seconds, what, text, f"timing line {number}")
    rest = decoders["output"].decode(data[at["output"] :], final=True)
    if rest:
        yield Event(seconds, "output", rest, f"timing line {number}")


FORMAT = Format(
    name=NAME,
    title="Recording of script(1)",
    matches=matches,
    read=read,
    facts=replace(
        FACTS,
        time=sometimes("the first line's date and the timing; without timing, unknown"),
        outcome=sometimes("the session's exit code, in the last line"),
    ),
    shapes=("text",),
)
