"""Entropic transport: its laws, and agreement with POT."""

from __future__ import annotations

import math
from itertools import pairwise as neighbours
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nodes.transport.costs import Between, Cost, Table, pairwise
from nodes.transport.gap import rounding
from nodes.transport.kernels import Dense, Tiled
from nodes.transport.relaxation import Relaxation
from nodes.transport.sinkhorn_solver import iterate, sinkhorn
from nodes.transport.solution import Solution, SolverSettings
from tests.nodes.transport.clouds import cloud, weights

ot = pytest.importorskip("ot")

TIGHT = SolverSettings(tolerance=1e-8)
BY_THE_BOOK = SolverSettings(
    tolerance=1e-8, scaling=False, newton=False, relaxation=False, truncation=False
)


def marginal_error(plan: Tensor, a: Tensor, b: Tensor) -> float:
    return float((plan.sum(-1) - a).abs().sum(-1).max() + (plan.sum(-2) - b).abs().sum(-1).max())


def equal(n: int) -> Tensor:
    return torch.full((n,), 1 / n, dtype=torch.float64)


def by_pot(solution: Solution, a: Tensor, b: Tensor) -> Tensor:
    """Return POT's plan of the same problem."""
    cost = solution.problem.cost.block(slice(None))[0].numpy()
    return torch.from_numpy(
        ot.bregman.sinkhorn_log(
            a.numpy(), b.numpy(), cost, float(solution.eps), numItermax=100_000, stopThr=1e-12
        )
    )


# --- plans ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("eps", [1.0, 0.1, 0.01])
@pytest.mark.parametrize("settings", [TIGHT, BY_THE_BOOK], ids=["quick", "by the book"])
def test_both_marginals_are_kept(eps: float, settings: SolverSettings) -> None:
    x, y, a, b = cloud(40), cloud(60, mean=1.0, seed=1), weights(40), weights(60, 1)
    solution = sinkhorn(pairwise(x, y), a, b, eps=eps, settings=settings)
    assert marginal_error(solution.plan, a, b) < 1e-6
    assert float(solution.error) < 1e-8
    assert 0 <= float(solution.gap) < 1e-6


@pytest.mark.parametrize("eps", [0.5, 0.05])
@pytest.mark.parametrize(("metric", "p"), [("distance", 2.0), ("distance", 1.0), ("cosine", 2.0)])
def test_it_agrees_with_pot(eps: float, metric: Any, p: float) -> None:
    x, y, a, b = cloud(30, 3), cloud(50, 3, mean=0.5, seed=1), weights(30), weights(50, 1)
    solution = sinkhorn(pairwise(x, y, metric=metric, p=p), a, b, eps=eps, settings=TIGHT)
    theirs = by_pot(solution, a, b)
    torch.testing.assert_close(solution.plan, theirs, atol=1e-8, rtol=1e-6)
    cost = solution.problem.cost.block(slice(None))[0]
    assert float(solution.cost) == pytest.approx(float((theirs * cost).sum()), rel=1e-6)


def test_costs_are_those_of_pot() -> None:
    x, y = cloud(5, 3), cloud(7, 3, seed=1)
    for name, given in (("sqeuclidean", {}), ("euclidean", {"p": 1.0}), ("cosine", {})):
        metric: Any = "cosine" if name == "cosine" else "distance"
        cost = pairwise(x, y, metric=metric, **given)
        theirs = torch.from_numpy(ot.dist(x.numpy(), y.numpy(), metric=name))
        torch.testing.assert_close(cost.block(slice(None))[0], theirs)
        torch.testing.assert_close(cost.mean()[0, 0], theirs.mean())


