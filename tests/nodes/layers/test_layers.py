"""Laws of layers: shapes as said, torch's own numbers, and a sentence for all that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional as F

from nodes.base import Node
from nodes.errors import InputRefused, Refusal
from nodes.layers.activation import FUNCTIONS, Activation, Dropout
from nodes.layers.convolution import Convolution
from nodes.layers.embeddings import OneHot
from nodes.layers.joining import Add, Concat, Modulate, Multiply
from nodes.layers.linear import Linear
from nodes.layers.norm import Norm
from nodes.layers.sides import PixelShuffle, Pool, Upsample
from nodes.training.muon import matrices
from nodes.types import SIGNED, Shape

KINDS = ["group", "layer", "RMS", "batch"]
sizes = st.integers(1, 9)
sides = st.lists(sizes, min_size=1, max_size=2)
FAKE = FakeTensorMode()
few = settings(max_examples=12)

ALONE: dict[str, Callable[[], Node]] = {
    "linear": lambda: Linear(outputs=5),
    "conv": lambda: Convolution(channels=4, kernel=4, stride=2),
    "transposed": lambda: Convolution(channels=4, stride=2, transposed=True, shorter=1),
    **{kind: lambda kind=kind: Norm(kind=kind) for kind in KINDS},  # type: ignore[misc]
    "activation": Activation,
    "softmax": lambda: Activation(function="softmax"),
    "dropout": Dropout,
    "upsample": lambda: Upsample(mode="linear"),
    "pool": Pool,
    "all": lambda: Pool(factor=None, kind="max"),
    "shuffle": PixelShuffle,
    "gather": lambda: PixelShuffle(back=True),
}
TWO: dict[str, Callable[[], Node]] = {
    **{f"add {along}": lambda along=along: Add(along=along) for along in ("channels", "features")},  # type: ignore[misc]
    "multiply": Multiply,
    "modulate": Modulate,
    "modulate features": lambda: Modulate(along="features"),
    "upsample": Upsample,
    "concat": lambda: Pair(Concat()),
    "concat features": lambda: Pair(Concat(along="features")),
}
each_kind = pytest.mark.parametrize("kind", KINDS)


class Pair(nn.Module):
    """Give two values to an input of many wires."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node

    def forward(self, a: Tensor, b: Tensor) -> Any:
        return self.node([a, b])


def outcome(make: Callable[[], Any], *given: Tensor) -> Any:
    """Return the shape that comes out, or None where the node says that it cannot be."""
    try:
        return make()(*given).shape
    except Refusal as refusal:
        assert refusal.fix, refusal.sentence
        return None


@settings(max_examples=60)
@given(name=st.sampled_from(sorted(ALONE)), shape=st.lists(sizes, min_size=1, max_size=5))
def test_whatever_comes_in_is_computed_or_answered(name: str, shape: list[int]) -> None:
    """Also in a check, and with the same answer: torch has nothing to complain of."""
    real = outcome(ALONE[name], torch.randn(shape))
    with FAKE:
        assert outcome(ALONE[name], torch.randn(shape)) == real


@settings(max_examples=60)
@given(
    name=st.sampled_from(sorted(TWO)),
    shapes=st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=2, max_size=2),
)
def test_two_of_any_shape_are_joined_or_answered(name: str, shapes: list[list[int]]) -> None:
    real = outcome(TWO[name], *map(torch.randn, shapes))
    with FAKE:
        assert outcome(TWO[name], *map(torch.randn, shapes)) == real


@pytest.mark.parametrize("name", [n for n in ALONE if n not in ("shuffle", "gather")])
def test_names_are_no_numbers(name: str) -> None:
    with pytest.raises(InputRefused, match="whole numbers"):
        ALONE[name]()(torch.ones(4, 4, 4, dtype=torch.long))


@pytest.mark.parametrize("name", ["linear", "conv", "group", "batch", "layer"])
def test_weights_answer_what_they_were_made_for(name: str) -> None:
    node = ALONE[name]()
    node(torch.randn(4, 8, 8, 8))
    for other in (torch.randn(4, 3, 8, 3), torch.randn(4, 3, 3)):
        with pytest.raises(InputRefused, match="weights were made for"):
            node(other)


# --- shapes, and torch's numbers ---


