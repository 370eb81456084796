"""Leaving the screens with something unsent, where the settings say to sync by itself."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal, environment, errata, write_settings
from tests.store.sync.teams import Member, Team
from tests.tui.sessions import REVIEWER


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with closing(Team(tmp_path)) as made:
        yield made


@pytest.fixture
def member(team: Team) -> Member:
    reviewer = team.reviewer(REVIEWER)
    team.lead.mail.share(team.lead.add("serve the model"), REVIEWER)
    team.lead.sync(), reviewer.sync()
    reviewer.store.close()
    return reviewer


@pytest.fixture
def leaving(member: Member) -> Iterator[Terminal]:
    """A terminal in which somebody rated a command, and has just pressed q twice. Then a shell reads a line."""
    write_settings('sync_every = "1h"')
    command = " ".join(errata("--store", member.store.path, "--as", REVIEWER, "review", "1"))
    shell = f'{command}; echo "ended with $?"; read typed; echo "the shell read $typed"'
    with Terminal(["sh", "-c", shell], env=environment()) as terminal:
        terminal.wait_for("Do not touch /etc.")
        terminal.press("q")
        terminal.wait_for("nothing said yet")
        terminal.press("1")
        terminal.wait_for("saved ")
        terminal.press("q", "q")
        yield terminal


def test_what_is_unsent_is_sent(team: Team, leaving: Terminal) -> None:
    assert "not sent" not in leaving.wait_for("ended with 0")
    team.lead.sync()
    assert team.lead.store.connection.rows("SELECT step, rating FROM ratings") == [(1, 1)]


@pytest.fixture
def silent_hub(team: Team, member: Member) -> Iterator[None]:
    """A hub that takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        again = Member(team.folder, REVIEWER)
        place = f"postgresql://bob:x@127.0.0.1:{silent.getsockname()[1]}/x"
        again.store.connection.execute("UPDATE hub SET url = ?", (place,))
        again.store.close()
        yield


def test_a_hub_that_does_not_answer_holds_nobody_up(silent_hub: None, leaving: Terminal) -> None:
    """And what is typed meanwhile is the shell's."""
    leaving.wait_for("sending [")
    leaving.press("m b 1", "enter")
    start = time.monotonic()
    shown = leaving.wait_for("the shell read m b 1")
    assert time.monotonic() - start < 5
    assert "ended with 0" in shown
    assert "1 event not sent yet, all saved here; the next sync sends them" in shown


def test_ctrl_c_leaves_at_once(silent_hub: None, leaving: Terminal) -> None:
    leaving.wait_for("sending [")
    leaving.press("ctrl+c")
    leaving.wait_for("not sent yet")
