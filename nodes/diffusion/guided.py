"""The denoiser as samplers call it: with conditions, guidance and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from nodes.diffusion.base import Prediction, predicted
from nodes.diffusion.conditioning import null_condition
from nodes.diffusion.contexts import joined
from nodes.diffusion.guidance import Guidance
from nodes.diffusion.levels import Level
from nodes.diffusion.schedules import Schedule
from nodes.types import TextVectors


@dataclass
class Guided:
    """The network as samplers call it, with guidance; it counts evaluations.

    Classifier-Free Diffusion Guidance (Ho & Salimans, 2022), arXiv:2207.12598, (6): eps = (1 + w)
    eps(x, c) - w eps(x), where w is `scale` and c the conditions `told` (labels, context). Negative
    conditions `away`, by the same names, replace the null ones. At w = 0 there is one evaluation a
    step, else two.
    """

    model: Any
    schedule: Schedule
    told: Mapping[str, Tensor | TextVectors] = field(default_factory=dict)
    away: Mapping[str, Tensor | TextVectors] = field(default_factory=dict)
    scale: float = 0.0
    bound: float | None = None
    pulls: Sequence[Guidance] = ()
    evaluations: int = 0

    @torch.no_grad()
    def __call__(self, x: Tensor, level: Level) -> Prediction:
        said = self.ask(x, torch.tensor(level.t, dtype=torch.float32, device=x.device))
        x_0 = said.x_0
        if self.bound is not None:
            x_0 = x_0.clamp(-self.bound, self.bound)
        for guidance in self.pulls:
            x_0 = x_0 + guidance.pull(x_0)
        return said if x_0 is said.x_0 else said.with_data(x_0)

    def ask(self, x: Tensor, t: Tensor) -> Prediction:
        """Return the network's prediction for x (b, ...) at time t, (), with guidance of scale w.

        Where w is not 0 the network is called once with a batch twice as large.
        """
        self.evaluations += 1
        if not (self.told and self.scale):
            return predicted(self.model, self.schedule, x, t, **self.told)
        self.evaluations += 1
        b = len(x)
        told = {name: joined(c, self._unconditional(name, c)) for name, c in self.told.items()}
        both = predicted(self.model, self.schedule, torch.cat([x, x]), t, **told)
        parts = {name: getattr(both, name) for name in ("x_0", "eps")}
        guided = {n: torch.lerp(part[b:], part[:b], 1 + self.scale) for n, part in parts.items()}
        return replace(both, x_t=x, alpha=both.alpha[:b], sigma=both.sigma[:b], **guided)

    def _unconditional(self, name: str, c: Any) -> Any:
        """Return the condition that replaces c: a negative or the null one."""
        return self.away[name] if name in self.away else null_condition(self.model, name, c)
