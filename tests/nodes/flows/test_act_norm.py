"""ActNorm takes its start from the first training batch, once."""

import pytest
import torch

from nodes.flows.act_norm import ActNorm
from nodes.flows.base_law import BaseLaw


def data(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return 3 + 5 * torch.randn(256, *shape, generator=generator)


@pytest.mark.parametrize("shape", [(3,), (3, 4, 4)])
def test_the_first_training_batch_comes_out_standardised(shape: tuple[int, ...]) -> None:
    flow = ActNorm()(BaseLaw(shape=list(shape))())
    z = flow.train()(data(*shape))[0].view(256, *shape)
    others = [0, *range(2, z.dim())]
    torch.testing.assert_close(z.mean(others), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(z.var(others, correction=0), torch.ones(3), atol=1e-4, rtol=0)


def test_only_training_begins_and_only_once() -> None:
    flow = ActNorm()(BaseLaw(shape=[3])())
    x = data(3)
    assert torch.equal(flow.eval()(x)[0], x)
    first = flow.train()(x)[0]
    flow(100 * x)
    assert torch.equal(flow(x)[0], first)


def test_each_of_several_begins_behind_those_before() -> None:
    layer = ActNorm(repeat=2)
    flow = layer(BaseLaw(shape=[3])())
    flow.train()(data(3))
    nearest_to_data = layer.blocks[1]
    assert (nearest_to_data.b.abs() > 0.1).all()
    torch.testing.assert_close(
        layer.blocks[0].b.detach().flatten(), torch.zeros(3), atol=1e-4, rtol=0
    )


def test_a_constant_channel_is_no_accident() -> None:
    flow = ActNorm()(BaseLaw(shape=[2])())
    x = data(2)
    x[:, 1] = 7.0
    assert flow.train()(x)[0].isfinite().all()


def test_that_it_has_begun_is_saved() -> None:
    first, second = ActNorm(), ActNorm()
    base = BaseLaw(shape=[3])()
    flow, other = first(base).train(), second(base).train()
    z = flow(data(3))[0]
    second.load_state_dict(first.state_dict())
    assert torch.equal(other(data(3))[0], z)
    other(100 * data(3))
    assert torch.equal(other(data(3))[0], z)
