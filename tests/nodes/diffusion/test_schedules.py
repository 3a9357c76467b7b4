"""Laws of noise schedules."""

from __future__ import annotations

import copy
import math

import pytest
import torch

from nodes.diffusion.schedules import (
    SPACINGS,
    Continuous,
    Geometric,
    Karras,
    Schedule,
    Spacing,
    cosine,
    expand,
    linear,
    sigmoid,
)

SCHEDULES: dict[str, Schedule] = {
    "linear": linear(),
    "linear in 50": linear(50),
    "cosine": cosine(),
    "cosine in 100": cosine(100),
    "sigmoid": sigmoid(),
    "variance preserving": Continuous(),
    "constant beta": Continuous(5.0, 5.0),
    "variance exploding": Geometric(0.01, 50.0),
    "Karras": Karras(),
}
each = pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
T = torch.linspace(0, 1, 777, dtype=torch.float64)


@each
def test_signal_falls_and_noise_grows(schedule: Schedule) -> None:
    assert (schedule.log_snr(T).diff() < 0).all()
    assert (schedule.alpha(T).diff() <= 0).all()
    assert (schedule.sigma(T).diff() > 0).all()
    assert (schedule.alpha(T) > 0).all()


@each
def test_variance_is_preserved_where_it_says_so(schedule: Schedule) -> None:
    total = schedule.alpha(T) ** 2 + schedule.sigma(T) ** 2
    kept = torch.allclose(total, torch.ones_like(T), atol=1e-12)
    assert kept == schedule.preserves_variance
    torch.testing.assert_close(schedule.size(T), total.sqrt())


@each
def test_log_snr_is_of_alpha_and_sigma(schedule: Schedule) -> None:
    t = T[1:]
    ratio = 2 * (schedule.alpha(t).log() - schedule.sigma(t).log())
    torch.testing.assert_close(schedule.log_snr(t), ratio, rtol=1e-6, atol=1e-9)


@each
def test_time_of_inverts_log_snr(schedule: Schedule) -> None:
    torch.testing.assert_close(schedule.time_of(schedule.log_snr(T)), T, rtol=0, atol=1e-7)


