"""Newton's steps at small eps: tight tolerances, and the inverse that gets there."""

from __future__ import annotations

import pytest
import torch

from nodes.transport import newton
from nodes.transport.costs import Cost, Table, pairwise
from nodes.transport.scalings import Problem, Scalings
from nodes.transport.schur import Schur
from nodes.transport.sinkhorn_solver import iterate, sinkhorn
from nodes.transport.solution import Solution, SolverSettings
from tests.nodes.transport.clouds import cloud, weights

TIGHT = SolverSettings(tolerance=1e-9, most=3000)
BY_THE_BOOK = SolverSettings(1e-10, 200_000, scaling=False, newton=False, relaxation=False)


def marginal_error(found: Solution) -> float:
    a, b = found.problem.a, found.problem.b
    plan = found.plan.reshape(found.problem.cost.shape)
    return float(((plan.sum(2) - a).abs().sum(1) + (plan.sum(1) - b).abs().sum(1)).max())


@pytest.mark.parametrize("d", [2, 10])
@pytest.mark.parametrize(("n", "m"), [(250, 250), (150, 300), (300, 150)])
@pytest.mark.parametrize("weighted", [False, True], ids=["equal", "random"])
def test_tight_at_a_thousandth_of_the_mean_cost(d: int, n: int, m: int, weighted: bool) -> None:
    a, b = (weights(n), weights(m, 1)) if weighted else (None, None)
    found = sinkhorn(
        pairwise(cloud(n, d), cloud(m, d, mean=1.0, seed=1)), a, b, eps=1e-3, settings=TIGHT
    )
    assert float(found.error) <= 1e-9
    assert marginal_error(found) <= 1.1e-9
    assert 0 <= float(found.gap) < 1e-6


@pytest.mark.parametrize("seed", range(4))
def test_a_matching_is_found(seed: int) -> None:
    """Equal weights, few points: the plan is a matching, its pieces linked by nothing."""
    cost = pairwise(cloud(40, 10, seed=seed), cloud(40, 10, mean=1.0, seed=9 + seed))
    found = sinkhorn(cost, eps=1e-3, settings=TIGHT)
    assert marginal_error(found) <= 1.1e-9
    assert float((found.plan > 0.5 / 40).sum()) == 40


@pytest.mark.parametrize("reach", [None, 1.0])
def test_it_ends_where_sinkhorn_s_algorithm_does(reach: float | None) -> None:
    cost = pairwise(cloud(30), cloud(40, mean=1.0, seed=1))
    quick, slow = (
        sinkhorn(cost, weights(30), weights(40, 1), eps=0.004, reach=reach, settings=settings)
        for settings in (TIGHT, BY_THE_BOOK)
    )
    torch.testing.assert_close(quick.plan, slow.plan, atol=1e-8, rtol=1e-4)
    assert float(quick.value) == pytest.approx(float(slow.value), rel=1e-8)


def test_batches_are_tight_in_each_problem() -> None:
    x = torch.stack([cloud(80, seed=k) for k in range(6)])
    y = torch.stack([cloud(70, mean=k / 3, seed=9 + k) for k in range(6)])
    found = sinkhorn(pairwise(x, y), eps=1e-3, settings=TIGHT)
    assert float(found.error.max()) <= 1e-9
    assert marginal_error(found) <= 1.1e-9


@pytest.mark.parametrize("reach", [0.1, 1.0, 10.0])
def test_unbalanced_plans_are_tight(reach: float) -> None:
    """At the least reach nearly nothing is carried."""
    cost = pairwise(cloud(200), cloud(150, mean=1.0, seed=1))
    found = sinkhorn(cost, eps=1e-3, reach=reach, settings=TIGHT)
    assert float(found.error) <= 1e-9
    assert found.iterations < TIGHT.most


def test_points_without_weight_do_no_harm() -> None:
    a, b = weights(200), weights(250, 1)
    a[::3], b[::5] = 0, 0
    found = sinkhorn(
        pairwise(cloud(200), cloud(250, mean=1.0, seed=1)), a / a.sum(), b / b.sum(),
        eps=1e-3, settings=TIGHT,
    )  # fmt: skip
    assert marginal_error(found) <= 1.1e-9
    assert float(found.plan[::3].max()) == 0 == float(found.plan[:, ::5].max())


def test_pieces_that_nothing_links_do_no_harm() -> None:
    """Four clouds so far apart that no float64 holds what goes between them."""
    away = 30 * torch.arange(4).repeat_interleave(50)[:, None]
    found = sinkhorn(
        pairwise(cloud(200) + away, cloud(200, seed=1) + away), eps=0.02, relative=False,
        settings=TIGHT,
    )  # fmt: skip
    assert marginal_error(found) <= 1.1e-9


@pytest.mark.parametrize(("reach", "damping"), [(1.0, 0.0), (None, 1e-3), (1.0, 0.1)])
@pytest.mark.parametrize(("n", "m"), [(20, 30), (30, 20)])
def test_the_inverse_is_one(n: int, m: int, reach: float | None, damping: float) -> None:
    system = made(pairwise(cloud(n), cloud(m, seed=1)), reach, damping)
    z, inverse = cloud(20, 1)[None, :, 0], system.inverse()
    assert inverse is not None
    torch.testing.assert_close(system.product(inverse(z)), z, atol=1e-6, rtol=1e-6)


def test_a_singular_matrix_has_one_too() -> None:
    inverse = made(Table(torch.rand(20, 20, dtype=torch.float64)), None, 0.0).inverse()
    assert inverse is not None
    assert inverse(cloud(20, 1)[None, :, 0]).isfinite().all()


def made(cost: Cost, reach: float | None, damping: float) -> Schur:
    a, b = (torch.full((1, n), 1 / n, dtype=torch.float64) for n in cost.shape[1:])
    problem = Problem(cost, a, b, torch.full((1, 1), 0.5, dtype=torch.float64), reach)
    f, g = torch.zeros_like(a), torch.zeros_like(b)
    state = Scalings(problem, f, g, dtype=torch.float64, depth=30.0)
    state.sweep(torch.ones(1, 1))
    return Schur(state, state.marginals(), torch.full((1, 1), damping))


def test_without_an_inverse_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Schur, "inverse", lambda self: None)
    cost = pairwise(cloud(100), cloud(100, mean=1.0, seed=1))
    assert float(sinkhorn(cost, eps=0.01, settings=SolverSettings(1e-8)).error) <= 1e-8


def test_an_inverse_saves_products(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, tight = pairwise(cloud(250), cloud(250, mean=1.0, seed=1)), SolverSettings(1e-7, 3000)
    turns = []
    real = newton.Newton.step

    def counted(self: newton.Newton, state: Scalings) -> int:
        turns.append(real(self, state))
        return turns[-1]

    monkeypatch.setattr(newton.Newton, "step", counted)
    list(iterate(cost, eps=1e-3, settings=tight))
    there = sum(turns)
    turns.clear()
    monkeypatch.setattr(newton, "ROOM", 0)
    list(iterate(cost, eps=1e-3, settings=tight))
    assert there < sum(turns) / 2
