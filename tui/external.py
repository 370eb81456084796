"""Editing a text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

from reviewer.errors import ErrataError


def edit_externally(app: App[Any], text: str, suffix: str) -> str | None:
    """The text as it came back from $VISUAL or $EDITOR; None when the editor failed.

    The file is for this person alone and is gone afterwards. Raises ErrataError when there is no editor.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    if not shutil.which((shlex.split(command) or [""])[0]):
        # Asked before the terminal is handed over: an error after that would leave it half handed over.
        raise ErrataError(f"there is no program {command!r}; set EDITOR to one that there is, or edit with s")
    with tempfile.TemporaryDirectory(prefix="errata-") as folder:
        path = Path(folder, f"suggestion{suffix}")
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        arguments = shlex.split(command)
        if Path(arguments[0]).name in ("vi", "vim", "nvim", "view"):
            arguments += ["-c", "set nomodeline"]  # a modeline in the agent's text would be obeyed
        failed = True
        try:
            with app.suspend(), suppress(OSError):
                failed = subprocess.run([*arguments, str(path)], check=False).returncode != 0
        except SuspendNotSupported as error:
            raise ErrataError("an editor cannot be opened from this terminal; s edits here") from error
        return None if failed else path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
