"""A recorded terminal, whoever recorded it, as steps.

What was shown decides where it can: a line that was entered at a shell's prompt is a command (see prompts), and what
follows up to the next prompt is its output, exactly. The keys, where they were recorded (see keys), add what was
typed into a program that ran: lines, keys such as C-c, and text without its Enter, each an input with what was shown
after it. Where no prompt is recognised, each line that was typed is a command. Where no keys were recorded either,
the recording is told as it was seen: a step without a command for each stretch up to a pause, or of so many rows.

What the terminal showed before the first command is a step without a command too, if it can be read. A line that was
cancelled with ctrl-c is not executed; a line that was begun and never entered is an input.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from reviewer.formats.fields import iso
from reviewer.formats.format import Facts, always, never, sometimes
from reviewer.formats.keys import Press, Typed, presses
from reviewer.formats.prompts import Entry, entries, visible
from reviewer.trajectory import Action, Step, StepBuilder, StepStatus

PAUSE = 2.0
"""Seconds without output after which a recording without commands has a new step."""
SCREEN_ROWS = 500
"""Rows after which it has a new step without a pause."""

_OPEN_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*\x1b?|[ -/]*)\Z")
_LONGEST_ESCAPE = 4096


@dataclass(frozen=True, slots=True)
class Event:
    """Something recorded, so many seconds after the beginning. mark: a label that a person gave the moment."""

    seconds: float
    kind: Literal["output", "input", "mark"]
    text: str
    place: str


@dataclass(frozen=True, slots=True)
class _Act:
    """A command or an input. start: where its prompt or echo begins in what was shown; end: where its output does."""

    start: int
    end: int
    place: str
    command: str
    seconds: float | None = None
    is_input: bool = False
    status: StepStatus = StepStatus.OK
    cwd: str | None = None
    exit_code: int | None = None


def steps(events: Iterable[Event], started: datetime | None = None, width: int = 80) -> list[Step]:
    """The steps of a recording. started: when it began; width: the terminal's columns."""
    return _Recording(events, started, width).steps()


