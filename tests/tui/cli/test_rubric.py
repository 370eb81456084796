"""`errata rubric` and `errata guide`."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.rubric import built_in_rubric
from tests.tui.cli.conftest import Errata

BUILT_IN = built_in_rubric()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A rubric of one's own."""
    path = tmp_path / "mine.toml"
    path.write_text(BUILT_IN.text.replace("bash agent, 24 codes", "mine"))
    return path


def test_the_rubric_is_shown_as_it_was_written(errata: Errata, mine: Path) -> None:
    assert errata("rubric", "show").out == BUILT_IN.text
    assert errata("rubric", "use", mine).code == 0
    assert errata("rubric", "show").out == mine.read_text()
    shown = errata("rubric", "show", "--json").json
    assert (shown["name"], len(shown["version"]), shown["code"][0]["id"]) == ("mine", 64, "B1")


def test_checking_does_not_take_into_use(errata: Errata, mine: Path, store_path: Path) -> None:
    result = errata("rubric", "check", mine)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f'{mine}: fine: "mine", 27 codes, 4 questions, version ')
    assert not store_path.exists()


def test_a_rubric_in_use_and_back(errata: Errata, session: str, mine: Path) -> None:
    result = errata("rubric", "use", mine)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith('in use: "mine", ')
    (event,) = errata("annotate", 1, "--step", 1, "--rate", "good", "--json").events
    assert event["rubric"] == errata("rubric", "show", "--json").json["version"]
    assert errata("rubric", "use", "--built-in").code == 0
    assert errata("rubric", "show").out == BUILT_IN.text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "B2"', 'id = "B1"', "bad.toml: the code 'B1' occurs twice"),
        ('name = "bash', 'nome = "bash', "bad.toml: nome: unknown key"),
        ('reveal = "forward"', 'reveal = "later"', "bad.toml: reveal: expected 'all' or 'forward' or"),
        ('meaning = "brings', 'meening = "brings', "bad.toml: scale.1.meening: unknown key"),
        ('name = "bash agent, 24 codes"', 'name = "bash', "bad.toml: not TOML: Illegal character"),
        ('require = ["ratings"]', 'require = "ratings"', "bad.toml: require: expected array"),
        ('letter = "B"', 'letter = "A"', "bad.toml: the code 'B1' has no family 'B'"),
    ],
)
@pytest.mark.parametrize("command", ["check", "use"])
def test_a_bad_rubric_is_refused_with_the_place(
    errata: Errata, tmp_path: Path, store_path: Path, command: str, old: str, new: str, said: str
) -> None:
    assert old in BUILT_IN.text
    path = tmp_path / "bad.toml"
    path.write_text(BUILT_IN.text.replace(old, new, 1))
    result = errata("rubric", command, path)
    assert result.code == 2
    assert said in result.complaint
    assert not store_path.exists()


@pytest.mark.parametrize(("file", "said"), [("nowhere.toml", "No such file"), (".", "Is a directory")])
def test_a_rubric_that_cannot_be_read(
    errata: Errata, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = errata("rubric", "use", file)
    assert result.code == 2
    assert said in result.complaint


@pytest.mark.parametrize("arguments", [[], ["file.toml", "--built-in"]])
def test_one_rubric_is_used(errata: Errata, arguments: list[str]) -> None:
    result = errata("rubric", "use", *arguments)
    assert result.code == 2
    assert "name one FILE, or --built-in" in result.complaint


def test_the_guide_needs_no_store_and_has_every_code(errata: Errata) -> None:
    result = errata("guide")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("# How to review\n")
    for code in BUILT_IN.code:
        assert f"  {code.id}  {code.name}: " in result.out
        assert f"$ {code.example}\n" in result.out
    for question in BUILT_IN.question:
        assert f"  {question.id}: {question.ask}" in result.out


def test_the_guide_is_the_stores(errata: Errata, tmp_path: Path) -> None:
    path = tmp_path / "evil.toml"
    path.write_text(BUILT_IN.text.replace("# How to review", "# Our \\u001b[2J way"))
    assert errata("rubric", "use", path).code == 0
    result = errata("guide")
    assert result.out.startswith("# Our ") and "\x1b" not in result.out
