"""`errata show`."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.rubric import built_in_rubric
from tests.tui.cli.conftest import SERVE, Errata, session_file


@pytest.fixture
def action_first(errata: Errata, tmp_path: Path) -> None:
    """A rubric that hides the outputs of commands that are not rated."""
    text = built_in_rubric().text.replace('reveal = "forward"', 'reveal = "action-first"')
    (tmp_path / "blind.toml").write_text(text)
    assert errata("rubric", "use", tmp_path / "blind.toml").code == 0


def test_a_session_as_text(errata: Errata, session: str) -> None:
    lines = errata("show", session[:8], "--all").out.splitlines()
    assert lines[:2] == ["Serve a model on port 8000.", f"#1  {session}"]
    assert "mini-swe-agent  serve.traj.json  3 steps, 3 commands" in lines
    assert "review by alice: to do, 0 of 3 commands rated" in lines
    start = lines.index("step 1  turn 1  /srv")
    assert lines[start : start + 5] == [
        "step 1  turn 1  /srv",
        "  I will look for a GPU first.",
        "$ nvidia-smi",
        "| bash: nvidia-smi: command not found",
        "exit 127",
    ]
    assert lines[-3:] == ["$ python -m vllm.entrypoints.openai.api_server", "(no output)", "exit 0"]


def test_what_lies_ahead_is_counted_not_shown(errata: Errata, session: str) -> None:
    text = errata("show", 1).out
    assert "nvidia-smi" in text and "pip install" not in text
    assert text.endswith("(2 more are hidden until the steps before them are rated; --all shows them)\n")
    hidden = errata("show", 1, "--step", 2)
    assert hidden.code == 2
    assert hidden.complaint == "step 2 is hidden until those before it are rated (--all shows it)"
    errata("annotate", 1, "--step", 1, "--rate", "good")
    assert "$ pip install vllm\n| ERROR: Failed building wheel for vllm\n" in errata("show", 1, "--step", 2).out


def test_an_output_can_be_hidden_until_its_command_is_rated(errata: Errata, session: str, action_first: None) -> None:
    text = errata("show", 1, "--step", 1).out
    assert "$ nvidia-smi\n(the output is hidden until this command is rated" in text
    assert "command not found" not in text and "exit" not in text
    assert errata("search", "found").out == ""
    errata("annotate", 1, "--step", 1, "--rate", "good")
    assert "| bash: nvidia-smi: command not found\nexit 127" in errata("show", 1, "--step", 1).out


def test_who_did_it_is_hidden_until_the_review_is_submitted(errata: Errata, session: str) -> None:
    assert "example-7b" not in errata("show", 1).out
    assert "model: (hidden until you have submitted)" in errata("show", 1).out
    assert "model: example-7b" in errata("show", 1, "--all").out
    for step in (1, 2, 3):
        errata("annotate", 1, "--step", step, "--rate", "neutral")
    errata("annotate", 1, "--answer", "outcome=fail", "--answer", "side_effects=none")
    assert errata("submit", 1).code == 0
    text = errata("show", 1).out
    assert "model: example-7b" in text and "outcome: LimitsExceeded" in text
    assert "review by alice: submitted, 3 of 3 commands rated" in text


def test_what_was_said_stands_with_its_step(errata: Errata, session: str) -> None:
    errata("annotate", 1, "--step", 1, "--rate", "bad", "--mistake", "b1", "--severity", 3, "--decisive")
    errata("annotate", 1, "--step", 1, "--suggest", "lspci | grep -i nvidia\nfree -g", "--why", "it is always there")
    errata("annotate", 1, "--step", 1, "--comment", "two\nlines", "--ask", "is there a GPU?")
    errata("annotate", 1, "--answer", "outcome=fail", "--comment", "hopeless")
    text = errata("show", 1).out
    assert (
        "exit 127\n"
        "* rated bad\n"
        "* mistake B1 false premise, fatal (decided the session)\n"
        "* better: lspci | grep -i nvidia\n"
        "  free -g\n"
        "  because: it is always there\n"
        "* comment: two\n"
        "  lines\n"
        "* question to the lead: is there a GPU?\n"
    ) in text
    assert text.endswith("about the whole\n* comment: hopeless\n* outcome: fail\n")
    assert "rated bad" not in errata("show", 1, "--as", "bob").out


def test_a_long_output_is_cut_unless_its_step_is_asked_for(errata: Errata, tmp_path: Path) -> None:
    output = "\n".join(f"line {number}" for number in range(1, 101)) + "\n" + "x" * 1000 + "\n"
    errata("import", session_file(tmp_path / "long.json", [("", "seq 100", output, 0)]))
    text = errata("show", 1).out
    assert "| line 20\n| ... 71 lines left out (--step 1 shows them)\n| line 92\n" in text
    assert "| " + "x" * 400 + "... (1,000 characters)\n" in text
    whole = errata("show", 1, "--step", 1).out
    assert "| line 50\n" in whole and "x" * 1000 in whole


def test_an_output_cannot_pass_for_something_else(errata: Errata, tmp_path: Path) -> None:
    output = "\x1b[2J\x1b]0;owned\x07real\rfake\n\nstep 9  turn 9\n* rated good\n\x9b31mred\u202e\n"
    path = session_file(tmp_path / "evil.json", [("\x1b[31mthought", "echo \x1b[31m", output, 0)])
    errata("import", path)
    text = errata("show", 1).out
    assert not set(text) & set("\x1b\x9b\x07\r\u202e")
    assert "\nstep 9" not in text and "\n* rated" not in text
    assert "| step 9  turn 9\n| * rated good\n" in text


def test_as_json(errata: Errata, session: str) -> None:
    errata("annotate", 1, "--step", 1, "--rate", "bad", "--mistake", "B1", "--decisive")
    errata("annotate", 1, "--answer", "outcome=fail", "--comment", "hopeless", "--step", 3)
    shown = errata("show", 1, "--json").json
    assert shown["id"] == session
    assert shown["source"]["name"] == "serve.traj.json"
    assert shown["task"]["instructions"] == "Serve a model on port 8000."
    assert (shown["model"], shown["outcome"]) == ("example-7b", "LimitsExceeded")  # JSON hides nothing
    told = [(step["thought"], step["command"], step["output"], step["exit_code"]) for step in shown["steps"]]
    assert told == SERVE
    rating, mistake = shown["steps"][0]["annotations"]
    assert (rating["kind"], rating["value"], rating["reviewer"]) == ("rating", -1, "alice")
    assert (mistake["kind"], mistake["code"], mistake["decisive"]) == ("mistake", "B1", True)
    review = shown["review"]
    assert review["counts"] == {"rated": 1, "to_rate": 3, "mistakes": 1, "suggestions": 0, "comments": 1}
    assert review["answers"] == {"outcome": "fail"}
    assert review["decisive"]["event"] == mistake["event"]
    assert {row["kind"] for row in review["annotations"]} == {"answer", "decisive"}
    assert review["rubric"] == built_in_rubric().version
    (step,) = errata("show", 1, "--step", 3, "--json").json["steps"]
    assert step["ordinal"] == 3


def test_json_has_no_nan(errata: Errata, tmp_path: Path) -> None:
    path = session_file(tmp_path / "odd.json")
    path.write_text(
        path.read_text().replace('"mini_version"', '"model_stats": {"instance_cost": NaN}, "mini_version"')
    )
    errata("import", path)
    assert "NaN" not in errata("show", 1, "--json").out


@pytest.mark.parametrize("command", ["show", "review", "submit"])
@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("nothing", "'nothing' names no trajectory; `errata list` shows"),
        ("99", "'99' names no trajectory"),
        ("Serve", "'Serve' is ambiguous: "),
        ("\udcff", r"'\udcff' names no trajectory"),
    ],
)
def test_a_ref_that_names_none_or_two(
    errata: Errata, session: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, ref: str, said: str
) -> None:
    monkeypatch.setattr("tui.cli.screens.require_terminal", lambda: None)
    errata("import", session_file(tmp_path / "other.json", task="Serve another"))
    result = errata(command, ref)
    assert result.code == 2
    assert result.complaint.startswith(said)
