"""Secrets: found by their shape, gone after redaction. All of them were made up here."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewer.formats import read_trajectories
from reviewer.secrets import find_secrets, redact, redact_text
from reviewer.trajectory import Action, Step, Trajectory
from tests.strategies import texts

MIXED = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1V2w3X4"


def made(prefix: str, length: int) -> str:
    """Put together when the tests run, so that no scanner of this repository takes it for a real one."""
    return prefix + MIXED[:length]


BODY = "\n".join([MIXED + "AbCdEfGhIjKlMnOp"] * 3)
KEY = f"-----BEGIN OPENSSH {'PRIVATE'} KEY-----\n{BODY}\n-----END OPENSSH {'PRIVATE'} KEY-----"

SECRETS = {
    "aws-access-key": "AKIA" + "Q3EGRIYF5ZTWXL7K",
    "github-token": made("ghp_", 36),
    "gitlab-token": made("glpat-", 20),
    "anthropic-key": made("sk-ant-api03-", 48),
    "openrouter-key": "sk-or-v1-" + "0f1e2d3c" * 8,
    "openai-key": made("sk-proj-", 48),
    "api-key": made("sk-", 48),
    "stripe-key": made("sk_live_", 24),
    "slack-token": made("xoxb-123456789012-", 24),
    "google-key": made("AIza", 35),
    "huggingface-token": made("hf_", 34),
    "npm-token": made("npm_", 36),
    "pypi-token": made("pypi-AgEIcHlwaS5vcmc", 48) + MIXED,
    "sendgrid-key": f"SG.{MIXED[:22]}.{MIXED[:43]}",
    "telegram-token": f"123456789:AA{MIXED[:33]}",
    "jwt": f"eyJ{MIXED[:20]}.eyJ{MIXED[:30]}.{MIXED[:40]}",
    "private-key": KEY,
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("around", ["{}", "export X={}", 'Authorization: "{}"', "a {}, b\n", "curl -H 'x: {}' y"])
def test_known_shapes(kind: str, around: str) -> None:
    text = around.format(SECRETS[kind])
    (secret,) = find_secrets(text)
    assert (text[secret.start : secret.end], secret.kind) == (SECRETS[kind], kind)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("git clone https://ann:s3cr3tPw9@git.example.org/x", "url-password", "s3cr3tPw9"),
        ("postgres://app:Zk4-qR@db:5432/app", "url-password", "Zk4-qR"),
        ("curl https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/" + MIXED[:24], "slack-webhook", None),
        ("PGPASSWORD=x9Kq2Lm7Zt psql", "password", "x9Kq2Lm7Zt"),
        ('{"api_key": "9f8A7d6C5b4E3a2F1"}', "password", "9f8A7d6C5b4E3a2F1"),
        ("db_password: 'tR4!vX9q.Ln2'", "password", "tR4!vX9q.Ln2"),
        ("tool --token 4fJ8sK2mQ9xW1z", "password", "4fJ8sK2mQ9xW1z"),
        ("Authorization: Bearer 7dK3mQ9xZ2vB5nL8", "password", "7dK3mQ9xZ2vB5nL8"),
        ("AWS_SECRET_ACCESS_KEY=" + "wJ4lrX7tnF3MI/K7MD9NG+bPx2RfiCY5kQ8zTq1A", "password", None),
        ("password password x9Kq2Lm7Zt", "password", "x9Kq2Lm7Zt"),
    ],
)
def test_named_secrets(text: str, kind: str, value: str | None) -> None:
    (secret,) = find_secrets(text)
    assert secret.kind == kind
    assert value in (None, text[secret.start : secret.end])


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "sk-learn sk-short task-force-9000",
        "password = getpass.getpass()",
        "token = tokenizer.next_token2()",
        "tokenizer = Qwen2Tokenizer.from_pretrained(x)",
        "export TOKEN=$MY_TOKEN1",
        "password: ${DB_PASSWORD_1}",
        "password=changeme1 token=<your-token-1>",
        "secret_key = os.environ['SECRET_KEY_1']",
        "--token-file /run/secrets/token_v2",
        "api_key=your_api_key_123",
        "password_field_id1 = form.password_2",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "http://localhost:8000/a@b and http://user@host:22/",
        "postgres://$USER:$PASS@host/db",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "grep -c 'BEGIN PRIVATE KEY' a.pem",
        "Token count: 12345678, secrets 2024-01-02T03:04:05",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    assert find_secrets(text) == []


def test_a_key_whose_end_was_cut_off_is_gone_all_the_same() -> None:
    head = KEY.partition("-----END")[0]
    assert redact_text(f"$ cat key\n{head}\nnext line of words").split("\n") == [
        "$ cat key",
        *["<redacted:private-key>"] * 4,
        "",
        "next line of words",
    ]


def test_redaction_keeps_the_lines() -> None:
    text = f"a\r\n{KEY}\r\nb {SECRETS['jwt']} c\n"
    redacted = redact_text(text)
    assert redacted.count("\n") == text.count("\n")
    assert redacted.startswith("a\r\n<redacted:private-key>\n") and redacted.endswith("\r\nb <redacted:jwt> c\n")


def test_a_secret_goes_from_everywhere(trajectory: Trajectory) -> None:
    password, token = "x9Kq2Lm7Zt", SECRETS["github-token"]
    step = Step(
        1,
        1,
        Action("bash", f"PGPASSWORD={password} psql", arguments={"env": {"T": [token]}, "password": "q8Wn4Vb6Yc"}),
        output=f"connected with {password}\n{token}\n",
        thought=f"The password is {password}.",
        reasoning=token,
        prompt=f"Use {token}, q8Wn4Vb6Yc",
        cwd=f"/{token}",
    )
    whole = replace(trajectory, steps=[step], task=replace(trajectory.task, instructions=f"{token}\n{password}"))
    redacted = redact(whole)
    assert all(value not in redacted.canonical.decode() for value in (password, token, "q8Wn4Vb6Yc"))
    (after,) = redacted.steps
    assert after.command == "PGPASSWORD=<redacted:password> psql"
    assert after.output == "connected with <redacted:password>\n<redacted:github-token>\n"
    assert after.action is not None
    assert after.action.arguments == {"env": {"T": ["<redacted:github-token>"]}, "password": "<redacted:password>"}
    assert redacted.source == whole.source
    assert redact(redacted) == redacted
    assert redact(trajectory) is trajectory


@given(st.lists(texts | st.sampled_from([*SECRETS.values(), "password=", " ", "\n", '"', "://a:b@", "-----BEGIN "])))
def test_never_raises_and_leaves_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = find_secrets(text)
    assert all(0 <= secret.start < secret.end <= len(text) for secret in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    redacted = redact_text(text)
    assert redacted.count("\n") == text.count("\n")
    assert all(text[start:end] not in redacted for start, end, _ in found)


def test_no_secret_is_seen_in_real_sessions_that_have_none(corpus: Path) -> None:
    """False alarms train people to look away. A regular expression for a flag in a CTF is the one known."""
    for path in sorted(corpus.glob("*/*.traj*")):
        for trajectory in read_trajectories(path):
            assert redact(trajectory) is trajectory, path.name
