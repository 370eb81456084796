"""Life at the end of a bad line: signals, closed terminals, odd bytes, pastes, job control, poor terminals."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewer.annotation import dump_value
from store import Store
from tests.end_to_end.terminal import Terminal, environment, errata, write_settings
from tests.tui import sessions

SIGNALS = [signal.SIGHUP, signal.SIGTERM]

RESTORED = (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?2004l")
"""The alternate screen left, the cursor shown, bracketed paste off."""

Open = Callable[..., Terminal]


@pytest.fixture
def open_review(path: Path, session_id: str) -> Iterator[Open]:
    """Open the review of the store's session, in a terminal of a kind; past the task that first covers it."""
    opened: list[Terminal] = []

    def open_it(*arguments: str, size: tuple[int, int] = (80, 24), env: dict[str, str] | None = None) -> Terminal:
        command = errata("--store", path, "--as", "alice", "review", "1", *arguments)
        terminal = Terminal(command, size=size, env=env or environment())
        opened.append(terminal)
        terminal.wait_for("Do not touch /etc.")
        terminal.press("q")
        terminal.wait_for("nothing said yet")
        return terminal

    yield open_it
    for terminal in opened:
        terminal.close()


def _drafts(path: Path, trajectory: str) -> dict[str, str]:
    with Store(path, write=False) as store:
        session = store.session("alice", trajectory)
        drafts = {kind: session.draft(step, kind, slot) or {} for step, kind, slot in session.draft_places}
        return {kind: next(iter(fields.values())) for kind, fields in drafts.items()}


def _rating(path: Path, trajectory: str, step: int = 1) -> int | str | None:
    with Store(path, write=False) as store:
        return store.log.review("alice", trajectory).rating(step)


# -- ends


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_leaves_the_terminal_as_it_was_and_loses_nothing(
    open_review: Open, path: Path, session_id: str, number: signal.Signals
) -> None:
    terminal = open_review()
    terminal.press("1", "j", "c", "half a com")
    terminal.wait_for("half a com")
    terminal.program.send_signal(number)
    assert terminal.wait_for_end(5) == 128 + number
    for sequence in RESTORED:
        assert sequence in terminal.raw
    assert _rating(path, session_id) == 1
    assert _drafts(path, session_id) == {"comment": "half a com"}
    again = Terminal(errata("--store", path, "--as", "alice", "review", "1"))
    with again:
        again.wait_for(" 2/14")  # the place is kept as well


@pytest.mark.parametrize("ignoring_hangup", [False, True], ids=["plain", "under-nohup"])
def test_a_closed_terminal_ends_the_program(path: Path, session_id: str, ignoring_hangup: bool) -> None:
    """Textual alone would spin at full speed when it cannot be told: as under nohup, tmux's -d, or some sshd."""
    command = errata("--store", path, "--as", "alice", "review", "1")
    if ignoring_hangup:
        command = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *command]
    with Terminal(command) as terminal:
        terminal.wait_for("Do not touch /etc.")
        terminal.press("q", "1", "j", "s", " typed ahead")
        terminal.wait_for("typed ahead")
        terminal.hang_up()
        terminal.wait_for_end(5)
    assert _rating(path, session_id) == 1
    assert _drafts(path, session_id)["suggestion"].endswith("head -2 typed ahead")


def test_keys_typed_just_before_the_line_drops_are_saved(open_review: Open, path: Path, session_id: str) -> None:
    terminal = open_review()
    terminal.press("-")
    terminal.wait_for(" · saved ")
    terminal.hang_up()
    terminal.wait_for_end(5)
    assert _rating(path, session_id) == -1


@pytest.mark.parametrize("end", ["hang up", "SIGHUP", "SIGTERM"])
def test_a_line_that_stalls(open_review: Open, path: Path, session_id: str, end: str) -> None:
    """Nobody reads what the program writes, until its event loop is stuck with it; then it has to end."""
    terminal = open_review(size=(200, 50))
    terminal.press("1", "j", "-")
    terminal.wait_for("2/12 rated")
    for _ in range(60):  # a frame each, more than fit into the pipe and Textual's queue
        terminal.send(b"jk")
        time.sleep(0.03)
    if end == "hang up":
        terminal.hang_up()
    else:
        terminal.program.send_signal(signal.Signals[end])
    assert terminal.wait_for_end_unread(10) in (129, 143)
    assert (_rating(path, session_id, 1), _rating(path, session_id, 2)) == (1, -1)


