"""The bridge between Gaussians is known: closed form, samplers and loss agree with it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.data.toys import EightGaussians, GaussianPoints
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.errors import InputRefused
from nodes.matching.bridge_matching import BridgeMatchingLoss
from nodes.matching.bridge_sampler import BridgeSampler
from nodes.matching.brownian import BrownianBridge
from nodes.matching.coupling import costs, entropic_plan
from nodes.matching.gaussian_bridge import GaussianBridge, kl
from nodes.matching.recording import Carried
from nodes.metrics.bridge_gap import BridgeGap
from nodes.types import Stream
from tests.nodes.matching.exact import Known, seeded

DIMS, SIGMA = 5, 1.2
SOURCE = GaussianPoints(dims=DIMS, mean=-1.0, sd=1.0, correlation=0.6)
TARGET = GaussianPoints(dims=DIMS, mean=1.0, sd=0.7, correlation=-0.4)
BRIDGE = GaussianBridge(*SOURCE.moments(), *TARGET.moments(), SIGMA)
NOISE = BrownianBridge(sigma=SIGMA)


def networks() -> tuple[Known, Known]:
    """Velocity and score as networks; a call is at one time."""
    velocity = Known(lambda x, t: BRIDGE.velocity(x, float(t[0])), "velocity")
    return velocity, Known(lambda x, t: BRIDGE.score(x, float(t[0])), "score")


def drawn(law: tuple[Tensor, Tensor], count: int, seed: int) -> Tensor:
    mean, covariance = law
    return mean + seeded(seed, count, len(mean)) @ torch.linalg.cholesky(covariance).T


def walked(start: Tensor, **params: object) -> Carried:
    *_, last = BridgeSampler(**params)(NOISE, *networks(), start)
    value: Carried = last.value
    return value


def test_moments_are_those_of_the_points() -> None:
    mean, covariance = SOURCE.moments()
    points, _ = SOURCE.draw(100_000, torch.Generator().manual_seed(0))
    torch.testing.assert_close(points.double().mean(0), mean, atol=0.02, rtol=0)
    torch.testing.assert_close(points.double().T.cov(), covariance, atol=0.03, rtol=0)


# --- the closed form ---


def test_it_begins_and_ends_at_the_laws() -> None:
    for t, law in ((0.0, SOURCE.moments()), (1.0, TARGET.moments())):
        for found, wanted in zip(BRIDGE.marginal(t), law, strict=True):
            torch.testing.assert_close(found, wanted)


def test_its_plan_is_entropic() -> None:
    """Off the diagonal blocks the precision of (x_0, x_1) is that of the Brownian motion."""
    joint = torch.cat(
        [torch.cat([BRIDGE.S_0, BRIDGE.C], 1), torch.cat([BRIDGE.C.T, BRIDGE.S_1], 1)]
    )
    block = torch.linalg.inv(joint)[:DIMS, DIMS:]
    torch.testing.assert_close(block, -torch.eye(DIMS, dtype=block.dtype) / SIGMA**2)


def test_the_plan_of_a_batch_comes_close_to_it() -> None:
    line = GaussianBridge(
        *(torch.tensor(v, dtype=torch.float64) for v in ([0.0], [[1.0]])),
        *(torch.tensor(v, dtype=torch.float64) for v in ([3.0], [[4.0]])),
        1.0,
    )
    x, y = seeded(0, 800, 1), 3 + 2 * seeded(1, 800, 1)
    plan = entropic_plan(costs(x, y), BrownianBridge(sigma=1.0).eps)
    covariance = (plan * (x - x.mean()) * (y - y.mean()).T).sum()
    assert float(covariance) == pytest.approx(float(line.C), rel=0.1)


@pytest.mark.parametrize("t", [0.0, 0.3, 0.5, 0.8, 1.0])
def test_its_velocity_carries_its_marginals(t: float) -> None:
    """d Sigma/dt = A Sigma + Sigma A^T where v = m' + A (x - m)."""
    m_t, S_t = BRIDGE.marginal(t)
    unit = torch.eye(DIMS, dtype=m_t.dtype)
    A = (BRIDGE.velocity(m_t + unit, t) - BRIDGE.velocity(m_t[None], t)).T
    h = 1e-5
    change = (BRIDGE.marginal(t + h)[1] - BRIDGE.marginal(t - h)[1]) / (2 * h)
    torch.testing.assert_close(A @ S_t + S_t @ A.T, change, rtol=1e-6, atol=1e-8)


