"""The evidence lower bound."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.autoencoders.likelihoods import (
    bernoulli_nll,
    categorical_nll,
    gaussian_nll,
    kl_to_standard_normal,
)
from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, say
from nodes.types import UNIT, Batch, Gaussian, Loss, Range, Values


class Bound(NamedTuple):
    """The loss to train on and its terms before beta, scalars; the negative bound (b,), beta 1.

    All in nats.
    """

    loss: Loss
    reconstruction: Loss
    kl: Loss
    bound: Values


class BoundBase(Node, ABC):
    """What bounds share: the likelihood of x, the weight of the KL term."""

    icon = "sigma"
    measured_in = "nats per item"

    beta: float = param(
        default=1.0,
        low=0.0,
        high=1000.0,
        title="β",
        help="Weight of the KL term.",
        larger="codes closer to the prior, blurrier pictures; too large: all become one",
        smaller="sharper pictures, samples of the prior fall into holes",
    )
    free: float = param(
        default=0.0,
        low=0.0,
        high=1e6,
        unit="nats",
        title="Free nats",
        help="How large the KL term may be at no cost; no gradient makes it smaller.",
        larger="more information stays in the code",
        smaller="the code is pressed towards the prior from the start",
    )
    likelihood: Literal["Bernoulli", "Gaussian", "Categorical"] = param(
        default="Bernoulli",
        help="Law of a pixel given x_hat: Bernoulli for [0, 1], or Gaussian; of a token: "
        "Categorical, of logits.",
    )
    sigma: float = param(
        default=1.0,
        low=1e-4,
        high=1e4,
        title="σ",
        help="Standard deviation of the Gaussian likelihood, in the unit of the data.",
        larger="errors of pixels weigh less: blurrier, smoother codes",
        smaller="errors of pixels weigh more: sharper, rougher codes",
    )

    def __init__(self, **given: Any) -> None:
        self._looked = False
        super().__init__(**given)

    @abstractmethod
    def forward(self, *args: Any, **kwargs: Any) -> Bound:
        """Return the bound; subclasses name its inputs."""

    def bound(self, x: Tensor, x_hat: Tensor, kl: Tensor) -> Bound:
        """Return the bound of each item from its divergence `kl` (b,) in nats, and its terms.

        `x` and `x_hat` (b, ...) must have one shape, for a categorical likelihood (b, t) and (b, t,
        K): else raise `InputRefused`.
        """
        if self.likelihood == "Categorical":
            must_be_logits_of(x, x_hat)
        elif x.shape != x_hat.shape:
            x, x_hat = aligned(x, x_hat)
        nll = _LIKELIHOODS[self.likelihood](x, x_hat, self.sigma)  # (b,)
        bound = nll + kl
        if self.free:
            loss = nll.mean() + self.beta * kl.mean().clamp(min=self.free)
        else:
            loss = (bound if self.beta == 1.0 else nll + self.beta * kl).mean()
        return Bound(loss, nll.mean(), kl.mean(), bound)

    def ranges(
        self, x: Range | None = None, x_hat: Range | None = None, **_: Range | None
    ) -> Mapping[str, Range]:
        if self.likelihood == "Bernoulli":
            _must_be_probabilities(x, x_hat)
        return {}

    def reached(self, output: str) -> frozenset[str]:
        """Return the inputs of each term; only the Gaussian likelihood has a gradient to x."""
        seen = frozenset({"x", "x_hat"} if self.likelihood == "Gaussian" else {"x_hat"})
        if output == "reconstruction":
            return seen
        others = super().reached(output) - {"x", "x_hat"}
        return others if output == "kl" else others | seen

    def changed(self, name: str) -> None:
        self._looked = False

    def restart(self) -> None:
        self._looked = False

    def look(self, x: Tensor, x_hat: Tensor) -> None:
        """Raise `InputRefused` where x or x_hat (b, ...) of the first batch are out of their range.

        Not every data set declares its range. Later batches are not looked at.
        """
        if not self._looked and self.likelihood == "Bernoulli":
            self._looked = True
            self.ranges(x=_range_of(x), x_hat=_range_of(x_hat))

    def sign(self) -> Part:
        return say("β {beta}", beta=self.beta)


class ELBO(BoundBase):
    """Measure how far a variational autoencoder is from explaining its data, in nats an item.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `loss` is the negative bound with the KL term times beta, averaged over the batch; `bound` (b,)
    is the negative bound itself, whatever beta is (beta-VAE, Higgins et al., 2017). Sums
    run over pixels, so that nats of different image sizes do not compare. The Bernoulli likelihood
    needs x and x_hat in [0, 1]; grey levels count as in papers on MNIST. The categorical one is of
    tokens x (b, t) by their logits x_hat (b, t, K), up to the first token 0, which ends a text.
    Free nats are those of arXiv:1606.04934, of the whole code.
    """

    synonyms = (
        "loss, perte, vae loss, beta-vae, β-VAE, kl, kl divergence, kullback-leibler, evidence "
        "lower bound, free energy, variational bound, borne variationnelle, divergence de "
        "Kullback-Leibler"
    )
    formula = (
        r"-\mathcal{L} = -\mathbb{E}_{q_\phi(z|x)}[\log p_\theta(x|z)]"
        r" + \beta\,\mathrm{KL}(q_\phi(z|x)\,\|\,p(z))"
    )
    title = "ELBO"

    def forward(self, x: Batch, q: Gaussian, x_hat: Batch) -> Bound:
        """Return the bound of items x (b, ...) with codes q (b, latent) and reconstructions x_hat.

        `x_hat` has the shape of x, or (b, t, K) for tokens x (b, t). Raise `InputRefused` where
        shapes do not fit, or where values lie outside [0, 1] for the Bernoulli likelihood.
        """
        self.look(x, x_hat)
        return self.sketch(x, q, x_hat)

    def sketch(self, x: Tensor, q: Gaussian, x_hat: Tensor) -> Bound:
        return self.bound(x, x_hat, kl_to_standard_normal(q))


_LIKELIHOODS: dict[str, Callable[[Tensor, Tensor, float], Tensor]] = {
    "Bernoulli": lambda x, x_hat, sigma: bernoulli_nll(x, x_hat),
    "Gaussian": gaussian_nll,
    "Categorical": lambda x, x_hat, sigma: categorical_nll(x, x_hat),
}


def must_be_logits_of(x: Tensor, x_hat: Tensor) -> None:
    """Raise `InputRefused` where there are no logits (b, t, K) for each of the tokens (b, t)."""
    if x_hat.dim() != 3 or x_hat.shape[:2] != x.shape:
        raise InputRefused(
            "{x_hat} must have logits for each of the tokens of {x}, {must}; it has {found}.",
            "Wire tokens, and the logits of a text decoder; or choose another likelihood.",
            must=" ".join(map(str, x.shape)),
            found=" ".join(map(str, x_hat.shape)),
        )


def aligned(x: Tensor, x_hat: Tensor) -> tuple[Tensor, Tensor]:
    """Return both as (b, d), or raise `InputRefused` where that does not make them alike."""
    if x.flatten(1).shape != x_hat.flatten(1).shape:
        must, found = " ".join(map(str, x.shape[1:])), " ".join(map(str, x_hat.shape[1:]))
        raise InputRefused(
            "{x_hat} must have the shape of {x}, {must}; it has {found}.",
            "Set the shape of the decoder to {must}."
            if x.dim() == 4
            else "Take a point decoder of size {must} in place of the decoder.",
            must=must,
            found=found,
        )
    return x.flatten(1), x_hat.flatten(1)


def _range_of(x: Tensor) -> Range:
    low, high = torch.aminmax(x.detach())
    return Range(low.item(), high.item())


def _must_be_probabilities(x: Range | None, x_hat: Range | None) -> None:
    if x is not None and not x.within(UNIT):
        raise InputRefused(
            "{x} must lie in {must} for a Bernoulli likelihood; it lies in {found}.",
            "Set the range of the data to [0, 1], or the likelihood to Gaussian.",
            must=UNIT,
            found=x,
        )
    if x_hat is not None and not x_hat.within(UNIT):
        raise InputRefused(
            "{x_hat} must be a probability in {must} for a Bernoulli likelihood; it lies in "
            "{found}.",
            "Set the output of the decoder to probabilities, or the likelihood to Gaussian.",
            must=UNIT,
            found=x_hat,
        )
