"""The optimiser goes on from its saved moments as if it had never stopped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from nodes.networks.blocks import lay_channels_last
from nodes.training.optimizer import Optimizer


def network() -> nn.Conv2d:
    torch.manual_seed(0)
    net = nn.Conv2d(2, 4, 3)
    lay_channels_last(net)
    return net


def losses(net: nn.Module) -> Iterator[Tensor]:
    x = torch.linspace(-1, 1, 2 * 2 * 25).reshape(2, 2, 5, 5)
    while True:
        yield (net(x) - 1).square().mean()


def prepared(algorithm: str, net: nn.Module) -> Optimizer:
    optimizer = Optimizer(algorithm=algorithm, rate=0.01)
    return optimizer(losses(net), [net])


@pytest.mark.parametrize("algorithm", ["Adam", "AdamW", "Muon", "SGD", "RMSprop"])
def test_moments_keep_their_places_in_kernels_laid_channels_last(algorithm: str) -> None:
    """A file holds numbers in order of the axes; torch's fused steps read them as they lie."""
    net = network()
    first = prepared(algorithm, net)
    first.prepare()
    for _ in range(3):
        first.turn(progress=0.0)
    again = network()
    again.load_state_dict(net.state_dict())
    second = prepared(algorithm, again)
    second.set_extra_state({k: v.contiguous() for k, v in first.get_extra_state().items()})
    second.prepare()
    for optimizer in (first, second):
        optimizer.turn(progress=0.0)
    assert torch.equal(again.weight, net.weight)
