"""Splines, held against zuko's."""

import torch
from zuko.transforms import MonotonicRQSTransform

from nodes.flows.spline import Spline

BINS, BOUND = 6, 3.0


def test_splines_are_zukos() -> None:
    torch.manual_seed(0)
    theta = 3 * torch.randn(3 * BINS - 1, 50, 4, dtype=torch.float64)
    x = 2 * torch.randn(50, 4, dtype=torch.float64)
    parts = theta.movedim(0, -1).split([BINS, BINS, BINS - 1], -1)
    theirs = MonotonicRQSTransform(*parts, bound=BOUND)
    y, log_slope = Spline(theta, BOUND).forward(x)
    for own, other in zip((y, log_slope), theirs.call_and_ladj(x), strict=True):
        torch.testing.assert_close(own, other)
    torch.testing.assert_close(Spline(theta, BOUND).inverse(y)[0], x)


def test_free_numbers_at_zero_make_the_identity() -> None:
    x = torch.linspace(-5, 5, 101)
    y, log_slope = Spline(torch.zeros(11, 101), BOUND).forward(x)
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(log_slope, torch.zeros_like(x), atol=1e-5, rtol=0)


def test_edges_have_finite_gradients() -> None:
    x = torch.tensor([-BOUND, BOUND, 0.0, 1e9, -1e9])
    theta = torch.zeros(11, 5, requires_grad=True)
    sum(part.sum() for part in Spline(theta, BOUND).forward(x)).backward()
    assert theta.grad is not None and theta.grad.isfinite().all()
