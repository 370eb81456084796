"""What is particular to a bucket, tried on a real server."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from store.hubs import Hub, HubError, NoPermission, open_hub
from tests.store.hubs.conftest import S3Place, s3
from tests.store.hubs.test_every_hub import an_object, names


@pytest.fixture
def place(tmp_path: Path) -> Iterator[S3Place]:
    yield from s3(tmp_path)


@pytest.fixture
def hub(place: S3Place) -> Hub:
    return place.open()


NAME, DATA = an_object()


# -- where it is


def test_a_bucket_may_have_several_hubs(place: S3Place, hub: Hub) -> None:
    hub.put(NAME, DATA)
    whole = open_hub(f"s3://team/?endpoint={place.server.endpoint}/")
    other = open_hub(f"S3://team/the%20hub2?endpoint={place.server.endpoint}&region=us-east-1")
    for each in (whole, other):
        assert names(each, "outbox") == set()
        assert each.get(NAME) is None
    whole.put(NAME, DATA)
    assert names(whole, "outbox") == {NAME}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("s3://", "'' is no name of a bucket"),
        ("s3://a/b", "'a' is no name of a bucket"),
        ("s3://-team/b", "'-team' is no name of a bucket"),
        ("s3://[x/b", "s3:"),
        ("s3://team/../b", "is no place in a bucket"),
        ("s3://team/a//b", "is no place in a bucket"),
        ("s3://team/a%0ab", "is no place in a bucket"),
        ("s3://team/b?secret=geheim", "there is no option secret; there are region and endpoint"),
        ("s3://key:geheim@team/b", "credentials in the URL are not used"),
        ("s3://team/b?endpoint=127.0.0.1:9000", "the endpoint has to begin with https://"),
        ("s3://team/b?endpoint=file:///etc", "the endpoint has to begin with https://"),
    ],
)
def test_what_is_no_bucket(bad: str, said: str) -> None:
    with pytest.raises(HubError, match=said) as refused:
        open_hub(bad)
    assert "\n" not in str(refused.value)


def test_a_bucket_that_is_none(place: S3Place) -> None:
    hub = open_hub(f"s3://nowhere/x?endpoint={place.server.endpoint}")
    acts: list[Callable[[], Any]] = [
        hub.start,
        lambda: list(hub.list("team")),
        lambda: hub.put(NAME, DATA),
        lambda: hub.get(NAME),
    ]
    for act in acts:
        with pytest.raises(HubError, match="there is no such bucket") as refused:
            act()
        assert "\n" not in str(refused.value)


def test_more_objects_than_a_page_has(hub: Hub) -> None:
    put = {an_object(str(n).encode())[0]: str(n).encode() for n in range(1100)}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hub.put, put, put.values()))
    assert names(hub, "outbox/rev-03") == names(hub, "outbox") == set(put)


# -- the line


def test_only_the_url_makes_a_connection_that_is_not_encrypted(
    place: S3Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, place.server.endpoint)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    with pytest.raises(HubError, match="an endpoint that begins with http: has to be in the hub's URL"):
        list(open_hub("s3://team/x").list("team"))


def test_the_endpoint_in_the_url_counts(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    hub = place.open()
    hub.put(NAME, DATA)
    assert hub.get(NAME) == DATA


@pytest.mark.parametrize("host", ["127.0.0.1:1", "nowhere.invalid"])
def test_no_network_is_said_soon(place: S3Place, host: str) -> None:
    hub = open_hub(f"s3://team/x?endpoint=http://{host}")
    for act in (lambda: list(hub.list("team")), lambda: hub.put(NAME, DATA), lambda: hub.get(NAME)):
        begin = time.monotonic()
        with pytest.raises(HubError, match=r"the server does not answer; is there a network\?") as refused:
            act()
        assert time.monotonic() - begin < 15
        assert "\n" not in str(refused.value)


def test_a_server_that_stalls(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_READ_SECONDS", "_PUT_SECONDS", "_CONNECT_SECONDS"):
        monkeypatch.setattr(f"store.hubs.s3.{name}", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hub = open_hub(f"s3://team/x?endpoint=http://127.0.0.1:{silent.getsockname()[1]}")
        for act in (lambda: list(hub.list("team")), lambda: hub.put(NAME, DATA), lambda: hub.get(NAME)):
            with pytest.raises(HubError, match="the server does not answer"):
                act()


# -- who one is


def test_credentials_are_those_of_the_usual_programs(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"s3://team/hub?endpoint={place.server.endpoint}"
    key, secret = place.server.account("bob", policy("bob"))
    aws = Path.home() / ".aws"
    aws.mkdir()
    (aws / "config").write_text("[default]\nregion = us-east-1\n[profile work]\nregion = us-east-1\n")
    keys = f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    name, data = an_object(b"x", "outbox/bob")
    with place.server.guarded():
        (aws / "credentials").write_text(f"[default]\n{keys}")
        open_hub(url).put(name, data)
        (aws / "credentials").write_text(f"[work]\n{keys}[default]\naws_access_key_id = x\n")
        with pytest.raises(HubError, match="the access key is not known there"):
            open_hub(url).put(name, data)
        monkeypatch.setenv("AWS_PROFILE", "work")
        open_hub(url).put(name, data)
        monkeypatch.setenv("AWS_PROFILE", "sso")
        with pytest.raises(HubError, match=r"profile sso has no keys .* export-credentials --profile sso"):
            open_hub(url)
        monkeypatch.delenv("AWS_PROFILE")
        (aws / "credentials").write_text("no section\n")
        with pytest.raises(HubError, match="credentials cannot be read: File contains no section headers"):
            open_hub(url)


def test_no_credentials(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")
    begin = time.monotonic()
    with pytest.raises(HubError, match="no credentials are set up here: AWS_ACCESS_KEY_ID and") as refused:
        list(place.open().list("team"))
    assert time.monotonic() - begin < 15
    assert "\n" not in str(refused.value)


def test_a_wrong_secret(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    key, _ = place.server.account("bob", policy("bob"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    with place.server.guarded(), pytest.raises(HubError, match="the secret key is not that of the access key"):
        place.open().put(*an_object(b"x", "outbox/bob"))


def policy(name: str) -> dict[str, Any]:
    """What docs/hubs.md gives a reviewer."""
    bucket, hub = "arn:aws:s3:::team", "arn:aws:s3:::team/hub"
    boxes = [f"inbox/{name}", f"outbox/{name}", "team"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket,
             "Condition": {"StringLike": {"s3:prefix": [f"hub/{box}/*" for box in boxes]}}},
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": [f"{hub}/{box}/*" for box in boxes]},
            {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{hub}/outbox/{name}/*"},
        ],
    }  # fmt: skip


def test_what_a_reviewer_may_not(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not tried: the lists, which the policy's condition keeps to the reviewer's boxes. This server ignores it."""
    url = f"s3://team/hub?endpoint={place.server.endpoint}"
    hub = open_hub(url)
    for box in ("team", "inbox/bob", "inbox/eve", "outbox/eve"):
        hub.put(*an_object(box.encode(), box))
    key, secret = place.server.account("bob", policy("bob"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    bob = open_hub(url)
    with place.server.guarded():
        bob.put(*an_object(b"mine", "outbox/bob"))
        for box in ("team", "inbox/bob"):
            assert bob.get(an_object(box.encode(), box)[0]) == box.encode()
            assert len(names(bob, box)) == 1
        for box in ("inbox/eve", "outbox/eve"):
            with pytest.raises(NoPermission, match=r"no permission: .* cannot be read"):
                bob.get(an_object(box.encode(), box)[0])
        for box in ("team", "inbox/bob", "inbox/eve", "outbox/eve"):
            with pytest.raises(NoPermission, match=r"no permission: .* cannot be written"):
                bob.put(*an_object(b"forged", box))
        store = S3Store("team", endpoint=place.server.endpoint, client_options={"allow_http": True})
        with pytest.raises(BaseError, match="AccessDenied"):
            obstore.delete(store, f"hub/{an_object(b'mine', 'outbox/bob')[0]}")
    assert len(names(hub, "outbox/bob")) == 1
