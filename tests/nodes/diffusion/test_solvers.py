"""Laws of solvers: on Gaussian data everything is known exactly."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.diffusion.base import predicted
from nodes.diffusion.guided import Guided
from nodes.diffusion.levels import Level, levels
from nodes.diffusion.schedules import Continuous, Geometric, Karras, Schedule, cosine, linear
from nodes.diffusion.solvers import SOLVERS, Inpaint, SolverSettings
from tests.nodes.diffusion.exact import MEAN, SD, Exact

SCHEDULES = {
    "linear": linear(),
    "cosine": cosine(),
    "continuous": Continuous(),
    "exploding": Geometric(0.01, 50.0),
    "Karras": Karras(0.002, 80.0),
}
STEPS = {"Euler": 400, "Euler-Maruyama": 400, "DDPM": 200, "DDPM, beta": 400}
"""Steps, even in time, that bring mean and spread within 5 %; the others need fewer."""
SETTING = {"churn": 0.1, "eta": 0.3, "correction": 0.1}
PATHS = ["DDIM", "Euler", "Heun (EDM)", "DPM-Solver++ 2M", "adaptive ODE"]
"""Those that draw nothing on the way."""

each_path = pytest.mark.parametrize("name", PATHS)


def solved(
    name: str, schedule: Schedule, x: Tensor, times: Tensor, model: Any = None, **given: float
) -> tuple[Tensor, Guided]:
    """Return where a solver leads, and what counted its questions."""
    ask = Guided(model or Exact(schedule), schedule)
    solver = SOLVERS[name](schedule, ask, torch.randn_like, SolverSettings(**given))
    for _, state in solver.walk(x, levels(schedule, times)):
        x = state
    return x, ask


def begin(schedule: Schedule, count: int) -> Tensor:
    """Draw x_1 of the exact data, float64."""
    one = torch.ones((), dtype=torch.float64)
    sd = torch.hypot(schedule.alpha(one) * SD, schedule.sigma(one))
    return schedule.alpha(one) * MEAN + sd * torch.randn(count, 2, dtype=torch.float64)


def exactly(schedule: Schedule, x: Tensor) -> Tensor:
    """Return where the probability flow leads x_1 exactly: as far from the mean as it was."""
    one = torch.ones((), dtype=torch.float64)
    sd = torch.hypot(schedule.alpha(one) * SD, schedule.sigma(one))
    return MEAN + SD * (x - schedule.alpha(one) * MEAN) / sd


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("name", SOLVERS)
def test_mean_and_spread_of_gaussian_data_come_back(name: str, schedule: str) -> None:
    torch.manual_seed(0)
    path = SCHEDULES[schedule]
    times = path.times(STEPS.get(name, 250), "uniform" if name in STEPS else "Karras")
    x, _ = solved(name, path, begin(path, 3000), times, **SETTING)
    torch.testing.assert_close(x.mean(0).float(), MEAN, atol=0.1, rtol=0)
    torch.testing.assert_close(x.std(0).float(), SD, atol=0, rtol=0.06)


@pytest.mark.parametrize("predicts", ["noise", "data", "v", "score"])
def test_it_is_all_the_same_what_the_network_predicts(predicts: Any) -> None:
    schedule = cosine()
    x = begin(schedule, 50)
    times = schedule.times(20)
    one, _ = solved("DPM-Solver++ 2M", schedule, x, times)
    other, _ = solved("DPM-Solver++ 2M", schedule, x, times, Exact(schedule, predicts))
    torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


# --- order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "factor"), [("Euler", 2), ("DDIM", 2), ("Heun (EDM)", 4), ("DPM-Solver++ 2M", 4)]
)
def test_its_error_falls_as_its_order_says(name: str, factor: int) -> None:
    """Measured between two levels of noise: the last step to none is of first order in all."""
    torch.manual_seed(0)
    schedule = Continuous()
    start = begin(schedule, 200)
    errors = [mean_error(name, schedule, start, steps) for steps in (200, 400)]
    assert errors[0] / errors[1] == pytest.approx(factor, rel=0.1)


def mean_error(name: str, schedule: Schedule, x: Tensor, steps: int) -> float:
    t = torch.linspace(0.9, 0.1, steps + 1, dtype=torch.float64)
    sds = [torch.hypot(schedule.alpha(s) * SD, schedule.sigma(s)) for s in (t[0], t[-1])]
    means = [schedule.alpha(s) * MEAN for s in (t[0], t[-1])]
    end, _ = solved(name, schedule, x, t)
    return float((end - means[1] - sds[1] * (x - means[0]) / sds[0]).abs().mean())


@each_path
def test_more_steps_lead_to_where_the_flow_leads(name: str) -> None:
    torch.manual_seed(0)
    schedule = Continuous()
    x = begin(schedule, 100)
    end, _ = solved(name, schedule, x, schedule.times(1000, "quadratic"), tolerance=1e-6)
    torch.testing.assert_close(end, exactly(schedule, x), atol=5e-3, rtol=5e-3)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-5, 1e-7])
def test_the_adaptive_ode_meets_its_tolerance(schedule: str, tolerance: float) -> None:
    torch.manual_seed(0)
    path = SCHEDULES[schedule]
    x = begin(path, 100)
    end, _ = solved("adaptive ODE", path, x, path.times(1), tolerance=tolerance)
    floor = 1e-6 + 4 * float(path.sigma(torch.zeros(()))) ** 2  # beyond, the schedule knows nothing
    assert float((end - exactly(path, x)).abs().max()) <= 10 * tolerance + floor


def test_the_adaptive_ode_takes_more_steps_for_more_digits() -> None:
    schedule = linear()
    x = begin(schedule, 10)
    rough, fine = (
        solved("adaptive ODE", schedule, x, schedule.times(1), tolerance=tolerance)[1].evaluations
        for tolerance in (1e-2, 1e-5)
    )
    assert 10 < rough < fine / 1.5


# --- closed forms ---------------------------------------------------------------------------------


def test_ddim_without_randomness_is_its_closed_map() -> None:
    """For Gaussian data each step is x_s = alpha_s x_0(x_t) + sigma_s eps(x_t), linear in x_t."""
    schedule = linear()
    x = begin(schedule, 5)
    times = schedule.times(10)
    expected = (x - schedule.alpha(times[0].double()) * MEAN) / SD
    down = [(float(schedule.alpha(t)), float(schedule.sigma(t))) for t in times.double()]
    for (a_t, s_t), (a_s, s_s) in pairwise(down):
        total = (a_t * SD.double()) ** 2 + s_t**2
        expected = expected * (a_t * a_s * SD.double() ** 2 + s_t * s_s) / total
    end, ask = solved("DDIM", schedule, x, times)
    torch.testing.assert_close(end, MEAN + SD * expected, atol=1e-5, rtol=1e-5)
    assert ask.evaluations == 10


def test_ddim_with_all_randomness_is_ddpm() -> None:
    schedule = cosine()
    x = begin(schedule, 50)
    ends = []
    for name in ("DDIM", "DDPM"):
        torch.manual_seed(7)
        ends.append(solved(name, schedule, x, schedule.times(25), eta=1.0)[0])
    torch.testing.assert_close(*ends, atol=1e-6, rtol=1e-6)


def test_one_step_of_ddpm_is_the_formula_of_the_paper() -> None:
    """(11): mu = (x_t - beta_t / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_t)."""
    schedule = linear()
    x = torch.randn(10, 2, dtype=torch.float64)
    t, s = levels(schedule, torch.tensor([0.5, 0.499]))
    beta = 1 - (t.alpha / s.alpha) ** 2
    eps = predicted(Exact(schedule), schedule, x, torch.tensor(0.5)).eps
    mean = (x - beta / math.sqrt(1 - t.alpha**2) * eps) / math.sqrt(1 - beta)
    quiet = SOLVERS["DDPM"](schedule, Guided(Exact(schedule), schedule), torch.zeros_like, QUIET)
    torch.testing.assert_close(quiet.step(x, t, s), mean, atol=1e-6, rtol=1e-6)  # type: ignore[attr-defined]


def test_damping_leaves_the_same_share_out_in_any_number_of_steps() -> None:
    """Of a Gaussian's noise at t, spread / sd goes with damping: the deviation falls by its sum."""
    schedule, damping = cosine(), 0.3
    t = torch.linspace(0, 1, 10_001, dtype=torch.float64)[:, None]
    alpha, sigma = schedule.alpha(t), schedule.sigma(t)
    share = torch.trapezoid(sigma**2 / (alpha**2 * SD**2 + sigma**2), t, dim=0)
    x = begin(schedule, 50)
    for steps, off in ((100, 0.02), (1000, 0.002)):
        plain, _ = solved("DDIM", schedule, x, schedule.times(steps))
        damped, _ = solved("DDIM", schedule, x, schedule.times(steps), damping=damping)
        found = (damped - MEAN) / (plain - MEAN)
        expected = torch.exp(-damping * share).expand_as(found)
        torch.testing.assert_close(found, expected, atol=0, rtol=off)


