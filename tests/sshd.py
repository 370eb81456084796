"""A real sshd, started for the tests, and the reason where there is none."""

from __future__ import annotations

from bench.link import Sshd
from tests.programs import skip


def an_sshd(settings: str = "") -> Sshd:
    """A real sshd that has SFTP, with more lines in its sshd_config. Skips where none can run."""
    try:
        return Sshd(f"Subsystem sftp internal-sftp\n{settings}")
    except RuntimeError as error:
        skip(str(error))
