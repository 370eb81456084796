"""The settings file."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.errors import BadInput
from tui.actions import PRESETS
from tui.settings import Settings, read_settings, settings_path


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_no_file_is_the_defaults(file: Path) -> None:
    assert read_settings(file) == Settings()


def test_a_file_that_says_nothing_is_the_defaults(file: Path) -> None:
    assert read_settings(_write(file, "# nothing\n")) == Settings()


def test_they_stand_in_the_configuration_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path() == tmp_path / "errata" / "settings.toml"


def test_a_preset_and_changes_to_it(file: Path) -> None:
    settings = read_settings(
        _write(
            file, 'keymap = "swe-agent"\nascii = true\n[keys]\n"review.last_step" = "end"\n"queue.open" = "enter"\n'
        )
    )
    assert settings.ascii_only is True
    assert settings.keys == PRESETS["swe-agent"] | {"review.last_step": "end", "queue.open": "enter"}


@pytest.mark.parametrize(("every", "seconds"), [("10s", 10), ("90s", 90), ("10m", 600), ("24h", 86_400)])
def test_how_often_it_syncs_by_itself(file: Path, every: str, seconds: int) -> None:
    assert read_settings(_write(file, f'sync_every = "{every}"')).sync_every == seconds


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("keymap = ", "not TOML"),
        ("colour = true", "colour: unknown setting; there are keymap, ascii, advance, frames, sync_every and [keys]"),
        ('keymap = "emacs"', "keymap: no keymap is called 'emacs'; there are errata, swe-agent"),
        ("keymap = 1", "keymap: no keymap is called 1"),
        ("keys = 1", 'keys: expected action = "keys"'),
        ('[keys]\n"review.undo" = 1', 'keys: expected action = "keys"'),
        ('[keys]\n"review.undo" = ["u"]', 'keys: expected action = "keys"'),
        ('[keys]\n"review.fly" = "z"', "keys: there is no action 'review.fly'"),
        ('[keys]\n"review.undo" = "z"\n"review.redo" = "z"', "keys: the key 'z' is given to"),
        ('ascii = "yes"', "ascii: expected true or false"),
        ("frames = 0", "frames: expected a number from 1 to 100"),
        ("frames = true", "frames: expected a number from 1 to 100"),
        *(
            (f"sync_every = {every}", 'sync_every: expected a time from "10s" to "24h", as "10m"')
            for every in ('"9s"', '"25h"', '"soon"', "10", "true", '"-5m"', '"1.5h"', '"10 m"')
        ),
    ],
)
def test_a_fault_is_named_with_its_place(file: Path, text: str, complaint: str) -> None:
    with pytest.raises(BadInput) as error:
        read_settings(_write(file, text))
    assert str(error.value).startswith(f"{file}: ")
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_bytes_that_are_not_text(file: Path) -> None:
    file.write_bytes(b"keymap = '\xff'")
    with pytest.raises(BadInput, match="not TOML"):
        read_settings(file)


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read_settings(tmp_path)
