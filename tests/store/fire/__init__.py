"""A disk whose power can be cut, and that can refuse to write: the store's real code is run over it.

disk.py  the disk: what was asked of it, and what may be left of that; sqlite.py  a SQLite that writes to it
acts.py  what is done over it; program.py  the program that does it; checks.py  what must be left
"""
