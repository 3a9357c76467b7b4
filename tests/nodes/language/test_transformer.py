"""What a transformer that writes must keep: it looks back only, and remembers as it reads."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.errors import InputRefused, ParamRefused
from nodes.language.next_token_loss import NextTokenLoss
from nodes.language.transformer import Transformer
from nodes.language.vocabularies import of_bytes
from nodes.language.writing import generate, keep_top_k, nucleus, token_sampler
from nodes.types import Shape

CONTEXT = 12
KINDS = [
    dict(zip(("positions", "activation", "normed", "tied"), values, strict=True))
    for values in itertools.product(
        ("rotary", "learned"), ("GELU", "ReLU²"), (True, False), (True, False)
    )
]


def model_of(**given: object) -> Transformer:
    """Return a small model whose weights are all of a size, as after some training."""
    torch.manual_seed(0)
    model = Transformer(preset="own", layers=2, heads=2, width=16, vocabulary=11, **given)
    model.build_for({"tokens": Shape((CONTEXT,))})
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return model.eval()


def tokens_of(count: int, length: int) -> Tensor:
    return torch.randint(11, (count, length), generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_place_sees_a_later_one(kind: dict[str, object]) -> None:
    model, tokens = model_of(**kind), tokens_of(1, CONTEXT)
    seen = model.embedding(tokens).detach().requires_grad_()
    model.embedding.forward = lambda _: seen  # type: ignore[method-assign]
    logits = model(tokens)
    for place in range(CONTEXT):
        (found,) = torch.autograd.grad(logits[0, place].square().sum(), seen, retain_graph=True)
        reached = found[0].abs().sum(1) > 0
        assert reached[: place + 1].all(), "each token before it counts"
        assert not reached[place + 1 :].any(), "none behind it does"


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_was_read_is_remembered_as_it_was(kind: dict[str, object]) -> None:
    model, tokens = model_of(**kind), tokens_of(3, CONTEXT)
    whole = model(tokens)
    first, past = model.read(tokens[:, :5])
    then, past = model.read(tokens[:, 5:8], past)
    last, _ = model.read(tokens[:, 8:], past)
    torch.testing.assert_close(torch.cat([first, then, last], 1), whole, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_writing_with_and_without_a_cache_gives_the_same_tokens(temperature: float) -> None:
    model, begun = model_of(), tokens_of(2, 3)
    texts = []
    for cached in (True, False):
        stream = torch.Generator().manual_seed(3)
        choose = token_sampler(temperature, 0, 1.0, stream)
        *_, text = generate(model, begun, 3 * CONTEXT, choose, cached=cached)
        texts.append(text)
    assert texts[0].shape == (2, 3 + 3 * CONTEXT), "far beyond what it looks back on"
    assert torch.equal(*texts)
    assert torch.equal(texts[0][:, :3], begun)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_attention_that_is_shown_is_the_one_that_works(kind: dict[str, object]) -> None:
    model, tokens = model_of(**kind), tokens_of(2, CONTEXT)
    maps = model.attention(tokens)
    assert maps.shape == (2, 2, 2, CONTEXT, CONTEXT)
    torch.testing.assert_close(maps.sum(-1), torch.ones(2, 2, 2, CONTEXT))
    assert maps.triu(1).abs().max() == 0
    block = model.blocks[0]
    x = model.embedding(tokens)
    x = x if model.places is None else x + model.places.weight
    normed = block.norm_1(x)  # type: ignore[operator, union-attr]
    y, past = block.attention(normed)  # type: ignore[operator, union-attr]
    by_hand = (maps[0] @ past.values).transpose(1, 2).flatten(2)
    torch.testing.assert_close(block.attention.give(by_hand), y, rtol=1e-4, atol=1e-4)  # type: ignore[operator, union-attr]


def test_rotary_places_count_by_their_distance() -> None:
    rotary = model_of().blocks[0].attention.rotary  # type: ignore[union-attr]
    q, k = torch.randn(2, 8)
    products = [
        float(rotary(q[None], start + 2) @ rotary(k[None], start).T)  # type: ignore[operator]
        for start in range(CONTEXT - 2)
    ]
    assert products == pytest.approx([products[0]] * len(products), rel=1e-4)
    assert float(rotary(q[None], 3) @ rotary(k[None], 0).T) != pytest.approx(products[0], rel=1e-2)  # type: ignore[operator]


def test_it_has_the_weights_it_says() -> None:
    counts = {}
    for preset, width, layers in (("small", 128, 4), ("medium", 192, 4)):
        model = Transformer(preset=preset, vocabulary=65)
        model.build_for({"tokens": Shape((64,))})
        norms = (2 * layers + 1) * width
        assert model.weight_count() == layers * 12 * width**2 + 2 * 65 * width + norms
        counts[preset] = model.weight_count()
    assert round(counts["small"] / 1e6, 1) == 0.8
    assert round(counts["medium"] / 1e6, 1) == 1.8


def test_it_begins_by_expecting_all_tokens_alike() -> None:
    model = Transformer(vocabulary=65)
    tokens = torch.randint(65, (16, 33))
    loss = NextTokenLoss()(model(tokens), tokens, of_bytes("", "", 0)).loss
    assert float(loss) == pytest.approx(torch.tensor(65.0).log().item(), abs=0.3)


def test_a_token_that_it_has_not_is_refused_with_what_must_be() -> None:
    with pytest.raises(InputRefused, match="it must be 12") as caught:
        model_of()(torch.tensor([[1, 11]]))
    assert caught.value.sentence.parts["must"] == 12  # type: ignore[union-attr]


def test_a_text_longer_than_it_looks_back_on_is_refused() -> None:
    with pytest.raises(InputRefused, match="12 long"):
        model_of()(tokens_of(1, CONTEXT + 1))


def test_a_width_that_heads_do_not_divide_is_refused() -> None:
    model = Transformer(preset="own", width=18, heads=4)
    with pytest.raises(ParamRefused, match="multiple of 8"):
        model.build_for({"tokens": Shape((CONTEXT,))})


# --- the loss -------------------------------------------------------------------------------------


def test_the_loss_is_of_the_token_that_follows() -> None:
    logits, tokens = torch.randn(2, 5, 256), torch.randint(256, (2, 5))
    told = NextTokenLoss()(logits, tokens, of_bytes("", "", 0))
    by_hand = [
        -F.log_softmax(logits[b, t], 0)[tokens[b, t + 1]] for b in range(2) for t in range(4)
    ]
    torch.testing.assert_close(told.surprise.flatten(), torch.stack(by_hand))
    torch.testing.assert_close(told.loss, torch.stack(by_hand).mean())
    torch.testing.assert_close(told.perplexity, told.nll.exp())


def test_nats_a_character_count_characters_not_tokens() -> None:
    vocabulary = of_bytes("", "", 0)
    tokens = vocabulary.encode("-été")[None]  # six bytes, of which five are asked for
    told = NextTokenLoss()(torch.zeros(1, 6, 256), tokens, vocabulary)
    assert float(told.per_character) == pytest.approx(5 * float(told.loss) / 3)


# --- drawing --------------------------------------------------------------------------------------


def test_top_k_keeps_the_highest() -> None:
    logits = torch.tensor([[1.0, 3.0, 2.0, 0.0]])
    assert keep_top_k(logits, 2).isfinite().tolist() == [[False, True, True, False]]
    assert torch.equal(keep_top_k(logits, 0), logits) and torch.equal(keep_top_k(logits, 9), logits)


@pytest.mark.parametrize(
    ("mass", "kept"),
    [(0.4, [1]), (0.5, [1]), (0.6, [1, 2]), (0.95, [0, 1, 2]), (1.0, [0, 1, 2, 3])],
)
def test_top_p_keeps_the_fewest_that_reach_the_mass(mass: float, kept: list[int]) -> None:
    p = torch.tensor([[0.15, 0.5, 0.3, 0.05]])
    found = nucleus(p, mass)
    assert found[0].nonzero().flatten().tolist() == kept
    torch.testing.assert_close(found[0, kept], p[0, kept] / p[0, kept].sum())


def test_temperature_sharpens_and_flattens_what_is_drawn() -> None:
    logits = torch.tensor([0.0, 1.0]).expand(20_000, 2)
    shares = []
    for temperature in (0.5, 1.0, 2.0):
        stream = torch.Generator().manual_seed(0)
        shares.append(float(token_sampler(temperature, 0, 1.0, stream)(logits).float().mean()))
    wanted = [torch.tensor(1 / t).sigmoid().item() for t in (0.5, 1.0, 2.0)]
    assert shares == pytest.approx(wanted, abs=0.015)
    assert (token_sampler(0.0, 0, 1.0, None)(logits) == 1).all()
