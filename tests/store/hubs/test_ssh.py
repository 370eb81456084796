"""What is particular to a folder behind ssh, tried on a real sshd."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest

from bench.link import Line, Sshd
from store.hubs import Hub, HubError, NoPermission, open_hub
from store.hubs.hub import MAX_OBJECT
from tests.programs import skip
from tests.sshd import an_sshd
from tests.store.hubs.conftest import litter, ssh_url
from tests.store.hubs.test_every_hub import an_object, names
from tests.store.hubs.test_folder import fill

BIG = bytes(MAX_OBJECT)


@pytest.fixture
def hub(sshd: Sshd, root: Path) -> Iterator[Hub]:
    opened = open_hub(ssh_url(root))
    yield opened
    opened.close()


# -- where it is


def test_a_hub_is_named_by_host_and_path(sshd: Sshd, root: Path) -> None:
    name, data = an_object()
    open_hub(str(root)).put(name, data)
    for place in ("hub", f"127.0.0.1:{sshd.port}", f"{pwd.getpwuid(os.getuid()).pw_name}@hub"):
        assert open_hub(ssh_url(root, place)).get(name) == data
    assert open_hub(ssh_url(root).replace("ssh:", "sftp:")).get(name) == data


def test_a_list_is_compressed_on_the_line(sshd: Sshd, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(open_hub(str(root))) as folder:
        for number in range(500):
            folder.put(*an_object(b"%d" % number))
    line = Line(sshd.port)
    monkeypatch.setenv("ERRATA_SSH", f"ssh -F {sshd.config} -oPort={line.port}")
    with closing(line), closing(open_hub(ssh_url(root))) as hub:
        before = line.down + line.up
        assert len(list(hub.list("outbox/rev-03"))) == 500
        assert line.down + line.up - before < 500 * 100


def test_a_path_may_begin_where_the_user_comes_in(own_sshd: Callable[[str], Sshd], root: Path) -> None:
    own_sshd(f"ForceCommand internal-sftp -d {root.parent}\n")
    open_hub(f"ssh://hub/~/{quote(root.name)}").start()
    assert sorted(path.name for path in root.iterdir()) == ["inbox", "outbox", "team"]
    (root.parent / "team").mkdir()
    open_hub("ssh://hub/~").put(*an_object(b"x", "team"))
    assert len(list((root.parent / "team").iterdir())) == 1


@pytest.mark.parametrize(
    "bad",
    [
        "ssh://-oProxyCommand=touch${IFS}mark/x",
        "ssh://-oProxyCommand=touch%20mark/x",
        "ssh://-lroot@hub/x",
        "ssh://%2DoProxyCommand=x@hub/x",
        "ssh://hub`touch mark`/x",
        "ssh://hub;touch mark/x",
        "ssh://$(touch mark)@hub/x",
        "ssh://'a'@hub/x",
        "ssh://a b@hub/x",
        "ssh://a%0ab@hub/x",
        "ssh://[::1;x]/x",
        "ssh:///x",
        "ssh://@hub:x/x",
        "ssh://hub:-1/x",
        "ssh://hub",
        "ssh://hub/a%00b",
        "ssh://hub/a%1bb",
    ],
)
def test_what_could_be_an_option_or_a_command_is_given_to_nobody(
    bad: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERRATA_SSH", "touch started")
    with pytest.raises(HubError, match=r"no name that ssh is given|an ssh hub is|which folder\?"):
        open_hub(bad)
    assert list(tmp_path.iterdir()) == []


def test_a_password_is_not_taken_and_not_shown() -> None:
    with pytest.raises(HubError, match="a password in the URL is not used") as refused:
        open_hub("ssh://bob:geheim@hub/x")
    assert "geheim" not in str(refused.value)


# -- what ssh says


@pytest.mark.parametrize(
    ("place", "more", "said"),
    [
        ("hub", "-o UserKnownHostsFile=none", "the server's key is not known here: connect once with `ssh hub`"),
        ("bob@hub:{port}", "-o UserKnownHostsFile=none", "connect once with `ssh -p {port} bob@hub`"),
        ("hub", "-o UserKnownHostsFile={other}", "the server shows another key than before"),
        ("hub", "-o PubkeyAuthentication=no", "takes none of your keys: `ssh hub` must get in without a"),
        ("errata.invalid", "", "there is no host of this name, or no network"),
        ("127.0.0.1:1", "", "the host has no ssh server at this port"),
        ("hub", "-o Nonsense=1", "ssh says: .*[Bb]ad configuration option: nonsense"),
    ],
    ids=["key", "key-port", "other-key", "no-key", "no-host", "no-server", "bad-option"],
)
def test_why_it_does_not_connect(
    sshd: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, more: str, said: str
) -> None:
    other = tmp_path / "other"
    other.write_text("errata " + (sshd.config.parent / "user.pub").read_text())
    values = {"port": sshd.port, "other": other}
    monkeypatch.setenv("ERRATA_SSH", f"ssh -F {sshd.config} {more.format(**values)}")
    with pytest.raises(HubError, match=said.format(**values)) as refused:
        open_hub(ssh_url(tmp_path, place.format(**values)))
    assert "\n" not in str(refused.value)


def test_a_server_without_sftp(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    an_sshd().close()  # or skip
    with Sshd() as sshd:
        monkeypatch.setenv("ERRATA_SSH", f"ssh -F {sshd.config}")
        with pytest.raises(HubError, match=r"the server has no SFTP \(sshd_config: Subsystem sftp internal-sftp\)"):
            open_hub(ssh_url(root))


def test_a_shell_that_prints(own_sshd: Callable[[str], Sshd], root: Path) -> None:
    own_sshd("ForceCommand echo Welcome to our server\n")
    with pytest.raises(HubError, match=r"does not speak SFTP \(it says: Welcome to our server\)"):
        open_hub(ssh_url(root))


def test_what_is_no_folder_of_the_server(sshd: Sshd, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for name in ("none", "file"):
        with pytest.raises(HubError, match="there is no such folder on the server; make it first"):
            open_hub(ssh_url(tmp_path / name))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("/nowhere/ssh", r"`/nowhere/ssh` cannot be run \(No such file or directory\); install OpenSSH's client"),
        ("ssh -F 'x", "ERRATA_SSH is no command: No closing quotation"),
        ("false", "the connection broke off; sync again"),
    ],
    ids=["none", "quotes", "ends"],
)
def test_a_program_that_is_none(program: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERRATA_SSH", program)
    with pytest.raises(HubError, match=said):
        open_hub(ssh_url(tmp_path))


# -- what is on the server's disk


def test_foreign_files_are_passed_over(hub: Hub, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, data = an_object()
    hub.put(name, data)
    box = root / "outbox" / "rev-03"
    for foreign in (".tmp-1", "a~", ".DS_Store", "b" * 64 + ".sync-conflict.segment", "\udcff"):
        (box / foreign).write_bytes(b"?")
    litter(root)
    (root / "outbox" / "\udcff").mkdir()
    (root / "outbox" / "link").symlink_to("/etc")
    assert names(hub, "outbox") == names(hub, "outbox/rev-03") == {name}
    for letter in "bc":
        assert hub.get(f"outbox/rev-03/{letter * 64}.segment") is None


def test_a_folder_that_went_away(hub: Hub, root: Path) -> None:
    root.rmdir()
    with pytest.raises(HubError, match="the folder is gone from the server"):
        list(hub.list("team"))
    with pytest.raises(HubError, match="the folder is gone from the server"):
        hub.put(*an_object())


def test_a_server_without_extensions(own_sshd: Callable[[str], Sshd], root: Path) -> None:
    own_sshd("ForceCommand internal-sftp -P posix-rename,fsync,statvfs\n")
    hub = open_hub(ssh_url(root))
    name, data = an_object()
    for _ in range(2):
        hub.put(name, data)
        assert hub.get(name) == data
        (root / name).write_bytes(b"damaged")
    assert [path.name for path in (root / name).parent.iterdir()] == [name.rpartition("/")[2]]


def test_a_file_is_whole_or_not_there(own_sshd: Callable[[str], Sshd], root: Path, tmp_path: Path) -> None:
    """As the server's system sees it: brought to the disk, renamed, and the folder too."""
    if os.geteuid() != 0:
        pytest.skip("only the super-user may watch sftp-server")
    server = next((path for path in ("/usr/lib/openssh/sftp-server", "/usr/libexec/sftp-server")
                   if Path(path).exists()), None)  # fmt: skip
    strace = shutil.which("strace")
    if not server or not strace:
        skip("strace or sftp-server is not installed")
    log = tmp_path / "log"
    own_sshd(f"ForceCommand {strace} -f -y -e trace=fsync,/^rename,/^link -o {log} {server}\n")
    hub = open_hub(ssh_url(root))
    hub.put(*an_object())
    hub.close()
    calls = re.findall(r"(\w+)\((.*rev-03.*)\)", log.read_text())
    assert [call for call, _ in calls] == ["fsync", "rename", "fsync"]
    assert [".tmp-" in arguments for _, arguments in calls] == [True, True, False]


def test_a_full_disk(sshd: Sshd, small_disk: Path) -> None:
    fill(open_hub(ssh_url(small_disk)), small_disk, "the server's disk is full")


def test_a_disk_that_may_not_be_written(sshd: Sshd, small_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(NoPermission, match="the server's disk is read-only"):
        open_hub(ssh_url(small_disk)).put(*an_object())
