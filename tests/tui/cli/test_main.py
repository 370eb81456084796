"""What holds for every command: help, options, exit codes, and errors of one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest

from tests.programs import ROOT, run
from tests.tui.cli.conftest import Errata, session_file
from tui.cli import errata as group

COMMANDS = group.list_commands(click.Context(group))
NESTED = [
    *([name] for name in COMMANDS),
    *(["rubric", name] for name in ("show", "check", "use")),
    *(["hub", name] for name in ("init", "add", "invite", "list", "trust", "share")),
]


def test_the_version(errata: Errata) -> None:
    result = errata("--version")
    assert result.code == 0
    assert result.out.startswith("errata ")


def test_help_names_every_command_in_a_line_of_its_own(errata: Errata) -> None:
    result = errata("--help")
    assert result.code == 0
    for name in COMMANDS:
        (line,) = [line for line in result.out.splitlines() if line.startswith(f"  {name} ")]
        assert line.endswith(".") and not line.endswith("..."), line


@pytest.mark.parametrize("command", NESTED, ids=" ".join)
def test_every_command_has_help_with_an_example(errata: Errata, command: list[str]) -> None:
    result = errata(*command, "-h")
    assert result.code == 0
    assert f"Example: errata {' '.join(command)}" in result.out
    assert max(map(len, result.out.splitlines())) <= 90


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lst"], "there is no command 'lst'; did you mean list? (see `errata --help`)"),
        (["rubric"], "(see `errata rubric --help`)"),
        (["show"], "Missing argument 'REF' (see `errata show --help`)"),
        (["list", "--nope"], "(see `errata list --help`)"),
        (["show", "1", "--step", "0"], "Invalid value for '--step': 0 is not in the range x>=1"),
        (["--store", "", "list"], "Invalid value for '--store': it is empty"),
        (["export", "nonsense"], "no export is called 'nonsense'; there are: annotations"),
        (["list"], "there is no store yet; import something first, or try `errata demo`"),
        (["annotate", "1", "--undo"], "there is no store yet"),
        (["submit", "1"], "there is no store yet"),
        (["sync"], "there is no store yet"),
        (["hub", "list"], "there is no store yet"),
        (["hub", "trust", "bob"], "Missing argument 'KEY'"),
        (["bad\x1b[2J\nargument"], r"there is no command 'bad\x1b[2J\nargument'"),
    ],
)
def test_bad_usage_is_one_line_and_exit_2(errata: Errata, store_path: Path, arguments: list[str], said: str) -> None:
    result = errata(*arguments)
    assert result.code == 2
    assert said in result.complaint
    assert not store_path.exists()


def test_store_and_reviewer_before_and_after_the_command(errata: Errata, session: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    errata("import", session_file(tmp_path / "other.json", task="Another task"), "--store", other)
    assert errata("--store", other, "list", "--json").json[0]["title"] == "Another task"
    assert errata("list", "--store", other, "--json").json[0]["title"] == "Another task"
    assert errata("--store", "/nowhere", "list", "--store", other, "--json").json[0]["title"] == "Another task"
    assert errata("list", "--json").json[0]["title"] == "Serve a model on port 8000."

    errata("annotate", 1, "--step", 1, "--rate", "good", "--as", "bob")
    assert errata("--as", "bob", "list", "--json").json[0]["rated"] == 1
    assert errata("list", "--json").json[0]["rated"] == 0


def test_a_name_that_cannot_be_a_reviewers(errata: Errata, session: str) -> None:
    result = errata("list", "--as", "not a name")
    assert result.code == 2
    assert "'not a name' cannot be a reviewer's name" in result.complaint


def test_without_a_name_the_reviewer_is_the_login_name(
    errata: Errata, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ERRATA_REVIEWER")
    monkeypatch.setenv("LOGNAME", "DOMAIN\\zoë h")
    (event,) = errata("annotate", 1, "--step", 1, "--rate", "good", "--json").events
    assert event["author"] == "DOMAIN-zo--h"


def test_the_default_store_is_in_the_data_directory(
    errata: Errata, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ERRATA_STORE")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert errata("import", session_file(tmp_path / "serve.json")).code == 0
    assert (tmp_path / "data" / "errata" / "errata.db").exists()


def test_an_internal_error_is_one_line_and_a_log(
    errata: Errata, session: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = "ghp_" + "Zk3vQ9" + "r7Lw2Xc8Ty5Nb1Mf6Gd4Hs0Jp9Ua3E"

    def broken(*_: object) -> None:
        raise KeyError("odd\x1b[2J\nthing", key)

    monkeypatch.setattr("tui.cli.look.queue", broken)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    result = errata("list")
    assert result.code == 70
    assert result.complaint.startswith("internal error: KeyError: ('odd") and key not in result.complaint
    (log,) = (tmp_path / "state").rglob("errors.log")
    assert str(log) in result.complaint
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text and "\x1b" not in text and key not in text
    assert log.stat().st_mode & 0o077 == 0


def test_an_internal_error_without_a_place_for_a_log(
    errata: Errata, session: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tui.cli.look.queue", lambda *_: 1 / 0)
    (tmp_path / "state").write_text("a file where the folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    result = errata("list")
    assert result.code == 70
    assert "no details could be kept" in result.complaint


def test_ctrl_c_ends_quietly(errata: Errata, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tui.cli.look.queue", interrupted)
    result = errata("list")
    assert (result.code, result.out, result.err) == (130, "", "")


def test_ctrl_c_in_an_import_leaves_what_is_whole(tmp_path: Path, store_path: Path) -> None:
    for number in range(400):
        session_file(tmp_path / "runs" / f"{number:03}.json", task=f"Task {number}")
    with subprocess.Popen(
        [sys.executable, "-m", "tui.cli", "import", str(tmp_path / "runs")],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # in the background it may be ignored
    ) as importing:
        wal = store_path.with_name(f"{store_path.name}-wal")
        while not wal.exists() or wal.stat().st_size < 200_000:
            assert importing.poll() is None
        importing.send_signal(signal.SIGINT)
        out, err = importing.communicate(timeout=60)
    assert (importing.returncode, out, err) == (130, "", "")
    assert run("import sys; from tui.cli import main; sys.exit(main(['verify']))").count("nothing wrong") == 1


@pytest.mark.parametrize("command", [["list"], ["show", "1", "--json"], ["export", "annotations"]], ids=" ".join)
def test_a_reader_that_went_away_is_no_error(errata: Errata, session: str, command: list[str]) -> None:
    errata("annotate", 1, "--step", 1, "--rate", "bad")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        assert _ended(command, stdout=writing) == (141, "")
    finally:
        os.close(writing)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_an_output_that_cannot_be_written_is_one_line(session: str) -> None:
    with Path("/dev/full").open("w") as full:
        assert _ended(["list"], stdout=full) == (2, "errata: the output: No space left on device\n")


def _ended(command: list[str], **options: Any) -> tuple[int, str]:
    """The exit code and stderr of a command whose stdout is special."""
    ended = subprocess.run(
        [sys.executable, "-m", "tui.cli", *command],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
        **options,
    )
    return ended.returncode, ended.stderr


def test_closed_output_is_survived(session: str) -> None:
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m tui.cli list >&- 2>&-"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_letters_can_be_printed_anywhere(program: Errata, tmp_path: Path, encoding: str) -> None:
    odd = "zo\u00eb \u6f22 \ud800 \x1b[31m \x9b31m \u202e end"
    path = session_file(tmp_path / "odd.json", [(odd, f"echo {odd}", odd, 0)], task=odd)
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for command in (["import", str(path)], ["list"], ["show", "1", "--all"], ["search", "end"]):
        result = program(*command, env=env)
        assert result.code == 0, result.err
        assert not set(result.out) & set("\x1b\x9b\u202e\ud800")
    assert program("show", "1", "--json", env=env).json["task"]["title"] == odd


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["show", "1"],
        ["search", "GPU"],
        ["annotate", "1", "--step", "1", "--rate", "good"],
        ["submit", "1"],
        ["guide"],
        ["rubric", "show"],
        ["export", "annotations"],
        ["verify"],
        ["doctor"],
        ["import", "."],
        ["--help"],
    ],
    ids=" ".join,
)
def test_commands_without_screens_do_not_load_textual(session: str, arguments: list[str]) -> None:
    loaded = run(
        "import contextlib, io, json, sys\n"
        "from tui.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):\n"
        "    main(json.loads(sys.argv[1]))\n"
        "print(json.dumps(sorted(sys.modules)))",
        json.dumps(arguments),
    )
    assert not {"textual", "asyncio", "pygments"} & {name.split(".")[0] for name in json.loads(loaded)}
