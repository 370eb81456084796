"""Stores as released versions left them, and what was in them. Nothing here is ever changed; each version adds one:

    python -m tests.store.frozen

makes `NAME.db.zst` and `NAME.json` of the store that this version makes, NAME being its last migration. Run it when a
migration was added, and commit both. The JSON says what the store must give back for good.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zstandard import ZstdCompressor, ZstdDecompressor

from reviewer.annotation import Comment, Mistake, Suggestion
from store import Store, schema
from tests.examples import make_trajectory

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


@dataclass(frozen=True)
class Frozen:
    """A store's file, and what was in it: `events` as text in order, `trajectories` as ids by number, one `draft`."""

    file: bytes
    events: list[str]
    trajectories: list[str]
    draft: dict[str, Any]


def thaw(name: str) -> Frozen:
    """A frozen store. Raises AssertionError when its file was changed."""
    expected = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    file = ZstdDecompressor().decompress((FOLDER / f"{name}.db.zst").read_bytes())
    assert hashlib.sha256(file).hexdigest() == expected.pop("sha256"), f"{name} is not what was frozen"
    return Frozen(file, **expected)


def fill(path: Path) -> dict[str, Any]:
    """Make a store with something of each kind; what Frozen says of it."""
    with Store(path) as store:
        with store.connection.transaction():
            ids = [store.trajectories.add(make_trajectory(title))[0].id for title in ("frozen", "another")]
        session = store.session("ada", ids[0])
        for step in (1, 2, 4, 6, 7):
            session.shown(step)
            session.spend(1200 * step)
            session.rate(step, -1 if step == 2 else 1)
        (marked,) = session.mark(2, Mistake(code="P1", severity=3, note="5000 is not 8000 — für alle Fälle 🤖"))
        session.decide(marked.subject.slot)
        session.suggest(2, Suggestion(command="python serve.py --port 8000", rationale="the task says so"))
        session.comment(2, Comment(text="was vllm there?", to_lead=True))
        session.undo()
        session.answer("outcome", "fail")
        session.answer("side_effects", "none")
        session.submit()
        other = store.session("bob", ids[1])
        other.rate(1, "unsure")
        draft = {"text": "half a sentence"}
        other.keep_draft(2, "comment", "", draft)
        events = [event.raw.decode() for event in store.log.events()]
    return {"events": events, "trajectories": ids, "draft": draft}


def freeze() -> Path:
    """Write this version's store and what is in it beside this file."""
    name = schema.NAMES[-1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "store.db")
        expected = fill(path)
        file = path.read_bytes()
    expected["sha256"] = hashlib.sha256(file).hexdigest()
    (FOLDER / f"{name}.db.zst").write_bytes(ZstdCompressor(level=19).compress(file))
    (FOLDER / f"{name}.json").write_text(json.dumps(expected, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return FOLDER / f"{name}.db.zst"
