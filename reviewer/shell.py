"""The structure of bash: whether a command is valid, and which parts of it a person may point at.

Validity is for bash to say (`bash -n` reads without running); where there is none, and for the structure, the grammar
of tree-sitter-bash is asked. That accepts a little less than bash does, so a command that it cannot read is one part.
Both are loaded and run only when asked, and nothing here raises, whatever the text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language, Node

LONGEST_CHECKED = 100_000
"""Characters. A much longer text does not fit an argument of `bash -c`."""

LONGEST_PARSED = 20_000
"""Characters. The grammar takes quadratic time on some hostile texts: half a second at this length."""


class Part(NamedTuple):
    """Characters [start, end) of a command, and their text."""

    start: int
    end: int
    text: str


# --- validity ------------------------------------------------------------------------------------------------------


def syntax_error(command: str) -> str | None:
    """What is wrong with the command as bash, None when nothing is. The message may quote the command: clean it."""
    if (nul := command.find("\0")) >= 0:
        line = command.count("\n", 0, nul) + 1
        return f"line {line}: a NUL character, which no command can hold"
    if len(command) > LONGEST_CHECKED:
        return f"too long to check: {len(command)} characters, at most {LONGEST_CHECKED}"
    if bash := shutil.which("bash"):
        try:
            return _bash_error(bash, command)
        except (OSError, subprocess.SubprocessError):
            pass  # it does not run, or not in time
    return _grammar_error(command)


def _bash_error(bash: str, command: str) -> str | None:
    # The environment is empty, so no BASH_ENV, functions or locale come in. A `shopt -s extglob` in the command has
    # no effect under -n. Undecodable bytes are given back as they were.
    options = ["-n", "-O", "extglob"] if "extglob" in command else ["-n"]
    encoded = re.sub("[\ud800-\udc7f\udd00-\udfff]", "?", command).encode("utf-8", "surrogateescape")
    result = subprocess.run(
        [bash, *options, "-c", "--", encoded],
        env={"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=2,
        check=False,
    )
    if result.returncode == 0:
        return None
    message = result.stderr.decode("utf-8", "replace").partition("\n")[0]
    return re.sub(r"^.*?: -c: ", "", message) or "not valid bash"


def _grammar_error(command: str) -> str | None:
    if len(command) > LONGEST_PARSED:
        return None
    text = _Text(command)
    stack = [text.root]  # not recursive: `a && b && …` is as deep as it is long
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            start = node.start_byte
            line, column = command.count("\n", 0, start) + 1, start - command.rfind("\n", 0, start)
            what = f"`{node.type}' seems to be missing" if node.is_missing else "may not be valid bash"
            return f"line {line}, column {column}: {what}"
        stack += reversed(node.children)
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
_PARTS = _SIMPLE | _REDIRECTS
_PUNCTUATION = {"[", "]", "[[", "]]", "((", "))", "(", ")", ";", ",", "\n"}


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


def parts_with_words(command: str) -> list[tuple[Part, list[Part]]]:
    """Each part with its own words, in order: what a rule about a program and its options asks for."""
    return [(part, sorted(held, key=_place)) for part, held in _read(command)]


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
    """A command and its syntax tree.

    The grammar sees ASCII only: some other characters crash its scanner, and the program with it (tree-sitter-bash
    0.25.1, `{` before a character beyond the BMP), and a NUL ends the text for it. A full stop stands in: like them
    it is part of a word, and of no name, operator or pattern. So a byte is also a character.
    """

    def __init__(self, command: str) -> None:
        from tree_sitter import Parser

        self.command = command
        self.root = Parser(_language()).parse(re.sub("[^\x01-\x7f]", ".", command).encode("ascii")).root_node

    def part(self, start: int, end: int) -> Part:
        return Part(start, end, self.command[start:end])

    def words(self, nodes: Iterable[Node]) -> list[Part]:
        return [word for start, end in _words(nodes) if (word := self.part(start, end)).text.strip()]


@cache
def _language() -> Language:
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())


def _walk(text: _Text) -> Iterator[tuple[Part, list[Part]]]:
    """Each part of a tree without errors, with its words, in no order."""
    redirects: dict[int, list[Node]] = {}  # by the id of the command they belong to
    stack = [(text.root, False)]
    while stack:
        node, inside = stack.pop()  # inside a part, assignments and redirections are that part's
        children = node.children
        if node.type == "redirected_statement" and (command := _last_command(node)):
            attached = [child for child in children if child.type in _REDIRECTS]
            redirects.setdefault(command.id, []).extend(attached)
            stack += [(child, child.type in _REDIRECTS) for child in children]
            continue
        if node.type in _HEADED:
            head = _head(children)
            yield text.part(node.start_byte, head[-1].end_byte), text.words(head)
            stack += [(child, place < len(head)) for place, child in enumerate(children)]
            continue
        if node.type in _SUBSTITUTIONS:
            inside = False
        elif node.type in _PARTS or _is_arithmetic(node):
            if not inside:
                attached = redirects.get(node.id, [])
                end = max(_end(each) for each in [node, *attached])
                own = [node] if node.type in {"variable_assignment", *_REDIRECTS} else children
                yield text.part(node.start_byte, end), text.words([*own, *attached])
                inside = True
            if following := _following(node):
                stack.append((following, False))
                children = [child for child in children if child != following]
                body = [child for child in children if child.type == "heredoc_body"]
                yield text.part(body[0].start_byte, node.end_byte), text.words(body)
        stack += [(child, inside) for child in children]


def _is_arithmetic(node: Node) -> bool:
    return node.type == "compound_statement" and node.children[0].type == "(("


def _last_command(statement: Node) -> Node | None:
    """The command whose redirections these are: the grammar puts them around the whole of `a | b > file`."""
    node: Node | None = statement
    while node and node.type not in _SIMPLE:
        if node.type == "redirected_statement":
            node = node.child_by_field_name("body")
        else:
            node = node.named_children[-1] if node.type in _CHAINS else None
    return node


def _head(children: list[Node]) -> list[Node]:
    """Of a `for` or `case`, what stands before its body."""
    end = next(place for place, child in enumerate(children) if child.type in _BODIES)
    while children[end - 1].type in {";", "\n"}:
        end -= 1
    return children[:end]


def _following(node: Node) -> Node | None:
    """The commands between `<<EOF` and the here-document, which the grammar puts into the redirection."""
    if node.type != "heredoc_redirect":
        return None
    pipelines = (child for child in node.children if child.type == "pipeline")
    return node.child_by_field_name("right") or next(pipelines, None)


def _end(node: Node) -> int:
    """Where a command or redirection ends: with its here-document, unless other commands stand before that."""
    if following := _following(node):
        return max(end for _, end in _words([node]) if end <= following.start_byte)
    return node.end_byte


def _words(nodes: Iterable[Node]) -> Iterator[tuple[int, int]]:
    """The words in these nodes, in no order."""
    stack = [*nodes]
    while stack:
        node = stack.pop()
        if node.type.endswith("_expression"):
            stack += node.children
        elif node.type == "file_redirect":
            # `2>/dev/null -r x`: the grammar takes all that follows for targets of the redirection.
            closing = [child for child in node.children if child.type in {"<&-", ">&-"}]
            target, *rest = closing + node.children_by_field_name("destination")
            yield node.start_byte, target.end_byte
            stack += rest
        elif node.type == "heredoc_redirect":
            following = _following(node)
            for child in node.children:
                if following and child == following:
                    break
                if child.type == "heredoc_start":
                    yield node.start_byte, child.end_byte
                elif child.is_named and child.type != "heredoc_end":
                    stack.append(child)
        elif node.type not in _PUNCTUATION:
            yield node.start_byte, node.end_byte
