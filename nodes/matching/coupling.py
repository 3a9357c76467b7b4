"""Couplings: which source is paired with which target in a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.transport.sinkhorn_solver import sinkhorn
from nodes.transport.solution import SolverSettings

Coupling = Literal["independent", "as paired", "exact OT", "Sinkhorn"]
Table = np.ndarray[Any, np.dtype[Any]]
STAGES = ((0.1, 8), (0.01, 15))
"""Before an assignment: epsilon as a share of the mean cost, and iterations."""
TINY, FAR = np.float32(1e-30), np.float32(50)  # beyond lie subnormal numbers, which are slow
ROUGH_PLAN = SolverSettings(tolerance=1e-2, relaxation=False)
"""A plan for drawing pairs need not be exact, and must come out whatever the batch."""


def coupling_param(default: Coupling) -> Any:
    """Declare how the items of a batch are paired."""
    return param(
        default=default,
        help="Pairs at random, as they come on the wires, by the batch's optimal plan, or drawn "
        "from its entropic plan.",
    )


def costs(x_0: Tensor, x_1: Tensor) -> Tensor:
    """Return the squared distance of every pair, (b, b), in float64 where the device has it."""
    dtype = torch.float32 if x_0.device.type == "mps" else torch.float64
    a, b = (x.detach().flatten(1).to(dtype) for x in (x_0, x_1))
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist").square()


def partners(x_0: Tensor, x_1: Tensor, coupling: Coupling, eps: float) -> Tensor:
    """Return for each row of x_0 (b, ...) the row of x_1 that it goes with, (b,).

    `eps` is that of the entropic plan, for costs |x_0 - x_1|^2, absolute. All but the entropic
    couplings are permutations; there each source is used once and a target once in the mean.
    """
    return _PARTNERS[coupling](x_0, x_1, eps)


def _shuffled(x_0: Tensor, x_1: Tensor, eps: float) -> Tensor:
    return torch.randperm(len(x_1), device=x_1.device)


def _identity(x_0: Tensor, x_1: Tensor, eps: float) -> Tensor:
    return torch.arange(len(x_1), device=x_1.device)


def _optimal(x_0: Tensor, x_1: Tensor, eps: float) -> Tensor:
    return assignment(costs(x_0, x_1).cpu()).to(x_1.device)


def assignment(cost: Tensor) -> Tensor:
    """Return the column of each row in the permutation of least cost, (n,), for a cost (n, n).

    On implementing 2D rectangular assignment algorithms (Crouse, 2016),
    doi:10.1109/TAES.2016.140952. What is taken off a whole row or column changes no order of
    permutations; with the potentials of a blurred plan taken off, most rows find their column at
    once, and all is three times as quick.
    """
    from scipy.optimize import linear_sum_assignment

    table = cost.numpy()
    _, columns = linear_sum_assignment(table - _offsets(table))
    return torch.from_numpy(columns)


def _offsets(cost: Table) -> Table:
    """Return the potentials f_i + g_j of a few Sinkhorn iterations."""
    unit = cost.mean() + TINY
    small = (cost / unit).astype(np.float32)
    f, g = np.zeros_like(small[:, 0]), np.zeros_like(small[0])
    for blur, turns in STAGES:
        kernel = f[:, None] + g
        kernel -= small
        kernel *= np.float32(1 / blur)
        np.exp(np.clip(kernel, -FAR, FAR, out=kernel), out=kernel)
        v = np.ones_like(g)
        for _ in range(turns):
            u = 1 / (kernel @ v + TINY)
            v = 1 / (u @ kernel + TINY)
        f += blur * np.log(u)
        g += blur * np.log(v)
    return unit * (f[:, None].astype(np.float64) + g)


def _entropic(x_0: Tensor, x_1: Tensor, eps: float) -> Tensor:
    plan = entropic_plan(costs(x_0, x_1), eps)
    return torch.multinomial(plan, 1).squeeze(1)


def entropic_plan(cost: Tensor, eps: float) -> Tensor:
    """Return the plan of least <P, C> + eps KL(P || uniform) between uniform laws, (n, m).

    Its rows are only nearly exact: pairs are drawn row by row.
    """
    return sinkhorn(cost, eps=eps, relative=False, settings=ROUGH_PLAN).plan


_PARTNERS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "independent": _shuffled,
    "as paired": _identity,
    "exact OT": _optimal,
    "Sinkhorn": _entropic,
}
