"""Nothing in a trajectory acts on the terminal that a plain command writes to; and a pipe gets the exact data.

docs/security.md says what was tried, and how much of it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store import Store
from store.sync.hub_book import join_hub
from store.sync.mail import Mail
from store.sync.segment import sign_segment
from tests.end_to_end.attacks import ATTACKS
from tests.end_to_end.hostile import add_hostile, hostile_rubric, hostile_texts
from tests.end_to_end.terminal import PATIENCE, environment, errata
from tests.end_to_end.wire import COMMANDS, Blind, faults
from tests.tui.cli.conftest import session_file
from tui.cli import errata as group

pytestmark = pytest.mark.timeout(600)  # dozens of programs, on a machine that does much else

TEXTS = [attack.text for attack in ATTACKS]


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _file_name(text: str, ending: str) -> str:
    """A text as a file name: all but NUL and the slash may stand in one, up to 255 bytes."""
    name = (
        text.replace("\0", "").replace("/", "|").encode("utf-8", "surrogateescape" if _is_bytes(text) else "replace")
    )
    return os.fsdecode(name[: 250 - len(ending)]).strip(".") + ending


_ERRORS = {True: "surrogateescape", False: "replace"}


def _is_bytes(text: str) -> bool:
    return not any("\ud800" <= char <= "\udc7f" or "\udd00" <= char <= "\udfff" for char in text)


def _files(folder: Path, texts: Sequence[str]) -> None:
    """Files with hostile names and contents: sessions, and every way of nearly being one."""
    for number, text in enumerate(texts):
        at = folder / f"{number}"
        step = (f"thought {text}", f"command {text}", f"output {text}", 1)
        session_file(at / _file_name(text, ".traj.json"), [step], f"task{number} {text}")
        quoted = json.dumps(text)
        messages = f'[{{"role": {quoted}, "content": {quoted}}}, {{"role": "assistant", "content": {quoted}}}]'
        broken = {
            "a.json": f'{{"trajectory_format": "mini-swe-agent-1.1", "info": {{}}, "messages": {messages}}}',
            "b.json": f'{{"trajectory_format": {quoted}, "messages": {{{quoted}: {quoted}}}, {quoted}: 1}}',
            "c.jsonl": f'{{"type": {quoted}, "uuid": {quoted}, "message": {quoted}}}\n{{"type": "user"}}\n{text}',
            "d.cast": f'{{"version": 2, "width": 80, "height": 24, "title": {quoted}}}\n[1, "o", {quoted}]\n[{text}',
            "e.traj": f'{{"trajectory": [{{"action": {quoted}, "observation": 1, {quoted}: 2}}], "history": 3}}',
            "f.json": f'{{"schema_version": "ATIF-v1.4", "session_id": {quoted}, "steps": [{{"source": 1}}]}}',
            "g.json": text,
        }
        for name, content in broken.items():
            _write(at / (_file_name(text, name) if number % 2 else name), content.encode("utf-8", "surrogatepass"))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(_file_name(text, ".json").encode("utf-8", "replace").decode() or "x", "{}")
        _write(at / "h.zip", packed.getvalue())
        _write(
            at / "rubric.toml", f"name = {quoted}\n[[code]]\nid = {quoted}\n{text}".encode("utf-8", "surrogatepass")
        )


def _written(arguments: Sequence[object], store: Path, **names: str) -> tuple[bytes, int]:
    """What a command writes to a terminal that is its stdout and its stderr, and its exit code."""
    command = errata("--store", store, "--as", "alice", *arguments)
    with Blind(command, size=(100, 30), env=environment("xterm-256color", **names)) as terminal:
        code = terminal.wait_for_end()
        return terminal.raw, code


def _commands(store: Path, files: Path, texts: Sequence[str]) -> Iterator[list[object]]:
    """Every command, on everything hostile that it takes, in all the ways that print something else."""
    text = "".join(texts).replace("\0", "").encode("utf-8", "replace").decode()
    odd = next(files.glob("1/*.traj.json"))
    yield ["import", files]
    yield ["import", files]
    yield ["import", *sorted(files.glob("*/*"))[:200]]
    yield ["import", odd, "--format", "swe-agent"]
    yield ["import", files / "no such" / text[:200]]
    yield ["import", "--format", text[:200], files]
    yield ["import", "--json", files / "0"]
    yield ["list"]
    yield ["list", "--json"]
    with Store(store, write=False) as opened:
        heads = opened.trajectories.all()
    for head in heads[: len(texts) // 12 + 1]:
        yield ["show", head.number, "--all"]
    yield ["show", 1, "--step", 1]
    yield ["show", 1, "--json"]
    yield ["show", text[:200]]
    yield ["show", "t"]
    yield ["search", "pwned", "--all"]
    yield ["search", text[:200]]
    yield ["search", "--json", "pwned"]
    yield ["guide"]
    for what in ("note", "why", "comment", "ask"):
        extra = {"note": ["--mistake", "B1"], "why": ["--suggest", text[:300]]}.get(what, [])
        yield ["annotate", 1, "--step", 1, *extra, f"--{what}={text[:300]}"]
    yield ["annotate", 1, "--step", 1, f"--rate={text[:100]}"]
    yield ["annotate", 1, "--step", 1, f"--mistake={text[:100]}"]
    yield ["annotate", 1, f"--answer={text[:100]}"]
    yield ["annotate", 1, f"--answer={text[:100]}=x"]
    yield ["annotate", 1, "--undo"]
    yield ["submit", 1]
    yield ["submit", text[:100]]
    yield ["rubric", "show"]
    yield ["rubric", "show", "--json"]
    yield ["rubric", "check", files / "1" / "rubric.toml"]
    yield ["rubric", "use", odd]
    for kind in ("annotations", "atif"):
        yield ["export", kind]
        yield ["export", kind, "--output", files / _file_name(text, kind)]
    yield ["export", text[:100]]
    yield ["verify"]
    yield ["verify", "--rebuild"]
    yield ["backup", files / _file_name(text, "backup")]
    yield ["recover", "--output", files / _file_name(text, "recovered")]
    damaged = Path(shutil.copy(store, files / "damaged.db"))
    with closing(sqlite3.connect(damaged)) as raw, raw:
        raw.execute("UPDATE step SET data = x'00'")
    yield ["recover", "--store", damaged]
    yield ["doctor"]
    yield ["doctor", "--json"]
    yield from _syncing(store, files, text)
    yield ["review", "no such " + text[:100]]  # one that is there would open
    yield [text[:100].lstrip("-")]
    yield [f"--{text[:100]}"]
    yield ["list", "--store", files / _file_name(text, ".db")]
    yield ["list", "--as", text[:100]]
    yield ["demo", "--as", text[:100]]


def _syncing(store: Path, files: Path, text: str) -> Iterator[list[object]]:
    """Hostile sessions for a reviewer, and what a hostile reviewer sends a lead."""
    hub, other, name = files / "hub", files / "bob.db", text[:100]
    hub.mkdir()
    yield ["hub", "init", "work", hub]
    yield ["hub", "init", name, hub]
    yield ["hub", "init", "x", files / _file_name(text, "")]
    yield ["hub", "add", name.lstrip("-"), hub]
    with Store(other) as opened:
        join_hub(opened, "bob", "work", str(hub))
        mail = Mail(opened, "bob")
        key = mail.team.key
        for n, author in enumerate((text, "bob")):
            line = json.dumps({"v": 9, "id": text, "author": author}).encode()
            for place, data in [
                sign_segment(key, "events", "bob", "outbox/bob", f"{n}", None, [line]),
                sign_segment(key, "events", text, "outbox/bob", text, None, [text.encode("utf-8", "replace")]),
                sign_segment(key, "notices", "bob", "outbox/bob", text, None, [line]),
            ]:
                _write(hub / place, data)
    _write(hub / "outbox" / _file_name(text, "") / f"{'a' * 64}.segment", b"x")
    _write(hub / "outbox" / "bob" / _file_name(text, ".segment"), b"x")
    yield ["sync"]
    yield ["hub", "trust", "bob", key.public]
    yield ["hub", "share", "1", "2", "--to", "bob"]
    yield ["hub", "share", name.lstrip("-"), "--to", name.lstrip("-")]
    yield ["hub", "trust", name.lstrip("-"), name.lstrip("-")]
    yield ["sync", "--json"]
    yield ["sync", name.lstrip("-")]
    yield ["hub", "invite", "bob"]
    yield ["hub", "list"]
    yield ["hub", "list", "--json"]
    yield ["sync", "--store", other, "--as", "bob"]
    with closing(sqlite3.connect(store)) as raw:
        event = raw.execute("SELECT id FROM event WHERE value IS NOT NULL").fetchone()[0]
        (session,) = raw.execute("SELECT id FROM trajectory WHERE number = 1").fetchone()
    yield ["redact", name.lstrip("-"), "--reason", name]
    yield ["redact", event, f"--reason={text[:1000]}"]
    yield ["show", "1"]
    yield ["redact", "1", "--trajectory", f"--reason={text[:1000]}"]
    yield ["show", session[:10]]


def _fill(folder: Path, texts: Sequence[str]) -> tuple[Path, Path]:
    store, files = folder / "store.db", folder / "files"
    with Store(store) as opened:
        opened.use_rubric(hostile_rubric(texts[0]))
        for start in range(0, len(texts), 12):
            add_hostile(opened, texts[start : start + 12], start)
    _files(files, texts)
    return store, files


def _try_all(folder: Path, texts: Sequence[str], **names: str) -> None:
    store, files = _fill(folder, texts)
    tried = size = 0
    used = set()
    for arguments in _commands(store, files, texts):
        raw, code = _written(arguments, store, **names)
        found = faults(raw, COMMANDS)
        assert not found, f"errata {ascii(arguments)[:300]}: {found[:5]}"
        assert b"Traceback" not in raw and code in (0, 1, 2), f"errata {ascii(arguments)[:300]}: {raw[-2000:]!r}"
        tried, size = tried + 1, size + len(raw)
        used.add(str(arguments[0]))
    assert used >= set(group.list_commands(click.Context(group)))
    print(f"{len(texts)} texts, {tried} commands, {size} bytes")  # noqa: T201
    shutil.rmtree(files)


def test_known_attacks(tmp_path: Path) -> None:
    _try_all(tmp_path, TEXTS)


def test_known_attacks_where_the_terminal_has_no_unicode(tmp_path: Path) -> None:
    _try_all(tmp_path, ["".join(TEXTS[at : at + 12]) for at in range(0, len(TEXTS), 12)], LANG="C", NO_COLOR="1")


@pytest.mark.slow
@settings(max_examples=max(1, settings().max_examples // 500))
@given(texts=st.lists(hostile_texts, min_size=20, max_size=24, unique=True))
def test_many_made_up_attacks(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        _try_all(Path(folder), texts)


# -- a pipe


def _piped(store: Path, *arguments: object) -> Any:
    ended = subprocess.run(
        errata("--store", store, "--as", "alice", *arguments),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert not faults(ended.stdout.replace(b"\n", b""), {}), "JSON is ASCII that no terminal obeys"
    return json.loads(ended.stdout)


def test_json_holds_the_exact_data(tmp_path: Path) -> None:
    store = tmp_path / "store.db"
    with Store(store) as opened:
        id_ = add_hostile(opened, TEXTS)
    shown = _piped(store, "show", id_, "--json")
    wanted = [
        {
            "thought": f"thought{number}z {text}",
            "reasoning": f"reasoning{number}z {text}",
            "command": f"command{number}z {text}",
            "output": f"output{number}z {text}\n{text}\r\n{text}",
            "cwd": f"cwd{number}z{text}",
            "pointer": text,
        }
        for number, text in enumerate(TEXTS)
    ]
    found = [{name: step[name] for name in wanted[0]} for step in shown["steps"]]
    # As JSON, in which the two halves of a surrogate pair are the one character that they encode.
    assert json.dumps(found) == json.dumps(wanted)
    assert json.dumps(shown["task"]["instructions"]) == json.dumps(f"task0z {TEXTS[0]}\n" + "\n".join(TEXTS))
