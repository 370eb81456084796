"""A command line as the rules see it: simple commands, each with the program that it really runs."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from reviewer.annotation import Span
from reviewer.shell import Part, parts_with_words

_LONGEST = 10_000
"""Characters of a command line that rules look into. A longer one is nearly always a file in a here-document."""


def names(text: str) -> frozenset[str]:
    """The words of a text: how rules list programs."""
    return frozenset(text.split())


_ASSIGNMENT = re.compile(r"\w+\+?=")
_REDIRECT = re.compile(r"(?:\d*|&)(?P<sign>>\||>>|>|<<<|<<-?|<&|>&|<)\s*(?P<target>.*)", re.DOTALL)

# Programs that run another one, with the number of operands that stand before it.
_WRAPPERS = {
    **dict.fromkeys(("sudo", "nohup", "time", "command", "exec", "builtin", "stdbuf", "setsid", "env", "nice"), 0),
    **dict.fromkeys(("xargs", "doas", "ionice", "then", "else", "do", "!", "unbuffer", "strace"), 0),
    **dict.fromkeys(("timeout", "chroot", "flock", "taskset"), 1),
}
_TAKES_VALUE = {
    "sudo": {"-u", "-g", "-C", "-h", "-p"},
    "env": {"-u", "-C", "-S"},
    "nice": {"-n"},
    "timeout": {"-s", "-k", "--signal", "--kill-after"},
    "xargs": {"-n", "-I", "-P", "-d", "-L", "-a", "-s"},
    "stdbuf": {"-i", "-o", "-e"},
    "ionice": {"-c", "-n"},
}
_GIT_OPTIONS = {"-C": 1, "-c": 1, "--git-dir": 1, "--work-tree": 1, "--no-pager": 0, "-P": 0}
"""What may stand before git's command, with the number of values after it."""

_SHELLS = {"bash", "sh", "zsh", "dash", "su"}


@dataclass(frozen=True)
class Command:
    """A simple command.

    argv: its words without quotes, wrappers such as sudo left out, so that argv[0] is the program. wrappers: their
    names. writes: the files that a redirection overwrites. after: the operator behind it ("|", "&&", "||", ";", "&",
    "" at the end). start, end: its characters of the command line. texts: its here-documents.
    """

    argv: Sequence[str]
    start: int
    end: int
    after: str = ""
    wrappers: Sequence[str] = ()
    writes: Sequence[str] = ()
    texts: Sequence[str] = ()
    text: str = field(default="", compare=False)

    @cached_property
    def name(self) -> str:
        """The program's name, without its folder."""
        return posixpath.basename(self.argv[0]) if self.argv else ""

    @property
    def operands(self) -> list[str]:
        """The words that are no options."""
        words = list(self.argv[1:])
        if "--" in words:
            at = words.index("--")
            return [word for word in words[:at] if not word.startswith("-")] + words[at + 1 :]
        return [word for word in words if not word.startswith("-") or word == "-"]

    @property
    def flags(self) -> set[str]:
        """The options: long ones whole, short ones letter by letter."""
        found: set[str] = set()
        for word in self.argv[1:]:
            if word == "--":
                break
            if word.startswith("--"):
                found.add(word.partition("=")[0])
            elif word.startswith("-"):
                found.update(word[1:])
        return found

    @property
    def span(self) -> Span:
        return Span(of="command", start=self.start, end=self.end)


def parse(line: str) -> list[Command]:
    """The simple commands of a command line, in order, those in `bash -c '…'` included; never raises."""
    line = line[:_LONGEST]
    found = parts_with_words(line)
    return [
        command for place, pair in enumerate(found) for command in _commands(line, pair, _after(line, found, place))
    ]


