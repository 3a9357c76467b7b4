"""Every test draws offscreen unless it starts a display of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(autouse=True)
def _numbers_as_they_were() -> Iterator[None]:
    """Undo what a run in this process sets: numbers below 1e-38 count as zero in it."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)