def test_kl_is_that_of_torch() -> None:
    from torch.distributions import MultivariateNormal, kl_divergence

    p, q = SOURCE.moments(), TARGET.moments()
    theirs = kl_divergence(MultivariateNormal(*p), MultivariateNormal(*q))
    assert kl(*p, *q) == pytest.approx(float(theirs))


# --- the sampler ---


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("equation", ["SDE", "ODE"])
def test_with_exact_networks_every_marginal_is_recovered(equation: str, direction: str) -> None:
    ends = (SOURCE.moments(), TARGET.moments())
    start = drawn(ends[direction == "backward"], 20_000, 3)
    found = walked(start, equation=equation, direction=direction, steps=100, seed=1)
    for k in (25, 50, 75, 100):
        t = k / 100 if direction == "forward" else 1 - k / 100
        states = found.path[k]
        assert kl(states.mean(0), states.T.cov(), *BRIDGE.marginal(t)) < 0.004
    assert found.evaluations == (100 if equation == "SDE" else 200)


def test_the_error_of_euler_maruyama_halves_with_the_step() -> None:
    """Followed exactly: with a linear drift the covariance after each step is known."""

    def covariance(steps: int) -> Tensor:
        S, unit, h = BRIDGE.S_0, torch.eye(DIMS, dtype=torch.float64), 1 / steps
        for k in range(steps):
            v, s = (
                (f(unit, k * h) - f(0 * unit[:1], k * h)).T for f in (BRIDGE.velocity, BRIDGE.score)
            )
            turn = unit + h * NOISE.drift(v, s)
            S = turn @ S @ turn.T + NOISE.noise_of(h) ** 2 * unit
        return S

    coarse, fine = (float((covariance(n) - BRIDGE.S_1).norm()) for n in (100, 200))
    assert coarse / fine == pytest.approx(2, abs=0.1)


def test_a_seed_fixes_the_noise() -> None:
    start = drawn(SOURCE.moments(), 50, 0)
    first, second, other = (walked(start, steps=5, seed=s).samples for s in (1, 1, 2))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_its_sketch_has_the_shapes_of_the_real_thing() -> None:
    real = walked(drawn(SOURCE.moments(), 7, 0).float(), steps=30)
    flat = Known(lambda x, t: x * t, "velocity"), Known(lambda x, t: x * t, "score")
    with FakeTensorMode(allow_non_fake_inputs=True):
        sketched = BridgeSampler(steps=30).sketch(NOISE, *flat, torch.empty(7, DIMS))
    assert [t.shape for t in sketched] == [t.shape for t in real]


# --- the loss ---


def exact_losses(scale_v: float = 1.0, scale_s: float = 1.0) -> tuple[float, float]:
    """Losses on exact pairs of the bridge, of networks that are exact up to a factor."""
    joint = torch.cat(
        [torch.cat([BRIDGE.S_0, BRIDGE.C], 1), torch.cat([BRIDGE.C.T, BRIDGE.S_1], 1)]
    )
    pairs = drawn((torch.cat([BRIDGE.m_0, BRIDGE.m_1]), joint), 500, 5)

    def by_item(f: object, scale: float) -> object:
        def call(x: Tensor, t: Tensor) -> Tensor:
            rows = [scale * f(x[i : i + 1], float(t[i])) for i in range(len(x))]  # type: ignore[operator]
            return torch.cat(rows)

        return call

    velocity = Known(by_item(BRIDGE.velocity, scale_v), "velocity")  # type: ignore[arg-type]
    score = Known(by_item(BRIDGE.score, scale_s), "score")  # type: ignore[arg-type]
    torch.manual_seed(7)
    from nodes.matching.base import Pairs

    losses = BridgeMatchingLoss()._losses(
        Pairs(pairs[:, :DIMS], pairs[:, DIMS:]), NOISE, velocity, score
    )
    return float(losses.velocity_loss), float(losses.score_loss)


