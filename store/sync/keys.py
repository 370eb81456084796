"""Ed25519 keys: each device has one, and signs with it what it sends (RFC 8032; libsodium, through PyNaCl).

The key stands in a file beside the store, not in it: a copy of the store, or a backup that is passed around, gives
nobody the means to sign. PyNaCl is imported when something is signed or checked: it takes 15 ms.
"""

from __future__ import annotations

import os
import secrets
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from reviewer.errors import ErrataError

if TYPE_CHECKING:
    from nacl.signing import SigningKey

KEY_BYTES, SIGNATURE_BYTES = 32, 64

_SSH_KIND = b"ssh-ed25519"

SHORT_KEY = 16
"""Hex digits that tell keys apart and can be read out over the telephone: to find another key with the same takes
2**64 attempts."""


class DeviceKey:
    """A device's key. public: its public half, 64 hex digits."""

    def __init__(self, signing: SigningKey) -> None:
        self._signing = signing
        self.public: str = signing.verify_key.encode().hex()

    def sign(self, data: bytes) -> bytes:
        """The signature over the data, 64 bytes."""
        signature: bytes = self._signing.sign(data).signature
        return signature

    def openssh(self) -> bytes:
        """Both halves as in a file of `ssh-keygen -t ed25519` without a passphrase (OpenSSH's PROTOCOL.key)."""
        public = bytes.fromhex(self.public)
        private = bytes(8) + _ssh_strings(_SSH_KIND, public, self._signing.encode() + public, b"")
        private += bytes(range(1, -len(private) % 8 + 1))
        before = _ssh_strings(b"none", b"none", b"") + (1).to_bytes(4, "big")
        data = b"openssh-key-v1\0" + before + _ssh_strings(_ssh_strings(_SSH_KIND, public), private)
        return b"\n".join(
            [b"-----BEGIN OPENSSH PRIVATE KEY-----", b64encode(data), b"-----END OPENSSH PRIVATE KEY-----", b""]
        )


def key_path(store: Path) -> Path:
    """Where the key of a store's device stands."""
    return store.with_name(store.name + ".key")


def device_key(store: Path) -> DeviceKey:
    """The key of a store's device, made at the first need and readable by its owner only.

    Raises ErrataError when it cannot be read or kept.
    """
    from nacl.signing import SigningKey

    path = key_path(store)
    try:
        if not path.exists():
            _keep(path, SigningKey.generate().encode())
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
        seed = path.read_bytes()
    except OSError as error:
        message = f"{path}: this device's key cannot be read or kept: {error.strerror}"
        raise ErrataError(message) from error
    if len(seed) != KEY_BYTES:
        message = f"{path}: not a key; put back the file from a backup, or move it away to get a new key"
        raise ErrataError(message)
    return DeviceKey(SigningKey(seed))


def is_signed(key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the signature over the data was made with this public key."""
    from nacl.exceptions import BadSignatureError
    from nacl.signing import VerifyKey

    try:
        VerifyKey(key).verify(data, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def ssh_public_key(public: str) -> str:
    """A public key as ssh and age take it: "ssh-ed25519 AAAA..." (RFC 8709)."""
    return f"{_SSH_KIND.decode()} {b64encode(_ssh_strings(_SSH_KIND, bytes.fromhex(public))).decode()}"


def _ssh_strings(*strings: bytes) -> bytes:
    """Strings as ssh has them, each after its length (RFC 4251, section 5)."""
    return b"".join(len(string).to_bytes(4, "big") + string for string in strings)


def short_key(public: str) -> str:
    """A public key as people compare it: "3f2a-91c0-77de-0b12"."""
    return "-".join(public[at : at + 4] for at in range(0, SHORT_KEY, 4))


def _keep(path: Path, seed: bytes) -> None:
    """Write the key whole or not at all; where another program was faster, its key stands."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(seed)
            out.flush()
            os.fsync(out.fileno())
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink(missing_ok=True)
