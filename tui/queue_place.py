"""The queue: what is to do, what is in work, what is done."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from reviewer.errors import ErrataError
from reviewer.review import Status
from reviewer.rubric import Rubric
from store.queue import QueueRow, queue
from tui import panels
from tui.drawing import BOLD, DIM, GOOD, PLAIN, TITLE, WARN, Row, justify, width_of
from tui.host import Host
from tui.panel import Size
from tui.panels.prompt import Prompt
from tui.place import Place
from tui.titles import Titles

if TYPE_CHECKING:
    from store.importer import Imported

_STATUS_STYLE = {Status.TO_DO: PLAIN, Status.IN_WORK: WARN, Status.SUBMITTED: GOOD}

_SORTS = {
    "what to do": lambda row: 0,
    "title": lambda row: row.title.lower(),
    "length": lambda row: -row.head.steps,
    "mistakes": lambda row: -row.mistakes,
    "hints": lambda row: -row.hints,
    "number": lambda row: row.head.number,
}


class QueuePlace(Place):
    """All sessions for the reviewer."""

    name: ClassVar[str] = "queue"

    def __init__(self, app: Host) -> None:
        super().__init__(app)
        self._all: list[QueueRow] = []
        self._titles = Titles()
        self._text = ""
        self._sort = "what to do"
        self._sorts = cycle([*list(_SORTS)[1:], *list(_SORTS)[:1]])
        self._at = 0
        self._finished: set[str] = set()
        self._height = 10
        self._importing: panels.Importing | None = None

    def entered(self) -> None:
        """Stand on the same session; where that has been submitted since, on the next that has not."""
        at, chosen, finished = self._at, self._chosen, self._finished
        self.synced()
        self._finished = {row.head.id for row in self._all if row.status is Status.SUBMITTED}
        if chosen and chosen.head.id in self._finished - finished:
            left = [i for i, row in enumerate(self._listed) if row.status is not Status.SUBMITTED]
            self._at = next((i for i in left if i >= at), left[0] if left else self._at)

    def synced(self) -> None:
        chosen = self._chosen.head.id if self._chosen else None
        self._all = queue(self.app.store, self.app.reviewer)
        self._titles = Titles(row.title for row in self._all)
        ids = [row.head.id for row in self._listed]
        self._at = ids.index(chosen) if chosen in ids else min(self._at, max(len(ids) - 1, 0))

    def left(self) -> None:
        if self._importing:
            self._importing.stop()

    @property
    def _listed(self) -> list[QueueRow]:
        text = self._text.lower()
        rows = [row for row in self._all if text in _words(row)] if text else self._all
        return sorted(rows, key=_SORTS[self._sort])

    @property
    def _chosen(self) -> QueueRow | None:
        listed = self._listed
        return listed[min(self._at, len(listed) - 1)] if listed else None

    # -- drawing

    def rows(self, size: Size) -> list[Row]:
        counts = {status: sum(row.status is status for row in self._all) for status in Status}
        dot = self.look.dot
        left: Row = [(" errata ", TITLE), (f"{dot} {self.app.reviewer}", PLAIN)]
        for status, count in counts.items():
            left.append((f" {dot} {count} {status}", PLAIN))
        listed = self._listed
        self._height = max(size.height - 2, 1)
        notes = [f'only "{self.look.line_of(self._text)}" (Esc shows all)'] if self._text else []
        notes += [f"sorted by {self._sort}"] if self._sort != "what to do" else []
        notes += [f"{self._at + 1} of {len(listed)}"] if len(listed) > self._height else []
        room = size.width - width_of(left) - 4
        forms = [[words, *notes] for words in self.app.sync_words(saved=True)] or [notes]
        ends = [f" {dot} ".join(form) for form in forms]
        end = next((end for end in ends if width_of([(end, DIM)]) <= room), ends[-1])
        rows = [justify(left, [(end + " ", DIM)], size.width, self.look.ellipsis), []]
        if not self._all:
            rows += [[(f" {line}", PLAIN)] for line in _WELCOME]
        elif not listed:
            rows.append([(f' nothing holds "{self.look.line_of(self._text)}"; / and Enter shows all again', PLAIN)])
        top = min(max(self._at - self._height // 2, 0), max(len(listed) - self._height, 0))
        window = range(top, min(top + self._height, len(listed)))
        rows += [self._row(listed[i], i == self._at, size.width) for i in window]
        return rows

    def _row(self, row: QueueRow, is_chosen: bool, width: int) -> Row:
        head = row.head
        start: Row = [
            ("> " if is_chosen else "  ", BOLD),
            (f"{head.number:>3} ", DIM),
            (f"{row.status:<10}", _STATUS_STYLE[row.status]),
        ]
        done = [f"{row.rated}/{row.judged_work} rated"] if row.status is not Status.TO_DO else []
        if row.status is Status.TO_DO and row.hints:
            done.append(f"{row.hints} hint{'s' if row.hints > 1 else ''}")
        for number, noun in ((row.mistakes, "mistake"), (row.suggestions, "suggestion"), (row.comments, "comment")):
            if number:
                done.append(f"{number} {noun}{'s' if number > 1 else ''}")
        right: Row = [(f"  {', '.join(done)}", PLAIN), (f"  {_steps(head.steps)} ", DIM)]
        if width_of(right) > width // 2:
            right = [(f"  {done[0]}" if done else "", PLAIN), (f"  {_steps(head.steps)} ", DIM)]
        room = width - width_of(start) - width_of(right) - 1
        title = self._titles.told_apart(row.title, room, self.look.ellipsis)
        return justify(
            [*start, (self.look.line_of(title), BOLD if is_chosen else PLAIN)], right, width, self.look.ellipsis
        )

    @property
    def rubric(self) -> Rubric:
        """That of the session that is chosen."""
        chosen = self._chosen
        return self.app.store.rubric_for(self.app.reviewer, chosen.head.id) if chosen else super().rubric

    # -- acts

    def let_go(self) -> None:
        self._text = ""

    def _move(self, by: int) -> None:
        self._at = min(max(self._at + by, 0), max(len(self._listed) - 1, 0))

    def do_next(self) -> None:
        self._move(1)

    def do_previous(self) -> None:
        self._move(-1)

    def do_page_down(self) -> None:
        self._move(self._height)

    def do_page_up(self) -> None:
        self._move(-self._height)

    def do_first(self) -> None:
        self._move(-len(self._all))

    def do_last(self) -> None:
        self._move(len(self._all))

    def do_open(self) -> None:
        if self._chosen is None:
            self.say("there is nothing to open; i imports a file or a folder")
        else:
            self.app.open_review(self._chosen.head.id)

    def do_filter(self) -> None:
        def narrow(text: str) -> None:
            self._text = text
            self._at = 0

        self.open(Prompt("show only what holds", narrow, text=self._text, changed=narrow))

    def do_sort(self) -> None:
        self._sort = next(self._sorts)
        self._at = 0
        self.say(f"sorted by {self._sort}")

    def do_import_path(self) -> None:
        self.open(Prompt("import a file or a folder", self._import))

    def _import(self, text: str) -> None:
        if not text.strip():
            return
        if self.app.is_syncing:
            raise ErrataError("a sync goes on; import when it has ended")
        self._importing = panels.Importing(self.app.store, Path(text.strip()).expanduser(), self.app.paint)
        self.open(self._importing)
        self.app.store_is_lent = True
        self.app.run_worker(self._import_all(self._importing))

    async def _import_all(self, importing: panels.Importing) -> None:
        try:
            self._say_of(await importing.run())
        except ErrataError as error:
            self.say(str(error), bad=True)
        finally:
            self.app.store_is_lent = False
        self.close(importing)
        self.entered()
        for typed in importing.typed:
            self.app.typed(typed)
        self.app.paint()

    def _say_of(self, results: list[Imported]) -> None:
        new = sum(is_new for result in results for _, is_new in result.trajectories)
        known = sum(not is_new for result in results for _, is_new in result.trajectories)
        failed = [result for result in results if result.error and not result.skipped]
        words = [f"imported {new}"] + ([f"{known} already there"] if known else [])
        if failed:
            more = "" if len(failed) == 1 else ", the first"
            words.append(f"{len(failed)} failed{more}: {failed[0].error}")
        elif not new and not known:
            words = ["no session found there"]
        losses = [f"{result.path.name}: {loss}" for result in results for loss in result.losses]
        if losses:
            words.append(f"INCOMPLETE {losses[0]}" + f" (and {len(losses) - 1} more)" * (len(losses) > 1))
        if passed_over := sum(result.skipped for result in results):
            words.append(f"{passed_over} passed over (no sessions)")
        self.say(", ".join(words), bad=bool(failed or losses))

    def do_quit(self) -> None:
        self.app.leave()


def _words(row: QueueRow) -> str:
    """All that a session is found by."""
    head = row.head
    source = head.source
    words = (head.title, head.task.instructions, head.id, source.name, source.part, source.format, row.status)
    return " ".join(words).lower()


def _steps(number: int) -> str:
    return f"{number:>4} {'step ' if number == 1 else 'steps'}"


_WELCOME = (
    "There is nothing to review yet.",
    "",
    "i      imports a file or a folder of agent sessions",
    "q      quits; `errata demo` then opens the samples",
)
