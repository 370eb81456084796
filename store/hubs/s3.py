"""A bucket as a hub: `s3://bucket/prefix`, at Amazon or whoever speaks S3's language.

`?region=eu-central-1` says where the bucket is, `?endpoint=https://s3.example.org` who serves it. A connection that
is not encrypted is made only where the endpoint in the URL begins with `http:`.

Credentials are those of the usual AWS programs and never in the URL: the environment (`AWS_ACCESS_KEY_ID` ...), the
profile that `aws configure` wrote (`AWS_PROFILE`), or what a machine of Amazon's is given. An object is put whole or
not at all, and over one that is there. Who may read and write what, the bucket's policies say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as ConfigError
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from store.hubs.hub import MAX_OBJECT, Hub, HubError, Listed, NoPermission

try:
    import obstore
    from obstore.exceptions import BaseError
    from obstore.store import S3Store
except ImportError as error:
    message = "an S3 hub needs obstore: pip install obstore (or pipx inject errata obstore)"
    raise HubError(message) from error

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_OPTIONS = ("region", "endpoint")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")

_CONNECT_SECONDS = 4
_READ_SECONDS = 30
"""In which something has to come of what is read."""

_PUT_SECONDS = 300
"""For an object of 8 MiB that is 28 kB/s."""

_WHY = {
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key is not that of the access key",
    "ExpiredToken": "the credentials have expired; log in again",
    "InvalidToken": "the session token is not valid; log in again",
    "RequestTimeTooSkewed": "this machine's clock is wrong",
    "PermanentRedirect": "the bucket is in another region; say which with ?region=",
    "AuthorizationHeaderMalformed": "the bucket is in another region; say which with ?region=",
    "SlowDown": "the server has too much to do; sync again later",
}
"""The server's codes. AccessDenied is a matter of its own."""


class _Place(NamedTuple):
    """Where a URL points."""

    bucket: str
    prefix: str
    region: str
    endpoint: str


class S3Hub(Hub):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        place = _read_url(url, self.shown)
        config = _profile(self.shown)
        if place.region:
            config["region"] = place.region
        if place.endpoint:
            config["endpoint"] = config["aws_endpoint_url_s3"] = place.endpoint
        retry: RetryConfig = {
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=_CONNECT_SECONDS * 2),
            "backoff": {"max_backoff": timedelta(seconds=1)},
        }

        def store(seconds: ClientConfig) -> S3Store:
            client: ClientConfig = {
                "allow_http": place.endpoint.startswith("http:"),
                "connect_timeout": timedelta(seconds=_CONNECT_SECONDS),
                **seconds,
            }
            prefix = place.prefix or None
            return S3Store(place.bucket, prefix=prefix, config=config, client_options=client, retry_config=retry)

        with self._errors():
            self._reader = store({"read_timeout": timedelta(seconds=_READ_SECONDS), "timeout": timedelta(hours=1)})
            self._writer = store({"timeout": timedelta(seconds=_PUT_SECONDS)})

    def start(self) -> None:
        for _ in self._list("team"):
            return

    def _put(self, name: str, data: bytes) -> None:
        with self._errors(f": {name} cannot be written"):
            obstore.put(self._writer, name, data, use_multipart=False)

    def _get(self, name: str) -> bytes | None:
        with self._errors(f": {name} cannot be read"):
            try:
                found = obstore.get(self._reader, name)
            except FileNotFoundError as error:
                if _code(error) == "NoSuchBucket":
                    raise
                return None
            whole = bytearray()
            for piece in found:
                whole += piece
                if len(whole) > MAX_OBJECT:
                    break
        return bytes(whole[: MAX_OBJECT + 1])

    def _remove(self, name: str) -> None:
        with self._errors(f": {name} cannot be removed"), suppress(FileNotFoundError):
            obstore.delete(self._writer, name)

    def _list(self, box: str) -> Iterator[Listed]:
        with self._errors(f": {box} cannot be read"):
            for page in obstore.list(self._reader, box):
                for about in page:
                    yield Listed(about["path"], about["size"], about["e_tag"] or about["last_modified"].isoformat())

    @contextmanager
    def _errors(self, what: str = "") -> Iterator[None]:
        """What the server or the line says, as one clear line."""
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            code, said = _code(error), str(error)
            if code in _WHY:
                raise HubError(f"{self.shown}: {_WHY[code]}") from error
            if "latest/" in said or "security-credentials" in said:
                hint = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or `aws configure`"
                raise HubError(f"{self.shown}: no credentials are set up here: {hint}") from error
            if code == "AccessDenied" or "403 Forbidden" in said or "401 Unauthorized" in said:
                raise NoPermission(f"{self.shown}: no permission{what}") from error
            if "builder error" in said:
                hint = "an endpoint that begins with http: has to be in the hub's URL"
                raise HubError(f"{self.shown}: {hint}") from error
            if "error sending request" in said or "timed out" in said:
                raise HubError(f"{self.shown}: the server does not answer; is there a network?") from error
            raise HubError(f"{self.shown}{what}: {code or said.splitlines()[0][:200]}") from error


