"""The formulas of the bound against torch's, against integrals and against Monte Carlo."""

import math
from itertools import product

import pytest
import torch
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn import functional as F

from nodes.autoencoders.likelihoods import (
    bernoulli_nll,
    entropy,
    gaussian_nll,
    kl_to_standard_normal,
    logits_of,
    probabilities,
)
from nodes.types import Gaussian


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_the_bernoulli_loss_is_the_cross_entropy() -> None:
    x, p = torch.rand(5, 1, 4, 4), probabilities(torch.randn(5, 1, 4, 4))
    expected = F.binary_cross_entropy(p, x, reduction="none").flatten(1).sum(1)
    torch.testing.assert_close(bernoulli_nll(x, p), expected)


def test_it_needs_no_logits() -> None:
    x, p = torch.rand(5, 9), torch.rand(5, 9).clamp(0.01, 0.99)
    assert not hasattr(p, "logits")
    expected = F.binary_cross_entropy(p, x, reduction="none").sum(1)
    torch.testing.assert_close(bernoulli_nll(x, p), expected, rtol=1e-4, atol=1e-4)


def test_the_bernoulli_law_of_three_pixels_sums_to_one() -> None:
    x = torch.tensor(list(product([0.0, 1.0], repeat=3)))
    p = probabilities(torch.randn(3)).expand(8, 3)
    assert torch.exp(-bernoulli_nll(x, p)).sum() == pytest.approx(1.0, abs=1e-5)


def test_its_gradient_is_that_of_torch() -> None:
    x = torch.rand(5, 9)
    ours = torch.randn(5, 9, requires_grad=True)
    theirs = ours.detach().clone().requires_grad_()
    weights = torch.rand(5)
    (bernoulli_nll(x, probabilities(ours)) * weights).sum().backward()
    each = F.binary_cross_entropy_with_logits(theirs, x, reduction="none").sum(1)
    (each * weights).sum().backward()
    assert ours.grad is not None
    torch.testing.assert_close(ours.grad, theirs.grad)


def test_its_gradient_passes_through_probabilities_alone() -> None:
    x = torch.rand(4, 3)
    p = torch.rand(4, 3).clamp(0.1, 0.9).requires_grad_()
    bernoulli_nll(x, p).sum().backward()
    torch.testing.assert_close(p.grad, ((p - x) / (p * (1 - p))).detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [20.0, 100.0, 1e4])
def test_certainty_costs_its_logit_and_still_has_a_gradient(size: float) -> None:
    logits = torch.tensor([[size], [-size], [size], [-size]], requires_grad=True)
    x = torch.tensor([[1.0], [0.0], [0.0], [1.0]])
    nll = bernoulli_nll(x, probabilities(logits))
    torch.testing.assert_close(nll, torch.tensor([0.0, 0.0, size, size]), atol=1e-6, rtol=1e-6)
    nll.sum().backward()
    expected = torch.tensor([[0.0], [0.0], [1.0], [-1.0]])
    torch.testing.assert_close(logits.grad, expected, atol=1e-6, rtol=0.0)


def test_logits_come_back_from_probabilities() -> None:
    logits = torch.randn(4, 4)
    torch.testing.assert_close(logits_of(torch.sigmoid(logits)), logits, rtol=1e-4, atol=1e-4)
    assert logits_of(probabilities(logits)) is logits
    assert torch.isfinite(logits_of(torch.tensor([0.0, 1.0]))).all()


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_the_gaussian_likelihood_is_normalised(sigma: float) -> None:
    x = torch.linspace(-30 * sigma, 30 * sigma, 20_001)[:, None]
    density = torch.exp(-gaussian_nll(x, torch.full_like(x, 0.3), sigma))
    assert torch.trapezoid(density, x[:, 0]) == pytest.approx(1.0, abs=1e-4)


def test_the_gaussian_likelihood_is_torchs() -> None:
    x, mean = torch.randn(5, 2, 3), torch.randn(5, 2, 3)
    expected = -Normal(mean, 0.7).log_prob(x).flatten(1).sum(1)
    torch.testing.assert_close(gaussian_nll(x, mean, 0.7), expected)


def gaussian(items: int = 5, size: int = 3) -> Gaussian:
    return Gaussian(torch.randn(items, size), torch.randn(items, size))


def test_the_divergence_is_torchs() -> None:
    q = gaussian()
    law = Independent(Normal(q.mean, q.std), 1)
    prior = Independent(Normal(torch.zeros(5, 3), torch.ones(5, 3)), 1)
    torch.testing.assert_close(kl_to_standard_normal(q), kl_divergence(law, prior))


def test_the_divergence_is_the_mean_log_ratio() -> None:
    q = gaussian(items=2)
    law = Normal(q.mean, q.std)
    z = law.sample(torch.Size([200_000]))  # (s, b, d)
    ratio = (law.log_prob(z) - Normal(0.0, 1.0).log_prob(z)).sum(-1)  # (s, b)
    error = ratio.std(0) / math.sqrt(len(z))
    assert ((ratio.mean(0) - kl_to_standard_normal(q)).abs() < 5 * error).all()


def test_the_divergence_is_zero_at_the_prior_only() -> None:
    prior = Gaussian(torch.zeros(1, 4), torch.zeros(1, 4))
    assert kl_to_standard_normal(prior).item() == 0
    assert (kl_to_standard_normal(gaussian()) > 0).all()


def test_the_gradient_of_the_divergence_is_the_one_of_its_formula() -> None:
    q = Gaussian(torch.randn(5, 3).double(), torch.randn(5, 3).double())
    ends = [part.requires_grad_() for part in q]
    weights = torch.rand(5).double()

    def plain(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
        return 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(1)

    found = torch.autograd.grad((weights * kl_to_standard_normal(q)).sum(), ends)
    known = torch.autograd.grad((weights * plain(*ends)).sum(), ends)
    for mine, theirs in zip(found, known, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_entropy_is_that_of_torch() -> None:
    q = Gaussian(torch.randn(5, 3), torch.randn(5, 3))
    known = torch.distributions.Normal(q.mean, q.std).entropy().sum(1)
    torch.testing.assert_close(entropy(q), known)
