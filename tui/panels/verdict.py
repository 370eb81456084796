"""The verdict: the rubric's questions about the whole, and the submission."""

from __future__ import annotations

from collections.abc import Callable

from reviewer.annotation import Answer
from reviewer.event import WHOLE
from reviewer.rubric import Question
from store.session import ReviewSession
from tui.drawing import BAD, BOLD, DIM, GOOD, KEY, PLAIN, REVERSE, WARN, Look, Row, cut, wrap_text
from tui.keys import Key
from tui.panel import Panel, Size, panel_rule
from tui.panels.prompt import edit_rows
from tui.review.drafts import Drafts
from tui.text_edit import TextEdit

_WALKS = {"j": 1, "down": 1, "tab": 1, "k": -1, "up": -1, "shift+tab": -1}


class Verdict(Panel):
    """Each choice is saved as it is made; Enter on the last line submits. submitted: called when that worked."""

    def __init__(
        self, session: ReviewSession, drafts: Drafts, submit: Callable[[], None], keep: Callable[[str, str], None]
    ) -> None:
        super().__init__()
        self._session = session
        self._drafts = drafts
        self._submit = submit
        self._keep = keep
        self._questions = session.rubric.question
        open_questions = (i for i, q in enumerate(self._questions) if not session.review.answer(q.id))
        self.at = next(open_questions, len(self._questions))
        self._edit: TextEdit | None = None
        self._is_walking = False
        """Whether the last key went to another question: then j and k go on, also over one that takes text."""

    @property
    def takes_text(self) -> bool:  # type: ignore[override]
        return self._edit is not None or self._asks_for_text

    @property
    def hints(self) -> str:
        if self._edit is not None:
            return "Enter|keeps the answer  Esc|leaves it"
        if self._asked is None:
            return "Enter|submits  j/k|question  q|later"
        if self._asks_for_text:
            return "type|to answer  Enter|next  up/down|question  Esc|later"
        return "1-9|answers  backspace|takes it back  Enter|next  j/k|question  q|later"

    @property
    def _asked(self) -> Question | None:
        return self._questions[self.at] if self.at < len(self._questions) else None

    @property
    def _asks_for_text(self) -> bool:
        return self._asked is not None and not self._asked.choices

    def handle(self, key: Key) -> None:
        asked = self._asked
        was_walking, self._is_walking = self._is_walking, key.name in _WALKS and self._edit is None
        if self._edit is not None and asked is not None:
            if key.name == "enter":
                self._finish_text(asked, self._edit.text.strip())
            elif self._edit.handle(key):
                self._keep_draft()
        elif (
            self._asks_for_text
            and (key.is_text or key.name == "backspace")
            and not (was_walking and self._is_walking)
        ):
            self._is_walking = False
            self._begin_text().handle(key)
            self._keep_draft()
        elif key.name in _WALKS:
            self.at = min(max(self.at + _WALKS[key.name], 0), len(self._questions))
        elif asked is None:
            if key.name == "enter":
                self._finish()
            else:
                self.place.say("Enter submits; k goes back to the questions; q leaves it for later")
        elif key.character.isdecimal() and 1 <= int(key.character) <= len(asked.choices):
            self._keep(asked.id, asked.choices[int(key.character) - 1].id)
            self._next()
        elif key.name == "enter" and self._is_missing(asked):
            self.place.say(f"this one is required: 1 to {len(asked.choices)} answers; j leaves it for now")
        elif key.name == "enter":
            self._next()
        elif key.name == "backspace" and self._session.review.answer(asked.id):
            self._keep(asked.id, "")
        elif asked.choices:
            self.place.say(f"1 to {len(asked.choices)} answers; backspace takes the answer back")

    def leave(self) -> None:
        if self._edit is not None:
            self._edit = None
        else:
            self.close()

    def paste(self, text: str) -> None:
        if self.takes_text:
            (self._edit or self._begin_text()).insert(text)
            self._keep_draft()
        else:
            super().paste(text)

    def _begin_text(self) -> TextEdit:
        assert self._asked is not None
        draft = self._drafts.get(WHOLE, "answer", self._asked.id)
        text = str(draft["text"]) if draft else self._session.review.answer(self._asked.id) or ""
        self._edit = TextEdit(text, single_line=True)
        return self._edit

    def _keep_draft(self) -> None:
        if self._asked is not None and self._edit is not None:
            self._drafts.keep(WHOLE, "answer", self._asked.id, {"text": self._edit.text})

    def _finish_text(self, asked: Question, text: str) -> None:
        if text != (self._session.review.answer(asked.id) or "") or len(self._versions(asked)) > 1:
            self._keep(asked.id, text)
        self._drafts.drop(WHOLE, "answer", asked.id)
        self._edit = None
        self._next()

    def _versions(self, question: Question) -> list[str]:
        """The answers to a question; two where two devices said two things. "" for one that was taken back."""
        review = self._session.review
        values = (head.annotation for head in review.heads(review.subject(WHOLE, Answer.kind, question.id)))
        return sorted(_name_of(question, value.value if isinstance(value, Answer) else "") for value in values)

    def _is_missing(self, question: Question) -> bool:
        return question.required and not self._session.review.answer(question.id)

    def _finish(self) -> None:
        """Submit; where that will say that an answer is missing, stand on it."""
        if not self._unrated:
            missing = (place for place, question in enumerate(self._questions) if self._is_missing(question))
            self.at = next(missing, self.at)
        self._submit()

    @property
    def _unrated(self) -> list[int]:
        return self._session.unjudged if "ratings" in self._session.rubric.require else []

    def _next(self) -> None:
        self.at = min(self.at + 1, len(self._questions))

    # -- drawing

    def rows(self, look: Look, size: Size) -> list[Row]:
        rated, work = self._session.judged_count
        rows: list[Row] = [panel_rule(look, size.width, "verdict", f"{rated} of {work} commands rated")]
        for place, question in enumerate(self._questions):
            rows += self._question(look, size.width, question, active=place == self.at)
        active = self._asked is None
        missing = self._unrated
        open_ = sum(map(self._is_missing, self._questions))
        state = ("ready", GOOD)
        if missing:
            state = (f"{len(missing)} without a rating: Enter goes there", BAD)
        elif open_:
            state = (f"{open_} {'answer' if open_ == 1 else 'answers'} missing", BAD)
        mark = " > " if active else "   "
        rows.append([(mark, KEY), ("submit", REVERSE if active else BOLD), ("  ", PLAIN), state])
        return rows

    def _question(self, look: Look, width: int, question: Question, *, active: bool) -> list[Row]:
        answer = self._session.review.answer(question.id)
        need = " (required)" if self._is_missing(question) else ""
        head: Row = [(" > " if active else "   ", KEY), (question.ask, BOLD if active else PLAIN), (need, BAD)]
        named = _name_of(question, answer or "")
        versions = self._versions(question)
        if not active:
            two: Row = [("  (answered differently on another device)", WARN)] if len(versions) > 1 else []
            return [cut([*head, ("  " + look.text(named), GOOD), *two], width, look.ellipsis)]
        if len(versions) > 1:
            said = " / ".join(look.flat(version) or "(no answer)" for version in versions)
            head.append((f"  (on two devices: {said}; answer again to pick)", WARN))
            head = cut(head, width, look.ellipsis)
        if self._edit is not None:
            return [head, *edit_rows([("     ", PLAIN)], self._edit, look, width)]
        rows = [head]
        for number, choice in enumerate(question.choices, start=1):
            style = REVERSE if choice.id == answer else PLAIN
            line: Row = [(f"     {number} ", KEY), (choice.name, style), (f"  {choice.meaning}", DIM)]
            rows.append(cut(line, width, look.ellipsis))
        if not question.choices:
            if draft := self._drafts.get(WHOLE, "answer", question.id):
                named = f"{draft['text']} (not kept yet: type or Enter)"
            lines = wrap_text(named, width - 6) if named else ["(type to answer)"]
            rows += [[("     ", PLAIN), (look.text(line), DIM if not named else PLAIN)] for line in lines]
        return rows


def _name_of(question: Question, answer: str) -> str:
    """An answer as it is shown: the name of what was chosen, or the text."""
    return next((choice.name for choice in question.choices if choice.id == answer), answer)