@pytest.mark.parametrize("reach", [0.3, 3.0])
@pytest.mark.parametrize("settings", [TIGHT, BY_THE_BOOK], ids=["quick", "by the book"])
def test_unbalanced_plans_agree_with_pot(reach: float, settings: SolverSettings) -> None:
    x, y, a, b = cloud(30), cloud(40, mean=1.0, seed=1), weights(30), 2 * weights(40, 1)
    cost = pairwise(x, y)
    solution = sinkhorn(cost, a, b, eps=0.2, relative=False, reach=reach, settings=settings)
    theirs = ot.unbalanced.sinkhorn_unbalanced(
        a.numpy(), b.numpy(), cost.block(slice(None))[0].numpy(), 0.2, reach,
        numItermax=100_000, stopThr=1e-14,
    )  # fmt: skip
    torch.testing.assert_close(solution.plan, torch.from_numpy(theirs), atol=1e-8, rtol=1e-5)
    assert -1e-12 <= float(solution.gap) < 1e-6


@pytest.mark.parametrize("settings", [TIGHT, BY_THE_BOOK], ids=["quick", "by the book"])
def test_the_gap_bounds_the_way_to_the_least_objective(settings: SolverSettings) -> None:
    """From the first iteration on the least objective lies between the duals' and the plan's."""
    x, y, a, b = cloud(20), cloud(25, mean=1.0, seed=1), weights(20), weights(25, 1)
    a[3] = 0
    a = a / a.sum()
    eps, cost = 0.2, pairwise(x, y)
    best = sinkhorn(cost, a, b, eps=eps, relative=False, settings=SolverSettings(1e-12))
    gaps = []
    for step in iterate(cost, a, b, eps=eps, relative=False, settings=settings):
        found = step.solution
        if float(found.eps) == eps:
            mass = float(found.plan.sum())
            below = float((a * found.f).sum() + (b * found.g).sum()) - eps * (mass - 1)
            assert below - 1e-9 <= float(best.value) <= below + float(found.gap) + 1e-9
            gaps.append(float(found.gap))
    assert 0 <= gaps[-1] < 1e-6 < gaps[0]


def test_the_rounded_plan_keeps_the_marginals() -> None:
    x, y, a, b = cloud(20), cloud(25, mean=1.0, seed=1), weights(20), weights(25, 1)
    found = next(iterate(pairwise(x, y), a, b, eps=0.1, settings=BY_THE_BOOK)).solution
    r = rounding(found.problem, *found.duals)
    plan = (r.x[0, :, None] * found.plan * r.y[0] + r.left[0, :, None] * r.share[0]).double()
    assert (plan >= 0).all() and marginal_error(plan, a, b) < 1e-14
    C = found.problem.cost.block(slice(None))[0]
    objective = float((plan * C).sum()) + float(found.eps) * kl(plan, a[:, None] * b)
    mass = float(found.plan.sum())
    duals = float((a * found.f).sum() + (b * found.g).sum()) - float(found.eps) * (mass - 1)
    assert float(found.gap) == pytest.approx(objective - duals, rel=1e-6)


def test_an_unbalanced_plan_of_long_reach_is_the_balanced_one() -> None:
    cost = pairwise(cloud(20), cloud(30, mean=1.0, seed=1))
    plans = [sinkhorn(cost, eps=0.1, reach=r, settings=TIGHT).plan for r in (1e7, None)]
    torch.testing.assert_close(*plans, atol=1e-7, rtol=1e-4)


def test_the_value_is_the_objective_of_the_plan() -> None:
    x, y, a, b = cloud(20), cloud(25, mean=1.0, seed=1), weights(20), weights(25, 1)
    for reach in (None, 0.7):
        solution = sinkhorn(pairwise(x, y), a, b, eps=0.1, reach=reach, settings=TIGHT)
        plan, eps = solution.plan, float(solution.eps)
        objective = float(solution.cost) + eps * kl(plan, a[:, None] * b)
        if reach is not None:
            objective += reach * (kl(plan.sum(1), a) + kl(plan.sum(0), b))
        assert float(solution.value) == pytest.approx(objective, rel=1e-6)


def kl(p: Tensor, q: Tensor) -> float:
    return float((torch.xlogy(p, p / q) - p + q).sum())