def _read_url(url: str, shown: str) -> _Place:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise HubError(f"{shown}: {error}") from error
    options = dict(parse_qsl(parts.query))
    prefix, endpoint = unquote(parts.path).strip("/"), options.get("endpoint", "").rstrip("/")
    if "@" in parts.netloc:
        raise HubError(f"{shown}: credentials in the URL are not used; `aws configure` keeps them")
    if not _BUCKET.fullmatch(parts.netloc):
        raise HubError(f"{shown}: {parts.netloc!r} is no name of a bucket; a hub is s3://bucket/prefix")
    if not prefix.isprintable() or (prefix and {"", ".", ".."} & set(prefix.split("/"))):
        raise HubError(f"{shown}: {prefix!r} is no place in a bucket")
    if unknown := sorted(options.keys() - set(_OPTIONS)):
        raise HubError(f"{shown}: there is no option {unknown[0]}; there are {' and '.join(_OPTIONS)}")
    if endpoint and not re.match(r"https?://[^/]", endpoint):
        raise HubError(f"{shown}: the endpoint has to begin with https:// (or http://)")
    return _Place(parts.netloc, prefix, options.get("region", ""), endpoint)


def _code(error: Exception) -> str:
    """What the server calls the error, in the XML that it answers with."""
    code = re.search(r"<Code>(\w+)</Code>", str(error))
    return code[1] if code else ""


def _profile(shown: str) -> S3Config:
    """What the files of the usual AWS programs say, as far as the environment does not say it.

    Source: docs.aws.amazon.com/sdkref/latest/guide/file-format.html
    """
    environ = os.environ
    name = environ.get("AWS_PROFILE", "default")
    section: dict[str, str] = {}
    for variable, file, title in (
        ("AWS_CONFIG_FILE", "~/.aws/config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials", name),
    ):
        path = Path(environ.get(variable, file)).expanduser()
        parser = ConfigParser(interpolation=None, default_section="")
        try:
            parser.read(path, encoding="utf-8")
        except (ConfigError, OSError, UnicodeDecodeError) as error:
            raise HubError(f"{shown}: {path} cannot be read: {str(error).splitlines()[0]}") from error
        if parser.has_section(title):
            section |= parser[title]
    config: S3Config = {}
    if "AWS_ACCESS_KEY_ID" not in environ and "aws_access_key_id" in section:
        config["access_key_id"] = section["aws_access_key_id"]
        config["secret_access_key"] = section.get("aws_secret_access_key", "")
        if "aws_session_token" in section:
            config["session_token"] = section["aws_session_token"]
    elif "AWS_PROFILE" in environ and "AWS_ACCESS_KEY_ID" not in environ:
        hint = f"eval $(aws configure export-credentials --profile {name} --format env)"
        raise HubError(f"{shown}: profile {name} has no keys in ~/.aws; if it logs in otherwise: {hint}")
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or section.get("region")
    config["region"] = region or "us-east-1"
    return config


HUB = S3Hub
