"""The review screen as rows: where am I, what did the agent think, do and get, and what have I said about it.

Narrow (under 110 columns): the list of steps on top, the texts below it. From 110: the list is a column on the left.
From 160: what was said stands in a column on the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from reviewer.annotation import Span as Part
from reviewer.review import Status
from reviewer.trajectory import Step
from store.session import ReviewSession
from tui.drawing import BOLD, DIM, PLAIN, RULE, WARN, Look, Row, cut, fill, justify, pad, rule, width_of, wrap_row
from tui.panel import Size
from tui.review.body import chosen_rows, command_rows, prompt_rows, thought_rows
from tui.review.output import Form, Output
from tui.review.rail import Rail
from tui.review.scroll import START, Rows, Scroll, Top
from tui.review.words import DRAFT_KEYS, entry_row, said_here

_COLUMN_FROM = 110
_MARKS_FROM = 160
_OUTPUTS_KEPT = 8

_TITLE_ROOM = 30
"""Cells of a title that are worth more than the counts in words."""

_BELOW_COMMAND, _BELOW_PART = 9, 4
"""Rows that a folded command leaves to what is below it; fewer while a part of it is chosen, and of an edit."""

THOUGHT_MODES = ("folded", "whole", "hidden")


@dataclass
class View:
    """What the eyes are on: the reviewer's position and how things are shown, none of it said or saved.

    top: what stands at the top of the window when the texts are open. height: the window's rows. texts: what it
    shows. output: that part of it. saved: whether the last that was said or written is, in words. synced: what is
    said of syncing, in longer and shorter forms.
    """

    step: int
    listed: Sequence[int]
    is_open: bool = False
    top: Top = START
    height: int = 10
    form: Form = Form.SHOWN
    thought: str = "folded"
    part: Part | None = None
    find: str = ""
    filter_name: str = ""
    saved: str = ""
    synced: tuple[str, ...] = ()
    replaying: str = ""
    texts: Scroll = field(default_factory=lambda: Scroll([]), repr=False)
    output: Output | None = field(default=None, repr=False)
    rail: Rail = field(default_factory=Rail, repr=False)
    _outputs: dict[tuple[object, ...], Output] = field(default_factory=dict, repr=False)

    def at(self, step: int) -> View:
        """The same view of a step, from its start."""
        return replace(self, step=step, part=None, is_open=False, top=START)

    def lay_out(self, session: ReviewSession, look: Look, width: int) -> Output | None:
        """The step's output laid out at a width, kept while it is looked at. None when there is none."""
        key = (self.step, width, self.form, self.find)
        if key not in self._outputs:
            kept = session.output(self.step)
            if not kept:
                return None
            if len(self._outputs) >= _OUTPUTS_KEPT:
                del self._outputs[next(iter(self._outputs))]
            self._outputs[key] = Output(kept, look, width, self.form, self.find)
        return self._outputs[key]


