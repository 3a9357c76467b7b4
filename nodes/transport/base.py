"""Cost, entropy and plans, as the nodes of transport share them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, PortName, Word, say
from nodes.transport.costs import GroundCost, Metric
from nodes.transport.sinkhorn_solver import iterate, sinkhorn
from nodes.transport.solution import Iteration, Solution, SolverSettings
from nodes.types import Shape

Unit = Literal["of the mean cost", "absolute"]


def metric_param() -> Any:
    """Declare what a pair costs: a power of the distance, or 1 minus the cosine."""
    return param(
        default="distance",
        title="Cost",
        help="What a pair costs: a power of the distance, or 1 minus the cosine.",
    )


def power_param() -> Any:
    """Declare the power p of the cost |x - y|^p."""
    return param(
        default=2.0,
        low=1.0,
        high=8.0,
        title="Power p",
        help="The cost is |x - y|^p; not of cosine.",
    )


class _WithGroundCost(Node):
    """A node that knows what it costs to carry mass from x to y."""

    metric: Metric = metric_param()
    p: float = power_param()

    @property
    def ground(self) -> GroundCost:
        """The cost of a pair, as the parameters say."""
        return GroundCost(self.metric, self.p)

    def sign(self) -> Part:
        return "1 − cos" if self.metric == "cosine" else f"|x − y|^{self.p:g}"


class _Entropic(Node):
    """A node that finds entropic plans for the cost |x - y|^2."""

    eps: float = param(
        default=0.05,
        low=1e-6,
        high=1e6,
        title="Epsilon",
        help="Weight of the entropy: the larger, the more the plan is spread out.",
    )
    unit: Unit = param(
        default="of the mean cost",
        title="Epsilon is",
        help="A share of the mean cost of all pairs, or in units of the cost itself.",
    )
    tolerance: float = param(
        default=1e-4,
        low=1e-12,
        high=1.0,
        help="How far both marginals may be off, their L1 distances added.",
    )
    most: int = param(
        default=1000, low=1, high=1_000_000, unit="iterations", help="Stop there at the latest."
    )

    @property
    def ground(self) -> GroundCost:
        """What a pair costs. Override where that can be chosen."""
        return GroundCost()

    def solve(self, x: Tensor, y: Tensor, **given: Any) -> Solution:
        """Return the plan from x (n, d) to y (m, d), or of a batch of such."""
        return sinkhorn(self.ground.between(x, y), **self._how(), **given)

    def iterations(self, x: Tensor, y: Tensor, **given: Any) -> Iterator[Iteration]:
        """Yield the state of the solver after each iteration, for points x (n, d) and y (m, d)."""
        return iterate(self.ground.between(x, y), **self._how(), **given)

    def settings(self) -> SolverSettings:
        """Return the solver's settings. Override to leave a part of the solver out."""
        return SolverSettings(tolerance=self.tolerance, most=self.most)

    def _how(self) -> dict[str, Any]:
        relative = self.unit == "of the mean cost"
        return {"eps": self.eps, "relative": relative, "settings": self.settings()}

    def sign(self) -> Part:
        share = self.unit == "of the mean cost"
        return say("ε {eps} of mean" if share else "ε {eps}", eps=self.eps)


class _EntropicWithGroundCost(_Entropic):
    """A node that finds entropic plans for a cost of one's choice."""

    metric: Metric = metric_param()
    p: float = power_param()

    @property
    def ground(self) -> GroundCost:
        """The cost of a pair, as the parameters say."""
        return GroundCost(self.metric, self.p)


def rows_of(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return both sets, (n, ...) and (m, ...), as points (n, d) and (m, d).

    Raise `InputRefused` where their items differ in shape.
    """
    if x.shape[1:] != y.shape[1:]:
        raise InputRefused(
            "{y} must have the shape of {x}, {must}; it has {found}.",
            "Wire items of the same kind to both.",
            must=Shape(x.shape[1:]),
            found=Shape(y.shape[1:]),
        )
    return x.flatten(1), y.flatten(1)


def weights_of(given: Tensor | None, items: Tensor, name: str) -> Tensor | None:
    """Return weights of sum 1, (n,), for items (n, ...), or None where none are given.

    `name` is that of the input. Raise `InputRefused` where they are not one for each item, where
    one is negative, or where all are 0.
    """
    if given is None:
        return None
    if len(given) != len(items):
        raise InputRefused(
            "{name} must be one weight for each item, {must}; they are {found}.",
            "Wire as many weights as items, or none.",
            name=PortName(name),
            must=len(items),
            found=len(given),
        )
    if bool((given < 0).any()) or not bool(given.sum() > 0):
        raise InputRefused(
            "{name} must be weights: none below 0, and not all 0.",
            "Wire weights, or none for equal ones.",
            name=PortName(name),
        )
    return given / given.sum()


def barycentric(plan: Tensor, y: Tensor) -> Tensor:
    """Return the mean target of each row's mass, (n, ...), for a plan (n, m) and y (m, ...)."""
    mass = plan.sum(1, keepdim=True).clamp_min(torch.finfo(plan.dtype).tiny)
    return ((plan / mass) @ y.flatten(1).to(plan)).to(y.dtype).view(-1, *y.shape[1:])


def drawn_pairs(plan: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return pairs in proportion to their mass in a plan (n, m): row and column of each, (count,).

    Equal steps through the cumulative mass: each row gets its share to within one pair, and the
    pairs are the same each time.
    """
    cumulative = plan.flatten().double().clamp_min(0).cumsum(0)
    steps = (torch.arange(count, device=plan.device) + 0.5) / count * cumulative[-1]
    at = torch.searchsorted(cumulative, steps).clamp(max=len(cumulative) - 1)
    return at // plan.shape[1], at % plan.shape[1]


def must_be_plan(plan: Tensor, x: Tensor | None, y: Tensor | None) -> None:
    """Raise `InputRefused` where a plan (n, m) is not one from x (n, ...) to y (m, ...).

    A side that is None is not checked.
    """
    for name, items, axis in (("x", x, 0), ("y", y, 1)):
        if items is not None and len(items) != plan.shape[axis]:
            way = Word("rows" if axis == 0 else "columns")
            raise InputRefused(
                "{name} must have as many points as {plan} has {way}, {must}; it has {found}.",
                "Wire the points that the plan was made for.",
                name=PortName(name),
                way=way,
                must=plan.shape[axis],
                found=len(items),
            )