def test_a_small_eps_tends_to_exact_transport() -> None:
    x, y = cloud(40), cloud(40, mean=1.0, seed=1)
    cost = ot.dist(x.numpy(), y.numpy())
    exact = float(ot.emd2([], [], cost))
    excess = [
        float(sinkhorn(pairwise(x, y), eps=eps, settings=TIGHT).cost) - exact
        for eps in (0.1, 0.03, 0.01, 0.003, 0.001)
    ]
    assert all(later < earlier for earlier, later in neighbours(excess))
    assert 0 <= excess[-1] < 1e-3 * exact


def test_a_large_eps_tends_to_independence() -> None:
    a, b = weights(10), weights(12, 1)
    plan = sinkhorn(pairwise(cloud(10), cloud(12, seed=1)), a, b, eps=1e4, settings=TIGHT).plan
    torch.testing.assert_close(plan, a[:, None] * b, atol=1e-6, rtol=1e-3)


# --- batches, weights -----------------------------------------------------------------------------


def test_batches_equal_single_problems() -> None:
    x, y = (torch.stack([cloud(20, 3, mean=k, seed=s + k) for k in range(4)]) for s in (0, 9))
    y = y[:, :15] * torch.tensor([0.1, 1.0, 2.0, 5.0])[:, None, None]
    together = sinkhorn(pairwise(x, y), eps=0.05, settings=TIGHT)
    assert together.plan.shape == (4, 20, 15)
    assert together.f.shape == (4, 20) and together.cost.shape == (4,)
    for k in range(4):
        alone = sinkhorn(pairwise(x[k], y[k]), eps=0.05, settings=TIGHT)
        torch.testing.assert_close(together.plan[k], alone.plan, atol=1e-8, rtol=1e-5)


def test_a_matrix_will_do_for_points() -> None:
    x, y = cloud(20), cloud(30, seed=1)
    cost = pairwise(x, y)
    plans = [sinkhorn(c, eps=0.05, settings=TIGHT).plan for c in (cost, cost.block(slice(None))[0])]
    torch.testing.assert_close(*plans, atol=1e-9, rtol=1e-6)


def test_points_without_weight_receive_nothing() -> None:
    a = weights(30)
    a[::3] = 0
    a = a / a.sum()
    plan = sinkhorn(pairwise(cloud(30), cloud(20, seed=1)), a, eps=0.05, settings=TIGHT).plan
    assert marginal_error(plan, a, equal(20)) < 1e-7
    assert float(plan[::3].abs().max()) == 0


def test_the_order_of_points_does_not_matter() -> None:
    x, y, turn = cloud(700), cloud(600, mean=1.0, seed=1), torch.randperm(700)
    plain, turned = (sinkhorn(pairwise(z, y), eps=0.01, settings=TIGHT) for z in (x, x[turn]))
    torch.testing.assert_close(plain.plan[turn], turned.plan, atol=1e-9, rtol=1e-4)


# --- small eps, float32, truncation ---------------------------------------------------------------


@pytest.mark.parametrize("n", [300, 1000])
def test_a_thousandth_of_the_mean_cost_converges(n: int) -> None:
    x, y = cloud(n), cloud(n, mean=2.0, seed=1)
    settings = SolverSettings(tolerance=1e-3, most=3000)
    solution = sinkhorn(pairwise(x, y), eps=1e-3, settings=settings)
    assert marginal_error(solution.plan, equal(n), equal(n)) <= 1.01e-3


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_underflows(dtype: torch.dtype) -> None:
    """Exponents of -4,000 and points far from all others."""
    x, y = cloud(50).to(dtype), cloud(60, mean=30.0, seed=1).to(dtype)
    x[0] += 100
    for settings in (
        SolverSettings(tolerance=1e-4, most=5000),
        SolverSettings(1e-4, 5000, scaling=False),
    ):
        solution = sinkhorn(pairwise(x, y), eps=1e-3, settings=settings)
        assert solution.plan.dtype == dtype
        assert solution.plan.isfinite().all() and solution.f.isfinite().all()
        assert marginal_error(solution.plan.double(), equal(50), equal(60)) < 2e-4


