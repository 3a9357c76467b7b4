"""Solvers keep their order, and the sampler maps a Gaussian to a Gaussian both ways."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.errors import InputRefused
from nodes.matching.integrate import DORMAND_PRINCE, adaptive_steps, fixed_steps, hermite
from nodes.matching.ode_sampler import EVEN, FIXED, ODESampler
from nodes.matching.recording import RECORDED, Carried
from tests.nodes.matching.exact import Known, between_gaussians, independent_gaussians, seeded

LAWS = (-1.0, 1.5, 2.0, 0.5)
METHODS = FIXED | {"Dormand-Prince": DORMAND_PRINCE}


def carried(model: torch.nn.Module, start: Tensor, **params: object) -> Carried:
    frames = list(ODESampler(**params)(model, start))
    assert frames[-1].step == frames[-1].total
    value: Carried = frames[-1].value
    return value


def exact(x: Tensor) -> Tensor:
    """Where independent pairs of Gaussians take x: the flow keeps quantiles."""
    m_0, s_0, m_1, s_1 = LAWS
    return m_1 + s_1 / s_0 * (x - m_0)


def error(steps: int, method: str, direction: str = "forward") -> float:
    start = seeded(0, 64, 3)
    way = {"method": method, "steps": steps, "direction": direction}
    model = independent_gaussians(*LAWS)
    if direction == "backward":
        return float((carried(model, exact(start), **way).samples - start).abs().max())
    return float((carried(model, start, **way).samples - exact(start)).abs().max())


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("method", FIXED)
def test_the_error_falls_with_the_method_s_order(method: str, direction: str) -> None:
    coarse, fine = (error(n, method, direction) for n in (16, 32))
    assert math.log2(coarse / fine) > FIXED[method].order - 0.25


def test_dormand_prince_with_fixed_steps_is_of_order_five() -> None:
    start, model = seeded(0, 64, 3), independent_gaussians(*LAWS)

    def of(n: int) -> float:
        times = [k / n for k in range(n + 1)]
        field = lambda x, t: model(x, x.new_full((len(x),), t))  # noqa: E731
        *_, last = fixed_steps(DORMAND_PRINCE, field, start, times)
        return float((last.x - exact(start)).abs().max())

    assert math.log2(of(8) / of(16)) > 4.7


@pytest.mark.parametrize("name", METHODS)
def test_a_tableau_is_consistent(name: str) -> None:
    method = METHODS[name]
    assert sum(method.b) == pytest.approx(1)
    assert len(method.a) == len(method.b)
    second = sum(b * c for b, c in zip(method.b, method.c, strict=True))
    assert method.order == 1 or second == pytest.approx(1 / 2)
    assert sum(method.error) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-7])
def test_the_tolerance_is_kept(tolerance: float) -> None:
    start, model = seeded(0, 64, 3), independent_gaussians(*LAWS)
    found = carried(model, start, method="Dormand-Prince", tolerance=tolerance)
    assert float((found.samples - exact(start)).abs().max()) < 10 * tolerance
    assert found.evaluations == model.calls


@pytest.mark.parametrize("method", METHODS)
def test_straight_paths_are_found_and_come_back(method: str) -> None:
    start, model = seeded(1, 500, 2), between_gaussians(*LAWS)
    there = carried(model, start, method=method, steps=4, tolerance=1e-8)
    torch.testing.assert_close(there.samples, exact(start), rtol=1e-6, atol=1e-6)
    back = carried(model, there.samples, method="RK4", steps=100, direction="backward")
    torch.testing.assert_close(back.samples, start, rtol=1e-6, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_the_path_is_evenly_timed(method: str, direction: str) -> None:
    start, model = seeded(2, 30, 2), between_gaussians(*LAWS)
    found = carried(model, start, method=method, steps=12, direction=direction, tolerance=1e-6)
    path = found.path
    assert len(path) == (EVEN + 1 if method == "Dormand-Prince" else 13)
    torch.testing.assert_close(path[0], start)
    torch.testing.assert_close(path[-1], found.samples)
    share = torch.linspace(0, 1, len(path), dtype=path.dtype)[:, None, None]
    if method != "Euler" or direction == "forward":  # Euler is exact on straight lines only forward
        straight = torch.lerp(path[:1], path[-1:], share)
        torch.testing.assert_close(path, straight, rtol=1e-4, atol=1e-4)


def test_long_ways_are_recorded_in_part() -> None:
    found = carried(between_gaussians(*LAWS), seeded(3, 5, 2), method="Euler", steps=1000)
    assert len(found.path) == RECORDED + 1
    assert found.evaluations == 1000


def test_the_cubic_between_two_states_is_exact_on_cubics() -> None:
    x = torch.ones(1, 1, dtype=torch.float64)
    field = lambda x, t: torch.full_like(x, 3 * t**2 - 1)  # noqa: E731
    first, second, *_ = adaptive_steps(field, x, 0.0, 1.0, tolerance=1e-3)
    t = 0.3 * second.t
    assert float(hermite(first, second, t)) == pytest.approx(1 + t**3 - t)


class Told(torch.nn.Module):
    """Move by what it is told: a class by its number, none by 0, a context by its sum."""

    predicts, classes = "velocity", 5

    def forward(self, x: Tensor, t: Tensor, **told: Tensor) -> Tensor:
        moved = torch.zeros_like(x)
        for name, of in told.items():
            known = torch.where(of == self.classes, 0, of) if name == "labels" else of.sum((1, 2))
            moved = moved + known[:, None]
        return moved


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0])
def test_guidance_goes_further_from_what_is_told_nothing(scale: float) -> None:
    labels, context = torch.tensor([1, 4, 2]), torch.ones(3, 2, 1)
    sampler, start = ODESampler(method="Euler", steps=3, scale=scale), torch.zeros(3, 2)
    *_, last = sampler(Told(), start, labels)
    assert torch.allclose(last.value.samples, (1 + scale) * labels[:, None].expand(3, 2))
    *_, last = sampler(Told(), start, labels, context)
    assert torch.allclose(last.value.samples, (1 + scale) * (labels[:, None] + 2).expand(3, 2))
    assert last.value.evaluations == 3


def test_a_velocity_that_explodes_is_refused() -> None:
    model = Known(lambda x, t: x / 0, "velocity")
    with pytest.raises(InputRefused, match="finite"):
        carried(model, seeded(0, 3, 2), method="Dormand-Prince")


def test_what_predicts_noise_is_refused() -> None:
    model = Known(lambda x, t: x, "noise")
    with pytest.raises(InputRefused, match="velocity") as refused:
        carried(model, seeded(0, 3, 2))
    assert "velocity" in refused.value.fix


@pytest.mark.parametrize("params", [{}, {"method": "Dormand-Prince"}, {"steps": 250}])
def test_its_sketch_has_the_shapes_of_the_real_thing(params: dict[str, object]) -> None:
    real = carried(between_gaussians(*LAWS), seeded(0, 7, 2).float(), **params)
    with FakeTensorMode(allow_non_fake_inputs=True):
        sketched = ODESampler(**params).sketch(between_gaussians(*LAWS), torch.empty(7, 2))
    assert [t.shape for t in sketched] == [t.shape for t in real]