@few
@given(front=st.lists(sizes, min_size=1, max_size=3), d=sizes)
def test_linear_multiplies_the_last_axis(front: list[int], d: int) -> None:
    node, x = Linear(outputs=5), torch.randn(*front, d)
    y = node(x)
    plain = nn.Linear(d, 5)
    plain.load_state_dict(node.net.state_dict())
    assert y.shape == (*front, 5)
    assert torch.equal(y, plain(x))
    assert node.weight_count() == 5 * d + 5
    assert matrices([node]) == [node.net.weight]


@few
@given(item=sides, c=sizes, kernel=st.integers(1, 6), stride=st.integers(1, 4), d=st.integers(1, 3))
def test_sides_of_convolutions(item: list[int], c: int, kernel: int, stride: int, d: int) -> None:
    x = torch.randn(2, c, *item)
    shape = {"channels": 3, "kernel": kernel, "stride": stride, "dilation": d}
    down = Convolution(**shape)(x)
    up = Convolution(**shape, transposed=True)(x)
    assert down.shape == (2, 3, *(-(-side // stride) for side in item))
    assert up.shape == (2, 3, *(side * stride for side in item))
    for shorter in range(1, stride):
        less = Convolution(**shape, transposed=True, shorter=shorter)(x)
        assert less.shape == (2, 3, *(side * stride - shorter for side in item))


@pytest.mark.parametrize("item", [(9,), (9, 8)], ids=["sound", "pictures"])
@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(3, 1, 1), (5, 2, 1), (3, 1, 4)])
def test_convolutions_are_torchs(
    item: tuple[int, ...], kernel: int, stride: int, dilation: int
) -> None:
    node = Convolution(channels=3, kernel=kernel, stride=stride, dilation=dilation)
    x = torch.randn(2, 4, *item)
    y = node(x)
    kind: Any = nn.Conv1d if len(item) == 1 else nn.Conv2d
    padding = dilation * (kernel - 1) // 2
    plain = kind(4, 3, kernel, stride, padding=padding, dilation=dilation)
    plain.weight, plain.bias = node.net.weight, node.net.bias
    assert torch.equal(y, plain(x))
    assert matrices([node]) == [node.net.weight]


@pytest.mark.parametrize(("kernel", "side"), [(4, 8), (3, 7)])
def test_halving_and_doubling_are_those_of_shipped_networks(kernel: int, side: int) -> None:
    """As `nodes.networks.blocks` make them: kernels of 4 for even sides, of 3 for odd ones."""
    x = torch.randn(2, 4, side, side)
    node = Convolution(channels=3, kernel=kernel, stride=2)
    small = node(x)
    net = node.net
    assert torch.equal(small, F.conv2d(x, net.weight, net.bias, stride=2, padding=1))
    back = Convolution(channels=4, kernel=kernel, stride=2, transposed=True, shorter=side % 2)
    large = back(small)
    assert large.shape == x.shape
    weight, bias = back.net.weight, back.net.bias
    assert torch.equal(large, F.conv_transpose2d(small, weight, bias, stride=2, padding=1))


@pytest.mark.parametrize("transposed", [False, True])
def test_one_column_of_a_picture_is_a_sound(transposed: bool) -> None:
    wide = Convolution(channels=3, kernel=5, transposed=transposed)
    long = Convolution(channels=3, kernel=5, transposed=transposed)
    x = torch.randn(2, 4, 9)
    y, _ = wide(x[..., None]), long(x)
    long.net.weight, long.net.bias = nn.Parameter(wide.net.weight[..., 2]), wide.net.bias
    torch.testing.assert_close(long(x), y[..., 0])


@each_kind
@few
@given(item=sides, c=sizes)
def test_norms_keep_shapes(kind: str, item: list[int], c: int) -> None:
    x = torch.randn(3, 2 * c, *item)
    assert Norm(kind=kind, groups=c)(x).shape == x.shape


def test_norms_are_torchs() -> None:
    x, rows = torch.randn(4, 6, 5, 5), torch.randn(4, 5, 6)
    assert torch.equal(Norm(groups=4)(x), nn.GroupNorm(3, 6)(x))
    assert torch.equal(Norm(kind="batch")(x), nn.BatchNorm2d(6)(x))
    assert torch.equal(Norm(kind="layer")(rows), nn.LayerNorm(6)(rows))
    assert torch.equal(Norm(kind="RMS")(rows), nn.RMSNorm(6)(rows))
    by_channel = Norm(kind="layer")(x)
    torch.testing.assert_close(by_channel.mean(1), torch.zeros(4, 5, 5))


def test_a_batch_of_one_number_has_no_spread() -> None:
    with pytest.raises(InputRefused, match="two items"):
        Norm(kind="batch")(torch.randn(1, 6))
    node = Norm(kind="batch")
    node(torch.randn(2, 6))
    assert node.eval()(torch.randn(1, 6)).shape == (1, 6)
    with pytest.raises(InputRefused, match="is one number"):
        Norm(groups=6)(torch.randn(9, 6))


@few
@given(item=sides, factor=st.integers(1, 4))
def test_what_is_made_larger_is_made_smaller_again(item: list[int], factor: int) -> None:
    x = torch.randn(2, 3, *item)
    large = Upsample(factor=factor)(x)
    assert large.shape == (2, 3, *(side * factor for side in item))
    torch.testing.assert_close(Pool(factor=factor)(large), x)
    assert torch.equal(Pool(factor=factor, kind="max")(large), x)


@few
@given(item=sides, factor=st.integers(1, 4))
def test_a_pool_keeps_every_place(item: list[int], factor: int) -> None:
    x = torch.randn(2, 3, *item)
    assert Pool(factor=factor)(x).shape == (2, 3, *(-(-side // factor) for side in item))
    most = Pool(factor=factor, kind="max")(x)
    assert torch.equal(most.flatten(2).amax(2), Pool(factor=None, kind="max")(x))
    torch.testing.assert_close(Pool(factor=None)(x), x.flatten(2).mean(2))


def test_the_way_up_of_a_u_net_meets_its_odd_sides() -> None:
    x, like = torch.randn(2, 3, 4, 4), torch.randn(2, 1, 7, 7)
    y = Upsample()(x, like)
    assert torch.equal(y, Upsample()(x)[..., :7, :7])
    assert torch.equal(y, Upsample(odd=True)(x))
    assert Concat()([y, like]).shape == (2, 4, 7, 7)


@few
@given(item=sides, along=st.sampled_from(["channels", "features"]))
def test_a_vector_is_put_beside_each_place(item: list[int], along: Any) -> None:
    x, axis = torch.randn(2, 3, *item), 1 if along == "channels" else -1
    vector = OneHot(classes=5)(torch.tensor([4, 1]))
    y = Concat(along=along)([x, vector]).movedim(axis, -1)
    assert torch.equal(y[..., :-5], x.movedim(axis, -1))
    places = y[..., -5:].flatten(1, -2)  # (b, places, classes)
    assert torch.equal(places, vector[:, None].expand_as(places))
    with pytest.raises(InputRefused, match="3 classes"):
        OneHot(classes=3)(torch.tensor([0, 3]))


@few
@given(item=sides, factor=st.integers(1, 3))
def test_a_shuffle_loses_nothing(item: list[int], factor: int) -> None:
    x = torch.randn(2, 3 * factor ** len(item), *item)
    large = PixelShuffle(factor=factor)(x)
    assert large.shape == (2, 3, *(side * factor for side in item))
    assert torch.equal(PixelShuffle(factor=factor, back=True)(large), x)


def test_a_shuffle_of_pictures_is_torchs() -> None:
    x = torch.randn(2, 8, 3, 4)
    assert torch.equal(PixelShuffle()(x), nn.PixelShuffle(2)(x))


def test_a_shuffle_says_how_many_channels_it_needs() -> None:
    with pytest.raises(InputRefused, match="multiples of 4; it has 6") as refused:
        PixelShuffle()(torch.randn(2, 6, 3, 4))
    assert "Convolution with 8 channels" in refused.value.fix


def test_a_vector_is_added_to_places_or_to_rows() -> None:
    x, told = torch.randn(2, 3, 4, 5), torch.randn(2, 3)
    assert torch.equal(Add()(x, told), x + told[:, :, None, None])
    assert torch.equal(Multiply()(told, x), x * told[:, :, None, None])
    rows = torch.randn(2, 7, 3)
    assert torch.equal(Add(along="features")(rows, told), rows + told[:, None])


def test_a_sum_says_what_does_not_go_together() -> None:
    with pytest.raises(InputRefused, match="shape of a, 3 4 4, or 1 in its place; it has 3 2 2"):
        Add()(torch.randn(2, 3, 4, 4), torch.randn(2, 3, 2, 2))
    with pytest.raises(InputRefused, match="Value 2 of xs must be as the first, 3 4 4"):
        Concat()([torch.randn(2, 3, 4, 4), torch.randn(2, 3, 2, 2)])


@pytest.mark.parametrize("along", ["channels", "features"])
def test_a_modulation_scales_and_shifts(along: str) -> None:
    node = Modulate(along=along)
    x, told = torch.randn(2, 4, 4), torch.randn(2, 5)
    y = node(x, told)
    scale, shift = node.net(told).chunk(2, 1)
    scale, shift = (p[:, :, None] if along == "channels" else p[:, None] for p in (scale, shift))
    torch.testing.assert_close(y, x * (1 + scale) + shift)


def test_first_weights_of_zero_say_nothing_and_learn() -> None:
    x, told = torch.randn(2, 4, 4), torch.randn(2, 5)
    assert torch.equal(Modulate(first=0.0)(x, told), x)
    node = Convolution(first=0.0)
    y = node(torch.randn(2, 3, 4, 4))
    assert not y.any()
    (y - 1).square().sum().backward()
    assert node.net.weight.grad is not None and node.net.weight.grad.any()


@pytest.mark.parametrize("make", [Linear, Convolution])
def test_a_spectral_norm_leaves_the_longest_answer_at_one(make: Any) -> None:
    node = make(spectral=True, bias=False)
    for _ in range(60):
        node(torch.randn(2, 3, 4, 4))
    weight = node.net.weight.detach().flatten(1)
    assert abs(float(torch.linalg.matrix_norm(weight, 2)) - 1) < 0.02


@pytest.mark.parametrize("item", [(9,), (9, 12)], ids=["sound", "pictures"])
@pytest.mark.parametrize("padding", [0, 1, 4])
def test_a_padding_of_its_own_is_torchs(item: tuple[int, ...], padding: int) -> None:
    x = torch.randn(2, 4, *item)
    node = Convolution(channels=3, kernel=4, stride=3, padding=padding)
    y = node(x)
    assert type(node.net).__name__ == f"Conv{len(item)}d"
    called = {1: F.conv1d, 2: F.conv2d}[len(item)]
    assert torch.equal(y, called(x, node.net.weight, node.net.bias, 3, padding))


@pytest.mark.parametrize("more", range(4))
def test_a_transpose_with_a_padding_is_torchs(more: int) -> None:
    """As WaveGAN's: kernels of 25 and strides of 4, with 12 zeros."""
    x = torch.randn(2, 4, 5)
    node = Convolution(
        channels=3, kernel=25, stride=4, transposed=True, shorter=3 - more, padding=12
    )
    y, net = node(x), node.net
    assert y.shape == (2, 3, 17 + more)
    assert torch.equal(y, F.conv_transpose1d(x, net.weight, net.bias, 4, 12, more))


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"transposed": True, "shorter": 1}, "less than the stride, 1"),
        ({"transposed": True, "padding": 2}, "at most 1 "),
        ({"padding": 0, "kernel": 5}, "sides of 5 at least"),
    ],
)
def test_sides_that_cannot_be_are_refused(params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        Convolution(**params)(torch.randn(2, 3, 4))


def test_an_empty_network_names_its_sizes() -> None:
    node = Linear(outputs=5)
    assert not node.sign()
    node.build_for({"x": Shape((7,))})
    assert node.sign() == "7→5"


# --- functions ---


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_activation_keeps_the_range_it_declares(function: str) -> None:
    node = Activation(function=function)
    y = node(10 * torch.randn(5, 7))
    range_ = node.ranges(x=SIGNED).get("y")
    if range_ is not None:
        assert range_.low <= y.min() and y.max() <= range_.high


def test_a_softmax_sums_to_one() -> None:
    y = Activation(function="softmax")(torch.randn(5, 7))
    torch.testing.assert_close(y.sum(1), torch.ones(5))


def test_dropout_keeps_means_and_leaves_tests_alone() -> None:
    torch.manual_seed(0)
    x, node = torch.ones(100, 1000), Dropout(share=0.25)
    y = node(x)
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 1 / 0.75]))
    assert abs(float(y.mean()) - 1) < 0.01
    assert torch.equal(node.eval()(x), x)
