"""A test of the tests: faults put into the sync on purpose, one at a time, each of which the tests must notice.

    python -m tests.store.sync.mutants            all of them, some minutes
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
    "tests of sync": ["tests/store/sync/test_sync.py", "tests/store/sync/test_hostile.py"],
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
        "            _make_folder(path.parent)\n",
        "            _make_folder(path.parent)\n            if path.exists():\n                return\n",
    ),
    Mutant(
        "a torn object has its final name",
        "store/hubs/folder.py",
        'new = path.with_name(f".tmp-{secrets.token_hex(8)}")',
        "new = path",
    ),
    Mutant("nobody complains of damage", "store/sync/mail.py", 'if why.reason == "damaged":', "if False:"),
    Mutant(
        "nobody hears complaints",
        "store/sync/mail.py",
        'self._db.execute("INSERT OR IGNORE INTO again VALUES (?)", (notice["name"],))',
        "pass",
    ),
    Mutant(
        "what was sent once is not put again",
        "store/sync/sync.py",
        "            if name in again or (there := self._listed.get(name)) is None or there.size != size\n",
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
