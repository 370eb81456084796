"""Where a shell's prompts stand in what a terminal showed, and the lines that were entered at them.

Three signs, the surest that a recording has:

- the marks of shell integration (OSC 133, or 633): prompt, command, output, and an exit code of each command;
- bracketed paste, which readline and zsh turn on (ESC [ ? 2004 h) while they wait for a line, and off when it is
  entered. What a full-screen program shows, on the alternate screen, is passed over;
- a prompt that names its user and host, or is bash's own ("bash-5.2$ "), at the beginning of a row.

Source: FinalTerm's and VS Code's documents of the marks, xterm's ctlseqs, bash's PROMPTING.

Where a sign says that a prompt is there whose form is not known, it is what was shown at once, before the first key.
A line is read off the screen as it stood when it was entered, so that completion and history are in it. The directory
is what the shell reports of it with the prompt (OSC 7, 633 or 1337), else what the prompt shows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

_MARK = re.compile(r"\x1b\](?:133|633);([A-D])(?:;([^\x07\x1b]*))?(?:\x07|\x1b\\)")
_PASTE = re.compile(r"\x1b\[\?2004([hl])(\r?)")
_BEFORE = re.compile(r"(?:\x1b\[\?2004h|\x1b\](?:133|633);D(?:;[^\x07\x1b]*)?(?:\x07|\x1b\\))+\Z")
"""What stands between an output and a prompt that is marked, and is part of neither."""
_REPORTED = re.compile(
    r"\x1b\](?:7;file://[^/\x07\x1b]*(?P<url>/[^\x07\x1b]*)|(?:633;P;Cwd|1337;CurrentDir)=(?P<path>[^\x07\x1b]+))"
    r"(?:\x07|\x1b\\)"
)
"""The directory, as shells report it to xterm's kin (OSC 7), VS Code and iTerm2."""
_FULL_SCREEN = re.compile(r"\x1b\[\?(?:1049|1047|47)h.*?(?:\x1b\[\?(?:1049|1047|47)l|\Z)", re.DOTALL)
_ESCAPE = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]*[0-~]"
)
_CODE = re.compile(r"-?\d{1,10}")

_NAMED = re.compile(
    r"(?:\([^()\n]{1,60}\) ?)?"  # an environment's name
    r"(?:\[?(?P<name>[\w.-]+@[\w.-]+)(?:[: ](?P<path>[^\s\]$#%>]*))?\]?(?: \([^()\n]{1,60}\))? ?"
    r"|(?P<shell>(?:ba|z|k|da)?sh-\d[\w.]*))[$#%>❯](?: |\Z)"
)
"""user@host:path$, [user@host path]$, user@host path %, bash-5.2$"""

_BARE = re.compile(r"(?:\([^()\n]{1,60}\) ?)?(?:[^\s$#%>❯➜]{0,60} ?[$#%❯]|➜ [^\n]{0,60}?(?:\) ✗|\)|\S))(?: |\Z)")
"""Prompts that might as well be output: believed where a sign says that a prompt stands here."""

_ZSH = "(?:heredoc|[db]?quote|for|while|until|pipe|cmdsubst|if|then|else|elif|case|function|cursh|subsh|cmdand|cmdor)"
_CONTINUED = re.compile(rf"(?:{_ZSH} )*(?:{_ZSH})?>(?: |\Z)|\.\.\.(?: |\Z)|\s*\.\.\.: ")
_PROGRAM = re.compile(r">>>(?: |\Z)|In \[\d+\]: |\((?:gdb|lldb|i?[Pp]db)\) |[\w-]{1,40}(?:=[#>]|[-=*'\"(]?>) ")

_WIDEST_ROW = 4000
_LONGEST_ROW = 300
"""How much of a row may be a prompt."""
_LONGEST_ENTRY = 1 << 18
_FIRST = 4
"""Within how many events a prompt is there."""


@dataclass
class Entry:
    """A line entered at a prompt, at characters [start, end) of what was shown.

    start: where its prompt begins; end: where the output begins. line: None when no line was entered.
    to_program: the prompt is a program's, not the shell's. is_rest: it continues the line before. cancelled: with
    ctrl-c.
    """

    start: int
    end: int
    line: str | None
    cwd: str | None = None
    exit_code: int | None = None
    to_program: bool = False
    is_rest: bool = False
    cancelled: bool = False


