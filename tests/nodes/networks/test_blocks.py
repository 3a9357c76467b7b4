"""Perceptrons, halving and doubling convolutions, and changes of shape."""

import pytest
import torch
from torch import nn

from nodes.errors import InputRefused, ParamRefused
from nodes.networks.blocks import (
    ACTIVATIONS,
    NORMALIZATIONS,
    doubling_convolutions,
    doubling_widths,
    halving_convolutions,
    halvings,
    lay_channels_last,
    perceptron,
)
from nodes.networks.perceptron import Perceptron
from nodes.networks.reshape import Flatten, Reshape
from nodes.types import UNIT, Shape


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("normalization", ["none", *NORMALIZATIONS])
def test_a_perceptron_ends_linear(activation: str, normalization: str) -> None:
    net = perceptron(3, [5, 4], 2, activation=activation, normalization=normalization)
    assert net(torch.randn(6, 3)).shape == (6, 2)
    assert isinstance(net[-1], nn.Linear)
    assert sum(isinstance(layer, ACTIVATIONS[activation]) for layer in net) == 2


def test_without_hidden_layers_it_is_a_linear_map() -> None:
    net = perceptron(3, [], 2)
    assert [type(layer) for layer in net] == [nn.Linear]


def test_sides_halve_upwards() -> None:
    assert halvings(28, 3) == [28, 14, 7, 4]
    assert halvings(1, 2) == [1, 1, 1]
    assert doubling_widths(64, 3) == [16, 32, 64]
    assert doubling_widths(2, 3) == [1, 1, 2]


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 7, 9), (2, 1, 6), (1, 31, 17)])
@pytest.mark.parametrize("depth", [1, 3])
def test_doubling_mirrors_halving(shape: tuple[int, int, int], depth: int) -> None:
    down, inside = halving_convolutions(Shape(shape), [4, 6], depth=depth)
    up, wanted = doubling_convolutions(Shape(shape), [4, 6], depth=depth)
    hidden = down(torch.rand(2, *shape))
    assert hidden.shape[1:] == inside == wanted
    assert up(hidden).shape[1:] == shape


def test_deeper_convolutions_stand_at_each_size() -> None:
    down, _ = halving_convolutions(Shape((1, 8, 8)), [4, 6], depth=2)
    kinds = [(layer.stride, layer.out_channels) for layer in down if isinstance(layer, nn.Conv2d)]
    assert kinds == [((2, 2), 4), ((1, 1), 4), ((2, 2), 6), ((1, 1), 6)]
    up, _ = doubling_convolutions(Shape((1, 8, 8)), [4, 6], depth=2)
    assert sum(isinstance(layer, nn.Upsample) for layer in up) == 1
    assert sum(isinstance(layer, nn.ConvTranspose2d) for layer in up) == 1  # the last


def test_kernels_laid_otherwise_give_the_same() -> None:
    net, _ = halving_convolutions(Shape((2, 8, 8)), [4, 6])
    x = torch.randn(3, 2, 8, 8)
    before = net(x)
    lay_channels_last(net)
    assert net(x).is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(net(x), before, atol=1e-6)


def test_a_perceptron_node_flattens_what_comes_in() -> None:
    node = Perceptron(hidden=[16, 8], outputs=3)
    assert node(torch.rand(4, 1, 5, 5)).shape == (4, 3)
    assert node.sign() == "25→16→8→3"


def test_flat_and_back_is_the_same() -> None:
    x = torch.rand(4, 2, 3, 5)
    assert torch.equal(Reshape(shape=[2, 3, 5])(Flatten()(x)), x)
    assert Flatten().ranges(x=UNIT) == {"y": UNIT}
    assert Reshape().ranges(x=UNIT) == {"images": UNIT}


def test_reshape_says_what_does_not_fit() -> None:
    with pytest.raises(
        InputRefused, match="784 numbers an item for pictures of 1 28 28; it has 30"
    ):
        Reshape()(torch.rand(2, 30))
    with pytest.raises(ParamRefused, match="three numbers"):
        Reshape(shape=[784])(torch.rand(2, 784))