QUIET = SolverSettings()


def test_the_step_to_no_noise_at_all_gives_x_0() -> None:
    schedule = Karras()
    x = begin(schedule, 20)
    last = levels(schedule, schedule.times(10))[-1]
    assert last == Level(0.0, 1.0, 0.0)
    for name in SOLVERS:
        end, _ = solved(name, schedule, x, schedule.times(10, "Karras"))
        assert end.isfinite().all(), name


# --- evaluations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("DDPM", 8),
        ("DDIM", 8),
        ("Euler", 8),
        ("Euler-Maruyama", 8),
        ("DPM-Solver++ 2M", 8),
        ("Heun (EDM)", 15),
        ("predictor-corrector", 15),
    ],
)
def test_it_asks_the_network_as_often_as_its_paper_says(name: str, asked: int) -> None:
    schedule = linear()
    _, ask = solved(name, schedule, begin(schedule, 3), schedule.times(8))
    assert ask.evaluations == asked


def test_the_known_part_is_as_noisy_as_the_rest() -> None:
    schedule, known = cosine(), torch.full((20_000, 1), 2.0)
    ask = Guided(Exact(schedule), schedule)
    inner = SOLVERS["DDIM"](schedule, ask, torch.randn_like, SolverSettings())
    paint = Inpaint(inner, known, torch.ones(1, 1, dtype=torch.bool), turns=1)
    torch.manual_seed(0)
    for level in levels(schedule, schedule.times(5)):
        x = paint.kept(torch.zeros_like(known), level)
        assert float(x.mean()) == pytest.approx(2 * level.alpha, abs=0.03)
        assert float(x.std()) == pytest.approx(level.sigma, abs=0.03)
