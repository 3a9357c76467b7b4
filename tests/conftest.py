"""Every test draws offscreen unless it starts a display of its own."""

from __future__ import annotations

import builtins
import gc
import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from hypothesis import HealthCheck, settings
from PySide6 import QtCore  # it takes the place of `__import__`
from shiboken6 import getCppPointer

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# PySide asks at every import whether `__feature__` is meant, which nothing here uses. Torch imports
# within its functions, thousands of times in one check; no program of ours has both in one process.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)

# a machine that does other work beside is no fault of what is tested
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


if "PYTEST_XDIST_WORKER" in os.environ:
    # the whole suite starts many engines: none need compile what the one before has compiled
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False  # nor need workers rewrite all tests each time


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests: at the end no worker waits for another."""
    items.sort(key=lambda item: "walk" not in item.path.parts)


def pytest_collection_finish() -> None:
    """Compute with one thread where several workers share the machine, and keep what is there."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    gc.freeze()  # millions of objects of torch and of the tests: no collection looks at them again
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _numbers_as_they_were() -> Iterator[None]:
    """Undo what a run in this process sets: numbers below 1e-38 count as zero in it."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.fixture(scope="session")
def qapp_cls() -> type:
    """The program's own application, which has the border that exceptions end at."""
    from workbench.shell.exceptions import Application

    return Application


@pytest.fixture(autouse=True)
def _nothing_fails_unseen(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Fail a test in which an override, a slot or a timer raised something."""
    if "qapp" not in request.fixturenames:
        yield
        return
    from workbench.shell.exceptions import ExceptionLog

    app: Any = request.getfixturevalue("qapp")
    app.exceptions = ExceptionLog()
    monkeypatch.setattr(sys, "excepthook", app.exceptions.hook)
    before = {getCppPointer(widget) for widget in app.topLevelWidgets()}
    yield
    # what a test leaves the next ones would style, and without a loop that runs nobody deletes it
    for widget in app.topLevelWidgets():
        if getCppPointer(widget) not in before:
            widget.deleteLater()
    app.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    assert not app.exceptions.faults, "\n".join(app.exceptions.faults)


@pytest.fixture(autouse=True)
def _engines_keep_to_the_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold what engines send to the window to the protocol; a puppet to its messages alone."""
    process = sys.modules.get("workbench.bench.process")
    if process is None:
        return
    from tests.protocol import Order, decoded

    orders: WeakKeyDictionary[Any, tuple[int, Order]] = WeakKeyDictionary()
    take = process.Engine._take

    def held(engine: Any, event: Any) -> None:
        if engine.command[-1] == process.COMMAND[-1]:  # it serves, forked or not
            known = orders.get(engine)
            if known is None or engine.pid not in (known[0], 0):  # 0: it has ended
                known = orders[engine] = engine.pid, Order()
            known[1].take(event)
        take(engine, event)

    monkeypatch.setattr(process, "events", SimpleNamespace(decode=decoded))
    monkeypatch.setattr(process.Engine, "_take", held)
