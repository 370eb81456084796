"""The list of steps: a line each, the current one kept in the middle."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from store.session import ReviewSession
from store.trajectories import StepHead
from tui.drawing import BOLD, DIM, INFO, PLAIN, REVERSE, WARN, Look, Row, justify
from tui.review.words import duration, exit_mark, rating_mark, step_marks

_WIDE = 60
"""Below this width the list is a column beside the texts."""

_TIMED = 50
"""From this width on there is a column for the duration."""


_KEPT = 1000
"""Rows that are kept at most."""


class Rail:
    """Draws the list. Its rows are kept until something is said: with the next step most of them only move."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, bool], Row] = {}
        self._of: tuple[object, ...] = ()

    def rows(
        self, session: ReviewSession, listed: Sequence[int], current: int, look: Look, width: int, height: int
    ) -> list[Row]:
        """Up to `height` rows of the steps `listed` (ordinals, ascending), the current one in the middle.

        Steps that the reveal policy hides are one veiled row at the end.
        """
        visible = session.visible.steps
        count = bisect_right(listed, visible)
        rows_after = 1 if visible < len(session.steps) else 0
        place = min(bisect_left(listed, current), max(count - 1, 0))
        top = min(max(place - height // 2, 0), max(count + rows_after - height, 0))
        if self._of != (of := (session, session.changes, look, width)) or len(self._kept) > _KEPT:
            self._kept, self._of = {}, of
        rows = [self._row(session, n, n == current, look, width) for n in listed[top : min(top + height, count)]]
        if rows_after and len(rows) < height:
            waits = next(iter(session.unjudged), visible)
            left = len(session.steps) - visible
            text = f"{look.veil} {left} hidden until {waits} is judged (R reveals)"
            if width < _WIDE:
                text = f"{look.veil} {left} hidden (R reveals)"
            rows.append([("     ", PLAIN), (text, DIM)])
        return rows

    def _row(self, session: ReviewSession, step: int, is_current: bool, look: Look, width: int) -> Row:
        row = self._kept.get((step, is_current))
        if row is None:
            hidden = step > session.visible.outputs
            row = _step_row(session, session.steps[step - 1], is_current, look, width, hidden=hidden)
            self._kept[step, is_current] = row
        return row


_LONGEST = 400
"""What is looked at of a call: no list is wider."""

_FOLDERS = re.compile(r" /(?:[^ /\n]+/)+(?=[^ /\n])")
"""The folders of a path, which would leave no room for the name of the file."""


def _short(step: StepHead) -> str:
    """A command as the list has it; of another tool's call its name and, where that is all, the file's name."""
    command = step.command or ""
    if step.kind != "tool":
        return command
    command = command.lstrip("\n").split("\n", 1)[0][:_LONGEST]
    if step.tool and not command.startswith(step.tool):
        command = f"{step.tool} {command}"
    return _FOLDERS.sub(" ", command)


def _step_row(
    session: ReviewSession, step: StepHead, is_current: bool, look: Look, width: int, *, hidden: bool
) -> Row:
    """hidden: how the step ended is not to be seen yet."""
    digits = len(str(len(session.steps)))
    mark, style = rating_mark(session.review.rating(step.ordinal))
    if not step.judged_work and mark == " ":
        mark, style = look.dot if step.command is not None else " ", DIM
    start: Row = [
        ("> " if is_current else "  ", BOLD),
        (f"{step.ordinal:>{digits}} ", BOLD if is_current else DIM),
        (f"{mark} ", style + BOLD),
    ]
    if step.command is None:
        text, text_style = "(only wrote)", DIM
    else:
        text = look.line_of(_short(step)) or "(empty)"
        text_style = PLAIN if step.judged_work else DIM
        if "\n" in step.command.strip("\n"):
            text += f" {look.ellipsis}"
    if is_current:
        text_style += REVERSE if width < _WIDE else BOLD
    code, code_style = (look.veil, DIM) if hidden else exit_mark(step)
    took = "" if hidden else duration(step.duration)
    right: Row = step_marks(session.review, step.ordinal)
    if any(session.hint_answer(hint) is None for hint in session.hints(step.ordinal)):
        right.insert(0, (" h", WARN))
    if any(ordinal == step.ordinal for ordinal, _, _ in session.draft_places):
        right.append((" ~", INFO))
    right.append((f" {code:>4}", code_style))
    if width >= _TIMED:
        right.append((f" {took:>6} ", DIM))
    return justify([*start, (text, text_style)], right, width, look.ellipsis)
