"""Laws of the denoisers."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nodes.diffusion.base import Predictor
from nodes.diffusion.denoiser_mlp import DenoiserMLP
from nodes.diffusion.unet import UNet
from nodes.errors import InputRefused

TINY = {"preset": "own", "channels": [8, 16]}


def tiny(**given: Any) -> UNet:
    torch.manual_seed(0)
    return UNet(**(TINY | given))


def woken(model: Predictor, *args: Any, **given: Any) -> Predictor:
    """Return the model with weights that are nowhere zero, as after some training."""
    model(*args, **given)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.1 * torch.randn_like(p))
    return model.eval()


@pytest.mark.parametrize("patch", [1, 2, 3])
@pytest.mark.parametrize("channels", [[8], [8, 8], [4, 8, 8]])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (2, 7, 9), (1, 1, 1), (1, 33, 20)])
def test_unet_takes_images_of_any_size(
    shape: tuple[int, ...], channels: list[int], patch: int
) -> None:
    x = torch.randn(2, *shape)
    net = tiny(channels=channels, patch=patch, attention=[7, 1, 2])
    y = net(x, torch.rand(2))
    assert y.shape == x.shape and y.is_contiguous()
    y.square().sum().backward()


@pytest.mark.parametrize("preset", ["small", "medium"])
@pytest.mark.parametrize("side", [28, 32])
def test_presets_attend_at_the_smallest_images(preset: str, side: int) -> None:
    net = UNet(preset=preset)
    with torch.no_grad():
        net(torch.randn(1, 1, side, side), torch.rand(1))
    attends = [[stage.attention is not None for stage in stages] for stages in net.down]
    assert attends == [[False]] * (len(attends) - 1) + [[True]]


def test_unet_learns_the_same_with_several_threads() -> None:
    """A thread takes a part of the batch; what it is told goes with it."""
    torch.manual_seed(0)
    given = (torch.randn(17, 1, 8, 8), torch.rand(17), torch.arange(17) % 4, torch.randn(17, 2, 5))
    net = woken(tiny(classes=3, attention=[8, 4]), *given).train().double()
    given = (given[0].double(), given[1].double(), given[2], given[3].double())
    before, found = torch.get_num_threads(), []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        net.zero_grad()
        output = net(*given)
        output.square().mean().backward()
        found.append([output.detach(), *(p.grad for p in net.parameters())])
    torch.set_num_threads(before)
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=1e-4, atol=1e-7)


def test_places_far_apart_meet_where_there_is_attention() -> None:
    x = torch.randn(1, 1, 32, 32)
    y = x.clone()
    y[..., -1, -1] += 5.0
    for attention, meets in (([32], True), ([0], False)):
        # without normalisation over places: it lets everything meet
        net = woken(tiny(channels=[8], attention=attention, groups=8), x, torch.ones(1))
        for module in net.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.forward = lambda v: v  # type: ignore[method-assign]
        told = [net(v, torch.ones(1))[0, 0, 0, 0] for v in (x, y)]
        assert (told[0] != told[1]).item() == meets


@pytest.mark.parametrize("kind", [UNet, DenoiserMLP])
def test_classes_are_told_and_their_number_means_none(kind: type[Predictor]) -> None:
    given = TINY if kind is UNet else {}
    x, t = torch.randn(4, 1, 8, 8), torch.rand(4)
    net = woken(kind(classes=3, **given), x, t)
    none = torch.full((4,), 3)
    told = [net(x, t, labels=torch.full((4,), c)) for c in range(3)]
    assert not torch.allclose(told[0], told[1])
    torch.testing.assert_close(net(x, t), net(x, t, labels=none))


@pytest.mark.parametrize("kind", [UNet, DenoiserMLP])
def test_time_is_told(kind: type[Predictor]) -> None:
    x = torch.randn(2, 1, 8, 8)
    net = woken(kind(**(TINY if kind is UNet else {})), x, torch.rand(2))
    early, late = net(x, torch.full((2,), 0.2)), net(x, torch.full((2,), 0.7))
    assert not torch.allclose(early, late)


@pytest.mark.parametrize("kind", [UNet, DenoiserMLP])
def test_labels_that_cannot_be_told_are_refused(kind: type[Predictor]) -> None:
    x, t = torch.randn(4, 1, 8, 8), torch.rand(4)
    given = TINY if kind is UNet else {}
    with pytest.raises(InputRefused, match="classes is 0"):
        kind(**given)(x, t, labels=torch.zeros(4, dtype=torch.long))
    with pytest.raises(InputRefused, match="a label for each item"):
        kind(classes=3, **given)(x, t, labels=torch.zeros(3, dtype=torch.long))


def test_a_context_is_looked_at() -> None:
    x, t = torch.randn(2, 1, 8, 8), torch.rand(2)
    context = torch.randn(2, 5, 6)
    net = woken(tiny(), x, t, context=context)
    other = net(x, t, context=torch.randn(2, 5, 6))
    assert not torch.allclose(net(x, t, context=context), other)
    # the rows of a context have no order
    torch.testing.assert_close(net(x, t, context=context), net(x, t, context=context.flip(1)))
    with pytest.raises(InputRefused, match="context"):
        net(x, t)


def test_a_context_comes_at_the_first_call_or_never() -> None:
    x, t = torch.randn(2, 1, 8, 8), torch.rand(2)
    net = woken(tiny(), x, t)
    with pytest.raises(InputRefused, match="context"):
        net(x, t, context=torch.randn(2, 5, 6))


def test_pictures_beside_are_seen_and_stretched() -> None:
    x, t, small = torch.randn(2, 1, 8, 8), torch.rand(2), torch.randn(2, 3, 2, 2)
    net = woken(tiny(patch=2), x, t, beside=small)
    y = net(x, t, beside=small)
    assert y.shape == x.shape
    stretched = small.repeat_interleave(4, 2).repeat_interleave(4, 3)
    torch.testing.assert_close(net(x, t, beside=stretched), y)
    other = small.clone()
    other[1] += 1.0
    assert (net(x, t, beside=other) != y).flatten(1).any(1).tolist() == [False, True]


def test_pictures_beside_come_always_or_never() -> None:
    x, t, small = torch.randn(2, 1, 8, 8), torch.rand(2), torch.randn(2, 1, 2, 2)
    told, untold = woken(tiny(), x, t, beside=small), woken(tiny(), x, t)
    with pytest.raises(InputRefused, match="beside needs a wire"):
        told(x, t)
    with pytest.raises(InputRefused, match="beside must have no wire"):
        untold(x, t, beside=small)
    with pytest.raises(InputRefused, match="as many as the pictures, 2; they are 1"):
        told(x, t, beside=small[:1])


def test_points_are_refused_by_the_unet() -> None:
    with pytest.raises(InputRefused, match="needs pictures"):
        tiny()(torch.randn(4, 2), torch.rand(4))


def test_the_mlp_keeps_the_shape_of_items() -> None:
    for shape in ((2,), (3, 5), (1, 4, 4)):
        assert DenoiserMLP()(torch.randn(3, *shape), torch.rand(3)).shape == (3, *shape)


def test_the_unet_learns_to_say_what_noise_there_is() -> None:
    """On one image alone the noise is plain to see: the error falls by half at once."""
    torch.manual_seed(0)
    net, image = tiny(channels=[16, 16]), torch.randn(1, 1, 8, 8)
    t = torch.full((32,), 0.5)
    net(image, t[:1])
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    errors = []
    for _ in range(40):
        eps = torch.randn(32, 1, 8, 8)
        error = (net((image + eps) / 2**0.5, t) - eps).square().mean()
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        errors.append(error.item())
    assert errors[-1] < 0.5 * errors[0]
