"""A folder on a server that people reach by ssh: `ssh://[user@]host[:port]/path`, or the same with `sftp:`.

The path is as in sftp's URLs: `/srv/team` is a folder of the server, `/~/team` one below where the user comes in.
What is in it is what a folder hub has, so that one folder may be both. Who may read and write what, the server's
accounts and their rights say.

The system's own `ssh` connects, with all that the user has set up for it: configuration, keys, agent, jump hosts. It
asks nothing (BatchMode). `ERRATA_SSH` names another program that takes the same options, or gives it more of them:
`ERRATA_SSH="ssh -F /path/to/config"`. Nothing but SFTP is asked of the server; no program is run there.
"""

from __future__ import annotations

import os
import re
import secrets
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote

from store.hubs import sftp
from store.hubs.hub import MAX_OBJECT, Hub, HubError, Listed, NoPermission
from store.hubs.pipe import Broken, Pipe, Stalled
from store.hubs.sftp import Attributes, Failed, Garbled, Sftp

_BOXES = ("team", "inbox", "outbox")

_PATIENCE = 60.0
"""Seconds in which something has to come from the server."""

_OPTIONS = (
    "BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=10", "ServerAliveCountMax=3", "LogLevel=ERROR",
    "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "PermitLocalCommand=no", "RemoteCommand=none",
    "RequestTTY=no", "Compression=yes",
)  # fmt: skip
"""Compressed: what a list has of an object takes 47 bytes on the line then, instead of 241."""

_URL = re.compile(r"(?:ssh|sftp)://(?:([^/]*)@)?(\[[^/\]]*\]|[^:/@]*)(?::([0-9]+))?(/.*)?", re.IGNORECASE | re.DOTALL)
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]*")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\]")
"""Nothing that begins like an option (CVE-2017-1000117), and nothing that means something to the shell to which ssh
gives a ProxyCommand (CVE-2023-51385).
"""

_WHY = (
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "the server shows another key than before: ask whoever runs it why"),
    ("Host key verification failed", "the server's key is not known here: connect once with `{ssh}`"),
    (r"Permission denied \(|Too many authentication failures",
     "the server takes none of your keys: `{ssh}` must get in without a password (ssh-copy-id, ssh-add)"),
    ("Could not resolve hostname", "there is no host of this name, or no network"),
    ("Connection refused", "the host has no ssh server at this port"),
    ("timed out|No route to host|Network is unreachable", "the host does not answer; is there a network?"),
    ("subsystem request failed", "the server has no SFTP (sshd_config: Subsystem sftp internal-sftp)"),
)  # fmt: skip
"""What ssh says, and what that means for whoever reads it."""


class _Place(NamedTuple):
    """Where a URL points. path: absolute, or from where the user comes in."""

    user: str
    host: str
    port: str
    path: str

    @property
    def options(self) -> list[str]:
        return [*(["-p", self.port] if self.port else []), *(["-l", self.user] if self.user else [])]

    @property
    def ssh(self) -> str:
        """What one types to get there."""
        return shlex.join(["ssh", *(["-p", self.port] if self.port else []), "@".join(filter(None, self[:2]))])


