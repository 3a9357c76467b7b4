"""A denoiser of Gaussian data that is exactly right, for laws of samplers and losses."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nodes.diffusion.base import Predicts
from nodes.diffusion.schedules import Schedule, expand
from nodes.types import Shape

MEAN, SD = torch.tensor([0.5, -0.25]), torch.tensor([0.6, 1.2])


class Exact(nn.Module):
    """Predict what the best denoiser of data N(mean, diag sd^2) would; labels add to the mean."""

    classes = 3

    def __init__(
        self, schedule: Schedule, predicts: Predicts = "noise", mean: Tensor = MEAN, sd: Tensor = SD
    ) -> None:
        super().__init__()
        self.schedule, self.predicts, self.mean, self.sd = schedule, predicts, mean, sd
        self.built = {"x": Shape(mean.shape)}

    def forward(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        alpha, sigma = (expand(part(t), x) for part in (self.schedule.alpha, self.schedule.sigma))
        x_t = x if self.schedule.preserves_variance else x * torch.hypot(alpha, sigma)
        shift = 0.0 if labels is None else expand(labels % self.classes, x).to(x)
        mean, sd = (v.to(x) for v in (self.mean, self.sd))
        off = (x_t - alpha * (mean + shift)) / ((alpha * sd) ** 2 + sigma**2)
        x_0, eps = mean + shift + alpha * sd**2 * off, sigma * off
        v = (alpha * eps - sigma * x_0) / torch.hypot(alpha, sigma)
        return {"noise": eps, "data": x_0, "score": -off, "v": v}[self.predicts]
