"""The structure of bash: what is valid, and which parts of a command a person may point at."""

from __future__ import annotations

import shutil
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer import shell
from reviewer.shell import LONGEST_CHECKED, LONGEST_PARSED, MOST_OPERATORS, Part, parts, syntax_error, words
from tests.programs import run

needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")


def texts_of(found: list[Part]) -> list[str]:
    return [part.text for part in found]


# --- parts


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", []),
        (" \n\t", []),
        ("ls", ["ls"]),
        ("  ls -la  ", ["ls -la"]),
        ("a && grep -c x f | wc", ["a", "grep -c x f", "wc"]),
        ("a || b; c & d\ne", ["a", "b", "c", "d", "e"]),
        ("cd /srv && (make -j4 2>&1 | tee log); ! false", ["cd /srv", "make -j4 2>&1", "tee log", "false"]),
        ("a > x | b > y 2>&1", ["a > x", "b > y 2>&1"]),
        ("a && b || c > f", ["a", "b", "c > f"]),
        ("A=1 B=2 run -x 2>&1 >f", ["A=1 B=2 run -x 2>&1 >f"]),
        ("> f", ["> f"]),
        ("x=1; y=2 z=3; export P=4; unset q", ["x=1", "y=2 z=3", "export P=4", "unset q"]),
        ("x=$(curl -s u | jq .); echo $x", ["x=$(curl -s u | jq .)", "curl -s u", "jq .", "echo $x"]),
        ('echo `date` "$(id -u)"', ['echo `date` "$(id -u)"', "date", "id -u"]),
        ("diff <(a b) <(c)", ["diff <(a b) <(c)", "a b", "c"]),
        ("if [ -f x ]; then a; elif b; then c; else d; fi", ["[ -f x ]", "a", "b", "c", "d"]),
        ("while ((i < 3)); do ((i++)); done", ["((i < 3))", "((i++))"]),
        ("[[ -n $x && ( $a == b* ) ]] && f", ["[[ -n $x && ( $a == b* ) ]]", "f"]),
        ("for f in *.txt $(ls); do cat $f; done < x", ["for f in *.txt $(ls)", "ls", "cat $f", "< x"]),
        ("for ((i=0; i<3; i++)); do a; done", ["for ((i=0; i<3; i++))", "a"]),
        ("for x\ndo a; done", ["for x", "a"]),
        ('case "$x" in a|b) c;; *) d;; esac', ['case "$x" in', "c", "d"]),
        ("f() { a; b; }; f", ["a", "b", "f"]),
        ("{ a; b; } > log 2>&1", ["a", "b", "> log", "2>&1"]),
        ("cat <<< x | y", ["cat <<< x", "y"]),
        ("cat > f <<'EOF' 2>&1\nhi\nEOF\nls", ["cat > f <<'EOF' 2>&1\nhi\nEOF", "ls"]),
        (
            "cat <<EOF | grep x && ls\nhi $(date)\nEOF\nid",
            ["cat <<EOF", "grep x", "ls", "hi $(date)\nEOF", "date", "id"],
        ),
        ("cat <<-A >f || b\n\tx\n\tA", ["cat <<-A >f", "b", "x\n\tA"]),
        ("while read x; do y; done <<E\nq\nE", ["read x", "y", "<<E\nq\nE"]),
        ("sed 's/a/é/' 😀.txt; ls", ["sed 's/a/é/' 😀.txt", "ls"]),
        ("echo \ud800\udc9b\0; ls", ["echo \ud800\udc9b\0", "ls"]),
        ("\\ x -y; b", ["\\ x -y", "b"]),
        ("if true; then", ["if true; then"]),
        ("echo 'never closed", ["echo 'never closed"]),
        ("# only a comment", ["# only a comment"]),
    ],
)
def test_parts(command: str, expected: list[str]) -> None:
    assert texts_of(parts(command)) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("", []),
        ("grep -c 'a b' f | wc -l", ["grep", "-c", "'a b'", "f", "wc", "-l"]),
        ("A=1 run --x=$(date +%s) 2>&1 >f", ["A=1", "run", "--x=$(date +%s)", "date", "+%s", "2>&1", ">f"]),
        ("find / 2>/dev/null -name x", ["find", "/", "2>/dev/null", "-name", "x"]),
        ("cat \\ x.txt a\\ b \\\\ c", ["cat", "\\ x.txt", "a\\ b", "\\\\", "c"]),
        ("a >&- b", ["a", ">&-", "b"]),
        ("cat <<< 'x y' > f", ["cat", "<<< 'x y'", "> f"]),
        ("cat <<EOF > f\nbody\nEOF", ["cat", "<<EOF", "> f", "body\n"]),
        ("cat <<EOF | wc\nbody\nEOF", ["cat", "<<EOF", "wc", "body\n"]),
        ("[[ ! -f $x && ( a == b* ) ]]", ["!", "-f", "$x", "&&", "a", "==", "b*"]),
        ("for f in *.txt; do rm $f; done", ["for", "f", "in", "*.txt", "rm", "$f"]),
        ("export A=1 B", ["export", "A=1", "B"]),
        ("never 'closed  here", ["never", "'closed", "here"]),
    ],
)
def test_words(command: str, expected: list[str]) -> None:
    assert texts_of(words(command)) == expected


