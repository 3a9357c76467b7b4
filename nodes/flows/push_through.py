"""A flow as a map of points, from noise to data or back."""

from __future__ import annotations

from typing import Literal, NamedTuple

from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.flows.base import Flow
from nodes.sentences import Part, Word
from nodes.types import Batch, Points, Values


class Pushed(NamedTuple):
    """The points beyond the flow, (b, d), and log|det| of the way there, (b,)."""

    points: Points
    log_det: Values


class PushThrough(Node):
    """Carry given points through a flow, from noise to data or from data to noise.

    Improved Variational Inference with Inverse Autoregressive Flow (Kingma et al., 2016),
    arXiv:1606.04934.

    `x` (b, ...) gives `points` (b, d), written as rows, and `log_det` (b,). From noise to data
    behind a Reparameterize it makes a VAE's posterior as bent as need be: wire `points` into the
    decoder, and points and log_det into the ELBO. From data to noise it shows the latent space.
    """

    synonyms = (
        "pushforward, transform, inverse, encode, iaf, transformer, pousser en avant, image par "
        "le flot"
    )
    title = "Push through"
    formula = r"x = f(z), \qquad \log\left|\det \frac{\partial f}{\partial z}\right|"
    icon = "move-3d"

    direction: Literal["noise to data", "data to noise"] = param(
        default="noise to data", help="Which way points go."
    )

    def forward(self, x: Batch, flow: Flow) -> Pushed:
        """Return x (b, ...) at the other end of the flow.

        Raise `InputRefused` where x has other numbers an item than the flow, or on the way to noise
        another shape.
        """
        if self.direction == "data to noise":
            z, log_det = flow(x)
            return Pushed(z, log_det)
        self._must_fit(x, flow)
        y, log_det = flow.inverse(x)
        return Pushed(y.flatten(1), log_det)

    def sketch(self, x: Tensor, flow: Flow) -> Pushed:
        self._must_fit(x, flow)
        return Pushed(x.flatten(1), x.new_empty(len(x)))

    def _must_fit(self, x: Tensor, flow: Flow) -> None:
        if x.shape[1:].numel() != flow.item.numel:
            raise InputRefused(
                "{x} must have {must} numbers an item, as the flow; it has {found}.",
                "Begin the flow with a base of {found}.",
                must=flow.item.numel,
                found=x.shape[1:].numel(),
            )

    def sign(self) -> Part:
        return Word(self.direction)
