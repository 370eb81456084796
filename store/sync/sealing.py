"""Sealing: what goes through a hub that others can read is encrypted to those whom it is for (age-encryption.org/v1).

A segment is signed first and sealed then; a part of a trajectory is sealed as it is. The name stays the hash of what
is inside, so an object may be sealed anew to other devices and is the same object. It is the layer between a sync and
its hub, and as much a generator as the sync is: whoever asks the hub sees sealed bytes only, and the keys that count
are those of the very moment.

A device's signing key is its age key as well: age takes ssh-ed25519 keys. That one key may do both has a proof
(E. Thormarker, "On using the same key pair for Ed25519 and an X25519 based KEM", IACR ePrint 2021/509), and what is
sealed is under a key derived with a tweak of age's own.

Whoever cannot open what lies in a box of theirs says so, as of what is damaged (store/sync/mail.py), and whoever
holds it puts it again, sealed to all of today's devices. So a device that is trusted later gets what was sent before.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from store.hubs.hub import HubError, Listed, owner_of, split_name
from store.sync.keys import DeviceKey, ssh_public_key
from store.sync.segment import Refused

if TYPE_CHECKING:
    from store.sync.request import Request, Steps
    from store.sync.team import Team

_FIRST_LINE = b"age-encryption.org/v1\n"
_END_OF_HEADER = b"\n--- "

MAX_HEADER = 1 << 14
"""Bytes: more than a hundred devices. To try whether one of 220 kB is for this device takes 40 s."""

_LEAST = len(_FIRST_LINE) + 66 + 44 + 48 + 16 + 16
"""What sealing adds at least: of an ssh-ed25519 recipient two lines, the header's end, a nonce and a tag."""

_ADDED = range(_LEAST, MAX_HEADER + (4 << 10))
"""How many bytes sealing adds: by how many devices there are, and by chance, since rage puts in a line that means
nothing. What was cut off within these is noticed by whoever opens it."""

_OPEN = "team"
"""The box that all may read: it is how a lead is met."""


class _Sealed(Listed):
    """An object as listed where all are sealed."""

    def may_be(self, size: int) -> bool:
        return self.size - size in _ADDED


def seal(data: bytes, keys: Collection[str]) -> bytes:
    """The data, for the devices with these keys to open. A key that cannot be one is passed over."""
    from pyrage import RecipientError, encrypt, ssh

    recipients = []
    for key in sorted(keys):
        with suppress(RecipientError):
            recipients.append(ssh.Recipient.from_str(ssh_public_key(key)))
    sealed: bytes = encrypt(data, recipients)
    return sealed


def unseal(data: bytes, key: DeviceKey) -> bytes:
    """What was sealed for this device. Raises Refused."""
    from pyrage import DecryptError, decrypt, ssh

    if not data.startswith(_FIRST_LINE):
        raise Refused("damaged", "is not sealed, in a hub where all must be")
    if _END_OF_HEADER not in data[:MAX_HEADER]:
        raise Refused("damaged", "the seal is damaged, or for too many devices")
    try:
        inside: bytes = decrypt(data, [ssh.Identity.from_buffer(key.openssh())])
    except DecryptError as error:
        if "No matching keys" in str(error):
            raise Refused("sealed", "sealed for other devices than this one") from error
        raise Refused("damaged", "the seal is damaged") from error
    return inside


def sealed(steps: Steps, team: Team) -> Steps:
    """The same sync, with what it puts sealed, and what it gets opened or refused."""
    answer: Any = None
    error: HubError | Refused | None = None
    while True:
        try:
            request = steps.throw(error) if error else steps.send(answer)
        except StopIteration:
            return
        answer = error = None
        try:
            answer = _open(request, (yield _close(request, team)), team)
        except (HubError, Refused) as problem:
            error = problem


def _close(request: Request, team: Team) -> Request:
    box = split_name(request.name)[0] if request.verb == "put" else _OPEN
    if box == _OPEN:
        return request
    return request._replace(data=seal(request.data, team.keys(team.lead) | team.keys(owner_of(box))))


def _open(request: Request, answer: Any, team: Team) -> Any:
    if request.name.partition("/")[0] == _OPEN or not answer:
        return answer
    if request.verb == "list":
        return [_Sealed(*listed) for listed in answer]
    if request.names:
        return [_opened(data, team) for data in answer]
    return unseal(answer, team.key) if request.verb == "get" else answer


def _opened(data: bytes | None, team: Team) -> bytes | Refused | None:
    """One of several: what is wrong with it stops none of the others."""
    try:
        return unseal(data, team.key) if data is not None else None
    except Refused as error:
        return error
