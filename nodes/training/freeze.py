"""Stop gradients."""

from __future__ import annotations

from nodes.base import EVERY, Node
from nodes.types import Batch


class Freeze(Node):
    """Hand a batch on and let no gradient back: what made it is not trained by what comes after.

    Exploring Simple Siamese Representation Learning (Chen & He, 2021), arXiv:2011.10566.

    As a target that should stay where it is: a teacher's answer, a network's own prediction. The
    numbers are the same. What an optimiser does not own is frozen anyway, with gradients through.
    """

    synonyms = (
        "stop gradient, detach, no grad, stopgrad, fixed, arrêter le gradient, figer, bloquer"
    )
    formula = r"y = x, \qquad \partial y / \partial x := 0"
    icon = "snowflake"
    unreached = EVERY
    returns = "y"

    def forward(self, x: Batch) -> Batch:
        """Return x (b, ...) without a gradient; the memory is shared."""
        return x.detach()