def test_killed_while_typing(open_review: Open, path: Path, session_id: str) -> None:
    terminal = open_review()
    terminal.press("c", "as it was")
    terminal.wait_for("as it was")
    terminal.kill()
    assert _drafts(path, session_id) == {"comment": "as it was"}
    assert b"\x1b[?1049l" not in terminal.raw
    with open_review_again(path) as terminal:
        terminal.wait_for("draft")
        terminal.press("q", "c")
        terminal.wait_for("as it was")


def open_review_again(path: Path) -> Terminal:
    return Terminal(errata("--store", path, "--as", "alice", "review", "1"))


def test_leaving_restores_the_terminal(open_review: Open) -> None:
    terminal = open_review()
    terminal.press("ctrl+q")
    assert terminal.wait_for_end() == 0
    tail = terminal.raw[-200:]
    for sequence in RESTORED:
        assert sequence in tail


# -- job control and sizes


def test_stopped_and_continued_it_paints_itself_again(path: Path, session_id: str) -> None:
    with Terminal(["bash", "--norc", "--noprofile", "-i"], env=environment(PS1="shell> ")) as terminal:
        terminal.wait_for("shell>")
        terminal.press(" ".join(errata("--store", path, "--as", "alice", "review", "1")), "enter")
        terminal.wait_for("Do not touch /etc.")
        terminal.press("q", "1")
        terminal.wait_for("1/12 rated")
        before = len(terminal.raw)
        terminal.press("ctrl+z")
        terminal.wait_for(lambda shown: b"Stopped" in terminal.raw[before:])
        assert b"\x1b[?1049l" in terminal.raw[before:] and b"\x1b[?25h" in terminal.raw[before:]
        before = len(terminal.raw)
        terminal.press("fg", "enter")
        painted = (b"\x1b[?1049h", b"1/12 rated", b"nvidia-smi", b"j/k")
        terminal.wait_for(lambda shown: all(piece in terminal.raw[before:] for piece in painted))
        terminal.press("j")
        terminal.wait_for(" 2/14")
        terminal.press("ctrl+q")
        terminal.wait_for(lambda shown: terminal.raw.rstrip().endswith(b"shell>"))


def test_another_size(open_review: Open) -> None:
    terminal = open_review()
    for size in ((120, 40), (200, 50), (60, 15), (20, 5), (80, 24)):
        terminal.resize(*size)
        terminal.wait_for(lambda shown, size=size: _fills(shown, size))  # type: ignore[misc]
    terminal.press("j")
    terminal.wait_for(" 2/14")


def _fills(shown: str, size: tuple[int, int]) -> bool:
    """Whether a screen of that size is painted: the state on its first row, the hints on its last."""
    rows = shown.split("\n")
    return len(rows) == size[1] and "rated" in rows[0] and rows[-1].startswith(" j/k")


def test_painting_again_what_something_else_painted_over(open_review: Open) -> None:
    terminal = open_review()
    terminal.wait_for_silence()
    before = terminal.text
    terminal.scribble("\x1b[5;1Hwall: the system goes down for maintenance\x1b[12;1H\x1b[2K")
    assert "maintenance" in terminal.text
    terminal.press("ctrl+l")
    terminal.wait_for(lambda shown: shown == before)


# -- bytes


def test_a_byte_that_is_not_utf8_does_not_end_it(open_review: Open, path: Path, session_id: str) -> None:
    terminal = open_review()
    terminal.send(b"\xe9\xff\xc3")
    terminal.send(b"1")
    terminal.wait_for("1/12 rated")
    terminal.press("c")
    terminal.wait_for("comment on step 1")
    terminal.send(b"caf\xe9 \xe2\x82")
    terminal.send(b"\xac ok")
    terminal.wait_for("€ ok")
    terminal.press("ctrl+s")
    terminal.wait_for("# caf")


def test_an_arrow_in_two_pieces_writes_nothing(open_review: Open, path: Path, session_id: str) -> None:
    """The line delivers Esc, then nothing for a while, then the rest."""
    terminal = open_review()
    terminal.press("j")
    terminal.wait_for(" 2/14")
    for rest in (b"[B", b"[A", b"[C", b"[D", b"[5~", b"OP", b"[1;2H"):
        terminal.send(b"\x1b")
        terminal.wait_for_silence(0.25)
        terminal.send(rest)
        terminal.wait_for_silence(0.1)
    with Store(path, write=False) as store:
        assert not store.log.review("alice", session_id).events


