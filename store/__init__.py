"""What is kept and how it travels: the local SQLite file, its event log, and (later) the hubs it syncs with.

The store never draws. Everything a screen or a script needs is a method of `Store` or of one of its parts.
"""

from store.store import Store

__all__ = ["Store"]
