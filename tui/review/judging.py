"""Judging a step: ratings, mistakes, better actions, comments, the verdict; undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

from reviewer.annotation import Comment, Mistake, Suggestion, dump_value
from reviewer.annotation import Span as Part
from reviewer.errors import ErrataError
from reviewer.event import WHOLE
from reviewer.hint import Hint
from reviewer.review import Entry, Undo
from reviewer.shell import Part as CommandPart
from reviewer.shell import parts, syntax_error, words
from store.session import NotReady
from tui import panels
from tui.drawing import DIM, PLAIN, Row
from tui.external import edit_externally
from tui.highlight import bash_lines
from tui.panels.prompt import Confirm
from tui.review.moving import Moving
from tui.review.words import entry_row, said_here


class Judging(Moving):
    """The actions that write. Each is durable before the screen says so."""

    _last_code: str | None = None

    def do_rate(self) -> None:
        value = self.session.rubric.rating_of_key(self.key.name)
        step = self.session.steps[self.view.step - 1]
        if value is None:
            keys = ", ".join(f"{point.key} {point.name}" for point in self.session.rubric.scale)
            self.say(f"the rubric has no rating on that key; it has {keys}, . unsure")
        elif not step.judged_work:
            self.say("this step is not to be rated: " + ("there is no command" if step.command is None else "a copy"))
        elif self.may_write():
            with self.acting():
                self.session.rate(self.view.step, value)
            if not self.session.unjudged:
                self.say("every command has a rating; v finishes the review")
            elif self.app.advances:
                self.do_next_step()

    def do_next_part(self) -> None:
        self._choose("part", parts, 1)

    def do_previous_part(self) -> None:
        self._choose("part", parts, -1)

    def do_next_word(self) -> None:
        self._choose("word", words, 1)

    def do_previous_word(self) -> None:
        self._choose("word", words, -1)

    def _choose(self, name: str, split: Callable[[str], list[CommandPart]], by: int) -> None:
        """Choose the next or previous of these from what is chosen, whichever that is; past the ends, nothing."""
        found = split(self.session.step(self.view.step).command)
        if len(found) < 2:
            self.say(f"the command has one {name}" + ("; w and W choose a word of it" if name == "part" else ""))
            return
        spans = [Part(of="command", start=part.start, end=part.end) for part in found]
        if chosen := self.view.part:  # what holds another comes before it
            here = (chosen.start, -chosen.end)
            beyond = [at for at in spans if (at.start, -at.end) != here and ((at.start, -at.end) > here) == (by > 0)]
        else:
            beyond = spans
        self.view.part = beyond[0 if by > 0 else -1] if beyond else None
        self.view.is_open = self.view.is_open and not self.view.part
        place = f"{name} {spans.index(self.view.part) + 1} of {len(spans)}: m marks it" if self.view.part else ""
        self.say(place or "the whole command")

    def do_mark(self) -> None:
        if self.may_write():
            self._mark(None)

    def _mark(self, entry: Entry | None, *, change_code: bool = False) -> None:
        step, slot = self.view.step, entry.slot if entry else ""

        def done(mistake: Mistake) -> None:
            with self.acting():
                self.session.mark(step, mistake, slot or None)
            self._last_code = mistake.code
            self.view.part = None
            if len(self.session.review.mistakes(step)) > _MOST_CODES:
                self.say(f"marked {mistake.code}; the guide asks for two codes a step at most (x withdraws one)")
            elif self.session.review.rating(step) is None and self.session.steps[step - 1].judged_work:
                self.say(f"marked {mistake.code}; the command still wants a rating: 1 0 - .")
            else:
                self.say(f"marked {mistake.code}")

        said = entry.value if entry and isinstance(entry.value, Mistake) else None
        span = said.span if said else self.view.part
        command = self.session.step(step).command
        self.open(
            panels.MarkMistake(
                self.session.rubric,
                step,
                done,
                steps=len(self.session.steps),
                kept=self._keeper("mistake", slot),
                span=span,
                part=command[span.start : span.end] if span and span.of == "command" else "",
                last=self._last_code,
                old=dump_value(said) if said else None,
                draft=self.drafts.get(step, "mistake", slot),
                change_code=change_code,
            )
        )

    def do_decide(self) -> None:
        if not self.may_write():
            return
        here = self.session.review.mistakes(self.view.step)
        if not here:
            self.say("no mistake is marked here; m marks one")
            return
        slot = here[-1].slot
        with self.acting():
            decided = self.session.review.decisive == slot and not self.session.review.decisive_is_contested
            self.session.decide(None if decided else slot)
        self.say("no longer decisive" if decided else "this mistake decided the session")

    def do_suggest(self) -> None:
        if self.may_write():
            existing = self.session.review.suggestions(self.view.step)
            self._suggest(existing[-1] if existing else None)

    def do_suggest_in_editor(self) -> None:
        if not self.may_write():
            return
        existing = self.session.review.suggestions(self.view.step)
        entry = existing[-1] if existing else None
        texts = self._suggestion_texts(entry)
        edited = edit_externally(self.app, texts["command"], ".sh")
        if edited is not None and edited != texts["command"]:
            self.drafts.keep(self.view.step, "suggestion", entry.slot if entry else "", {**texts, "command": edited})
        self._suggest(entry)

    def _suggestion_texts(self, entry: Entry | None) -> dict[str, str]:
        """What the editor opens with: the draft, else what was said, else the agent's command."""
        draft = self.drafts.get(self.view.step, "suggestion", entry.slot if entry else "")
        if draft is not None:
            return {name: str(draft.get(name, "")) for name in ("command", "rationale")}
        if entry is not None and isinstance(entry.value, Suggestion):
            return {"command": entry.value.command, "rationale": entry.value.rationale}
        command = self.session.step(self.view.step).command
        return {"command": command.encode("utf-8", "replace").decode(), "rationale": ""}

    def _suggest(self, entry: Entry | None) -> None:
        step, slot = self.view.step, entry.slot if entry else ""
        texts = self._suggestion_texts(entry)

        def save(now: dict[str, str]) -> None:
            old = entry.value if entry and isinstance(entry.value, Suggestion) else None
            command = now["command"].strip("\n")
            if not command.strip():
                raise ErrataError("not saved: the better command is empty; Esc leaves the editor")
            if old is None and command == self.session.step(step).command.strip("\n"):
                raise ErrataError("not saved: this is still the agent's own command")
            with self.acting():
                thought = old.thought if old else ""
                value = Suggestion(command=command, thought=thought, rationale=now["rationale"].strip())
                self.session.suggest(step, value, slot or None)
            self.drafts.drop(step, "suggestion", slot)
            if fault := _fault_of(command):
                self.say(f"saved, though bash says: {fault}")

        fields = [
            panels.Field("command", "", texts["command"], lambda text: [list(line) for line in bash_lines(text)]),
            panels.Field("rationale", "why (optional)", texts["rationale"]),
        ]
        from tui.review.advice import Advice

        title = f"better action for step {step}"
        advice = Advice(self.app)
        self.open(
            panels.Editor(
                title,
                fields,
                save,
                changed=self._keeper("suggestion", slot),
                check=self._check_bash,
                advice=lambda now: advice.about(now["command"]),
            )
        )

    def _check_bash(self, texts: dict[str, str]) -> tuple[str, bool]:
        """The line under the suggestion editor."""
        if not texts["command"].strip():
            return "bash: nothing to run", False
        fault = _fault_of(texts["command"])
        if fault:
            return f"bash: {fault}", False
        return f"bash: ok {self.look.dot} one step only, not the whole solution", True

    def do_comment(self) -> None:
        self._comment(None, to_lead=False)

    def do_ask_lead(self) -> None:
        self._comment(None, to_lead=True)

    def _comment(self, entry: Entry | None, *, to_lead: bool) -> None:
        if not self.may_write():
            return
        step = self.view.step
        kind, slot = ("question" if to_lead else "comment"), entry.slot if entry else ""
        old = entry.value.text if entry and isinstance(entry.value, Comment) else ""
        draft = self.drafts.get(step, kind, slot)

        def save(now: dict[str, str]) -> None:
            text = now["text"].strip()
            if not text:
                raise ErrataError("not saved: there is no text; Esc leaves the editor")
            with self.acting():
                self.session.comment(step, Comment(text=text, to_lead=to_lead), slot or None)
            self.drafts.drop(step, kind, slot)

        title = f"question to the lead about step {step}" if to_lead else f"comment on step {step}"
        text = str(draft["text"]) if draft else old
        self.open(panels.Editor(title, [panels.Field("text", "", text)], save, changed=self._keeper(kind, slot)))

    def _keeper(self, kind: str, slot: str) -> Callable[[dict[str, Any] | None], None]:
        """Keeps what is being written as a draft, durable before the key is over."""
        return partial(self.drafts.keep, self.view.step, kind, slot)

    def do_answer_hint(self) -> None:
        hints = self.session.hints(self.view.step)[:4]
        if not hints:
            self.say("there is no hint here; } goes to the next")
        elif self.may_write():
            choices = []
            for number, hint in enumerate(hints):
                why: Row = [(f"{hint.rule}: {self.look.flat(hint.why)}", DIM)]
                for key, (answer, confirms) in enumerate((("right  ", True), ("wrong  ", False)), 2 * number + 1):
                    act = partial(self._answer_hint, hint, confirms)
                    choices.append(panels.Choice(str(key), [(answer, PLAIN), *why], act))
            self.open(panels.Pick("the hints here are rules that fired, not judgements", choices))

    def _answer_hint(self, hint: Hint, confirmed: bool) -> None:
        with self.acting():
            self.session.answer_hint(hint, confirmed=confirmed)

    def do_amend(self) -> None:
        if not self.may_write():
            return
        session, step = self.session, self.view.step
        entries = said_here(session.review, step)[:9]
        if not entries:
            self.say("nothing was said here")
            return
        self.open(
            panels.Pick(
                "change or withdraw",
                [
                    panels.Choice(
                        str(number),
                        entry_row(entry, session.review, session.rubric, self.look, session.step(step).command),
                        partial(self._amend, entry),
                    )
                    for number, entry in enumerate(entries, start=1)
                ],
            )
        )

    def _amend(self, entry: Entry) -> None:
        def withdraw() -> None:
            with self.acting():
                self.session.withdraw(entry)
            self.say(f"withdrew the {entry.kind}; u brings it back")

        def add(key: str, what: str, act: Callable[[], None]) -> None:
            choices.append(panels.Choice(key, [(what, PLAIN)], act))

        choices: list[panels.Choice] = []
        add("w", "withdraw it", withdraw)
        match entry.value:
            case Mistake():
                add("e", "change its severity, its note...", partial(self._mark, entry))
                add("c", "change its code", partial(self._mark, entry, change_code=True))
            case Suggestion():
                add("e", "change it", partial(self._suggest, entry))
                choices += self._option_ratings(entry)
            case Comment(to_lead=to_lead):
                add("e", "change it", partial(self._comment, entry, to_lead=to_lead))
        if entry.contested:
            add("k", "keep this version, drop the other", partial(self._keep_version, entry))
        self.open(panels.Pick(f"the {entry.kind} at step {entry.step}", choices))

    def _option_ratings(self, entry: Entry) -> list[panels.Choice]:
        def rate(value: int | str) -> None:
            with self.acting():
                self.session.rate(entry.step, value, entry.slot)

        scale: list[tuple[str, str, int | str]] = [(p.key, p.name, p.value) for p in self.session.rubric.scale]
        return [
            panels.Choice(key, [(f"rate the better action: {name}", PLAIN)], partial(rate, value))
            for key, name, value in [*scale, (".", "unsure", "unsure")]
        ]

    def _keep_version(self, entry: Entry) -> None:
        with self.acting():
            self.session.pick(entry)

    def do_undo(self) -> None:
        self._take_back(self.session.undo, "undid", "nothing to undo")

    def do_redo(self) -> None:
        self._take_back(self.session.redo, "did again", "nothing to redo")

    def _take_back(self, act: Callable[[], Undo | None], done: str, nothing: str) -> None:
        if not self.may_write():
            return
        with self.acting():
            undo = act()
        if undo is None:
            self.say(nothing)
            return
        subject = undo.subject
        if subject.step != WHOLE:
            self.go(subject.step)
        where = f" at step {subject.step}" if subject.step != WHOLE else ""
        self.say(f"{done}: {subject.kind.replace('decisive', 'decisive mark')}{where}")

    def do_finish(self) -> None:
        if self.session.is_anothers:
            self.may_write()
        elif self.session.read_only:
            revision = self.session.review.revision + 1
            question = f"Reopen it as revision {revision}? What was submitted stays in the log."
            self.open(Confirm("this review is submitted", question, self._reopen))
        else:
            self.open(panels.Verdict(self.session, self.drafts, self._submit, self._answer))

    def _reopen(self) -> None:
        with self.acting():
            self.session.reopen()
        self.say("reopened; it is not submitted until you submit it again")

    def _answer(self, question: str, value: str) -> None:
        with self.acting():
            self.session.answer(question, value)

    def _submit(self) -> None:
        try:
            with self.acting():
                self.session.submit()
        except NotReady as error:
            if error.steps:
                self.panels.clear()
                self.go(error.steps[0])
            raise
        self.panels.clear()
        self.say(f"submitted, revision {self.session.review.revision}; q goes back to the queue")


_MOST_CODES = 2

_fault_of = lru_cache(maxsize=16)(syntax_error)
"""The check runs bash: once for each text, not for each time it is painted."""
