"""What the screens look like, each kept as a text file in snapshots/."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pytest
from rich.cells import cell_len

from reviewer.annotation import Comment, Mistake, Suggestion
from store import Store
from tests.tui import sessions, snapshots
from tests.tui.desk import Desk, sit_down
from tests.tui.sessions import (
    BUILD,
    COPIED,
    DISK,
    EDIT,
    HEALTH,
    INSTALL,
    INTERRUPT,
    REFUSED,
    REVIEWER,
    SCRIPT,
    SERVE,
    WORLD,
    WROTE,
)

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 50)


@dataclass(frozen=True)
class Screen:
    """keys: pressed once the screens are open. at: the step to stand on, or the queue.

    before: done to the store first. reveal: the rubric's policy.
    """

    name: str
    keys: tuple[str, ...] = ()
    at: int | Literal["queue"] = BUILD
    size: tuple[int, int] = SMALL
    before: Callable[[Store, str], None] = sessions.judge_some
    reveal: Literal["all", "forward", "action-first"] = "all"
    ascii_only: bool = False


def _nothing(store: Store, trajectory: str) -> None:
    pass


def _submitted(store: Store, trajectory: str) -> None:
    sessions.judge_some(store, trajectory)
    sessions.judge_all(store, trajectory)
    store.session(REVIEWER, trajectory).submit()


def _withdrawn(store: Store, trajectory: str) -> None:
    sessions.judge_some(store, trajectory)
    session = store.session(REVIEWER, trajectory)
    for entry in session.review.entries(BUILD):
        session.withdraw(entry)


def _said_at_length(store: Store, trajectory: str) -> None:
    session = store.session(REVIEWER, trajectory)
    session.rate(BUILD, -1)
    for number, code in enumerate(("B1", "B3", "P4", "V2"), start=1):
        session.mark(BUILD, Mistake(code=code, note=f"note {number}: " + "a long explanation " * 8))
    session.suggest(BUILD, Suggestion(command="df -h ~\nmake -j8 server", rationale="why " * 40))
    session.comment(BUILD, Comment(text="first line of a comment\nand its second"))


def _drafted(store: Store, trajectory: str) -> None:
    session = store.session(REVIEWER, trajectory)
    session.keep_draft(BUILD, "suggestion", "", {"command": "df -h ~ && ", "rationale": ""})


def _many_sessions(store: Store, trajectory: str) -> None:
    sessions.judge_some(store, trajectory)
    _submitted(store, sessions.add(store, sessions.served_model("configure nginx to log as JSON")))
    sessions.add(store, sessions.served_model("build llama.cpp with CUDA, and measure it", steps=9))
    sessions.add(store, sessions.long_output(5))
    sessions.add(store, sessions.served_model("a title that is so long that no eighty columns can hold it: " * 2))
    sessions.add(store, sessions.served_model("日本語のモデルを動かす", steps=1))


def _to(step: int) -> tuple[str, ...]:
    return ("g", *str(step), "enter")


SCREENS = [
    Screen("queue-empty", at="queue", before=_nothing),
    Screen("queue", ("j",), at="queue", before=_many_sessions),
    Screen("queue-120x40", at="queue", before=_many_sessions, size=MIDDLE),
    Screen("queue-filter", ("/", *"model"), at="queue", before=_many_sessions),
    Screen("queue-nothing-found", ("/", *"zebra", "enter"), at="queue", before=_many_sessions),
    Screen("queue-import", ("i", *"~/runs"), at="queue", before=_nothing),
    Screen("queue-help", ("?",), at="queue", before=_many_sessions),
    Screen("review-80x24"),
    Screen("review-80x48", size=(80, 48)),
    Screen("review-120x40", size=MIDDLE),
    Screen("review-200x50", size=LARGE),
    Screen("review-nothing-said", at=1, before=_nothing),
    Screen("review-much-said", before=_said_at_length),
    Screen("review-much-said-200x50", before=_said_at_length, size=LARGE),
    Screen("review-withdrawn", before=_withdrawn),
    Screen("review-read-only", before=_submitted),
    Screen("review-only-wrote", at=WROTE),
    Screen("review-empty-output", at=SCRIPT),
    Screen("review-timeout", at=SERVE),
    Screen("review-input", at=INTERRUPT),
    Screen("review-tool", at=EDIT),
    Screen("review-failed", at=INSTALL),
    Screen("review-failed-silently", at=HEALTH),
    Screen("review-no-output-recorded", at=REFUSED),
    Screen("review-copied-context", at=COPIED),
    Screen("review-other-scripts", at=WORLD),
    Screen("review-open", ("o", "space"), at=BUILD),
    Screen("review-raw", ("r",), at=SERVE),
    Screen("review-thought-whole", ("t",), at=WROTE),
    Screen("review-thought-hidden", ("t", "t"), at=DISK),
    Screen("review-part-chosen", ("l", "l"), at=BUILD),
    Screen("review-draft-kept", before=_drafted),
    Screen("review-filtered", ("f", "b")),
    Screen("review-filter", ("f",)),
    Screen("review-search", ("/", *"nvidia-smi", "enter", "n")),
    Screen("review-search-asked", ("/", *"nvi")),
    Screen("review-search-in-output", ("/", *"BLAS", "enter")),
    Screen("review-search-nothing", ("/", *"zebra", "enter")),
    Screen("review-forward", at=DISK, reveal="forward", before=_nothing),
    Screen("review-forward-120x40", at=DISK, reveal="forward", before=_nothing, size=MIDDLE),
    Screen("review-action-first", at=DISK, reveal="action-first", before=_nothing),
    Screen("review-smallest", size=(20, 6)),
    Screen("task", ("T",)),
    Screen("reveal", ("R",), at=DISK, reveal="forward", before=_nothing),
    Screen("mistake", ("m",)),
    Screen("mistake-family", ("m", "b")),
    Screen("mistake-family-200x50", ("m", "p"), size=LARGE),
    Screen("mistake-code", ("m", "b", "3")),
    Screen("mistake-note", ("m", "b", "3", "3", *"the wheel had failed two lines above")),
    Screen("mistake-more-fields", ("m", "b", "3", "tab", "2", "tab", "8", "tab")),
    Screen("mistake-marked", ("m", "b", "3", "enter"), at=WORLD),
    Screen("suggestion", ("s",), at=DISK),
    Screen("suggestion-of-several-lines", ("s", "up"), at=SCRIPT),
    Screen("suggestion-invalid", ("s", "ctrl+u", *"if true; then echo 'it's done'"), at=DISK),
    Screen("suggestion-why", ("s", *" | sort", "tab", *"largest first"), at=DISK),
    Screen("suggestion-unchanged", ("s", "ctrl+s"), at=DISK),
    Screen("suggestion-120x40", ("s",), at=SCRIPT, size=MIDDLE),
    Screen("comment", ("c", *"first line", "enter", *"second line"), at=DISK),
    Screen("question", ("!", *"is this in scope"), at=DISK),
    Screen("amend", ("x",)),
    Screen("amend-suggestion", ("x", "3"), at=BUILD),
    Screen("verdict", ("v",)),
    Screen("verdict-ready", ("v",), before=sessions.judge_all),
    Screen("verdict-text", ("v", *"It served on 5000."), before=sessions.judge_all),
    Screen("submitted", ("v", "j", "j", "enter"), before=sessions.judge_all),
    Screen("reopen", ("v",), before=_submitted),
    Screen("help", ("?",)),
    Screen("help-end", ("?", "space", "space", "space")),
    Screen("help-200x50", ("?",), size=LARGE),
    Screen("palette", (":",)),
    Screen("palette-narrowed", (":", *"fail", "down")),
    Screen("guide", ("i",)),
    Screen("guide-200x50", ("i", "space"), size=LARGE),
    Screen("guide-search", ("i", "/", *"wheel", "enter")),
    Screen("ascii-review", ascii_only=True),
    Screen("ascii-review-200x50", ascii_only=True, size=LARGE),
    Screen("ascii-other-scripts", at=WORLD, ascii_only=True),
    Screen("ascii-queue", at="queue", before=_many_sessions, ascii_only=True),
    Screen("ascii-forward", at=DISK, reveal="forward", before=_nothing, ascii_only=True),
    Screen("ascii-mistake", ("m", "b"), ascii_only=True),
    Screen("ascii-suggestion", ("s",), ascii_only=True),
]


async def _show(screen: Screen, store: Store, *, ascii_only: bool, size: tuple[int, int]) -> str:
    store.use_rubric(sessions.rubric(screen.reveal))
    trajectory = None
    if screen.name not in ("queue-empty", "queue-import"):
        trajectory = sessions.add(store, sessions.served_model())
        screen.before(store, trajectory)
    async with sit_down(
        store, None if screen.at == "queue" else trajectory, ascii_only=ascii_only, size=size
    ) as desk:
        if isinstance(screen.at, int):
            await desk.press(*_to(screen.at))
        await desk.press(*screen.keys)
        await _check_painted(desk, size)
        return desk.text


async def _check_painted(desk: Desk, size: tuple[int, int]) -> None:
    """What leaves the app is what was drawn, and fits the screen exactly."""
    painted = await desk.look()
    assert [row.rstrip() for row in painted] == desk.rows
    assert [cell_len(row) for row in painted] == [size[0]] * size[1]


@pytest.mark.usefixtures("no_shellcheck")
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
async def test_screen(store: Store, screen: Screen) -> None:
    shown = await _show(screen, store, ascii_only=screen.ascii_only, size=screen.size)
    snapshots.check(screen.name, shown)


@pytest.mark.parametrize("screen", [screen for screen in SCREENS if screen.size == SMALL], ids=lambda s: s.name)
async def test_every_screen_can_be_drawn_in_ascii(store: Store, screen: Screen) -> None:
    shown = await _show(screen, store, ascii_only=True, size=screen.size)
    assert shown.isascii(), [row for row in shown.split("\n") if not row.isascii()]


SIZES = [(1, 1), (5, 3), (20, 5), (40, 10), (79, 23), (109, 20), (110, 30), (159, 60), (300, 100)]


@pytest.mark.parametrize(
    "keys", [(), ("o",), ("m", "b"), ("s",), ("v",), ("?",), (":",), ("i",), ("x", "1")], ids="".join
)
async def test_every_size_can_be_drawn(store: Store, session_id: str, keys: tuple[str, ...]) -> None:
    sessions.judge_some(store, session_id)
    async with sit_down(store, session_id) as desk:
        await desk.press(*_to(BUILD), *keys)
        for width, height in SIZES:
            await desk.pilot.resize_terminal(width, height)
            assert [cell_len(row) for row in await desk.look()] == [width] * height
            desk.app.paint()
    async with sit_down(store, session_id, size=(1, 1)) as desk:
        await desk.press(*_to(BUILD), *keys)


def test_every_kept_screen_is_in_use() -> None:
    assert {path.stem for path in snapshots.FOLDER.iterdir()} == {screen.name for screen in SCREENS}
    assert len(SCREENS) == len({screen.name for screen in SCREENS})