def test_a_pasted_text_is_not_taken_as_keys(open_review: Open, path: Path, session_id: str) -> None:
    terminal = open_review()
    terminal.send(b"\x1b[200~1-mb3\rjjq\x1b[201~")
    terminal.wait_for("pasted text is not taken as keys")
    with Store(path, write=False) as store:
        assert not store.log.review("alice", session_id).events
    terminal.press("s", *["ctrl+u"])
    terminal.wait_for("nothing to run")
    terminal.send(b'\x1b[200~for f in *; do\r\n\techo "$f"\r\ndone\x1b[201~')
    terminal.wait_for("bash: ok")
    terminal.press("ctrl+s")
    terminal.wait_for("= better")
    with Store(path, write=False) as store:
        (entry,) = store.log.review("alice", session_id).suggestions(1)
        assert dump_value(entry.value)["command"] == 'for f in *; do\n    echo "$f"\ndone'


def test_a_text_typed_in_one_burst_arrives_whole(open_review: Open, path: Path, session_id: str) -> None:
    """An old terminal without bracketed paste: every character is a key, and a line break is Enter."""
    text = "".join(f"echo line {n}: j k q 1 - m b 3 u x  # äöü\n" for n in range(1, 9))
    terminal = open_review()
    terminal.send(b"s\x15" + text.replace("\n", "\r").encode() + b"\x13j1")
    terminal.wait_for("1/12 rated")
    with Store(path, write=False) as store:
        review = store.log.review("alice", session_id)
        (entry,) = review.suggestions(1)
        assert dump_value(entry.value)["command"] == text.rstrip("\n")
        assert (review.rating(1), review.rating(2)) == (None, 1)
        assert len(review.events) == 2


# -- the person's own editor


def _editor(folder: Path, script: str) -> str:
    program = folder / "my editor"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return f"'{program}' --wait"


def test_an_editor_of_ones_own(open_review: Open, path: Path, session_id: str, tmp_path: Path) -> None:
    script = 'cp "$2" "$0.seen"; ls -l "$2" > "$0.mode"; echo "in the editor"; read answer; echo "lspci -k" > "$2"'
    terminal = open_review(env=environment(EDITOR=_editor(tmp_path, script)))
    terminal.press("e")
    terminal.wait_for("in the editor")
    terminal.press("a line to the editor", "enter")
    terminal.wait_for("better action for step 1")
    terminal.wait_for("lspci -k")
    assert (tmp_path / "my editor.seen").read_text(encoding="utf-8") == "nvidia-smi"
    assert (tmp_path / "my editor.mode").read_text(encoding="utf-8").startswith("-rw-------")
    terminal.press("ctrl+s")
    terminal.wait_for("= better")
    terminal.press("j")
    terminal.wait_for(" 2/14")
    with Store(path, write=False) as store:
        (entry,) = store.log.review("alice", session_id).suggestions(1)
        assert dump_value(entry.value)["command"] == "lspci -k"


@pytest.mark.parametrize("script", ["exit 1", "kill -9 $$"])
def test_an_editor_that_fails_changes_nothing(open_review: Open, tmp_path: Path, script: str) -> None:
    terminal = open_review(env=environment(EDITOR=_editor(tmp_path, f'echo "rm -rf /" > "$2"; {script}')))
    terminal.press("e")
    terminal.wait_for("better action for step 1")
    assert "rm -rf" not in terminal.text
    terminal.press("escape")
    terminal.wait_for(lambda shown: "better action" not in shown)
    terminal.press("j")
    terminal.wait_for(" 2/14")


def test_an_editor_that_is_not_there(open_review: Open) -> None:
    terminal = open_review(env=environment(EDITOR="no-such-editor -x"))
    terminal.press("e")
    terminal.wait_for("no-such-editor")
    terminal.press("j")
    terminal.wait_for(" 2/14")


# -- poor terminals

_COLOUR = re.compile(rb"\x1b\[(?:[0-9;:]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;:m]")
_MANY_COLOURS = re.compile(rb"\x1b\[(?:[0-9;]*;)?[34]8[;:]")


def _visit(terminal: Terminal) -> bytes:
    """Look at every step and some panels; all that was written meanwhile."""
    for step in range(2, 15):
        terminal.press("j")
        terminal.wait_for(f" {step}/14")
    terminal.press("g", str(sessions.SERVE), "enter", "-", "m", "b", "3", "enter", "v", "escape")
    terminal.wait_for("B3 ignored signal")
    terminal.press("s")
    terminal.wait_for("better action")
    terminal.wait_for_silence()
    return terminal.raw


