"""Recorded terminals: keys, prompts, and the two formats that hold them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import BadInput, NotATrajectory
from reviewer.formats import read_trajectories
from reviewer.formats.keys import Typed, presses
from reviewer.formats.prompts import rendered
from reviewer.formats.recording import Event, steps
from reviewer.trajectory import Step, Trajectory
from tests.reviewer.formats.conftest import Read, Refuse

PS1 = "\x1b[?2004h\x1b[01;32mu@h\x1b[0m:/w$ "
DONE = "\r\n\x1b[?2004l\r"


def typed(*data: str) -> list[tuple[str, bool, tuple[str, ...]]]:
    events = (Typed(0, 0.1 * number, "", text) for number, text in enumerate(data))
    return [(press.text, press.entered, press.keys) for press in presses(events)]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("ls -la\r", "ls -la"),
        ("ecoh\x7f\x7fho a\r", "echo a"),
        ("lss\x08 -l\r", "ls -l"),
        ("rm -rf /\x15ls\r", "ls"),
        ("echo one two\x17three\r", "echo one three"),
        ("ls\x01echo \x05 x\r", "echo ls x"),
        ("ac\x1b[Db\x1b[C\r", "abc"),
        ("abcd\x1b[D\x1b[D\x0b\r", "ab"),
        ("abc\x1bOH\x1b[3~\x1b[F!\r", "bc!"),
        ("a\x1b[24;80Rb\x1b[?1;2c\x1b[I\x1b[<0;3;4M\x1b]11;rgb:0/0/0\x07\r", "ab"),
        ("\x1b[200~for i in 1\rdo ls\x1b[201~\r", "for i in 1\ndo ls"),
    ],
)
def test_keys_make_the_line_that_was_run(data: str, line: str) -> None:
    assert typed(data) == [(line, True, ())]
    assert typed(*data) == [(line, True, ())] or "\x1b" in data  # an Escape that stands alone is the key


def test_keys_have_names() -> None:
    assert typed("\x03") == [("", False, ("C-c",))]
    assert typed("ihello\x1b:wq\r") == [("ihello", False, ()), ("", False, ("M-:",)), ("wq", True, ())]
    assert typed("ihello", "\x1b", ":wq\r")[1:] == [("", False, ("Escape",)), (":wq", True, ())]
    assert [keys for _, _, keys in typed("\x04\x1b[5~\x1b[B\x1a")] == [("C-d",), ("PageUp", "Down"), ("C-z",)]
    assert typed("y") == [("y", False, ())]


def test_a_sequence_may_be_split_by_events_and_a_pause_ends_a_line() -> None:
    assert typed("ab\x1b[", "DX\r") == [("aXb", True, ())]
    late = [Typed(0, 0.0, "", "y"), Typed(0, 9.0, "", "es\r")]
    assert [press.text for press in presses(late)] == ["y", "es"]


def test_the_line_editor_wraps_and_redraws() -> None:
    assert rendered("$ 0123456789ab\r\n", 10) == ["$ 0123456789ab"]
    assert rendered("$ 01234567 \r89\r\n", 10) == ["$ 0123456789"]
    assert rendered("$ lss\b\x1b[K -l\b\b\x1b[1P\r\n", 80) == ["$ ls l"]
    assert rendered("\rx\x1b[3Gy\x1b[2Kz\x1b[J", 80) == ["   z"]


def told(*events: tuple[float, str, str], **values: Any) -> list[Step]:
    kinds: dict[str, Any] = {"o": "output", "i": "input", "m": "mark"}
    return steps((Event(at, kinds[kind], text, f"line {at}") for at, kind, text in events), **values)


def shown(*texts: str) -> list[Step]:
    return told(*((float(number), "o", text) for number, text in enumerate(texts)))


def commands(told: list[Step]) -> list[tuple[str, bool, str | None]]:
    return [(step.command, bool(step.action and step.action.is_input), step.output) for step in told]


@pytest.mark.parametrize(
    ("report", "cwd"),
    [
        ("\x1b]7;file://mac/Users/a%20b\x07", "/Users/a b"),
        ("\x1b]7;file:///srv\x1b\\", "/srv"),
        ("\x1b]633;P;Cwd=/srv\x07", "/srv"),
        ("\x1b]1337;CurrentDir=/srv\x07", "/srv"),
        ("\x1b]7;kitty\x07", None),
    ],
)
def test_shells_report_their_directory(report: str, cwd: str | None) -> None:
    prompt = "\r\x1b[Ju@mac b % \x1b[K\x1b[?2004h"
    first, then = shown(report + prompt, "ls" + DONE, prompt, "x" + DONE)
    assert (first.command, first.cwd, then.command, then.cwd) == ("ls", cwd, "x", None)


def test_commands_are_read_off_the_screen() -> None:
    told = shown(PS1, "l", "s", DONE, "a\r\n", PS1, "false" + DONE, PS1, "exit" + DONE + "exit\r\n")
    assert commands(told) == [("ls", False, "a\r\n"), ("false", False, ""), ("exit", False, "exit\r\n")]
    assert {(step.cwd, step.exit_code) for step in told} == {("/w", None)}
    assert [step.duration for step in told] == [2.0, 1.0, None]


def test_escape_sequences_may_be_split_by_events() -> None:
    whole = PS1 + "ls" + DONE + "\x1b[31mred\x1b[0m\r\n" + PS1 + "pwd" + DONE + "/w\r\n" + PS1
    for size in (1, 2, 3, 7):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert commands(shown(*pieces)) == [("ls", False, "\x1b[31mred\x1b[0m\r\n"), ("pwd", False, "/w\r\n")]


def test_edited_recalled_and_wrapped_lines_are_what_was_run() -> None:
    edited = PS1 + "ecoh\b\x1b[K\b\x1b[Kho" + DONE
    recalled = PS1 + "ls -la\x1b[7D\x1b[Kpwd" + DONE
    long = "echo " + "x" * 200
    assert [step.command for step in shown(edited, recalled, PS1 + long + DONE)][0::2] == ["echo", long]


def test_lines_that_go_on_are_one_command() -> None:
    ps2 = "\x1b[?2004h> "
    told = shown(PS1 + "cat <<E" + DONE, ps2 + DONE, ps2 + "a  b" + DONE, ps2 + "E" + DONE, "a  b\r\n", PS1)
    assert commands(told) == [("cat <<E\n\na  b\nE", False, "a  b\r\n")]


def test_programs_with_prompts_of_their_own_are_given_input() -> None:
    python = "\x1b[?2004h>>> "
    told = shown(PS1 + "python3" + DONE, "Python 3\r\n", python + "1+1" + DONE, "2\r\n", python + DONE, PS1)
    assert commands(told) == [("python3", False, "Python 3\r\n"), ("1+1", True, "2\r\n")]


def test_full_screen_programs_hold_no_prompts() -> None:
    vim = f"\x1b[?1049h\x1b[?2004h{PS1}rm -rf /{DONE}\x1b[?2004l\x1b[?1049l"
    assert [step.command for step in shown(PS1 + "vim" + DONE, vim, PS1 + "ls" + DONE)] == ["vim", "ls"]


def test_a_cancelled_line_was_not_executed_and_an_empty_one_is_nothing() -> None:
    told = shown(PS1 + "rm -rf /^C" + DONE, PS1 + DONE, PS1 + "ls" + DONE)
    assert [(step.command, step.status) for step in told] == [("rm -rf /", "not_executed"), ("ls", "ok")]


def test_zsh_shows_its_prompt_before_it_says_that_it_waits() -> None:
    prompt = "\x1b[1m\x1b[7m%\x1b[27m\x1b[1m\x1b[0m" + " " * 79 + "\r \r\ru@h ~ % \x1b[K\x1b[?2004h"
    told = shown(prompt, "ls\x1b[?2004l\r\r\n", "a\r\n", prompt, "pwd\x1b[?2004l\r\r\n", "/\r\n")
    assert [(step.command, step.cwd, step.output) for step in told] == [("ls", "~", "a\r\n"), ("pwd", "~", "/\r\n")]


def test_a_prompt_of_ones_own_is_what_was_shown_before_the_keys() -> None:
    prompt = "\x1b[?2004hλ my prompt: "
    told = shown("\x1b[?2004h", prompt[8:], "ls", " -l" + DONE, "a\r\n", prompt, "pwd" + DONE, "/\r\n")
    assert commands(told) == [("ls -l", False, "a\r\n"), ("pwd", False, "/\r\n")]


def test_shell_integration_tells_exit_codes() -> None:
    def mark(text: str) -> str:
        return f"\x1b]133;{text}\x07"

    def line(command: str, output: str, code: int) -> str:
        return f"{mark('A')}λ {mark('B')}{command}\r\n{mark('C')}{output}{mark(f'D;{code}')}"

    told = shown(line("ls", "a\r\n", 0), line("false", "", 1), line("sleep 9", "", 130).replace(mark("D;130"), ""))
    assert [(step.command, step.exit_code) for step in told] == [("ls", 0), ("false", 1), ("sleep 9", None)]
    assert told[0].output == "a\r\n"


def test_prompts_with_names_do_without_any_mark() -> None:
    told = shown(
        "Welcome\r\n", "u@h:~$ ", "ls\r\n", "a\r\n[x@y z]$ no\r\n", "u@h:/w# cat <<E\r\n> a\r\n> E\r\na\r\nu@h:/w# "
    )
    assert commands(told) == [
        ("", False, "Welcome\r\n"),
        ("ls", False, "a\r\n[x@y z]$ no\r\n"),
        ("cat <<E\na\nE", False, "a\r\n"),
    ]
    assert [step.cwd for step in told] == [None, "~", "/w"]
    assert [step.command for step in shown("bash-5.2$ ls\r\n$ no\r\nbash-5.2$ pwd\r\n")] == ["ls", "pwd"]


def test_what_is_typed_into_a_program_is_input() -> None:
    told_ = told(
        *((0.0, "o", PS1), (1.0, "i", "sudo ls\r"), (1.1, "o", "sudo ls" + DONE), (1.2, "o", "Password: ")),
        *((2.0, "i", "secret\r"), (2.1, "o", "\r\n"), (3.0, "i", "\x03"), (3.1, "o", "^C\r\n"), (3.2, "o", PS1)),
        *((4.0, "i", "\x04"), (4.1, "o", "\x1b[?2004l\r\r\nexit\r\n")),
    )
    assert commands(told_) == [
        ("sudo ls", False, "Password: "),
        ("secret\n", True, "\r\n"),
        ("C-c", True, "^C\r\n"),
        ("C-d", True, "\x1b[?2004l\r\r\nexit\r\n"),
    ]


def test_lines_typed_ahead_find_their_prompts() -> None:
    ahead = "python3\r1+1\r\x04ls\r"
    told_ = told(
        *((0.0, "o", PS1), (1.0, "i", ahead), (1.1, "o", "python3" + DONE), (1.2, "o", "1+1\r\n2\r\n")),
        *((1.3, "o", PS1 + "ls" + DONE), (1.4, "o", "a\r\n"), (1.5, "o", PS1)),
    )
    assert [(command, is_input) for command, is_input, _ in commands(told_)] == [
        *(("python3", False), ("1+1\n", True), ("C-d", True), ("ls", False)),
    ]


def test_without_any_prompt_each_typed_line_is_a_command() -> None:
    told_ = told((0.0, "i", "ls\r"), (0.5, "o", "a\r\n"), (1.0, "i", "y"), (1.5, "o", "ok"), (9.0, "m", "here"))
    assert commands(told_) == [("ls", False, "a\r\n"), ("y", True, "ok")]
    assert told_[1].prompt == "here"


def test_without_commands_a_recording_is_screens() -> None:
    assert commands(told((0.0, "o", "a"), (0.5, "o", "b\x1b["), (9.0, "o", "31mc"), (18.0, "o", "d"))) == [
        ("", False, "ab\x1b[31mc"),
        ("", False, "d"),
    ]
    many = told(*((0.0, "o", "x\r\n") for _ in range(1200)))
    assert [step.output.count("\n") for step in many if step.output] == [500, 500, 200]
    assert [step.action for step in many] == [None] * 3
    assert len(told()) == 0


@given(
    st.lists(st.tuples(st.sampled_from("oi"), st.text(max_size=6) | st.sampled_from([PS1, DONE, "\r", "> ", "^C"])))
)
def test_all_that_was_shown_is_told_once(events: list[tuple[str, str]]) -> None:
    """Outputs are pieces of what was shown, in its order; without commands they are all of it."""
    told_ = told(*((float(number), kind, text) for number, (kind, text) in enumerate(events)))
    text = "".join(text for kind, text in events if kind == "o")
    at = 0
    for step in told_:
        at = text.index(step.output or "", at) + len(step.output or "")
    if all(step.action is None for step in told_):
        assert "".join(step.output or "" for step in told_) == text


# -- asciicast


def cast(*events: Any, version: int = 2, **values: Any) -> list[Any]:
    header = {"version": version, **({"width": 80} if version == 2 else {"term": {"cols": 80}})}
    return [header | {"timestamp": 1_700_000_000} | values, *events]


def test_versions(tmp_path: Path, read: Read) -> None:
    later = [[1.0, "o", PS1 + "ls"], [2.0, "o", DONE + "a\r\n"], [5.0, "o", PS1]]
    delays = [[1.0, "o", PS1 + "ls"], [1.0, "o", DONE + "a\r\n"], [3.0, "o", PS1], [0.1, "x", "3"]]
    first = {"version": 1, "width": 80, "height": 24, "stdout": [[delay, data] for delay, _, data in delays[:3]]}
    (old,) = read(first)
    (second,) = read(*cast(*later, title="Listing"))
    path = tmp_path / "v3.cast"
    lines = [json.dumps(line) for line in cast(*delays, version=3)]
    path.write_text("\n".join([lines[0], "# a comment", *lines[1:]]))
    (third,) = read_trajectories(path)
    assert [step.duration for each in (old, second, third) for step in each.steps] == [3.0] * 3
    assert [each.steps[0].started_at for each in (old, second, third)] == [None, *["2023-11-14T22:13:22Z"] * 2]
    assert (second.task.title, third.outcome, second.started_at) == (
        "Listing",
        "exit status 3",
        "2023-11-14T22:13:20Z",
    )
    assert {each.source.format for each in (old, second, third)} == {"asciicast"}


def test_a_recorder_that_was_killed_leaves_half_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.cast"
    path.write_text("\n".join(json.dumps(line) for line in cast([1, "o", "a"], [2, "o", "b"]))[:-4])
    assert [step.output for (t,) in [list(read_trajectories(path))] for step in t.steps] == ["a"]


def test_places_of_asciicast(refuse: Refuse) -> None:
    assert refuse(*cast([1, "o", 7], [1, "o", ""])).place == "line 2 /2"
    assert refuse(*cast([1, "o"], [1, "o", ""])).place == "line 2"
    assert refuse(*cast({}, [1, "o", ""])).place == "line 2"
    assert refuse(*cast(["1", "o", ""], [])).place == "line 2 /0"
    assert refuse({"messages": []}, format_name="asciicast").problem.startswith("expected an asciicast's header")


# -- typescript

Script = Callable[..., Path]
HEAD = b'Script started on 2026-01-01 00:00:00+00:00 [COMMAND="bash" COLUMNS="80"]\n'
TAIL = b'\nScript done on 2026-01-01 00:00:09+00:00 [COMMAND_EXIT_CODE="2"]\n'


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Write logs and timings; the first is the one to read."""

    def script(**files: bytes) -> Path:
        for name, data in files.items():
            (tmp_path / name.replace("_", ".")).write_bytes(data)
        return tmp_path / next(iter(files)).replace("_", ".")

    return script


