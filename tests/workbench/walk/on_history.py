"""Undo and redo of everything, with what must come out of it."""

from __future__ import annotations

from random import Random

from tests.workbench.walk import laws
from tests.workbench.walk.table import document, doing
from tests.workbench.walk.world import World


@doing(document)
def undo_far(world: World, chance: Random) -> None:
    world.bench.document.history.go_to(0)


@doing(document)
def redo_far(world: World, chance: Random) -> None:
    history = world.bench.document.history
    history.go_to(len(history.edits))


@doing(document)
def far_and_back(world: World, chance: Random) -> None:
    """Undo and redo everything in every document."""
    world.warned += laws.far_and_back(world)
