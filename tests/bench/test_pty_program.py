"""The pseudo-terminal: what is counted, and that waiting is not."""

from __future__ import annotations

import sys

from bench.pty_program import QUIET, Program

_ECHO = """
import sys, time, tty
tty.setraw(0)
print(*__import__("os").get_terminal_size(), end="", flush=True)
while sys.stdin.read(1):
    for part in ("first", "last"):
        time.sleep(0.05)
        print(part, end="", flush=True)
"""


def test_a_key_takes_until_the_last_byte_and_no_longer() -> None:
    with Program([sys.executable, "-c", _ECHO], size=(70, 20)) as program:
        program.wait_for_silence()
        response = program.type(b"x")
        assert program.raw == b"70 20firstlast"
        assert response.data == b"firstlast"
        assert 0.05 <= response.first < response.last
        assert response.last >= 0.1
        assert response.last < program.chunks[-1].time - response.typed + QUIET / 10
        assert program.peak_rss > 1_000_000
