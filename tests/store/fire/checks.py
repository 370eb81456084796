"""Acts over the simulated disk, and what must be left of each when the power was cut."""

from __future__ import annotations

import pickle
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from store import Store
from store.hubs import open_hub
from store.sync.hub_book import find_hubs
from store.sync.sync import Sync, run
from store.verify import verify
from tests.programs import ROOT
from tests.store.fire.acts import ACTS
from tests.store.fire.disk import Disk


def perform(act: str, folder: Path, *refusing: object) -> tuple[Disk, str, int]:
    """Do an act in a process of its own: the disk, what the store said when it was refused, how much was written."""
    root = folder / "disk"
    shutil.rmtree(folder, ignore_errors=True)
    root.mkdir(parents=True)
    ACTS[act].before(root / "store.db")
    for file in root.glob("*.lock"):
        file.unlink()
    answer = folder / "answer"
    command = [sys.executable, "-m", "tests.store.fire.program", act, folder, answer, *refusing]
    ended = subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert ended.returncode == 0, ended.stderr
    disk, refused, writes = pickle.loads(answer.read_bytes())
    return disk, refused, writes


class Left:
    """What an act must leave, whatever stopped it."""

    def __init__(self, act: str, disk: Disk, folder: Path) -> None:
        self.act, self.disk = act, disk
        self.root = Path(disk.root)
        self.before: list[bytes] = []
        """The events that the store had to begin with."""
        lay_out(disk.before, self.root, folder)
        if act != "recover" and (folder / "store.db").exists():
            self.before = events_in(folder / "store.db")

    def check(self, folder: Path, cut: int) -> Counter[str]:
        """Look at what is left of operations up to `cut`, and count it. Fails when anything safe is not there."""
        said = self.disk.told(cut)
        store = folder / "store.db"
        kept = [*self.before]
        looked_at: Counter[str] = Counter()
        for told in said:
            kept += told.get("events", ())
            if "file" in told:
                copy = folder / Path(told["file"]).relative_to(self.root)
                assert copy.exists(), f"{copy.name} was lost"
                assert set(kept) <= set(events_in(copy))
        for copy in sorted(folder.glob("*.*")):
            if copy.is_file() and (copy.suffix == ".backup" or (copy.suffix == ".db" and copy != store)):
                assert set(self.before) <= set(events_in(copy)), f"{copy.name} is there, but not whole"
                looked_at["copies found whole"] += 1
        if self.act == "recover":
            assert store.read_bytes() == self.disk.before[str(self.root / "store.db")]
            return looked_at
        assert set(kept) <= set(events_in(store))
        with Store(store) as opened:
            ids = {head.id for head in opened.trajectories.all()}
            imported = {told["trajectory"] for told in said if "trajectory" in told}
            assert imported <= ids
            looked_at["acknowledged trajectories found"] += len(imported)
            for step, text in {told["draft"][0]: told["draft"][1] for told in said if "draft" in told}.items():
                self._check_draft(opened, cut, step, text)
            for id_ in sorted(ids)[:1]:  # the work goes on
                opened.session("after", id_).rate(1, 1)
            if self.act == "sync":
                self._check_sync(opened)
        return looked_at + Counter({"acknowledged events found": len(kept)})

    def _check_sync(self, store: Store) -> None:
        """The hub, which lost nothing, and this store come together; what was sent already is not sent again."""
        hub = open_hub(find_hubs(store)[0].url)
        report = run(Sync(store, "h", "r"), hub)
        assert (report.refused, report.problems, report.missing) == ([], [], [])
        assert report.counts.saved == report.counts.sent
        asked: list[str] = []
        run(Sync(store, "h", "r"), hub, lambda request: asked.append(request.verb))
        assert asked == ["list"] * 3

    def _check_draft(self, store: Store, cut: int, step: int, text: str | None) -> None:
        """A draft is what it was told to be, or what was being made of it."""
        draft = store.session("r", store.trajectories.find("1").id).draft(step, "comment")
        after = self.disk.told(len(self.disk.operations))[len(self.disk.told(cut)) :]
        later = next((said["draft"][1] for said in after if said.get("draft", [None])[0] == step), text)
        assert (draft["text"] if draft else None) in (text, later)


class PowerCuts:
    """An act that was done over a disk, whose power is then cut at any moment."""

    def __init__(self, act: str, folder: Path) -> None:
        self.act, self._folder = act, folder / "left"
        self.disk, refused, _ = perform(act, folder / "done")
        assert not refused, refused
        self._left = Left(act, self.disk, self._folder)

    def check(self, cut: int, seed: int) -> Counter[str]:
        """Cut the power before operation `cut`; what was looked at. Fails when anything safe is not there."""
        chance = random.Random(f"{self.act} {cut} {seed}")
        lay_out(self.disk.after(cut, chance), Path(self.disk.root), self._folder)
        return Counter({"power cuts": 1}) + self._left.check(self._folder, cut)


def events_in(path: Path) -> list[bytes]:
    """The events of a store, all of which is well."""
    with Store(path) as store:
        assert verify(store).faults == ()
        return [event.raw for event in store.log.events()]


def lay_out(files: dict[str, bytes], root: Path, folder: Path) -> None:
    """Write the files that a power cut left into a folder, as they stood below `root`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, content in files.items():
        place = folder / Path(path).relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


def moments(disk: Disk, number: int) -> Iterable[tuple[int, int]]:
    """So many (moment, seed), spread over the whole of it; each moment once before any is had again."""
    last = len(disk.operations)
    for at in range(number):
        if number <= last:
            yield round(at * last / number), 0
        else:
            yield at % (last + 1), at // (last + 1)
