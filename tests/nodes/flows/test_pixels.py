"""Grey levels and densities."""

import math

import pytest
import torch

from nodes.errors import InputRefused
from nodes.flows.base_law import BaseLaw
from nodes.flows.pixels import Dequantize, Logit

LEVELS = torch.arange(256.0) / 255


def test_levels_survive_the_way_there_and_back() -> None:
    for among, x in (("[0, 1]", LEVELS), ("[-1, 1]", 2 * LEVELS - 1)):
        flow = Dequantize(range=among)(Logit()(BaseLaw(shape=[1, 16, 16])()))
        images = x.view(1, 1, 16, 16).repeat(4, 1, 1, 1)
        z, _ = flow(images)
        torch.testing.assert_close(flow.inverse(z)[0], images)


def test_evenly_drawn_levels_cost_log_k_nats_each() -> None:
    flow = Dequantize(levels=16)(BaseLaw(shape=[3], law="uniform")())
    x = torch.randint(16, (100, 3)) / 15
    torch.testing.assert_close(flow.log_prob(x), torch.full((100,), -3 * math.log(16)))


def test_the_bound_holds_and_probabilities_sum_to_no_more_than_one() -> None:
    """exp E log p(y) <= P(k), and all P sum to one."""
    torch.manual_seed(0)
    flow = Dequantize(levels=4)(Logit(margin=1e-6)(BaseLaw(shape=[1])()))
    x = (torch.arange(4) / 3).repeat_interleave(20_000)[:, None]
    log_p = flow.log_prob(x).view(4, -1)
    assert log_p.exp().mean(1).sum().item() == pytest.approx(1, abs=0.01)
    assert log_p.mean(1).exp().sum().item() < 1


def test_numbers_that_are_no_levels_are_refused_at_the_first_batch() -> None:
    flow = Dequantize()(BaseLaw(shape=[1, 8, 8])())
    with pytest.raises(InputRefused, match="256 grey levels"):
        flow.train().log_prob(torch.rand(2, 1, 8, 8))
    with pytest.raises(InputRefused):
        Dequantize(range="[-1, 1]")(BaseLaw(shape=[2])()).train().log_prob(3 * torch.ones(1, 2))


def test_a_margin_leaves_room_at_both_ends() -> None:
    flow = Logit(margin=0.1)(BaseLaw(shape=[1])())
    z, _ = flow(torch.tensor([[0.0], [1.0]]))
    torch.testing.assert_close(z.sigmoid(), torch.tensor([[0.1], [0.9]]))
