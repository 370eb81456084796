"""The device's key."""

from __future__ import annotations

from pathlib import Path

import pytest

from reviewer.errors import ErrataError
from store.sync.keys import device_key, is_signed, key_path, short_key


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    store = tmp_path / "made" / "errata.db"
    key = device_key(store)
    assert device_key(store).public == key.public
    assert [path.name for path in store.parent.iterdir()] == ["errata.db.key"]
    assert key_path(store).stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    store = tmp_path / "errata.db"
    device_key(store)
    key_path(store).chmod(0o644)
    device_key(store)
    assert key_path(store).stat().st_mode & 0o777 == 0o600


def test_two_stores_have_two_keys(tmp_path: Path) -> None:
    assert device_key(tmp_path / "one.db").public != device_key(tmp_path / "two.db").public


def test_a_signature_holds_for_one_key_and_one_text(tmp_path: Path) -> None:
    one, two = device_key(tmp_path / "one.db"), device_key(tmp_path / "two.db")
    signature = one.sign(b"text")
    assert is_signed(bytes.fromhex(one.public), b"text", signature)
    assert not is_signed(bytes.fromhex(one.public), b"texT", signature)
    assert not is_signed(bytes.fromhex(two.public), b"text", signature)
    assert not is_signed(b"short", b"text", signature)
    assert not is_signed(bytes(32), b"text", bytes(64)), "a key of small order signs nothing"


def test_a_damaged_key_is_said_to_be_one(tmp_path: Path) -> None:
    store = tmp_path / "errata.db"
    key_path(store).write_bytes(b"")
    with pytest.raises(ErrataError, match="not a key; put back the file from a backup"):
        device_key(store)


def test_a_key_that_cannot_be_kept_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ErrataError, match="key cannot be read or kept"):
        device_key(tmp_path / "file" / "errata.db")


def test_people_compare_sixteen_digits() -> None:
    assert short_key("0123456789abcdef" * 4) == "0123-4567-89ab-cdef"
