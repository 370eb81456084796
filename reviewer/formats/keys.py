"""Recorded keys: what a person or a program typed at a terminal, as lines and named keys.

Source: the input sequences of xterm (ctlseqs), and readline's default bindings.

Lines are edited as the terminal and readline would: backspace, ctrl-w, the arrows, … A terminal's own answers (cursor
reports, focus, the mouse) come among the keys, and are no keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PAUSE = 2.0
"""Seconds after which keys are a new act."""

_TOKEN = re.compile(
    r"(?P<answer>\x1b\[(?:[?>=][0-9;]*[a-zA-Z]|\??[0-9;]*\$y|[0-9;]+[Rtn]|[IO]|<[0-9;]*[Mm]|M[\s\S]{3})"
    r"|\x1b[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\))"
    r"|(?P<paste>\x1b\[20[01]~)"
    r"|(?P<sequence>\x1b[\[O][0-9;]*[~A-Za-z])"
    r"|\x1b(?P<meta>[ -~])"
    r"|(?P<control>[\x00-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)"
)
_PARTIAL = re.compile(r"\x1b(?:\[[?>=<]?[0-9;]*|[\]P_^X][^\x07\x1b]*\x1b?)\Z")
"""A sequence that goes on in the next event. An Escape that stands alone is the key."""

_LONGEST_SEQUENCE = 4096

_NAMED = {
    "A": "Up", "B": "Down", "C": "Right", "D": "Left", "H": "Home", "F": "End", "Z": "BTab", "M": "Enter",
    "1~": "Home", "2~": "IC", "3~": "DC", "4~": "End", "5~": "PageUp", "6~": "PageDown", "7~": "Home", "8~": "End",
}  # fmt: skip
_CONTROLS = {"\x00": "C-Space", "\t": "Tab", "\x1b": "Escape", "\x1c": "C-\\", "\x1d": "C-]", "\x1e": "C-^"}
_CONTROLS |= {"\x1f": "C-_", "\x7f": "BSpace"}

_EDITS = {"BSpace", "C-h", "C-u", "C-w", "C-k", "C-a", "C-e", "C-b", "C-f", "Left", "Right", "Home", "End", "DC"}
_RECALLS = {"Tab", "BTab", "Up", "Down", "C-p", "C-n", "C-r", "C-s", "C-y", "C-t", "C-o", "C-_", "C-v"}
"""Keys after which only the screen tells what the line is."""

_SIGNALS = {"C-c", "C-d", "C-z", "C-\\"}
"""Keys that are an act each; others pressed in a row are one."""


@dataclass(frozen=True, slots=True)
class Press:
    """What was pressed at once. start, offset: how much had been shown at its first and its last key.

    text: the line as edited. entered: it ended with Enter. recalled: keys in it took text from elsewhere (completion,
    history), so that it is not the line. keys: the names of keys, when it is no line.
    """

    start: int
    offset: int
    seconds: float
    place: str
    text: str = ""
    entered: bool = False
    recalled: bool = False
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """One event of input. offset: how much had been shown by then."""

    offset: int
    seconds: float
    place: str
    data: str


def presses(events: Iterable[Typed]) -> Iterator[Press]:
    """Input as lines and keys, in order."""
    line = _Line()
    rest, pasting = "", False
    for event in events:
        data = rest + event.data
        cut = _PARTIAL.search(data[-_LONGEST_SEQUENCE:])
        rest = cut[0] if cut else ""
        yield from line.come(event)
        for token in _TOKEN.finditer(data[: len(data) - len(rest)]):
            if token["answer"]:
                continue
            if token["paste"]:
                pasting = token["paste"].endswith("200~")
                continue
            if token["text"]:
                yield from line.type(token["text"])
            elif pasting and token["control"] in ("\r", "\n", "\t"):
                yield from line.type("\n" if token["control"] == "\r" else token["control"])
            elif token["control"] in ("\r", "\n"):
                yield from line.enter()
            else:
                yield from line.press(_name(token))
    yield from line.flush()


def _name(token: re.Match[str]) -> str:
    """A key as tmux names it."""
    if token["meta"]:
        return f"M-{token['meta']}"
    if token["sequence"]:
        final = token["sequence"][-1]
        number = token["sequence"][2:-1].partition(";")[0]
        return _NAMED.get(f"{number}~" if final == "~" else final, "Escape " + token["sequence"][1:])
    control = token["control"]
    return _CONTROLS.get(control) or f"C-{chr(ord(control) + 96)}"


class _Line:
    """The line being typed, or the keys being pressed."""

    def __init__(self) -> None:
        self.first: Typed | None = None
        self.latest = Typed(0, 0.0, "", "")
        self.text: list[str] = []
        self.cursor = 0
        self.recalled = False
        self.keys: list[str] = []

    def come(self, event: Typed) -> Iterator[Press]:
        """The next keys come with this event. After a pause they are a new act."""
        if event.seconds - self.latest.seconds >= PAUSE:
            yield from self.flush()
        self.latest = event

    def type(self, text: str) -> Iterator[Press]:
        if self.keys:
            yield self._cut()
        self.first = self.first or self.latest
        self.text[self.cursor : self.cursor] = text
        self.cursor += len(text)

    def enter(self) -> Iterator[Press]:
        if self.keys:
            yield self._cut()
        yield self._cut(entered=True)

    def press(self, key: str) -> Iterator[Press]:
        if self.text and key in _EDITS:
            self._edit(key)
        elif self.text and key == "C-d" and self.cursor < len(self.text):
            self._edit("DC")
        elif key in _RECALLS and not self.keys:
            self.first = self.first or self.latest
            self.recalled = True
        elif key not in _EDITS or self.keys:
            if self.text or self.recalled or (self.keys and key in _SIGNALS):
                yield self._cut()
            self.first = self.first or self.latest
            self.keys.append(key)
            if key in _SIGNALS:
                yield self._cut()

    def flush(self) -> Iterator[Press]:
        if self.text or self.recalled or self.keys:
            yield self._cut()

    def _cut(self, *, entered: bool = False) -> Press:
        """What there is, and begin anew."""
        first, last = self.first or self.latest, self.latest
        done = Press(
            first.offset, last.offset, last.seconds, first.place,
            "".join(self.text), entered, self.recalled, tuple(self.keys),
        )  # fmt: skip
        self.text, self.cursor, self.recalled, self.keys = [], 0, False, []
        self.first = None
        return done

    def _edit(self, key: str) -> None:
        match key:
            case "BSpace" | "C-h":
                del self.text[max(self.cursor - 1, 0) : self.cursor]
                self.cursor = max(self.cursor - 1, 0)
            case "C-u":
                del self.text[: self.cursor]
                self.cursor = 0
            case "C-w":
                before = "".join(self.text[: self.cursor]).rstrip()
                start = before.rfind(" ") + 1
                del self.text[start : self.cursor]
                self.cursor = start
            case "C-k":
                del self.text[self.cursor :]
            case "DC":
                del self.text[self.cursor : self.cursor + 1]
            case "C-a" | "Home":
                self.cursor = 0
            case "C-e" | "End":
                self.cursor = len(self.text)
            case "C-b" | "Left":
                self.cursor = max(self.cursor - 1, 0)
            case "C-f" | "Right":
                self.cursor = min(self.cursor + 1, len(self.text))