def only(path: Path) -> Trajectory:
    (trajectory,) = read_trajectories(path)
    return trajectory


SHOWN = (PS1.encode(), b"ls", DONE.encode() + b"\xc3\xa9\r\n", PS1.encode())


def test_classic_timing(script: Script) -> None:
    sizes = [len(SHOWN[0]), 2, len(SHOWN[2]) - 3, 3, len(SHOWN[3])]  # it splits a character
    timing = "".join(f"{1.5} {size}\n" for size in sizes)
    trajectory = only(script(a_log=HEAD + b"".join(SHOWN) + TAIL, a_timing=timing.encode()))
    (step,) = trajectory.steps
    assert (step.command, step.output, step.started_at, step.duration) == (
        "ls",
        "é\r\n",
        "2026-01-01T00:00:04.500000Z",
        3.0,
    )
    assert (trajectory.outcome, trajectory.started_at) == ("exit code 2", "2026-01-01T00:00:00Z")


def test_without_timing_there_are_no_times(script: Script) -> None:
    (step,) = only(script(typescript=HEAD + b"".join(SHOWN) + TAIL)).steps
    assert (step.command, step.output, step.started_at) == ("ls", "é\r\n", None)
    assert only(script(typescript=b"Script started on Mon Jan  1 2001\n" + SHOWN[0])).started_at is None


