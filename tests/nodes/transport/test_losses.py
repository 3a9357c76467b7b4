"""Losses of transport: zero at identity, positive elsewhere, gradients of finite differences."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nodes.transport.sinkhorn_divergence import SinkhornDivergence
from nodes.transport.sliced_wasserstein import SlicedWassersteinLoss


def cloud(n: int, d: int = 2, *, mean: float = 0.0, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return mean + torch.randn(n, d, dtype=torch.float64, generator=generator)


def absolute(**given: Any) -> SinkhornDivergence:
    return SinkhornDivergence(unit="absolute", tolerance=1e-11, most=10_000, **given)


@pytest.mark.parametrize("eps", [0.01, 0.1, 1.0])
def test_the_divergence_is_0_at_identity_and_positive_elsewhere(eps: float) -> None:
    x = cloud(30)
    node = SinkhornDivergence(eps=eps, tolerance=1e-8)
    assert abs(float(node(x, x))) < 1e-8
    assert abs(float(node(x, x[torch.randperm(30)]))) < 1e-8
    for y in (x + 0.01, 1.1 * x, cloud(30, seed=1), cloud(20, seed=1)):
        assert float(node(x, y)) > 1e-6


def test_at_identity_nothing_is_moved() -> None:
    x = cloud(30).requires_grad_()
    fair, biased = (
        torch.autograd.grad(SinkhornDivergence(tolerance=1e-8, debiased=d)(x, x.detach()), x)[0]
        for d in (True, False)
    )
    assert float(fair.abs().max()) < 1e-8
    assert float(biased.abs().max()) > 1e-3, "without its second half it draws points together"


@pytest.mark.parametrize("m", [8, 11], ids=["equal sizes", "unequal sizes"])
@pytest.mark.parametrize(
    "given", [{}, {"p": 1.0}, {"p": 3.0}, {"metric": "cosine"}, {"debiased": False}], ids=str
)
def test_gradients_equal_finite_differences(given: Any, m: int) -> None:
    x, y = cloud(8, 3).requires_grad_(), cloud(m, 3, mean=0.5, seed=1).requires_grad_()
    node = absolute(eps=0.3, **given)
    assert torch.autograd.gradcheck(node, (x, y), eps=1e-5, atol=1e-5, fast_mode=True)


def test_a_shift_costs_its_square_at_any_epsilon() -> None:
    x = cloud(40)
    for eps in (0.01, 1.0, 10.0):
        node = SinkhornDivergence(eps=eps, tolerance=1e-8)
        assert float(node(x, x + torch.tensor([3.0, 4.0]))) == pytest.approx(25, rel=1e-5)


def test_descending_it_brings_one_law_to_the_other() -> None:
    x, y = cloud(60).float().requires_grad_(), cloud(60, mean=3.0, seed=1).float()
    node = SinkhornDivergence()
    optimizer = torch.optim.SGD([x], lr=0.5 * len(x) / 2)
    before = float(node(x, y))
    for _ in range(15):
        optimizer.zero_grad()
        node(x, y).backward()
        optimizer.step()
    assert float(node(x, y)) < 1e-3 * before


def test_the_sliced_loss_is_0_at_identity_and_has_gradients() -> None:
    x, y = cloud(30), cloud(30, mean=1.0, seed=1)
    node = SlicedWassersteinLoss(lines=20_000)
    assert float(node(x, x)) == 0
    shift = torch.tensor([3.0, 4.0])
    assert float(node(x, x + shift)) == pytest.approx(12.5, rel=0.03)  # |shift|^2 / d
    few = SlicedWassersteinLoss(lines=16)

    def loss(x: Tensor, y: Tensor) -> Tensor:
        torch.manual_seed(0)
        return few(x, y)

    assert torch.autograd.gradcheck(loss, (x.requires_grad_(), y.requires_grad_()), eps=1e-6)
