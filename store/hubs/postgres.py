"""A PostgreSQL database as a hub: one table of objects, a role for each person, and row-level security.

What a person may not read is not sent by the database: a reviewer sees their own two boxes and `team`, and writes
their own outbox; the lead sees and writes all. The server refuses bytes under a wrong name. `invite` makes the roles.

Nothing but INSERT, UPDATE, SELECT, row-level security and sha256() is asked for, so that distributed databases which
speak PostgreSQL's language can serve. Passwords are better kept in ~/.pgpass than in the URL.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote, urlsplit, urlunsplit

from store.hubs.hub import Hub, HubError, Listed, NoPermission

try:
    import psycopg
    from psycopg import errors, sql
except ImportError as error:
    message = "a PostgreSQL hub needs psycopg: pip install 'psycopg[binary]' (or pipx inject errata ...)"
    raise HubError(message) from error

_CONNECT_SECONDS = 10
_STATEMENT_MS = 60_000

_FIRST = """
CREATE SCHEMA errata;
CREATE TABLE errata.person (role name PRIMARY KEY, name text NOT NULL UNIQUE, is_lead boolean NOT NULL);
CREATE TABLE errata.object (
    name text PRIMARY KEY CHECK (name ~ '^(team|(inbox|outbox)/[A-Za-z0-9][A-Za-z0-9._@+-]{0,63})/[0-9a-f]{64}'
                                        '[.](segment|part)$'),
    data bytea NOT NULL CHECK (octet_length(data) <= 8388608),
    box text GENERATED ALWAYS AS (regexp_replace(name, '/[^/]*$', '')) STORED,
    size integer GENERATED ALWAYS AS (octet_length(data)) STORED,
    sha256 text GENERATED ALWAYS AS (encode(sha256(data), 'hex')) STORED
);
CREATE INDEX object_box ON errata.object (box);

CREATE FUNCTION errata.me() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = errata, pg_temp
    AS $$ SELECT name FROM person WHERE role = session_user $$;
CREATE FUNCTION errata.is_lead() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = errata, pg_temp
    AS $$ SELECT coalesce((SELECT is_lead FROM person WHERE role = session_user), false) $$;

-- Asked once for each statement, not for each row: (SELECT ...).
ALTER TABLE errata.object ENABLE ROW LEVEL SECURITY;
ALTER TABLE errata.object FORCE ROW LEVEL SECURITY;
CREATE POLICY reads ON errata.object FOR SELECT USING (
    (SELECT errata.is_lead()) OR box = 'team'
    OR box = 'inbox/' || (SELECT errata.me()) OR box = 'outbox/' || (SELECT errata.me()));
CREATE POLICY puts ON errata.object FOR INSERT WITH CHECK (
    ((SELECT errata.is_lead()) OR (box = 'outbox/' || (SELECT errata.me()) AND name LIKE '%.segment'))
    AND (name LIKE '%.part' OR name = box || '/' || encode(sha256(data), 'hex') || '.segment'));
CREATE POLICY puts_again ON errata.object FOR UPDATE
    USING ((SELECT errata.is_lead()) OR box = 'outbox/' || (SELECT errata.me()))
    WITH CHECK (
    ((SELECT errata.is_lead()) OR (box = 'outbox/' || (SELECT errata.me()) AND name LIKE '%.segment'))
    AND (name LIKE '%.part' OR name = box || '/' || encode(sha256(data), 'hex') || '.segment'));
