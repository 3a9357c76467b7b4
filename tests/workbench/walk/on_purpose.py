"""Faults made on purpose: that the walk sees them is tried by a test. None is ever drawn."""

from __future__ import annotations

import os
import signal
from random import Random

from PySide6.QtCore import QTimer

from tests.workbench.walk.table import Doing, always
from tests.workbench.walk.world import World


def break_by_raising(world: World, chance: Random) -> None:
    QTimer.singleShot(0, world.window, lambda: {}["not there"])


def break_a_law(world: World, chance: Random) -> None:
    world.window.setWindowTitle("Another name")


def break_by_crashing(world: World, chance: Random) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


FAULTS = {
    do.__name__: Doing(do, always) for do in (break_by_raising, break_a_law, break_by_crashing)
}
