"""The commands of real agents: what their parts are, and where bash and the grammar do not agree about them."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest
import tree_sitter_bash
from hypothesis import given
from hypothesis import strategies as st
from tree_sitter import Language, Parser, Query, QueryCursor

import sample_trajectories
from reviewer import shell
from reviewer.errors import ErrataError
from reviewer.formats import read_trajectories
from reviewer.shell import parts, syntax_error
from store.importer import find_files
from tests.reviewer.test_shell import check_spans

SAMPLES = Path(sample_trajectories.__file__).parent

DISAGREEMENTS = {
    "> l": "bash is right: a redirection wants a file, and the grammar reads on over the end of the line",
    "> l s": "the same",
    '> export PATH="/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:': (
        "bash is right: `export` is the file to write, and the grammar takes it for the keyword"
    ),
    "}": "bash is right: nothing is open, and the grammar takes a lone brace for a command's name",
}
"""All of the real commands, by their first words, with the reason."""

SEPARATOR = re.compile(
    r"""\s | \\\n | \#[^\n]* | [;&|(){}!]                                           # blanks, comments, operators
    | \b(?:if|then|elif|else|fi|while|until|do|done|esac|time|function|coproc)\b # words that structure
    | [^\s;&|(){}]+(?=\s*(?:[|)]|\(\s*\)))                                       # a case's pattern, a function's name
    """,
    re.VERBOSE,
)
"""What may stand between the parts."""


@cache
def commands_below(folder: Path) -> frozenset[str]:
    """The distinct bash commands of all trajectories below a folder, as the importers read them."""
    found = set()
    for path, _ in find_files([folder]):
        try:
            trajectories = list(read_trajectories(path))
        except ErrataError:
            continue
        actions = (step for trajectory in trajectories for step in trajectory.steps if step.action)
        found |= {
            step.command for step in actions if step.action and step.action.is_shell and not step.action.is_input
        }
    return frozenset(found)


@pytest.fixture(scope="module")
def real(corpus: Path) -> frozenset[str]:
    """All real commands there are: the corpus's and the samples'."""
    commands = commands_below(corpus) | commands_below(SAMPLES)
    assert len(commands) >= 590, "598 when this was written"
    return commands


def with_parts(commands: frozenset[str]) -> list[str]:
    """The commands, and each of their parts as a command of its own."""
    return sorted(commands | {part.text for command in commands for part in parts(command)})


def check_tiles(command: str) -> None:
    """Every character is in exactly one outermost part, or in what separates them."""
    check_spans(command)
    at = 0
    for part in parts(command):
        if part.start >= at:
            assert not SEPARATOR.sub("", command[at : part.start]), "text between the parts"
            at = part.end
        assert part.end <= at, "a part ends within the one that holds it"
    assert not SEPARATOR.sub("", command[at:])


def test_the_parts_tile_the_real_commands(real: frozenset[str]) -> None:
    commands = with_parts(real)
    assert len(commands) >= 1150, "1,185 when this was written"
    for command in commands:
        check_tiles(command)


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_the_grammar_and_bash_agree_on_what_is_valid(real: frozenset[str]) -> None:
    differ = {
        " ".join(command.split())[:60]
        for command in with_parts(real)
        if (syntax_error(command) is None) != (shell._grammar_error(command) is None)
    }
    assert differ == set(DISAGREEMENTS)


def test_the_real_commands_have_a_part_for_each_command_in_their_tree(real: frozenset[str]) -> None:
    language = Language(tree_sitter_bash.language())
    query = Query(language, "(command) @command")
    understood = 0
    for command in sorted(real):
        encoded = command.encode("utf-8", "replace")
        root = Parser(language).parse(encoded).root_node
        if root.has_error:
            continue
        understood += 1
        starts = {part.start: part for part in reversed(parts(command))}
        for node in QueryCursor(query).captures(root).get("command", []):
            start = len(encoded[: node.start_byte].decode())
            text = encoded[node.start_byte : node.end_byte].decode()
            assert starts[start].text.startswith(text)
    assert understood > 500


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A real command with some of its text cut out, doubled, or put in from another."""
    samples = st.sampled_from(sorted(commands_below(SAMPLES)))
    command = draw(samples)
    for _ in range(draw(st.integers(1, 3))):
        start, end = sorted((draw(st.integers(0, len(command))), draw(st.integers(0, len(command)))))
        other = draw(samples)
        piece = draw(
            st.sampled_from(["", command[start:end] * 2, other[: end - start], *"'\"`$(){}[]<>|&;!#\\\né😀\0"])
        )
        command = command[:start] + piece + command[end:]
    return command


@given(mutated())
def test_the_parts_tile_whatever_becomes_of_a_real_command(command: str) -> None:
    check_tiles(command)
    assert syntax_error(command) != ""
