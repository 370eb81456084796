"""`errata annotate` and `errata submit`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.cli.conftest import Errata, events_in

ANSWERS = ["--answer", "outcome=fail", "--answer", "side_effects=none"]


def test_several_things_at_once(errata: Errata, session: str) -> None:
    result = errata(
        *("annotate", 1, "--step", 2, "--rate", "bad", "--mistake", "b3", "--severity", 3, "--note", "it said ERROR"),
        *(
            "--decisive",
            "--suggest",
            "pip install -v vllm",
            "--why",
            "see why",
            "--comment",
            "ouch",
            "--ask",
            "known?",
        ),
        *ANSWERS,
    )
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        "step 2: rated bad",
        "step 2: mistake B3 ignored signal, fatal: it said ERROR",
        "whole: decisive mistake chosen",
        "step 2: better: pip install -v vllm because: see why",
        "step 2: comment: ouch",
        "step 2: question to the lead: known?",
        "whole: outcome: fail",
        "whole: side_effects: none",
    ]


def test_the_events_as_json_lines(errata: Errata, session: str) -> None:
    rating, mistake = errata("annotate", 1, "--step", 1, "--rate", "-1", "--mistake", "B1", "--json").events
    assert rating["subject"] == ["alice", session, 1, "rating", "agent"]
    assert rating["value"] == {"kind": "rating", "value": -1}
    assert mistake["value"] == {"kind": "mistake", "code": "B1", "severity": 2}
    (changed,) = errata("annotate", 1, "--step", 1, "--rate", "good", "--json").events
    assert changed["supersedes"] == [rating["id"]]


@pytest.mark.parametrize(
    ("said", "value"),
    [("good", 1), ("1", 1), ("neutral", 0), ("0", 0), ("bad", -1), ("-1", -1), ("unsure", "unsure")],
)
def test_ratings_by_name_and_by_number(errata: Errata, session: str, said: str, value: int | str) -> None:
    (event,) = errata("annotate", 1, "--step", 1, "--rate", said, "--json").events
    assert event["value"]["value"] == value


def test_without_a_step_a_comment_is_about_the_whole(errata: Errata, session: str) -> None:
    comment, question = errata("annotate", 1, "--comment", "long", "--ask", "why?", "--json").events
    assert (comment["subject"][2], question["subject"][2]) == (0, 0)
    assert question["value"]["to_lead"] is True


def test_an_empty_answer_takes_it_back(errata: Errata, session: str) -> None:
    errata("annotate", 1, "--answer", "summary=a=b")
    assert errata("show", 1, "--json").json["review"]["answers"] == {"summary": "a=b"}
    assert errata("annotate", 1, "--answer", "summary=").out == "whole: answer withdrawn\n"
    assert errata("show", 1, "--json").json["review"]["answers"] == {}


def test_a_mistake_can_be_made_decisive_later(errata: Errata, session: str) -> None:
    nothing = errata("annotate", 1, "--step", 1, "--decisive")
    assert nothing.code == 2
    assert nothing.complaint == "step 1 has no mistake that could be decisive; mark it with --mistake"
    (mistake,) = errata("annotate", 1, "--step", 1, "--mistake", "B1", "--json").events
    (event,) = errata("annotate", 1, "--step", 1, "--decisive", "--json").events
    assert event["value"] == {"kind": "decisive", "mistake": mistake["subject"][4]}


def test_undo_and_redo(errata: Errata, session: str) -> None:
    errata("annotate", 1, "--step", 1, "--rate", "good")
    errata("annotate", 1, "--step", 1, "--rate", "bad")
    assert errata("annotate", 1, "--undo").out == "step 1: rated good\n"
    assert errata("annotate", 1, "--undo").out == "step 1: rating withdrawn\n"
    nothing = errata("annotate", 1, "--undo")
    assert (nothing.code, nothing.complaint) == (1, "there is nothing to undo")
    assert errata("annotate", 1, "--redo").out == "step 1: rated good\n"
    assert errata("annotate", 1, "--redo").out == "step 1: rated bad\n"
    nothing = errata("annotate", 1, "--redo")
    assert (nothing.code, nothing.complaint) == (1, "there is nothing to redo")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--step 1 --rate 7", "7 is not on the rubric's scale; it has 1, 0, -1 and unsure"),
        ("--step 1 --rate great", "'great' is not on the rubric's scale; it has good (1), neutral (0), bad (-1)"),
        ("--step 1 --mistake Z9", "the rubric 'bash agent, 24 codes' has no code 'Z9'; it has B1, B2"),
        ("--step 1 --rate good --mistake Z9", "has no code 'Z9'"),
        ("--step 1 --rate good --answer outcome=maybe", "'maybe' is no answer to 'outcome'; choose one of success"),
        ("--step 1 --rate good --answer mood=high", "has no question 'mood'"),
        ("--answer outcome", "'outcome' is not of the form QUESTION=VALUE"),
        ("--step 99 --rate good", "has no step 99"),
        ("--step 99 --comment x", "has no step 99"),
        ("--step 0 --rate good", "0 is not in the range"),
        ("--step one --rate good", "'one' is not a valid integer"),
        ("--step 1 --mistake B1 --severity 4", "4 is not in the range"),
        ("--step 1 --severity 2", "--severity needs --mistake"),
        ("--step 1 --note x", "--note needs --mistake"),
        ("--step 1 --why x", "--why needs --suggest"),
        ("--rate good", "--rate needs --step"),
        ("--mistake B1", "--mistake needs --step"),
        ("--decisive", "--decisive needs --step"),
        ("--suggest ls", "--suggest needs --step"),
        ("--undo --redo", "--undo stands alone"),
        ("--undo --step 1", "--undo stands alone"),
        ("--redo --comment x", "--redo stands alone"),
        ("--step 1", "nothing to say; give --rate"),
        ("", "nothing to say; give --rate"),
        ("--step 1 --rate good --suggest \t", "not a well-formed suggestion: a suggestion needs a command"),
        ("--step 1 --rate good --comment=", "not a well-formed comment: text: it is empty"),
        ("--step 1 --rate good --comment \udcff", "Invalid value for '--comment': not UTF-8 text"),
        ("--step 1 --mistake B1 --note \udcff", "Invalid value for '--note': not UTF-8 text"),
        ("--answer summary=\udcff", "Invalid value for '--answer': not UTF-8 text"),
    ],
)
def test_what_cannot_be_said_is_not_said_in_part(
    errata: Errata, session: str, store_path: Path, options: str, said: str
) -> None:
    result = errata("annotate", 1, *(options.split(" ") if options else []))
    assert result.code == 2
    assert said in result.complaint
    assert events_in(store_path) == 0


def test_submitting(errata: Errata, session: str, store_path: Path) -> None:
    missing = errata("submit", 1)
    assert (missing.code, missing.complaint) == (2, "not submitted: 3 commands have no rating: step 1, 2, 3")
    for step in (1, 2, 3):
        errata("annotate", 1, "--step", step, "--rate", "unsure")
    missing = errata("submit", 1)
    assert missing.complaint == 'not submitted: no answer yet to "Was the task done?" (outcome)'
    errata("annotate", 1, *ANSWERS)
    before = events_in(store_path)

    (event,) = errata("submit", 1, "--json").events
    assert event["value"] == {**event["value"], "kind": "submission", "state": "submitted", "revision": 1}
    assert len(event["value"]["covers"]) == 5

    again = errata("submit", 1)
    assert (again.code, again.complaint) == (2, "this review is submitted already")
    for options in (["--step", 1, "--rate", "good"], ["--undo"], ["--comment", "x"]):
        refused = errata("annotate", 1, *options)
        assert refused.code == 2
        assert refused.complaint.startswith("this review is submitted; reopen it to change it")
    assert events_in(store_path) == before + 1

    assert errata("submit", 1, "--reopen").out == "whole: reopened, revision 2\n"
    assert errata("annotate", 1, "--step", 1, "--rate", "good").code == 0
    assert errata("submit", 1).out == "whole: submitted, revision 2\n"


def test_only_what_was_submitted_is_reopened(errata: Errata, session: str) -> None:
    result = errata("submit", 1, "--reopen")
    assert (result.code, result.complaint) == (2, "this review is not submitted")
