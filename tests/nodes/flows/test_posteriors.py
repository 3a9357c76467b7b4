"""Laws of posteriors: evidence, moments and draws by another way, and the divergence of flows."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Generator, Tensor

from nodes.errors import InputRefused
from nodes.flows.affine_coupling import AffineCoupling
from nodes.flows.base_law import BaseLaw
from nodes.flows.known_posterior import KnownPosterior, PosteriorGap, ReverseKL, drawn
from nodes.flows.posteriors import POSTERIORS, Posterior

MEAN, SD, FACTOR = (0.5, -0.25), (0.8, 1.5), 2.75


def gaussian() -> Posterior:
    """Return N(MEAN, SD^2) times e^FACTOR."""

    def log_joint(theta: Tensor) -> Tensor:
        mean, sd = (torch.tensor(v).to(theta) for v in (MEAN, SD))
        parts = -((theta - mean) / sd).square() / 2 - sd.log() - 0.5 * math.log(2 * math.pi)
        return parts.sum(1) + FACTOR

    return Posterior(log_joint, (-9.0, -13.0), (9.0, 13.0))


def kl_from_normal() -> float:
    """Return KL(N(0, I) || N(MEAN, SD^2))."""
    return sum(math.log(s) + (1 + m * m) / (2 * s * s) - 0.5 for m, s in zip(MEAN, SD, strict=True))


def test_quadrature_finds_evidence_and_moments() -> None:
    law = gaussian()
    assert law.log_evidence == pytest.approx(FACTOR, abs=1e-8)
    mean, sd = law.moments()
    assert mean.tolist() == pytest.approx(MEAN) and sd.tolist() == pytest.approx(SD)
    draws = law.draw(100_000, Generator().manual_seed(0))
    assert draws.mean(0).tolist() == pytest.approx(MEAN, abs=0.02)
    assert draws.std(0).tolist() == pytest.approx(SD, abs=0.02)


@pytest.mark.parametrize("count", [1, 4, 20])
def test_the_bananas_evidence_is_that_of_one_integral(count: int) -> None:
    """Given theta_1, theta_2 is Gaussian, and the mean of the observations all there is to know."""
    a = torch.linspace(-12, 12, 20_001, dtype=torch.float64)
    noise, prior = 4 / count, 4.0
    seen = -(a.square() - 2).square() / (2 * (noise + prior)) - 0.5 * math.log(
        2 * math.pi * (noise + prior)
    )
    spread = 0.5 * math.log(2 * math.pi * noise) - count * 0.5 * math.log(2 * math.pi * 4)
    log_p = seen + spread - a.square() / 8 - 0.5 * math.log(2 * math.pi * 4)
    must = float(torch.logsumexp(log_p, 0) + (a[1] - a[0]).log())
    assert POSTERIORS["banana"](count).log_evidence == pytest.approx(must, abs=1e-6)


def test_the_regressions_posterior_tightens_around_what_made_the_data() -> None:
    few, many = (POSTERIORS["logistic regression"](n) for n in (5, 60))
    assert bool((many.moments()[1] < few.moments()[1]).all())
    (mean, sd), true = many.moments(), torch.tensor([-1.0, 2.0])
    assert bool(((mean - true).abs() < 3 * sd).all())


@pytest.mark.parametrize("of", sorted(POSTERIORS))
@pytest.mark.parametrize("count", [1, 4, 30])
def test_the_box_holds_all_and_the_grid_is_fine(of: str, count: int) -> None:
    law = POSTERIORS[of](count)
    masses = law._grid.masses.view(401, 401)
    edges = masses[0].sum() + masses[-1].sum() + masses[:, 0].sum() + masses[:, -1].sum()
    assert float(edges) < 1e-4
    assert float((law.moments()[1] / law._grid.steps).min()) > 4


def test_the_gap_is_the_divergence_and_the_loss_is_above_minus_the_evidence_by_it() -> None:
    torch.manual_seed(0)
    law, flow = gaussian(), BaseLaw()()
    found = PosteriorGap(count=200_000)(flow, law)
    must = kl_from_normal()
    assert found.value == pytest.approx(must, abs=4 * found.others["error"])
    bound = ReverseKL(count=200_000)(flow, law)
    assert bound.loss.item() + FACTOR == pytest.approx(must, abs=0.01)
    assert bound.elbo.item() == pytest.approx(FACTOR - must, abs=0.01)
    assert found.others["mean off"] == pytest.approx(0.5 / 0.8, abs=0.02)
    assert found.others["spread"] == pytest.approx(1 / 1.5, abs=0.01)


def test_draws_come_with_their_density_under_the_flow() -> None:
    torch.manual_seed(0)
    layer = AffineCoupling(repeat=2, hidden=8)
    flow = layer(BaseLaw()())
    with torch.no_grad():
        for weight in layer.parameters():
            weight.add_(0.3 * torch.randn_like(weight))
        theta, log_q = drawn(flow, 200, torch.device("cpu"))
        torch.testing.assert_close(log_q, flow.log_prob(theta), atol=1e-4, rtol=1e-4)
        assert not torch.allclose(log_q, BaseLaw()().log_prob(theta), atol=0.1)


def test_a_flow_that_is_trained_by_its_own_draws_finds_the_law() -> None:
    torch.manual_seed(0)
    law, layer, loss = gaussian(), AffineCoupling(repeat=2, hidden=16), ReverseKL(count=256)
    base = BaseLaw()()
    flow = layer(base)
    before = PosteriorGap(count=4000)(flow, law).value
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        loss(flow, law).loss.backward()
        optimizer.step()
    assert PosteriorGap(count=4000)(flow, law).value < 0.05 < before


def test_points_to_look_at_are_the_same_each_time() -> None:
    one, other = KnownPosterior(draws=50)().points, KnownPosterior(draws=50)().points
    assert torch.equal(one, other) and one.shape == (50, 2)
    node = KnownPosterior(draws=50)
    node()
    node.set("of", "logistic regression")
    assert not torch.equal(node().points, one)


def test_a_flow_of_more_dimensions_is_refused() -> None:
    with pytest.raises(InputRefused, match="2 parameters"):
        PosteriorGap().sketch(BaseLaw(shape=[3])(), None)
