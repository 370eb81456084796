"""Editing a text."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tui.keys import Key
from tui.text_edit import _KEYS, TextEdit


def _edit(text: str, cursor: int | None = None, *, single_line: bool = False) -> TextEdit:
    edit = TextEdit(text, single_line=single_line)
    edit.cursor = len(text) if cursor is None else cursor
    return edit


def _marked(text: str) -> TextEdit:
    """A text whose cursor is where the bar stands."""
    return _edit(text.replace("|", "", 1), text.index("|"))


def _shown(edit: TextEdit) -> str:
    return f"{edit.text[: edit.cursor]}|{edit.text[edit.cursor :]}"


@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("ab|c", "left", "a|bc"),
        ("|abc", "left", "|abc"),
        ("ab|c", "right", "abc|"),
        ("abc|", "right", "abc|"),
        ("ab|c", "backspace", "a|c"),
        ("|abc", "backspace", "|abc"),
        ("a\n|b", "backspace", "a|b"),
        ("ab|c", "delete", "ab|"),
        ("abc|", "delete", "abc|"),
        ("ab|c", "ctrl+d", "ab|"),
        ("one two|", "ctrl+w", "one |"),
        ("one two  |", "ctrl+w", "one |"),
        ("one |", "ctrl+w", "|"),
        ("make -j8 --|", "ctrl+w", "make -|"),
        ("ls | -la", "ctrl+w", "| -la"),
        ("one\ntwo three|", "ctrl+u", "one\n|"),
        ("one\ntwo| three", "ctrl+u", "one\n| three"),
        ("one\n|two", "ctrl+u", "one\n|two"),
        ("o|ne\ntwo", "ctrl+k", "o|\ntwo"),
        ("one|\ntwo", "ctrl+k", "one|two"),
        ("one|", "ctrl+k", "one|"),
        ("one two|", "ctrl+left", "one |two"),
        ("|one two", "ctrl+right", "one| two"),
        ("one| two", "ctrl+right", "one two|"),
        ("one\ntw|o", "home", "one\n|two"),
        ("one\ntw|o", "ctrl+a", "one\n|two"),
        ("o|ne\ntwo", "end", "one|\ntwo"),
        ("o|ne\ntwo", "ctrl+e", "one|\ntwo"),
        ("one\ntw|o", "up", "on|e\ntwo"),
        ("o\ntw|o", "up", "o|\ntwo"),
        ("on|e\ntwo", "up", "on|e\ntwo"),
        ("on|e\ntwo", "down", "one\ntw|o"),
        ("thr|ee\no", "down", "three\no|"),
        ("one|", "enter", "one\n|"),
        ("o|ne", "enter", "o\n|ne"),
    ],
)
def test_what_a_key_does(before: str, key: str, after: str) -> None:
    edit = _marked(before)
    assert edit.handle(Key(key))
    assert _shown(edit) == after


def test_what_is_typed_stands_before_the_cursor() -> None:
    edit = _marked("a|c")
    edit.handle(Key("b", "b"))
    edit.handle(Key("space", " "))
    assert _shown(edit) == "ab |c"


@pytest.mark.parametrize("key", ["f5", "escape", "ctrl+s", "tab", "pageup", ""])
def test_what_means_nothing_is_not_taken(key: str) -> None:
    edit = _marked("a|b")
    assert not edit.handle(Key(key))
    assert _shown(edit) == "a|b"


@pytest.mark.parametrize("key", ["enter", "up", "down"])
def test_a_single_line_leaves_the_keys_of_lines_to_others(key: str) -> None:
    assert not _edit("a", single_line=True).handle(Key(key))


@pytest.mark.parametrize(
    ("pasted", "taken"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\tx", "    x"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\u200bb\u202ec", "abc"),
        ("a\xa0b\u3000c", "a b c"),
        ("日本語 é 🎉", "日本語 é 🎉"),
        ("", ""),
    ],
)
def test_what_is_pasted_is_text(pasted: str, taken: str) -> None:
    edit = TextEdit()
    edit.insert(pasted)
    assert edit.text == taken


@pytest.mark.parametrize(("pasted", "taken"), [("a\nb\r\nc", "a b c"), ("a\n", "a"), ("\n", ""), ("a\u2028b", "a b")])
def test_lines_pasted_into_a_single_line_are_one(pasted: str, taken: str) -> None:
    edit = TextEdit(single_line=True)
    edit.insert(pasted)
    assert edit.text == taken


def test_a_word_that_was_typed_is_taken_back_at_once() -> None:
    edit = TextEdit("x ")
    for letter in "one two":
        edit.handle(Key(letter, letter))
    texts = []
    for _ in range(5):
        edit.handle(Key("ctrl+underscore"))
        texts.append(edit.text)
    assert texts[-1] == "x "
    assert len(set(texts)) <= 4, "not letter by letter"
    assert "x one" in texts or "x one " in texts


def test_what_was_deleted_comes_back_with_its_cursor() -> None:
    edit = _marked("one two| three")
    edit.handle(Key("ctrl+u"))
    edit.handle(Key("ctrl+underscore"))
    assert _shown(edit) == "one two| three"


def test_another_text_in_its_place_can_be_taken_back() -> None:
    edit = _marked("one| two")
    edit.set("other")
    assert _shown(edit) == "other|"
    edit.handle(Key("ctrl+underscore"))
    assert _shown(edit) == "one| two"


texts = st.text(st.sampled_from(string.ascii_letters + " \n.é日🎉"), max_size=40)


@given(texts, st.data())
def test_inserting_and_deleting_are_inverse(text: str, data: st.DataObject) -> None:
    cursor = data.draw(st.integers(0, len(text)))
    inserted = data.draw(texts)
    edit = _edit(text, cursor)
    edit.insert(inserted)
    assert edit.text == text[:cursor] + inserted + text[cursor:]
    assert edit.cursor == cursor + len(inserted)
    for _ in inserted:
        edit.handle(Key("backspace"))
    assert (edit.text, edit.cursor) == (text, cursor)


@given(texts, st.data())
def test_the_row_and_the_column_say_where_the_cursor_is(text: str, data: st.DataObject) -> None:
    edit = _edit(text, data.draw(st.integers(0, len(text))))
    row, column = edit.row_column
    lines = text.split("\n")
    assert lines[row][column:] == text[edit.cursor :].split("\n")[0]
    assert sum(len(line) + 1 for line in lines[:row]) + column == edit.cursor


class Typing(RuleBasedStateMachine):
    """Any keys and pastes, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.edit = TextEdit()
        self.kept: list[tuple[str, int]] = []

    @rule(key=st.sampled_from(sorted(_KEYS)))
    def press(self, key: str) -> None:
        self.edit.handle(Key(key))

    @rule(character=st.characters())
    def type(self, character: str) -> None:
        if character.isprintable():
            before, at = self.edit.text, self.edit.cursor
            self.edit.handle(Key(character, character))
            assert self.edit.text == before[:at] + character + before[at:]

    @rule(text=st.text(max_size=20))
    def paste(self, text: str) -> None:
        before = self.edit.text
        self.edit.insert(text)
        assert len(self.edit.text) >= len(before)

    @rule()
    def take_everything_back(self) -> None:
        for _ in range(250):
            self.edit.handle(Key("ctrl+underscore"))
        assert self.edit.text == ""

    @invariant()
    def is_in_range(self) -> None:
        assert 0 <= self.edit.cursor <= len(self.edit.text)

    @invariant()
    def is_text(self) -> None:
        assert all(character.isprintable() or character == "\n" for character in self.edit.text)


TestTyping = Typing.TestCase
