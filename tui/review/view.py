"""The review screen as rows: where am I, what did the agent think, do and get, and what have I said about it.

Narrow (under 110 columns): the list of steps on top, the texts below it. From 110: the list is a column on the left.
From 160: what was said stands in a column on the right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from reviewer.annotation import Span as Part
from reviewer.review import Status
from reviewer.trajectory import Step
from store.session import ReviewSession
from tui.drawing import BOLD, DIM, PLAIN, RULE, WARN, Look, Row, cut, fill, justify, pad, rule, width_of, wrap_row
from tui.panel import Size
from tui.review.body import Output, command_rows, output_of, thought_rows
from tui.review.rail import rail
from tui.review.words import DRAFT_KEYS, entry_row, said_here

_COLUMN_FROM = 110
_MARKS_FROM = 160
_OUTPUTS_KEPT = 8

_TITLE_ROOM = 30
"""Cells of a title that are worth more than the counts in words."""

THOUGHT_MODES = ("folded", "whole", "hidden")


@dataclass
class View:
    """What the eyes are on: the reviewer's position and how things are shown, none of it said or saved.

    top: (item, row of it) at the top of the window when the texts are open. height: the window's rows.
    """

    step: int
    listed: list[int]
    is_open: bool = False
    top: tuple[int, int] = (0, 0)
    height: int = 10
    raw: bool = False
    thought: str = "folded"
    part: Part | None = None
    find: str = ""
    filter_name: str = ""
    saved: str = ""
    replaying: str = ""
    playing: bool = False
    window: Window | None = field(default=None, repr=False)
    _outputs: dict[tuple[object, ...], Output] = field(default_factory=dict, repr=False)

    def output(self, step: Step, look: Look, width: int) -> Output:
        """The step's output laid out at a width, kept while it is looked at."""
        key = (step.ordinal, width, self.raw, self.find)
        if key not in self._outputs:
            if len(self._outputs) >= _OUTPUTS_KEPT:
                self._outputs.clear()
            self._outputs[key] = output_of(step, look, width, raw=self.raw, find=self.find)
        return self._outputs[key]


class Window:
    """The scrollable texts of a step: thought and command as rows, the output line by line, then what was said.

    An item is one of the rows, or one line of the output, which takes one row or more.
    """

    def __init__(self, before: list[Row], output: Output | None, after: list[Row] | None = None) -> None:
        self.before = before
        self.output = output
        self.after = after or []
        self._lines = len(output.lines) if output else 0

    def __len__(self) -> int:
        return len(self.before) + self._lines + len(self.after)

    def rows_of(self, item: int) -> list[Row]:
        if item < len(self.before):
            return [self.before[item]]
        item -= len(self.before)
        if item < self._lines and self.output:
            return self.output.rows_of(item)
        return [self.after[item - self._lines]]

    def take(self, top: tuple[int, int], count: int) -> list[Row]:
        item, skip = top
        rows: list[Row] = []
        while item < len(self) and len(rows) < count + skip:
            rows += self.rows_of(item)
            item += 1
        return rows[skip : skip + count]

    def nearest(self, top: tuple[int, int]) -> tuple[int, int]:
        """A top that there is, after the texts changed."""
        if not len(self):
            return 0, 0
        item = min(top[0], len(self) - 1)
        return item, min(top[1], len(self.rows_of(item)) - 1)

    def last_top(self, height: int) -> tuple[int, int]:
        """The top at which the last row is at the foot of the window."""
        item, row = len(self), 0
        return self.moved((item, row), -height, height)

    def moved(self, top: tuple[int, int], by: int, height: int) -> tuple[int, int]:
        """The top after scrolling `by` rows, so that the last row of all is at the foot of the window at most."""
        item, row = top
        while by > 0 and len(self.take((item, row), height + 1)) > height:
            row += 1
            if row >= len(self.rows_of(item)):
                item, row = item + 1, 0
            by -= 1
        while by < 0 and (item, row) > (0, 0):
            if row == 0:
                item -= 1
                row = len(self.rows_of(item))
            row -= 1
            by += 1
        return item, row


