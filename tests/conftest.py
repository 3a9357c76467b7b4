"""Every test draws offscreen unless it starts a display of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# a machine that does other work beside is no fault of what is tested
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def _numbers_as_they_were() -> Iterator[None]:
    """Undo what a run in this process sets: numbers below 1e-38 count as zero in it."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The program's own application, which has the border that exceptions end at."""
    from workbench.border import Application

    return Application


@pytest.fixture(autouse=True)
def _nothing_fails_unseen(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail a test in which an override, a slot or a timer raised something."""
    if "qapp" not in request.fixturenames:
        yield
        return
    from workbench.border import Border

    app: Any = request.getfixturevalue("qapp")
    app.border = Border()
    monkeypatch.setattr(sys, "excepthook", app.border.hook)
    yield
    assert not app.border.faults, "\n".join(app.border.faults)
