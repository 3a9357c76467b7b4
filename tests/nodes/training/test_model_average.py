"""A model average is the running mean of the weights, and only follows what moves."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from nodes.errors import InputRefused
from nodes.networks.perceptron import Perceptron
from nodes.training.model_average import ModelAverage


def model() -> Perceptron:
    torch.manual_seed(0)
    net = Perceptron(hidden=[4], outputs=3, normalization="batch")
    net(torch.randn(8, 2))
    return net


def moved(net: Perceptron) -> set[int]:
    """Change all weights, and return their ids."""
    with torch.no_grad():
        for p in net.parameters():
            p += torch.randn_like(p)
    net(torch.randn(8, 2))  # the statistics of the batch change too
    return {id(p) for p in net.parameters()}


def test_it_begins_as_the_model_and_follows_it_by_the_formula() -> None:
    net, node = model(), ModelAverage(decay=0.5)
    x = torch.randn(5, 2)
    average, y = node(net, x)
    wanted = [p.detach().clone() for p in net.parameters()]
    torch.testing.assert_close(y, net.eval()(x))
    net.train()
    for n in range(1, 8):
        node.follow(moved(net))
        decay = min(0.5, n / (9 + n))
        wanted = [torch.lerp(p, w, decay) for w, p in zip(wanted, net.parameters(), strict=True)]
        for found, known in zip(average.parameters(), wanted, strict=True):
            torch.testing.assert_close(found, known.detach())
    for mine, theirs in zip(average.buffers(), net.buffers(), strict=True):
        assert torch.equal(mine, theirs)


def test_it_stays_where_the_model_is_not_trained() -> None:
    net, node = model(), ModelAverage()
    average = node(net).average
    before = copy.deepcopy(average.state_dict())
    moved(net)
    node.follow(set())
    assert all(torch.equal(v, before[k]) for k, v in average.state_dict().items())


def test_gradients_reach_its_input_and_no_weights() -> None:
    net, node = model(), ModelAverage()
    x = torch.randn(5, 2, requires_grad=True)
    node(net, x).y.sum().backward()
    assert x.grad is not None
    assert all(p.grad is None for p in net.parameters())
    assert all(p.grad is None and not p.requires_grad for p in node(net).average.parameters())


def test_a_saved_average_goes_on_to_the_same_bits() -> None:
    net, node = model(), ModelAverage(decay=0.9)
    node(net)
    node.follow(moved(net))
    other = ModelAverage(decay=0.9)
    other.load_state_dict(node.state_dict())
    other(net)
    moves = moved(net)
    for each in (node, other):
        each.follow(moves)
    assert same(node(net, x := torch.randn(4, 2)).y, other(net, x).y)


def same(a: Tensor, b: Tensor) -> bool:
    return torch.equal(a, b)


def test_another_model_is_followed_from_its_own_start() -> None:
    node, first, second = ModelAverage(), model(), model()
    node(first)
    moved(second)
    x = torch.randn(4, 2)
    assert torch.equal(node(second, x).y, second.eval()(x))


def test_a_model_without_weights_is_refused() -> None:
    with pytest.raises(InputRefused, match="no weights to average"):
        ModelAverage()(torch.nn.Identity())
    with pytest.raises(InputRefused, match="not been shown any items"):
        ModelAverage()(Perceptron())
