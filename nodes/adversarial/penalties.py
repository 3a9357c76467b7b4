"""Gradient penalties on a critic: where the slope is measured, and which slope is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

Penalty = Literal["none", "one-centred", "zero-centred", "R1", "R1 and R2"]
PLACES: dict[str, tuple[str, ...]] = {
    "none": (),
    "one-centred": ("between",),
    "zero-centred": ("between",),
    "R1": ("real",),
    "R1 and R2": ("real", "fake"),
}


def interpolates(real: Tensor, fake: Tensor) -> Tensor:
    """Return one point on the line from each real item to a fake one, drawn evenly: (n, ...).

    n is the smaller number of both. Improved Training of Wasserstein GANs (Gulrajani et al., 2017),
    arXiv:1704.00028. No gradient reaches the generator.
    """
    count = min(len(real), len(fake))
    if len(real) != len(fake):
        real, fake = real[:count], fake[:count]
    eps = torch.rand(count, *[1] * (real.dim() - 1), device=real.device)
    return torch.lerp(fake.detach(), real, eps)


def squared_gradient_norms(score: Tensor, x: Tensor) -> Tensor:
    """Return the squared norm of the gradient of each score, (n,); packed items count together.

    It can be differentiated once more where gradients are on.
    """
    with torch.enable_grad():
        total = score.sum()
    (gradient,) = torch.autograd.grad(total, x, create_graph=torch.is_grad_enabled())
    judged = len(x) // len(score) * len(score)  # a pack that is not whole is not
    gradient = gradient if judged == len(x) else gradient[:judged]
    return gradient.reshape(len(score), -1).square().sum(1)


TERMS: dict[str, Callable[[Tensor], Tensor]] = {
    "one-centred": lambda squares: (squares.clamp_min(1e-24).sqrt() - 1).square().mean(),
    "zero-centred": lambda squares: squares.mean(),
    "R1": lambda squares: 0.5 * squares.mean(),
    "R1 and R2": lambda squares: 0.5 * squares.mean(),
}


def without_compilation(critic: nn.Module) -> Callable[..., Tensor]:
    """Return the critic, x (b, ...) → scores (b,), without torch.compile.

    The code that torch.compile makes cannot be differentiated twice.
    """
    compiled = critic._compiled_call_impl is not None  # type: ignore[attr-defined]
    return critic.forward if compiled else critic
