"""Finding a text in the session, and going from match to match: through an output's lines, and from step to step."""

from __future__ import annotations

from textual.timer import Timer

from reviewer.errors import ErrataError
from tui.panels.prompt import Prompt
from tui.review.output import Form
from tui.review.search import TEXTS, Search
from tui.review.standing import Standing

_AT_ONCE, _AT_A_TIME = 0.05, 0.02
"""Seconds that a search takes of the first key, and between two others."""

_ROWS_ABOVE = 2
"""Rows shown above a match."""


class Finding(Standing):
    """The actions that search. None of them writes."""

    _search: Search | None = None
    _timer: Timer | None = None
    _line: tuple[int, int, int] | None = None
    """The match that was gone to: step, page of its output, line of that page."""

    def do_search(self) -> None:
        self.open(Prompt("search commands, thoughts and outputs", self._find, text=self.view.find))

    def left(self) -> None:
        self._stop()
        super().left()

    def let_go(self) -> None:
        self._stop()
        super().let_go()

    def _stop(self) -> None:
        if self._timer:
            self._timer.stop()
        self._search = self._timer = self._line = None

    def _find(self, text: str) -> None:
        self._stop()
        self.view.find = text
        if not text:
            self.say("search is off")
            return
        self._search = Search(self.session, text, self.view.step)
        self._work(self._search, _AT_ONCE)

    def _work(self, search: Search, seconds: float) -> None:
        """Search for a while, go to the first match, and go on when there is time."""
        search.work(seconds)
        if search.first and self._line is None and not self.panels:
            self._go_to(*search.first)
        elif self.message is None or not self.message[1]:
            self._say_where(search)
        if not search.done:
            self._timer = self.app.set_timer(_AT_A_TIME / 2, lambda: self._go_on(search))

    def _go_on(self, search: Search) -> None:
        if search is self._search:
            try:
                self._work(search, _AT_A_TIME)
            except ErrataError as error:  # of a damaged store, or a session that another program has wiped from it
                self._stop()
                self.say(str(error), bad=True)
            self.app.paint()

    def do_next_match(self) -> None:
        self._to_match(1)

    def do_previous_match(self) -> None:
        self._to_match(-1)

    def _to_match(self, way: int) -> None:
        search = self._search
        if search is None or (search.done and not search.matches):
            self.say("/ searches; n and N go from match to match")
            return
        if self._to_line(search, way):
            return
        steps = search.steps[::way]
        here = self.view.step
        step = next((step for step in steps if (step - here) * way > 0), steps[0] if steps else None)
        if step is None:
            self._say_where(search)
        else:
            places = [place for found, place in search.matches if found == step]
            self._go_to(step, places[0 if way > 0 else -1], way)

    def _to_line(self, search: Search, way: int) -> bool:
        """Go to the next line of this step's output that has the text."""
        step, output = self.view.step, self.view.output
        if output is None or not search.pages(step):
            return False
        at = self._line[1:] if self._line and self._line[0] == step else None
        if (at is None and way < 0) or output.total < self.view.height:  # of a short one everything is in sight
            return False
        for page in search.pages(step)[::way]:
            lines = [(page, item) for item in output.finds(page)][::way]
            for place in lines:
                if at is None or (place > at if way > 0 else place < at):
                    self._show_line(search, *place)
                    return True
        return False

    def _go_to(self, step: int, place: int, way: int = 1) -> None:
        search = self._search
        assert search is not None
        self.go(step)
        self._line = (step, TEXTS, 0)
        if place != TEXTS:
            self.rows(self.size)  # lays the output out
            lines = list(self.view.output.finds(place))[::way] if self.view.output else []
            if lines:
                self._show_line(search, place, lines[0])
                return
        self._say_where(search, hidden=place != TEXTS)

    def _show_line(self, search: Search, page: int, item: int) -> None:
        self._line = (self.view.step, page, item)
        self.view.is_open = True
        self.view.top = self.view.texts.backward((page + 1, item, 0), _ROWS_ABOVE)
        self._say_where(search)

    def _say_where(self, search: Search, *, hidden: bool = False) -> None:
        steps, here = search.steps, self.view.step
        quoted = f'"{search.text}"'
        so_far = "" if search.done else f", searching: {search.searched} of {len(self.session.steps)} steps"
        if here in steps:
            line = ""
            if self._line and self._line[1] != TEXTS and self.view.output:
                line = f", line {self.view.output.line_at(*self._line[1:]) + 1}"
            elif hidden and self.view.form is not Form.RAW:
                line = ", in what was overwritten (r shows it)"
            self.say(f"{quoted}: step {steps.index(here) + 1} of {len(steps)} with it{line}{so_far}")
        elif steps:
            self.say(f"{quoted}: in {len(steps)} steps, n goes there{so_far}")
        elif not search.done:
            self.say(f"{quoted}{so_far}")
        else:
            hides = self.session.visible.steps < len(self.session.steps)
            self.say(f"{quoted} is nowhere{' in what you may see so far' if hides else ''}")