class SshHub(Hub):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._place = _read_url(url, self.shown)
        with self._errors("the folder", "read"):
            self._sftp = Sftp(self._pipe())
            root = self._sftp.ask([sftp.stat_(self._place.path)])[0]
            if isinstance(root, Failed) and root.code != sftp.NO_SUCH_FILE:
                raise root
        if isinstance(root, Failed) or not root.is_folder:
            raise HubError(f"{self.shown}: there is no such folder on the server; make it first")

    def start(self) -> None:
        with self._errors("the folder", "written"):
            self._make_folders(_BOXES)

    def _put(self, name: str, data: bytes) -> None:
        """Three round trips: to make a file, to fill it, and to give it its name once it is known to be whole."""
        path, folder = self._path(name), name.rpartition("/")[0]
        new = f"{self._path(folder)}/.tmp-{secrets.token_hex(8)}"
        with self._errors(name, "written"):
            handle, above = self._create(new, folder)
            try:
                self._fill(handle, data)
                size = self._rename(new, path, above)
            except Failed:
                self._sftp.ask([sftp.remove(new)])
                raise
            finally:
                self._sftp.let_go([above])
        if size != len(data):
            raise HubError(f"{self.shown}: {name} is not there as it was written; is the server's disk failing?")

    def _create(self, path: str, folder: str) -> tuple[bytes, bytes | None]:
        """A new file, and the folder that it is in as a file, where the server opens one: to have it synced."""
        ask = [sftp.new_file(path), sftp.open_file(self._path(folder))]
        handle, above = self._sftp.ask(ask)
        if isinstance(handle, Failed) and handle.code == sftp.NO_SUCH_FILE:
            self._make_folders([folder[:at] for at in range(len(folder) + 1) if folder[at : at + 1] in ("/", "")])
            handle, above = self._sftp.ask(ask)
        if isinstance(handle, Failed):
            self._sftp.let_go([above])
            raise handle
        return handle, above if isinstance(above, bytes) else None

    def _fill(self, handle: bytes, data: bytes) -> None:
        """Write a file, have it brought to the disk where the server can, and close it."""
        blocks = (sftp.write(handle, at, data[at : at + sftp.BLOCK]) for at in range(0, len(data), sftp.BLOCK))
        sync = [sftp.fsync(handle)] if sftp.FSYNC in self._sftp.extensions else []
        for answer in self._sftp.ask(chain(blocks, sync, [sftp.close(handle)])):
            if isinstance(answer, Failed):
                raise answer

    def _rename(self, path: str, to: str, above: bytes | None) -> int:
        """Give a file its name, over another of that name. Returns the size that is then listed."""
        can = self._sftp.extensions
        rename = sftp.posix_rename if sftp.POSIX_RENAME in can else sftp.rename
        sync = [sftp.fsync(above)] if above and sftp.FSYNC in can else []
        renamed, *_, there = self._sftp.ask([rename(path, to), *sync, sftp.lstat(to)])
        if isinstance(renamed, Failed) and sftp.POSIX_RENAME not in can:
            _, renamed, *_, there = self._sftp.ask([sftp.remove(to), rename(path, to), *sync, sftp.lstat(to)])
        for answer in (renamed, there):
            if isinstance(answer, Failed):
                raise answer
        size: int = there.size
        return size

    def _get(self, name: str) -> bytes | None:
        """Two round trips. What is no plain file is opened too, but not read; a pipe would keep the server waiting,
        and this hub until its patience ends. Lists have none.
        """
        path = self._path(name)
        with self._errors(name, "read"):
            about, handle = self._sftp.ask([sftp.lstat(path), sftp.open_file(path)])
            try:
                for answer in (about, handle):
                    if isinstance(answer, Failed):
                        if answer.code == sftp.NO_SUCH_FILE:
                            return None
                        raise answer
                return self._sftp.content(handle, min(about.size, MAX_OBJECT + 1)) if about.is_file else None
            finally:
                self._sftp.let_go([handle])

    def _remove(self, name: str) -> None:
        with self._errors(name, "removed"):
            (refused,) = self._sftp.ask([sftp.remove(self._path(name))])
            if isinstance(refused, Failed) and refused.code != sftp.NO_SUCH_FILE:
                raise refused

    def _list(self, box: str) -> Iterator[Listed]:
        """A mark is a time in whole seconds; SFTP tells no more."""
        boxes = [box]
        if box in ("inbox", "outbox"):
            boxes = [f"{box}/{name}" for _, name, about in self._entries([box]) if about.is_folder]
        for folder, name, about in self._entries(boxes):
            if about.is_file:
                yield Listed(f"{folder}/{name}", about.size, f"{about.modified}")

    def _entries(self, folders: list[str]) -> Iterator[tuple[str, str, Attributes]]:
        """Of each folder what is in it, but for hidden names."""
        with self._errors(folders[0] if len(folders) == 1 else "a box", "read"):
            names = {self._path(folder): folder for folder in folders}
            missing = False
            for path, entries in self._sftp.folders(list(names)):
                if isinstance(entries, Failed):
                    if entries.code != sftp.NO_SUCH_FILE:
                        raise entries
                    missing = True
                    continue
                for name, about in entries:
                    if not name.startswith(".") and "/" not in name:
                        yield names[path], name, about
            if missing:
                self._sftp.one(sftp.stat_(self._place.path))

    def close(self) -> None:
        self._sftp.close()

    def _path(self, name: str) -> str:
        return f"{self._place.path.rstrip('/')}/{name}"

    def _make_folders(self, folders: Sequence[str]) -> None:
        """Make what is not there. SFTP has no code that says that something is."""
        paths = [self._path(folder) for folder in folders]
        made = self._sftp.ask([*map(sftp.make_folder, paths), *map(sftp.stat_, paths)])
        for refused, there in zip(made, made[len(paths) :], strict=False):
            if isinstance(there, Failed):
                raise refused or there

    def _pipe(self) -> Pipe:
        """An ssh that speaks SFTP."""
        place = self._place
        try:
            program = shlex.split(os.environ.get("ERRATA_SSH", "")) or ["ssh"]
        except ValueError as error:
            raise HubError(f"ERRATA_SSH is no command: {error}") from error
        options = [f"-o{option}" for option in _OPTIONS]
        try:
            return Pipe([*program, *options, *place.options, "-s", "--", place.host.strip("[]"), "sftp"], _PATIENCE)
        except OSError as error:
            what = f"`{program[0]}` cannot be run ({error.strerror})"
            raise HubError(f"{self.shown}: {what}; install OpenSSH's client, or name it with ERRATA_SSH") from error

    @contextmanager
    def _errors(self, name: str, verb: str) -> Iterator[None]:
        """What the server or ssh says, as one clear line."""
        try:
            yield
        except Failed as error:
            raise self._refused(error, f"{name} cannot be {verb}", verb == "written") from error
        except Garbled as error:
            hint = "do the start-up files of its shell print something?"
            raise HubError(f"{self.shown}: what answers does not speak SFTP ({error}); {hint}") from error
        except Stalled as error:
            raise HubError(f"{self.shown}: the server does not answer; sync again later") from error
        except Broken as error:
            raise HubError(f"{self.shown}: {self._why(error.said)}") from error

    def _refused(self, error: Failed, what: str, writes: bool) -> HubError:
        if error.code == sftp.PERMISSION_DENIED:
            return NoPermission(f"{self.shown}: no permission: {what}")
        if error.code == sftp.NO_SUCH_FILE:
            return HubError(f"{self.shown}: the folder is gone from the server: {what}")
        if writes and sftp.STATVFS in self._sftp.extensions:
            (space,) = self._sftp.ask([sftp.statvfs(self._place.path)])
            if isinstance(space, sftp.Space) and space.read_only:
                return NoPermission(f"{self.shown}: the server's disk is read-only: {what}")
            if isinstance(space, sftp.Space) and space.free < MAX_OBJECT:
                return HubError(f"{self.shown}: the server's disk is full: {what}")
        maybe = "; is its disk full, or a quota reached?" if writes else ""
        return HubError(f"{self.shown}: {what}: the server says {error.said or error.code}{maybe}")

    def _why(self, said: str) -> str:
        for pattern, reason in _WHY:
            if re.search(pattern, said):
                return reason.format(ssh=self._place.ssh)
        lines = said.split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f"ssh says: {last[:200]}" if last else "the connection broke off; sync again"


def _read_url(url: str, shown: str) -> _Place:
    match = _URL.fullmatch(url)
    if match is None:
        raise HubError(f"{shown}: an ssh hub is ssh://[user@]host[:port]/path")
    user, host, port, path = (part or "" for part in match.groups())
    if ":" in user:
        raise HubError(f"{shown}: a password in the URL is not used; ssh has keys for that")
    user, path = unquote(user), unquote(path)
    if (user and not _USER.fullmatch(user)) or not _HOST.fullmatch(host):
        raise HubError(f"{shown}: {user or host!r} is no name that ssh is given")
    if not path or not path.isprintable():
        raise HubError(f"{shown}: which folder? ssh://host/path, or ssh://host/~/path from where you come in")
    if path == "/~" or path.startswith("/~/"):
        path = path[3:] or "."
    return _Place(user, host, port, path)


HUB = SshHub