def test_the_exact_networks_have_the_least_loss() -> None:
    least_v, least_s = exact_losses()
    for scale in (0.8, 1.25):
        assert exact_losses(scale_v=scale)[0] > least_v + 0.01
        assert exact_losses(scale_s=scale)[1] > least_s + 0.004


def test_between_two_points_the_target_is_the_pinned_bridge_s() -> None:
    """From one x_0 to one x_1 both targets are functions of x_t and t, so an error of zero is."""
    x_0, x_1 = torch.full((256, 2), -1.0).double(), torch.full((256, 2), 2.0).double()

    def off(x: Tensor, t: Tensor) -> Tensor:
        return (x - torch.lerp(x_0, x_1, t)) / (t * (1 - t))

    velocity = Known(lambda x, t: x_1 - x_0 + (1 - 2 * t) / 2 * off(x, t), "velocity")
    score = Known(lambda x, t: -off(x, t) / SIGMA**2, "score")
    losses = BridgeMatchingLoss()(x_0, x_1, NOISE, velocity, score)
    assert float(losses.loss) < 1e-18


def test_it_trains_both_networks_and_sketches_alike() -> None:
    velocity, score = (DenoiserMLP(predicts=p, hidden=[16, 16]) for p in ("velocity", "score"))
    x_0, x_1 = torch.randn(32, DIMS), torch.randn(32, DIMS)
    losses = BridgeMatchingLoss()(x_0, x_1, NOISE, velocity, score)
    losses.loss.backward()
    assert all(p.grad is not None for net in (velocity, score) for p in net.parameters())
    with FakeTensorMode(allow_non_fake_inputs=True):
        nets = [DenoiserMLP(predicts=p) for p in ("velocity", "score")]
        sketched = BridgeMatchingLoss().sketch(torch.empty(32, 5), torch.empty(32, 5), NOISE, *nets)
    assert [t.shape for t in sketched] == [t.shape for t in losses]


def test_networks_in_each_other_s_place_are_refused() -> None:
    velocity, score = networks()
    with pytest.raises(InputRefused, match="velocity must predict"):
        BridgeMatchingLoss()(torch.randn(4, 5), torch.randn(4, 5), NOISE, score, velocity)


# --- the measure ---


class Pulls(Stream[Tensor]):
    def __init__(self, node: torch.nn.Module, *values: Tensor) -> None:
        self.modules, self.values = (node,), list(values)

    def __next__(self) -> Tensor:
        if not self.values:
            raise StopIteration
        return self.values.pop(0)


def gap(paths: Tensor) -> dict[str, float]:
    pulls = Pulls(SOURCE, *paths.split(5000, dim=1))
    found = BridgeGap()(pulls, Pulls(SOURCE), Pulls(TARGET), NOISE)
    return {"": found.value} | dict(found.others)


def exact_paths(count: int) -> Tensor:
    return torch.stack([drawn(BRIDGE.marginal(k / 10), count, k) for k in range(11)])


def test_exact_samples_have_no_gap() -> None:
    found = gap(exact_paths(10_000))
    assert found[""] < 0.002
    assert found["items"] == 10_000


def test_a_gap_is_found_and_told_where() -> None:
    paths = exact_paths(10_000)
    paths[3] += 0.5
    found = gap(paths)
    assert found["worst"] > 0.05
    assert found["at"] == pytest.approx(0.3)


def test_laws_that_are_no_gaussians_are_refused() -> None:
    with pytest.raises(InputRefused, match="Gaussian"):
        BridgeGap().sketch(Pulls(SOURCE), Pulls(SOURCE), Pulls(EightGaussians()), NOISE)