def test_tiles_that_are_left_out_do_not_show() -> None:
    torch.manual_seed(0)
    x, y = torch.rand(1500, 2).double(), torch.rand(1200, 2).double()
    kernels, plans = [], []
    for truncation in (True, False):
        settings = SolverSettings(1e-6, 3000, truncation=truncation)
        *_, step = iterate(pairwise(x, y), eps=0.002, settings=settings)
        kernels.append(step.state.kernel)
        plans.append(step.solution.plan)
    tiled, dense = kernels
    assert isinstance(tiled, Tiled) and isinstance(dense, Dense)
    assert len(tiled.at_x) < 0.5 * tiled.kept.numel()
    assert marginal_error(plans[0], equal(1500), equal(1200)) <= 1.01e-6
    assert float((plans[0] - plans[1]).abs().sum()) < 1e-4


@pytest.mark.parametrize("p", [1.0, 1.5, 2.0, 3.0])
def test_no_exponent_is_above_its_tile_s_bound(p: float) -> None:
    from nodes.transport.clouds import Clouds, sort

    x, y = cloud(500), cloud(400, mean=1.0, seed=1)
    source, target = sort(x, equal(500)), sort(y, equal(400))
    cost = Between(source.points[0], target.points[0], p=p)
    clouds, eps = Clouds(source, target, cost), torch.full((1, 1), 0.1, dtype=torch.float64)
    f, g = torch.randn(1, cost.shape[1]).double(), torch.randn(1, cost.shape[2]).double()
    exponents = cost.exponents(f, g, eps, slice(None))[0]
    rows, columns = clouds.tiles
    tiles = exponents.view(rows, -1, columns, cost.shape[2] // columns).amax((1, 3))
    assert (tiles <= clouds.bounds(f, g, eps) + 1e-9).all()
    torch.testing.assert_close(exponents, (f[0][:, None] + g[0] - cost.block(slice(None))[0]) / 0.1)


# --- iterations -----------------------------------------------------------------------------------


def test_by_the_book_it_is_sinkhorn_s_algorithm() -> None:
    x, y = cloud(20), cloud(30, mean=1.0, seed=1)
    steps = iterate(pairwise(x, y), eps=0.1, settings=BY_THE_BOOK)
    plans = [next(steps).solution.plan for _ in range(5)]
    cost = ot.dist(x.numpy(), y.numpy())
    K, u, v = np.exp(-cost / (0.1 * cost.mean())), np.ones(20), np.ones(30)
    for plan in plans:
        u = 1 / 20 / (K @ v)
        v = 1 / 30 / (K.T @ u)
        np.testing.assert_allclose(plan.numpy(), u[:, None] * K * v, rtol=1e-8)


def test_the_dual_value_rises_and_the_error_falls() -> None:
    steps = list(
        iterate(pairwise(cloud(30), cloud(30, mean=1.0, seed=1)), eps=0.1, settings=BY_THE_BOOK)
    )
    values = [float(step.solution.value) for step in steps]
    errors = [float(step.solution.error) for step in steps]
    assert all(later >= earlier - 1e-12 for earlier, later in neighbours(values))
    assert errors[-1] <= 1e-8 < errors[0]
    assert [step.iterations for step in steps] == list(range(1, len(steps) + 1))


def test_relaxation_saves_iterations_and_newton_more() -> None:
    cost = pairwise(cloud(100), cloud(100, mean=1.0, seed=1))
    plain, relaxed, newton = (
        sinkhorn(cost, eps=0.02, settings=SolverSettings(1e-8, scaling=False, **how)).iterations
        for how in (
            {"newton": False, "relaxation": False},
            {"newton": False, "relaxation": True},
            {"newton": True, "relaxation": True},
        )
    )
    assert relaxed < plain / 2
    assert newton < relaxed


def test_first_duals_lead_where_a_stretch_and_a_shift_do() -> None:
    """f_i + g_j - C_ij is at most 0, and 0 between a point and where the map takes it."""
    x = cloud(60)
    y = x * torch.tensor([0.5, 3.0], dtype=x.dtype) + torch.tensor([4.0, -1.0], dtype=x.dtype)
    cost = pairwise(x, y)
    f, g = cost.first_duals()
    one = torch.ones(1, 1, dtype=torch.float64)
    exponents = Cost.exponents(cost, f, g, one, slice(None))[0]
    assert float(exponents.max()) < 1e-9
    assert float(exponents.diagonal().abs().max()) < 1e-9


@pytest.mark.parametrize("eps", [0.05, 0.2])
def test_a_large_eps_takes_one_kernel_and_few_sweeps(
    monkeypatch: pytest.MonkeyPatch, eps: float
) -> None:
    """A kernel costs more than many sweeps; apart and of unlike spread, clouds need no more."""
    made = []
    begin = Dense.__init__
    monkeypatch.setattr(Dense, "__init__", lambda *a: (made.append(1), begin(*a))[1])
    cost = pairwise(cloud(150), 0.3 * cloud(150, mean=5.0, seed=1))
    found = sinkhorn(cost, eps=eps, settings=SolverSettings(tolerance=1e-3))
    assert len(made) == 1
    assert found.iterations <= 8
    assert marginal_error(found.plan, equal(150), equal(150)) < 1e-3


def test_going_too_far_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far from the solution the rate may tell of a factor under which errors grow."""
    rash = []

    def record(self: Relaxation, errors: list[float]) -> None:
        if self.active and not rash:
            self.take([1.97] * len(errors))
            rash.append(errors)

    monkeypatch.setattr(Relaxation, "record", record)
    x, y = cloud(150), cloud(150, mean=2.0, seed=1)
    how = {"scaling": False, "newton": False, "tolerance": 1e-4, "most": 3000}
    cost = pairwise(x, y)
    last = list(iterate(cost, eps=0.01, settings=SolverSettings(**how)))[-1]
    assert rash
    assert marginal_error(last.solution.plan, equal(150), equal(150)) < 1e-3


def test_a_step_that_went_too_far_is_taken_back() -> None:
    relaxation = Relaxation(torch.ones(2, 5))
    assert relaxation.improves([0.1, 0.1])
    relaxation.take([1.8, 1.8])
    assert not relaxation.diverges([0.2, 0.3])
    assert relaxation.diverges([0.2, 0.5])
    assert relaxation.diverges([0.05, math.nan])
    relaxation.back_off()
    assert not relaxation.diverges([0.2, 0.5])  # a plain step is never taken back
    assert relaxation.most == pytest.approx(1.4)


def test_it_stops_where_it_is_told_to() -> None:
    cost = pairwise(cloud(50), cloud(50, mean=1.0, seed=1))
    few = SolverSettings(tolerance=1e-12, most=7, scaling=False, newton=False)
    solution = sinkhorn(cost, eps=0.01, settings=few)
    assert solution.iterations == 7
    assert float(solution.error) > 1e-12


# --- derivatives ----------------------------------------------------------------------------------


def test_the_duals_are_the_derivative_by_the_weights_and_the_plan_by_the_costs() -> None:
    """The envelope theorem, against finite differences."""
    C, a, b = torch.rand(6, 8, dtype=torch.float64), weights(6), weights(8, 1)
    tight = SolverSettings(tolerance=1e-12)

    def value(C: Tensor, a: Tensor) -> float:
        return float(sinkhorn(Table(C), a, b, eps=0.1, relative=False, settings=tight).value)

    at = sinkhorn(Table(C), a, b, eps=0.1, relative=False, settings=tight)
    h, step = 1e-5, torch.zeros_like(C)
    step[2, 3] = h
    slope = (value(C + step, a) - value(C - step, a)) / (2 * h)
    assert slope == pytest.approx(float(at.plan[2, 3]), rel=1e-4)
    move = torch.zeros_like(a)
    move[1], move[4] = h, -h
    slope = (value(C, a + move) - value(C, a - move)) / (2 * h)
    assert slope == pytest.approx(float(at.f[1] - at.f[4]), rel=1e-4)
