"""The log-likelihood of the test set, exact for flows, a bound for VAEs."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from nodes.autoencoders.likelihoods import bernoulli_nll, gaussian_nll, log_standard_normal
from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.flows.base import Flow
from nodes.metrics.embedding import double
from nodes.metrics.gathering import collect, count_param
from nodes.types import Batch, Gaussian, Measured, Network, Stream

ROWS = 4096
"""Codes decoded at once."""

Likelihoods = dict[str, Callable[[Tensor, Tensor, float], Tensor]]
LIKELIHOODS: Likelihoods = {
    "Bernoulli": lambda x, x_hat, sigma: bernoulli_nll(x, x_hat),
    "Gaussian": gaussian_nll,
}


class VAE(NamedTuple):
    """The parts of a VAE; flows in place of N(0, I) and behind q where there are any."""

    encoder: Any
    decoder: Any
    prior: Flow | None = None
    posterior: Flow | None = None


class LogLikelihood(Node):
    """Measure the mean log-likelihood of the test set, in nats an item and in bits per dimension.

    Importance Weighted Autoencoders (Burda, Grosse & Salakhutdinov, 2016), arXiv:1509.00519.

    `model` is a flow, of which it is exact, or the encoder of a VAE, whose `decoder` is then
    needed: a lower bound from so many `samples` of q for each item. With one sample it is the ELBO,
    with more it never falls in the mean and tends to log p(x); a flow wired to `prior` takes the
    place of N(0, I), one wired to `posterior` transforms q as Push through does in training.
    `nats`, the mean of log p, is better the larger; `bits`, as papers give it for images, -log p
    over dimensions and ln 2 (arXiv:1605.08803), the smaller. The value is one of the two, `error`
    its standard error. Behind Dequantize bits are what compresses the image; of densities they may
    be negative. The likelihood must be the one that the VAE was trained on. Grey levels under a
    Bernoulli likelihood count as in papers and are no density.
    """

    synonyms = (
        "nll, bits per dim, iwae, importance weighted, test likelihood, evaluation, "
        "vraisemblance, évaluation"
    )
    title = "Log-likelihood"
    formula = (
        r"\log \frac{1}{K} \sum_{k=1}^{K} \frac{p(x|z_k)\,p(z_k)}{q(z_k|x)}, \qquad"
        r" z_k \sim q(z|x)"
    )
    icon = "sigma"
    role = "metric"

    unit: Literal["nats", "bits/dim"] = param(
        default="nats",
        title="Told in",
        help="Nats an item, better the larger, or bits a dimension, better the smaller.",
    )
    count: int = count_param(1000, help="Test items, at most.")
    samples: int = param(
        default=64,
        low=1,
        high=100_000,
        unit="draws",
        title="Samples K",
        help="Codes drawn for each item: the bound tightens with more.",
    )
    likelihood: Literal["Bernoulli", "Gaussian"] = param(
        default="Bernoulli", help="Law of a number given x_hat, as in the loss."
    )
    sigma: float = param(
        default=1.0, low=1e-4, high=1e4, title="σ", help="Deviation of the Gaussian likelihood."
    )

    def forward(
        self,
        x: Stream[Batch],
        model: Flow | Network,
        decoder: Network | None = None,
        prior: Flow | None = None,
        posterior: Flow | None = None,
    ) -> Measured:
        """Return the mean of log p in nats, or of -log p in bits per dimension, of x (b, ...).

        Raise `InputRefused` where an encoder comes without its decoder.
        """
        _must_be_whole(model, decoder)
        numbers = 1

        def look(items: Tensor) -> Tensor:
            nonlocal numbers
            numbers = items.shape[1:].numel()
            if isinstance(model, Flow):
                return double(model.log_prob(items))
            return self.bound(items, VAE(model, decoder, prior, posterior))

        return self._told(collect(x, self.count, look), numbers)

    def _told(self, log_p: Tensor, numbers: int) -> Measured:
        """Return the mean in the unit `unit`, for items of so many numbers."""
        nats = log_p.mean().item()
        in_bits = -1 / (numbers * math.log(2))
        scale = {"nats": 1.0, "bits/dim": in_bits}[self.unit]
        error = abs(scale) * log_p.std().item() / math.sqrt(len(log_p))
        others = {"nats": nats, "bits": in_bits * nats, "error": error, "items": len(log_p)}
        return Measured(scale * nats, others, self.unit)

    def bound(self, x: Tensor, vae: VAE) -> Tensor:
        """Return the importance-weighted bound of each item, (b,)."""
        q = vae.encoder(x)
        turns = max(1, ROWS // len(x))
        log_w: list[Tensor] = []
        for first in range(0, self.samples, turns):
            log_w.append(self._weights(x, q, vae, min(turns, self.samples - first)))
        return torch.logsumexp(torch.cat(log_w), 0) - math.log(self.samples)

    def _weights(self, x: Tensor, q: Gaussian, vae: VAE, k: int) -> Tensor:
        """Return log p(x|z) p(z) / q(z|x) of k codes for each item, (k, b)."""
        eps = torch.randn(k, *q.mean.shape, device=q.mean.device)
        z = (q.mean + q.std * eps).flatten(0, 1)  # (k b, d)
        log_q = log_standard_normal(eps.flatten(0, 1)).view(k, -1) - 0.5 * q.log_var.sum(1)
        if vae.posterior is not None:
            z, log_det = vae.posterior.inverse(z)
            log_q = log_q - log_det.view(k, -1)
        log_p = log_standard_normal(z) if vae.prior is None else vae.prior.log_prob(z)
        x_hat = vae.decoder(z)
        many = x.expand(k, *x.shape).reshape(x_hat.shape)  # x_hat keeps its logits as it is
        nll = LIKELIHOODS[self.likelihood](many, x_hat, self.sigma)
        return double((log_p - nll).view(k, -1)) - double(log_q)

    def sketch(
        self,
        x: Stream[Tensor],
        model: Flow | Network,
        decoder: Network | None = None,
        prior: Flow | None = None,
        posterior: Flow | None = None,
    ) -> None:
        """Refuse half a model."""
        _must_be_whole(model, decoder)
        for batch in x:
            if isinstance(model, Flow):
                model.must_fit(batch)

    def sign(self) -> str:
        return f"K {self.samples}"


def _must_be_whole(model: object, decoder: object) -> None:
    if not isinstance(model, Flow) and decoder is None:
        raise InputRefused(
            "A VAE's likelihood needs its decoder beside its encoder.",
            "Wire the decoder's model to {decoder}, or a flow to {model}.",
        )
