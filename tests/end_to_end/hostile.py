"""Trajectories in which every text that can reach a screen attacks: the known attacks, or what hypothesis makes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from reviewer.annotation import Comment, HintAnswer, Mistake, Suggestion, Value
from reviewer.event import WHOLE, Subject
from reviewer.rubric import Rubric, parse_rubric
from reviewer.trajectory import Action, Source, StepBuilder, Task, Trajectory
from store import Store
from store.log import Change
from tests.end_to_end.attacks import ATTACKS
from tests.tui import sessions

STEP_FIELDS = ("prompt", "thought", "reasoning", "tool", "argument", "value", "command", "output", "cwd")
"""The texts of a step that the review screen shows."""

SAID_FIELDS = ("note", "better", "why", "comment", "code", "rule")
"""What people say of a step, which may be copied from it; and what events hold that another program made."""

HEAD_FIELDS = ("title", "task", "agent", "model", "outcome", "source", "part", "taskid")
"""The texts of a trajectory beside its steps'."""

WORD = "(?:" + "|".join((*STEP_FIELDS, *SAID_FIELDS, *HEAD_FIELDS)) + r")\d+z"
"""Beside each attack stands a word that names its field and number, to tell whether it was on the screen."""

# -- texts

_CONTROL = st.sampled_from(
    [
        *map(chr, (*range(0x20), *range(0x7F, 0xA0))),
        *"\u200b\u202e\u2066\u2028\ufeff\u00ad\U000e0041\ufe0f\u0301\udc9b\ud800",
    ]
)
_INTRODUCERS = st.sampled_from(
    ["\x1b[", "\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1bk", "\x9b", "\x9d", "\x90", "\x1b"]
)
_ENDS = st.sampled_from(["\x07", "\x1b\\", "\x9c", "\x18", "\n", "\r\n", "\r", ""])
_SEQUENCE = st.builds(
    "".join,
    st.tuples(
        _INTRODUCERS,
        st.text("0123456789;:?>=<$!\"' /#%*+", max_size=8),
        st.text("@ABCHJKPchlmnpqrstux~{|`bz", max_size=2),
    ),
)  # fmt: skip
_STRING = st.builds("".join, st.tuples(_INTRODUCERS, st.from_regex(r"[0-9]{0,4};[ -~]{0,12}", fullmatch=True), _ENDS))
_MARKUP = st.sampled_from(["[bold]", "[/]", "[@click=app.quit]", "[link=file:///x]", "\\[", "%s", "{0}", "${x}"])

hostile_texts = st.lists(
    st.one_of(
        st.sampled_from([attack.text for attack in ATTACKS]),
        _SEQUENCE,
        _STRING,
        _CONTROL,
        st.text(_CONTROL, max_size=12),
        st.text(st.characters(), max_size=12),
        _MARKUP,
    ),
    min_size=1,
    max_size=6,
).map("".join)
"""Known attacks and made-up ones, run into each other."""

# -- trajectories


def add_hostile(store: Store, texts: Sequence[str], number: int = 0, reviewer: str = "alice") -> str:
    """A trajectory with a step for each text, in every field of it, and the same said about each; its full id."""
    first, whole = number, "".join(texts[:1])
    build = StepBuilder()
    for number, text in enumerate(texts, first):
        is_shell = number % 4 != 3
        build.next_turn().add(
            prompt=f"prompt{number}z {text}",
            thought=f"thought{number}z {text}",
            reasoning=f"reasoning{number}z {text}",
            action=Action(
                "bash" if is_shell else f"tool{number}z {text}",
                f"command{number}z {text}",
                call_id=text,
                is_shell=is_shell,
                arguments={f"argument{number}z {text}": 1, "text": f"value{number}z {text}", "more": {text: [text]}},
            ),
            output=f"output{number}z {text}\n{text}\r\n{text}",
            cwd=f"cwd{number}z{text}",
            exit_code=number % 3 or None,
            pointer=text,
            usage={text: 1},
        )
    source = hashlib.sha256(repr((first, texts)).encode()).hexdigest()
    id_ = sessions.add(
        store,
        Trajectory(
            source=Source("mini-swe-agent", f"source{first}z{whole}", source, f"part{first}z{whole}"),
            steps=build.steps,
            task=Task(
                f"taskid{first}z{whole}", f"title{first}z {whole}", f"task{first}z {whole}\n" + "\n".join(texts)
            ),
            agent=f"agent{first}z {whole}",
            model=f"model{first}z {whole}",
            outcome=f"outcome{first}z {whole}",
            totals={whole: 1},
        ),
    )
    session = store.session(reviewer, id_)
    for step, text in enumerate(texts, 1):
        number, said = first + step - 1, text.encode("utf-8", "replace").decode()
        session.mark(step, Mistake(code="B3", note=f"note{number}z {said}"))
        session.suggest(step, Suggestion(command=f"better{number}z {said}", rationale=f"why{number}z {said}"))
        session.comment(step, Comment(text=f"comment{number}z {said}", to_lead=number % 2 == 0))
        session.keep_draft(step, "comment", "", {"text": said})
        foreign: dict[Subject, Value | dict[str, Any]] = {
            Subject(reviewer, id_, step, "mistake", f"slot {said}"): Mistake(code=f"code{number}z {said}"),
            Subject(reviewer, id_, step, "hint", f"rule{number}z {said}"): HintAnswer(confirmed=True),
            Subject(reviewer, id_, step, f"kind {said}", said): {"kind": f"kind {said}", said: said},
            Subject(f"other {said}", id_, step, "comment", said): Comment(text=said or "-"),
        }
        store.log.write([Change(subject, value) for subject, value in foreign.items()], rubric=f"version {said}")
    session.comment(WHOLE, Comment(text=f"comment{first}z {said}"))
    return id_


def hostile_rubric(text: str) -> Rubric:
    """A rubric that hides nothing, with a text in its names, examples, questions and instructions."""
    said = text.encode("utf-8", "replace").decode().replace("\x00", "")
    quoted = "".join(f"\\U{ord(char):08x}" for char in said)
    toml = sessions.rubric("all").text
    for word in (
        "ignored signal",
        "an error or a warning was visible",
        "python train.py",
        "belief",
        "Was the task done?",
    ):
        assert f'"{word}' in toml
        toml = toml.replace(f'"{word}', f'"{word}{quoted}')
    rubric = parse_rubric(toml.replace("# How to review", f"# How to review {quoted} [/foo] ${{x}}"))
    return msgspec.structs.replace(rubric, hide=frozenset())


def hostile_store(path: Path, texts: Sequence[str], per_session: int = 12) -> int:
    """A store full of such trajectories, `per_session` texts each; how many trajectories."""
    with Store(path) as store:
        store.use_rubric(hostile_rubric(texts[0]))
        starts = range(0, len(texts), per_session)
        for start in starts:
            add_hostile(store, texts[start : start + per_session], start)
        return len(starts)
