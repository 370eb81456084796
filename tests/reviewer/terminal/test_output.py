"""render_output: what a terminal would have shown, and nothing that one would obey."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from reviewer.terminal import HEIGHT, PLAIN, SHOWN, WIDTH, Line, Style, render_output
from tests.reviewer.terminal.texts import assert_harmless, harmless_texts, shown, texts


def spans(text: str) -> list[tuple[str, Style]]:
    (line,) = render_output(text)
    return list(line.spans)


# --- lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n", [""]),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\n\nb\n\n", ["a", "", "b", ""]),
        ("crlf\r\nnext\r\n\r\nend\r\n", ["crlf", "next", "", "end"]),
        ("twice\r\r\nreturned", ["twice", "returned"]),
        ("abcdef\rXY", ["XYcdef"]),
        ("abc\b\bX", ["aXc"]),
        ("\b\b\ba", ["a"]),
        ("a\tb\n\tc\nabcdefgh\ti", ["a       b", "        c", "abcdefgh        i"]),
        ("abc\r\tX", ["abc     X"]),
        ("世\tx", ["世      x"]),
        ("50%\x1b[K\r100%\x1b[K\n", ["100%"]),
        ("wipe\r\x1b[Kout", ["out"]),
        ("wipe\x1b[2Kout", ["    out"]),
        ("abcdef\x1b[3D\x1b[1K", ["    ef"]),
        ("abcdef\x1b[2G\x1b[P\x1b[X", ["a def"]),
        ("abcdef\x1b[2G\x1b[2@", ["a  bcdef"]),
        ("a\x1b[3Cb", ["a   b"]),
        ("世界\b\bX", ["世X "]),
        ("世界\rX", ["X 界"]),
        ("世界\b\b\bX", [" X界"]),
        ("\x1b[1me\x1b[0m\u0301x", ["e\u0301x"]),
        ("a\n\x1b[0m", ["a"]),
        ("a\x1b[?25l\nb\x1b[?25h", ["a", "b"]),
    ],
)
def test_output_is_shown_as_a_terminal_would(text: str, expected: list[str]) -> None:
    assert shown(render_output(text)) == expected


def test_tab_size() -> None:
    assert shown(render_output("a\tb\n\x1b[1ma\tb", tab_size=4)) == ["a   b", "a   b"]


def test_a_progress_bar_is_its_last_state_with_the_others_counted() -> None:
    text = "fetch\n" + "".join(f"\r{percent:3}% [{'#' * (percent // 10):10}]" for percent in range(101)) + "\ndone\n"
    lines = render_output(text)
    assert [(line.text, line.number, line.overwritten) for line in lines] == [
        ("fetch", 1, 0),
        ("100% [##########]", 2, 100),
        ("done", 3, 0),
    ]


@pytest.mark.parametrize(
    ("text", "overwritten"),
    [
        ("a\r\n", 0),
        ("\r\x1b[Ka", 0),
        ("a\r\rb", 1),
        ("10%\b\b\b20%\b\b\b30%", 2),
        ("\x1b[1G\x1b[0K⠙\x1b[1G\x1b[0K⠹\x1b[1G\x1b[0K", 2),
        ("10%\x1b[2K\r20%\x1b[2K\r", 2),
        ("N\bNA\bA_\bM", 0),
    ],
)
def test_what_counts_as_overwritten(text: str, overwritten: int) -> None:
    line = render_output(text)[0]
    assert line.overwritten == overwritten


def test_unfolded_every_state_is_a_line_with_the_number_of_its_source() -> None:
    lines = render_output("start\nabcdef\rXY\r\n10%\b\b\b20%\x1b[2K\x1b[1A30%\nend", fold_cr=False)
    assert [(line.text.strip(), line.number) for line in lines] == [
        *(("start", 1), ("abcdef", 2), ("XY", 2), ("10%", 3), ("20%", 3), ("30%", 3), ("end", 4)),
    ]


def test_several_progress_lines_are_rewritten_in_place() -> None:
    docker = (
        "a: Pulling\r\nb: Pulling\r\n\x1b[2A\x1b[2K\ra: 5%\r\x1b[2B\x1b[1A\x1b[2K\rb: 3%\r\x1b[1B"
        "\x1b[2A\x1b[2K\ra: done\r\x1b[2B\x1b[1A\x1b[2K\rb: done\r\x1b[1BDigest\r\n"
    )
    assert [(line.text, line.overwritten) for line in render_output(docker)] == [
        ("a: done", 2),
        ("b: done", 2),
        ("Digest", 0),
    ]
    erased = render_output("a\nb\nc\n\x1b[3A\x1b[Jd\ne\n")
    assert [(line.text, line.number, line.overwritten) for line in erased] == [("d", 1, 3), ("e", 5, 0)]


def test_the_cursor_does_not_go_up_further_than_a_screen() -> None:
    count = HEIGHT * 2
    lines = render_output("\n".join(map(str, range(count))) + "\n\x1b[999AX\n")
    assert lines[count - HEIGHT + 1].text.startswith("X")
    assert lines[count - HEIGHT].text == str(count - HEIGHT)


# --- styles


@pytest.mark.parametrize(
    ("sgr", "style"),
    [
        ("1", Style(bold=True)),
        ("1;3;4;7;9", Style(bold=True, italic=True, underline=True, reverse=True, strike=True)),
        ("2", Style(dim=True)),
        ("1;2;22", PLAIN),
        ("1;0", PLAIN),
        ("1;", PLAIN),
        ("31;42", Style(fg=1, bg=2)),
        ("94;103", Style(fg=12, bg=11)),
        ("31;39;42;49", PLAIN),
        ("38;5;196", Style(fg=196)),
        ("38:5:196", Style(fg=196)),
        ("48;2;1;2;3;1", Style(bg=(1, 2, 3), bold=True)),
        ("38:2:1:2:3", Style(fg=(1, 2, 3))),
        ("38:2::1:2:3;4", Style(fg=(1, 2, 3), underline=True)),
        ("58;5;9;1", Style(bold=True)),
        ("4:3", Style(underline=True)),
        ("4;4:0", PLAIN),
        ("38;5;999", PLAIN),
        ("38;5", Style(fg=0)),
        ("38;2;1", Style(fg=(1, 0, 0))),
        ("38", PLAIN),
        ("5;8;73;99999", PLAIN),
    ],
)
def test_sgr(sgr: str, style: Style) -> None:
    assert spans(f"\x1b[{sgr}mx") == [("x", style)]


def test_a_style_lasts_over_lines_until_it_is_reset() -> None:
    first, second, third = render_output("a\x1b[31mb\nc\n\x1b[md")
    assert first.spans == (("a", PLAIN), ("b", Style(fg=1)))
    assert second.spans == (("c", Style(fg=1)),)
    assert third.spans == (("d", PLAIN),)


def test_text_cannot_hide_in_its_own_background_or_by_the_hiding_attribute() -> None:
    assert spans("\x1b[31;41ma") == [("a", PLAIN)]
    assert spans("\x1b[48;2;1;2;3m\x1b[38;2;1;2;3ma\x1b[39mb") == [("a", PLAIN), ("b", Style(bg=(1, 2, 3)))]
    assert spans("\x1b[8ma") == [("a", PLAIN)]


# --- sequences that are not obeyed


@pytest.mark.parametrize(
    "sequence",
    [
        *("\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1bktitle\x1b\\", "\x1b]8;;http://x.invalid\x1b\\"),
        *("\x1b]133;A\x07", "\x1b[?25l", "\x1b[?2004h", "\x1b[?1h", "\x1b=", "\x1b>", "\x1b(B", "\x0f", "\x1b[2 q"),
    ],
)
def test_what_does_not_touch_the_text_is_left_out_and_counted(sequence: str) -> None:
    lines = render_output(f"a{sequence}b\n")
    assert lines[0].spans == (("ab", PLAIN),)
    assert lines.dropped == 1


@pytest.mark.parametrize(
    ("sequence", "form"),
    [
        ("\x1b]52;c;UFdORUQ=\x1b\\", "␛]52;c;UFdORUQ=␛\\"),
        ("\x1b]52;c;UFdORUQ=\x07", "␛]52;c;UFdORUQ=␇"),
        ("\x1b[?1049h", "␛[?1049h"),
        ("\x1b[6n", "␛[6n"),
        ("\x1b[2J", "␛[2J"),
        ("\x1bc", "␛c"),
        ("\x9d", "<U+009D>"),
        ("\x0e", "␎"),
        ("\x07", "␇"),
        ("\u202e\u200b", "<U+202E><U+200B>"),
        ("\x1b[12345C", "␛[12345C"),
        (f"\x1b]0;{'x' * 5000}\x07", f"␛]0;{'x' * 5000}␇"),
    ],
)
def test_every_other_sequence_is_shown_and_marked(sequence: str, form: str) -> None:
    lines = render_output(f"a{sequence} b\n")
    assert lines[0].spans == (("a", PLAIN), (form, SHOWN), (" b", PLAIN))
    assert lines.dropped == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b]0;never ends", "␛]0;never ends"),
        ("\x1b[", "␛["),
        ("\x1b", "␛"),
        ("\x1b\x1b[mx", "␛x"),
        ("\x1b]0;a\n", "␛]0;a"),
    ],
)
def test_an_unfinished_sequence_hides_nothing(text: str, expected: str) -> None:
    assert shown(render_output(text)) == [expected]


def test_ascii_only() -> None:
    assert shown(render_output("é世\x07\x1b[1m→\x1b[m\n", ascii_only=True)) == ["???^G?"]


@given(texts, st.booleans(), st.booleans(), st.integers(1, 9))
def test_output_is_harmless_whatever_the_text(text: str, fold: bool, ascii_only: bool, tab_size: int) -> None:
    lines = render_output(text, tab_size=tab_size, fold_cr=fold, ascii_only=ascii_only)
    for line in lines:
        assert_harmless(line.text)
        assert line.text.isascii() or not ascii_only
        assert all(piece for piece, _ in line.spans)
    numbers = [line.number for line in lines]
    assert numbers == sorted(numbers)
    assert not fold or len(set(numbers)) == len(numbers)
    assert not numbers or 1 <= numbers[0] <= numbers[-1] <= text.count("\n") + 1


@given(st.lists(harmless_texts))
def test_nothing_is_lost_of_text_without_control_characters(rows: list[str]) -> None:
    rows = [row.replace("\n", "") for row in rows]
    for lines in (
        render_output("\n".join([*rows, ""])),
        render_output("\r\n".join([*rows, ""])),
        render_output("\x1b[1m" + "\r\n".join([*rows, ""])),
    ):
        assert shown(lines) == rows
        assert [line.number for line in lines] == [*range(1, len(rows) + 1)]


sgr = st.sampled_from(["\x1b[m", "\x1b[1m", "\x1b[4;31m", "\x1b[32m", "\x1b[39m", "\x1b[7m", "\x1b[9m", "\x1b[3m"])
moves = st.builds("\x1b[{}{}".format, st.integers(1, 4), st.sampled_from("AFCDGPX@"))
erases = st.sampled_from(["\x1b[K", "\x1b[0K", "\x1b[1K", "\x1b[2K", "\x1b[J"])
words = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
line_texts = st.lists(st.one_of(words, st.sampled_from("\r\b\t"), sgr, moves, erases), max_size=8).map("".join)


@given(st.lists(line_texts, max_size=12).map("\n".join))
def test_it_is_what_a_terminal_emulator_shows(text: str) -> None:
    screen = pyte.Screen(80, 30)
    screen.set_mode(pyte.modes.LNM)
    pyte.Stream(screen).feed(text)
    lines = render_output(text)
    expected = [row.rstrip() for row in screen.display]
    found = [line.text.rstrip() for line in lines]
    assert found + [""] * (30 - len(found)) == expected
    for place, line in enumerate(lines):
        cells = [(char, style) for piece, style in line.spans for char in piece]
        for column, (char, style) in enumerate(cells):
            cell = screen.buffer[place][column]
            if char != " ":
                assert cell.fg == {None: "default", 1: "red", 2: "green"}[style.fg]  # type: ignore[index]
                assert (cell.bold, cell.underscore) == (style.bold, style.underline)
                assert (cell.italics, cell.reverse, cell.strikethrough) == (style.italic, style.reverse, style.strike)


# --- hostile sizes: each would take minutes if any step of it were quadratic

HOSTILE = [
    *(
        "\r",
        "\rX",
        "x\b",
        "\t",
        "\n",
        "\0",
        "\x1b",
        "\x1b[",
        "\x1b]0;abc",
        "\x1b[1m",
        "\x1b[1;1;",
        "\udc80",
        "\u0301",
    ),
    *("\u0301\x1b[1m\u0301\x1b[m", "\x1b[A", "\x1b[Ax\n", "\x1b[A\x1b[J", "a\n\x1b[50A\x1b[J", "\x1b[256Cx", "世\r"),
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("start", ["", "x" * 50_000], ids=["alone", "after a long line"])
def test_hostile_text_is_no_trouble(piece: str, start: str) -> None:
    text = start + piece * (100_000 // len(piece))
    for lines in (render_output(text), render_output(text, fold_cr=False)):
        assert_harmless("".join(line.text[-50:] for line in lines[-50:]))


@pytest.mark.parametrize("edit", ["\x1b[1K", "\x1b[P", "\x1b[@", "\x1b[X", "\r\x1b[9999@", "\x1b[9999C"])
def test_a_few_bytes_do_not_make_a_long_line(edit: str) -> None:
    assert len(render_output(f"{edit * 100}x\x1b[m")[0].text) <= WIDTH + 1
    assert len(render_output("x" * 1000 + edit * 100)[0].text) <= 1000 + 100 * max(8, len(edit))


# --- the lines as a sequence


def test_lines_are_a_sequence() -> None:
    lines = render_output("a\nb\n\x1b[1mc\n")
    assert len(lines) == 3
    assert lines[-1] == Line((("c", Style(bold=True)),), 3)
    assert lines[:2] == [Line((("a", PLAIN),), 1), Line((("b", PLAIN),), 2)]
    assert [line.number for line in lines] == [1, 2, 3]
    assert structs.replace(lines[0], number=7).text == "a"
    with pytest.raises(IndexError):
        lines[3]
