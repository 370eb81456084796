"""What Errata is measured beside: the least that Textual can be. `python -m bench.apps empty`, or `pane FILE`."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

READY = "READY"


class Empty(App[None]):
    """An app that shows one word."""

    def compose(self) -> ComposeResult:
        yield Static(READY)


class Pane(ScrollView, can_focus=True):
    """The barest use of the line API: shows a page of strips that were made before."""

    DEFAULT_CSS = "Pane { overflow: hidden; }"

    def __init__(self, pages: list[list[Strip]]) -> None:
        super().__init__()
        self._pages = pages
        self._page = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(*self.app.size)
        self.focus()

    def next_page(self) -> None:
        self._page = (self._page + 1) % len(self._pages)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        page = self._pages[self._page]
        return page[y] if y < len(page) else Strip.blank(self.size.width)


class PaneApp(App[None]):
    """A pane over the whole screen; `j` shows the next page of a text."""

    BINDINGS = [("j", "next", "")]  # noqa: RUF012  (Textual's own form)

    def __init__(self, text: str) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self._text = text

    def compose(self) -> ComposeResult:
        width, height = self.console.size
        strips = [Strip([Segment(line[:width])]).adjust_cell_length(width) for line in self._text.splitlines()]
        pages = [strips[at : at + height] for at in range(0, len(strips), height)]
        yield Pane(pages)

    def action_next(self) -> None:
        self.query_one(Pane).next_page()


if __name__ == "__main__":
    if sys.argv[1] == "pane":
        PaneApp(f"{READY}\n" + Path(sys.argv[2]).read_text(encoding="utf-8", errors="replace")).run(mouse=False)
    else:
        Empty().run()
