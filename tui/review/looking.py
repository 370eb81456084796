"""Looking at a step: scrolling, opening and folding, raw bytes, the task, what is hidden, replay."""

from __future__ import annotations

from functools import partial

from reviewer.terminal import clean
from tui import panels
from tui.drawing import PLAIN
from tui.review.output import Form
from tui.review.scroll import START, Top
from tui.review.standing import Standing
from tui.review.view import THOUGHT_MODES


class Looking(Standing):
    """The actions that change how a step is shown. Only revealing writes: it is recorded."""

    def _scroll(self, by: int) -> None:
        if self.view.is_open:
            self.view.top = self.view.texts.moved(self.view.top, by, self.view.height)
        else:
            self._open_at(START)

    def _open_at(self, top: Top) -> None:
        self.view.is_open = True
        self.view.top = top

    def do_scroll_down(self) -> None:
        self._scroll(1)

    def do_scroll_up(self) -> None:
        self._scroll(-1)

    def do_page_down(self) -> None:
        self._scroll(max(self.view.height - 1, 1))

    def do_page_up(self) -> None:
        self._scroll(-max(self.view.height - 1, 1))

    def do_texts_start(self) -> None:
        self._open_at(START)

    def do_texts_end(self) -> None:
        self._open_at(self.view.texts.last_top(self.view.height))

    def do_fold(self) -> None:
        self.view.is_open = not self.view.is_open
        self.view.top = START

    def do_raw(self) -> None:
        """From what the terminal showed to every state of its lines, where some were rewritten, to every byte."""
        view = self.view
        forms = list(Form) if view.output and view.output.rewritten else [Form.SHOWN, Form.RAW]
        if view.form is Form.STATES:
            view.form = Form.RAW
        else:
            view.form = forms[(forms.index(view.form) + 1) % len(forms)]

    def do_thought(self) -> None:
        at = THOUGHT_MODES.index(self.view.thought)
        self.view.thought = THOUGHT_MODES[(at + 1) % len(THOUGHT_MODES)]
        self.say(f"thoughts are {self.view.thought}")

    def do_task(self) -> None:
        task = self.session.task
        text = task.instructions.strip() or "The session does not say what the task was."
        if task.system.strip():
            text += f"\n\nSystem prompt:\n\n{task.system.strip()}"
        self.open(panels.Pager("the task", text.replace("\r\n", "\n")))

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
            panels.Choice("n", [(f"the next: {what}", PLAIN)], partial(reveal, through)),
            panels.Choice("a", [("all of the session", PLAIN)], partial(reveal, len(session.steps))),
        ]
        self.open(panels.Pick("reveal before judging (it is recorded that you did)", choices))

    def do_copy(self) -> None:
        """What is copied is what is shown: where it is pasted, an escape or a carriage return would be obeyed."""
        command = self.session.step(self.view.step).command
        shown = clean(command)
        self.app.copy_to_clipboard(shown)
        as_shown = "" if shown == command else ", its hidden characters as they are shown here"
        self.say(f"the command went to your terminal's clipboard, if your terminal takes it{as_shown}")