class _Shown(NamedTuple):
    """All that a terminal showed, its columns, and where what it showed at once begins."""

    text: str
    width: int
    breaks: Sequence[int]


def entries(text: str, width: int, breaks: Sequence[int] = ()) -> list[Entry]:
    """The lines entered at prompts in all that a terminal showed, in order. breaks: where events begin."""
    shown = _Shown(_FULL_SCREEN.sub(lambda match: " " * len(match[0]), text), width, breaks)
    found = list(_by_marks(shown)) or list(_by_paste(shown)) or list(_by_names(shown))
    _read_directories(shown.text, found)
    return found


def _read_directories(text: str, found: Sequence[Entry]) -> None:
    """What the shell reports of its directory with a prompt, which is surer than what the prompt shows."""
    reports = [*_REPORTED.finditer(text)]
    ends = [report.end() for report in reports]
    for before, entry in zip([0, *(entry.end for entry in found)], found, strict=False):
        index = bisect_right(ends, entry.end)
        if index and reports[index - 1].start() >= before:
            report = reports[index - 1]
            entry.cwd = report["path"] or unquote(report["url"])


def visible(text: str) -> str:
    """What of a text can be read: without escape sequences and controls."""
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", _ESCAPE.sub("", text))


def _by_marks(shown: _Shown) -> Iterator[Entry]:
    text = shown.text
    prompt = command = None
    latest: Entry | None = None
    for mark in _MARK.finditer(text):
        match mark[1]:
            case "A":
                before = _BEFORE.search(text, max(mark.start() - _LONGEST_ROW, 0), mark.start())
                prompt, command = (before or mark).start(), None
            case "B":
                command = mark.end()
            case "C" if prompt is not None:
                latest = _entry(shown, prompt, mark.end())
                if command is not None:
                    latest.line = _without_prompts(rendered(text[command : mark.start()], shown.width))
                    latest.to_program = latest.is_rest = False
                yield latest
                prompt = None
            case "D" if latest:
                code = (mark[2] or "").partition(";")[0]
                latest.exit_code = int(code) if _CODE.fullmatch(code) else None
                latest = None


def _without_prompts(rows: list[str]) -> str:
    """A line that goes on in other rows, without the prompts that bash shows before these."""
    rest = [_CONTINUED.match(row) for row in rows[1:]]
    if all(rest):
        rows = [*rows[:1], *(match.string[match.end() :] for match in rest if match)]
    return "\n".join(rows).strip()


def _by_paste(shown: _Shown) -> Iterator[Entry]:
    text = shown.text
    start: int | None = None
    for mark in _PASTE.finditer(text):
        if mark[1] == "h":
            start = mark.start()
        elif start is not None:
            # readline goes to the next row before it turns the mode off, zsh after.
            is_zsh = text.startswith("\r\n", mark.end()) and not text.endswith("\n", start, mark.start())
            yield _entry(shown, start, mark.end() + 2 * is_zsh)
            start = None
    if start is not None:
        last = _entry(shown, start, len(text))
        last.line = None
        yield last


def _by_names(shown: _Shown) -> Iterator[Entry]:
    """Rows that begin with a prompt with a name, that of the first such row: what is printed may hold another's."""
    text = shown.text
    name = ""
    position, follows = 0, False
    while position < len(text):
        end = text.find("\n", position) + 1 or len(text)
        head = visible(text[position : min(end, position + _LONGEST_ROW)])
        match = _NAMED.match(head)
        own = (match["name"] or match["shell"]) if match else ""
        name = name or own
        if (match and own == name) or (follows and head.startswith("> ")):
            entry = _entry(shown, position, end)
            if not text.endswith("\n", position, end):
                entry.line = None
            yield entry
            follows = True
        else:
            follows = False
        position = end


def _entry(shown: _Shown, start: int, end: int) -> Entry:
    """The line on the rows at [start, end). zsh shows its prompt before it says that it waits."""
    text, width, _ = shown
    rows = rendered(text[start : min(end, start + _LONGEST_ENTRY)], width)
    row_start = text.rfind("\n", 0, start) + 1
    before = rendered(text[max(row_start, start - _LONGEST_ROW) : start], width)
    if before and (entry := _after_prompt(before[-1], Entry(row_start, end, ""))) and not entry.line:
        return _with_line(entry, rows)
    for number, row in enumerate(rows):
        if entry := _after_prompt(row, Entry(start, end, "")):
            return _with_line(entry, [entry.line or "", *rows[number + 1 :]])
    prompt = _shown_first(shown, start, end)
    if rows and prompt and rows[0].startswith(prompt):
        rows[0] = rows[0].removeprefix(prompt)
    return _with_line(Entry(start, end, ""), rows)