class _Recording:
    """All that was shown as one text, with when each part of it was; escape sequences split by events are whole."""

    def __init__(self, events: Iterable[Event], started: datetime | None, width: int) -> None:
        self.started = started
        self.offsets: list[int] = []
        self.times: list[float] = []
        self.places: list[str] = []
        self.typed: list[Typed] = []
        self.marks: list[tuple[int, str]] = []
        parts: list[str] = []
        shown = 0
        for event in events:
            match event.kind:
                case "output":
                    self.offsets.append(shown)
                    self.times.append(event.seconds)
                    self.places.append(event.place)
                    parts.append(event.text)
                    shown += len(event.text)
                case "input":
                    self.typed.append(Typed(shown, event.seconds, event.place, event.text))
                case "mark":
                    self.marks.append((shown, event.text))
        self.text = "".join(parts)
        self.entries = entries(self.text, width, self.offsets)

    def steps(self) -> list[Step]:
        build = StepBuilder()
        acts = sorted(self._acts(), key=lambda act: act.end)
        first = acts[0].start if acts else len(self.text)
        if not acts or visible(self.text[:first]).strip():
            for start, end in self._screens(first):
                build.next_turn().add(**self._screen(start, end))
        prompts = [*(entry.start for entry in self.entries), len(self.text)]
        for act, following in zip(acts, [*acts[1:], None], strict=False):
            end = prompts[bisect_left(prompts, act.end)]  # what was shown up to the next prompt, or the next act
            end = max(act.end, min(end, following.start)) if following else end
            build.next_turn().add(**self._step(act, end, last=following is None))
        return build.steps

    def _step(self, act: _Act, end: int, *, last: bool) -> dict[str, Any]:
        seconds = self._ended(act.end) if act.seconds is None else act.seconds
        duration = None if end == len(self.text) or seconds is None else max(self._seconds(end) - seconds, 0.0)
        return {
            "action": Action("terminal", act.command, is_shell=not act.is_input, is_input=act.is_input),
            "output": self.text[act.end : end],
            "exit_code": act.exit_code,
            "status": act.status,
            "cwd": act.cwd,
            "started_at": self._moment(seconds),
            "duration": None if duration is None else round(duration, 6),
            "prompt": self._said(act.start, end, last),
            "pointer": act.place,
        }

    def _screen(self, start: int, end: int) -> dict[str, Any]:
        index = max(bisect_right(self.offsets, start) - 1, 0)
        seconds = self.times[index] if self.times else None
        return {
            "output": self.text[start:end],
            "started_at": self._moment(seconds),
            "duration": round(max(self._seconds(end) - (seconds or 0.0), 0.0), 6) if seconds is not None else None,
            "prompt": self._said(start, end, end == len(self.text)),
            "pointer": self.places[index] if self.places else "",
        }

    # -- what was done

    def _acts(self) -> Iterator[_Act]:
        found = self.entries
        waiting = list(presses(self.typed))
        if not any(entry.line for entry in found):
            yield from map(self._typed_line, waiting)
            return
        held: _Act | None = None
        shown = 0  # up to where the entries before have been shown: what was typed ahead comes after them
        for entry in found:
            before, waiting = self._before(entry, waiting)
            if held and (before or not entry.is_rest):
                yield held
                held = None
            yield from (self._input(press, shown) for press in before)
            if entry.is_rest and held and entry.line is not None and not entry.cancelled:
                held = replace(held, command=f"{held.command}\n{entry.line}", end=entry.end)
            elif entry.line:
                held = self._entered(entry)
            shown = entry.end
        if held:
            yield held
        yield from (self._input(press, shown) for press in waiting)

    def _before(self, entry: Entry, waiting: list[Press]) -> tuple[list[Press], list[Press]]:
        """What was typed before this entry and is not its line, and what was typed after it.

        A line may have been typed ahead: then it is the first of those waiting that says the same.
        """
        by_then = bisect_right(waiting, entry.end - 1, key=lambda press: press.offset)
        line = _squeezed(entry.line or "")
        for index, press in enumerate(waiting[:by_then]):
            if press.entered and _squeezed(press.text) == line and (line or not index):
                return waiting[:index], waiting[index + 1 :]
        earlier = bisect_left(waiting, entry.start + 1, key=lambda press: press.offset)
        entered = (index for index in range(earlier, by_then) if waiting[index].entered)
        edited = next(entered, by_then - 1) + 1  # the line's own keys end with its Enter
        for row in (entry.line or "").split("\n")[1:]:  # where marks tell, a line may go on in other rows
            edited += (
                edited < by_then and waiting[edited].entered and _squeezed(waiting[edited].text) == _squeezed(row)
            )
        at_prompt = waiting[earlier:edited]
        leaving = [press for press in at_prompt if press.keys and entry.line in (None, "", "exit", "logout")]
        return waiting[:earlier] + leaving, waiting[edited:]

    def _entered(self, entry: Entry) -> _Act:
        return _Act(
            entry.start,
            entry.end,
            self._place(entry.end),
            entry.line or "",
            is_input=entry.to_program,
            status=StepStatus.NOT_EXECUTED if entry.cancelled else StepStatus.OK,
            cwd=entry.cwd,
            exit_code=entry.exit_code,
        )

    def _typed_line(self, press: Press) -> _Act:
        """What was typed where no prompt is known: a line is a command."""
        if not press.entered or not press.text.strip():
            return self._input(press)
        return _Act(press.start, press.offset, press.place, press.text, press.seconds)

    def _input(self, press: Press, shown: int = 0) -> _Act:
        text = " ".join(press.keys) if press.keys else press.text + "\n" * press.entered
        at = max(press.start, shown)
        return _Act(at, at, press.place, text, press.seconds, is_input=True)

    # -- when and where

    def _seconds(self, offset: int) -> float:
        """When what stands at an offset was shown."""
        index = min(bisect_right(self.offsets, offset) - 1, len(self.times) - 1)
        return self.times[index] if self.times and index >= 0 else 0.0

    def _ended(self, offset: int) -> float | None:
        """When what ends at an offset had been shown."""
        return self._seconds(offset - 1) if self.times else None

    def _place(self, offset: int) -> str:
        index = min(bisect_right(self.offsets, offset - 1) - 1, len(self.places) - 1)
        return self.places[index] if self.places and index >= 0 else ""

    def _moment(self, seconds: float | None) -> str | None:
        if self.started is None or seconds is None:
            return None
        try:
            return iso(self.started + timedelta(seconds=seconds))
        except OverflowError:
            return None

    def _said(self, start: int, end: int, last: bool) -> str:
        """The labels of the moments in a stretch."""
        return "\n".join(label for offset, label in self.marks if start <= offset < end or (last and offset == end))

    def _screens(self, end: int) -> Iterator[tuple[int, int]]:
        """Stretches up to a pause or of enough rows, never cut inside an escape sequence."""
        start = rows = 0
        for index in range(1, len(self.offsets)):
            at = self.offsets[index]
            if at >= end:
                break
            rows += self.text.count("\n", self.offsets[index - 1], at)
            paused = self.times[index] - self.times[index - 1] >= PAUSE
            if not paused and rows < SCREEN_ROWS:
                continue
            if at > start and not _OPEN_ESCAPE.search(self.text, max(start, at - _LONGEST_ESCAPE), at):
                yield start, at
                start, rows = at, 0
        if start < end:
            yield start, end


def _squeezed(line: str) -> str:
    return "".join(line.split())


FACTS = Facts(
    command=sometimes("at the shell's prompts, or the lines that were typed; else there are only screens"),
    output=always("what was shown up to the next prompt"),
    exit_code=sometimes("only where the shell marks it (OSC 133;D)"),
    directory=sometimes("as the shell reports it, or as the prompt shows it, `~` and all"),
    time=sometimes("when Enter was pressed, or the line ended"),
    duration=sometimes("until the next prompt was there"),
    thought=never(),
    reasoning=never(),
    usage=never(),
    task=never(),
    agent=never(),
    model=never(),
    outcome=sometimes("the session's exit status"),
)
"""What a recording tells; its format has more to say on some."""