# What is open, as deep as it goes, and what the grammar finds hardest.
DEEP = [
    "(",
    "$(",
    "${",
    "((",
    "{ ",
    "if ",
    "while ",
    "case x in a) ",
    "`",
    "'",
    '"',
    '"$(',
    "\\\n",
    "\n",
    "é",
    "😀",
    "a ",
]
DENSE = ["a|", "x=(", "$[", "[[ (", "<<E\n", "f() ", "xxxxx=("]


def check_spans(command: str) -> None:
    """Spans slice to their text, stand in order, and hold one another or are apart; words stand in parts."""
    found = parts(command)
    for spans in (found, words(command)):
        for part in spans:
            assert command[part.start : part.end] == part.text
            assert part.text.strip()
        ends: list[int] = []
        for part in spans:
            while ends and ends[-1] <= part.start:
                ends.pop()
            assert not ends or part.end <= ends[-1]
            ends.append(part.end)
        assert all((one.start, -one.end) < (two.start, -two.end) for one, two in pairwise(spans))
    for word in words(command):
        assert any(part.start <= word.start and word.end <= part.end for part in found)
    assert bool(found) == bool(command.strip())


SHELL = st.recursive(
    st.sampled_from(
        [
            "a",
            "b -c 'é 😀'",
            "x=1",
            "x=1 y=2",
            "[ -f x ]",
            "[[ a == b && ! -n c ]]",
            "((i++))",
            "export A=1 B",
            "> f",
            "echo \ud800",
        ]
    ),
    lambda inner: st.one_of(
        st.builds("{} {} {}".format, inner, st.sampled_from(["&&", "||", "|", ";", "&", "\n"]), inner),
        st.builds(
            "{} {}".format, inner, st.sampled_from(["> f", "2>&1 >g -x", "<<< z", ">&-", "<<E\nb $(c)\nE", "<<E\nE"])
        ),
        st.builds("cat <<EOF {} {}\nbody $({})\nEOF".format, st.sampled_from(["|", "&&", "> f ||"]), inner, inner),
        inner.map("$({})".format).map('echo "{}" x'.format),
        *(
            inner.map(form.format)
            for form in (
                "( {} )",
                "{{ {}; }}",
                "! {}",
                "diff <({}) `b`",
                "f() {{ {}; }}",
                "if {}; then a; else b; fi",
                "for i in a $({}); do b; done < f",
                "for ((i=0;i<3;i++)); do {}; done",
                "while {}; do a; done",
                "case $x in a|b) {};; esac",
            )
        ),
    ),
    max_leaves=12,
)
PIECES = [
    "$(",
    "`",
    ")",
    "((",
    "[[ ",
    "{ ",
    "if ",
    "fi",
    "<<",
    "<<E\n",
    "\nE\n",
    "'",
    '"',
    "\\",
    "|",
    ";;",
    "é",
    "\0",
    "a",
    " ",
]


