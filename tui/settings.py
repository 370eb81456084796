"""Settings: a TOML file in the platform's configuration folder (docs/reviewing.md).

keymap = "swe-agent"         # a preset: "errata" or "swe-agent"
ascii = true                 # no line graphics; by default told from the locale
advance = true               # a rating goes on to the next step
frames = 10                  # at most so many a second; by default 20, and 10 over ssh
sync_every = "10m"           # sync by itself, this often ("30s", "10m", "2h") and when leaving; by default not

[keys]                       # changes to single keys, by the action's name
"review.next_step" = "j down n"
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from msgspec import Struct
from platformdirs import user_config_path

from reviewer.errors import BadInput
from tui.actions import ACTIONS, PRESETS, KeymapError, check_changes, keymap

_MOST_FRAMES = 100
_SWITCHES = ("ascii", "advance")
_SINGLE = ("keymap", *_SWITCHES, "frames", "sync_every")

_EVERY = re.compile(r"([1-9]\d{0,4})([smh])")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_MOST_OFTEN, _LEAST_OFTEN = 10, 24 * 3600


class Settings(Struct, frozen=True):
    """keys: action ids to their keys, where these differ from the table. ascii_only: None for as the locale says.

    advances: a rating goes on to the next step. frames: how many a second at most; None for as the line
    is. sync_every: seconds from a sync that happens by itself to the next; None for when S is pressed only.
    """

    keys: dict[str, str] = {}
    ascii_only: bool | None = None
    advances: bool = False
    frames: int | None = None
    sync_every: float | None = None


def settings_path() -> Path:
    return user_config_path("errata") / "settings.toml"


def read_settings(path: Path) -> Settings:
    """The settings in a file; the defaults when there is none. Raises BadInput naming the fault."""
    name = str(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        raise BadInput(name, f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise BadInput(name, f"not TOML: {error}") from error
    if unknown := set(data) - {*_SINGLE, "keys"}:
        known = f"unknown setting; there are {', '.join(_SINGLE)} and [keys]"
        raise BadInput(name, known, sorted(unknown)[0])
    preset = data.get("keymap", "errata")
    if not isinstance(preset, str) or preset not in PRESETS:
        raise BadInput(name, f"no keymap is called {preset!r}; there are {', '.join(PRESETS)}", "keymap")
    changes = data.get("keys", {})
    if not isinstance(changes, dict) or not all(isinstance(keys, str) for keys in changes.values()):
        raise BadInput(name, 'expected action = "keys"', "keys")
    keys = {**PRESETS[preset], **changes}
    try:
        check_changes(keys)
        for place in ACTIONS:
            keymap(place, keys)
    except KeymapError as error:
        raise BadInput(name, str(error), "keys") from error
    for setting in _SWITCHES:
        if not isinstance(data.get(setting, False), bool):
            raise BadInput(name, "expected true or false", setting)
    frames = data.get("frames")
    if frames is not None and (type(frames) is not int or not 1 <= frames <= _MOST_FRAMES):
        raise BadInput(name, f"expected a number from 1 to {_MOST_FRAMES}", "frames")
    return Settings(
        keys=keys,
        ascii_only=data.get("ascii"),
        advances=data.get("advance", False),
        frames=frames,
        sync_every=_seconds(name, data.get("sync_every")),
    )


def _seconds(name: str, every: object) -> int | None:
    """The seconds of "10m"."""
    match = _EVERY.fullmatch(every) if isinstance(every, str) else None
    seconds = int(match[1]) * _SECONDS[match[2]] if match else 0
    if every is not None and not _MOST_OFTEN <= seconds <= _LEAST_OFTEN:
        raise BadInput(name, 'expected a time from "10s" to "24h", as "10m"', "sync_every")
    return seconds or None