def draw(session: ReviewSession, view: View, look: Look, size: Size) -> list[Row]:
    """The rows of the screen but its footer; `view.window` and its height are left for scrolling."""
    top = _top_row(session, view, look, size.width)
    if size.width < _COLUMN_FROM:
        most = 5 if size.height < 30 else size.height // 5
        steps = rail(session, view.listed, view.step, look, size.width, most)
        here = _here(session, view, look, size.width, 3 if size.height < 30 else size.height // 4)
        body = _texts(session, view, look, size.width, size.height - 1 - len(steps) - len(here))
        return [top, *steps, *body, *here]
    left = min(max(size.width * 2 // 5, 44), 64)
    right = max(size.width // 4, 40) if size.width >= _MARKS_FROM else 0
    middle = size.width - left - 1 - (right + 1 if right else 0)
    height = size.height - 1
    columns = [(pad(rail(session, view.listed, view.step, look, left, height), height), left)]
    if right:
        columns.append((_texts(session, view, look, middle, height), middle))
        columns.append((_marks(session, view, look, right, height), right))
    else:
        here = _here(session, view, look, middle, 8)
        columns.append((_texts(session, view, look, middle, height - len(here)) + here, middle))
    return [top, *_beside(columns, look, height)]


def _top_row(session: ReviewSession, view: View, look: Look, width: int) -> Row:
    """Where I am, and what is saved. The counts are in words where that leaves the title room."""
    rated, work = session.judged_count
    right = view.replaying or f"{rated}/{work} rated"
    if session.review.status is Status.SUBMITTED:
        right = "submitted, read-only (v reopens)"
    elif view.saved:
        right += f" {look.dot} saved {view.saved}"
    title = " " + look.line_of(session.head.title)
    for short in (False, True):
        state = "".join(f" {look.dot} {count}" for count in _counts(session, view, look, short=short))
        room = width - width_of([(state + right, PLAIN)]) - 3
        if room >= min(width_of([(title, BOLD)]), _TITLE_ROOM):
            break
    shown = cut([(title, BOLD)], max(room, 12), look.ellipsis)
    return justify([*shown, (state, PLAIN)], [(right + " ", DIM)], width, look.ellipsis)


def _counts(session: ReviewSession, view: View, look: Look, *, short: bool) -> list[str]:
    counts = [f"{view.step}/{len(session.steps)}"]
    if view.filter_name:
        counts.append(f"only {view.filter_name} (f)")
    for number, noun, mark in (
        (len(session.review.mistakes()), "mistake", "x"),
        (len(session.review.suggestions()), "suggestion", "="),
    ):
        if number:
            counts.append(f"{number}{mark}" if short else f"{number} {noun}{'s' if number > 1 else ''}")
    if session.head.model and "model" not in session.rubric.hide and not short:
        counts.append(look.line_of(session.head.model))
    return counts


def _texts(session: ReviewSession, view: View, look: Look, width: int, height: int) -> list[Row]:
    """Thought, command and output in `height` rows."""
    step = session.step(view.step)
    output_shown = view.step <= session.visible.outputs
    view.height = height
    thoughts = thought_rows(step, look, width, view.find)
    command = command_rows(step, look, width, view.part, view.find)
    output = view.output(step, look, width) if output_shown and step.output else None
    if output_shown:
        session.shown(view.step)
    command_rule = rule(look, width, _command_title(step, look), _command_note(session, step, view, look))
    output_title = _output_rule(session, step, output, view, look, width, shown=output_shown)
    if step.action is None:
        thoughts_all = [rule(look, width, "message", "no command: the agent only wrote"), *thoughts]
        view.window = Window(thoughts_all, None)
        return _windowed(view, height)
    before_output = [command_rule, *command, output_title]
    if output is None:
        before_output.append([(f" {_no_output(step, shown=output_shown)}", DIM)])
    thought_rule = rule(look, width, "thought", "" if view.is_open else _thought_note(view, thoughts, height))
    said = _said(session, view, look, width) + _hints(session, view, look, width)
    after = [rule(look, width, "said here"), *said] if said else []
    view.window = Window([*([thought_rule, *thoughts] if thoughts else []), *before_output], output, after)
    if view.is_open:
        return _windowed(view, height)
    rows: list[Row] = []
    if thoughts and view.thought == "hidden":
        rows = [thought_rule]
    elif thoughts:
        rows = [thought_rule, *thoughts[: _thought_room(view, height)]]
    rows += [command_rule, *_shortened(command, max(height - len(rows) - 9, 3), look), output_title]
    room = max(height - len(rows), 1)
    rows += output.folded(room) if output else before_output[-1:]
    return pad(rows, height)


def _windowed(view: View, height: int) -> list[Row]:
    assert view.window is not None
    view.top = view.window.nearest(view.top)
    shown = view.window.take(view.top, height)
    if len(shown) < height:  # the screen or the texts changed: let the last row be at the foot
        view.top = view.window.moved(view.top, len(shown) - height, height)
        shown = view.window.take(view.top, height)
    return pad(shown, height)


def _shortened(rows: list[Row], room: int, look: Look) -> list[Row]:
    if len(rows) <= room:
        return rows
    left = len(rows) - room + 1
    return [*rows[: room - 1], [(f" {look.ellipsis} {left} more {'line' if left == 1 else 'lines'}", DIM)]]


def _command_title(step: Step, look: Look) -> str:
    if step.action is None:
        return "command"
    if step.action.is_input:
        return "input to the running program"
    return "command" if step.action.is_shell else f"action: {look.line_of(step.action.tool)}"


def _command_note(session: ReviewSession, step: Step, view: View, look: Look) -> str:
    notes = []
    if step.cwd:
        notes.append(look.line_of(step.cwd))
    if step.action and step.action.is_shell:
        notes.append("bash")
    command = session.steps[step.ordinal - 1].command
    same = next((s.ordinal for s in session.steps[: step.ordinal - 1] if s.command == command and command), None)
    if same:
        notes.append(f"same as step {same}")
    if view.part:
        notes = ["a part is chosen: m marks it, Esc lets go"]
    if step.copied_context:
        notes = ["repeated from an earlier session: not to be judged"]
    return f" {look.dot} ".join(notes)


def _output_rule(
    session: ReviewSession, step: Step, output: Output | None, view: View, look: Look, width: int, *, shown: bool
) -> Row:
    head = session.steps[step.ordinal - 1]
    notes = []
    if shown:
        code = "unknown" if step.exit_code is None else str(step.exit_code)
        notes.append(f"exit {code}")
        if step.status != "ok":
            notes.append(step.status.value.replace("_", " "))
        if step.duration is not None:
            notes.append(f"{step.duration:.1f}s")
        if output and len(output.lines) > 1:
            notes.append(f"{len(output.lines) - len(output.rules)} lines")
        if output and output.replayed:
            notes.append("replayed")
        if step.truncated_by_producer:
            notes.append("cut by the harness")
        if view.raw:
            notes.append("raw (r)")
        elif head.output_size:
            notes.append("o folds" if view.is_open else "o opens")
    return rule(look, width, "output", f" {look.dot} ".join(notes))


def _no_output(step: Step, *, shown: bool) -> str:
    if not shown:
        return "hidden until you have judged the command by what the agent could know (R reveals)"
    if step.output is None:
        return "(no output was recorded)"
    return "(the output is empty)"


def _thought_room(view: View, height: int) -> int:
    return 2 if view.thought == "folded" else max(height // 3, 2)


def _thought_note(view: View, rows: list[Row], height: int) -> str:
    if view.thought == "hidden":
        return "t shows"
    left = len(rows) - _thought_room(view, height)
    if left > 0:
        key = "t shows more" if view.thought == "folded" else "o opens"
        return f"{left} more {'line' if left == 1 else 'lines'}, {key}"
    return "t hides"


def _here(session: ReviewSession, view: View, look: Look, width: int, most: int) -> list[Row]:
    """What was said at this step, under its rule: at least one row."""
    drafts = sorted(DRAFT_KEYS.get(kind, "") for step, kind, _ in session.draft_places if step == view.step)
    notes = [f"draft kept: {' '.join(drafts)}"] if drafts else []
    waiting = [hint for hint in session.hints(view.step) if session.hint_answer(hint) is None]
    if waiting:
        more = f" (+{len(waiting) - 1})" if len(waiting) > 1 else ""
        notes.append(f"hint{more}: {look.flat(waiting[0].why)}, a answers")
    if view.is_open and view.window:
        notes.append(f"line {view.top[0] + 1} of {len(view.window)}, Home End, o folds")
    title = rule(look, width, "here", f" {look.dot} ".join(notes))
    rows = _said(session, view, look, width)
    if not rows:
        nothing = "nothing said yet" if session.steps[view.step - 1].judged_work else "not to be rated"
        return [title, [(f" ({nothing})", DIM)]]
    if len(rows) > most:
        left = len(rows) - most + 1
        more = f" {look.ellipsis} {left} more {'line' if left == 1 else 'lines'}: o shows all at the end"
        rows = [*rows[: most - 1], [(more, DIM)]]
    return [title, *rows]


def _said(session: ReviewSession, view: View, look: Look, width: int) -> list[Row]:
    """All that was said at this step, whole."""
    review, command = session.review, session.step(view.step).command
    rows = [entry_row(entry, review, session.rubric, look, command) for entry in said_here(review, view.step)]
    return [line for row in rows for line in wrap_row([(" ", PLAIN), *row], width, "   ", at_blanks=True)]


def _hints(session: ReviewSession, view: View, look: Look, width: int) -> list[Row]:
    """The hints at this step that are not answered, whole."""
    waiting = (hint for hint in session.hints(view.step) if session.hint_answer(hint) is None)
    rows: list[Row] = [[(" h ", WARN), (f"{hint.rule}: {look.flat(hint.why)}", DIM)] for hint in waiting]
    return [line for row in rows for line in wrap_row(row, width, "   ", at_blanks=True)]


def _marks(session: ReviewSession, view: View, look: Look, width: int, height: int) -> list[Row]:
    """The column of what was said: here, whole; and everywhere else, two rows each at most."""
    here = _said(session, view, look, width) or [[(" (nothing said yet)", DIM)]]
    rows = [rule(look, width, "here"), *here, *_hints(session, view, look, width), []]
    rows.append(rule(look, width, "in this session"))
    for entry in session.review.entries():
        if entry.step and entry.kind in ("mistake", "suggestion", "comment"):
            line: Row = [(f" {entry.step:>3} ", BOLD if entry.step == view.step else DIM)]
            line += entry_row(entry, session.review, session.rubric, look)
            rows += wrap_row(cut(line, 2 * width - 10, look.ellipsis), width, "     ", at_blanks=True)
    return pad(rows, height)


def _beside(columns: list[tuple[list[Row], int]], look: Look, height: int) -> list[Row]:
    rows = []
    for y in range(height):
        row: Row = []
        for place, (lines, width) in enumerate(columns):
            if place:
                row.append((look.bar, RULE))
            row += fill(lines[y] if y < len(lines) else [], width, look.ellipsis)
        rows.append(row)
    return rows
