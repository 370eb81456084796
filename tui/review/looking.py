"""Looking at a step: scrolling, opening and folding, raw bytes, the task, what is hidden, replay."""

from __future__ import annotations

from functools import partial

from reviewer.terminal import clean
from tui.drawing import PLAIN
from tui.panels.pager import Pager
from tui.panels.pick import Choice, Pick
from tui.review.standing import Standing
from tui.review.view import THOUGHT_MODES

_FAR = 10**9
"""More rows than any text has."""


class Looking(Standing):
    """The actions that change how a step is shown. Only revealing writes: it is recorded."""

    def _scroll(self, by: int) -> None:
        window = self.view.window
        if window is None:
            return
        if not self.view.is_open:
            self.view.is_open = True
            self.view.top = (0, 0)
        else:
            self.view.top = window.moved(self.view.top, by, self.view.height)

    def do_scroll_down(self) -> None:
        self._scroll(1)

    def do_scroll_up(self) -> None:
        self._scroll(-1)

    def do_page_down(self) -> None:
        self._scroll(max(self.view.height - 1, 1))

    def do_page_up(self) -> None:
        self._scroll(-max(self.view.height - 1, 1))

    def do_texts_start(self) -> None:
        self._scroll(-_FAR)

    def do_texts_end(self) -> None:
        self.view.is_open = True
        if self.view.window:
            self.view.top = self.view.window.last_top(self.view.height)

    def do_fold(self) -> None:
        self.view.is_open = not self.view.is_open
        self.view.top = (0, 0)

    def do_raw(self) -> None:
        self.view.raw = not self.view.raw

    def do_thought(self) -> None:
        at = THOUGHT_MODES.index(self.view.thought)
        self.view.thought = THOUGHT_MODES[(at + 1) % len(THOUGHT_MODES)]
        self.say(f"thoughts are {self.view.thought}")

    def do_task(self) -> None:
        head = self.session.head
        text = head.task.instructions.strip() or "The session does not say what the task was."
        self.open(Pager("the task", text))

    def do_reveal(self) -> None:
        session = self.session
        visible = session.visible
        if visible.outputs >= len(session.steps):
            self.say("nothing is hidden")
            return
        if visible.outputs < visible.steps:
            through, what = visible.steps, f"the output of step {visible.steps}"
        else:
            through, what = visible.steps + 1, f"step {visible.steps + 1} and its output"

        def reveal(step: int) -> None:
            with self.acting():
                session.reveal(step)
                if step == through:
                    self.go(step)

        choices = [
            Choice("n", [(f"the next: {what}", PLAIN)], partial(reveal, through)),
            Choice("a", [("all of the session", PLAIN)], partial(reveal, len(session.steps))),
        ]
        self.open(Pick("reveal before judging (it is recorded that you did)", choices))

    def do_copy(self) -> None:
        """What is copied is what is shown: where it is pasted, an escape or a carriage return would be obeyed."""
        command = self.session.step(self.view.step).command
        shown = clean(command)
        self.app.copy_to_clipboard(shown)
        as_shown = "" if shown == command else ", its hidden characters as they are shown here"
        self.say(f"the command went to your terminal's clipboard, if your terminal takes it{as_shown}")
