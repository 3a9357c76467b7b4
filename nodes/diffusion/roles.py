"""Groups that act as the networks of diffusion and flow matching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nodes.diffusion.base import Predictor, Predicts
from nodes.diffusion.contexts import Context
from nodes.roles import GroupRole, must_be_shaped
from nodes.types import Batch, Denoiser, Images, Labels, Values, Velocity

ALIKE = "It must answer in the shape of x, {must}; it answers in {found}."


class _AsItsItems(GroupRole):
    """What answers in the shape of its items."""

    facts = ("classes",)

    def must_answer(self, answer: Any, given: Mapping[str, Any]) -> None:
        must_be_shaped(answer, tuple(given["x"].shape), ALIKE)


class DenoiserRole(_AsItsItems, Predictor):
    """Predict from noisy items x and times t the noise, the data, v, the score or the velocity."""

    title = "Denoiser"
    icon = "eraser"

    def forward(
        self,
        x: Batch,
        t: Values,
        labels: Labels | None = None,
        context: Context | None = None,
        beside: Images | None = None,
    ) -> Batch:
        """Return the prediction, shaped as x (b, ...); t (b,) lies in [0, 1]."""
        raise NotImplementedError


class ScoreRole(_AsItsItems):
    """Give the score of items x, the gradient of their log-density, perhaps at times t."""

    title = "Score"
    icon = "move-up-right"
    handle = Denoiser
    returns = "score"
    unheard = frozenset({"t"})
    classes: int = 0
    predicts: Predicts = "score"

    def forward(self, x: Batch, t: Values | None = None, labels: Labels | None = None) -> Batch:
        """Return the score, shaped as x (b, ...); t (b,) lies in [0, 1]."""
        raise NotImplementedError


class VelocityRole(_AsItsItems):
    """Say where items x move at times t."""

    title = "Velocity"
    icon = "wind"
    handle = Velocity
    classes: int = 0

    def forward(
        self,
        x: Batch,
        t: Values,
        labels: Labels | None = None,
        context: Context | None = None,
        beside: Images | None = None,
    ) -> Batch:
        """Return the velocity, shaped as x (b, ...); t (b,) lies in [0, 1]."""
        raise NotImplementedError