@pytest.mark.parametrize("term", ["xterm-16color", "linux", "screen", "vt100"])
def test_sixteen_colours_are_enough(open_review: Open, term: str) -> None:
    raw = _visit(open_review(env=environment(term)))
    assert _COLOUR.search(raw)
    assert not _MANY_COLOURS.findall(raw)


def test_colours_of_the_agents_terminal_are_shown_with_those_that_there_are(path: Path) -> None:
    with Store(path) as store:
        store.use_rubric(sessions.rubric("all"))
        sessions.add(store, sessions.hostile())
    for term, many in (("xterm-16color", False), ("xterm-256color", True)):
        with Terminal(errata("--store", path, "review", "1"), env=environment(term)) as terminal:
            terminal.wait_for("Do this:")
            terminal.press("q", "g", str(len(sessions.ATTACKS)), "enter")
            terminal.wait_for("colours")
            terminal.wait_for_silence()
            assert bool(_MANY_COLOURS.search(terminal.raw)) is many


def test_no_color_means_none(open_review: Open) -> None:
    raw = _visit(open_review(env=environment(NO_COLOR="1")))
    assert not _COLOUR.findall(raw)
    assert not _MANY_COLOURS.findall(raw)
    assert not re.findall(rb"\x1b\[[0-9;]*[34]9[;m]", raw), "nor the default colours"
    assert b"\x1b[1m" in raw, "bold is no colour"


@pytest.mark.parametrize("names", [{"LANG": "C"}, {"LC_ALL": "en_US.ISO-8859-1"}, {"LANG": ""}], ids=str)
def test_a_terminal_without_unicode_gets_ascii(open_review: Open, names: dict[str, str]) -> None:
    raw = _visit(open_review(env=environment(**names)))
    assert raw.isascii()


def test_ascii_can_be_asked_for(open_review: Open) -> None:
    assert _visit(open_review("--ascii")).isascii()


def test_a_terminal_that_cannot_move_its_cursor_is_refused(path: Path, session_id: str) -> None:
    with Terminal(errata("--store", path, "review", "1"), env=environment("dumb")) as terminal:
        assert terminal.wait_for_end() == 2
        assert "errata: the screens need a terminal that can move its cursor" in terminal.text
        assert b"\x1b" not in terminal.raw


# -- what reaches the terminal (test_hostile_screens.py has the trajectories that attack)


def test_the_terminal_is_asked_for_no_mouse_and_no_title(open_review: Open) -> None:
    raw = open_review().raw
    assert not re.findall(rb"\x1b\[\?100[0-3]h|\x1b\[\?1006h|\x1b\][012];", raw)


def test_settings_are_read(open_review: Open) -> None:
    write_settings('keymap = "swe-agent"\nascii = true\n')
    terminal = open_review()
    terminal.press("right")
    terminal.wait_for(" 2/14")
    terminal.press("h")
    terminal.wait_for(" 1/14")
    terminal.wait_for_silence()
    assert terminal.raw.isascii()


def test_a_fault_in_the_settings_is_one_line(path: Path, session_id: str) -> None:
    write_settings('keymap = "emacs"\n')
    with Terminal(errata("--store", path, "review", "1"), size=(200, 24)) as terminal:
        assert terminal.wait_for_end() == 2
        (line,) = [row for row in terminal.text.split("\n") if row]
        assert line.startswith("errata: ") and "no keymap is called 'emacs'" in line
        assert b"\x1b" not in terminal.raw


def test_the_demo(path: Path) -> None:
    with Terminal(errata("demo"), env=environment(ERRATA_STORE=str(path))) as terminal:
        terminal.wait_for(" to do ")
        terminal.press("enter")
        terminal.wait_for("the task")
        terminal.press("q", "1")
        terminal.wait_for("1/")
        terminal.press("q")
        terminal.wait_for("1 in work")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert not path.exists(), "nothing is kept"


def test_a_pipe_gets_one_line_and_no_screen(path: Path, session_id: str) -> None:
    ended = subprocess.run(
        errata("--store", path, "review", "1"), env=environment(), capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 2 and not ended.stdout
    assert ended.stderr.count(b"\n") == 1 and b"need a terminal" in ended.stderr
