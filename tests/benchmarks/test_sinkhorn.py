"""Entropic transport against every entropic solver of POT, to the same L1 error of the marginals.

Two clouds of 2,000 points in the plane, eps a share of the mean cost. A solver of POT is given the
fewest iterations, within a factor of 1.3, that bring it there; the search for them is not timed.
CPU seconds of one thread count, costs and plan included, so that other load shows little. Memory is
the peak of a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from functools import cache
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from nodes.transport.costs import pairwise
from nodes.transport.sinkhorn_solver import sinkhorn
from nodes.transport.solution import Solution, SolverSettings

ot = pytest.importorskip("ot")

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

N, ERROR = 2000, 1e-3
ROUNDS = 3
PATIENCE = 60.0
"""CPU seconds after which a solver is not given more iterations."""
TAU = 1e9
"""Scalings that POT absorbs: at its own 1e3 it absorbs each of 2,000 points at every iteration and
gives a plan without mass (0.9.6)."""
Clouds = tuple[np.ndarray, np.ndarray]
Solver = Callable[[np.ndarray, np.ndarray, np.ndarray, float, int], np.ndarray]


def squares(n: int) -> Clouds:
    random = np.random.default_rng(0)
    return random.random((n, 2)), random.random((n, 2))


def ring(n: int) -> Clouds:
    """A Gaussian, and eight Gaussians around it."""
    random = np.random.default_rng(0)
    turn = random.integers(0, 8, n) * np.pi / 4
    centres = 2.83 * np.stack([np.cos(turn), np.sin(turn)], 1)
    return random.normal(size=(n, 2)), centres + 0.35 * random.normal(size=(n, 2))


CLOUDS: dict[str, Callable[[int], Clouds]] = {"squares": squares, "ring": ring}


def by_name(method: str, **more: float) -> Solver:
    """Return a solver of POT that takes a cost matrix and a count of iterations."""

    def solve(a: Any, x: Any, y: Any, eps: float, count: int) -> np.ndarray:
        cost = ot.dist(x, y)
        return ot.sinkhorn(
            a, a, cost, eps, method=method, numItermax=count, stopThr=0, warn=False, **more
        )

    return solve


def _solve(a: Any, x: Any, y: Any, eps: float, count: int) -> np.ndarray:
    cost = ot.dist(x, y)
    return ot.solve(cost, a, a, reg=eps, reg_type="entropy", max_iter=count, tol=0.0).plan


def _solve_sample(a: Any, x: Any, y: Any, eps: float, count: int) -> np.ndarray:
    return ot.solve_sample(x, y, a, a, reg=eps, reg_type="entropy", max_iter=count, tol=0.0).plan


def _empirical(a: Any, x: Any, y: Any, eps: float, count: int) -> np.ndarray:
    return ot.bregman.empirical_sinkhorn(x, y, eps, numIterMax=count, stopThr=0, warn=False)


def _in_float32(a: Any, x: Any, y: Any, eps: float, count: int) -> np.ndarray:
    """POT's log-domain solver on torch in float32: the kernel form underflows there."""
    a, x, y = (torch.from_numpy(z).float() for z in (a, x, y))
    plan = ot.sinkhorn(
        a, a, ot.dist(x, y), eps, method="sinkhorn_log", numItermax=count, stopThr=0, warn=False
    )
    return plan.numpy()


def _screened(a: Any, x: Any, y: Any, eps: float, count: int) -> np.ndarray:
    return ot.bregman.screenkhorn(
        a, a, ot.dist(x, y), eps, ns_budget=len(a), nt_budget=len(a), restricted=False,
        maxiter=count, maxfun=count,
    )  # fmt: skip


POT: dict[str, Solver] = {
    "sinkhorn": by_name("sinkhorn"),
    "sinkhorn_log": by_name("sinkhorn_log"),
    "sinkhorn_stabilized": by_name("sinkhorn_stabilized", tau=TAU),
    "sinkhorn_epsilon_scaling": by_name("sinkhorn_epsilon_scaling", tau=TAU),
    "greenkhorn": by_name("greenkhorn"),
    "screenkhorn": _screened,
    "solve": _solve,
    "solve_sample": _solve_sample,
    "empirical_sinkhorn": _empirical,
    "sinkhorn_log, torch float32": _in_float32,
}
FIRST: dict[str, int] = {  # of epsilon_scaling rounds: 5 end above the eps asked, in its favour
    "greenkhorn": 20_000,
    "sinkhorn_epsilon_scaling": 5,
}