def advanced(*pieces: tuple[str, int], output: str = "a.out", typed: str = "a.in") -> bytes:
    head = f"H 0.000000 START_TIME x\nH 0.0 OUTPUT_LOG /x/{output}\nH 0.0 INPUT_LOG /x/{typed}\n"
    return (
        head + "".join(f"{kind} 1.0 {size}\n" for kind, size in pieces) + "S 1.0 SIGWINCH ROWS=3 COLS=9\n"
    ).encode()


def test_advanced_timing_with_the_input_beside(script: Script, tmp_path: Path) -> None:
    data = SHOWN[0], b"cat" + DONE.encode(), b"x\r\n"
    timing = advanced(("O", len(data[0])), ("I", 4), ("O", len(data[1])), ("I", 2), ("O", 3), ("I", 1))
    path = script(a_out=HEAD + b"".join(data) + TAIL, a_in=HEAD + b"cat\rx\r\x04" + TAIL, a_timing=timing)
    assert commands(list(only(path).steps)) == [("cat", False, ""), ("x\n", True, "x\r\n"), ("C-d", True, "")]
    with pytest.raises(NotATrajectory):
        only(tmp_path / "a.in")
    (tmp_path / "a.in").unlink()
    assert [step.command for step in only(path).steps] == ["cat"]


