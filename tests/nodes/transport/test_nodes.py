"""Nodes of transport: known answers, and the refusals one reads."""

from __future__ import annotations

import math
from itertools import pairwise as neighbours
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nodes.errors import InputRefused
from nodes.metrics.wasserstein import exact_wasserstein
from nodes.transport.barycenter import WassersteinBarycenter
from nodes.transport.cost_against_eps import CostAgainstEps
from nodes.transport.displacement import BarycentricMap, DisplacementInterpolation
from nodes.transport.exact_transport import ExactTransport
from nodes.transport.guidance import OTGuidance
from nodes.transport.sinkhorn import Sinkhorn

ot = pytest.importorskip("ot")


def cloud(n: int, d: int = 2, *, mean: float = 0.0, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return mean + torch.randn(n, d, dtype=torch.float64, generator=generator)


def last(frames: Any) -> Any:
    *_, frame = frames
    return frame.value


# --- plans ----------------------------------------------------------------------------------------


def test_each_iteration_can_be_watched() -> None:
    node = Sinkhorn(way="by the book", most=30, tolerance=1e-9)
    frames = list(node(cloud(20), cloud(30, mean=1.0, seed=1)))
    errors = [float(frame.value.error) for frame in frames]
    assert len(frames) == 31  # and the last is the value
    assert errors[29] < errors[10] < errors[0]
    assert frames[3].value.plan.shape == (20, 30)
    assert frames[-1].value.errors.isfinite().all()
    gaps = frames[-1].value.gaps
    assert (gaps >= 0).all() and (gaps.diff() < 0).all()
    assert float(gaps[10]) == pytest.approx(float(frames[10].value.gap))


def test_a_step_makes_no_plan_that_is_too_large_to_be_watched() -> None:
    *steps, end = Sinkhorn()(cloud(350), cloud(350, seed=1))
    assert all(frame.value is None for frame in steps)
    assert end.value.plan.shape == (350, 350)
    assert end.value.gaps.isfinite().sum() == 1


def test_both_ways_come_to_the_same_plan() -> None:
    x, y = cloud(40), cloud(30, mean=1.0, seed=1)
    ways = (Sinkhorn(way=w, tolerance=1e-9, most=5000) for w in ("quick", "by the book"))
    quick, slow = (last(node(x, y)) for node in ways)
    torch.testing.assert_close(quick.plan, slow.plan, atol=1e-9, rtol=1e-5)
    assert quick.errors.isfinite().sum() < slow.errors.isfinite().sum()


def test_absolute_epsilon_and_a_share_of_the_mean_cost() -> None:
    x, y = cloud(40), cloud(30, mean=1.0, seed=1)
    mean = float(ot.dist(x.numpy(), y.numpy()).mean())
    share = last(Sinkhorn(eps=0.1, tolerance=1e-9)(x, y))
    absolute = last(Sinkhorn(eps=0.1 * mean, unit="absolute", tolerance=1e-9)(x, y))
    torch.testing.assert_close(share.plan, absolute.plan, atol=1e-10, rtol=1e-6)


def test_unbalanced_mass_is_what_is_worth_its_way() -> None:
    x, y = torch.zeros(1, 1).double(), torch.tensor([[0.1], [100.0]]).double()
    node = Sinkhorn(reach=1.0, eps=1e-3, unit="absolute", tolerance=1e-9, most=20_000)
    plan = last(node(x, y)).plan
    assert float(plan[0, 1]) < 1e-3 < 0.3 < float(plan[0, 0])


def test_exact_plans_and_costs_are_those_of_pot_and_of_the_measure() -> None:
    x, y = cloud(30), cloud(40, mean=1.0, seed=1)
    weights = torch.rand(30, generator=torch.Generator().manual_seed(2))
    plan = ExactTransport()(x, y, weights).plan
    a = (weights / weights.sum()).double().numpy()
    theirs = ot.emd(a / a.sum(), np.full(40, 1 / 40), ot.dist(x.numpy(), y.numpy()))
    np.testing.assert_allclose(plan.numpy(), theirs, atol=1e-9)
    equal = ExactTransport(p=1.0)(x, y)
    assert float(equal.cost) == pytest.approx(exact_wasserstein(x, y, 1))


@pytest.mark.parametrize("kind", [Sinkhorn, ExactTransport])
def test_what_cannot_be_carried_is_refused(kind: Any) -> None:
    with pytest.raises(InputRefused, match="must have the shape of x"):
        run(kind(), cloud(5, 2), cloud(5, 3))
    with pytest.raises(InputRefused, match="one weight for each item"):
        run(kind(), cloud(5), cloud(5), torch.ones(4))
    with pytest.raises(InputRefused, match="none below 0"):
        run(kind(), cloud(5), cloud(5), torch.tensor([1.0, -1, 1, 1, 1]))


def run(node: Any, *inputs: Tensor) -> None:
    value = node(*inputs)
    if not isinstance(value, tuple):
        last(value)


# --- along a plan ---------------------------------------------------------------------------------


def test_a_shift_is_mapped_and_moved_as_a_shift() -> None:
    x = cloud(50)
    y = x.flip(0) + torch.tensor([3.0, -1.0])
    plan, _ = ExactTransport()(x, y)
    mapped = BarycentricMap()(plan, y)
    torch.testing.assert_close(mapped, x + torch.tensor([3.0, -1.0]))
    for way in ("split", "mean"):
        half = DisplacementInterpolation(t=0.5, way=way, count=50)(x, y, plan)
        torch.testing.assert_close(half, x + torch.tensor([1.5, -0.5]))


def test_displacement_begins_at_x_and_ends_at_y() -> None:
    x, y = cloud(20), cloud(30, mean=2.0, seed=1)
    plan, _ = ExactTransport()(x, y)
    start, end = (DisplacementInterpolation(t=t, count=600)(x, y, plan) for t in (0.0, 1.0))
    torch.testing.assert_close(start.mean(0), x.mean(0), atol=0.02, rtol=0)
    assert exact_wasserstein(end, y, 2) < 0.1


def test_displacement_is_on_the_geodesic() -> None:
    """W2 from x to the state at t is t times W2 from x to y."""
    x, y = cloud(60), cloud(60, mean=2.0, seed=1)
    plan, cost = ExactTransport()(x, y)
    third = DisplacementInterpolation(t=0.3, count=60)(x, y, plan)
    assert exact_wasserstein(x, third, 2) == pytest.approx(0.3 * math.sqrt(float(cost)), rel=1e-6)


def test_images_are_mapped_as_images() -> None:
    x, y = torch.rand(4, 1, 5, 5), torch.rand(6, 1, 5, 5)
    plan = last(Sinkhorn()(x, y)).plan
    assert BarycentricMap()(plan, y).shape == (4, 1, 5, 5)
    assert DisplacementInterpolation(count=9)(x, y, plan).shape == (9, 1, 5, 5)
    with pytest.raises(InputRefused, match="as many points as plan has columns"):
        BarycentricMap()(plan, x)


def test_the_middle_of_shifted_laws_is_the_shift_in_the_middle() -> None:
    x = cloud(100)
    laws = [x, x + torch.tensor([4.0, 0.0]), x + torch.tensor([0.0, 4.0])]
    node = WassersteinBarycenter(count=100, eps=0.005, rounds=8, weights=[2, 1, 1])
    middle = last(node(laws))
    shifted = x + torch.tensor([1.0, 1.0])
    assert exact_wasserstein(middle, shifted, 2) < 0.2
    torch.testing.assert_close(middle.mean(0), shifted.mean(0), atol=0.02, rtol=0)
    with pytest.raises(InputRefused, match="one for each law"):
        last(WassersteinBarycenter(weights=[1])(laws))


# --- guidance, cost against eps -------------------------------------------------------------------


def test_a_full_pull_carries_samples_to_the_target() -> None:
    x, target = cloud(80), cloud(80, mean=3.0, seed=1)
    guidance = OTGuidance(strength=1.0, eps=0.002, tolerance=1e-3)(target)
    moved = x + guidance.pull(x)
    assert exact_wasserstein(moved, target, 2) < 0.15 * exact_wasserstein(x, target, 2)


def test_strength_and_epsilon_are_live() -> None:
    x, node = cloud(20), OTGuidance(strength=0.5)
    guidance = node(cloud(30, mean=3.0, seed=1))
    half = guidance.pull(x)
    node.set("strength", 1.0)
    torch.testing.assert_close(guidance.pull(x), 2 * half)
    node.set("strength", 0.0)
    assert not guidance.pull(x).any()
    node.set("strength", 1.0)
    node.set("eps", 100.0)  # all go to the mean of the target
    assert float((x + guidance.pull(x)).std(0).max()) < 0.1


def test_the_pull_has_the_shape_and_type_of_images() -> None:
    x = torch.rand(3, 1, 4, 4)
    pull = OTGuidance()(torch.rand(5, 1, 4, 4)).pull(x)
    assert pull.shape == x.shape and pull.dtype == x.dtype


def test_the_cost_tends_to_the_exact_one_and_the_divergence_sooner() -> None:
    x, y = cloud(60), cloud(60, mean=1.5, seed=1)
    costs = last(CostAgainstEps(values=5, least=1e-3, largest=1.0)(x, y))
    assert costs.eps.tolist() == pytest.approx(torch.logspace(-3, 0, 5).tolist())
    excess = (costs.plan / costs.exact - 1).tolist()
    assert all(sharp < blurred for sharp, blurred in neighbours(excess))
    assert 0 <= excess[0] < 0.01
    biased, unbiased = (float((c / costs.exact - 1)[2:4].abs().max()) for c in costs[1:3])
    assert unbiased < biased / 2
