"""Muon: orthogonal steps for matrices, those of AdamW for all else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from nodes.threads import MOST_TASKS, at_once
from nodes.training.precision import multiplies_bfloat16

TURNS = 5
A, B, C = 3.4445, -4.7750, 2.0315
"""Of the polynomial a x + b x^3 + c x^5, which brings all of (0, 1] near 1 in five turns."""
SMALLEST = 1e-7
AS_ADAM = 0.2
"""Root mean square of a step for a rate of 1: that of Adam's steps (arXiv:2502.16982)."""


class Muon(torch.optim.Optimizer):
    """Move weight matrices along the orthogonal matrix nearest to their mean gradient.

    Muon: an optimizer for hidden layers in neural networks (Jordan et al., 2024),
    https://kellerjordan.github.io/posts/muon, with steps as long as Adam's: Muon is Scalable for
    LLM Training (Liu et al., 2025), arXiv:2502.16982. So one rate serves both.

    `matrices` are those of `own` (n, ...) read as n rows: weights of layers and kernels of
    convolutions, which `torch.optim.Muon` refuses. The mean gradient is Nesterov's with memory
    betas[0]; what is no matrix follows AdamW.
    """

    def __init__(
        self,
        own: Sequence[nn.Parameter],
        matrices: Iterable[nn.Parameter],
        *,
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
    ) -> None:
        chosen = {id(p) for p in matrices}
        groups = [
            {"params": [p for p in own if id(p) in chosen]},
            {"params": [p for p in own if id(p) not in chosen]},
        ]
        super().__init__(groups, {"lr": lr, "betas": betas, "weight_decay": weight_decay})
        self._adam: torch.optim.AdamW | None = None
        if self.param_groups[1]["params"]:
            self._adam = torch.optim.AdamW([self.param_groups[1]], fused=True)
            self._adam.state = self.state

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Move each matrix by -rate x 0.2 sqrt(max(n, m)) U V^T, and all else by AdamW.

        U S V^T is the mean gradient, read as (n, m). Weights decay first, by rate x weight_decay.
        """
        group = self.param_groups[0]
        memory, rate = group["betas"][0], group["lr"]
        own = [p for p in group["params"] if p.grad is not None]
        for p, step in zip(own, orthogonal(self._means(own, memory)), strict=True):
            if group["weight_decay"]:
                p.mul_(1 - rate * group["weight_decay"])
            p.add_(step, alpha=-rate * AS_ADAM * math.sqrt(max(len(p), p[0].numel())))
        if self._adam is not None:
            self._adam.step()

    def _means(self, own: Sequence[nn.Parameter], memory: float) -> Sequence[Tensor]:
        """Return the mean gradients, looked ahead by one step."""
        if not own:
            return []
        for p in own:
            if not self.state[p]:
                self.state[p]["mean"] = torch.zeros_like(p)
        gradients = [p.grad for p in own if p.grad is not None]
        means = [self.state[p]["mean"] for p in own]
        torch._foreach_lerp_(means, gradients, 1 - memory)
        return torch._foreach_lerp(gradients, means, memory)


def matrices(models: Iterable[nn.Module]) -> list[nn.Parameter]:
    """Return the weights of linear layers and convolutions: they multiply what comes in."""
    layers = [m for model in models for m in model.modules()]
    kinds = (nn.Linear, nn.modules.conv._ConvNd)
    return [m.weight for m in layers if isinstance(m, kinds) and isinstance(m.weight, nn.Parameter)]


def orthogonal(matrices: Sequence[Tensor]) -> list[Tensor]:
    """Return for each, read as a matrix U S V^T (its singular values), nearly U V^T.

    Tensors (n, ...) are matrices of n rows; their answers have their shapes. Newton and Schulz's
    turns bring singular values above a hundredth of the norm to between 0.68 and 1.13. They are
    made in bfloat16 where the device has units for it, for all matrices of one size together.
    """
    if not matrices:
        return []
    tasks = min(torch.get_num_threads(), MOST_TASKS) if matrices[0].device.type == "cpu" else 1
    shares = _shares([_work(m) for m in matrices], tasks)
    answers = at_once([partial(_answers, matrices, share) for share in shares])
    found = {n: answer for some in answers for n, answer in some}
    return [found[n] for n in range(len(matrices))]


def _work(matrix: Tensor) -> int:
    rows, columns = len(matrix), matrix[0].numel()
    return rows * columns * min(rows, columns)


def _shares(work: Sequence[int], parts: int) -> list[list[int]]:
    """Return which pieces of work go to which part: the largest first, each to the freest."""
    shares: list[list[int]] = [[] for _ in range(parts)]
    loads = [0] * parts
    for number in sorted(range(len(work)), key=lambda n: -work[n]):
        freest = loads.index(min(loads))
        shares[freest].append(number)
        loads[freest] += work[number]
    return shares


def _answers(matrices: Sequence[Tensor], share: Iterable[int]) -> list[tuple[int, Tensor]]:
    alike: dict[torch.Size, list[int]] = {}
    for number in share:
        alike.setdefault(matrices[number].shape, []).append(number)
    found: list[tuple[int, Tensor]] = []
    for numbers in alike.values():
        found += zip(numbers, _turned([matrices[n] for n in numbers]), strict=True)
    return found


def _turned(matrices: Sequence[Tensor]) -> Iterator[Tensor]:
    """Yield the answers to matrices of one size."""
    first = matrices[0]
    dtype = torch.bfloat16 if multiplies_bfloat16(first.device) else torch.float32
    x = torch.stack([m.movedim(1, -1).flatten(1).to(dtype) for m in matrices])  # as kernels lie
    upright = x.shape[1] > x.shape[2]
    x = x.mT if upright else x
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=SMALLEST)
    for _ in range(TURNS):
        gram = x @ x.mT
        factor = torch.baddbmm(gram, gram, gram, beta=B, alpha=C)
        x = torch.baddbmm(x, factor, x, beta=A)
    x = x.mT if upright else x
    for answer in x.to(first.dtype):
        yield answer.reshape(first.movedim(1, -1).shape).movedim(-1, 1)
