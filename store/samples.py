"""The sample trajectories that ship with Errata, and the store that `errata demo` opens on them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from reviewer.annotation import Submission
from reviewer.event import WHOLE, Subject
from reviewer.review_file import read_review_file
from reviewer.trajectory import command_sha256
from store.importer import import_file
from store.log import Change
from store.store import Store

GOLD = "gold"
"""The reviewer whose submitted reviews of the samples show how to review."""

_TRAJECTORY, _REVIEW = ".traj.json", ".gold.json"


def sample_paths() -> list[Path]:
    """The sample trajectories' files."""
    folder = resources.files("sample_trajectories")
    return [path for item in folder.iterdir() if (path := Path(str(item))).name.endswith(_TRAJECTORY)]


def fill_with_samples(store: Store) -> None:
    """Import the samples, the smallest file first, each with its gold review. What is there stays as it is."""
    for path in sorted(sample_paths(), key=lambda path: (path.stat().st_size, path.name)):
        for head, new in import_file(store, path)[0].trajectories:
            gold = path.with_name(path.name.removesuffix(_TRAJECTORY) + _REVIEW)
            if new and gold.exists():
                _write_gold(store, head.id, gold)


def _write_gold(store: Store, trajectory: str, path: Path) -> None:
    session = store.session(GOLD, trajectory)
    changes = [
        Change(
            Subject(GOLD, trajectory, said.step, said.value.kind, said.slot),
            said.value,
            command_sha256(session.step(said.step).command) if said.step != WHOLE else None,
        )
        for said in read_review_file(path)
    ]
    submission = Change(Subject(GOLD, trajectory, WHOLE, "submission"), Submission(state="submitted"))
    store.log.write([*changes, submission], rubric=store.rubric.version, seen_through=len(session.steps))
