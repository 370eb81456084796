"""The tables, as migrations, and the views that researchers may rely on (docs/sql.md).

A migration that was released is never changed: a change is one more function at the end.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING

from store.outputs import keep_output
from store.sqlite import sqlite3

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations


def m001_first_light(db: Database) -> None:
    for statement in _FIRST_LIGHT.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


def m002_hints(db: Database) -> None:
    """What the rules found at import. A trajectory imported before has none until it is asked for (`hints_of`)."""
    db.conn.execute(
        "CREATE TABLE hint (trajectory TEXT NOT NULL REFERENCES trajectory (id), step INTEGER NOT NULL,"
        " rule TEXT NOT NULL, why TEXT NOT NULL, span TEXT)"
    )
    db.conn.execute("CREATE INDEX hint_trajectory ON hint (trajectory, step)")
    db.conn.execute("CREATE VIEW hints AS SELECT trajectory, step, rule, why, span FROM hint")


def m003_pages_of_output(db: Database) -> None:
    """Pages are smaller, end with a line, know which line they begin with, and are compressed with Zstandard."""
    db.conn.execute("ALTER TABLE output RENAME TO old_output")
    db.conn.execute(
        "CREATE TABLE output (step INTEGER NOT NULL REFERENCES step (id), page INTEGER NOT NULL,"
        " first_line INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (step, page)) WITHOUT ROWID"
    )
    for (step,) in db.conn.execute("SELECT DISTINCT step FROM old_output").fetchall():
        pages = db.conn.execute("SELECT data FROM old_output WHERE step = ? ORDER BY page", (step,))
        text = "".join(zlib.decompress(data).decode("utf-8", "surrogatepass") for (data,) in pages)
        keep_output(db.conn, step, text)
    db.conn.execute("DROP TABLE old_output")


def m004_kinds_of_action(db: Database) -> None:
    """Whether a step's command is bash, input to a program, or a tool's, without reading all of the step."""
    db.conn.execute("ALTER TABLE step ADD COLUMN kind TEXT")
    for row, data in db.conn.execute("SELECT id, data FROM step WHERE command IS NOT NULL").fetchall():
        try:
            action = json.loads(zlib.decompress(data))["action"]
        except (zlib.error, ValueError, KeyError):  # a damaged step: `errata verify` says so
            continue
        kind = kind_of(is_shell=action.get("is_shell", True), is_input=action.get("is_input", False))
        db.conn.execute("UPDATE step SET kind = ? WHERE id = ?", (kind, row))
    db.conn.execute("DROP VIEW steps")
    db.conn.execute(
        "CREATE VIEW steps AS SELECT trajectory, ordinal AS step, turn, tool, kind, command, thought, exit_code,"
        " status, cwd, started_at, duration FROM step"
    )


def kind_of(*, is_shell: bool, is_input: bool) -> str:
    """What an action's command is: "input" to what runs already, "shell" for bash, or a "tool"'s argument."""
    return "input" if is_input else "shell" if is_shell else "tool"


def m005_sync(db: Database) -> None:
    """What was sent to hubs and came from them (store/sync/mail.py, store/sync/team.py)."""
    for statement in _SYNC.split(";\n"):
        db.conn.execute(statement)


def m006_sealed_hubs(db: Database) -> None:
    """Whether what goes through a hub is sealed (store/sync/sealing.py). A hub that is stays so."""
    db.conn.execute("ALTER TABLE hub ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0")


def m007_redactions(db: Database) -> None:
    """What was redacted (store/redaction.py)."""
    db.conn.execute(
        "CREATE TABLE redacted (id TEXT PRIMARY KEY, by TEXT NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL)"
        " WITHOUT ROWID"
    )


MIGRATIONS = (
    m001_first_light,
    m002_hints,
    m003_pages_of_output,
    m004_kinds_of_action,
    m005_sync,
    m006_sealed_hubs,
    m007_redactions,
)

NAMES = [migration.__name__ for migration in MIGRATIONS]


def applied(connection: sqlite3.Connection) -> list[str]:
    """The names of the migrations that a store has had, in order."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return []
    rows = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY rowid", [_SET])
    return [name for (name,) in rows]


def migrations() -> Migrations:
    """All migrations, to apply those that a store has not had.

    sqlite-utils is imported here, when there are any: its import takes three times as long as to open a store.
    """
    from sqlite_utils import Migrations

    migrations = Migrations(_SET)
    for migration in MIGRATIONS:
        migrations()(migration)
    return migrations


