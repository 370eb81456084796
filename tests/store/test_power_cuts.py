"""The power is cut while the store is at work: what it said is safe is there, whole, and the work goes on.

The store's real code runs over a simulated disk (tests/store/fire). `python -m tests.store.fire` counts for longer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reviewer.errors import ErrataError
from tests.store.fire.acts import ACTS
from tests.store.fire.checks import PowerCuts, moments

FEW, MANY = 60, 800
"""Moments at which the power is cut, of each act."""


@pytest.mark.parametrize("act", ACTS)
def test_the_power_is_cut_at_some_moments(tmp_path: Path, act: str) -> None:
    cuts = PowerCuts(act, tmp_path)
    for cut, seed in moments(cuts.disk, FEW):
        cuts.check(cut, seed)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("act", ACTS)
def test_the_power_is_cut_at_many_moments(tmp_path: Path, act: str) -> None:
    cuts = PowerCuts(act, tmp_path)
    for cut, seed in moments(cuts.disk, MANY):
        cuts.check(cut, seed)


@pytest.mark.parametrize(
    ("what", "is_lost"),
    [
        ("nothing is waited for", lambda kind: kind == "sync"),
        ("names are not waited for", lambda kind: kind == "sync names"),
    ],
)
def test_a_store_that_did_not_wait_for_its_disk_would_be_caught(
    tmp_path: Path, what: str, is_lost: Callable[[str], bool]
) -> None:
    """The same operations, but the disk was never asked to finish them."""
    cuts = PowerCuts("backup", tmp_path)
    cuts.disk.operations = [operation for operation in cuts.disk.operations if not is_lost(operation.kind)]
    with pytest.raises((AssertionError, ErrataError)):
        for cut, seed in moments(cuts.disk, FEW):
            cuts.check(cut, seed)
