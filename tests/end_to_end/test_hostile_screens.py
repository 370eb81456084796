"""Nothing in a trajectory acts on the terminal that the screens are on: every byte written is one of ours.

docs/security.md says what was tried, and how much of it.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import Store
from store.packed import pack
from tests.end_to_end.attacks import ATTACKS, PAYLOAD, Attack
from tests.end_to_end.hostile import SAID_FIELDS, STEP_FIELDS, WORD, hostile_store, hostile_texts
from tests.end_to_end.terminal import environment, errata, write_settings
from tests.end_to_end.wire import COMMANDS, SCREENS, Wire, faults, may_be_shown

pytestmark = pytest.mark.timeout(600)  # a walk through hundreds of screens, on a machine that does much else

_PANELS = ("t", "t", "t", "l", "m", "escape", "escape", "s", "tab", "escape", "x", "1", "escape", "a", "escape", "c")
"""What opens a panel that shows something of a step, and what changes how it is shown."""


def _walk(wire: Wire, sessions: int, steps: int, *, thoroughly: bool) -> None:
    """Visit every place, and of the first sessions in the queue every step, in all ways that show something."""
    wire.press("/")
    wire.paste(ATTACKS[0].text + PAYLOAD)
    wire.press("enter", "/", "ctrl+u", "enter", *["o"] * 6, "?", "escape", ":", "escape")
    wire.press("G", "space", "space", "/", *PAYLOAD[:3], "enter", "n", "q", "i")
    wire.paste("/no/such/" + ATTACKS[-1].text)
    wire.press("enter")
    for session in range(sessions):
        wire.press("g", *["j"] * session, "enter", "T", "space", "q", "g", "1", "enter")
        for step in range(steps):
            wire.press(
                "o", "r", "space", "end", "r", "o", *([*_PANELS, "escape"] if thoroughly or step == 0 else ()), "j"
            )
        wire.press("f", "1", "escape", "/")
        wire.paste(PAYLOAD)
        wire.press("enter", "n", "v", "j", "1", "escape", "R", "escape", "?", "escape", ":", "escape")
        wire.press("p", ">", ">", "p", "u", "ctrl+r", "e", "escape", "ctrl+l", "q")
    wire.send(b"\x11")
    assert wire.wait_for_end() == 0
    wire.check()


def _shown(fields: Sequence[str], numbers: range) -> set[str]:
    return {f"{field}{number}z" for number in numbers for field in fields if field != "tool" or number % 4 == 3}


def _visit(folder: Path, texts: list[str], *, size: tuple[int, int], ascii_only: bool, thoroughly: bool) -> Wire:
    """The screens on a store full of these texts, walked through; nothing was written that may not be."""
    per_session = 12
    count = hostile_store(folder / "store.db", texts, per_session)
    options = ["review", "--ascii"] if ascii_only else []
    environ = environment("xterm-256color", EDITOR="true")
    write_settings("frames = 100")
    command = errata("--store", folder / "store.db", "--as", "alice", *options)
    with Wire(command, size=size, env=environ, words=WORD) as wire:
        _walk(wire, count, min(per_session, len(texts)), thoroughly=thoroughly)
    print(f"{len(texts)} texts at {size}: {wire.frames} frames, {wire.bytes} bytes, {len(wire.seen)} fields seen")  # noqa: T201
    assert _shown(("title",), range(0, len(texts), per_session)) <= wire.seen
    for number in range(len(texts)):
        assert wire.seen & _shown(("command", "output", "thought"), range(number, number + 1)), (
            f"never seen: {number}"
        )
    return wire


_PARTS = 4


@pytest.mark.parametrize("part", range(_PARTS))
def test_known_attacks(tmp_path: Path, part: int) -> None:
    texts = [attack.text for attack in ATTACKS[part::_PARTS]]
    wire = _visit(tmp_path, texts, size=(200, 50), ascii_only=False, thoroughly=False)
    # A very long text leaves no room for what stands beside it: a few may be cut off.
    unseen = _shown((*STEP_FIELDS, *SAID_FIELDS), range(len(texts))) - wire.seen
    assert len(unseen) <= 3, f"never on the screen: {sorted(unseen)}"


@pytest.mark.parametrize(("size", "ascii_only"), [((80, 24), False), ((120, 40), True)], ids=str)
def test_known_attacks_on_other_terminals(tmp_path: Path, size: tuple[int, int], ascii_only: bool) -> None:
    """Four to a text: the rows are cut at other places, and one attack meets the next."""
    texts = ["".join(attack.text for attack in ATTACKS[at : at + 4]) for at in range(0, len(ATTACKS), 4)]
    _visit(tmp_path, texts, size=size, ascii_only=ascii_only, thoroughly=False)


def _fuzz(texts: list[str], size: tuple[int, int], ascii_only: bool) -> None:
    with TemporaryDirectory() as folder:
        _visit(Path(folder), texts, size=size, ascii_only=ascii_only, thoroughly=True)


@pytest.mark.parametrize("attack", ATTACKS[::40], ids=lambda attack: attack.name)
def test_what_is_copied_is_what_is_shown(tmp_path: Path, attack: Attack) -> None:
    """Pasted into a shell, an escape or a carriage return would be obeyed there."""
    hostile_store(tmp_path / "store.db", [attack.text])
    with Wire(errata("--store", tmp_path / "store.db", "--as", "alice", "review", "1")) as wire:
        wire.press("j")
        wire.send(b"y")
        wire.wait_for_silence()
        (copied,) = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", wire.raw)
        wire.raw = wire.raw.replace(b"\x1b]52;c;" + copied + b"\x07", b"")
        wire.check()
        text = base64.b64decode(copied).decode()
        assert text.startswith("command0z ")
        assert not [char for char in text if char not in "\n\t" and not may_be_shown(char)]


def test_an_unexpected_end_shows_nothing_of_the_trajectory(tmp_path: Path) -> None:
    """Textual's traceback would print the local variables, and so what a trajectory holds, as it is."""
    path, key = tmp_path / "store.db", "ghp_" + "a1B2" * 9
    hostile_store(path, [f"{key} {attack.text}" for attack in ATTACKS[:3]])
    with Store(path) as store:
        store.connection.execute("UPDATE step SET data = ? WHERE ordinal = 2", (pack({key: "no field of a step"}),))
    with Wire(errata("--store", path, "--as", "alice", "review", "1")) as wire:
        wire.send(b"j")
        assert wire.wait_for_end() == 70
        assert not faults(wire.raw, SCREENS | COMMANDS)
        left = wire.raw[wire.raw.rindex(b"\x1b[?1049l") :].decode()
        assert "errata: internal error: " in left and "Traceback" not in left and key not in left
    (log,) = Path(os.environ["XDG_STATE_HOME"]).rglob("errors.log")
    kept = log.read_bytes()
    assert b"Traceback" in kept and not faults(kept.replace(b"\n", b""), {}) and key.encode() not in kept


_fuzzed = given(
    texts=st.lists(hostile_texts, min_size=10, max_size=12, unique=True),
    size=st.sampled_from([(80, 24), (120, 40), (200, 50)]),
    ascii_only=st.booleans(),
)


@settings(max_examples=2)
@_fuzzed
def test_made_up_attacks(texts: list[str], size: tuple[int, int], ascii_only: bool) -> None:
    _fuzz(texts, size, ascii_only)


@pytest.mark.slow
@settings(max_examples=settings().max_examples // 50)
@_fuzzed
def test_many_made_up_attacks(texts: list[str], size: tuple[int, int], ascii_only: bool) -> None:
    _fuzz(texts, size, ascii_only)
