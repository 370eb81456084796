"""Events as exact bytes, their ids and their clock."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.errors import ErrataError
from reviewer.event import VERSION, Event, Newer, Subject, decode, new_event_id, next_time, read
from reviewer.review import Heads, Review
from tests.strategies import json_objects, json_values, texts, unicode_texts

_NUMBERS = st.integers(0, 2**62 - 1)


@st.composite
def events(draw: st.DrawFn, text: st.SearchStrategy[str] = unicode_texts) -> Event:
    """Events with any values in their fields."""
    author = draw(text)
    return Event(
        id=draw(text),
        author=author,
        device=draw(text),
        time=draw(_NUMBERS),
        subject=Subject(author, draw(text), draw(_NUMBERS), draw(text), draw(text)),
        value=draw(st.none() | json_objects(text)),
        supersedes=tuple(draw(st.lists(text, max_size=3))),
        command_sha256=draw(st.none() | text),
        rubric=draw(text),
        undoes=draw(st.none() | text),
        seen_through=draw(st.none() | _NUMBERS),
        active_ms=draw(_NUMBERS),
    )


def an_event(**changes: Any) -> dict[str, Any]:
    """The body of an ordinary event."""
    return {
        "v": VERSION,
        "id": "0195a1c0-7e3a-7b6f-9c55-1b1e0f3c2d4a",
        "author": "rev-03",
        "device": "d1",
        "time": 7 << 16,
        "subject": ["rev-03", "ab" * 32, 4, "rating", "agent"],
        "value": {"kind": "rating", "value": -1},
        "supersedes": [],
        "command_sha256": None,
        "rubric": "cd" * 32,
        "undoes": None,
        "seen_through": 4,
        "active_ms": 900,
    } | changes


# -- bytes


@given(events())
def test_an_event_survives_its_bytes(event: Event) -> None:
    raw = event.encode()
    assert b"\n" not in raw
    again = decode(raw)
    assert again == event
    assert again.encode() == raw


@given(events(texts))
def test_what_is_not_unicode_is_replaced_when_written(event: Event) -> None:
    """A suggestion starts as a copy of the agent's command, whose bytes need not be UTF-8."""
    again = decode(event.encode())
    assert again.id == event.id.encode("utf-8", "replace").decode()
    assert again.time == event.time


@given(json_objects(), st.randoms(use_true_random=False), st.sampled_from([None, 1]), st.booleans())
def test_the_bytes_of_others_are_kept_as_they_came(
    extra: dict[str, Any], random: Any, indent: int | None, ascii_only: bool
) -> None:
    """Unknown fields, another order of keys, other spaces: bytes in, the same bytes out."""
    body = list((extra | an_event()).items())
    random.shuffle(body)
    raw = json.dumps(dict(body), indent=indent, ensure_ascii=ascii_only).encode()
    assert decode(raw).encode() == raw


def test_the_envelope_is_pinned() -> None:
    """Other programs, and later versions, read these bytes."""
    body = an_event(id="0195-x", value={"kind": "rating", "value": -1})
    event = decode(json.dumps(body).encode())
    rebuilt = Event(**{name: getattr(event, name) for name in event.__dataclass_fields__ if name != "raw"})
    assert rebuilt.encode().decode() == (
        '{"v":1,"id":"0195-x","author":"rev-03","device":"d1","time":458752,'
        f'"subject":["rev-03","{"ab" * 32}",4,"rating","agent"],"value":{{"kind":"rating","value":-1}},'
        f'"supersedes":[],"command_sha256":null,"rubric":"{"cd" * 32}","undoes":null,'
        '"seen_through":4,"active_ms":900}'
    )


# -- what is refused


