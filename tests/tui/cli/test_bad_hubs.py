"""A hub that is not well: one clear line and exit code 2; nothing is lost by it, and work goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.sync.teams import Member, Team
from tests.tui.cli.conftest import Errata
from tests.tui.troubles import TROUBLES, Trouble, url_of


@pytest.fixture
def at_home(errata: Errata, member: Member, monkeypatch: pytest.MonkeyPatch) -> Member:
    """Whose commands these are, with something unsent in a session of their own."""
    monkeypatch.setenv("ERRATA_STORE", str(member.store.path))
    member.sync()
    member.store.close()
    assert errata("annotate", 1, "--step", 1, "--rate", "good").code == 0
    return member


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=list(TROUBLES))
def test_it_is_one_line_and_work_goes_on(errata: Errata, team: Team, at_home: Member, trouble: Trouble) -> None:
    with trouble.make(team, at_home):
        result = errata("sync")
        assert result.code == 2
        assert trouble.said in result.complaint
        assert result.complaint.endswith(" (everything is saved here)")
        assert "hush" not in result.complaint, "no password is told"
        assert errata("annotate", 1, "--step", 2, "--rate", "bad").code == 0
        assert errata("verify").code == 0
        (listed,) = errata("hub", "list", "--json").json["hubs"]
        assert (listed["saved"], listed["sent"]) == (2, 0)
    assert errata("sync").out == "h: saved 2, sent 2, received by lead 0\n"
    assert team.lead.sync().new == 2


# A box of somebody's own is met when something is sent, and another lead is as good as any for who is new.
TO_JOIN = {
    name: trouble for name, trouble in TROUBLES.items() if "outbox/" not in trouble.said and "lead" not in name
}


@pytest.mark.parametrize("trouble", TO_JOIN.values(), ids=list(TO_JOIN))
def test_to_join_it_is_one_line_and_nothing_is_kept_of_it(
    errata: Errata, team: Team, at_home: Member, tmp_path: Path, trouble: Trouble
) -> None:
    with trouble.make(team, at_home):
        result = errata("--store", tmp_path / "new.db", "hub", "add", "h", url_of(at_home))
        listed = errata("--store", tmp_path / "new.db", "hub", "list").out
    assert result.code == 2
    assert "hush" not in result.complaint
    assert trouble is not TROUBLES["a newer version's"] or result.complaint.endswith(
        "newer Errata; update to read it"
    )
    assert listed == "no hub is set up; `errata hub add NAME URL` sets one up\n"
