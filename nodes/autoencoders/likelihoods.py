"""Log-likelihoods and divergences, one number an item, in nats: the terms of bounds."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.types import Gaussian

LEAST = 2.0**-24
"""Half the distance from 1 to the float32 below it: the least probability that is told from 0."""


def probabilities(logits: Tensor) -> Tensor:
    """Return `sigmoid(logits)`, with the logits kept as its attribute `logits`.

    `bernoulli_nll` then needs no logarithm of a rounded probability, and its gradient does not
    vanish where p is 0 or 1.
    """
    p = torch.sigmoid(logits)
    p.logits = logits  # type: ignore[attr-defined]
    return p


def logits_of(p: Tensor) -> Tensor:
    """Return the logits of probabilities p (b, ...), shaped as p: those kept on p, else computed.

    Computed logits are those of p clipped to [2^-24, 1 - 2^-24].
    """
    kept: Tensor | None = getattr(p, "logits", None)  # (b, ...)
    return torch.logit(p, eps=LEAST) if kept is None else kept


def bernoulli_nll(x: Tensor, p: Tensor) -> Tensor:
    """Return -log p(x|z) = -sum x log p + (1 - x) log(1 - p) in nats, (b,), of x and p (b, ...).

    For grey levels x in [0, 1] this is the cross-entropy of papers on MNIST, and no density.
    """
    nll: Tensor = _CrossEntropy.apply(logits_of(p), p, x)
    return nll


class _CrossEntropy(torch.autograd.Function):
    """Sum log(1 + exp(l)) - x l over each item, given p = sigmoid(l) as well.

    log(1 + exp(l)) = max(l, 0) - log max(p, 1 - p) needs no second exponential, and the gradient is
    p - x: with the sigmoid included it takes less time than torch's loss on logits without. All
    passes write to one buffer, since touching fresh memory takes longer than the arithmetic. `x` is
    data and gets no gradient.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, p: Tensor, x: Tensor) -> Tensor:
        ctx.shape = logits.shape
        logits, p, x = logits.flatten(1), p.flatten(1), x.flatten(1)
        ctx.save_for_backward(p, x)
        each = torch.rsub(p, 1.0)
        log_likelier = torch.maximum(p, each, out=each).log_().sum(1)
        each = torch.clamp_min(logits, 0.0, out=each).addcmul_(logits, x, value=-1.0)
        return each.sum(1).sub_(log_likelier)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        p, x = ctx.saved_tensors
        each = torch.sub(p, x).mul_(gradients[0].unsqueeze(1))
        return each.view(ctx.shape), None, None


def gaussian_nll(x: Tensor, mean: Tensor, sigma: float) -> Tensor:
    """Return -log N(x; mean, sigma^2 I) in nats, (b,), its constant included; x, mean (b, ...)."""
    squares = F.mse_loss(mean, x, reduction="none").flatten(1)  # (b, d)
    constant = squares.shape[1] * (math.log(sigma) + 0.5 * math.log(2 * math.pi))
    return squares.sum(1) / (2 * sigma**2) + constant


def categorical_nll(x: Tensor, logits: Tensor) -> Tensor:
    """Return -sum_t log p(x_t|z) of tokens x (b, t) by logits (b, t, K), (b,).

    Token 0 ends a text: the first one counts, and nothing behind it.
    """
    each = F.cross_entropy(logits.flatten(0, 1), x.flatten(), reduction="none").view(x.shape)
    return (each * counting(x)).sum(1)


def counting(tokens: Tensor) -> Tensor:
    """Return which places of texts (b, t) count, bool (b, t): all up to the first token 0.

    That token is included.
    """
    return (tokens == 0).cumsum(1) - (tokens == 0).long() == 0


def kl_to_standard_normal(q: Gaussian) -> Tensor:
    """Return KL(q || N(0, I)) = sum (mu^2 + sigma^2 - log sigma^2 - 1) / 2, (b,).

    Appendix B of Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.
    """
    kl: Tensor = _Divergence.apply(q.mean, q.log_var)
    return kl


class _Divergence(torch.autograd.Function):
    """The closed form with its gradient, mu and (sigma^2 - 1) / 2: a third of autograd's time."""

    @staticmethod
    def forward(ctx: Any, mu: Tensor, log_var: Tensor) -> Tensor:
        excess = torch.expm1(log_var)  # sigma^2 - 1
        ctx.save_for_backward(mu, excess)
        return torch.addcmul(excess - log_var, mu, mu).sum(1).mul_(0.5)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        mu, excess = ctx.saved_tensors
        g = gradients[0][:, None]
        return g * mu, excess * (0.5 * g)


def entropy(q: Gaussian) -> Tensor:
    """Return H(q) = sum (1 + log 2 pi sigma^2) / 2, (b,)."""
    return 0.5 * (1.0 + math.log(2 * math.pi) + q.log_var).sum(1)


def log_standard_normal(z: Tensor) -> Tensor:
    """Return log N(z; 0, I), (b,)."""
    return -0.5 * (z.square() + math.log(2 * math.pi)).sum(1)