@given(st.one_of(SHELL, st.text(st.characters()), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_spans_are_sound_whatever_the_text(command: str) -> None:
    check_spans(command)


@pytest.mark.parametrize("length", [LONGEST_PARSED, LONGEST_CHECKED])
@pytest.mark.parametrize("piece", [*DEEP, *DENSE], ids=repr)
def test_long_and_deep_commands_take_little_time(piece: str, length: int) -> None:
    command = (piece * length)[:length]
    begun = time.process_time()
    assert (parts(command) == []) == (not command.strip())
    words(command)
    syntax_error(command)
    assert time.process_time() - begun < 4, "far beyond what it takes, far below what it took without the bounds"


@pytest.mark.parametrize("piece", DENSE, ids=repr)
def test_the_most_operators_take_little_time(piece: str) -> None:
    command = piece * MOST_OPERATORS
    begun = time.process_time()
    check_spans(command[:LONGEST_PARSED])
    assert time.process_time() - begun < 8, "seven times what is in it"


@pytest.mark.parametrize("piece", ["ls;", "a && ", "<<A\n", "a > f | "])
def test_the_spans_of_long_commands_are_sound(piece: str) -> None:
    check_spans(piece * (MOST_OPERATORS // 2) + "a")


@pytest.mark.parametrize("command", ["*{\U000c1dce", "{\U000cf9ae,\U0003787b6\ude1b"])
def test_text_that_brings_the_grammar_s_scanner_down_does_not_reach_it(command: str) -> None:
    code = f"from reviewer.shell import _grammar_error, parts; print(parts({command!a}), _grammar_error({command!a}))"
    assert run(code).startswith("[Part(")


def test_a_command_too_long_for_the_grammar_is_one_part() -> None:
    command = "ls; " * LONGEST_PARSED
    assert parts(command) == [Part(0, len(command), command)]


# --- validity

VALID = [
    "",
    "ls -la | wc",
    "# comment",
    "for x in a; do b; done",
    "cat <<EOF\nhi\nEOF",
    "-x",
    "shopt -s extglob; rm !(*.txt)",
    "echo 'é 😀'",
]
INVALID = ["echo 'a", "a )", "if true; then", "a $(b", "for", "x=(1", "echo é )", "a |", "fi"]


@needs_bash
@pytest.mark.parametrize("command", [*VALID, "echo \ud800 \udc9b", "$'\\''", "x=$((1 + 2))"])
def test_valid_bash_has_no_error(command: str) -> None:
    assert syntax_error(command) is None


@needs_bash
@pytest.mark.parametrize("command", [*INVALID, "echo \udc9b )"])
def test_the_error_is_bash_s_own_with_its_line(command: str) -> None:
    error = syntax_error(command)
    assert error is not None
    assert error.startswith("line ")
    assert "bash" not in error
    assert "\n" not in error


@needs_bash
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ls\necho )\n", "line 2, column 6: syntax error near unexpected token `)'"),
        ("echo ')' '(é)' ) b )", "line 1, column 16: syntax error near unexpected token `)'"),
        ("إذن (x", "line 1, column 6: syntax error near unexpected token `x'"),
        ("ls\nx >\n", "line 2, column 4: syntax error near unexpected token `newline'"),
        ("make\nfi", "line 2, column 1: syntax error near unexpected token `fi'"),
        ('echo \'a\' "b" "c \\"\n', "line 1, column 14: unexpected EOF while looking for matching `\"'"),
        ("ls\necho `ls\n", "line 2, column 6: unexpected EOF while looking for matching ``'"),
        ("echo $(a) $(b\nc", "line 1, column 11: unexpected EOF while looking for matching `)'"),
        ("[[ -f x ]]; [[ -f y", "line 1, column 13: unexpected EOF while looking for `]]'"),
        ("ls\nif true; then\n  a; for x in y; do z; done", "no `fi' for this `if'"),
        ("if true; then\n  for x in y; do z\n", "line 2, column 3: unexpected end of file, no `done' for this `for'"),
        ("case x in\na) b", "line 1, column 1: unexpected end of file, no `esac' for this `case'"),
        ("f() {\n  ls", "line 1, column 5: unexpected end of file, no `}' for this `{'"),
        ("ls\na &&\n\n", "line 2, column 4: syntax error: unexpected end of file"),
        (
            "ls\ncat <<-'EOF' | wc\nhi\n EOF",
            "line 2, column 5: here-document delimited by end-of-file (wanted `EOF')",
        ),
        ("[[ a b ]]", "conditional binary operator expected"),
        ("$(" * (LONGEST_CHECKED // 2), "not valid bash"),
    ],
    ids=range(17),
)
def test_the_error_says_where_and_what(command: str, expected: str) -> None:
    error = syntax_error(command)
    assert error is not None
    assert error.endswith(expected)


@needs_bash
def test_nothing_of_the_command_or_the_environment_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"touch {tmp_path}/ran\n")
    monkeypatch.setenv("BASH_ENV", str(trap))
    assert syntax_error(f"touch {tmp_path}/ran; set +n; touch {tmp_path}/ran $(touch {tmp_path}/ran)") is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["trap.sh"]


def test_what_bash_is_not_asked() -> None:
    assert syntax_error("ls\n\0") == "line 2, column 1: a NUL character, which no command can hold"
    assert syntax_error("x" * (LONGEST_CHECKED + 1)) == "too long to check: 100001 characters, at most 100000"


@pytest.mark.parametrize("command", VALID)
def test_without_bash_the_grammar_finds_nothing_wrong(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    if "extglob" not in command:  # which the grammar does not know
        assert syntax_error(command) is None


def test_without_bash_the_grammar_says_where_it_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert [command for command in INVALID if not syntax_error(command)] == ["fi"]  # a word like any other to it
    assert syntax_error("ls\necho é )") == "line 2, column 8: may not be valid bash"
    assert syntax_error("a $(b") == "line 1, column 6: `)' seems to be missing"
    assert syntax_error("'" * (LONGEST_PARSED + 1)) is None


def test_a_bash_that_hangs_or_does_not_run_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    for failure in (subprocess.TimeoutExpired("bash", 2), OSError("no")):

        def fail(*args: object, failure: Exception = failure, **options: object) -> None:
            raise failure

        monkeypatch.setattr(subprocess, "run", fail)
        assert syntax_error("a )") == "line 1, column 3: may not be valid bash"


@given(st.text(st.characters()))
def test_validity_is_decided_for_any_text(command: str) -> None:
    assert shell._grammar_error(command.replace("\0", "")) != ""
    assert syntax_error(command) != ""


def test_importing_the_module_loads_no_grammar() -> None:
    assert run("import sys, reviewer.shell; print('tree_sitter' in sys.modules)").strip() == "False"