def ours(x: np.ndarray, y: np.ndarray, eps: float) -> Solution:
    points = torch.from_numpy(x), torch.from_numpy(y)
    found = sinkhorn(pairwise(*points), eps=eps, settings=SolverSettings(tolerance=ERROR))
    assert found.plan.shape == (len(x), len(y))
    return found


def error_of(plan: Any) -> float:
    n, m = plan.shape
    found = abs(plan.sum(1) - 1 / n).sum() + abs(plan.sum(0) - 1 / m).sum()
    return float(found) if np.isfinite(float(found)) else float("inf")


def seconds(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    value = run()
    return time.process_time() - start, value


class Run(NamedTuple):
    """Iterations that were enough (None: they were not), CPU seconds of that run, L1 error."""

    iterations: int | None
    took: float
    error: float


def enough(solve: Callable[[int], np.ndarray], count: int) -> Run:
    """Give a solver more and more iterations until it is there."""
    spent, error = 0.0, float("inf")
    while spent < PATIENCE:
        start = time.process_time()
        error = error_of(solve(count))
        took = time.process_time() - start
        spent += took
        if error <= ERROR:
            return Run(count, took, error)
        count = int(count * 1.3) + 1
    return Run(None, float("inf"), error)


@cache
def plain(name: str) -> int:
    """Return how many of Sinkhorn's own iterations are enough: the same in each form of them."""
    x, y = CLOUDS[name](N)
    eps, a = 0.01 * float(ot.dist(x, y).mean()), np.full(N, 1 / N)
    return enough(lambda k: POT["sinkhorn"](a, x, y, eps, k), 50).iterations or 50


def told(name: str, took: float, error: float, note: str = "") -> None:
    print(f"{name:32s} {took:9.3f} s   L1 error {error:.1e}   {note}", flush=True)


@pytest.mark.parametrize("solver", POT)
@pytest.mark.parametrize("name", CLOUDS)
def test_no_solver_of_pot_is_faster(name: str, solver: str) -> None:
    torch.set_num_threads(1)
    x, y = CLOUDS[name](N)
    a, eps = np.full(N, 1 / N), 0.01 * float(ot.dist(x, y).mean())
    first = FIRST.get(solver, plain(name))
    warnings.simplefilter("ignore")
    try:
        theirs = enough(lambda k: POT[solver](a, x, y, eps, k), first)
    except Exception as refusal:  # what does not apply says so
        pytest.skip(f"does not apply: {type(refusal).__name__}: {refusal}")
    ours(x, y, 0.01)
    runs = [seconds(lambda: ours(x, y, 0.01)) for _ in range(ROUNDS)]
    mine, found = min(runs, key=lambda run: run[0])
    print(f"\n{name}")
    told("ours", mine, error_of(found.plan), f"{found.iterations} sweeps")
    there = "" if theirs.iterations is None else f"{theirs.iterations} iterations"
    told(solver, theirs.took, theirs.error, there or f"not there in {PATIENCE:g} s")
    print(f"{solver} / ours: {theirs.took / mine:.1f}")
    assert error_of(found.plan) <= ERROR
    assert theirs.took >= (20 if solver == "sinkhorn_log" else 1) * mine


def apart(n: int) -> Clouds:
    random = np.random.default_rng(0)
    return random.normal(size=(n, 2)), 1 + 0.7 * random.normal(size=(n, 2))


@pytest.mark.parametrize("solver", [s for s in POT if s not in ("greenkhorn", "screenkhorn")])
@pytest.mark.parametrize("name", [*CLOUDS, "apart"])
def test_no_solver_of_pot_is_faster_on_500_points(name: str, solver: str) -> None:
    """At eps .05 of the mean cost, where a few plain iterations are enough; in turn, 9 pairs."""
    torch.set_num_threads(1)
    x, y = (CLOUDS | {"apart": apart})[name](500)
    a, eps = np.full(500, 1 / 500), 0.05 * float(ot.dist(x, y).mean())
    warnings.simplefilter("ignore")
    theirs = enough(lambda k: POT[solver](a, x, y, eps, k), FIRST.get(solver, 10))
    assert theirs.iterations is not None
    count = theirs.iterations
    ours(x, y, 0.05)
    turns = [
        (seconds(lambda: ours(x, y, 0.05))[0], seconds(lambda: POT[solver](a, x, y, eps, count))[0])
        for _ in range(9)
    ]
    mine, his = (1e3 * median(times) for times in zip(*turns, strict=True))
    ratio = median(b / a for a, b in turns)
    print(f"\n{name}: ours {mine:.1f} ms, {solver} {his:.1f} ms: {ratio:.2f}")
    assert ratio >= 1


@pytest.mark.parametrize("name", CLOUDS)
def test_a_thousandth_of_the_mean_cost_converges(name: str) -> None:
    torch.set_num_threads(1)
    took, found = seconds(lambda: ours(*CLOUDS[name](N), 0.001))
    print()
    told(f"{name}, eps .001", took, error_of(found.plan))
    assert error_of(found.plan) <= 1.01 * ERROR


def gaussians(n: int, d: int = 2) -> Clouds:
    random = np.random.default_rng(0)
    return random.normal(size=(n, d)), 1 + 0.7 * random.normal(size=(n, d))


@pytest.mark.parametrize(
    ("name", "n", "d", "most"),
    [("gaussians", n, 2, most) for n, most in ((500, 1.0), (1000, 3.0), (2000, 10.0))]
    + [("gaussians", 1000, 10, 3.0), ("ring", 2000, 2, 10.0), ("squares", 2000, 2, 10.0)],
)
@pytest.mark.parametrize("tolerance", [1e-6, 1e-9])
def test_tight_at_a_thousandth_of_the_mean_cost(
    name: str, n: int, d: int, most: float, tolerance: float
) -> None:
    torch.set_num_threads(1)
    clouds = gaussians(n, d) if name == "gaussians" else CLOUDS[name](n)
    cost, settings = pairwise(*map(torch.from_numpy, clouds)), SolverSettings(tolerance)
    took, plan = seconds(lambda: sinkhorn(cost, eps=0.001, settings=settings).plan)
    print()
    told(f"{name}, n = {n}, {d}-D, to {tolerance:g}", took, error_of(plan))
    assert error_of(plan) <= 1.1 * tolerance
    assert took <= most


@pytest.mark.parametrize("solver", ["sinkhorn_log", "sinkhorn_stabilized"])
def test_how_tight_pot_gets_in_a_minute(solver: str) -> None:
    """At eps .001 of the mean cost, 500 points: no 1e-9 in more than a minute of iterations."""
    torch.set_num_threads(1)
    x, y = gaussians(500)
    a, eps = np.full(500, 1 / 500), 0.001 * float(ot.dist(x, y).mean())
    warnings.simplefilter("ignore")
    count = int(100 * PATIENCE / seconds(lambda: POT[solver](a, x, y, eps, 100))[0])
    took, plan = seconds(lambda: POT[solver](a, x, y, eps, count))
    print()
    told(solver, took, error_of(plan), f"{count} iterations")
    assert error_of(plan) > 1e-9


LARGE = """
import resource, time, torch
from nodes.transport.costs import pairwise
from nodes.transport.sinkhorn_solver import sinkhorn
from nodes.transport.solution import SolverSettings
torch.manual_seed(0)
x, y = torch.rand(2, 10_000, {d})
found = sinkhorn(
    pairwise(x, y), eps=0.01, settings=SolverSettings(tolerance=1e-3, truncation={truncation})
)
plan = found.plan
assert plan.dtype == torch.float32
off = (plan.sum(0) - 1e-4).abs().sum() + (plan.sum(1) - 1e-4).abs().sum()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, float(off), time.process_time())
"""


@pytest.mark.parametrize(
    ("d", "truncation"), [(2, True), (2, False), (50, True)], ids=["plane", "dense", "50-D"]
)
def test_ten_thousand_points_fit_in_a_gigabyte_and_a_half(d: int, truncation: bool) -> None:
    code = LARGE.format(d=d, truncation=truncation)
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak, error, took = map(float, out.stdout.split())
    print(f"\n10,000 points, {d}-D, truncation {truncation}: peak {peak:.2f} GiB with the plan")
    told("", took, error, "the whole process")
    assert peak <= 1.5 * 1e9 / 2**30
    assert error <= 1.1 * ERROR
