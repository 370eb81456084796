"""Hints about how a step ended and what is on its screen."""

from __future__ import annotations

import pytest

from reviewer.annotation import Span
from reviewer.trajectory import StepStatus
from tests.reviewer.hints.conftest import called, hint, ran, rules

# --- outcomes ------------------------------------------------------------------------------------------------------


def test_a_non_zero_exit_code() -> None:
    assert hint("exit-code", ran("make", code=2)).why == "exit code 2"
    assert "exit-code" not in rules(ran("make", code=0)) | rules(ran("make"))


def test_exit_code_1_of_a_program_that_says_no() -> None:
    assert "exit-code" not in rules(ran("cd x && grep -r foo .", code=1))
    assert "exit-code" not in rules(ran("[ -f x ]", code=1))
    assert "exit-code" in rules(ran("grep -r foo .", code=2))
    assert "exit-code" in rules(ran("grep foo x", "grep: x: No such file or directory", code=1))


def test_a_step_that_did_not_end() -> None:
    assert "timeout" in rules(ran("sleep 9", status=StepStatus.TIMEOUT))
    assert "timeout" in rules(ran("sleep 9", status=StepStatus.RUNNING))
    assert "timeout" not in rules(ran("sleep 9", code=0))


@pytest.mark.parametrize(
    "line",
    [
        "bash: line 1: nvcc: command not found",
        "/bin/sh: 1: nvcc: not found",
        "zsh: command not found: nvcc",
        "Command 'nvcc' not found, but can be installed with:",
    ],
)
def test_command_not_found(line: str) -> None:
    one = hint("not-found", ran("ls && nvcc --version", f"a\n{line}\nb\n"))
    assert (one.why, one.span) == ("nvcc: command not found", Span(of="output", start=1, end=2))
    assert "not-found" not in rules(ran("cat install.log", line))


@pytest.mark.parametrize(
    "output",
    [
        "Traceback (most recent call last):\n  File x\nValueError: no\n",
        "fatal: not a git repository\n",
        "src/a.c:3:1: error: expected ';'\n",
        "make: *** [Makefile:3: all] Error 2\n",
        "\x1b[31mERROR: \x1b[0mCould not build wheels\n",
        "10%\r20%\rerror: it broke\n",
        "cp: cannot stat 'a': No such file or directory\n",
        "FAILED tests/test_a.py::test_b\n",
        "E: Unable to locate package x\n",
        "E   AssertionError\n",
        "npm ERR! code 1\n",
        "npm error code 1\n",
        "Segmentation fault\n",
        "one\rKilled\n",
        "curl: (7) gone\n",
        "==== 2 failed\n",
        "== 1 passed, 1 error in 1s\n",
        "Build failed\n",
        "compilation terminated.\n",
        "Testing failed\n",
        "panic: no\n",
        "Fatal error [E12]: no\n",
        "aborted: no\n",
        "json.JSONDecodeError: no\n",
        "x.FooException",
        "é\nsh: CONNECT\u0130ON REFUSED\n",
        "\ud800\nsh: connection refused\n",
    ],
    ids=ascii,
)
def test_error_text_that_the_exit_code_does_not_tell(output: str) -> None:
    assert "error-text" in rules(ran("python run.py", output, code=0))
    assert "exit code unknown" in hint("error-text", ran("python run.py", output)).why
    assert "error-text" not in rules(ran("python run.py", output, code=1))


@pytest.mark.parametrize(
    ("command", "output"),
    [
        ("cat app.py", "raise ValueError\nError: this is in the file\n"),
        ("grep -rn Error .", "Error: x\n"),
        ("sed -n 1,20p app.log | tail", "ERROR: in the log\n"),
        ("git log", "error: fix it\n"),
        ("make", "0 errors, no errors\n"),
        ("apt-get update", "W: Download: Permission denied\n"),
        ("make", "all is well\nno error: none\n"),
    ],
)
def test_text_about_errors_that_is_none(command: str, output: str) -> None:
    assert "error-text" not in rules(ran(command, output, code=0))


def test_a_program_that_shows_files_can_fail_itself() -> None:
    assert "error-text" in rules(ran("cat a; true", "cat: a: No such file or directory\n", code=0))
    assert "error-text" not in rules(ran("cat boot.log", "mount: /x: Permission denied\n", code=0))


def test_an_error_is_found_at_both_ends_of_a_long_output_and_its_line_is_right() -> None:
    long = "line\n" * 50_000
    at_end = hint("error-text", ran("make", f"{long}error: late\n"))
    assert at_end.span == Span(of="output", start=50_000, end=50_001)
    assert hint("error-text", ran("make", f"error: early\n{long}")).span == Span(of="output", start=0, end=1)
    assert "error-text" not in rules(ran("make", f"{long}error: deep inside\n{long}"))


@pytest.mark.parametrize(
    "line",
    [
        "Do you want to continue? [Y/n] ",
        "[sudo] password for ann:",
        "Password: ",
        "Username for 'https://github.com': ",
        "Are you sure you want to continue connecting (yes/no/[fingerprint])? ",
        "--More--(12%)",
        "(END)",
        ":",
        "Press ENTER to continue",
        "Overwrite? ",
        ">>> ",
        "mysql> ",
    ],
)
def test_a_prompt_waits_for_input(line: str) -> None:
    assert hint("waits", ran("x", f"text\n{line}")).span == Span(of="output", start=1, end=2)
    assert "waits" not in rules(ran("x", f"text\n{line}", code=0))
    assert "waits" not in rules(ran("x", f"text\n{line}yes\nIt is done.\n"))


def test_plain_last_lines_do_not_wait() -> None:
    for line in ("total 4", "Password changed.", "see: README", "What now", "a?"):
        assert "waits" not in rules(ran("x", line))


def test_a_secret_on_screen() -> None:
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    one = hint("secret", ran("cat .env", f"A=1\nTOKEN={token}\nAGAIN={token}\n"))
    assert (one.why, one.span) == (
        "the output shows what looks like a secret (github-token)",
        Span(of="output", start=1, end=2),
    )
    assert "secret" in rules(ran("echo $HF_TOKEN"))
    assert "secret" not in rules(ran("echo $HOME")) | rules(ran("echo $HF_TOKEN > ~/.token"))


@pytest.mark.parametrize(
    ("output", "told"),
    [
        (
            "ERROR:\nNo replacement was performed, old_str `x` did not appear verbatim.",
            "No replacement was performed",
        ),
        ("\nError: no such file", "Error: no such file"),
        ("<tool_use_error>String to replace not found", "<tool_use_error>String"),
        ("Your proposed edit has introduced new syntax error(s).", "Your proposed edit"),
        ("Error validating args {} for tool 'terminal'", "Error validating"),
    ],
)
def test_an_edit_that_was_refused(output: str, told: str) -> None:
    assert hint("error-text", called("edit", "a.py", output)).why.startswith(f"error text, exit code unknown: {told}")


@pytest.mark.parametrize("output", ["errors.py\nmain.py", "1\tError: in a file", "The file was edited.", ""])
def test_what_a_tool_shows_is_no_error_of_its_own(output: str) -> None:
    assert "error-text" not in rules(called("view", "a.py", output))


def test_what_a_hint_quotes_is_cut_with_a_mark() -> None:
    assert hint("error-text", ran("make", f"Error: {'long ' * 50}\n", code=0)).why.endswith("…")
