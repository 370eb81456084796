"""What the accounts of a server give to whom: tried as a hostile reviewer, with the set-up that docs/hubs.md tells.

The accounts are some that every system has, so that none has to be made for the tests.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.link import Sshd
from store.hubs import NoPermission, open_hub
from store.hubs.hub import HubError
from tests.store.hubs.test_every_hub import an_object, names

LEAD, BOB, EVE = "bin", "games", "daemon"

SETTINGS = """
ChrootDirectory {root}
ForceCommand internal-sftp -u 0022
DisableForwarding yes
"""


@pytest.fixture
def server(own_sshd: Callable[[str], Sshd]) -> Iterator[Sshd]:
    """A server with a hub that has boxes for Bob and Eve."""
    if os.geteuid() != 0:
        pytest.skip("only the super-user can serve several accounts")
    try:
        ids = {name: pwd.getpwnam(name) for name in (LEAD, BOB, EVE)}
    except KeyError as error:
        pytest.skip(f"an account is missing: {error}")
    root = Path(tempfile.mkdtemp(dir="/run"))  # above a chroot, nobody but root may write
    try:
        root.chmod(0o755)
        lead = ids[LEAD]
        for folder, mode, owner, group in (
            ("hub", 0o755, 0, 0),
            ("hub/team", 0o755, lead.pw_uid, lead.pw_gid),
            ("hub/inbox", 0o751, 0, lead.pw_gid),
            ("hub/outbox", 0o751, 0, lead.pw_gid),
            *((f"hub/inbox/{name}", 0o750, lead.pw_uid, ids[name].pw_gid) for name in (BOB, EVE)),
            *((f"hub/outbox/{name}", 0o750, ids[name].pw_uid, lead.pw_gid) for name in (BOB, EVE)),
        ):
            (root / folder).mkdir()
            os.chown(root / folder, owner, group)
            (root / folder).chmod(mode)
        yield own_sshd(SETTINGS.format(root=root))
    finally:
        shutil.rmtree(root)


def url(name: str) -> str:
    return f"ssh://{name}@hub/hub"


def test_each_has_their_own_boxes(server: Sshd) -> None:
    lead, bob, eve = (open_hub(url(name)) for name in (LEAD, BOB, EVE))
    lead.start()
    lead.put(*an_object(b"who leads", "team"))
    lead.put(*an_object(b"for bob", f"inbox/{BOB}"))
    bob.put(*an_object(b"from bob", f"outbox/{BOB}"))
    eve.put(*an_object(b"from eve", f"outbox/{EVE}"))
    assert names(lead, "outbox") == {an_object(f"from {name}".encode(), f"outbox/{box}")[0]
                                     for name, box in (("bob", BOB), ("eve", EVE))}  # fmt: skip
    assert lead.get(an_object(b"from bob", f"outbox/{BOB}")[0]) == b"from bob"
    assert bob.get(an_object(b"for bob", f"inbox/{BOB}")[0]) == b"for bob"
    assert eve.get(an_object(b"who leads", "team")[0]) == b"who leads"


def test_what_a_reviewer_may_not(server: Sshd) -> None:
    lead, bob, eve = (open_hub(url(name)) for name in (LEAD, BOB, EVE))
    lead.put(*an_object(b"for eve", f"inbox/{EVE}"))
    eve.put(*an_object(b"from eve", f"outbox/{EVE}"))
    for box, data in ((f"inbox/{EVE}", b"for eve"), (f"outbox/{EVE}", b"from eve")):
        with pytest.raises(NoPermission):
            bob.get(an_object(data, box)[0])
        with pytest.raises(NoPermission):
            list(bob.list(box))
    for box in ("inbox", "outbox"):
        with pytest.raises(NoPermission):
            list(bob.list(box))
    for box in (f"inbox/{BOB}", f"inbox/{EVE}", f"outbox/{EVE}", "team", "outbox/somebody"):
        with pytest.raises(NoPermission):
            bob.put(*an_object(b"forged", box))
    with pytest.raises(NoPermission):
        lead.put(*an_object(b"forged", f"outbox/{BOB}"))


def test_nobody_leaves_the_folder_or_runs_a_program(server: Sshd) -> None:
    with pytest.raises(HubError, match="no such folder"):
        open_hub(f"ssh://{BOB}@hub/etc")
    with pytest.raises(HubError, match="no such folder"):
        open_hub(f"ssh://{BOB}@hub/../../etc")
    ssh = ["ssh", "-F", str(server.config), "-o", "BatchMode=yes", "-l", BOB, "hub"]
    ran = subprocess.run([*ssh, "id"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    assert b"uid=" not in ran.stdout
    forward = subprocess.run([*ssh, "-W", "127.0.0.1:22"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    assert forward.returncode != 0 and b"prohibited" in forward.stderr
