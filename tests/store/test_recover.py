"""What can be read of a damaged store is saved into a new one, what cannot is named; the old file is only read."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from reviewer.errors import ErrataError
from reviewer.trajectory import Trajectory
from store import Store
from store.database import StoreError
from store.importer import import_paths
from store.recover import recover
from store.sqlite import sqlite3
from store.verify import verify
from tests.programs import start
from tests.store.fire.acts import reviewed
from tests.store.frozen import NAMES, thaw
from tests.store.test_store import _OPEN_AND_WAIT
from tests.tui.cli.conftest import SERVE, session_file

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with two trajectories, of which one has a long output, and a review."""
    path = tmp_path / "store.db"
    reviewed(path)
    steps = [*SERVE, ("Much.", "seq", "".join(f"{n} {random.Random(n).random()}\n" for n in range(9_000)), 0)]
    with Store(path) as store:
        import_paths(store, [session_file(tmp_path / "files" / "long.traj.json", steps)])
        store.set_setting("theme", "dark")
    return path


def content(path: Path) -> tuple[list[bytes], list[str]]:
    """(events, trajectories) of a store."""
    with Store(path) as store:
        return [event.raw for event in store.log.events()], [head.id for head in store.trajectories.all()]


def finds_damage(path: Path) -> bool:
    try:
        with Store(path, write=False) as store:
            return bool(verify(store).faults)
    except ErrataError:
        return True


