"""What Hypothesis draws from: hostile texts, any JSON, and logs of several devices."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

_PAIR = re.compile("[\ud800-\udbff](?=[\udc00-\udfff])")

unicode_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
"""Texts that UTF-8 can hold, control characters and NUL among them."""

texts = st.text(st.characters(), max_size=30).map(lambda text: _PAIR.sub("", text))
"""Any text, lone surrogates included. A high surrogate just before a low one is the single thing left out: JSON reads
the two as one character, whoever writes them."""


def json_values(text: st.SearchStrategy[str] = unicode_texts) -> st.SearchStrategy[Any]:
    """Any JSON value, its numbers finite."""
    plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
    return st.recursive(
        plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4), max_leaves=8
    )


def json_objects(text: st.SearchStrategy[str] = unicode_texts) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(text, json_values(text), max_size=4)
