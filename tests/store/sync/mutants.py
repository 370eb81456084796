"""A test of the tests: faults put into the sync on purpose, one at a time, each of which the tests must notice.

    python -m tests.store.sync.mutants            all of them, about an hour
    python -m tests.store.sync.mutants receipt    those whose name holds a word

Each fault is put into a copy of the program; the state machine runs first, and where it notices nothing, the tests of
sync. Exit code 1 when a fault survives, 2 when the tests fail without one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[3]

SUITES = {
    "the state machine": ["tests/store/sync/test_machine.py"],
    "tests of sync": [
        "tests/store/sync/test_sync.py",
        "tests/store/sync/test_team.py",
        "tests/store/sync/test_hostile.py",
        "tests/store/sync/test_sealing.py",
        "tests/store/sync/test_redaction.py",
        "tests/store/sync/test_two_copies.py",
    ],
    "tests of the parts": [
        "tests/store/sync/test_segment.py",
        "tests/store/hubs",
        "tests/store/test_log_from_elsewhere.py",
    ],
}


class Mutant(NamedTuple):
    """A fault: in a file, one text for another."""

    name: str
    path: str
    old: str
    new: str


MUTANTS = [
    Mutant(
        "a segment's bytes are not checked against its name",
        "store/sync/segment.py",
        "if hashlib.sha256(data).hexdigest() != sha256:",
        "if False:",
    ),
    Mutant("no signature is checked", "store/sync/segment.py", "if not is_signed(", "if False and not is_signed("),
    Mutant("any key is believed", "store/sync/segment.py", "if key not in keys:", "if False:"),
    Mutant("a segment counts in any box", "store/sync/segment.py", "if header.box != box:", "if False:"),
    Mutant("whose segment it is, is unchecked", "store/sync/segment.py", "if author is not None and", "if False and"),
    Mutant("unpacking has no bound", "store/sync/segment.py", "reader.read(most + 1)", "reader.read()"),
    Mutant(
        "a segment may hold anybody's events",
        "store/sync/mail.py",
        "if others := {event.author for event in events} - {segment.author}:",
        "if others := None:",
    ),
    Mutant(
        "what is there is not overwritten",
        "store/hubs/folder.py",
        '            self._make_box(name.rpartition("/")[0])\n',
        '            self._make_box(name.rpartition("/")[0])\n'
        "            if path.exists():\n                return\n",
    ),
    Mutant(
        "a torn object has its final name",
        "store/hubs/folder.py",
        'new = path.with_name(f".tmp-{secrets.token_hex(8)}")',
        "new = path",
    ),
    Mutant(
        "nobody complains of damage", "store/sync/mail.py", 'if why.reason in ("damaged", "sealed"):', "if False:"
    ),
    Mutant(
        "nobody asks for what is sealed for others",
        "store/sync/mail.py",
        'if why.reason in ("damaged", "sealed"):',
        'if why.reason == "damaged":',
    ),
    Mutant(
        "nothing is sealed",
        "store/sync/sync.py",
        "return sealed(self._steps(), self._mail.team) if self._entry.sealed else self._steps()",
        "return self._steps()",
    ),
    Mutant(
        "what is sealed is for the whole team",
        "store/sync/sealing.py",
        "team.keys(owner_of(box))",
        "set().union(*map(team.keys, team.reviewers))",
    ),
    Mutant(
        "what is sealed is for devices that were revoked",
        "store/sync/sealing.py",
        "team.keys(owner_of(box))",
        "team.keys(owner_of(box)) | team.revoked(owner_of(box))",
    ),
    Mutant(
        "what is sealed is for one of a reviewer's devices",
        "store/sync/sealing.py",
        "team.keys(owner_of(box))",
        "set(sorted(team.keys(owner_of(box)))[:1])",
    ),
    Mutant(
        "what the rubric hides travels", "store/sync/mail.py", "given = withhold(whole, rubric.hide)", "given = whole"
    ),
    Mutant(
        "what was withheld from is believed whatever it holds",
        "reviewer/trajectory.py",
        "if self.original and self.source.sha256 == self.content_sha256:",
        "if self.original:",
    ),
    Mutant("the lead cannot open what is sealed", "store/sync/sealing.py", "team.keys(team.lead) | ", ""),
    Mutant(
        "what should be sealed is read in the clear",
        "store/sync/sealing.py",
        "if not data.startswith(_FIRST_LINE):\n",
        "if not data.startswith(_FIRST_LINE):\n        return data\n",
    ),
    Mutant("a seal's header has no bound", "store/sync/sealing.py", "not in data[:MAX_HEADER]:", "not in data:"),
    Mutant("what is sealed and torn counts as whole", "store/sync/sealing.py", "self.size - size in _ADDED", "True"),
    Mutant(
        "what is sealed is put again and again",
        "store/sync/sealing.py",
        "self.size - size in _ADDED",
        "self.size == size",
    ),
    Mutant(
        "a store forgets that a hub is sealed",
        "store/sync/hub_book.py",
        "sealed = asked or said or store.connection.row(query, (name, hub.url)) is not None",
        "sealed = asked or said",
    ),
    Mutant(
        "a hub that is no longer sealed is taken for one",
        "store/sync/hub_book.py",
        "if sealed and introductions and not said:",
        "if False:",
    ),
    Mutant(
        "a hub in the clear begins with the introduction of a sealed one",
        "store/sync/mail.py",
        "coalesce(json_extract(n.line, '$.sealed'), 0)) = ?",
        "coalesce(json_extract(n.line, '$.sealed'), 0)) <> 2 + ?",
    ),
    Mutant(
        "nobody hears complaints",
        "store/sync/mail.py",
        'self._db.execute("INSERT OR IGNORE INTO again VALUES (?)", (notice["name"],))',
        "pass",
    ),
    Mutant(
        "what was sent once is not put again",
        "store/sync/sync.py",
        "            if name in again or (there := self._listed.get(name)) is None or not there.may_be(size)\n",
        "            if name not in self._sent\n",
    ),
    Mutant(
        "the lead does not put back what a reviewer's hub lost",
        "store/sync/sync.py",
        "return name in self._sent",
        "return False",
    ),
    Mutant(
        "that the hub had a segment is noted later than the segment",
        "store/sync/mail.py",
        'self._db.execute("INSERT OR IGNORE INTO sent VALUES (?,?)", (hub, name))',
        "pass",
    ),
    Mutant(
        "a segment counts as had before what it holds is",
        "store/sync/mail.py",
        '        with self._db.transaction():\n            if segment.kind == "events":',
        "        with self._db.transaction():\n"
        "            self._keep(name, box, segment.writer, segment.prev, data)\n"
        '        with self._db.transaction():\n            if segment.kind == "events":',
    ),
    Mutant(
        "events are noted as carried before their segment is kept",
        "store/sync/mail.py",
        "            self._keep(name, box, writer, before[0] if before else None, raw)\n",
        "",
    ),
    Mutant(
        "ids are counted up",
        "store/log.py",
        "id=new_event_id(),",
        "id=f\"{self.device}-{self._db.row('SELECT count(*) FROM event')[0]}\",",
    ),
    Mutant(
        "an id that is taken drops the event in silence",
        "store/log.py",
        "if new < len(events):",
        "if False:",
    ),
    Mutant(
        "what was superseded before it came is in force",
        "store/log.py",
        " WHERE NOT EXISTS (SELECT 1 FROM superseded",
        " WHERE 1 OR NOT EXISTS (SELECT 1 FROM superseded",
    ),
    Mutant(
        "an edit takes the place of what it does not name",
        "store/log.py",
        "DELETE FROM head WHERE event=?1 AND {_SUBJECT}",
        "DELETE FROM head WHERE ?1 <> '' AND {_SUBJECT}",
    ),
    Mutant(
        "the lead puts every outbox into every hub",
        "store/sync/sync.py",
        "return name in self._sent",
        "return True",
    ),
    Mutant(
        "a reviewer sends what anybody said on the device",
        "store/sync/mail.py",
        "SELECT ?1, id, NULL FROM event WHERE author = ?2",
        "SELECT ?1, id, NULL FROM event WHERE ?2 <> ''",
    ),
    Mutant(
        "what is for one reviewer goes to whoever is first",
        "store/sync/mail.py",
        '(f"inbox/{reviewer}", event))',
        '(f"inbox/{self.team.reviewers[0]}", event))',
    ),
    Mutant(
        "a reviewer pulls everything",
        "store/sync/sync.py",
        'boxes = ["inbox", "outbox"] if self.report.by_lead else',
        'boxes = ["inbox", "outbox"] if True else',
    ),
    Mutant("there are no receipts", "store/sync/mail.py", "if self.team.is_lead and author != self.me:", "if False:"),
    Mutant("anybody says whose keys to believe", "store/sync/mail.py", 'case "key" if by_lead:', 'case "key":'),
    Mutant("anybody writes receipts", "store/sync/mail.py", 'case "received" if by_lead:', 'case "received":'),
    Mutant("a revoked key comes back", "store/sync/team.py", "max(revoked, ?3)", "?3"),
    Mutant(
        "a part of a trajectory is not checked",
        "store/sync/travel.py",
        "if hashlib.sha256(part).hexdigest() != sha256:",
        "if False:",
    ),
    Mutant(
        "parts that are missing are not put again",
        "store/sync/sync.py",
        "if name not in self._listed or name in again}",
        "if name in again}",
    ),
    Mutant(
        "a clock that is ahead is everybody's",
        "store/log.py",
        '"SELECT max(time) FROM event WHERE author = ?", (author,)',
        '"SELECT max(time) FROM event"',
    ),
    Mutant(
        "what was redacted stays in its segment",
        "store/sync/redaction.py",
        "UPDATE segment SET raw = x''",
        "UPDATE segment SET raw = raw",
    ),
    Mutant(
        "what was in a segment with what was redacted is not sent again",
        "store/sync/redaction.py",
        "UPDATE carried SET segment = NULL WHERE",
        "UPDATE carried SET segment = NULL WHERE 0 AND",
    ),
    Mutant(
        "what was redacted is kept in a segment that comes later",
        "store/sync/mail.py",
        'spoilt = segment.kind == "events" and',
        'spoilt = segment.kind == "songs" and',
    ),
    Mutant("nobody is told what was redacted", "store/sync/redaction.py", "for box in told:", "for box in ():"),
    Mutant("anybody redacts", "store/sync/mail.py", 'case "redacted" if by_lead:', 'case "redacted":'),
    Mutant(
        "the lead redacts what a device should not know",
        "store/sync/redaction.py",
        "if event.author not in authors:",
        "if False:",
    ),
    Mutant("the hub keeps what was redacted", "store/sync/sync.py", "gone & self._listed.keys()", "set[str]()"),
    Mutant("the file keeps what was redacted", "store/redaction.py", "db.write_anew()", "pass"),
    Mutant(
        "the index of words keeps what was redacted",
        "store/trajectories.py",
        "INSERT INTO search (search) VALUES ('optimize')",
        "SELECT 1",
    ),
    Mutant(
        "the index of words is not told what was redacted",
        "store/trajectories.py",
        "VALUES ('delete',?,?,?,?)",
        "SELECT 'delete',?,?,?,? WHERE 0",
    ),
    Mutant(
        "what is redacted is shared all the same",
        "store/sync/sync.py",
        "SELECT reviewer, trajectory, size, parts FROM share WHERE trajectory NOT IN (SELECT id FROM redacted)",
        "SELECT reviewer, trajectory, size, parts FROM share",
    ),
    Mutant(
        "the screens wipe while somebody looks",
        "store/sync/sync.py",
        "if self._longest is None:  # else",
        "if True:  # else",
    ),
    Mutant(
        "the log of the file keeps what was redacted",
        "store/database.py",
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "PRAGMA wal_checkpoint(PASSIVE)",
    ),
    Mutant(
        "what was redacted lets what it replaced come back",
        "reviewer/event.py",
        'replace(self, value=None, raw=b"")',
        'replace(self, value=None, supersedes=(), raw=b"")',
    ),
    Mutant(
        "what was redacted cannot come again",
        "store/log.py",
        "return kept in (event.encode(), event.emptied().encode())",
        "return kept == event.encode()",
    ),
    Mutant(
        "what stays of an event cannot come beside it",
        "store/log.py",
        "return event.encode() in (kept, decode(kept).emptied().encode())",
        "return event.encode() == kept",
    ),
    Mutant("an emptied hub is written to", "store/sync/sync.py", "if not self._listed and self._sent:", "if False:"),
    Mutant(
        "another lead's hub is written to",
        "store/sync/sync.py",
        "if team and not team & self._held.keys():",
        "if False:",
    ),
]

NOTHING = Mutant("no fault", "store/log.py", "id=new_event_id(),", "id=new_event_id(),")


def caught_by(mutant: Mutant) -> str:
    """Which suite noticed the fault; "" when none did."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("reviewer", "store", "tests", "tui", "sample_trajectories", "pyproject.toml"):
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / name)
        path = copy / mutant.path
        path.write_text(mutate(path.read_text(encoding="utf-8"), mutant), encoding="utf-8")
        environment = os.environ | {"PYTHONPATH": folder, "HYPOTHESIS_PROFILE": "mutants"}
        for name, suite in SUITES.items():
            command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:xdist", *suite]
            if subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False).returncode:
                return name
    return ""


def mutate(text: str, mutant: Mutant) -> str:
    """The text with the fault in it. Raises ValueError when it cannot be put there any more."""
    if text.count(mutant.old) != 1:
        message = f"{mutant.name}: {mutant.old!r} is {text.count(mutant.old)} times in {mutant.path}"
        raise ValueError(message)
    return text.replace(mutant.old, mutant.new)


def main(words: Sequence[str]) -> int:
    if suite := caught_by(NOTHING):
        print(f"{suite} fail without any fault, so nothing can be told")  # noqa: T201
        return 2
    survived = 0
    for mutant in MUTANTS:
        if not words or any(word in mutant.name for word in words):
            start = time.monotonic()
            suite = caught_by(mutant)
            survived += not suite
            result = f"caught by {suite}" if suite else "SURVIVED"
            print(f"{mutant.name:<60} {result} ({time.monotonic() - start:.0f} s)", flush=True)  # noqa: T201
    return int(survived > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
