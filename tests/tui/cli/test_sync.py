"""`errata hub` and `errata sync`."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.programs import run
from tests.store.hubs.conftest import KINDS
from tests.tui.cli.conftest import Ended, Errata, session_file

Person = Callable[..., Ended]

NO_FOLDER = "there is no such folder; mount its disk, or for a new hub make it first"


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    folder = tmp_path / "the hub"
    folder.mkdir()
    return folder


@pytest.fixture
def ana(errata: Errata, tmp_path: Path, hub: Path) -> Person:
    """The lead, who has a session and has started the hub."""

    def act(*arguments: object) -> Ended:
        return errata("--as", "ana", "--store", tmp_path / "ana.db", *arguments)

    act("import", session_file(tmp_path / "session.json"))
    assert act("hub", "init", "work", hub).code == 0
    return act


@pytest.fixture
def bob(errata: Errata, tmp_path: Path) -> Person:
    def act(*arguments: object) -> Ended:
        return errata("--as", "bob", "--store", tmp_path / "bob.db", *arguments)

    return act


@pytest.fixture
def joined(ana: Person, bob: Person, hub: Path) -> Person:
    """Bob, whom the lead trusts, with the session."""
    key = bob("hub", "add", "work", hub).out.split()[-1]
    assert ana("sync").code == 0
    assert ana("hub", "trust", "bob", key).code == 0
    assert ana("hub", "share", "1", "--to", "bob").code == 0
    ana("sync"), bob("sync")
    return bob


@pytest.fixture(params=["folder", "s3", "ssh"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    for place in KINDS[request.param](tmp_path):
        yield place.url


def test_from_nothing_to_a_review_that_the_lead_has(errata: Errata, bob: Person, tmp_path: Path, url: str) -> None:
    """What docs/reviewing.md tells people to type."""

    def ana(*arguments: object) -> Ended:
        return errata("--as", "ana", "--store", tmp_path / "ana.db", *arguments)

    ana("import", session_file(tmp_path / "session.json"))
    told = ana("hub", "init", "work", url).out
    lead_key = re.search(r"--lead-key ([0-9a-f-]{19})\n", told)
    assert lead_key
    said = bob("hub", "add", "work", url, "--lead-key", lead_key[1]).out
    assert said.startswith(f"hub work: the lead is ana, with key {lead_key[1]}\n")
    key = said.split()[-1]
    waiting = ana("sync")
    assert waiting.code == 0
    assert waiting.err == f"waiting: bob sent something with key {key}; if it is theirs: errata hub trust bob {key}\n"
    assert ana("hub", "trust", "bob", key).out == f"trusts key {key} of bob; the next sync says so\n"
    assert ana("hub", "share", "1", "--to", "bob").out == (
        "1 session shared with bob; the next sync sends it without agent, model, outcome\n"
    )
    assert ana("sync").code == 0
    result = bob("sync")
    assert result.out.startswith('work: saved 0, sent 0, received by lead 0; 1 new session\nnew: "Serve a model')
    assert "agent: (the lead keeps it)\n" in bob("show", 1).out
    bob("annotate", 1, "--step", 1, "--rate", "good")
    assert bob("sync").out == "work: saved 1, sent 1, received by lead 0\n"
    assert ana("sync").out == "work: received 1 event from bob; sent 1 object\n"
    assert bob("sync").out == "work: saved 1, sent 1, received by lead 1\n"
    assert ana("show", 1, "--as", "bob", "--json").code == 0
    assert ana("list", "--questions").out == ""
    bob("annotate", 1, "--step", 2, "--ask", "Is pip in scope?")
    bob("sync"), ana("sync")
    assert ana("list", "--questions").out.endswith(" #1 step 2 bob: Is pip in scope?\n")
    assert ana("verify").code == bob("verify").code == 0


def test_sync_as_json(joined: Person) -> None:
    joined("annotate", 1, "--step", 1, "--rate", "good")
    (report,) = joined("sync", "--json").json
    assert report == {
        "hub": "work", "saved": 1, "sent": 1, "received": 0, "new_events": 0, "put": 1, "trajectories": [],
        "redacted": [], "waiting": 0, "refused": [], "missing": [], "problems": [], "too_large": 0,
    }  # fmt: skip


def test_the_list_of_hubs(joined: Person, ana: Person, hub: Path) -> None:
    mine = f"you: bob, with key {json.loads(joined('hub', 'list', '--json').out)['key']} on this device\n"
    assert joined("hub", "list").out == f"work  {hub}  saved 0, sent 0, received 0\nlead: ana\n" + mine
    listed = ana("hub", "list", "--json").json
    assert (listed["lead"], listed["reviewers"], listed["refused"]) == ("ana", ["bob"], [])
    counts = {"saved": 0, "sent": 0, "received": 0}
    assert listed["hubs"] == [{"name": "work", "url": str(hub), "sealed": False} | counts]


def test_a_sealed_hub(errata: Errata, ana: Person, bob: Person, hub: Path, tmp_path: Path) -> None:
    sealed = tmp_path / "sealed"
    sealed.mkdir()
    told = ana("hub", "init", "dropbox", sealed, "--sealed").out
    assert told.startswith("hub dropbox is started, sealed; you lead it as ana")
    assert told.endswith(" --sealed\n")
    assert ana("hub", "list").out.splitlines()[0] == f"dropbox  {sealed}  sealed"
    refused = bob("hub", "add", "dropbox", hub, "--sealed")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "was not started as a sealed hub, so all can read it" in refused.err
    key = bob("hub", "add", "dropbox", sealed).out.split()[-1]
    assert bob("hub", "list", "--json").json["hubs"][0]["sealed"] is True
    ana("sync"), ana("hub", "trust", "bob", key), ana("hub", "share", "1", "--to", "bob"), ana("sync")
    assert "1 new session" in bob("sync").out
    other = errata("--as", "bob", "--store", tmp_path / "other.db", "hub", "add", "dropbox", sealed)
    assert other.code == 0
    waiting = errata("--as", "bob", "--store", tmp_path / "other.db", "hub", "list").out.splitlines()[-1]
    when = "they come with the lead's next sync, if the lead trusts this device"
    assert waiting == f"waiting: 2 objects sealed for other devices; {when}"


def test_a_comment_is_redacted(ana: Person, joined: Person) -> None:
    joined("annotate", 1, "--step", 1, "--comment", "the token is abc123")
    joined("annotate", 1, "--step", 2, "--comment", "fine")
    joined("sync"), ana("sync")
    (said,) = ana("show", 1, "--as", "bob", "--json").json["steps"][0]["annotations"]
    assert "abc123" in said["text"]
    assert joined("redact", said["event"], "--reason", "a token").err == "errata: only the lead, ana, redacts\n"
    assert ana("redact", said["event"]).code == 2
    result = ana("redact", said["event"], "--reason", "a\ntoken")
    assert result.out == f"redacted {said['event']}, a comment of bob; copies (`errata backup`) still hold it\n"
    again = ana("redact", said["event"], "--reason", "a token")
    assert (again.code, again.err) == (2, f"errata: event {said['event']} says nothing that could be redacted\n")
    ana("sync")
    (told,) = joined("sync", "--json").json[0]["redacted"]
    id_ = ana("list", "--json").json[0]["id"]
    assert told == {
        "id": said["event"], "by": "ana", "at": told["at"], "reason": "a\ntoken", "trajectory": id_,
        "title": "Serve a model on port 8000.", "reviewer": "bob", "step": 1, "kind": "comment",
    }  # fmt: skip
    assert joined("sync", "--json").json[0]["redacted"] == []
    for person in (ana, joined):
        shown = person("show", 1, "--all", "--as", "bob").out
        assert "* comment redacted by ana: a token\n" in shown.replace("␊", " ")
        assert "abc123" not in shown
        assert "comment: fine" in shown
        (told,) = person("show", 1, "--as", "bob", "--json").json["review"]["redacted"]
        assert (told["step"], told["kind"], told["id"], told["by"]) == (1, "comment", said["event"], "ana")
        assert person("verify").code == 0


def test_a_session_is_redacted(ana: Person, joined: Person, tmp_path: Path) -> None:
    joined("annotate", 1, "--step", 1, "--comment", "about it")
    joined("sync"), ana("sync")
    id_ = ana("list", "--json").json[0]["id"]
    assert ana("redact", "1", "--trajectory", "--reason", "private").out.startswith(f"redacted session {id_[:10]}; ")
    ana("sync")
    told = joined("sync").out.splitlines()
    assert told[1:] == [f'redacted by ana: session "Serve a model on port 8000." [{id_[:10]}]: private']
    for person in (ana, joined):
        assert person("list", "--json").json == []
        assert person("show", id_[:10]).err == f"errata: '{id_[:10]}' was redacted by ana: private\n"
        assert person("verify").code == 0
        again = person("import", session_file(tmp_path / "session.json"))
        assert (again.code, again.err.count("was redacted by ana: private")) == (2, 1)


def test_what_was_refused_is_told_with_exit_2_once_and_listed_after(ana: Person, joined: Person, hub: Path) -> None:
    name = f"outbox/bob/{'a' * 64}.segment"
    (hub / name).write_bytes(b"hello")
    result = ana("sync")
    assert result.code == 2
    assert result.err == f"refused {name}: its bytes are not those it was named by\n"
    assert ana("sync").code == 0
    assert ana("hub", "list").out.splitlines()[-1] == f"refused {name}: its bytes are not those it was named by"
    assert ana("hub", "list", "--json").json["refused"][0]["reason"] == "damaged"


def test_a_hub_that_is_gone_is_one_line_and_local_work_goes_on(joined: Person, hub: Path) -> None:
    shutil.rmtree(hub)
    result = joined("sync")
    assert result.code == 2
    assert result.complaint == f"{hub}: {NO_FOLDER} (everything is saved here)"
    assert joined("annotate", 1, "--step", 1, "--rate", "good").code == 0


def test_one_hub_that_is_gone_does_not_keep_the_other_from_syncing(
    ana: Person, joined: Person, hub: Path, tmp_path: Path
) -> None:
    second = tmp_path / "stick"
    second.mkdir()
    ana("hub", "init", "stick", second)
    joined("hub", "add", "stick", second)
    joined("annotate", 1, "--step", 1, "--rate", "good")
    hub.rename(tmp_path / "gone")
    result = joined("sync")
    assert result.code == 2
    assert result.out == "stick: saved 1, sent 1, received by lead 0\n"
    assert result.err.count("\n") == 1
    assert ana("sync", "stick").out.startswith("stick: received 1 event from bob")
    assert joined("sync", "stick").out == "stick: saved 1, sent 1, received by lead 1\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hub", "add", "x", "/nowhere/at/all"], f"/nowhere/at/all: {NO_FOLDER}"),
        (["hub", "init", "x", "/nowhere/at/all"], f"/nowhere/at/all: {NO_FOLDER}"),
        (["hub", "init", "x", "/dev/null"], "/dev/null: this is not a folder"),
        (["hub", "add", "x", "gopher://host/"], "no kind of hub begins with gopher:"),
        (["hub", "add", "x", "{empty}"], "not an Errata hub; its lead starts it with `errata hub init`"),
        (["hub", "add", "x/y", "{hub}"], "'x/y' cannot be a hub's name"),
        (
            ["hub", "add", "x", "{hub}", "--lead-key", "0000"],
            "the lead's key there is not the one that you gave; there is ana",
        ),
        (["hub", "trust", "bob", "0000-0000-0000-0000"], "only the lead, ana, says whose keys"),
        (["hub", "trust", "../bob", "0000-0000-0000-0000"], "'../bob' cannot be a reviewer's name"),
        (["hub", "share", "1", "--to", "bob"], "only the lead, ana, shares sessions"),
        (["hub", "share", "77", "--to", "bob"], "'77' names no trajectory"),
        (["sync", "elsewhere"], "there is no hub 'elsewhere'; there is work"),
        (["sync", "--as", "ana"], "ana is the lead of this hub, but this device's key"),
    ],
)
def test_what_cannot_be_is_one_clear_line(
    joined: Person, hub: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    (tmp_path / "empty").mkdir()
    result = joined(*(argument.format(hub=hub, empty=tmp_path / "empty") for argument in arguments))
    assert result.code == 2
    assert said in result.complaint


def test_no_hub_at_all(errata: Errata, session: str) -> None:
    assert errata("sync").complaint == "no hub is set up; `errata hub add NAME URL` sets one up"
    assert errata("hub", "list").out == "no hub is set up; `errata hub add NAME URL` sets one up\n"
    assert errata("hub", "trust", "bob", "0" * 64).complaint.startswith("no hub is set up yet")


def test_a_sync_does_not_load_the_screens(joined: Person, tmp_path: Path) -> None:
    code = (
        "import json, sys; from tui.cli import main; assert main(sys.argv[1:]) == 0;"
        "print(json.dumps([name for name in sys.modules if name.split('.')[0] == 'textual']))"
    )
    out = run(code, "--as", "bob", "--store", tmp_path / "bob.db", "sync")
    assert json.loads(out.splitlines()[-1]) == []
