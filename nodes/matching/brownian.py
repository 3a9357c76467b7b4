"""The Brownian bridge: the noise between two fixed points."""

from __future__ import annotations

import math
from typing import ClassVar

from torch import Tensor

from nodes.base import Node, param
from nodes.sentences import Part, say
from nodes.types import PortType


class BrownianBridge(Node):
    """Set how much noise there is between two laws: a Brownian motion of standard deviation sigma.

    Simulation-free Schrödinger bridges via score and flow matching (Tong et al., 2024),
    arXiv:2307.03672.

    Of all processes between the laws, the Schrödinger bridge is the closest to this motion. Loss,
    sampler and measure of a bridge share it, so that sigma is set once. A small sigma is optimal
    transport, with a large one the end is independent of the start: the entropic plan of the two
    laws has epsilon = 2 sigma^2, for costs |x_0 - x_1|^2.
    """

    synonyms = (
        "brownian motion, noise, sigma, schrödinger bridge, mouvement brownien, bruit, pont de "
        "Schrödinger"
    )
    title = "Brownian bridge"
    formula = (
        r"x_t = (1-t)\,x_0 + t\,x_1 + \sigma\sqrt{t(1-t)}\,\epsilon,\quad \epsilon \sim "
        r"\mathcal{N}(0, I)"
    )
    icon = "activity"
    returns = "bridge"
    port: ClassVar[PortType] = PortType(
        "BrownianBridge", help="The noise of a process.", words="a Brownian bridge"
    )

    sigma: float = param(
        default=1.0,
        low=1e-3,
        high=1e3,
        help="Standard deviation of the Brownian motion at t = 1, in the data's unit.",
    )

    def forward(self) -> BrownianBridge:
        """Return the node itself, which holds sigma."""
        return self

    @property
    def eps(self) -> float:
        """Return the epsilon of its entropic plan."""
        return 2 * self.sigma**2

    def drift(self, velocity: Tensor, score: Tensor, way: float = 1.0) -> Tensor:
        """Return velocity + way sigma^2 / 2 score, (b, ...): the drift of the stochastic equation.

        `way` is 1 forwards and -1 backwards. Both equations have the marginals of dx/dt = velocity.
        """
        return velocity + way * self.sigma**2 / 2 * score

    def noise_of(self, dt: float) -> float:
        """Return the standard deviation of a step of length dt."""
        return self.sigma * math.sqrt(abs(dt))

    def sign(self) -> Part:
        return say("σ = {sigma}", sigma=self.sigma)
