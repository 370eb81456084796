"""Escape sequences as patterns: ECMA-48 5.4 and 8.3, ECMA-35 13.2, and what xterm added to them.

Lengths are bounded, and quantifiers are possessive, so that matching is linear.
"""

from __future__ import annotations

import re

CONTROL = r"\x1b\[[0-?]{0,128}+[ -/]{0,4}+[@-~]"
STRING = r"\x1b[\]k][^\x00-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\)"
"""An operating system command, or screen's title."""
ESCAPE = r"\x1b(?:[ -/]{1,4}+[0-~]|[0-~])"
"""Any other escape sequence. To be tried after the two above."""

# What has no effect on the text: cursor and keyboard modes, wrapping, mouse, paste, focus and synchronised updates;
# cursor shape; keypad; the ASCII character set, and SI, which select it at the end of `tput sgr0`; titles, links,
# working directory and prompt marks. A title or an address too long to be one is shown.
HARMLESS = re.compile(
    r"\x1b\[\?(?:[17]|12|25|100[0-6]|1015|1034|20(?:04|26|31))[hl]"
    r"|\x1b\[[0-6]? q|\x1b[=>]|\x1b[()]B|\x0f"
    r"|\x1b(?:\](?:[01278]|133|633);|k).{0,2048}(?:\x07|\x1b\\)"
)

# What `render_output` shows and a screen obeys.
_ADDRESSES = re.compile(
    r"\x1b(?:[78DMc]|\[(?:[0-9;]{0,16}+[HLMSTabdefrsu]|[123]J|\?(?:[0-9]{1,4};){0,4}(?:47|104[789])(?:;[0-9]{1,4}){0,4}[hl]))"
)
LONGEST_REPLAY = 400_000
"""Characters of an output that are worth replaying: nobody should have to wait for it. A longer one is lines."""

_ANY = re.compile(f"{CONTROL}|{STRING}|{ESCAPE}")


def addresses_screen(text: str) -> bool:
    """Is there a sequence that places text on the screen, which `render_output` would show instead of obeying?"""
    return "\x1b" in text and _ADDRESSES.search(text) is not None


def without_sequences(text: str) -> str:
    """A text without its escape sequences, to be searched; other controls stand."""
    return _ANY.sub("", text) if "\x1b" in text else text