def test_all_of_a_store_that_is_whole_is_saved(path: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    saved = recover(path)
    assert saved.path == tmp_path / "store-recovered.db"
    assert (saved.lost_events, saved.lost_trajectories, saved.doubtful) == ((), (), ())
    assert path.read_bytes() == before
    assert content(saved.path) == content(path)
    with Store(path) as old, Store(saved.path) as new:
        assert verify(new).faults == ()
        tables = ("meta", "draft", "place", "head", "superseded", "hint", "trajectory", "annotations", "reviews")
        for table in tables:
            assert new.connection.rows(f"SELECT * FROM {table}") == old.connection.rows(f"SELECT * FROM {table}")
        assert new.trajectories.search("nvidia") == old.trajectories.search("nvidia")


DAMAGE = {
    "zeros": bytes(PAGE),
    "ones": b"\xff" * PAGE,
    "noise": random.Random(7).randbytes(PAGE),
    "head": b"\xff" * 16,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_page_is_found_and_costs_no_more_than_what_stood_on_it(
    path: Path, tmp_path: Path, how: str
) -> None:
    """Every eighth page in turn, others with each kind of damage."""
    damage_pages(path, tmp_path, DAMAGE[how], list(DAMAGE).index(how) * 2, 8)


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGE)
def test_any_damaged_page_is_found(path: Path, tmp_path: Path, how: str) -> None:
    damage_pages(path, tmp_path, DAMAGE[how], 0, 1)


def damage_pages(path: Path, tmp_path: Path, damage: bytes, first: int, step: int) -> None:
    """Damage one page after another. What is not saved must be named."""
    events, trajectories = content(path)
    good = path.read_bytes()
    for page in range(first, len(good) // PAGE, step):
        bad = bytearray(good)
        bad[page * PAGE : page * PAGE + len(damage)] = damage
        path.write_bytes(bad)
        assert finds_damage(path), f"page {page}"
        saved = recover(path, tmp_path / f"{page}.db")
        assert path.read_bytes() == bad
        kept, whole = content(saved.path)
        assert set(kept) <= set(events) and set(whole) <= set(trajectories)
        assert len(kept) + len(saved.lost_events) == len(events), f"page {page}"
        assert {*whole, *(id_ for id_, _ in saved.lost_trajectories)} == set(trajectories), f"page {page}"
        with Store(saved.path) as store:
            assert all("is not there, but" in fault for fault in verify(store).faults)


def test_what_was_lost_can_be_imported_again(path: Path, tmp_path: Path) -> None:
    """The events about it are saved, and are about it again."""
    good = path.read_bytes()
    with Store(path) as store:
        long = store.trajectories.find("3").id
        store.session("r", long).rate(1, 1)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE output SET data = zeroblob(100)")
        raw.commit()
    assert path.read_bytes() != good
    saved = recover(path)
    assert (long, "long.traj.json") in saved.lost_trajectories
    with Store(saved.path) as store:
        (imported,) = import_paths(store, [tmp_path / "files" / "long.traj.json"])
        assert [head.id for head, _ in imported.trajectories] == [long]
        assert store.log.review("r", long).rating(1) == 1


def test_the_file_is_cut_short(path: Path, tmp_path: Path) -> None:
    events, _ = content(path)
    good = path.read_bytes()
    fewest = len(events)
    for pages in range(len(good) // PAGE, 0, -3):
        path.write_bytes(good[: pages * PAGE + 77])
        try:
            saved = recover(path, tmp_path / f"{pages}.db")
        except StoreError as error:
            assert "nothing of an Errata store can be found in it" in str(error)
            continue
        kept, _ = content(saved.path)
        assert set(kept) <= set(events)
        fewest = min(fewest, len(kept))
    assert fewest == 0


def test_a_changed_byte_of_an_event_is_pointed_out(path: Path) -> None:
    with Store(path) as store:
        (event,) = store.session("r", store.trajectories.find("1").id).rate(6, -1)
    bad = path.read_bytes().replace(b'"value":-1}', b'"value":+1}'.replace(b"+1", b" 1"))
    path.write_bytes(bad)
    assert finds_damage(path)
    saved = recover(path)
    assert saved.doubtful == (f"event {event.id}: its columns differ from its bytes",)


def test_what_only_the_log_holds_is_saved(path: Path, trajectory: Trajectory) -> None:
    """A program was killed, and the file was damaged before another opened it."""
    code = """
import os, sys
from pathlib import Path
from store import Store
store = Store(Path(sys.argv[1]))
print(store.session("r", store.trajectories.find("1").id).rate(6, 1)[0].id, flush=True)
os._exit(0)
"""
    with start(code, path) as program:
        out, err = program.communicate(timeout=60)
    assert not err
    kept, _ = content(recover(path).path)
    assert out.strip().encode() in kept[-1]


@pytest.mark.parametrize("version", NAMES)
def test_a_store_of_an_older_version_is_recovered(tmp_path: Path, version: str) -> None:
    path = tmp_path / "old.db"
    frozen = thaw(version)
    path.write_bytes(frozen.file)
    saved = recover(path)
    events, trajectories = content(saved.path)
    assert [raw.decode() for raw in events] == frozen.events
    assert trajectories == frozen.trajectories
    with Store(saved.path) as store:
        assert verify(store).faults == ()
        assert store.session("bob", frozen.trajectories[1]).draft(2, "comment") == frozen.draft


@pytest.mark.parametrize("data", [b"", b"dear diary\n" * 999, bytes(PAGE * 3), b"SQLite format 3\0" * 999])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"file: (the file is empty|nothing of an Errata store can be found in it)"):
        recover(path)
    assert path.read_bytes() == data
    assert {file.name for file in tmp_path.iterdir()} <= {"file", "file.lock"}


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE notes (a, b, c)")
        raw.executemany("INSERT INTO notes VALUES (?,?,?)", [("x" * 64, n, b"y") for n in range(500)])
        raw.commit()
    with pytest.raises(StoreError, match="nothing of an Errata store"):
        recover(path)


def test_nothing_is_overwritten(path: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("mine")
    with pytest.raises(StoreError, match="is there already, and is left as it is"):
        recover(path, there)
    assert there.read_text() == "mine"
    with pytest.raises(StoreError, match="there is no store here"):
        recover(tmp_path / "none.db")


def test_a_store_that_is_open_is_not_recovered_from(path: Path) -> None:
    with start(_OPEN_AND_WAIT, path) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match="open in another Errata; leave that one first"):
            recover(path)
        program.communicate("")
    assert recover(path).events


def test_an_event_that_a_session_quotes_is_not_taken_for_one(path: Path, tmp_path: Path) -> None:
    """What an agent wrote never becomes what a reviewer said."""
    events, _ = content(path)
    quoted = events[0].decode().replace('"author":"r"', '"author":"z"').replace('["r"', '["z"')
    with Store(path) as store:
        steps = [(quoted, quoted, quoted, 0), (quoted * 30, quoted * 30, quoted * 30, 0)]
        import_paths(store, [session_file(tmp_path / "quote.traj.json", steps, quoted)])
    bad = bytearray(path.read_bytes())
    for page in range(3, len(bad) // PAGE, 5):
        bad[page * PAGE : page * PAGE + 16] = b"\xff" * 16
    path.write_bytes(bad)
    kept, _ = content(recover(path).path)
    assert set(kept) <= set(events)
