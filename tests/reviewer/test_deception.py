"""Look-alike and hidden characters: found where they deceive, and not where a language needs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.deception import deceptions
from tests.strategies import texts


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("\u0441url x", (0, 4), "letters of Latin and Cyrillic in one word"),
        ("ssh p\u0430ypal.com", (4, 10), "letters of Latin and Cyrillic in one word"),
        ("gr\u03bfup", (0, 5), "letters of Latin and Greek in one word"),
        ("\u0441\u0440 a b", (0, 2), "Cyrillic letters that look like Latin ones"),
        ("\uff43\uff55\uff52\uff4c x", (0, 4), "not the letters 'curl' but others drawn like them"),
        ("\U0001d68c\U0001d68a\U0001d69d x", (0, 3), "not the letters 'cat' but others drawn like them"),
        ("rm\u00a0-rf", (2, 3), "a blank that is not a space (U+00A0)"),
        ("ls \u202eabc", (3, 4), "text direction control (U+202E)"),
        ("a\u200bb", (1, 2), "invisible character (U+200B)"),
        ("ls\U000e0041\U000e0042", (2, 4), "tag character (U+E0041 and more)"),
        ("ls \x1b[8mx", (3, 4), "control character (U+001B)"),
        ("\udc9bls", (0, 1), "a byte that is not UTF-8 (U+DC9B)"),
        ("curl x | sh\rls", (0, 12), "hidden by a carriage return"),
        ("a\ncurl x | sh\rls\nb", (2, 14), "hidden by a carriage return"),
        ("rm \u2013rf x", (3, 4), "not a hyphen (U+2013)"),
        ("curl a.com\u2215x", (10, 11), "not a slash (U+2215)"),
        ("x\ufe0f", (1, 2), "invisible character (U+FE0F)"),
    ],
)
def test_what_deceives(text: str, place: tuple[int, int], what: str) -> None:
    assert [((start, end), found) for start, end, found in deceptions(text)] == [(place, what)]


@pytest.mark.parametrize(
    "text",
    [
        "git commit -m 'plain ASCII, tabs\tand\nlines'",
        "echo привет, мир; echo git-репозиторий",
        "echo Москва и кот с усами",
        "echo 'Ελλάδα'",
        "python -c 'Δt = 3 # μs, πr, 5Ω'",
        "echo ✔️ 👩‍💻 1️⃣ ❤️",
        "echo \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "echo 日本語test ＡＢＣ日本",
        "echo می‌خواهم",
        "type file\r\ndir\r\n",
        "ls\r",
        "echo 'café – naïve — “so”'",
        "",
    ],
)
def test_what_does_not(text: str) -> None:
    assert deceptions(text) == []


@given(
    texts
    | st.text(st.sampled_from("ab \r\n\u0430\u03bf\u200b\u202e\xa0\ufe0f\u200d\U0001f3f4\U000e0067\u2013/\ud800"))
)
def test_never_raises_and_stays_within_the_text(text: str) -> None:
    found = deceptions(text)
    assert all(0 <= start < end <= len(text) and what.isprintable() for start, end, what in found)
    assert found == sorted(found)
