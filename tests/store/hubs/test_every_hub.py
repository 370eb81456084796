"""What every hub promises."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from store.hubs import Hub, HubError
from store.hubs.hub import MAX_OBJECT
from tests.store.hubs.conftest import Place


def an_object(data: bytes = b"data", box: str = "outbox/rev-03", kind: str = "segment") -> tuple[str, bytes]:
    return f"{box}/{hashlib.sha256(data).hexdigest()}.{kind}", data


def names(hub: Hub, box: str) -> set[str]:
    listed = [item.name for item in hub.list(box)]
    assert len(set(listed)) == len(listed)
    return set(listed)


@pytest.mark.parametrize("data", [b"", b"\0\xff\r\n", os.urandom(1 << 20), bytes(MAX_OBJECT)], ids=len)
def test_what_was_put_is_got_and_listed(hub: Hub, place: Place, data: bytes) -> None:
    name, _ = an_object(data)
    hub.put(name, data)
    for reader in (hub, place.open()):
        assert reader.get(name) == data
        ((listed, size, _),) = reader.list("outbox/rev-03")
        assert (listed, size) == (name, len(data))


def test_several_are_got_at_once(hub: Hub) -> None:
    objects = [an_object(str(n).encode(), f"outbox/rev-{n % 3}") for n in range(10)]
    for name, data in objects[:-1]:
        hub.put(name, data)
    assert hub.get_many([name for name, _ in objects]) == [data for _, data in objects[:-1]] + [None]


def test_a_hub_that_was_just_started_is_empty(hub: Hub) -> None:
    for box in ("team", "inbox", "outbox", "outbox/rev-03"):
        assert names(hub, box) == set()
    assert hub.get(an_object()[0]) is None


def test_starting_a_hub_again_harms_nothing(hub: Hub) -> None:
    name, data = an_object()
    hub.put(name, data)
    hub.start()
    assert hub.get(name) == data


def test_a_box_is_listed_alone_or_with_its_like(hub: Hub) -> None:
    boxes = ["outbox/a", "outbox/ab", "outbox/A.b@c+d_e-f", "inbox/a", "team"]
    put = {box: an_object(box.encode(), box)[0] for box in boxes}
    for box, name in put.items():
        hub.put(name, box.encode())
    for box in boxes:
        assert names(hub, box) == {put[box]}
    assert names(hub, "outbox") == {put[box] for box in boxes if box.startswith("outbox/")}
    assert names(hub, "inbox") == {put["inbox/a"]}


def test_to_put_again_is_harmless(hub: Hub) -> None:
    name, data = an_object()
    hub.put(name, data)
    hub.put(name, data)
    assert names(hub, "outbox/rev-03") == {name}
    assert hub.get(name) == data


def test_to_put_again_heals(hub: Hub, place: Place) -> None:
    """A hub that would keep what is there could never be healed."""
    name, data = an_object(b"x" * 1000)
    for damaged in (b"", data[:500], bytes(1000)):
        hub.put(name, data)
        ((_, _, sound),) = hub.list("outbox/rev-03")
        place.damage(name, damaged)
        ((_, size, mark),) = hub.list("outbox/rev-03")
        assert size == len(damaged)
        assert mark != sound, "that it changed shows in the list"
        hub.put(name, data)
        assert hub.get(name) == data


def test_what_is_removed_is_gone(hub: Hub, place: Place) -> None:
    name, data = an_object()
    hub.put(name, data)
    hub.remove(name)
    for reader in (hub, place.open()):
        assert reader.get(name) is None
        assert names(reader, "outbox/rev-03") == set()
    hub.remove(name)  # no fault
    hub.put(name, data)
    assert hub.get(name) == data


def test_several_programs_at_once(hub: Hub, place: Place) -> None:
    objects = [an_object(str(n).encode() * 1000, f"outbox/rev-{n % 3}") for n in range(30)]

    def put_all(reverse: bool) -> None:
        own = place.open()
        for name, data in objects[:: -1 if reverse else 1]:
            own.put(name, data)
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put_all, [False, True, False, True]))
    assert names(hub, "outbox") == {name for name, _ in objects}
    assert all(hub.get(name) == data for name, data in objects)


def test_many_objects_are_listed(hub: Hub) -> None:
    put = {an_object(str(n).encode())[0]: str(n).encode() for n in range(300)}
    for name, data in put.items():
        hub.put(name, data)
    assert names(hub, "outbox/rev-03") == set(put)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.segment",
        "outbox/../team/{h}.segment",
        "outbox/..{h}.segment",
        "/etc/passwd",
        "outbox/rev-03/../../{h}.segment",
        "outbox/.hidden/{h}.segment",
        "outbox/rev-03/{h}.segment\n",
        "outbox/rev-03/{h}.exe",
        "outbox/rev-03/{H}.segment",
        "elsewhere/{h}.segment",
        "outbox/{h}.segment",
        "outbox/a/b/{h}.segment",
        "",
    ],
)
def test_a_name_that_is_none_goes_nowhere(hub: Hub, name: str) -> None:
    name = name.format(h="a" * 64, H="A" * 64)
    with pytest.raises(HubError, match="is no name of an object"):
        hub.put(name, b"")
    with pytest.raises(HubError, match="is no name of an object"):
        hub.get(name)


@pytest.mark.parametrize("box", ["..", "outbox/..", "outbox/a/b", "", "/", "outbox/", "elsewhere", "*"])
def test_a_box_that_is_none(hub: Hub, box: str) -> None:
    with pytest.raises(HubError, match="no box"):
        list(hub.list(box))


def test_what_is_too_large_is_not_put(hub: Hub) -> None:
    name, _ = an_object()
    with pytest.raises(HubError, match="too large for a hub: more than 8 MiB"):
        hub.put(name, bytes(MAX_OBJECT + 1))
    assert names(hub, "outbox/rev-03") == set()


def test_what_is_too_large_is_not_got(hub: Hub, place: Place) -> None:
    name, _ = an_object()
    place.damage(name, bytes(MAX_OBJECT + 1))
    with pytest.raises(HubError, match="larger than anything in a hub"):
        hub.get(name)
