"""What looks like something else: look-alike letters, hidden characters, text that a carriage return hides.

A command is read by a person before it is judged, so what they see must be what bash saw. Nothing here says that a
deception was meant: a copied non-breaking space is found like a planted one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from reviewer.terminal import clean


class Deception(NamedTuple):
    """Characters [start, end) of a text, and in a few words what they are."""

    start: int
    end: int
    what: str


# The letters of other scripts that UTS #39 (confusables.txt) maps to one letter of ASCII, the common ones. Mixing
# Latin with Cyrillic is told without the list; Greek is mixed in good faith (Δt, μs), so only its look-alikes count.
_CYRILLIC = "аеорсухіјѕһԁԛԝѵАВЕЗКМНОРСТУХІЈЅԌԚԜѴӀ"
_GREEK = "οναιρυγΑΒΕΖΗΙΚΜΝΟΡΤΥΧϲϳ"
_LOOKALIKES = frozenset(_CYRILLIC + _GREEK)

_FOREIGN = {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "DESERET", "GEORGIAN"}
"""Scripts with letters that look like Latin ones. Latin beside Han, Kana or Hangul is how these are written (UTS #39,
highly restrictive), and looks like nothing else."""

_STYLED = {"FULLWIDTH", "MATHEMATICAL"}
"""Letters that are another way to draw an ASCII one; bash does not know them as such."""

_SLASHES = "\u2044\u2215\u29f8\uff0f"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"

_WORD = re.compile(r"[^\W_]+")
_INTERESTING = re.compile(r"[^\x20-\x7e\n\t]")
_LONGEST = 200_000
"""Characters. Only the beginning of a longer text is looked at."""

_EMOJI_FLAG, _KEYCAP = "\U0001f3f4", "\u20e3"


def deceptions(text: str) -> list[Deception]:
    """What in a text is not what it looks like, in order; never raises."""
    text = text[:_LONGEST]
    if not _INTERESTING.search(text):
        return []
    found = [*_hidden(text), *_overwritten(text), *_blanks(text)]
    if not text.isascii():
        found += [*_words(text), *_signs(text)]
    return sorted(found)


def _hidden(text: str) -> Iterator[Deception]:
    """Runs of one kind of character that does not show."""
    start, kind = 0, ""
    for place, char in enumerate(text + " "):
        now = _kind(char) if _INTERESTING.match(char) and not _is_fine(text, place) else ""
        if now != kind:
            if kind:
                codes = f"U+{ord(text[start]):04X}" + (" and more" if place > start + 1 else "")
                yield Deception(start, place, f"{kind} ({codes})")
            start, kind = place, now


@lru_cache(maxsize=4096)
def _kind(char: str) -> str:
    """What a hidden character is, "" for one that shows."""
    if char == "\r" or clean(char) == char:
        return ""
    if "\ud800" <= char <= "\udfff":
        return "a byte that is not UTF-8"
    if unicodedata.category(char) == "Cc":
        return "control character"
    if char in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
        return "text direction control"
    if "\U000e0000" <= char <= "\U000e007f":
        return "tag character"
    return "invisible character"


def _is_fine(text: str, place: int) -> bool:
    """Whether a hidden character does here what it is for, in an emoji or in a script that needs joiners."""
    char, before, after = text[place : place + 1], text[place - 1 : place], text[place + 1 : place + 2]
    if char in {"\ufe0e", "\ufe0f"}:
        return before > "\x7f" or after == _KEYCAP
    if char in {"\u200c", "\u200d"}:
        return before > "\x7f" and after > "\x7f"
    if "\U000e0020" <= char <= "\U000e007f":  # the flags of Scotland, Wales, England
        return _EMOJI_FLAG in text[max(0, place - 6) : place]
    return False


def _overwritten(text: str) -> Iterator[Deception]:
    """A carriage return within a line: what stands before it is overwritten by what follows."""
    start = 0
    for line in text.split("\n"):
        bare = line.rstrip("\r")
        if (end := bare.rfind("\r")) > 0:
            yield Deception(start, start + end + 1, "hidden by a carriage return")
        start += len(line) + 1


def _blanks(text: str) -> Iterator[Deception]:
    for place, char in enumerate(text):
        if char > "\x7f" and unicodedata.category(char) == "Zs":
            yield Deception(place, place + 1, f"a blank that is not a space (U+{ord(char):04X})")


def _words(text: str) -> Iterator[Deception]:
    """Words whose letters come from several scripts, or all from another one where nothing else does."""
    words = [match for match in _WORD.finditer(text) if not match[0].isascii()]
    scripts = {match: {_script(char) for char in match[0] if char.isalpha()} for match in words}
    disguised = all(
        char in _LOOKALIKES for match in words for char in match[0] if _script(char) in {"CYRILLIC", "GREEK"}
    )
    for match in words:
        word, found = match[0], scripts[match]
        foreign = sorted(found & _FOREIGN)
        if foreign == ["GREEK"] and not any(char in _LOOKALIKES for char in word):
            foreign = []
        if foreign and "LATIN" in found:
            names = " and ".join(name.capitalize() for name in ["LATIN", *foreign])
            yield Deception(*match.span(), f"letters of {names} in one word")
        elif foreign and disguised and all(char in _LOOKALIKES for char in word if char.isalpha()):
            yield Deception(*match.span(), f"{foreign[0].capitalize()} letters that look like Latin ones")
        elif found & _STYLED and found <= _STYLED | {"LATIN"}:
            plain = unicodedata.normalize("NFKC", word)
            yield Deception(*match.span(), f"not the letters {plain!r} but others drawn like them")


def _signs(text: str) -> Iterator[Deception]:
    """What looks like the slash of a path, or the hyphen before an option."""
    for match in re.finditer(rf"(?<=[A-Za-z0-9._~])[{_SLASHES}](?=[A-Za-z0-9._~])", text):
        yield Deception(*match.span(), f"not a slash (U+{ord(match[0]):04X})")
    for match in re.finditer(rf"(?<=\s)[{_DASHES}]{{1,2}}(?=[A-Za-z])", text):
        yield Deception(*match.span(), f"not a hyphen (U+{ord(match[0][0]):04X})")


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter, as the first word of its name, which is how Unicode names letters."""
    return unicodedata.name(char, "").partition(" ")[0].partition("-")[0]