def _shown_first(shown: _Shown, start: int, end: int) -> str:
    """What was shown at once at the beginning of [start, end), before keys: a prompt of a form that is not known."""
    index = bisect_right(shown.breaks, start)
    for at in shown.breaks[index : index + _FIRST]:
        if at >= end:
            break
        rows = rendered(shown.text[start:at], shown.width)
        if rows and rows[0].strip():
            return rows[0] if len(rows) == 1 else ""
    return ""


def _after_prompt(row: str, entry: Entry) -> Entry | None:
    """The entry with what stands on its row after a prompt; None when the row begins with none."""
    if match := _NAMED.match(row):
        path = match["path"] or ""
        entry.cwd = path if path.startswith(("/", "~")) else None
    elif match := _CONTINUED.match(row):
        entry.is_rest = True
    elif match := _PROGRAM.match(row):
        entry.to_program = True
    elif not (match := _BARE.match(row)):
        return None
    entry.line = row[match.end() :]
    return entry


def _with_line(entry: Entry, rows: list[str]) -> Entry:
    line = "\n".join(rows).rstrip()
    entry.cancelled = line.endswith("^C")
    entry.line = line.removesuffix("^C")
    return entry


def rendered(text: str, width: int) -> list[str]:
    """The rows that a line editor has drawn, those that only the terminal's width broke made whole."""
    screen = _Rows(width if 0 < width <= _WIDEST_ROW else _WIDEST_ROW)
    position = 0
    for escape in _ESCAPE.finditer(text):
        screen.write(text[position : escape.start()])
        screen.obey(escape[0])
        position = escape.end()
    screen.write(text[position:])
    return screen.lines()


class _Rows:
    """As much of a terminal as a line editor needs. The first row is the prompt's."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[list[str]] = [[]]
        self.wraps: set[int] = set()  # rows that go on in the next
        self.y = self.x = 0

    def write(self, text: str) -> None:
        for char in text:
            if char == "\n":
                self._down()
            elif char == "\r":
                self.x = 0
            elif char == "\b":
                self.x = max(self.x - 1, 0)
            elif char >= " " and char != "\x7f":
                self._put(char)

    def obey(self, sequence: str) -> None:
        if not sequence.startswith("\x1b[") or sequence[2:3] in ("?", ">", "<", "="):
            return
        numbers = [int(n[:5]) if n.isdecimal() else 0 for n in sequence[2:-1].split(";")]
        count = max(numbers[0], 1)
        row = self.rows[self.y]
        match sequence[-1]:
            case "A":
                self.y = max(self.y - count, 0)
            case "B":
                self.y = min(self.y + count, len(self.rows) - 1)
            case "C":
                self.x = min(self.x + count, self.width - 1)
            case "D":
                self.x = max(self.x - count, 0)
            case "G":
                self.x = min(count, self.width) - 1
            case "K" if numbers[0] == 0:
                del row[self.x :]
            case "K" if numbers[0] == 2:
                row.clear()
            case "J" if numbers[0] == 0:
                del row[self.x :]
                del self.rows[self.y + 1 :]
            case "P":
                del row[self.x : self.x + count]
            case "@":
                row[self.x : self.x] = [" "] * min(count, self.width)
                del row[self.width :]

    def lines(self) -> list[str]:
        """The rows as lines, without empty ones at the end."""
        lines: list[str] = []
        joined = False
        for number, row in enumerate(self.rows):
            text = "".join(row)
            lines[-1:] = [lines[-1] + text] if joined else [*lines[-1:], text]
            joined = number in self.wraps
        while lines and not lines[-1].strip():
            lines.pop()
        return lines

    def _put(self, char: str) -> None:
        if self.x >= self.width:
            self.wraps.add(self.y)
            self._down()
            self.x = 0
        row = self.rows[self.y]
        row.extend(" " * (self.x - len(row)))
        row[self.x : self.x + 1] = [char]
        self.x += 1

    def _down(self) -> None:
        self.y += 1
        if self.y == len(self.rows):
            self.rows.append([])