_SET = "errata"


_FIRST_LIGHT = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE rubric (version TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL) WITHOUT ROWID;

-- Trajectories. Text columns are for SQL and may have characters replaced that are not Unicode;
-- `head` and `data` hold the exact values (zlib, canonical JSON).
CREATE TABLE trajectory (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    part TEXT NOT NULL,
    title TEXT NOT NULL,
    instructions TEXT NOT NULL,
    agent TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    started_at TEXT,
    steps INTEGER NOT NULL,
    commands INTEGER NOT NULL,
    judged_work INTEGER NOT NULL,
    head BLOB NOT NULL,
    imported_at TEXT NOT NULL,
    UNIQUE (sha256, part)
);

CREATE TABLE step (
    id INTEGER PRIMARY KEY,
    trajectory TEXT NOT NULL REFERENCES trajectory (id),
    ordinal INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    tool TEXT,
    command TEXT,
    thought TEXT NOT NULL,
    exit_code INTEGER,
    status TEXT NOT NULL,
    cwd TEXT,
    started_at TEXT,
    duration REAL,
    judged_work INTEGER NOT NULL,
    output_size INTEGER,
    data BLOB NOT NULL,
    UNIQUE (trajectory, ordinal)
);

-- An output in pages, so that a long one can be read in part.
CREATE TABLE output (
    step INTEGER NOT NULL REFERENCES step (id),
    page INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (step, page)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE search USING fts5 (command, thought, output, content='');

-- The log: append-only. `raw` is the event; the other columns are taken from it.
CREATE TABLE event (
    id TEXT PRIMARY KEY,
    author TEXT NOT NULL,
    device TEXT NOT NULL,
    time INTEGER NOT NULL,
    trajectory TEXT NOT NULL,
    step INTEGER NOT NULL,
    kind TEXT NOT NULL,
    slot TEXT NOT NULL,
    value TEXT,
    rubric TEXT NOT NULL,
    undoes TEXT,
    seen_through INTEGER,
    active_ms INTEGER NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX event_review ON event (author, trajectory);
CREATE INDEX event_time ON event (time);

-- Derived from the log: what is superseded, and what is in force.
CREATE TABLE superseded (
    id TEXT NOT NULL,
    author TEXT NOT NULL, trajectory TEXT NOT NULL, step INTEGER NOT NULL, kind TEXT NOT NULL, slot TEXT NOT NULL,
    PRIMARY KEY (id, author, trajectory, step, kind, slot)
) WITHOUT ROWID;
CREATE TABLE head (
    author TEXT NOT NULL, trajectory TEXT NOT NULL, step INTEGER NOT NULL, kind TEXT NOT NULL, slot TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (author, trajectory, step, kind, slot, event)
) WITHOUT ROWID;

-- Local and mutable: never synced, never the only copy of a judgement.
CREATE TABLE draft (
    author TEXT NOT NULL, trajectory TEXT NOT NULL, step INTEGER NOT NULL, kind TEXT NOT NULL, slot TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (author, trajectory, step, kind, slot)
) WITHOUT ROWID;
CREATE TABLE place (
    author TEXT NOT NULL, trajectory TEXT NOT NULL, step INTEGER NOT NULL,
    PRIMARY KEY (author, trajectory)
) WITHOUT ROWID;

CREATE VIEW trajectories AS
SELECT number, id, format, name, title, instructions, agent, model, outcome, started_at, steps, commands, imported_at
FROM trajectory;

CREATE VIEW steps AS
SELECT trajectory, ordinal AS step, turn, tool, command, thought, exit_code, status, cwd, started_at, duration
FROM step;

CREATE VIEW annotations AS
SELECT e.author AS reviewer, e.trajectory, e.step, e.kind, e.slot, e.value,
       datetime((e.time >> 16) / 1000, 'unixepoch') AS at,
       e.id AS event, e.device, e.rubric, e.seen_through, e.active_ms
FROM head h JOIN event e ON e.id = h.event
WHERE e.value IS NOT NULL;

CREATE VIEW ratings AS
SELECT reviewer, trajectory, step, slot AS option, json_extract(value, '$.value') AS rating, at
FROM annotations WHERE kind = 'rating';

CREATE VIEW mistakes AS
SELECT a.reviewer, a.trajectory, a.step, a.slot,
       json_extract(a.value, '$.code') AS code, json_extract(a.value, '$.severity') AS severity,
       json_extract(a.value, '$.note') AS note, json_extract(a.value, '$.follows') AS follows,
       json_extract(a.value, '$.recovered_at') AS recovered_at,
       EXISTS (SELECT 1 FROM annotations d WHERE d.reviewer = a.reviewer AND d.trajectory = a.trajectory
               AND d.kind = 'decisive' AND json_extract(d.value, '$.mistake') = a.slot) AS decisive, a.at
FROM annotations a WHERE a.kind = 'mistake';

CREATE VIEW suggestions AS
SELECT reviewer, trajectory, step, slot, json_extract(value, '$.command') AS command,
       json_extract(value, '$.thought') AS thought, json_extract(value, '$.rationale') AS rationale, at
FROM annotations WHERE kind = 'suggestion';

CREATE VIEW reviews AS
SELECT reviewer, trajectory,
       -- Of two submissions (two devices) the later revision counts, and within it "submitted".
       CASE max(CASE WHEN kind = 'submission'
                THEN 2 * json_extract(value, '$.revision') + (json_extract(value, '$.state') = 'submitted') END) % 2
            WHEN 1 THEN 'submitted' ELSE 'in work' END AS status,
       coalesce(max(CASE WHEN kind = 'submission' THEN json_extract(value, '$.revision') END), 1) AS revision,
       count(DISTINCT CASE WHEN kind = 'rating' AND slot = 'agent' THEN step END) AS rated,
       count(DISTINCT CASE WHEN kind = 'mistake' THEN step || '.' || slot END) AS mistakes,
       count(DISTINCT CASE WHEN kind = 'suggestion' THEN step || '.' || slot END) AS suggestions,
       count(DISTINCT CASE WHEN kind = 'comment' THEN step || '.' || slot END) AS comments,
       max(at) AS last_at
FROM annotations GROUP BY reviewer, trajectory;
"""

_SYNC = """
CREATE TABLE hub (name TEXT PRIMARY KEY, url TEXT NOT NULL) WITHOUT ROWID;

-- Whose segments are believed, by which keys. A key that was revoked stays so.
CREATE TABLE trusted (
    author TEXT NOT NULL, key TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (author, key)
) WITHOUT ROWID;

-- Segments as exact bytes, cut here or read from a hub. `name` holds its box.
CREATE TABLE segment (
    name TEXT PRIMARY KEY, box TEXT NOT NULL, writer TEXT NOT NULL, previous TEXT, raw BLOB NOT NULL
);
CREATE INDEX segment_box ON segment (box);

-- What goes into which box, and the segment that carries it; null until one was cut.
CREATE TABLE carried (
    box TEXT NOT NULL, event TEXT NOT NULL, segment TEXT, PRIMARY KEY (box, event)
) WITHOUT ROWID;
CREATE TABLE notice (
    box TEXT NOT NULL, line TEXT NOT NULL, segment TEXT, PRIMARY KEY (box, line)
) WITHOUT ROWID;
CREATE INDEX carried_waiting ON carried (box) WHERE segment IS NULL;
CREATE INDEX notice_waiting ON notice (box) WHERE segment IS NULL;

CREATE TABLE sent (hub TEXT NOT NULL, segment TEXT NOT NULL, PRIMARY KEY (hub, segment)) WITHOUT ROWID;
CREATE TABLE receipt (segment TEXT PRIMARY KEY) WITHOUT ROWID;
-- What the other side could not read, to be put again.
CREATE TABLE again (name TEXT PRIMARY KEY) WITHOUT ROWID;
-- What came from a hub and was not believed or not understood. `seen` tells whether it has changed there.
CREATE TABLE refused (
    name TEXT PRIMARY KEY, reason TEXT NOT NULL, why TEXT NOT NULL, key TEXT, seen TEXT NOT NULL, raw BLOB
) WITHOUT ROWID;
-- Events of a newer version, not read yet.
CREATE TABLE unread (
    id TEXT PRIMARY KEY, author TEXT NOT NULL, version INTEGER NOT NULL, raw BLOB NOT NULL
) WITHOUT ROWID;

-- Trajectories that the lead shares with a reviewer, and the parts of those that are on their way.
CREATE TABLE share (
    reviewer TEXT NOT NULL, trajectory TEXT NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
    parts TEXT NOT NULL, problem TEXT,
    PRIMARY KEY (reviewer, trajectory)
) WITHOUT ROWID;
CREATE TABLE part (name TEXT PRIMARY KEY, raw BLOB NOT NULL);

CREATE INDEX event_author_time ON event (author, time)"""
