"""What a sampler asks of a network at each step: told of a class, pulled, kept within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from nodes.diffusion.base import Prediction, predicted
from nodes.diffusion.guidance import Guidance
from nodes.diffusion.schedules import Schedule
from nodes.diffusion.solvers import Level


@dataclass
class Guided:
    """A network as samplers ask it; it counts how often it was.

    Classifier-Free Diffusion Guidance (Ho & Salimans, 2022), arXiv:2207.12598, (6):
    eps = (1 + w) eps(x, c) - w eps(x), where w is `scale`. At w = 0 the network is asked once a
    step, else twice.
    """

    model: Any
    schedule: Schedule
    labels: Tensor | None = None
    scale: float = 0.0
    bound: float | None = None
    pulls: Sequence[Guidance] = ()
    evaluations: int = 0

    @torch.no_grad()
    def __call__(self, x: Tensor, level: Level) -> Prediction:
        t = torch.tensor(level.t, dtype=torch.float32, device=x.device)
        said = self.told(x, t)
        x_0 = said.x_0
        if self.bound is not None:
            x_0 = x_0.clamp(-self.bound, self.bound)
        for guidance in self.pulls:
            x_0 = x_0 + guidance.pull(x_0)
        return said if x_0 is said.x_0 else said.with_data(x_0)

    def told(self, x: Tensor, t: Tensor) -> Prediction:
        """Return what the network says of x at time t, of its class and, guided, away from none."""
        if self.labels is None:
            return self._asked(x, t)
        if not self.scale:
            return self._asked(x, t, labels=self.labels)
        b = len(x)
        nothing = torch.full_like(self.labels, self.model.classes)
        both = self._asked(torch.cat([x, x]), t, labels=torch.cat([self.labels, nothing]))
        self.evaluations += 1
        parts = {name: getattr(both, name) for name in ("x_0", "eps")}
        guided = {n: torch.lerp(part[b:], part[:b], 1 + self.scale) for n, part in parts.items()}
        return replace(both, x_t=x, alpha=both.alpha[:b], sigma=both.sigma[:b], **guided)

    def _asked(self, x: Tensor, t: Tensor, **given: Tensor) -> Prediction:
        self.evaluations += 1
        return predicted(self.model, self.schedule, x, t, **given)
