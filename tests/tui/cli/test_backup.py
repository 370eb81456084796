"""`errata backup` and `errata recover`: what they say, and how they end."""

from __future__ import annotations

from pathlib import Path

import pytest

from store import Store
from tests.store.frozen import NAMES, thaw
from tests.tui.cli.conftest import Errata, events_in
from tests.tui.cli.test_verify import damaging


@pytest.fixture
def reviewed(errata: Errata, session: str) -> str:
    """The id of a session with a review."""
    errata("annotate", 1, "--step", 1, "--rate", "good")
    errata("annotate", 1, "--step", 2, "--rate", "bad")
    return session


def test_a_backup_is_made_where_it_was_asked_for(
    errata: Errata, reviewed: str, store_path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    result = errata("backup", copy)
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"{copy}: a copy of {store_path}, 0.")
    assert errata("verify", "--store", copy).code == 0
    assert events_in(copy) == 2
    made = errata("backup", tmp_path, "--json").json
    assert made["store"] == str(store_path)
    assert made["bytes"] == Path(made["path"]).stat().st_size
    assert events_in(Path(made["path"])) == 2


def test_a_backup_never_overwrites(errata: Errata, reviewed: str, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    result = errata("backup", copy)
    assert result.code == 2
    assert result.complaint == f"{copy}: is there already, and is left as it is; name another file"
    assert copy.read_text() == "mine"


def test_there_is_nothing_to_back_up(errata: Errata, tmp_path: Path) -> None:
    result = errata("backup", tmp_path / "copy.db")
    assert result.code == 2
    assert "there is no store yet" in result.complaint
    assert list(tmp_path.iterdir()) == []


def test_all_is_recovered(errata: Errata, reviewed: str, store_path: Path, tmp_path: Path) -> None:
    new = tmp_path / "errata-recovered.db"
    result = errata("recover")
    assert (result.code, result.err) == (0, "")
    assert result.out.splitlines() == [
        f"{new}: saved 1 trajectory and 2 events",
        f"{store_path} is as it was; move it away, with the -wal beside it, and put the new one in its place",
    ]
    assert errata("verify", "--store", new).code == 0
    result = errata("recover")
    assert result.code == 2
    assert result.complaint == f"{new}: is there already, and is left as it is; name another with --output"


def test_what_is_lost_is_named(errata: Errata, reviewed: str, store_path: Path, tmp_path: Path) -> None:
    with damaging(store_path) as connection:
        connection.execute("UPDATE event SET raw = x'7b' WHERE rowid = 2")
        connection.execute("UPDATE step SET data = x'00'")
        (lost,) = connection.execute("SELECT id FROM event WHERE rowid = 2").fetchone()
    assert errata("verify").code == 1
    result = errata("recover", "--output", tmp_path / "new.db")
    assert result.code == 1
    assert result.out.splitlines()[:3] == [
        f"lost: trajectory {reviewed[:10]}; import serve.traj.json again",
        f"lost: event {lost}",
        f"{tmp_path / 'new.db'}: saved 0 trajectories and 1 event",
    ]
    assert errata("recover", "--output", tmp_path / "json.db", "--json").json == {
        "store": str(store_path),
        "path": str(tmp_path / "json.db"),
        "trajectories": 0,
        "events": 1,
        "lost_trajectories": [{"id": reviewed, "source": "serve.traj.json"}],
        "lost_events": [lost],
        "doubtful": [],
    }


def test_a_store_that_cannot_be_opened_says_what_to_do(errata: Errata, reviewed: str, store_path: Path) -> None:
    content = bytearray(store_path.read_bytes())
    content[100:4096] = b"\xa5" * 3996
    store_path.write_bytes(content)
    result = errata("list")
    assert result.code == 2
    assert result.complaint.endswith("the store is damaged; `errata recover` saves what can be read into a new one")
    verified = errata("verify")
    assert verified.code == 1
    assert "the store is damaged; `errata recover` saves what can be read" in verified.out
    assert errata("recover", "--json").json["events"] == 2


@pytest.mark.parametrize(
    "command", [("list",), ("import", "file.traj.json"), ("annotate", 1, "--step", 6, "--rate", 1)]
)
def test_an_older_store_is_copied_and_said_where(
    errata: Errata, store_path: Path, tmp_path: Path, command: tuple[object, ...]
) -> None:
    frozen = thaw(NAMES[0])
    store_path.write_bytes(frozen.file)
    result = errata(*command)
    (copy,) = tmp_path.glob("*.backup")
    assert result.err.splitlines()[0] == (f"the store was brought up to date; as it was before, it is kept in {copy}")
    assert "brought up to date" not in errata("list").err
    with Store(copy) as kept:
        assert [event.raw.decode() for event in kept.log.events()] == frozen.events


def test_an_older_store_is_backed_up_as_it_is(errata: Errata, store_path: Path, tmp_path: Path) -> None:
    store_path.write_bytes(thaw(NAMES[0]).file)
    assert errata("backup", tmp_path / "copy.db").code == 0
    assert store_path.read_bytes() == thaw(NAMES[0]).file
