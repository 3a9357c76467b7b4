"""The energy of a flow's paths: known between Gaussians."""

from __future__ import annotations

import pytest
import torch

from nodes.errors import InputRefused
from nodes.metrics.path_energy import PathEnergy
from nodes.types import Measured
from tests.nodes.matching.exact import Known, between_gaussians, independent_gaussians, seeded
from tests.nodes.metrics.streams import Draws

LAWS = (-1.0, 1.5, 2.0, 0.5)


def measured(model: Known, dims: int = 1, count: int = 2000) -> Measured:
    x_0, x_1 = -1 + 1.5 * seeded(0, count, dims), 2 + 0.5 * seeded(1, count, dims)
    x_1 = 2 + (x_0 + 1) / 3 if dims == 1 else x_1  # on a line: the very points of the optimal map
    return PathEnergy(count=count)(model, Draws(lambda: x_0), Draws(lambda: x_1))


def test_the_optimal_map_has_no_excess() -> None:
    found = measured(between_gaussians(*LAWS))
    assert found.value == pytest.approx(0, abs=1e-5)
    assert found.others["bend"] == pytest.approx(0, abs=1e-5)
    assert found.others["w2_squared"] == pytest.approx(9 + 1, rel=0.1)


def test_independent_pairs_have_the_excess_of_their_bends() -> None:
    found = measured(independent_gaussians(*LAWS))
    t = torch.linspace(0, 1, 4001, dtype=torch.float64)
    variance = ((1 - t) * 1.5) ** 2 + (t * 0.5) ** 2
    turned = (t * 0.5**2 - (1 - t) * 1.5**2) ** 2 / variance
    energy = 9 + float(turned.mean())
    assert found.others["energy"] == pytest.approx(energy, rel=0.05)
    assert found.value == pytest.approx((energy - 10) / 10, abs=0.03)
    assert found.others["bend"] == pytest.approx(
        found.value, abs=1e-3
    )  # it ends at the same points


def test_other_shapes_and_noise_predictors_are_refused() -> None:
    points, wide = Draws(lambda: torch.zeros(3, 2)), Draws(lambda: torch.zeros(3, 4))
    with pytest.raises(InputRefused, match="shape of source"):
        PathEnergy().sketch(between_gaussians(*LAWS), iter([torch.zeros(3, 2)]), wide)  # type: ignore[arg-type]
    with pytest.raises(InputRefused, match="velocity"):
        PathEnergy().sketch(Known(lambda x, t: x, "noise"), points, points)


def test_two_laws_that_are_one_are_refused() -> None:
    x = torch.randn(20, 2)
    model = between_gaussians(0.0, 1.0, 0.0, 1.0)
    with pytest.raises(InputRefused, match="the same items"):
        PathEnergy(count=20)(model, Draws(lambda: x), Draws(lambda: x))
