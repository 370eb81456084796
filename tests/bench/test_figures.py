"""Percentiles, and what a compressed connection carries."""

from __future__ import annotations

import random

import pytest

from bench.figures import deflated, percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50.0), (99, 99.0), (100, 100.0), (1, 1.0), (99.5, 100.0)], ids=str
)
def test_a_percentile_is_the_sample_that_so_many_do_not_exceed(percent: float, expected: float) -> None:
    samples = [float(n) for n in range(1, 101)]
    random.Random(1).shuffle(samples)
    assert percentile(samples, percent) == expected


def test_of_one_sample_it_is_every_percentile() -> None:
    assert percentile([3.0], 1) == percentile([3.0], 99) == 3.0


def test_no_samples_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_what_was_carried_before_makes_the_same_again_cheap() -> None:
    frame = random.Random(1).randbytes(2000)
    first, again = deflated([frame, frame])
    assert first > 2000 > 100 > again
    assert deflated([frame], before=frame)[0] < 100
