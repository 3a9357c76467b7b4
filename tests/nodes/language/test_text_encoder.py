"""The text encoder, and what a U-Net, its loss and its samplers make of texts."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.diffusion.conditioning import drop_conditions, null_condition
from nodes.diffusion.contexts import as_texts, joined, lengthened, rows_of
from nodes.diffusion.sampler import DiffusionSampler
from nodes.diffusion.schedules import cosine
from nodes.diffusion.unet import UNet
from nodes.errors import InputRefused
from nodes.language.text_encoder import TextEncoder
from nodes.matching.ode_sampler import ODESampler
from nodes.types import TextVectors

TOKENS = torch.tensor([[5, 3, 9, 0, 0], [1, 2, 3, 4, 5]])


def encoder() -> TextEncoder:
    torch.manual_seed(0)
    return TextEncoder(vocabulary=12, width=16, heads=2)


def assert_same(one: TextVectors, other: TextVectors) -> None:
    for a, b in zip(one, other, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


# --- the encoder ----------------------------------------------------------------------------------


def test_padding_changes_nothing() -> None:
    net = encoder()
    long = net(F.pad(TOKENS, (0, 4)))
    assert_same(lengthened(net(TOKENS), 9), long)
    short = net(TOKENS[:1, :3])
    torch.testing.assert_close(long.pooled[:1], short.pooled, rtol=1e-4, atol=1e-5)
    assert not long.tokens[0, 3:].any()


def test_a_text_without_a_token_says_nothing() -> None:
    none = encoder()(torch.zeros(2, 5, dtype=torch.int64))
    assert all(not part.any() for part in none)


def test_tokens_look_both_ways() -> None:
    net = encoder()
    first, other = net(TOKENS), net(TOKENS.index_fill(1, torch.tensor([4]), 7))
    assert not torch.allclose(first.tokens[1, 0], other.tokens[1, 0])
    torch.testing.assert_close(first.tokens[0, 0], net(TOKENS[:1]).tokens[0, 0])


def test_the_order_of_words_counts() -> None:
    net = encoder()
    assert not torch.allclose(net(TOKENS).pooled[1], net(TOKENS.flip(1)).pooled[1])


def test_a_strange_token_is_refused() -> None:
    with pytest.raises(InputRefused, match="must be 13"):
        encoder()(torch.tensor([[12]]))


def test_gradients_of_a_text_without_tokens_are_numbers() -> None:
    net = encoder()
    net(torch.zeros(1, 3, dtype=torch.int64)).tokens.sum().backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in net.parameters())


# --- the network that is told ---------------------------------------------------------------------


def texts(count: int = 2, length: int = 5) -> TextVectors:
    mask = torch.arange(length) < 2 + torch.arange(count)[:, None] % (length - 1)
    return TextVectors(torch.randn(count, length, 6) * mask[..., None], mask, torch.randn(count, 6))


def network(**given: Any) -> UNet:
    """Return a U-Net whose last layers say something already."""
    torch.manual_seed(1)
    net = UNet(preset="own", channels=[8, 8], attention=[4], groups=2, **given)
    x, t = torch.randn(2, 1, 8, 8), torch.rand(2)
    net(x, t, context=texts())
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return net


def asked(net: UNet, context: TextVectors | Tensor) -> Tensor:
    torch.manual_seed(2)
    return net(torch.randn(2, 1, 8, 8), torch.rand(2), context=context)


def test_cross_attention_does_not_see_padding() -> None:
    net, told = network(), texts()
    noise = torch.randn_like(told.tokens) * ~told.mask[..., None]
    torch.testing.assert_close(
        asked(net, told), asked(net, told._replace(tokens=told.tokens + noise))
    )
    torch.testing.assert_close(asked(net, told), asked(net, lengthened(told, 11)))


@pytest.mark.parametrize("part", ["tokens", "pooled"])
def test_both_what_each_token_and_what_all_say_is_told(part: str) -> None:
    net, told = network(), texts()
    other = told._replace(**{part: getattr(told, part) + 1})
    assert not torch.allclose(asked(net, told), asked(net, other), atol=1e-3)


def test_rows_of_numbers_are_texts_of_their_own() -> None:
    net, rows = network(), torch.randn(2, 5, 6)
    torch.testing.assert_close(asked(net, rows), asked(net, as_texts(rows)))


# --- hidden, joined, kept away from ---------------------------------------------------------------


def test_a_hidden_text_is_one_without_tokens() -> None:
    told = texts()
    hidden = drop_conditions(None, {"context": told}, 1.0)["context"]
    assert_same(hidden, null_condition(None, "context", told))
    shown = drop_conditions(None, {"context": told}, 0.0)["context"]
    assert_same(shown, told)
    net = network()
    silent = TextEncoder(width=6, heads=1)(torch.zeros(2, 5, dtype=torch.int64))
    assert_same(hidden, silent)
    assert asked(net, hidden).isfinite().all()


def test_a_text_is_hidden_as_a_whole() -> None:
    torch.manual_seed(0)
    told = texts(400)._replace(mask=torch.ones(400, 5, dtype=torch.bool))
    hidden = drop_conditions(None, {"context": told}, 0.3)["context"]
    gone = ~hidden.mask.any(1)
    assert gone.double().mean().item() == pytest.approx(0.3, abs=0.08)
    assert not hidden.pooled[gone].any() and not hidden.tokens[gone].any()
    torch.testing.assert_close(hidden.tokens[~gone], told.tokens[~gone])


def test_texts_of_two_lengths_are_joined() -> None:
    one, other = texts(2, 3), texts(2, 6)
    both = joined(one, other)
    assert both.tokens.shape == (4, 6, 6)
    assert_same(rows_of(both, slice(2)), lengthened(one, 6))
    assert_same(rows_of(both, slice(2, 4)), other)


def drawn(sampler: str, net: UNet, told: TextVectors, **given: Any) -> Tensor:
    negative = given.pop("negative", None)
    if sampler == "diffusion":
        node = DiffusionSampler(count=2, steps=4, seed=3, **given)
        *_, last = node(net, cosine(), context=told, negative=negative)
    else:
        torch.manual_seed(3)
        start = torch.randn(2, 1, 8, 8)
        *_, last = ODESampler(steps=4, method="Euler", **given)(
            net, start, context=told, negative=negative
        )
    assert last.value is not None
    return last.value.samples


each_sampler = pytest.mark.parametrize(
    ("sampler", "predicts"), [("diffusion", "v"), ("ODE", "velocity")]
)


@each_sampler
def test_guidance_0_is_no_guidance_whatever_is_kept_away_from(sampler: str, predicts: str) -> None:
    net, told = network(predicts=predicts), texts()
    plain = drawn(sampler, net, told)
    assert torch.equal(plain, drawn(sampler, net, told, scale=0.0, negative=texts()))
    assert not torch.allclose(plain, drawn(sampler, net, told, scale=2.0))


@each_sampler
def test_away_from_the_prompt_itself_is_no_guidance(sampler: str, predicts: str) -> None:
    net, told = network(predicts=predicts), texts()
    plain = drawn(sampler, net, told)
    same = drawn(sampler, net, told, scale=3.0, negative=told)
    torch.testing.assert_close(plain, same, rtol=1e-3, atol=1e-3)


@each_sampler
def test_away_from_nothing_is_plain_guidance(sampler: str, predicts: str) -> None:
    net, told = network(predicts=predicts), texts()
    none = null_condition(net, "context", texts(2, 3))
    torch.testing.assert_close(
        drawn(sampler, net, told, scale=1.5),
        drawn(sampler, net, told, scale=1.5, negative=none),
        rtol=1e-3,
        atol=1e-3,
    )


@each_sampler
def test_what_is_kept_away_from_is_told_as_the_prompt_is(sampler: str, predicts: str) -> None:
    net = network(predicts=predicts)
    with pytest.raises(InputRefused, match="of the kind"):
        drawn(sampler, net, texts(), scale=1.0, negative=torch.randn(2, 5, 6))


def test_items_of_one_noise_differ_by_what_they_are_told() -> None:
    net, told = network(predicts="v"), texts()
    one = rows_of(told, torch.tensor([0, 0]))
    same = drawn("diffusion", net, one, alike=True, eta=1.0)
    torch.testing.assert_close(same[0], same[1])
    apart = drawn("diffusion", net, told, alike=True)
    assert not torch.allclose(apart[0], apart[1])
