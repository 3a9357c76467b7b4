"""One step of Glow: ActNorm, 1x1 convolution, affine coupling."""

from __future__ import annotations

from torch import Tensor, nn

from nodes.flows.act_norm import ActNormMap
from nodes.flows.affine_coupling import AffineMap
from nodes.flows.base import Bijection, WeightedLayer
from nodes.flows.invertible_convolution import Mixing
from nodes.flows.masks import Conditioner, Mask, bound_param, depth_param, width_param
from nodes.networks.blocks import Activation, activation_param
from nodes.types import Shape


class Composite(Bijection):
    """Several maps as one; the first of them is nearest to the data."""

    def __init__(self, *maps: Bijection) -> None:
        super().__init__()
        self.maps = nn.ModuleList(maps)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z, shaped as x (b, ...), and the sum of log|det| of all maps, (b,) or ()."""
        total = x.new_zeros(())
        for each in self.maps:
            x, log_det = each(x)
            total = total + log_det
        return x, total

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x, shaped as z (b, ...), and the sum of log|det| of all inverses, (b,) or ()."""
        total = z.new_zeros(())
        for each in reversed(self.maps):
            z, log_det = each.inverse(z)  # type: ignore[operator]
            total = total + log_det
        return z, total


class GlowStep(WeightedLayer):
    """Normalise, mix and couple the channels: one step of Glow, or several in a row.

    Glow: Generative Flow with Invertible 1x1 Convolutions (Kingma & Dhariwal, 2018),
    arXiv:1807.03039.

    From data to noise: ActNorm, invertible 1x1 convolution, affine coupling of the two halves of
    the channels. The three are nodes of their own as well; this one repeats them together.
    """

    synonyms = "glow, normalizing flow, invertible network, flot normalisant, réseau inversible"
    title = "Glow step"
    formula = r"z = \mathrm{coupling}(W\,(s \odot x + b))"
    icon = "layers"

    hidden: int = width_param("s and t")
    layers: int = depth_param("s and t")
    activation: Activation = activation_param()
    bound: float = bound_param()

    def make(self, shape: Shape, turn: int) -> Composite:
        """Return ActNorm, mixing and coupling as one map; odd turns move the other half."""
        conditioner = Conditioner.of(self)
        coupling = AffineMap(Mask("channel", shape, turn), conditioner, self.bound)
        return Composite(ActNormMap(shape), Mixing(shape), coupling)
