"""Who the lead is, and whose keys are believed. The lead decides; the lead's signed notices tell the others.

A store works for one lead. The lead's store believes the keys that the lead named; a reviewer's store believes the
lead's keys, its own, and those that the lead says are the same reviewer's other devices.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from reviewer.errors import ErrataError
from store.hubs.hub import owner_of
from store.store import LEADS_HERE, Store
from store.sync.keys import SHORT_KEY, DeviceKey, device_key, short_key

_LEAD = "lead"


class Team:
    """The team of a store, as `me` sees it."""

    def __init__(self, store: Store, me: str) -> None:
        self._store = store
        self._db = store.connection
        self.me = me

    @cached_property
    def key(self) -> DeviceKey:
        """This device's key, made at the first need."""
        return device_key(self._store.path)

    @property
    def lead(self) -> str:
        """The lead's name. Raises ErrataError before one is known."""
        row = self._db.row("SELECT value FROM meta WHERE key = ?", (_LEAD,))
        if row is None:
            raise ErrataError(
                "no hub is set up yet; `errata hub add NAME URL` (or `hub init`, as the lead) does that"
            )
        name: str = row[0]
        return name

    @property
    def is_lead(self) -> bool:
        """Whether this store speaks for the lead. Raises ErrataError where another device of the lead's does."""
        if self.me != self.lead:
            return False
        if self.key.public not in self.keys(self.me):
            key = short_key(self.key.public)
            raise ErrataError(f"{self.me} is the lead of this hub, but this device's key ({key}) is not the lead's")
        return True

    def keys(self, author: str) -> set[str]:
        """The public keys by which an author's segments are believed."""
        keys = {key for (key,) in self._db.rows("SELECT key FROM trusted WHERE author=? AND NOT revoked", (author,))}
        if author == self.me != self.lead and self.key.public not in self.revoked(author):
            keys.add(self.key.public)
        return keys

    def revoked(self, author: str) -> set[str]:
        return {key for (key,) in self._db.rows("SELECT key FROM trusted WHERE author=? AND revoked", (author,))}

    @property
    def is_trusted(self) -> bool:
        """Whether the lead has said to believe this device."""
        query = "SELECT 1 FROM trusted WHERE author = ? AND key = ? AND NOT revoked"
        return self._db.row(query, (self.me, self.key.public)) is not None

    def check_key(self) -> None:
        """Raises ErrataError when the lead no longer believes this device."""
        if self.key.public in self.revoked(self.me):
            key = short_key(self.key.public)
            raise ErrataError(f"the lead has revoked this device's key ({key}); what is written here stays here")

    @property
    def reviewers(self) -> list[str]:
        """Who has a key that the lead believes, but for the lead."""
        rows = self._db.rows("SELECT DISTINCT author FROM trusted WHERE author <> ? ORDER BY author", (self.lead,))
        return [author for (author,) in rows]

    def author_of(self, box: str) -> str:
        """Who writes what is in a box."""
        return owner_of(box) if box.startswith("outbox/") else self.lead

    # -- changes; each in the caller's transaction or one of its own

    def start(self, *, sealed: bool = False) -> None:
        """Make `me` the lead, and this device's key the lead's, in a hub that is sealed or not.

        Raises ErrataError when somebody else is.
        """
        with self._db.transaction():
            self._name_lead(self.me)
            self.believe(self.me, self.key.public)
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?,?)", (LEADS_HERE, self.me))
            self.note("team", kind="key", author=self.me, key=self.key.public, **({"sealed": True} if sealed else {}))

    def join(self, lead: str, key: str) -> None:
        """Work for a lead, who has this key. Raises ErrataError when the store works for another."""
        with self._db.transaction():
            self._name_lead(lead)
            known = self.keys(lead)
            if known and key not in known:
                wanted, found = short_key(min(known)), short_key(key)
                raise ErrataError(f"this store works for {lead} with key {wanted}, and the hub's lead has {found}")
            self.believe(lead, key)
            self.note(f"outbox/{self.me}", kind="hello", key=self.key.public)

    def _name_lead(self, lead: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?,?)", (_LEAD, lead))
        if self.lead != lead:
            raise ErrataError(f"this store works for {self.lead}, not for {lead}: use another, with --store")

    def trust(self, author: str, key: str, *, revoke: bool = False) -> str:
        """As the lead, believe an author's key from now on, or no longer. Returns the key.

        key: all of it, or its first 16 digits where a segment was signed with it. Raises ErrataError.
        """
        if not self.is_lead:
            raise ErrataError(f"only the lead, {self.lead}, says whose keys are believed")
        key = self._whole_key(author, key.lower().replace("-", ""))
        similar = [name for name in self.reviewers if name != author and name.lower() == author.lower()]
        if similar:  # on many disks these two would share a box
            raise ErrataError(f"{author} differs from {similar[0]} in capital letters only")
        if key in self.revoked(author) and not revoke:
            message = (
                f"key {short_key(key)} of {author} was revoked, which is for good: on that device, remove the file "
                "that ends in .key beside the store, `errata hub add` again, and trust the key that it then shows"
            )
            raise ErrataError(message)
        if revoke and key == self.key.public:
            raise ErrataError("this is the key of this device; nobody would believe the lead any more")
        with self._db.transaction():
            if key not in self.keys(author) and not revoke:
                self._seal_anew(author)
            self.believe(author, key, revoked=revoke)
            told = self.reviewers if author == self.lead else [author]
            for reviewer in told:
                for of in (self.lead, reviewer):
                    for known in self.keys(of):
                        self.note(f"inbox/{reviewer}", kind="key", author=of, key=known)
                    for gone in self.revoked(of):
                        self.note(f"inbox/{reviewer}", kind="key", author=of, key=gone, revoked=True)
        return key

    def _seal_anew(self, author: str) -> None:
        """Have all that is in an author's boxes put again: a device of theirs is new, and can open nothing there yet.

        It would ask for it; this spares it the wait, once for what is shared and once for the parts of that.
        """
        if self._db.row("SELECT 1 FROM hub WHERE sealed") is None:
            return
        boxes = (f"inbox/{author}", f"outbox/{author}")
        names = self._db.rows("SELECT name FROM segment WHERE box IN (?,?) AND length(raw)", boxes)
        for (parts,) in self._db.rows("SELECT parts FROM share WHERE reviewer = ?", (author,)):
            names += [(f"inbox/{author}/{part}.part",) for part in json.loads(parts)]
        self._db.executemany("INSERT OR IGNORE INTO again VALUES (?)", names)

    def believe(self, author: str, key: str, *, revoked: bool = False) -> None:
        """Keep that a key is an author's. A revoked one stays revoked. What it signed is looked at again."""
        self._db.execute(
            "INSERT INTO trusted VALUES (?,?,?) ON CONFLICT (author, key) DO UPDATE SET revoked = max(revoked, ?3)",
            (author, key, int(revoked)),
        )
        self._db.execute("UPDATE refused SET seen = '' WHERE key = ?", (key,))

    def note(self, box: str, **notice: Any) -> None:
        """Put a notice where the next segment of a box takes it along. The same one is sent once."""
        line = json.dumps(notice, sort_keys=True)
        self._db.execute("INSERT OR IGNORE INTO notice VALUES (?,?,NULL)", (box, line))

    def _whole_key(self, author: str, key: str) -> str:
        if len(key) == 64 and set(key) <= set("0123456789abcdef"):
            return key
        rows = self._db.rows(
            "SELECT DISTINCT key FROM refused WHERE name GLOB ? AND substr(key, 1, ?) = ?"
            " UNION SELECT key FROM trusted WHERE author = ? AND substr(key, 1, ?) = ?",
            (f"outbox/{author}/*", len(key), key, author, len(key), key),
        )
        if len(key) < SHORT_KEY or len(rows) != 1:
            message = (
                f"nothing of {author} was signed with key {short_key(key[:SHORT_KEY])}: it is 16 digits, as "
                f"`errata hub list` on that device shows; sync on both sides first"
            )
            raise ErrataError(message)
        whole: str = rows[0][0]
        return whole
