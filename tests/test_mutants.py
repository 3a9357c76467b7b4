"""No file, however it came about, breaks what reads it: it is refused, or opened and sent."""

from __future__ import annotations

import multiprocessing

import pytest

from tests.mutants import CHECKED_LONG, MOST_SECONDS, Fate, lives, many

MOST_GROWN = 150 * 1024  # kB after the first tenth: caches of torch and of sentences fill up


def all_lived(fate: Fate) -> None:
    assert not fate.faults, "\n".join(fate.faults[:20])
    assert fate.slowest[0] < MOST_SECONDS, fate.slowest
    assert fate.grown < MOST_GROWN
    assert set(fate.counts) == {"refused", "faulty", "sound"}
    assert min(fate.counts.values()) > sum(fate.counts.values()) / 20


@pytest.mark.parametrize("part", range(2))
def test_changed_files_are_refused_or_opened(part: int) -> None:
    all_lived(lives(range(1000 * part, 1000 * (part + 1))))


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_changed_files_are_refused_or_opened() -> None:
    all_lived(many(100_000, multiprocessing.cpu_count(), CHECKED_LONG))
