"""What may be written to a terminal, exactly; and a terminal that holds a program to it, key by key."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Mapping, Sequence

from tests.end_to_end.terminal import PATIENCE, Terminal, environment, key_bytes

_STYLE = r"(?:[0-479]|[34][0-79]|9[0-7]|10[0-7]|[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3})"

SCREENS = {
    "a style: no blinking, no hidden text, no other font": rf"\x1b\[(?:{_STYLE}(?:;{_STYLE})*)?m",
    "the cursor to a place on the screen": r"\x1b\[(?P<line>[1-9]\d{0,2})(?:;(?P<column>[1-9]\d{0,2}))?H",
    "the cursor along its row, over what has not changed": r"\x1b\[(?P<cells>[1-9]\d{0,2})C",
    "the rest of a row erased, where only blanks are left": r"\x1b\[K",
    "asks whether the terminal is well: the answer tells that a frame has been taken in": r"\x1b\[5n",
    "alternate screen, cursor hidden, focus reports, wrapping, pastes marked": r"\x1b\[\?(?:1049|25|1004|7|2004)[hl]",
    "asks for synchronised updates and sizes in band": r"\x1b\[\?(?:2026|2048)\$p",
    "synchronised updates and sizes in band, where the terminal has them": r"\x1b\[\?(?:2026|2048)[hl]",
    "kitty's keyboard, to tell Esc from the start of a key; put back at the end": r"\x1b\[>\d{1,2}u|\x1b\[<u",
    "the pointer's usual shape": r"\x1b\]22;default\x07",
}
"""What the screens write beside text, by Textual's driver and tui/frames.py; and why."""

COMMANDS = {
    "bold, dim or not, red (console.say), back to plain": r"\x1b\[(?:0|1|2|22|31)m",
    "the end of a line": r"\r\n",
    "the progress bar: to the start of the line, and what is left of it erased": (
        r"\r(?=(?:importing|sending|syncing|verifying) \[[#.]{20}\] )|\r?\x1b\[K"
    ),
    "a tab: text may have them": r"\t",
}
"""What the plain commands write beside text."""

# Unicode's Prepended_Concatenation_Mark: of the general category Cf, but they are signs that show.
_SHOWN_FORMATS = "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
# Default_Ignorable_Code_Point beyond Cf: fillers, vowels that do not show, variation selectors.
_IGNORABLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(
    chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF)
)
_UNSEEN = re.compile(f"[{_IGNORABLE}{_NONCHARACTERS}]")
_SEEN = re.compile(f"[{_SHOWN_FORMATS}]")


def faults(raw: bytes, allowed: Mapping[str, str], size: tuple[int, int] = (999, 999)) -> list[str]:
    """What in these bytes may not be written to a terminal of that size, each with what stands before it."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {raw[max(error.start - 40, 0) : error.end + 10]!r}"]
    pattern = re.compile("|".join(allowed.values()))
    found, at = [], 0
    for match in pattern.finditer(text):
        found += _unseen(text, at, match.start())
        at = match.end()
        place = match.groupdict()
        if int(place.get("line") or 1) > size[1] or int(place.get("column") or place.get("cells") or 1) > size[0]:
            found.append(f"the cursor off the screen: {match[0]!a}")
    return found + _unseen(text, at, len(text))


def _unseen(text: str, start: int, end: int) -> list[str]:
    if text.isascii() and text[start:end].isprintable():
        return []
    return [
        f"{char!a} in {text[max(start, place - 30) : place + 30]!a}"
        for place, char in enumerate(text[start:end], start)
        if not may_be_shown(char)
    ]


def may_be_shown(char: str) -> bool:
    """Whether a character is one that a terminal draws, and obeys in no way."""
    if char.isascii():
        return char.isprintable()
    if _SEEN.match(char):
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} and not _UNSEEN.match(char)


class Blind(Terminal):
    """A terminal of which only the bytes matter: it shows nothing, and so costs little."""

    def __init__(self, command: Sequence[str], *, size: tuple[int, int], env: Mapping[str, str]) -> None:
        super().__init__(command, size=size, env=env)
        self._stream = _Nowhere()


class Wire(Terminal):
    """A terminal for the screens, which holds every byte to what may be written.

    It has synchronised updates, whose ends tell when a key's frame is whole, and the kitty keyboard. It answers to
    nothing else. `seen` are the words of interest that were shown, `bytes` and `frames` how many were written.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (200, 50),
        env: Mapping[str, str] | None = None,
        words: str = r"(?!)",
    ) -> None:
        super().__init__(command, size=size, env=env or environment("xterm-256color"), answers=False)
        self._size = size
        self._words = re.compile(words)
        self.seen: set[str] = set()
        self.bytes = 0
        self.frames = 0
        deadline = time.monotonic() + PATIENCE
        while b"\x1b[?2026$p" not in self.raw:
            assert time.monotonic() < deadline and self.program.poll() is None, self.raw
            self._read(0.1)
        self.send(b"\x1b[?2026;2$y\x1b[?2048;0$y" + key_bytes("ctrl+l"))
        while _FRAME not in self.raw:
            assert time.monotonic() < deadline and self.program.poll() is None, self.raw
            self._read(0.1)

    def __enter__(self) -> Wire:
        return self

    def press(self, *keys: str) -> None:
        """Press keys one after the other, each when the frame that the one before it made is whole."""
        for key in keys:
            self._sent(b"\x1b[27u" if key == "escape" else key_bytes(key))

    def paste(self, text: str) -> None:
        self._sent(b"\x1b[200~" + text.encode("utf-8", "surrogateescape") + b"\x1b[201~")

    def _sent(self, data: bytes) -> None:
        self.check(whole=False)
        self.send(data)
        deadline = time.monotonic() + _NOTHING_NEW
        while _FRAME not in self.raw and time.monotonic() < deadline:
            assert self.program.poll() is None, f"ended after {data!r}: {self.raw[-2000:]!r}"
            self._read(0.02)
        while not self.raw.endswith(_FRAME) and self.raw and time.monotonic() < deadline + PATIENCE:
            self._read(0.02)

    def check(self, *, whole: bool = True) -> None:
        """Hold what has been written since the last time to what may be; but for `whole`, up to its last frame."""
        end = len(self.raw) if whole else self.raw.rfind(_FRAME) + len(_FRAME) if _FRAME in self.raw else 0
        raw, self.raw = self.raw[:end], self.raw[end:]
        assert not (found := faults(raw, SCREENS, self._size)), found[:10]
        self.bytes += len(raw)
        self.frames += raw.count(_FRAME)
        while self._screen.dirty:
            row = self._screen.buffer[self._screen.dirty.pop()]
            self.seen.update(self._words.findall("".join(row[x].data for x in range(self._size[0]))))


_FRAME = b"\x1b[?2026l"
_NOTHING_NEW = 0.15
"""Seconds after which a key is taken to change nothing. A frame that comes later is held to the same."""


class _Nowhere:
    def feed(self, data: bytes) -> None:
        """Take it, and show nothing."""
