"""The structure of bash: whether a command is valid, and which parts of it a person may point at.

Validity is for bash to say (`bash -n` reads without running); where there is none, and for the structure, the grammar
of tree-sitter-bash is asked. It accepts a little less than bash does, so a command that it cannot read is one part.
Both are imported and run only when asked, and neither raises, whatever the text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language, Node

LONGEST_CHECKED = 100_000
"""Characters. A longer text would not fit an argument of `bash -c` either."""

LONGEST_PARSED = 20_000
"""Characters. The grammar takes quadratic time on some hostile texts; half a second at this length."""


class Part(NamedTuple):
    """Characters [start, end) of a command."""

    start: int
    end: int
    text: str


# --- validity ------------------------------------------------------------------------------------------------------


def syntax_error(command: str) -> str | None:
    """What is wrong with the command as bash, None when nothing is. The message may quote the command: clean it."""
    if (nul := command.find("\0")) >= 0:
        return f"line {command.count(chr(10), 0, nul) + 1}: a NUL character, which no command can hold"
    if len(command) > LONGEST_CHECKED:
        return f"too long to check: {len(command)} characters, at most {LONGEST_CHECKED}"
    if bash := shutil.which("bash"):
        try:
            return _bash_error(bash, command)
        except (OSError, subprocess.SubprocessError):
            pass  # no bash that runs, or too slow: ask the grammar
    return _grammar_error(command)


def _bash_error(bash: str, command: str) -> str | None:
    # An empty environment: no BASH_ENV, no functions, no locale. extglob: with -n a `shopt -s extglob` has no effect.
    extglob = ["-O", "extglob"] if "extglob" in command else []
    argv = [bash.encode(), *extglob, "-n", "-c", "--", _surrogates_to_bytes(command)]
    result = subprocess.run(
        argv, env={"LC_ALL": "C"}, stdin=subprocess.DEVNULL, capture_output=True, timeout=2, check=False
    )
    if result.returncode == 0:
        return None
    message = result.stderr.decode("utf-8", "replace").partition("\n")[0]
    return re.sub(r"^.*?: (?:-c: )?(?=line \d+: |syntax error)", "", message) or "not valid bash"


def _surrogates_to_bytes(text: str) -> bytes:
    return re.sub("[\ud800-\udc7f\udd00-\udfff]", "?", text).encode("utf-8", "surrogateescape")


def _grammar_error(command: str) -> str | None:
    if len(command) > LONGEST_PARSED:
        return None
    text = _Text(command)
    for node in _descend(text.root):
        if node.is_error or node.is_missing:
            start = text.place(node.start_byte)
            line, column = command.count("\n", 0, start) + 1, start - command.rfind("\n", 0, start)
            what = f"`{node.type}' seems to be missing" if node.is_missing else "may not be valid bash"
            return f"line {line}, column {column}: {what}"
    return None


# --- structure -----------------------------------------------------------------------------------------------------

_SIMPLE = {
    "command",
    "declaration_command",
    "test_command",
    "unset_command",
    "variable_assignment",
    "variable_assignments",
}
_HEADED = {"for_statement", "c_style_for_statement", "case_statement"}
_BODIES = {"do_group", "compound_statement", "case_item", "esac"}
_CHAINS = {"list", "negated_command", "pipeline"}
_REDIRECTS = {"file_redirect", "heredoc_redirect", "herestring_redirect"}
_SUBSTITUTIONS = {"command_substitution", "process_substitution"}
_PUNCTUATION = {"[", "]", "[[", "]]", "((", "))", "(", ")", ";", ",", "\n"}

_Range: TypeAlias = tuple[int, int]  # bytes [start, end)


def parts(command: str) -> list[Part]:
    """The simple commands of a command line, each with its redirections, in order.

    Assignments, tests, arithmetic, the heads of `for` and `case` and the redirections of a compound command are parts
    too. A part either holds another (a substitution's commands follow the part they stand in) or is apart from it. A
    here-document belongs to its command, unless another command stands between them: then it is a part of its own. A
    command that is not understood is one part, a blank one none.
    """
    return [part for part, _ in _read(command)]


def words(command: str) -> list[Part]:
    """The words of all parts: names, options, arguments, redirections, here-documents, in order.

    As with parts, a substitution's words follow the word they stand in. A command that is not understood is split at
    its blanks.
    """
    return sorted((word for _, held in _read(command) for word in held), key=_place)


def _place(part: Part) -> tuple[int, int]:
    return part.start, -part.end


def _read(command: str) -> list[tuple[Part, list[Part]]]:
    """The parts, each with its words."""
    if not command.strip():
        return []
    if len(command) <= LONGEST_PARSED:
        text = _Text(command)
        if not text.root.has_error and (found := [*_walk(text)]):
            return sorted(found, key=lambda pair: _place(pair[0]))
    whole = Part(0, len(command), command)
    return [(whole, [Part(*match.span(), match[0]) for match in re.finditer(r"\S+", command)])]


class _Text:
    """A command and its syntax tree, whose places are bytes."""

    def __init__(self, command: str) -> None:
        from tree_sitter import Parser

        self.command = command
        # Neither changes the number of characters: NUL ends a text for the grammar, surrogates have no UTF-8.
        readable = re.sub("[\0\ud800-\udfff]", "?", command)
        self.root = Parser(_language()).parse(readable.encode()).root_node
        lengths = (1 if char < "\x80" else len(char.encode()) for char in readable)
        self.starts = range(len(command) + 1) if command.isascii() else [*accumulate(lengths, initial=0)]

    def place(self, byte: int) -> int:
        """The character at a byte."""
        return bisect_left(self.starts, byte)

    def part(self, start: int, end: int) -> Part:
        first, last = self.place(start), self.place(end)
        return Part(first, last, self.command[first:last])

    def part_of(self, words: list[_Range], start: int | None = None, end: int = 0) -> tuple[Part, list[Part]]:
        """The part from its first word, or `start`, to its last, or `end` if that is later."""
        first = words[0][0] if start is None else start
        last = max(end, *(end for _, end in words))
        return self.part(first, last), [self.part(*word) for word in words]


@cache
def _language() -> Language:
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())


def _descend(root: Node) -> Iterator[Node]:
    """The nodes in the order they stand. Not recursive: `a && b && …` is as deep as it is long."""
    stack = [root]
    while stack:
        yield (node := stack.pop())
        stack += reversed(node.children)


def _walk(text: _Text) -> Iterator[tuple[Part, list[Part]]]:
    """Each part of a tree without errors, with its words."""
    redirects: dict[int, list[Node]] = {}  # by the id of the command they belong to
    stack = [(text.root, False)]
    while stack:
        node, inside = stack.pop()  # inside a part, assignments and redirections are that part's
        children = node.children
        own: Container[Node] = ()  # the children whose place, inside or not, differs from the node's
        if node.type in _SUBSTITUTIONS:
            inside = False
        elif node.type in _HEADED:
            head = _head(children)
            yield text.part_of(_words(head), node.start_byte, head[-1].end_byte)
        ...
