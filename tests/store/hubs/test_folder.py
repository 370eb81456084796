"""What is particular to a folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from store.hubs import Hub, HubError, NoPermission, open_hub
from tests.programs import ROOT, run
from tests.store.hubs.conftest import litter
from tests.store.hubs.test_every_hub import an_object, names


@pytest.fixture
def hub(root: Path) -> Hub:
    return open_hub(str(root))


def test_a_folder_is_named_by_its_path_or_url(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, data = an_object()
    open_hub(str(root)).put(name, data)
    monkeypatch.setenv("HOME", str(root.parent))
    monkeypatch.chdir(root.parent)
    for url in (root.as_uri(), f"file:{root.as_uri().removeprefix('file://')}", f"~/{root.name}", root.name):
        assert open_hub(url).get(name) == data


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name, said in (("none", "there is no such folder; mount its disk"), ("file", "this is not a folder")):
        with pytest.raises(HubError, match=said):
            open_hub(str(tmp_path / name))
    with pytest.raises(HubError, match="no kind of hub begins with gopher:"):
        open_hub("gopher://x/")


def test_foreign_files_are_passed_over(hub: Hub, root: Path) -> None:
    """Those of sync programs, of programs that were killed, and of anybody."""
    name, data = an_object()
    hub.put(name, data)
    box = root / "outbox" / "rev-03"
    stem = name.rsplit("/", 1)[1].removesuffix(".segment")
    for foreign in (
        f"{stem}.sync-conflict-20260101-120000-ABCDEFG.segment",
        f".syncthing.{stem}.segment.tmp",
        f"{stem} (conflicted copy).segment",
        f".{stem}.segment.tmp",
        f"{stem}.segment~",
        f"{stem}.segment.part",
        f".tmp-{stem}",
        ".DS_Store",
    ):
        (box / foreign).write_bytes(b"?")
    litter(root)
    assert names(hub, "outbox") == names(hub, "outbox/rev-03") == {name}


@pytest.mark.timeout(10)
def test_what_is_no_plain_file_is_not_read(hub: Hub, root: Path) -> None:
    box = root / "outbox" / "rev-03"
    box.mkdir(parents=True)
    os.mkfifo(box / ("d" * 64 + ".segment"))
    (box / ("b" * 64 + ".segment")).mkdir()
    (box / ("c" * 64 + ".segment")).symlink_to("/etc/passwd")
    for letter in "bcd":
        assert hub.get(f"outbox/rev-03/{letter * 64}.segment") is None


def test_a_file_is_whole_or_not_there(hub: Hub, root: Path) -> None:
    """As the system sees it: written elsewhere in the folder, brought to the disk, renamed, and the folder too."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    name, _ = an_object()
    code = f"from store.hubs import open_hub; open_hub({str(root)!r}).put({name!r}, b'data')"
    log = root / "log"
    watch = [strace, "-f", "-y", "-e", "trace=fsync,/^rename,/^link", "-o", log]
    subprocess.run([*map(str, watch), sys.executable, "-c", code], check=True, cwd=ROOT)
    calls = re.findall(r"(\w+)\((.*rev-03.*)\)", log.read_text())
    assert [call for call, _ in calls] == ["fsync", "rename", "fsync"]
    assert [".tmp-" in arguments for _, arguments in calls] == [True, True, False]


_KILLED = """
import os, sys
from store.hubs import open_hub
hub = open_hub(sys.argv[1])
os.replace = os.rename = lambda *a, **k: os._exit(9)
import pathlib; pathlib.Path.replace = os.replace
hub.put(sys.argv[2], b"data")
"""


def test_a_program_that_is_killed_leaves_nothing_that_counts(hub: Hub, root: Path) -> None:
    name, data = an_object()
    with pytest.raises(AssertionError):
        run(_KILLED, root, name)
    assert [path.name[:5] for path in (root / "outbox" / "rev-03").iterdir()] == [".tmp-"]
    assert names(hub, "outbox") == set()
    hub.put(name, data)
    assert names(hub, "outbox") == {name}


def fill(hub: Hub, disk: Path, said: str) -> None:
    """Put what is too much for a disk."""
    name, data = an_object(os.urandom(2 << 20))
    with pytest.raises(HubError, match=rf"{said}: outbox/rev-03/.* cannot be written"):
        hub.put(name, data)
    assert names(hub, "outbox") == set()
    assert list((disk / "outbox" / "rev-03").iterdir()) == [], "not even a part is left in the way"
    small, data = an_object()
    hub.put(small, data)
    assert hub.get(small) == data


def test_a_full_disk(small_disk: Path) -> None:
    fill(open_hub(str(small_disk)), small_disk, "the disk is full")


def test_a_disk_that_may_not_be_written(small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(NoPermission, match="the disk is read-only"):
        open_hub(str(small_disk)).put(*an_object())


_AS_NOBODY = """
import os, sys
import store.hubs.folder
from store.hubs import NoPermission, open_hub
os.setgid(65534); os.setuid(65534)
hub = open_hub(sys.argv[1])
for act in (lambda: hub.put(sys.argv[2], b"data"), lambda: hub.get(sys.argv[2]), lambda: list(hub.list("outbox"))):
    try:
        act()
    except NoPermission as error:
        print(str(error).removeprefix(sys.argv[1]))
"""


def test_no_permission(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only the super-user can become somebody else")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        root = Path(folder)
        root.chmod(0o755)
        hub = open_hub(folder)
        hub.start()
        name, data = an_object()
        hub.put(name, data)
        (root / "outbox").chmod(0o700)
        said = run(_AS_NOBODY, folder, name).splitlines()
    assert said == [
        f": no permission: {name} cannot be written",
        f": no permission: {name} cannot be read",
        ": no permission: outbox cannot be read",
    ]


def test_a_disk_that_went_away(hub: Hub, root: Path) -> None:
    root.rmdir()
    with pytest.raises(HubError, match="the folder is gone; is its disk mounted"):
        list(hub.list("outbox"))
