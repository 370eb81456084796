"""The guide: the rubric's instructions and its codes with examples, to scroll and to search."""

from __future__ import annotations

import re
from typing import ClassVar

from reviewer.rubric import Rubric
from tui.drawing import BOLD, DIM, INFO, KEY, PLAIN, TITLE, Row, justify, mark_found, wrap_row
from tui.host import Host
from tui.panel import Size
from tui.panels.prompt import Prompt
from tui.place import Place

_WIDEST = 100
_ITEM = re.compile(r"(?:\d+\.|[-*]) ")
_CODE_SPAN = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


class GuidePlace(Place):
    """What a reviewer is asked to do, and every code with its definition and an example."""

    name: ClassVar[str] = "guide"

    def __init__(self, app: Host, rubric: Rubric) -> None:
        super().__init__(app)
        self._rubric = rubric
        self._top = 0
        self._height = 10
        self._lines: list[Row] = []
        self._width = 0
        self._find = ""
        self._match = -1

    def rows(self, size: Size) -> list[Row]:
        width = min(size.width - 2, _WIDEST)
        if width != self._width:
            self._lines, self._width = self._layout(width), width
        self._height = size.height - 2
        self._scroll(0)
        shown = self._lines[self._top : self._top + self._height]
        foot = f"{self._top + 1}-{self._top + len(shown)} of {len(self._lines)} "
        title: Row = [(" guide ", TITLE), (f"{self.look.dot} {self.look.line_of(self._rubric.name)}", PLAIN)]
        head = justify(title, [(foot, DIM)], size.width, self.look.ellipsis)
        return [head, [], *([(" ", PLAIN), *mark_found(row, self._find)] for row in shown)]

    def _layout(self, width: int) -> list[Row]:
        lines: list[Row] = []
        lines += _markdown(self.look.text(self._rubric.instructions.strip()), width)
        for family in self._rubric.family:
            lines += [[], [(f"{family.letter}  {family.name}", TITLE), (f"  {family.meaning}", DIM)]]
            for code in self._rubric.codes_of(family.letter):
                head: Row = [(f"  {code.id} ", KEY), (code.name, BOLD), (f"  {code.definition}", PLAIN)]
                lines += wrap_row(head, width, "     ", at_blanks=True)
                when = f"  when {code.when}" if code.when else ""
                example: Row = [("     ", PLAIN), (code.example, INFO), (when, DIM)]
                lines += wrap_row(example, width, "     ", at_blanks=True)
        return lines

    def _scroll(self, by: int) -> None:
        self._top = min(max(self._top + by, 0), max(len(self._lines) - self._height, 0))

    def do_scroll_down(self) -> None:
        self._scroll(1)

    def do_scroll_up(self) -> None:
        self._scroll(-1)

    def do_page_down(self) -> None:
        self._scroll(self._height - 1)

    def do_page_up(self) -> None:
        self._scroll(1 - self._height)

    def do_top(self) -> None:
        self._scroll(-len(self._lines))

    def do_bottom(self) -> None:
        self._scroll(len(self._lines))

    def do_search(self) -> None:
        self.open(Prompt("search the guide", self._search))

    def _search(self, text: str) -> None:
        self._find = text
        self._match = self._top - 1
        self.do_next_match()

    def do_next_match(self) -> None:
        at = self._here
        self._to_match(range(at + 1, len(self._lines)), range(at + 1))

    def do_previous_match(self) -> None:
        at = self._here
        self._to_match(range(at - 1, -1, -1), range(len(self._lines) - 1, at - 1, -1))

    @property
    def _here(self) -> int:
        """The line to search on from: the last match, unless one has scrolled away from it."""
        return self._match if self._top - 1 <= self._match < self._top + self._height else self._top - 1

    def _to_match(self, *orders: range) -> None:
        if not self._find:
            self.say("/ searches")
            return
        for order in orders:
            for index in order:
                if self._find.lower() in "".join(text for text, _ in self._lines[index]).lower():
                    self._top = self._match = index
                    return
        self.say(f'"{self._find}" is nowhere in the guide')

    def do_back(self) -> None:
        self.app.back()


def _markdown(text: str, width: int) -> list[Row]:
    """The instructions laid out: headings, lists, bold and code are drawn; paragraphs are filled."""
    rows: list[Row] = []
    for block in _blocks(text):
        if block.startswith("#"):
            rows.append([(block.lstrip("# "), TITLE)])
            continue
        row: Row = []
        for part in _CODE_SPAN.split(block):
            if part.startswith("`") and len(part) > 2:
                row.append((part[1:-1], KEY))
            elif part.startswith("**") and len(part) > 4:
                row.append((part[2:-2], BOLD))
            else:
                row.append((part, PLAIN))
        item = _ITEM.match(block)
        rows += wrap_row(row, width, " " * (item.end() if item else 0), at_blanks=True)
    return rows


def _blocks(text: str) -> list[str]:
    """Headings, paragraphs and list items, each on one line; "" for an empty line."""
    blocks: list[str] = []
    for line in text.split("\n"):
        starts_anew = not line.strip() or line.startswith("#") or _ITEM.match(line) is not None
        if starts_anew or not blocks or not blocks[-1] or blocks[-1].startswith("#"):
            blocks.append(line.strip())
        else:
            blocks[-1] += f" {line.strip()}"
    return blocks
