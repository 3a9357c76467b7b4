"""Groups that act as the two networks of a game."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from nodes.errors import InputRefused
from nodes.roles import GroupRole
from nodes.types import Batch, Critic, Labels, TextVectors, Values


class CriticRole(GroupRole):
    """Give each item x a score; a second output `features` serves the feature distance.

    One that judges `pack` items together gives a score for each pack.
    """

    title = "Critic"
    icon = "scale"
    handle = Critic
    facts = ("classes", "pack")
    methods = ("features",)
    classes: int = 0
    pack: int = 1

    def forward(
        self, x: Batch, labels: Labels | None = None, context: TextVectors | None = None
    ) -> Values:
        """Return the score of each item, x (b, ...) → (b // pack,)."""
        raise NotImplementedError

    def must_answer(self, answer: Any, given: Mapping[str, Any]) -> None:
        must = (given["x"].shape[0] // self.pack,)
        if not isinstance(answer, Tensor) or tuple(answer.shape) != must:
            raise InputRefused(
                "A critic must answer with one number for each item; this one answers with "
                "{found} axes.",
                "End it with a Score head.",
                found=answer.dim() if isinstance(answer, Tensor) else 0,
            )


class GeneratorRole(GroupRole):
    """Make items of noise z, perhaps of the classes that labels name."""

    title = "Generator"
    icon = "sparkles"
    facts = ("classes",)
    classes: int = 0

    def forward(self, z: Batch, labels: Labels | None = None) -> Batch:
        """Return items, z (b, ...) → (b, ...)."""
        raise NotImplementedError
