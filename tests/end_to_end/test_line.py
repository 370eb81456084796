"""A thin line: what is sent over it, when, and what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewer.trajectory import Action, StepBuilder
from store import Store
from tests.end_to_end.terminal import Terminal, Tmux, environment, errata, write_settings
from tests.tui import sessions
from tui.pace import QUESTION

ASKED = QUESTION.encode()
ANSWER = b"\x1b[0n"

Open = Callable[..., Terminal]


@pytest.fixture
def open_review(path: Path, session_id: str) -> Iterator[Open]:
    """Open the review of the store's session, in a terminal of a kind; the task covers its foot."""
    opened: list[Terminal] = []

    def open_it(*, answers: bool, size: tuple[int, int] = (80, 24)) -> Terminal:
        command = errata("--store", path, "--as", "alice", "review", "1")
        opened.append(Terminal(command, size=size, answers=answers))
        opened[0].wait_for("Do not touch /etc.")
        return opened[0]

    yield open_it
    for terminal in opened:
        terminal.close()


def _said(path: Path, trajectory: str) -> int:
    with Store(path, write=False) as store:
        return len(store.log.review("alice", trajectory).events)


def _wait_until_said(path: Path, trajectory: str, count: int) -> None:
    deadline = time.monotonic() + 30
    while _said(path, trajectory) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


# -- how much


def test_the_first_screen_is_sent_once(open_review: Open) -> None:
    terminal = open_review(answers=True)
    terminal.wait_for_silence()
    assert terminal.raw.count(b"serve a model without a GPU") == 1
    assert terminal.raw.count(b"port 8000, as a service") == 1
    print(f"bytes of the first screen at 80x24: {len(terminal.raw)}")  # noqa: T201
    assert len(terminal.raw) < 3500


def test_a_key_costs_few_bytes(open_review: Open) -> None:
    terminal = open_review(answers=True)
    terminal.press("q")
    costs = []
    for step in (2, 3, 4, 5):
        before = terminal.wait_for_silence()
        terminal.press("j")
        terminal.wait_for(f" {step}/14")
        costs.append(terminal.wait_for_silence() - before)
    print(f"bytes for a j at 80x24, 16 colours: {costs}")  # noqa: T201
    assert max(costs) < 2500


def test_a_key_that_changes_nothing_sends_nothing(open_review: Open) -> None:
    terminal = open_review(answers=True)
    terminal.press("q", "J", "J")
    before = terminal.wait_for_silence()
    terminal.press("J")
    assert terminal.wait_for_silence() == before


_WIDE = "日本語 🎉👍🏽❤️ नि e\u0301 ok"
_KEYS = ["q", "j", "1", "j", "-", "jj", "o", "J", "k", "?", "q", "s", "\x15日e\u0301🎉", "\x13", "G", "g1\r"]


@pytest.mark.parametrize("size", [(80, 24), (200, 50)], ids=str)
def test_what_is_shown_is_what_is_painted_anew(path: Path, size: tuple[int, int]) -> None:
    """In a terminal that has its own mind of how wide characters are."""
    build = StepBuilder()
    for n in range(12):
        output = f"\x1b[1;3{n % 8}mstep {n}\x1b[0m  {'語' * n} {_WIDE}\n\tplain {n * 111}\n" * (n % 4 + 1)
        action = Action("bash", f"echo '{_WIDE[n:]}' && ls")
        build.next_turn().add(thought=f"n = {n} 日", action=action, output=output, exit_code=n % 3)
    with Store(path) as store:
        store.use_rubric(sessions.rubric("all"))
        sessions.add(store, sessions.make(build, "wide 日本"))
    tmux = Tmux(path.parent, size=size)
    with tmux:
        tmux.start(errata("--store", path, "--as", "alice", "review", "1"))
        tmux.wait_for("1/12")
        for keys in _KEYS:
            tmux.send(keys.encode())
            shown = _settled(tmux)
            tmux.press("ctrl+l")
            assert _settled(tmux) == shown, keys


def _settled(tmux: Tmux) -> str:
    """What is shown once nothing changes any more."""
    shown, since = "", time.monotonic()
    while time.monotonic() - since < 0.3:
        if (now := tmux.look(0.05)) != shown:
            shown, since = now, time.monotonic()
    return shown


# -- when


