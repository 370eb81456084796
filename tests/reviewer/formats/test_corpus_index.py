"""Every file of the corpus, by what its index says that it is: read as that, or refused for that reason."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from reviewer.errors import BadInput, NotATrajectory
from reviewer.formats import read_trajectories
from tests.reviewer.formats.test_corpus import CORPUS
from tests.reviewer.formats.test_corpus_logs import NO_AGENT

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real files, ../shared/corpus, is not here")

READ_AS = {
    "ATIF": "atif",
    "asciicast": "asciicast",
    "claude-code": "claude-code",
    "codex-rollout": "codex",
    "dir": "openhands-v1",
    "gemini-cli": "gemini-cli",
    "harbor-trial": "harbor",
    "inspect": "inspect",
    "malt": "vivaria",
    "mini-swe-agent": "mini-swe-agent",
    "openai-chat": "openai-chat",
    "anthropic-messages": "anthropic-messages",
    "openhands-v0": "openhands-v0",
    "openhands-v1": "openhands-v1",
    "swe-agent": "swe-agent",
    "terminal-bench-trial": "terminal-bench",
    "typescript": "typescript",
    "vivaria-trace": "vivaria",
}
"""How the index calls a format, or begins to, and how we do."""

NOT_READ = ("plain-text", "jsonl?", "typescript-timing")
"""What the index calls files of no format that is read, or of none at all."""

LOOKS_ALIKE = ("look-alike", "synthetic prose", "OpenClaw telemetry")
"""What the index notes of files that only look like a format."""


class Row(NamedTuple):
    file: str
    called: str
    notes: str

    @property
    def path(self) -> Path:
        """What an import of it reads: a trial is its folder."""
        depth = {"harbor-trial": 2, "terminal-bench-trial": 3}.get(self.called, 99)
        return CORPUS.joinpath(*Path(self.file).parts[:depth])

    @property
    def format_name(self) -> str | None:
        """The format that is to read it; None when it is to be refused."""
        is_keys = self.file.endswith(".input")  # what was typed is no recording beside that of what was shown
        if is_keys or self.called.startswith(NOT_READ) or any(words in self.notes for words in LOOKS_ALIKE):
            return None
        return next(ours for theirs, ours in READ_AS.items() if self.called.startswith(theirs))


def index() -> list[Row]:
    path = CORPUS / "INDEX.md"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    cells = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in lines if line.startswith("| ")]
    return [Row(row[0], row[-2], row[-1]) for row in cells[1:]]


ROWS = index()


def test_the_index_names_every_file() -> None:
    files = {path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file()} - {"INDEX.md"}
    assert {
        file for file in files if not any(file == row.file or file.startswith(f"{row.file}/") for row in ROWS)
    } == set()


@pytest.mark.parametrize("row", ROWS, ids=[row.file for row in ROWS])
def test_a_file_is_what_the_index_says(row: Row) -> None:
    if row.format_name is None:
        with pytest.raises(NotATrajectory, match=r": not a trajectory: "):
            list(read_trajectories(row.path))
    elif row.path.name in NO_AGENT:
        with pytest.raises(BadInput, match=r": holds nothing that an agent said or did$"):
            list(read_trajectories(row.path))
    else:
        assert {trajectory.source.format for trajectory in read_trajectories(row.path)} == {row.format_name}
