"""What makes latent points: the reparameterisation, the prior, the grid, walks."""

import math

import pytest
import torch
from torch.distributions import Normal

from nodes.autoencoders.interpolate import Interpolate
from nodes.autoencoders.latent_grid import LatentGrid
from nodes.autoencoders.picked_points import PickedPoints
from nodes.autoencoders.prior import Prior
from nodes.autoencoders.reparameterize import Reparameterize
from nodes.errors import InputRefused, ParamRefused
from nodes.types import SIGNED, Gaussian


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_draws_have_the_mean_and_spread_of_q() -> None:
    q = Gaussian(torch.tensor([[2.0, -1.0]]).expand(100_000, -1), torch.full((100_000, 2), -1.0))
    z = Reparameterize()(q)
    torch.testing.assert_close(z.mean(0), torch.tensor([2.0, -1.0]), atol=0.01, rtol=0)
    assert z.std(0).tolist() == pytest.approx([math.exp(-0.5)] * 2, abs=0.01)


def test_gradients_reach_mean_and_variance() -> None:
    """E[z^2] = mu^2 + exp(log_var): its gradients are 2 mu and exp(log_var)."""
    mean = torch.tensor([[0.8]], requires_grad=True)
    log_var = torch.tensor([[-0.4]], requires_grad=True)
    q = Gaussian(mean.expand(400_000, 1), log_var.expand(400_000, 1))
    Reparameterize()(q).square().mean().backward()
    assert mean.grad is not None and log_var.grad is not None
    assert mean.grad.item() == pytest.approx(1.6, abs=0.02)
    assert log_var.grad.item() == pytest.approx(math.exp(-0.4), abs=0.02)


def test_in_tests_z_may_be_the_mean() -> None:
    q = Gaussian(torch.randn(4, 2), torch.zeros(4, 2))
    node = Reparameterize(test="mean")
    assert not torch.equal(node(q), q.mean)
    assert torch.equal(node.eval()(q), q.mean)
    assert not torch.equal(Reparameterize().eval()(q), q.mean)


def test_a_prior_with_a_seed_is_always_the_same() -> None:
    fixed, free = Prior(seed=3, count=5, latent=4), Prior(count=5, latent=4)
    assert torch.equal(fixed(), fixed())
    assert torch.equal(fixed(), Prior(seed=3, count=5, latent=4)())
    assert not torch.equal(free(), free())
    assert fixed().shape == (5, 4)


def test_a_prior_leaves_the_random_stream_alone_where_it_has_a_seed() -> None:
    before = torch.get_rng_state()
    Prior(seed=3)()
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("law", "spread"), [("normal", 1.0), ("uniform", 1 / math.sqrt(3))])
def test_a_prior_has_its_law(law: str, spread: float) -> None:
    z = Prior(law=law, count=50_000)()
    assert z.mean().item() == pytest.approx(0.0, abs=0.02)
    assert z.std().item() == pytest.approx(spread, abs=0.01)


def test_a_prior_may_give_one_point_each_time() -> None:
    given = {"seed": 3, "latent": 4}
    z = Prior(alike=True, **given)(torch.zeros(5))
    assert torch.equal(z, Prior(count=1, **given)().repeat(5, 1))


def test_a_uniform_prior_says_its_range() -> None:
    assert Prior(law="uniform").ranges() == {"z": SIGNED}
    assert Prior(law="uniform", count=1000)().abs().max() <= 1
    assert Prior().ranges() == {}


def test_the_grid_lies_as_a_scatter_does() -> None:
    z = LatentGrid(side=3, spacing="even", span=2.0)().view(3, 3, 2)
    assert z[0, 0].tolist() == [-2, 2], "top left"
    assert z[0, 2].tolist() == [2, 2], "top right"
    assert z[2, 0].tolist() == [-2, -2], "bottom left"
    assert z[1, 1].tolist() == [0, 0]


def test_the_grid_by_quantiles_cuts_the_normal_law_into_equal_shares() -> None:
    z = LatentGrid(side=10)()
    u = Normal(0.0, 1.0).cdf(z[:10, 0])
    torch.testing.assert_close(u, (torch.arange(10) + 0.5) / 10)


def test_the_grid_spans_two_of_many_dimensions() -> None:
    z = LatentGrid(side=4, latent=5, across=4, up=2)()
    assert z.shape == (16, 5)
    assert z.std(0).gt(0).tolist() == [False, True, False, True, False]


@pytest.mark.parametrize("wrong", [{"across": 3}, {"up": 7}, {"across": 2}])
def test_the_grid_refuses_dimensions_that_are_not_there(wrong: dict[str, int]) -> None:
    with pytest.raises(ParamRefused) as refused:
        LatentGrid(latent=2, **wrong)()
    assert refused.value.fix


def test_picked_points_are_rows_of_numbers() -> None:
    z = PickedPoints(points=[1.0, 2.0, 3.0, -4.0, 5.0, 6.0], latent=3)()
    assert z.tolist() == [[1, 2, 3], [-4, 5, 6]]
    short = PickedPoints(points=[1.0, 2.0, 3.0, -4.0], latent=3)
    assert short().tolist() == [[1, 2, 3], [-4, 0, 0]] and short.sign() == "2×3"


@pytest.mark.parametrize("way", ["linear", "spherical"])
def test_walks_begin_and_end_at_their_codes(way: str) -> None:
    codes = torch.randn(6, 5)
    z = Interpolate(pairs=3, steps=7, way=way)(codes).view(3, 7, 5)
    torch.testing.assert_close(z[:, 0], codes[0::2])
    torch.testing.assert_close(z[:, -1], codes[1::2])


def test_a_linear_walk_has_equal_steps() -> None:
    z = Interpolate(pairs=1, steps=5)(torch.randn(2, 3))
    steps = z.diff(dim=0)
    torch.testing.assert_close(steps, steps[:1].expand_as(steps))


def test_a_spherical_walk_keeps_the_distance_from_zero() -> None:
    codes = torch.nn.functional.normalize(torch.randn(2, 20), dim=1) * 3
    z = Interpolate(pairs=1, steps=9, way="spherical")(codes)
    torch.testing.assert_close(z.norm(dim=1), torch.full((9,), 3.0))
    angles = torch.cosine_similarity(z[1:], z[:-1])
    torch.testing.assert_close(angles, angles[:1].expand_as(angles))


def test_a_spherical_walk_on_a_line_through_zero_is_straight() -> None:
    codes = torch.tensor([[1.0, 2.0], [2.0, 4.0], [1.0, 1.0], [1.0, 1.0]])
    z = Interpolate(pairs=2, steps=3, way="spherical")(codes).view(2, 3, 2)
    torch.testing.assert_close(z[:, 1], torch.tensor([[1.5, 3.0], [1.0, 1.0]]))


def test_walks_take_the_means_of_gaussians_and_what_there_is() -> None:
    q = Gaussian(torch.randn(5, 2), torch.randn(5, 2))
    z = Interpolate(pairs=4, steps=3)(q)
    assert z.shape == (6, 2), "two pairs of five"
    assert torch.equal(z[0], q.mean[0])
    with pytest.raises(InputRefused, match="two points to walk between"):
        Interpolate()(torch.randn(1, 2))