def test_input_and_output_in_one_log(script: Script) -> None:
    pieces = [("O", SHOWN[0]), ("I", b"ls\r"), ("O", b"ls" + DONE.encode()), ("O", b"a\r\n"), ("I", b"\x03")]
    timing = advanced(*((kind, len(data)) for kind, data in pieces), output="a.io", typed="a.io")
    path = script(a_io=HEAD + b"".join(data for _, data in pieces) + TAIL, a_timing=timing)
    assert commands(list(only(path).steps)) == [("ls", False, "a\r\n"), ("C-c", True, "")]


def test_a_timing_of_another_log_is_not_used(script: Script) -> None:
    path = script(a_log=HEAD + b"".join(SHOWN) + TAIL, timing=b"1.0 3\n")
    assert only(path).steps[0].started_at is None
    size = sum(map(len, SHOWN))
    assert only(script(a_log=HEAD + b"".join(SHOWN) + TAIL, timing=f"1.0 {size}\n".encode())).steps[0].started_at


def test_a_log_that_is_none_when_it_is_named(script: Script) -> None:
    with pytest.raises(BadInput, match="Script started on"):
        list(read_trajectories(script(a_log=b"hello"), "typescript"))


def test_hostile_recordings_take_no_time() -> None:
    told(*((0.0, "o", "\r50%") for _ in range(100_000)))
    for piece in (
        "\x1b]",
        "\x1b[",
        "\x1b[?2004h",
        "\x1b[?1049h",
        "(((((",
        "u@h:",
        "> ",
        "\x1b[9999@x",
        "\x1b]133;A\x07",
    ):
        shown(piece * (200_000 // len(piece)))
        told((0.0, "o", PS1), (1.0, "i", piece * (200_000 // len(piece))))