def _commands(line: str, pair: tuple[Part, list[Part]], after: str) -> Iterator[Command]:
    part, words = pair
    argv: list[str] = []
    writes: list[str] = []
    texts: list[str] = []
    for word in words:
        if redirect := _REDIRECT.fullmatch(word.text):
            if redirect["sign"] in {">", ">|"} and not redirect["target"].startswith("&"):
                writes.append(unquoted(redirect["target"]))
        elif "\n" in word.text and word.text[:1] not in "'\"$":
            texts.append(word.text)
        elif argv or not _ASSIGNMENT.match(word.text):
            argv.append(unquoted(word.text))
    argv, wrappers = _unwrapped(argv)
    command = Command(argv, part.start, part.end, after, wrappers, writes, texts, part.text)
    yield command
    if command.name in _SHELLS and "c" in command.flags and (inner := _inner(argv)):
        for nested in parts_with_words(inner):
            for each in _commands(inner, nested, ""):
                yield Command(
                    each.argv, part.start, part.end, after, each.wrappers, each.writes, each.texts, each.text
                )
                break  # one level is enough


def _inner(argv: Sequence[str]) -> str:
    """What `bash -lc` is to run."""
    places = (at for at, word in enumerate(argv) if re.fullmatch(r"-\w*c", word))
    at = next(places, len(argv))
    return argv[at + 1] if at + 1 < len(argv) else ""


def _unwrapped(argv: list[str]) -> tuple[list[str], list[str]]:
    wrappers: list[str] = []
    while argv and (name := posixpath.basename(argv[0])) in _WRAPPERS:
        rest = argv[1:]
        while rest and (rest[0].startswith("-") or (name == "env" and _ASSIGNMENT.match(rest[0]))):
            rest = rest[2 if rest[0] in _TAKES_VALUE.get(name, ()) else 1 :]
        rest = rest[_WRAPPERS[name] :]
        while rest and _ASSIGNMENT.match(rest[0]):
            rest = rest[1:]
        if not rest:
            break
        wrappers.append(name)
        argv = rest
    while argv[:1] == ["git"] and argv[1:2] and argv[1] in _GIT_OPTIONS:
        argv = ["git", *argv[2 + _GIT_OPTIONS[argv[1]] :]]
    return argv, wrappers


def _after(line: str, found: list[tuple[Part, list[Part]]], place: int) -> str:
    """The operator that follows a part."""
    end = found[place][0].end
    following = next((part.start for part, _ in found[place + 1 :] if part.start >= end), len(line))
    match = re.match(r"[\s)}\"'`]*(\|\||&&|\|&|[|;&]|\n)?", line[end:following])
    sign = (match and match[1]) or ""
    return ";" if sign == "\n" else sign


def unquoted(word: str) -> str:
    """A word without its quotes, as far as that can be told without running it."""
    if not re.search(r"['\"\\]", word):
        return word
    try:
        return "".join(shlex.split(word)) if "\n" not in word else word.strip("'\"")
    except ValueError:
        return word.strip("'\"")


_LOOKING = names(
    "awk basename bat cat cd column cut date df dirname du echo egrep env fgrep file find free grep head "
    "hexdump hostname id jq less ls lscpu lsof man more nl nvidia-smi od printf printenv ps pwd realpath rg "
    "sleep sort stat strings tail test tr tree true type uname uniq wc which whoami xxd zcat ag ack open goto "
    "scroll_up scroll_down find_file search_dir search_file journalctl dmesg history view [ whereis getent cmp "
    "diff exit objdump nm"
)
_GIT_LOOKING = names("log show diff status blame grep branch ls-files rev-parse remote reflog")


def looks_only(command: Command) -> bool:
    """Whether it only shows what is there."""
    if command.writes and any(path != "/dev/null" for path in command.writes):
        return False
    if command.name == "git":
        return next(iter(command.operands), "") in _GIT_LOOKING
    if command.name == "sed":
        return "i" not in command.flags and "--in-place" not in command.flags
    if command.name == "find":
        return not {"-delete", "-exec", "-execdir"} & set(command.argv)
    return not command.name or command.name in _LOOKING


def shown(command: Command) -> str:
    """A command in a few words."""
    return short(command.argv[: 3 if "-m" in command.argv[1:2] else 2])


def short(words: Sequence[str]) -> str:
    return shortened(" ".join(words), 60)


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters; where something was cut off, it ends in an ellipsis."""
    return text if len(text) <= most else text[: most - 1] + "…"