REVOKE ALL ON SCHEMA errata FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA errata FROM PUBLIC;
INSERT INTO errata.person VALUES (session_user, '', true);
"""

_ITS_VERSION = """
-- version: how many of the migrations it has had; 1 where this table is missing. oldest: the first that may use it.
CREATE TABLE errata.meta (version integer NOT NULL, oldest integer NOT NULL);
GRANT SELECT ON errata.meta TO PUBLIC;
INSERT INTO errata.meta VALUES (2, 1);
"""

_REMOVING = """
CREATE POLICY removes ON errata.object FOR DELETE USING ((SELECT errata.is_lead()));
UPDATE errata.meta SET version = 3;
"""

_MIGRATIONS = (_FIRST, _ITS_VERSION, _REMOVING)
"""What makes the schema, and brings an older one up to date. One that was released is never changed: a change is one
more at the end, which sets errata.meta, and leaves `oldest` as it is where older programs can go on.
"""

VERSION = len(_MIGRATIONS)

_PUT = (
    "INSERT INTO errata.object (name, data) VALUES (%s, %s)"
    " ON CONFLICT (name) DO UPDATE SET data = excluded.data WHERE object.sha256 <> excluded.sha256"
)
_GET = "SELECT name, data FROM errata.object WHERE name = ANY(%s)"
_REMOVE = "DELETE FROM errata.object WHERE name = %s"
_LIST = "SELECT name, size, sha256 FROM errata.object WHERE "


class PostgresHub(Hub):
    can_be_sealed = False  # the server checks each segment's hash against its name

    def __init__(self, url: str) -> None:
        super().__init__(url)
        options = f"-c statement_timeout={_STATEMENT_MS}"
        with self._errors():
            self._db = psycopg.connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS, options=options)
            version, oldest = self._version()
            if oldest > VERSION:
                raise HubError(f"{self.shown}: the hub was brought up to date by a newer Errata; update to use it")
            if 0 < version < VERSION and self._db.execute("SELECT errata.is_lead()").fetchone() == (True,):
                self.start()

    def start(self) -> None:
        """Make the schema, or bring an older one up to date: all of it or nothing."""
        with self._errors(), self._db.transaction():
            if self._version()[0]:  # of two programs of the lead's, the second waits here
                self._db.execute("SELECT 1 FROM errata.person WHERE is_lead FOR UPDATE")
            for migration in _MIGRATIONS[self._version()[0] :]:
                self._db.execute(migration)

    def _version(self) -> tuple[int, int]:
        """The version of the schema, and the oldest program that may use it; (0, 0) where there is none yet."""
        tables = self._db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'errata'").fetchall()
        if ("meta",) not in tables:
            return (1, 1) if tables else (0, 0)
        ((version, oldest),) = self._db.execute("SELECT version, oldest FROM errata.meta").fetchall()
        return version, oldest

    def invite(self, name: str) -> str:
        role, password = f"errata_{name}"[:63], secrets.token_urlsafe(18)
        known = sql.Identifier(role)
        with self._errors(), self._db.transaction():
            make = "CREATE ROLE {} LOGIN PASSWORD {}"
            if self._db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
                make = "ALTER ROLE {} LOGIN PASSWORD {}"
            self._db.execute(sql.SQL(make).format(known, sql.Literal(password)))
            self._db.execute("INSERT INTO errata.person VALUES (%s, %s, false) ON CONFLICT DO NOTHING", (role, name))
            rights = "SELECT, INSERT (name, data), UPDATE (data)"
            for grant in ("USAGE ON SCHEMA errata TO {}", f"{rights} ON errata.object TO {{}}"):
                self._db.execute(sql.SQL("GRANT " + grant).format(known))
        parts = urlsplit(self.url)
        place = parts.netloc.rpartition("@")[2]
        return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{password}@{place}"))

    def _put(self, name: str, data: bytes) -> None:
        with self._errors():
            self._db.execute(_PUT, (name, data))

    def _get(self, name: str) -> bytes | None:
        return self._get_many([name])[0]

    def _get_many(self, names: Sequence[str]) -> list[bytes | None]:
        with self._errors():
            found: dict[str, bytes] = dict(self._db.execute(_GET, (list(names),), binary=True).fetchall())
        return [found.get(name) for name in names]

    def _remove(self, name: str) -> None:
        with self._errors():
            self._db.execute(_REMOVE, (name,))

    def _list(self, box: str) -> Iterator[Listed]:
        with self._errors():
            try:
                if box in ("inbox", "outbox"):
                    rows = self._db.execute(_LIST + "box LIKE %s", (f"{box}/%",)).fetchall()
                else:
                    rows = self._db.execute(_LIST + "box = %s", (box,)).fetchall()
            except (errors.UndefinedTable, errors.InvalidSchemaName):
                return
        yield from (Listed(*row) for row in rows)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What the server says, as one clear line."""
        try:
            yield
        except errors.InsufficientPrivilege as error:
            raise NoPermission(f"{self.shown}: no permission: {_first_line(error)}") from error
        except errors.DiskFull as error:
            raise HubError(f"{self.shown}: the server's disk is full") from error
        except psycopg.Error as error:
            raise HubError(f"{self.shown}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


HUB = PostgresHub
