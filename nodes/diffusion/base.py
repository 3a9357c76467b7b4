"""The denoiser, and the quantities that follow from its prediction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from nodes.base import Node, param
from nodes.diffusion.schedules import Schedule, expand
from nodes.errors import InputRefused
from nodes.sentences import Word
from nodes.training.precision import as_trained
from nodes.types import Batch, Denoiser, Labels, Values

Predicts = Literal["noise", "data", "v", "score", "velocity"]
SMALLEST = 1e-12
"""What noise is divided by where there is none."""


class Predictor(Node):
    """A network that takes noisy items and a time, and predicts noise, data, v or the score.

    What it predicts is its parameter `predicts`, which losses and samplers read.
    """

    handle = Denoiser
    returns = "prediction"

    predicts: Predicts = param(
        default="noise",
        help="What it learns: the noise, the clean data, v between both (arXiv:2202.00512), the "
        "score, or the velocity of flow matching.",
    )

    classes: int = 0
    """Classes that labels name; a label of this very number means none."""

    @abstractmethod
    def forward(self, x: Batch, t: Values, labels: Labels | None = None) -> Batch:
        """Return the prediction, shaped as x; t (b,) lies in [0, 1]."""


@dataclass(frozen=True)
class Prediction:
    """The prediction of a network for x_t = alpha x_0 + sigma eps.

    x_t, x_0 and eps (b, ...); alpha and sigma (b, 1, ...) or (), so that they multiply items.
    """

    x_t: Tensor
    alpha: Tensor
    sigma: Tensor
    x_0: Tensor
    eps: Tensor

    @property
    def score(self) -> Tensor:
        """Return the gradient of log p_t at x_t, -eps / sigma, shaped as x_t."""
        return -self.eps / self.sigma.clamp(min=SMALLEST)

    @property
    def v(self) -> Tensor:
        """Return (alpha eps - sigma x_0) / sqrt(alpha^2 + sigma^2), shaped as x_t.

        Progressive Distillation for Fast Sampling of Diffusion Models (Salimans & Ho, 2022),
        arXiv:2202.00512.
        """
        size = torch.hypot(self.alpha, self.sigma)
        return (self.alpha * self.eps - self.sigma * self.x_0) / size

    def with_data(self, x_0: Tensor) -> Prediction:
        """Return the prediction with another x_0 (b, ...) and the eps that it implies."""
        return replace(self, x_0=x_0, eps=_from_data(self.x_t, self.alpha, self.sigma, x_0)[1])


def predicted(
    model: nn.Module, schedule: Schedule, x_t: Tensor, t: Tensor, **given: Any
) -> Prediction:
    """Return the model's prediction for x_t (b, ...) at times t, (b,) or one for all, ().

    The model gets x_t / sqrt(alpha^2 + sigma^2), so that its input has one size at all times, and
    the conditions `given` (labels, context).
    """
    network = denoiser(model)
    t = t.expand(len(x_t))
    alpha, sigma = (expand(part(t), x_t) for part in (schedule.alpha, schedule.sigma))
    x = x_t if schedule.preserves_variance else x_t / torch.hypot(alpha, sigma)
    with as_trained(network, x.device):
        output = network(x, t, **given).to(x.dtype)
    return read_as(network.predicts, output, x_t, alpha, sigma)


def denoiser(model: nn.Module) -> Predictor:
    """Return the model, or raise `InputRefused` where a diffusion cannot read its prediction."""
    predicts = getattr(model, "predicts", None)
    if predicts not in READINGS:
        raise InputRefused(
            "A diffusion needs a model that predicts noise, data, v or the score; this one "
            "predicts {predicts}.",
            "Set what the network predicts, or take the loss and sampler of flow matching.",
            predicts=Word(predicts or "something else"),
        )
    return cast(Predictor, model)


def read_as(
    predicts: Predicts, output: Tensor, x_t: Tensor, alpha: Tensor, sigma: Tensor
) -> Prediction:
    """Return the prediction for x_t (b, ...) from an output (b, ...) of the type `predicts`.

    alpha and sigma multiply x_t: (b, 1, ...) or ().
    """
    x_0, eps = READINGS[predicts](x_t, alpha, sigma, output)
    return Prediction(x_t, alpha, sigma, x_0, eps)


def _from_noise(x_t: Tensor, alpha: Tensor, sigma: Tensor, eps: Tensor) -> tuple[Tensor, Tensor]:
    return (x_t - sigma * eps) / alpha, eps


def _from_data(x_t: Tensor, alpha: Tensor, sigma: Tensor, x_0: Tensor) -> tuple[Tensor, Tensor]:
    return x_0, (x_t - alpha * x_0) / sigma.clamp(min=SMALLEST)


def _from_v(x_t: Tensor, alpha: Tensor, sigma: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Turn (x_t, v) back to (x_0, eps): a rotation by the angle whose tangent is sigma / alpha."""
    size = torch.hypot(alpha, sigma)
    cos, sin, x = alpha / size, sigma / size, x_t / size
    return cos * x - sin * v, sin * x + cos * v


def _from_score(x_t: Tensor, alpha: Tensor, sigma: Tensor, score: Tensor) -> tuple[Tensor, Tensor]:
    return _from_noise(x_t, alpha, sigma, -sigma * score)


READINGS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "noise": _from_noise,
    "data": _from_data,
    "v": _from_v,
    "score": _from_score,
}
