"""A batch in parts: the numbers and gradients of the whole, wherever torch may ask for them."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from nodes.networks.parts import LEAST_ITEMS, in_parts

ITEMS = 2 * LEAST_ITEMS + 1


class Net(nn.Module):
    """Answers each item by itself, in float64, and remembers how it was asked."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last = (nn.Linear(3, 3, dtype=torch.float64) for _ in "12")
        self.unused = nn.Parameter(torch.zeros(2))
        self.sizes: list[int] = []

    def answer(self, x: Tensor, t: Tensor, labels: Tensor | None = None) -> Tensor:
        if len(x) == 0 or (x == torch.inf).any():
            raise ValueError("infinite")
        self.sizes.append(len(x))
        h = self.first(x) + t[:, None]
        h = h if labels is None else h * (1 + labels[:, None])
        return self.last(torch.tanh(h))

    def forward(self, *batches: Tensor | None) -> Tensor:
        return in_parts(self, self.answer, *batches)


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    assert torch.get_num_threads() == 2, "the threads were not given back"
    torch.set_num_threads(before)


def batches(moving: bool = False) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    x = torch.randn(ITEMS, 3, dtype=torch.float64, requires_grad=moving)
    t = torch.rand(ITEMS, dtype=torch.float64, requires_grad=moving)
    return x, t, torch.arange(ITEMS) % 3


def same(a: Tensor, b: Tensor) -> None:
    torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_two_threads_answer_for_halves() -> None:
    net, given = Net(), batches()
    with torch.no_grad():
        same(net(*given), net.answer(*given))
    assert sorted(net.sizes[:2]) == [ITEMS // 2, ITEMS - ITEMS // 2]


@pytest.mark.parametrize("items", [1, LEAST_ITEMS, 2 * LEAST_ITEMS - 1])
def test_few_items_are_answered_at_once(items: int) -> None:
    net = Net()
    net(*(b[:items] for b in batches()))
    assert net.sizes == [items]


def test_one_thread_answers_at_once() -> None:
    net = Net()
    torch.set_num_threads(1)
    net(*batches())
    torch.set_num_threads(2)
    assert net.sizes == [ITEMS]


@pytest.mark.parametrize("moving", [False, True])
def test_gradients_are_those_of_the_whole(moving: bool) -> None:
    net, (x, t, labels) = Net(), batches(moving)
    wanted = [*net.parameters(), *([x, t] if moving else [])]
    for call in (net, net.answer):
        for p in wanted:
            p.grad = None
        call(x, t, labels).square().sum().backward()
        found = [p.grad for p in wanted]
        if call is net:
            in_halves = found
    assert len(net.sizes) == 3, "no two halves and a whole"
    for a, b in zip(in_halves, found, strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            same(a, b)


def test_what_is_frozen_gets_no_gradient() -> None:
    net = Net()
    net.first.requires_grad_(False)
    net(*batches()).sum().backward()
    assert net.first.weight.grad is None
    assert net.last.weight.grad is not None


def test_nothing_is_to_be_differentiated() -> None:
    net = Net().requires_grad_(False)
    assert not net(*batches()).requires_grad


def test_gradients_have_gradients() -> None:
    """As gradient penalties and Hyvarinen's trace ask for."""
    net, (x, t, _) = Net(), batches(moving=True)

    def penalty(output: Tensor) -> list[Tensor]:
        (slope,) = torch.autograd.grad(output.square().sum(), x, create_graph=True)
        wanted = [x, net.first.weight, net.last.weight]
        return list(torch.autograd.grad(slope.square().sum(), wanted))

    for a, b in zip(penalty(net(x, t)), penalty(net.answer(x, t)), strict=True):
        same(a, b)


def test_backward_goes_twice_where_the_graph_is_kept() -> None:
    net, given = Net(), batches()
    loss = net(*given).sum()
    first = torch.autograd.grad(loss, net.first.weight, retain_graph=True)[0]
    same(first, torch.autograd.grad(loss, net.first.weight)[0])
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(loss, net.first.weight)


def test_weights_changed_before_backward_are_noticed() -> None:
    net = Net()
    loss = net(*batches()).sum()
    with torch.no_grad():
        net.last.weight.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_parts_are_cast_as_the_whole_would_be() -> None:
    net = Net().float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert net(*(b.float() for b in batches())).dtype == torch.bfloat16
    assert len(net.sizes) == 2


@pytest.mark.parametrize("place", [0, ITEMS - 1], ids=["first part", "last part"])
def test_an_error_comes_from_any_part(place: int) -> None:
    x, t, labels = batches()
    x[place] = torch.inf
    with pytest.raises(ValueError, match="infinite"):
        Net()(x, t, labels)


def test_transforms_of_torch_see_one_call() -> None:
    net, (x, t, _) = Net(), batches()
    value, slope = torch.func.jvp(lambda x: net(x, t), (x,), (torch.ones_like(x),))
    expected = torch.func.jvp(lambda x: net.answer(x, t), (x,), (torch.ones_like(x),))
    same(value, expected[0])
    same(slope, expected[1])
    assert set(net.sizes) == {ITEMS}