def test_what_is_typed_while_the_line_stalls_is_dealt_with(open_review: Open, path: Path, session_id: str) -> None:
    """Nobody reads what is written; and when somebody does, it is no more than what the kernel held, and a frame."""
    terminal = open_review(answers=True, size=(200, 50))
    terminal.press("q")
    before = terminal.wait_for_silence()
    for _ in range(150):
        terminal.send(b"jk")
        time.sleep(0.01)
    terminal.send(b"1j-")
    _wait_until_said(path, session_id, 2)
    terminal.wait_for("2/12 rated")
    assert terminal.wait_for_silence() - before < 30_000


def _leave_unanswered(terminal: Terminal) -> None:
    """Press keys (the step is 2 then) until a frame has asked, and has no answer."""
    terminal.press("q")
    terminal.wait_for("nothing said yet")
    terminal.wait_for_silence()
    terminal.answers = False
    asked = terminal.raw.count(ASKED)
    terminal.press("j", "k", "j")
    terminal.wait_for(lambda _: terminal.raw.count(ASKED) > asked)


def test_the_next_frame_waits_for_the_answer_to_the_last(open_review: Open, path: Path, session_id: str) -> None:
    terminal = open_review(answers=True)
    _leave_unanswered(terminal)
    before = len(terminal.raw)
    terminal.press("1", "j", "j")
    assert terminal.wait_for_silence(0.5) == before
    _wait_until_said(path, session_id, 1)
    terminal.send(ANSWER)
    terminal.wait_for(" 4/14", 1.0)
    assert b" 3/14" not in terminal.raw, "what was passed by is not painted"


def test_an_answer_that_does_not_come_is_not_waited_for_long(open_review: Open) -> None:
    terminal = open_review(answers=True)
    _leave_unanswered(terminal)
    terminal.press("j")
    terminal.wait_for(" 3/14", 5.0)


def test_a_terminal_that_never_answers_is_asked_once(open_review: Open) -> None:
    terminal = open_review(answers=False)
    terminal.press("q")
    for step in range(2, 15):
        terminal.press("j")
        terminal.wait_for(f" {step}/14", 1.0)
    assert terminal.raw.count(ASKED) == 1


def test_frames_a_second_are_a_setting(open_review: Open) -> None:
    write_settings("frames = 1")
    terminal = open_review(answers=True)
    terminal.wait_for_silence(1.5)
    terminal.press("q")
    terminal.wait_for("nothing said yet")
    started = time.monotonic()
    terminal.press("j")
    terminal.wait_for(" 2/14")
    assert time.monotonic() - started > 0.8


# -- what comes back


@pytest.mark.parametrize("cut", range(len(ANSWER) + 1))
def test_an_answer_is_no_key(open_review: Open, path: Path, session_id: str, cut: int) -> None:
    """Esc would close the task, and 0 rate the step."""
    terminal = open_review(answers=False)
    terminal.wait_for(lambda _: ASKED in terminal.raw)
    shown = terminal.text
    for piece in (ANSWER[:cut], ANSWER[cut:]):
        terminal.send(piece)
        terminal.wait_for_silence(0.2)
    assert terminal.text == shown
    terminal.press("escape")
    terminal.wait_for("nothing said yet")
    assert _said(path, session_id) == 0


def test_esc_is_a_key_while_an_answer_is_waited_for(open_review: Open) -> None:
    terminal = open_review(answers=False)
    terminal.press("escape")
    terminal.wait_for("nothing said yet", 3.0)


def test_an_answer_to_the_last_frame_is_not_typed_into_the_shell(path: Path, session_id: str) -> None:
    shell = ["bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, env=environment(PS1="shell> "), answers=False) as terminal:
        terminal.wait_for("shell>")
        terminal.press(" ".join(errata("--store", path, "--as", "alice", "review", "1")), "enter")
        terminal.wait_for("Do not touch /etc.")
        terminal.wait_for(lambda _: ASKED in terminal.raw)
        terminal.press("ctrl+q")
        terminal.wait_for_silence(0.3)
        terminal.send(ANSWER)
        terminal.wait_for(lambda _: b"\x1b[?1049l" in terminal.raw)
        terminal.wait_for(lambda _: terminal.raw.rstrip().endswith(b"shell>"))
        terminal.press("echo all", "enter")
        terminal.wait_for(lambda _: b"\r\nall" in terminal.raw)
        assert terminal.raw.count(b"0n") == 0
