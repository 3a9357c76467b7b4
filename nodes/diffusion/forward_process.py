"""The forward process: noise added to data."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.diffusion.schedules import Schedule
from nodes.sentences import Part, say
from nodes.types import Batch, Path


class Noisy(NamedTuple):
    """Noisy items and their noise, both (b, ...), and items at several times, (frames, b, ...)."""

    x_t: Batch
    noise: Batch
    path: Path


class ForwardProcess(Node):
    """Add noise to data, as much as there is at a time t.

    Denoising Diffusion Probabilistic Models (Ho, Jain & Abbeel, 2020), arXiv:2006.11239.

    One draw of `noise` serves all: `x_t` (b, ...) is the batch at the time t, `path` (frames, b,
    ...) the batch at times from 0 to 1.
    """

    synonyms = (
        "noising, add noise, diffuse, q(x_t|x_0), noise, bruit, bruitage, ajouter du bruit, bruiter"
    )
    formula = r"x_t = \alpha_t\,x_0 + \sigma_t\,\epsilon, \qquad \epsilon \sim \mathcal{N}(0, I)"
    title = "Forward process"
    icon = "droplets"
    drawn = True

    t: float = param(
        default=0.5,
        low=0.0,
        high=1.0,
        live=True,
        slider=True,
        title="t",
        help="The time: 0 is data, 1 is noise.",
    )
    frames: int = param(
        default=9, low=2, high=1000, unit="frames", help="Times in the path, from 0 to 1."
    )

    def forward(self, x_0: Batch, schedule: Schedule) -> Noisy:
        """Return the batch x_0 (b, ...) with one draw of noise at the time t and at even times."""
        noise = torch.randn_like(x_0)
        times = torch.linspace(0, 1, self.frames, device=x_0.device)
        path = [schedule.add_noise(x_0, noise, t) for t in times]
        x_t = schedule.add_noise(x_0, noise, torch.tensor(self.t, device=x_0.device))
        return Noisy(x_t, noise, torch.stack(path))

    def reached(self, output: str) -> frozenset[str]:
        return frozenset() if output == "noise" else super().reached(output)

    def sketch(self, x_0: Tensor, schedule: Schedule) -> Noisy:
        return Noisy(x_0, x_0, x_0.new_empty(self.frames, *x_0.shape))

    def sign(self) -> Part:
        return say("t {t}", t=self.t)