def raw_of(**changes: Any) -> bytes:
    return json.dumps(an_event(**changes)).encode()


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (raw_of(author="lead"), "writes a subject of rev-03"),
        (raw_of(v=VERSION + 1), f"an event of version {VERSION + 1}; this program reads up to {VERSION}"),
        (json.dumps({"v": 99}).encode(), "missing required field `id`"),
        (raw_of(v=VERSION + 0.5), "not an event"),
        (raw_of(v=VERSION + 1, author=7), "not an event"),
        (b"", "not an event"),
        (b"\xff\xfe", "not an event"),
        (b"[]", "not an event"),
        (b"{}", "missing required field `v`"),
        (b"[" * 100_000, "not an event"),
        (raw_of()[:-1], "not an event"),
        (raw_of() + b"{}", "not an event"),
        (raw_of(subject="abcde"), "Expected `array`"),
        (raw_of(supersedes="abc"), "Expected `array`"),
        (raw_of(subject=["rev-03", "ab", "4", "rating", "agent"]), "Expected `int`"),
        (raw_of(subject=["rev-03", "ab", -1, "rating", "agent"]), "Expected `int` >= 0"),
        (raw_of(time=2**63), "Expected `int` <"),
        (raw_of(time=True), "Expected `int`"),
        (raw_of(seen_through=""), "Expected `int | null`"),
        (raw_of(id=7), "Expected `str`"),
        (raw_of(undoes=[]), "Expected `str | null`"),
        (raw_of(value=[1]), "Expected `object | null`"),
        (raw_of(value={"kind": "rating", "value": float("nan")}), "not an event"),
        (raw_of().replace(b"900", b"1e999"), "not an event"),
        (raw_of().replace(b'"value": -1', b'"value": 1e999'), "not an event"),
        (raw_of(device="\ud800"), "not an event"),
        (raw_of().replace(b'"value": -1', b'"value": ' + b"9" * 5000), "not an event"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_is_not_an_event_is_refused_with_a_word(raw: bytes, says: str) -> None:
    with pytest.raises(ErrataError) as refused:
        decode(raw)
    assert says in str(refused.value)


@given(json_objects())
def test_an_event_of_a_newer_version_is_kept_unread(extra: dict[str, Any]) -> None:
    raw = json.dumps(extra | {"v": VERSION + 1, "id": "0195-x", "author": "rev-03"}).encode()
    assert read(raw) == Newer("0195-x", "rev-03", VERSION + 1, raw)


def test_an_event_of_this_version_is_read() -> None:
    assert read(raw_of()) == decode(raw_of())


def use(raw: bytes) -> None:
    """Whatever was let in can be used: it breaks neither the fold nor a review."""
    try:
        event = decode(raw)
    except ErrataError:
        return
    assert event.encode() == raw
    assert event.author == event.subject.author
    assert event.at >= 0
    json.dumps(event.value, allow_nan=False).encode()
    heads = Heads([event])
    assert [head.id for head in heads] == [event.id] * (event.id not in event.supersedes)
    review = Review(event.author, event.subject.trajectory, {event.id: event})
    assert len(review.entries()) <= 1
    assert review.status
    review.undo(), review.redo(), review.decisive, review.revealed_through, review.rated_steps


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_refused(raw: bytes) -> None:
    use(raw)


_FIELDS = st.sampled_from(sorted(an_event()))
_HOSTILE: st.SearchStrategy[Any] = st.sampled_from(
    [2**63, -1, 2**62, 1e999, float("nan"), "\ud800", True, 1.0, "", [], {}, None]
)


@given(st.dictionaries(_FIELDS, _HOSTILE | json_values(texts), max_size=3), st.none() | _FIELDS)
def test_an_event_with_other_values_is_an_event_or_refused(changes: dict[str, Any], missing: str | None) -> None:
    body = an_event() | changes
    body.pop(missing or "", None)
    use(json.dumps(body).encode())


@given(st.integers(0, 4), _HOSTILE | json_values(texts))
def test_an_event_about_anything_is_an_event_or_refused(place: int, part: Any) -> None:
    subject: list[Any] = an_event()["subject"]
    subject[place] = part
    use(json.dumps(an_event(subject=subject)).encode())


@given(
    st.sampled_from(
        ["rating", "mistake", "suggestion", "comment", "answer", "hint", "decisive", "reveal", "submission"]
    ),
    st.dictionaries(
        st.sampled_from(["value", "code", "severity", "command", "text", "through", "revision", "state", "mistake"]),
        _HOSTILE | json_values(),
        max_size=3,
    ),
)
def test_a_known_kind_with_any_fields_is_an_event_or_refused(kind: str, fields: dict[str, Any]) -> None:
    subject = ["rev-03", "ab" * 32, 0, kind, ""]
    use(json.dumps(an_event(subject=subject, value={"kind": kind} | fields)).encode())


@given(st.integers(0, 10_000), st.integers(0, 3), st.binary(max_size=3))
def test_a_damaged_event_is_an_event_or_refused(place: int, cut: int, put: bytes) -> None:
    raw = raw_of()
    place %= len(raw)
    use(raw[:place] + put + raw[place + cut :])


# -- ids and the clock


def test_ids_are_uuid_7_in_the_order_of_time() -> None:
    before = time.time_ns() // 1_000_000
    ids = [UUID(new_event_id()) for _ in range(5_000)]
    after = time.time_ns() // 1_000_000
    assert {(id_.version, id_.variant) for id_ in ids} == {(7, "specified in RFC 4122")}
    moments = [id_.int >> 80 for id_ in ids]
    assert before <= moments[0] and moments[-1] <= after
    assert moments == sorted(moments)
    assert len(set(ids)) == len(ids)
    by_text = sorted(str(id_) for id_ in ids)
    assert [UUID(text).int >> 80 for text in by_text] == moments


@given(st.integers(0, 2**62))
def test_the_clock_never_goes_back(last: int) -> None:
    reading = next_time(last)
    assert reading > last
    assert reading >> 16 >= (time.time_ns() // 1_000_000) - 60_000


def test_the_clock_shows_the_wall_clocks_time() -> None:
    event = decode(raw_of(time=next_time(0)))
    assert abs(event.at - time.time()) < 60
