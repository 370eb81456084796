"""The structure of bash: whether a command is valid, and which parts of it a person may point at.

Validity is for bash to say (`bash -n` reads without running). Where there is no bash, or it does not answer in time,
the grammar of tree-sitter-bash says it instead, and that is also what tells the parts. It refuses some of what bash
accepts (tests/reviewer/test_shell_corpus.py has the cases), hence its "may not be valid"; a command that it cannot
read is one part. Both are loaded and run only when asked, and nothing here raises, whatever the text.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Language, Node

LONGEST_CHECKED = 100_000
"""Characters. A much longer text does not fit an argument of `bash -c`."""

LONGEST_PARSED = 20_000
"""Characters that the grammar is asked about."""

MOST_OPERATORS = 1_500
"""Operators and brackets that the grammar is asked about. On hostile texts it takes quadratic time: half a second for
so many, eight for 10,000. The real commands that we know have 280 at most."""


class Part(NamedTuple):
    """Characters [start, end) of a command, and their text."""

    start: int
    end: int
    text: str


# --- validity ------------------------------------------------------------------------------------------------------


def syntax_error(command: str) -> str | None:
    """What is wrong with the command as bash, None when nothing is. The message may quote the command: clean it.

    It begins with the line and, where that can be told, the column, both from 1. A here-document that only the end of
    the command ends is wrong too, although bash would run it.
    """
    if (nul := command.find("\0")) >= 0:
        return _at(command, nul, "a NUL character, which no command can hold")
    if len(command) > LONGEST_CHECKED:
        return f"too long to check: {len(command)} characters, at most {LONGEST_CHECKED}"
    if bash := shutil.which("bash"):
        try:
            return _bash_error(partial(_ask_bash, bash), command)
        except (OSError, subprocess.SubprocessError):
            pass  # it does not run, or not in time
    return _grammar_error(command)


def _ask_bash(bash: str, command: str) -> str:
    """What bash says about a command, "" when it is well: also what it says about one that it takes for valid."""
    # The environment is empty, so no BASH_ENV, functions or locale come in. A `shopt -s extglob` in the command has
    # no effect under -n. Undecodable bytes are given back as they were.
    options = ["-n", "-O", "extglob"] if "extglob" in command else ["-n"]
    encoded = re.sub("[\ud800-\udc7f\udd00-\udfff]", "?", command).encode("utf-8", "surrogateescape")
    result = subprocess.run(
        [bash, *options, "-c", "--", encoded],
        env={"LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=2,
        check=False,
    )
    lines = result.stderr.decode("utf-8", "replace").split("\n")
    said = next((line for line in lines if "setlocale" not in line), "")
    return re.sub(r"^.*?: (-c: )?(?=line )", "", said) or ("not valid bash" if result.returncode else "")


_Ask = Callable[[str], str]
_PLACES_TRIED = 8
"""Places that may be the faulty one, of which bash is asked. Most often it is the first."""


def _bash_error(ask: _Ask, command: str) -> str | None:
    """What bash says, with the column that it does not tell."""
    said = ask(command)
    if not said:
        return None
    line, _, what = said.removeprefix("line ").partition(": ")
    if not line.isdecimal():
        return said
    place = None
    if match := re.match(r"warning: here-document at line \d+ (.*\(wanted `(.+)'\))", what):
        what = f"here-document {match[1]}"
        place = _last(rf"<<-?[ \t]*['\"\\]?{re.escape(match[2])}", command)
    elif match := re.match(r"syntax error near unexpected token `(.+)'", what):
        place = _unexpected(ask, command, int(line), match)
    elif match := re.match(r"unexpected EOF while looking for (?:matching )?[`'](.+)'", what):
        place = _unclosed(ask, command, match)
    elif "unexpected end of file" in what:
        if opening := _unfinished(ask, command):
            place = opening.start()
            what = f"unexpected end of file, no `{_CLOSING.get(opening[0], 'done')}' for this `{opening[0]}'"
        else:
            place = max(len(command.rstrip()) - 1, 0)
    return said if place is None else _at(command, place, what)


def _at(command: str, place: int, what: str) -> str:
    line, column = command.count("\n", 0, place) + 1, place - command.rfind("\n", 0, place)
    return f"line {line}, column {column}: {what}"


def _last(pattern: str, command: str) -> int | None:
    return max((match.start() for match in re.finditer(pattern, command)), default=None)


def _unexpected(ask: _Ask, command: str, line: int, said: re.Match[str]) -> int | None:
    """Where the token is that bash did not expect: the first of that line with which the command is already wrong."""
    lines = command.split("\n")[:line]
    start = sum(map(len, lines[:-1])) + line - 1
    if said[1] == "newline":
        return start + len(lines[-1])
    word = r"\b" if said[1].isalnum() else ""
    found = [match.span() for match in re.finditer(word + re.escape(said[1]) + word, lines[-1])]
    if len(found) == 1:
        return start + found[0][0]
    wrong = (at for at, end in found[:_PLACES_TRIED] if said[0] in ask(command[: start + end]))
    return next((start + at for at in wrong), None)


def _unclosed(ask: _Ask, command: str, said: re.Match[str]) -> int | None:
    """Where that begins which is not closed: the last such opening before which nothing is open."""
    opening = {")": r"[$<>]?\(", "}": r"\$?\{", "]]": r"\[\["}.get(said[1], re.escape(said[1]))
    found = [match.start() for match in re.finditer(opening, command)][: -_PLACES_TRIED - 1 : -1]
    return next((at for at in found if said[0] not in ask(command[:at])), None)


_CLOSING = {"if": "fi", "case": "esac", "(": ")", "{": "}"}


def _unfinished(ask: _Ask, command: str) -> re.Match[str] | None:
    """Where the innermost compound command begins that is not finished: from there on, too, the end is missing."""
    found = [*re.finditer(r"\b(?:if|for|while|until|case|select)\b|[({]", command)][: -_PLACES_TRIED - 1 : -1]
    return next((match for match in found if "unexpected end of file" in ask(command[match.start() :])), None)


def _grammar_error(command: str) -> str | None:
    if not _is_parsed(command):
        return None
    text = _Text(command)
    stack = [text.root]  # not recursive: `a && b && …` is as deep as it is long
    while stack:
        node = stack.pop()
        if node.is_error or node.is_missing:
            what = f"`{node.type}' seems to be missing" if node.is_missing else "may not be valid bash"
            return _at(command, node.start_byte, what)
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
    if _is_parsed(command):
        text = _Text(command)
        if not text.root.has_error and (found := [*_walk(text)]):
            return sorted(found, key=lambda pair: _place(pair[0]))
    whole = Part(0, len(command), command)
    return [(whole, [Part(*match.span(), match[0]) for match in re.finditer(r"\S+", command)])]


def _is_parsed(command: str) -> bool:
    """Whether the grammar is asked about it."""
    return len(command) <= LONGEST_PARSED and len(re.findall(r"[|([{<>$`]", command)) <= MOST_OPERATORS


class _Text:
    """A command and its syntax tree.

    The grammar sees ASCII only: some other characters crash its scanner, and the program with it (tree-sitter-bash
    0.25.1, `{` before a character beyond the BMP), a NUL ends the text for it, and an escaped blank does not begin a
    word for it. A full stop stands in: like them it is part of a word, and of no name, operator or pattern. So a byte
    is also a character.
    """

    def __init__(self, command: str) -> None:
        from tree_sitter import Parser

        self.command = command
        seen = re.sub(r"\\[ \t]|(\\[\s\S])", lambda match: match[1] or "..", command)
        self.root = Parser(_language()).parse(re.sub("[^\x01-\x7f]", ".", seen).encode("ascii")).root_node

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
