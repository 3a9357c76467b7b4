"""Continuous normalizing flows, by an ordinary differential equation from noise to data."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from nodes.base import param
from nodes.flows.base import Bijection, State, WeightedLayer
from nodes.flows.masks import depth_param, width_param
from nodes.types import Shape

Trace = Literal["exact", "Hutchinson"]
STOPS = 8
"""Into how many parts the way is cut where it is looked at."""


class VelocityNet(nn.Module):
    """The velocity f(x, t) of points, and along with it products of its Jacobian with directions.

    Directions go forward through the layers beside the points, so that the trace needs no second
    backward pass.
    """

    def __init__(self, dims: int, hidden: int, layers: int) -> None:
        super().__init__()
        widths = [dims + 1, *[hidden] * layers, dims]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))

    def forward(self, t: Tensor, x: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Return f (b, d), and J v (k, b, d) for each of k directions v (k, b or 1, d)."""
        h = torch.cat([x, t.expand(len(x), 1)], 1)
        along = nn.functional.pad(directions, (0, 1))
        *hidden, last = self.layers
        for layer in hidden:
            h = torch.tanh(layer(h))
            along = (along @ layer.weight.T) * (1 - h.square())  # type: ignore[operator]
        return last(h), along @ last.weight.T  # type: ignore[operator]


class ContinuousMap(Bijection):
    """x = the solution at t = 1 of dx/dt = f(x, t) that starts from z; log|det| integrates tr J."""

    def __init__(self, dims: int, hidden: int, layers: int, trace: Trace, tolerance: float) -> None:
        super().__init__()
        self.net = VelocityNet(dims, hidden, layers)
        self.trace, self.tolerance = trace, tolerance

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z, shaped as x (b, ...), and log|det dz/dx|, (b,): from t = 1 back to t = 0."""
        return self._carry(x, 1.0, 0.0)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x, shaped as z (b, ...), and log|det dx/dz|, (b,): from t = 0 to t = 1."""
        return self._carry(z, 0.0, 1.0)

    def stops(self, state: State) -> list[State]:
        """Return the states at t = 1/8, 2/8, ..., 1."""
        stops = [state]
        for k in range(STOPS):
            x, log_det = self._carry(stops[-1].h, k / STOPS, (k + 1) / STOPS)
            stops.append(State(x, stops[-1].log_det + log_det, state.parked))
        return stops[1:]

    def _carry(self, x: Tensor, start: float, end: float) -> tuple[Tensor, Tensor]:
        from zuko.utils import odeint

        directions = self._directions(x.flatten(1))

        def rate(t: Tensor, x: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
            f, along = self.net(t, x, directions)
            return f, (along * directions).sum((0, 2))

        begin = x.flatten(1), x.new_zeros(len(x))
        weights = list(self.net.parameters())
        tolerances = {"atol": self.tolerance, "rtol": self.tolerance}
        y, log_det = odeint(rate, begin, start, end, phi=weights, **tolerances)
        return y.view(x.shape), log_det

    def _directions(self, x: Tensor) -> Tensor:
        """Return all axes for an exact trace, or one random sign vector an item."""
        if self.trace == "exact":
            return torch.eye(x.shape[1], dtype=x.dtype, device=x.device)[:, None]
        return torch.randint_like(x, 2)[None] * 2 - 1


class Continuous(WeightedLayer):
    """Let points flow along a learned velocity field from noise at t = 0 to data at t = 1.

    FFJORD: Free-form Continuous Dynamics for Scalable Reversible Generative Models (Grathwohl et
    al., 2019), arXiv:1810.01367.

    Solved by Dormand and Prince's method with steps as small as the tolerance asks; gradients by
    the adaptive checkpoint adjoint. The network needs no mask. Hutchinson's estimate of the trace
    makes the log-density random, but needs one direction where exactness needs one for each
    dimension.
    """

    synonyms = (
        "ffjord, cnf, neural ode, continuous normalizing flow, odenet, flot normalisant "
        "continu, edo neuronale"
    )
    title = "Continuous flow"
    formula = r"\frac{dx}{dt} = f_\theta(x, t), \qquad \frac{d \log p}{dt} = -\mathrm{tr}\,J_f"
    icon = "wind"

    hidden: int = width_param("f")
    layers: int = depth_param("f", default=3, low=1)
    trace: Trace = param(
        default="exact", help="Exact, or Hutchinson's random estimate: for many dimensions."
    )
    tolerance: float = param(
        default=1e-5,
        low=1e-14,
        high=0.1,
        help="Error allowed in each step, absolute and relative.",
    )

    def make(self, shape: Shape, turn: int) -> ContinuousMap:
        """Return the map of a turn; all turns are alike."""
        sizes = shape.numel, self.hidden, self.layers
        return ContinuousMap(*sizes, self.trace, self.tolerance)
