"""A step of torch's Adam with cached parameter lists.

`torch.optim.Adam.step` looks up every parameter's moments anew and passes hooks and a profiler
before it updates anything: in a small network that takes longer than the update.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class AdamStep:
    """Do what `optimizer.step()` does, bit for bit; its settings and its state stay its own.

    `function` is the fused operation of the optimiser, which must have one group. The first step,
    and any in which a parameter has no gradient, is torch's own; so are all where the parameters
    are not of one device and one type.
    """

    def __init__(self, function: Callable[..., None], optimizer: torch.optim.Optimizer) -> None:
        self.function, self.optimizer = function, optimizer
        self.settings: dict[str, Any] = optimizer.param_groups[0]
        self.own: list[nn.Parameter] = self.settings["params"]
        self.moments: list[list[Tensor]] = []

    @torch.no_grad()
    def __call__(self) -> None:
        gradients = [p.grad for p in self.own]
        if not self.moments or any(g is None for g in gradients):
            self.optimizer.step()
            self.moments = self._collected()
            return
        settings = self.settings
        means, squares, steps = self.moments
        beta1, beta2 = settings["betas"]
        torch._foreach_add_(steps, 1)
        self.function(
            self.own,
            gradients,
            means,
            squares,
            [],
            steps,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=settings["lr"],
            weight_decay=settings["weight_decay"],
            eps=settings["eps"],
            maximize=False,
        )

    def _collected(self) -> list[list[Tensor]]:
        """Return the moments by name, nothing while a parameter has none."""
        states = [self.optimizer.state.get(p, {}) for p in self.own]
        alike = len({(p.device, p.dtype) for p in self.own}) == 1
        return [[s[name] for s in states] for name in MOMENTS] if alike and all(states) else []


_FUNCTIONS: dict[type, Callable[..., None]] = {
    torch.optim.Adam: torch._fused_adam_,
    torch.optim.AdamW: torch._fused_adamw_,
}


def step_of(optimizer: torch.optim.Optimizer) -> Callable[[], Any]:
    """Return the quickest step of an optimiser."""
    function = _FUNCTIONS.get(type(optimizer))
    return optimizer.step if function is None else AdamStep(function, optimizer)
