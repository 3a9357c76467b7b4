"""The coupling layer of neural spline flows."""

from __future__ import annotations

from torch import Tensor

from nodes.base import param
from nodes.flows.base import Bijection, WeightedLayer
from nodes.flows.masks import Conditioner, Mask, MaskKind, depth_param, width_param
from nodes.flows.spline import Spline
from nodes.networks.blocks import Activation, activation_param
from nodes.types import Shape


class SplineMap(Bijection):
    """z_moves = g(x_moves), where g is a spline whose knots are functions of what stays."""

    def __init__(self, mask: Mask, conditioner: Conditioner, bins: int, bound: float) -> None:
        super().__init__()
        self.mask, self.bins, self.bound = mask, bins, bound
        outputs = (3 * bins - 1) * mask.moving
        self.net = conditioner.net(mask.network_shape, outputs)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z, shaped as x (b, c, ...), and log|det dz/dx| = the sum of log g', (b,)."""
        stays, moves = self.mask.split(x)
        moved, log_slope = self._spline(stays).forward(moves)
        return self.mask.join(stays, moved), log_slope.flatten(1).sum(1)

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x, shaped as z (b, c, ...), and log|det dx/dz|, (b,)."""
        stays, moves = self.mask.split(z)
        moved, log_slope = self._spline(stays).inverse(moves)
        return self.mask.join(stays, moved), -log_slope.flatten(1).sum(1)

    def _spline(self, stays: Tensor) -> Spline:
        theta = self.net(stays).unflatten(1, (-1, self.mask.moving)).movedim(1, 0)
        return Spline(theta.contiguous(), self.bound)


class SplineCoupling(WeightedLayer):
    """Bend each number of one half by a monotone spline whose knots depend on the other half.

    Neural Spline Flows (Durkan, Bekasov, Murray & Papamakarios, 2019), arXiv:1906.04032.

    Between knots g is a ratio of two quadratics, so its inverse is a formula. Beyond `bound` on
    either side it is the identity: the data must lie within, at least roughly. A spline has 3 K - 1
    free numbers for K bins and sharp edges come easily to it.
    """

    synonyms = (
        "neural spline flow, nsf, rational quadratic, rqs, normalizing flow, flot normalisant"
    )
    title = "Spline coupling"
    formula = r"z_a = g_{\theta(x_b)}(x_a), \qquad z_b = x_b, \qquad g = \frac{P_2}{Q_2}"
    icon = "spline"

    mask: MaskKind = param(
        default="alternating",
        help="What moves: every second dimension or channel, one half, every second pixel.",
    )
    swap: bool = param(
        default=False, help="Move first what would stay first: for layers that stand one by one."
    )
    bins: int = param(default=8, low=2, high=128, unit="bins", help="Pieces of each spline (K).")
    bound: float = param(
        default=5.0, low=0.1, high=1000.0, help="The spline bends numbers from -bound to bound."
    )
    hidden: int = width_param("θ")
    layers: int = depth_param("θ")
    activation: Activation = activation_param()

    def make(self, shape: Shape, turn: int) -> SplineMap:
        """Return the coupling; odd turns, with `swap` even ones, move the other half."""
        mask = Mask(self.mask, shape, turn + self.swap)
        conditioner = Conditioner.of(self)
        return SplineMap(mask, conditioner, self.bins, self.bound)
