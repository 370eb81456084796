"""Running Python programs beside the tests: what must hold between processes is tried between processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parent.parent

MUST_NOT_SKIP = bool(os.environ.get("ERRATA_TESTS_MUST_NOT_SKIP"))  # read before the tests' environment is cleaned


def require(program: str) -> None:
    """Skip the test where a program is not installed; fail it where tests must not be skipped."""
    if not shutil.which(program):
        skip(f"{program} is not installed")


def skip(reason: str) -> NoReturn:
    """Skip the test; fail it where tests must not be skipped."""
    if MUST_NOT_SKIP:
        pytest.fail(f"{reason}, and ERRATA_TESTS_MUST_NOT_SKIP is set")
    pytest.skip(reason)


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program that can import the three packages and tests; its output is piped."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))},
    )


def run(code: str, *arguments: object, **options: Any) -> str:
    """Run a program to its end and return what it printed. It must end well."""
    with start(code, *arguments) as program:
        out, err = program.communicate(timeout=60, **options)
    assert program.returncode == 0, err
    return out
