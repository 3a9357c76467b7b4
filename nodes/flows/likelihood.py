"""The exact log-density of data under a flow, as a loss and as values."""

from __future__ import annotations

import math
from typing import NamedTuple

from torch import Tensor

from nodes.base import Node
from nodes.flows.base import Flow
from nodes.types import Batch, Loss, Scalar, Values


class Surprise(NamedTuple):
    """The loss in nats, in bits per dimension (scalars), and -log p of each item in nats, (b,)."""

    loss: Loss
    bits_per_dim: Scalar
    nll: Values


class Likelihood(Node):
    """Measure how unlikely data are under a flow: the loss of maximum likelihood.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    `loss` is the mean of -log p(x) over the batch, in nats an item; `bits_per_dim` the same over
    dimensions and ln 2; `nll` (b,) that of each item. Behind Dequantize they count grey levels,
    else they are of a density and may be negative.
    """

    synonyms = (
        "maximum likelihood, nll, negative log-likelihood, flow loss, loss, bits per dim, "
        "perte, maximum de vraisemblance"
    )
    formula = (
        r"-\log p_X(x) = -\log p_Z(f^{-1}(x)) - \log\left|\det \frac{\partial f^{-1}}"
        r"{\partial x}\right|"
    )
    icon = "sigma"
    measured_in = "nats per item"

    def forward(self, x: Batch, flow: Flow) -> Surprise:
        """Return the negative log-likelihood of x (b, ...) under the flow.

        Raise `InputRefused` where items do not have the flow's shape.
        """
        nll = -flow.log_prob(x)  # (b,)
        loss = nll.mean()
        return Surprise(loss, loss.detach() / (flow.item.numel * math.log(2)), nll)

    def sketch(self, x: Tensor, flow: Flow) -> Surprise:
        flow.must_fit(x)
        return Surprise(x.new_empty(()), x.new_empty(()), x.new_empty(len(x)))


class LogDensity(Node):
    """Compute log p(x) of given items under a flow, in nats.

    Variational Inference with Normalizing Flows (Rezende & Mohamed, 2015), arXiv:1505.05770.

    `x` (b, ...) of the flow's shape gives `log_p` (b,): to colour points by, to find unusual items,
    or to weigh samples.
    """

    synonyms = (
        "log p, log-likelihood, log prob, density, change of variables, densité, changement de "
        "variable"
    )
    title = "Log-density"
    formula = r"\log p_X(x) = \log p_Z(z) + \log\left|\det \frac{\partial z}{\partial x}\right|"
    icon = "mountain"
    returns = "log_p"

    def forward(self, x: Batch, flow: Flow) -> Values:
        """Return log p(x) in nats, (b,), of x (b, ...).

        Raise `InputRefused` where items do not have the flow's shape.
        """
        return flow.log_prob(x)

    def sketch(self, x: Tensor, flow: Flow) -> Tensor:
        flow.must_fit(x)
        return x.new_empty(len(x))
