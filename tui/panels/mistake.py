"""Marking a mistake: a family's letter, a digit, then severity and note.

A reviewer who knows the codes types m b 3 Enter; one who does not reads definition and example in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from reviewer.annotation import Mistake, Span
from reviewer.errors import ErrataError
from reviewer.rubric import Code, Rubric
from tui.drawing import BAD, BOLD, DIM, INFO, KEY, PLAIN, REVERSE, Look, Row, cut, wrap_row, wrap_text
from tui.keys import Key
from tui.panel import Panel, Size, panel_rule
from tui.panels.prompt import edit_rows
from tui.review.words import SEVERITY
from tui.text_edit import TextEdit

SEVERITY_NAME = {1: "minor", 2: "serious", 3: "fatal"}

_FIELDS = ("note", "follows", "recovered_at", "confidence")
_LABELS = {
    "note": "note",
    "follows": "follows from the mistake at step",
    "recovered_at": "repaired at step",
    "confidence": "how sure, 1-3",
}


class MarkMistake(Panel):
    """One mistake, new or changed.

    done: called with it when it is complete. kept: called with its fields after every key that changes them; None
    when nothing is worth keeping. last: the code that m m gives again. steps: how many the session has.
    old: the fields of the mistake to change. draft: fields kept when the panel was left, which Enter goes on with.
    part: the chosen part of the command.
    """

    def __init__(
        self,
        rubric: Rubric,
        step: int,
        done: Callable[[Mistake], None],
        *,
        steps: int,
        kept: Callable[[dict[str, Any] | None], None],
        span: Span | None = None,
        part: str = "",
        last: str | None = None,
        old: Mapping[str, Any] | None = None,
        draft: Mapping[str, Any] | None = None,
        change_code: bool = False,
    ) -> None:
        super().__init__()
        self._rubric = rubric
        self._step = step
        self._done = done
        self._steps = steps
        self._last = last
        self._kept = kept
        self._span = span
        self._part = part
        self._draft = draft
        self.family: str | None = None
        self.code: Code | None = None
        self.field = 0
        self._begin(old or {}, change_code=change_code)
        self._digit: tuple[str, int] | None = None
        """A severity just typed as the first key, and the severity before it: it may be the start of a note."""

    def _begin(self, fields: Mapping[str, Any], *, change_code: bool = False) -> None:
        if fields and not change_code:
            self.code = self._rubric.find_code(fields["code"])
        self.severity = int(fields.get("severity") or 2)
        self._edits = {name: TextEdit(str(fields.get(name) or ""), single_line=True) for name in _FIELDS}

    @property
    def takes_text(self) -> bool:  # type: ignore[override]
        return self.code is not None

    @property
    def hints(self) -> str:
        if self.code is None:
            again = f"m|again {self._last}  " if self._last else ""
            again = f"Enter|goes on with the note that was kept  {again}" if self._draft else again
            return f"{again}a letter|family  then a digit|code  q|cancels"
        return "1-3|severity  Enter|marks it  Tab|more fields  Esc|leaves it, a note is kept"

    # -- keys

    def handle(self, key: Key) -> None:
        if self.code is not None:
            self._handle_field(key)
        elif self.family is None:
            self._choose_family(key)
        else:
            self._choose_code(key)

    def _choose_family(self, key: Key) -> None:
        letter = key.character.upper()
        if key.name == "enter" and self._draft:
            self._begin(self._draft)
        elif key.name == "m" and self._last and not self._rubric.codes_of("M"):
            self.code = self._rubric.find_code(self._last)
        elif letter and self._rubric.codes_of(letter):
            self.family = letter
        else:
            self.place.say(f"no family {key.name!r}; the letters are {', '.join(self._letters())}")

    def _choose_code(self, key: Key) -> None:
        if key.name == "backspace":
            self.family = None
        elif found := next((c for c in self._rubric.codes_of(self.family or "") if c.id[1] == key.character), None):
            self.code = found
        elif key.character.upper() in self._letters():
            self.family = key.character.upper()
        else:
            self.place.say(f"no code {self.family}{key.name}; backspace goes back to the families")

    def _handle_field(self, key: Key) -> None:
        name = _FIELDS[self.field]
        edit = self._edits[name]
        if key.name == "enter":
            self._finish()
        elif key.name == "tab":
            self.field = (self.field + 1) % len(_FIELDS)
        elif key.name == "shift+tab":
            self.field = (self.field - 1) % len(_FIELDS)
        elif name == "note" and not edit.text and key.name in ("1", "2", "3"):
            self._digit = (key.name, self.severity)
            self.severity = int(key.name)
        elif name == "note" and not edit.text and key.name == "backspace":
            self.code = None
        elif name != "note" and key.is_text and not key.character.isdecimal():
            self.place.say("a number, please; Tab goes to the next field")
        elif edit.handle(key):
            if self._digit and key.is_text and not key.character.isalpha():
                # "30 files ...": what came first was no severity but the start of the note.
                digit, self.severity = self._digit
                edit.text, edit.cursor = digit + edit.text, edit.cursor + 1
            self._digit = None
            self._keep()

    def _keep(self) -> None:
        fields = {name: edit.text for name, edit in self._edits.items()}
        if self.code is not None:
            said = any(fields.values())
            self._kept({"code": self.code.id, "severity": self.severity, **fields} if said else None)

    def _finish(self) -> None:
        assert self.code is not None
        mistake = Mistake(
            code=self.code.id,
            severity=self.severity,
            note=self._edits["note"].text.strip(),
            span=self._span,
            follows=self._number("follows"),
            recovered_at=self._number("recovered_at"),
            confidence=self._number("confidence"),
        )
        self._done(mistake)
        self._kept(None)
        self.close()

    def _number(self, name: str) -> int | None:
        """The number in a field; None when it is empty. Raises ErrataError for one that means nothing."""
        text = self._edits[name].text.strip()
        most = len(SEVERITY) if name == "confidence" else self._steps
        if not text or (text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most):
            return int(text) if text else None
        self.field = _FIELDS.index(name)
        if name == "confidence":
            raise ErrataError("confidence is 1, 2 or 3")
        raise ErrataError(f"there is no step {text}; they go from 1 to {most}")

    def paste(self, text: str) -> None:
        if self.code is None:
            super().paste(text)
        else:
            self._edits[_FIELDS[self.field]].insert(text)
            self._keep()

    # -- drawing

    def _letters(self) -> list[str]:
        return [family.letter for family in self._rubric.family]

    def rows(self, look: Look, size: Size) -> list[Row]:
        title = f"mistake at step {self._step}" + (f" in `{look.line_of(self._part)}`" if self._part else "")
        if self.code is None:
            return [
                panel_rule(look, size.width, title, "q cancels"),
                self._families(look, size.width),
                *self._codes(look, size.width),
            ]
        code = self.code
        rows: list[Row] = [
            panel_rule(look, size.width, f"{title}: {code.id} {code.name}", "Esc cancels"),
            *([(" ", PLAIN), (line, DIM)] for line in wrap_text(code.definition, size.width - 2)),
            self._severities(),
        ]
        for place, name in enumerate(_FIELDS):
            active = place == self.field
            if active or self._edits[name].text or name == "note":
                label: Row = [(f" {_LABELS[name]}: ", BOLD if active else PLAIN)]
                rows += edit_rows(label, self._edits[name], look, size.width, active=active)
        return rows

    def _families(self, look: Look, width: int) -> Row:
        row: Row = []
        for family in self._rubric.family:
            chosen = family.letter == self.family
            row += [
                (" ", PLAIN),
                (family.letter.lower(), KEY),
                (f" {family.name} ", REVERSE if chosen else PLAIN),
            ]
        return cut(row, width, look.ellipsis)

    def _codes(self, look: Look, width: int) -> list[Row]:
        if self.family is None:
            meanings = [(family.letter, family.name, family.meaning) for family in self._rubric.family]
            return [
                cut([(f" {letter.lower()} ", KEY), (f"{name}: ", BOLD), (meaning, DIM)], width, look.ellipsis)
                for letter, name, meaning in meanings
            ]
        rows: list[Row] = []
        for code in self._rubric.codes_of(self.family):
            name: Row = [(f" {code.id[1]} ", KEY), (code.name, BOLD), (f": {code.definition}", PLAIN)]
            rows += wrap_row(name, width, "   ", at_blanks=True)
            example: Row = [
                ("   e.g. ", DIM),
                (code.example, INFO),
                (f"  when {code.when}" if code.when else "", DIM),
            ]
            rows += wrap_row(example, width, "   ", at_blanks=True)
        return rows

    def _severities(self) -> Row:
        row: Row = [(" severity ", PLAIN)]
        for value, name in SEVERITY_NAME.items():
            style = BAD + REVERSE if value == self.severity else PLAIN
            row += [(f" {value} ", KEY), (f"{SEVERITY[value]} {name}", style)]
        return row