def draw(session: ReviewSession, view: View, look: Look, size: Size) -> list[Row]:
    """The rows of the screen but its footer; `view.texts` and its height are left for scrolling."""
    top = _top_row(session, view, look, size.width)
    if size.width < _COLUMN_FROM:
        most = 5 if size.height < 30 else size.height // 5
        steps = view.rail.rows(session, view.listed, view.step, look, size.width, most)
        here = _here(session, view, look, size.width, 3 if size.height < 30 else size.height // 4)
        body = _texts(session, view, look, size.width, size.height - 1 - len(steps) - len(here))
        return [top, *steps, *body, *here]
    left = min(max(size.width * 2 // 5, 44), 64)
    right = max(size.width // 4, 40) if size.width >= _MARKS_FROM else 0
    middle = size.width - left - 1 - (right + 1 if right else 0)
    height = size.height - 1
    columns = [(pad(view.rail.rows(session, view.listed, view.step, look, left, height), height), left)]
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
        right += f" {look.dot} {view.saved}"
    title = " " + look.line_of(session.head.title)
    ends = [f"{right} {look.dot} {words}" for words in view.synced] or [right]
    for short, end in [(False, ends[0]), *((True, end) for end in ends)]:
        state = "".join(f" {look.dot} {count}" for count in _counts(session, view, look, short=short))
        room = width - width_of([(state + end, PLAIN)]) - 3
        if room >= min(width_of([(title, BOLD)]), _TITLE_ROOM):
            break
    shown = cut([(title, BOLD)], max(room, 12), look.ellipsis)
    return justify([*shown, (state, PLAIN)], [(end + " ", DIM)], width, look.ellipsis)


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
    if to_pick := len(session.review.contested):
        counts.append(f"{to_pick} to pick")
    if session.head.model and "model" not in session.rubric.hide and not short:
        counts.append(look.line_of(session.head.model))
    return counts


def _texts(session: ReviewSession, view: View, look: Look, width: int, height: int) -> list[Row]:
    """Thought, command and output in `height` rows."""
    step = session.step(view.step)
    output_shown = view.step <= session.visible.outputs
    view.height = height
    told = {
        "prompt": prompt_rows(step, look, width, view.find),
        "thought" if step.action else "message": thought_rows(step, look, width, view.find),
    }
    told = {name: rows for name, rows in told.items() if rows}
    command = command_rows(step, look, width, view.part, view.find)
    output = view.output = view.lay_out(session, look, width) if output_shown else None
    if step.action is None:
        note = "no command: the agent only wrote" if "message" in told else "no command: the session ends with this"
        view.texts = Scroll([Rows([rule(look, width, name, note), *rows]) for name, rows in told.items()])
        return _windowed(view, height)
    command_rule = rule(look, width, _command_title(step, look), _command_note(session, step, view, look))
    output_title = _output_rule(session, step, view, look, width, shown=output_shown)
    nothing: list[Row] = [] if output else [[(f" {_no_output(session, view.step, shown=output_shown)}", DIM)]]
    said = _said(session, view, look, width) + _hints(session, view, look, width)
    before = [row for name, rows in told.items() for row in (rule(look, width, name), *rows)]
    before += [command_rule, *command, output_title, *nothing]
    after = [rule(look, width, "said here"), *said] if said else []
    view.texts = Scroll([Rows(before), *(output.sheets if output else ()), Rows(after)])
    if view.is_open:
        return _windowed(view, height)
    rows: list[Row] = []
    for name, texts in told.items():
        shown = [] if view.thought == "hidden" else texts[: _thought_room(view, height)]
        rows += [rule(look, width, name, _thought_note(view, texts, height)), *shown]
    most = _BELOW_PART if view.part or not step.action.is_shell else _BELOW_COMMAND
    below = 1 + (len(output.take(START, most - 1)) if output else 1)
    shown = _shortened(command, max(height - len(rows) - below, 3), look, chosen_rows(command))
    rows += [command_rule, *shown, output_title, *nothing]
    rows += output.folded(max(height - len(rows), 1)) if output else []
    return pad(rows, height)


def _windowed(view: View, height: int) -> list[Row]:
    view.top = view.texts.nearest(view.top)
    shown = view.texts.take(view.top, height)
    if len(shown) < height:  # the screen or the texts changed: let the last row be at the foot
        view.top = view.texts.last_top(height)
        shown = view.texts.take(view.top, height)
    return pad(shown, height)


def _shortened(rows: list[Row], room: int, look: Look, wanted: range = range(0)) -> list[Row]:
    """As many rows as there is room for, the wanted ones among them, with how many are left out on either side."""
    if len(rows) <= room:
        return rows
    start, count = 0, room - 1
    if wanted and wanted[-1] >= count:
        start = min(wanted[0], len(rows) - count)
        count -= 0 < start < len(rows) - count
    after = len(rows) - start - count
    return [*_left_out(start, "earlier", look), *rows[start : start + count], *_left_out(after, "more", look)]


def _left_out(count: int, which: str, look: Look) -> list[Row]:
    return [[(f" {look.ellipsis} {count} {which} {'line' if count == 1 else 'lines'}", DIM)]] if count else []


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
    here = session.steps[step.ordinal - 1]
    same = session.first_with_command(step.ordinal) if here.command and here.kind != "tool" else step.ordinal
    if same < step.ordinal:
        notes.append(f"same as step {same}")
    if view.part:
        notes = ["a part is chosen: m marks it, Esc lets go"]
    if step.copied_context:
        notes = ["repeated from an earlier session: not to be judged"]
    return f" {look.dot} ".join(notes)


def _output_rule(session: ReviewSession, step: Step, view: View, look: Look, width: int, *, shown: bool) -> Row:
    output = view.output
    notes = []
    if shown:
        code = "unknown" if step.exit_code is None else str(step.exit_code)
        notes.append(f"exit {code}")
        if step.status != "ok":
            notes.append(step.status.value.replace("_", " "))
        if step.duration is not None:
            notes.append(f"{step.duration:.1f}s")
        if output and output.total > 1:
            notes.append(f"{output.total} lines")
        if output and output.replayed:
            notes.append("replayed")
        if step.truncated_by_producer:
            notes.append("cut by the harness")
        if view.form is Form.SHOWN:
            notes += [(view.is_open and "o folds") or "o opens"] if output and len(output.take(START, 2)) > 1 else []
        else:
            notes.append("raw (r)" if view.form is Form.RAW else "every state (r)")
    return rule(look, width, "output", f" {look.dot} ".join(notes))


def _no_output(session: ReviewSession, step: int, *, shown: bool) -> str:
    if not shown:
        return "hidden until you have judged the command by what the agent could know (R reveals)"
    if session.steps[step - 1].output_size is None:
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
    if view.is_open:
        sheet, item, _ = view.top
        total = view.output.total if view.output and sheet else 0
        at = (
            f"line {min(view.output.line_at(sheet - 1, item) + 1, total)} of {total}, "
            if view.output and total
            else ""
        )
        notes.append(f"{at}Home End, o folds")
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
    for entry in session.review.remarks():
        if len(rows) >= height:
            break
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