@each
def test_drift_and_diffusion_are_derivatives(schedule: Schedule) -> None:
    """A staircase has its derivative within a step: times and width are chosen inside."""
    h = 1e-7
    t = (torch.arange(schedule.steps, dtype=torch.float64) + 0.4) / schedule.steps
    log_alpha = (schedule.alpha(t + h).log() - schedule.alpha(t - h).log()) / (2 * h)
    variance = (schedule.sigma(t + h) ** 2 - schedule.sigma(t - h) ** 2) / (2 * h)
    expected = variance - 2 * log_alpha * schedule.sigma(t) ** 2
    torch.testing.assert_close(schedule.drift(t), log_alpha, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(schedule.diffusion(t), expected, rtol=1e-5, atol=1e-5)


def test_linear_is_the_product_of_its_betas() -> None:
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    t = torch.arange(1001, dtype=torch.float64) / 1000
    expected = torch.cat([torch.ones(1), torch.cumprod(1 - betas, 0)])
    torch.testing.assert_close(linear().alpha_bar(t), expected, rtol=1e-12, atol=0)
    in_single = linear().alpha_bar(t.float())
    torch.testing.assert_close(in_single, expected.float(), rtol=1e-5, atol=0)


def test_cosine_and_sigmoid_follow_their_curves() -> None:
    t = torch.arange(1000, dtype=torch.float64) / 1000  # the last beta is clipped
    curve = ((t + 0.008) / 1.008 * math.pi / 2).cos() ** 2
    torch.testing.assert_close(cosine().alpha_bar(t), curve / curve[0], rtol=1e-9, atol=0)
    falls = torch.sigmoid(3 - 6 * t) - torch.sigmoid(torch.tensor(-3.0, dtype=torch.float64))
    torch.testing.assert_close(sigmoid().alpha_bar(t), falls / falls[0], rtol=1e-9, atol=0)


@pytest.mark.parametrize("name", ["linear", "squaredcos_cap_v2"])
def test_it_is_the_schedule_of_diffusers(name: str) -> None:
    diffusers = pytest.importorskip("diffusers", exc_type=ImportError)
    theirs = diffusers.DDPMScheduler(1000, beta_schedule=name).alphas_cumprod
    ours = {"linear": linear(), "squaredcos_cap_v2": cosine()}[name]
    t = torch.arange(1, 1001, dtype=torch.float64) / 1000
    torch.testing.assert_close(ours.alpha_bar(t).float(), theirs, rtol=1e-4, atol=1e-6)


def test_exploding_noise_runs_between_its_ends() -> None:
    for schedule, low, high in ((Karras(), 0.002, 80.0), (Geometric(0.01, 50.0), 0.01, 50.0)):
        ends = schedule.sigma(torch.tensor([0.0, 1.0], dtype=torch.float64))
        torch.testing.assert_close(ends, ends.new_tensor([low, high]))


@each
@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("n", [1, 2, 10, 100])
def test_times_fall_from_one_to_zero(schedule: Schedule, spacing: Spacing, n: int) -> None:
    times = schedule.times(n, spacing)
    assert times.shape == (n + 1,)
    assert times[0] == 1 and times[-1] == 0
    assert (times.diff() < 0).all()


def test_uniform_times_are_the_discrete_ones() -> None:
    expected = torch.arange(1000, -1, -1) / 1000
    assert torch.equal(linear().times(1000), expected)


@each
def test_noise_is_added_item_by_item(schedule: Schedule) -> None:
    x_0, eps, t = torch.randn(3, 2, 4, 4), torch.randn(3, 2, 4, 4), torch.tensor([0.0, 0.3, 1.0])
    x_t = schedule.add_noise(x_0, eps, t)
    alone = schedule.add_noise(x_0[1:2], eps[1:2], torch.tensor(0.3))
    torch.testing.assert_close(x_t[1:2], alone)
    assert x_t.dtype == torch.float32 and expand(t, x_0).shape == (3, 1, 1, 1)


@each
def test_it_has_the_shape_and_type_of_its_times(schedule: Schedule) -> None:
    t = torch.rand(2, 3)
    for part in (schedule.alpha, schedule.sigma, schedule.drift, schedule.diffusion):
        assert part(t).shape == (2, 3) and part(t).dtype == torch.float32
    assert schedule.time_of(schedule.log_snr(t)).shape == (2, 3)


def test_quadratic_times_are_the_squares_of_even_ones() -> None:
    torch.testing.assert_close(
        cosine().times(4, "quadratic"), torch.tensor([16.0, 9, 4, 1, 0]) / 16
    )


def test_noise_is_added_by_sigma_and_data_kept_by_alpha() -> None:
    schedule, t = cosine(), torch.tensor([0.2, 0.7])
    x_0, eps = torch.randn(2, 3), torch.randn(2, 3)
    known = schedule.alpha(t)[:, None] * x_0 + schedule.sigma(t)[:, None] * eps
    torch.testing.assert_close(schedule.add_noise(x_0, eps, t), known)


@each
def test_all_tables_lie_on_the_device_they_are_put_on(schedule: Schedule) -> None:
    """A step of training there copies none: a copy would wait for the device."""
    found = copy.deepcopy(schedule).on(torch.device("meta"))
    held = [
        part
        for value in vars(found).values()
        for part in (value if isinstance(value, tuple) else [value])
    ]
    tables = [part for part in held if isinstance(part, torch.Tensor)]
    assert tables and all(t.device.type == "meta" for t in tables)


@each
def test_shares_of_the_way_go_from_the_least_time_to_one(schedule: Schedule) -> None:
    t = schedule.from_least(torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(t, torch.tensor([schedule.least, (1 + schedule.least) / 2, 1.0]))
