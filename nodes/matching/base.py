"""Pairs, times and calls of the network, shared by matching losses and samplers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nodes.diffusion.conditioning import null_condition
from nodes.diffusion.contexts import joined, rows_of
from nodes.errors import InputRefused
from nodes.matching.coupling import Coupling, partners
from nodes.sentences import PortName, Word
from nodes.training.precision import as_trained
from nodes.types import Shape


class Pairs(NamedTuple):
    """Sources x_0 and targets x_1, both (b, ...), row by row, and the conditions of the targets."""

    x_0: Tensor
    x_1: Tensor
    told: Mapping[str, Any] = {}


def paired(pairs: Pairs, coupling: Coupling, eps: float) -> Pairs:
    """Return the batch with its targets in the order that the coupling gives.

    No gradient reaches sources and targets; what is told of them keeps its own.
    """
    x_0, x_1, told = pairs
    x_0, x_1 = (x.detach() if x.requires_grad else x for x in (x_0, x_1))
    if coupling == "as paired":
        return Pairs(x_0, x_1, told)
    rows = partners(x_0, x_1, coupling, eps)
    return Pairs(x_0, x_1[rows], {name: rows_of(part, rows) for name, part in told.items()})


def as_many(source: Tensor, target: Tensor, told: Mapping[str, Any] | None = None) -> Pairs:
    """Return a batch of pairs; the larger side is cut to the size of the other.

    `source` (n, ...), `target` (m, ...): the last batch of a test set may be smaller. Raise
    `InputRefused` where their items differ in shape.
    """
    must_be_alike(source, target)
    if len(source) == len(target):
        return Pairs(source, target, told or {})
    count = min(len(source), len(target))
    kept = {name: rows_of(part, slice(count)) for name, part in (told or {}).items()}
    return Pairs(source[:count], target[:count], kept)


def must_be_alike(source: Tensor, target: Tensor) -> None:
    """Raise `InputRefused` where items of source and target differ in shape."""
    if source.shape[1:] != target.shape[1:]:
        raise InputRefused(
            "{target} must have the shape of {source}, {must}; it has {found}.",
            "Draw both with as many dimensions.",
            must=Shape(source.shape[1:]),
            found=Shape(target.shape[1:]),
        )


def must_predict(model: nn.Module, wanted: str, name: str = "model") -> None:
    """Raise `InputRefused` where a network predicts something else."""
    predicts = getattr(model, "predicts", wanted)
    if predicts != wanted:
        raise InputRefused(
            "{name} must predict the {must}; it predicts the {found}.",
            "Set what the network predicts to {must}.",
            name=PortName(name),
            must=Word(wanted),
            found=Word(predicts),
        )


def stratified_times(x: Tensor) -> Tensor:
    """Draw a time in [0, 1] for each item, each uniform, all together evenly spread, (b,).

    One uniform shift for the batch: Variational Diffusion Models (Kingma et al., 2021),
    arXiv:2107.00630. The mean of a loss over the batch has the same expectation and less noise.
    """
    count = len(x)
    order = torch.randperm(count, dtype=x.dtype, device=x.device)
    shift = torch.rand((), device=x.device)
    return order.div_(count).add_(shift).remainder_(1)


def expand(t: Tensor, x: Tensor) -> Tensor:
    """Return t (b,) so that it multiplies items x (b, ...)."""
    return t.view(-1, *[1] * (x.dim() - 1))


def noise_like(x: Tensor, generator: torch.Generator | None) -> Tensor:
    """Draw from N(0, I), shaped as x; a generator's numbers are the same on every device."""
    if generator is None:
        return torch.randn_like(x)
    return torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)


def logit_normal_times(x: Tensor) -> Tensor:
    """Draw a time for each item, (b,), whose logit is normal: more from the middle.

    Stratified as `stratified_times`. Scaling Rectified Flow Transformers (Esser et al., 2024),
    arXiv:2403.03206.
    """
    return torch.sigmoid(torch.special.ndtri(stratified_times(x)))


def at_one_time(
    model: nn.Module,
    told: Mapping[str, Any] | None = None,
    scale: float = 0.0,
    away: Mapping[str, Any] | None = None,
) -> Any:
    """Return the model as a velocity of (x, one time for all), for the integrators.

    Guided by `scale`, (1 + w) v(x, c) - w v(x): Classifier-Free Diffusion Guidance (Ho & Salimans,
    2022), arXiv:2207.12598. The negative conditions `away` replace the null ones.
    """
    given = dict(told or {})
    instead = {name: null_condition(model, name, c) for name, c in given.items()} | dict(away or {})
    both = {name: joined(c, instead[name]) for name, c in given.items()}

    @torch.no_grad()
    def field(x: Tensor, t: float) -> Tensor:
        with as_trained(model, x.device):
            if not (given and scale):
                return model(x, x.new_full((len(x),), t), **given).to(x.dtype)
            found: Tensor = model(torch.cat([x, x]), x.new_full((2 * len(x),), t), **both)
        asked, free = found.to(x.dtype).chunk(2)
        return torch.lerp(free, asked, 1 + scale)

    return field
