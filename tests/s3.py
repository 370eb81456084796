"""A real S3 server on this machine, started for the tests: moto's, which also knows accounts and their policies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.request import Request, urlopen

import boto3

_SERVE = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


class S3Server:
    """endpoint: its URL. It ends with this program."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", _SERVE]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout
        self.endpoint = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def make_bucket(self, name: str) -> None:
        self._ask("PUT", f"/{name}")

    def empty(self) -> None:
        """As if it had just been started."""
        self._ask("POST", "/moto-api/reset")

    def account(self, name: str, policy: dict[str, Any]) -> tuple[str, str]:
        """A new account's access key and secret key."""
        iam = boto3.client(
            "iam", "us-east-1", endpoint_url=self.endpoint, aws_access_key_id="x", aws_secret_access_key="x"
        )
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="errata", PolicyDocument=json.dumps(policy))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Meanwhile it asks who somebody is, and what their policies let them do."""
        self._ask("POST", "/moto-api/reset-auth", b"0")
        try:
            yield
        finally:
            self._ask("POST", "/moto-api/reset-auth", b"inf")

    def _ask(self, method: str, path: str, data: bytes | None = None) -> None:
        request = Request(self.endpoint + path, data, {"Content-Type": "text/plain"}, method=method)
        urlopen(request, timeout=30).close()

    def close(self) -> None:
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
