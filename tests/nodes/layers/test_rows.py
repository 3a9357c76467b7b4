"""Laws of layers for rows of vectors: attention, embeddings, patches, orders of axes, heads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from nodes.base import Node
from nodes.diffusion.conditioning import TimeFeatures
from nodes.errors import InputRefused, ParamRefused, Refusal, Unbuilt
from nodes.layers.attention import Attention
from nodes.layers.embeddings import ClassEmbedding, Embedding, Positions, TimeEmbedding
from nodes.layers.heads import GaussianHead, ImageHead, ScoreHead, TiedHead, TokenHead
from nodes.layers.notation import Pattern, pattern_of, sizes_of
from nodes.layers.order import Patches, Rearrange, SplitChannels, Transpose, Unpatch
from nodes.training.muon import matrices
from nodes.types import SIGNED, UNIT, TextVectors
from tests.nodes.layers.test_layers import outcome

FAKE = FakeTensorMode()
few = settings(max_examples=15)
ALONE: dict[str, Callable[[], Node]] = {
    "attention": lambda: Attention(heads=2),
    "rotary": lambda: Attention(heads=1, rotary=True, causal=True),
    "positions": Positions,
    "sine": lambda: Positions(kind="sine", longest=3),
    "time": TimeEmbedding,
    "split": SplitChannels,
    "split features": lambda: SplitChannels(along="features", size=2),
    "transpose": Transpose,
    "patches": lambda: Patches(side=2),
    "unpatch": lambda: Unpatch(side=2),
    "sound": lambda: Unpatch(side=2, into="sound"),
    "rearrange": lambda: Rearrange(pattern="b (c p) ... -> b ... (p c)", sizes="p=2"),
    "gaussian": GaussianHead,
    "score": ScoreHead,
    "token": lambda: TokenHead(vocabulary=5),
}


def shapes(made: Any) -> Any:
    return made.shape if isinstance(made, Tensor) else [part.shape for part in made]


class Shapes(nn.Module):
    """Give the shapes of what a node makes, as one value."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node

    def forward(self, *given: Tensor) -> Any:
        class Made:
            shape = shapes(self.node(*given))

        return Made


@settings(max_examples=60)
@given(name=st.sampled_from(sorted(ALONE)), shape=st.lists(st.integers(1, 6), max_size=5))
def test_whatever_comes_in_is_computed_or_answered(name: str, shape: list[int]) -> None:
    if not shape:
        return
    real = outcome(lambda: Shapes(ALONE[name]()), torch.randn(shape))
    with FAKE:
        assert outcome(lambda: Shapes(ALONE[name]()), torch.randn(shape)) == real


# --- attention ---


def plain(node: Attention) -> nn.MultiheadAttention:
    """Return torch's own attention with the weights of a node."""
    d = node.width
    made = nn.MultiheadAttention(d, node.heads, batch_first=True)
    made.in_proj_weight, made.in_proj_bias = node.net.weight, node.net.bias
    made.out_proj.weight, made.out_proj.bias = node.give.weight, node.give.bias
    return made


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_torchs(causal: bool) -> None:
    node, x = Attention(heads=2, causal=causal), torch.randn(3, 5, 8)
    y = node(x)
    hidden = torch.ones(5, 5, dtype=torch.bool).triu(1) if causal else None
    wanted, _ = plain(node)(x, x, x, attn_mask=hidden, need_weights=False)
    torch.testing.assert_close(y, wanted)
    assert matrices([node]) == [node.net.weight, node.give.weight]
    assert node.weight_count() == 8 * 24 + 24 + 8 * 8 + 8


def test_places_of_a_picture_are_rows() -> None:
    node, x = Attention(heads=2), torch.randn(2, 4, 3, 5)
    y = node(x)
    rows = Attention(heads=2)
    rows.build_for({"x": (15, 4)})  # type: ignore[dict-item]
    rows.load_state_dict(node.state_dict())
    torch.testing.assert_close(y.flatten(2).mT, rows(x.flatten(2).mT))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("crossed", [False, True])
def test_a_masked_row_changes_nothing(causal: bool, crossed: bool) -> None:
    if causal and crossed:
        return
    x, other = torch.randn(2, 2, 5, 8).unbind()
    mask = torch.tensor([[1, 1, 1, 0, 0], [0, 3, 0, 2, 2]])
    seen = mask != 0
    changed = torch.where(seen[..., None], x, other)
    node = Attention(heads=2, causal=causal)
    given = (lambda rows: (torch.ones(2, 5, 8), rows, mask)) if crossed else None
    before = node(*given(x)) if given else node(x, None, mask)
    after = node(*given(changed)) if given else node(changed, None, mask)
    kept = torch.ones(2, 5, dtype=torch.bool) if crossed else seen
    assert torch.equal(before[kept], after[kept])
    assert not torch.equal(x, changed) and before.isfinite().all()


@pytest.mark.parametrize("kind", ["plain", "causal", "crossed", "masked"])
def test_attention_shows_what_it_takes(kind: str) -> None:
    x, given = torch.randn(2, 4, 6), {}
    if kind == "crossed":
        given = {"context": torch.randn(2, 5, 3)}
    elif kind == "masked":
        given = {"mask": torch.tensor([[1, 1, 0, 1], [1, 0, 0, 0]])}
    node = Attention(heads=2, causal=kind == "causal")
    y = node(x, **given)
    weights = node.weights(x, **given)
    torch.testing.assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]))
    values = node.told(given["context"])[..., 6:] if node.told else node.net(x)[..., 12:]
    taken = weights @ values.unflatten(2, (2, -1)).transpose(1, 2)
    torch.testing.assert_close(node.give(taken.transpose(1, 2).flatten(2)), y)


def test_dropout_hides_what_is_looked_at_in_training_alone() -> None:
    node, x = Attention(heads=1, dropout=0.5), torch.randn(2, 8, 6)
    first = node(x)
    assert not torch.equal(node(x), first)
    node.eval()
    assert torch.equal(node(x), node(x))


def test_a_text_without_tokens_stays_finite() -> None:
    node, none = Attention(heads=2, causal=True), torch.zeros(2, 5, dtype=torch.long)
    assert node(torch.randn(2, 5, 8), mask=none).isfinite().all()
    other = Attention(heads=2)
    assert other(torch.randn(2, 5, 8), torch.randn(2, 5, 3), none).isfinite().all()


def test_a_causal_row_sees_no_later_one() -> None:
    node, x = Attention(heads=2, causal=True, rotary=True, normed=True), torch.randn(2, 6, 8)
    y = node(x)
    torch.testing.assert_close(node(x[:, :4]), y[:, :4])


def test_texts_bring_their_own_mask() -> None:
    node, x = Attention(heads=2), torch.randn(2, 4, 6, 6)
    tokens, mask = torch.randn(2, 7, 3), torch.arange(7).expand(2, 7) < 4
    y = node(x, TextVectors(tokens, mask, torch.zeros(2, 3)))
    torch.testing.assert_close(y, node(x, tokens[:, :4]))


@pytest.mark.parametrize(
    ("node", "given", "words"),
    [
        (Attention(), (torch.randn(2, 5, 6),), "multiple of 4 numbers, for 4 heads"),
        (Attention(rotary=True), (torch.randn(2, 5, 12),), "multiple of 8"),
        (Attention(), (torch.randn(2, 5, 8), None, torch.ones(2, 4)), "number for each row of x"),
        (Attention(), (torch.randn(2, 5, 8), torch.randn(3, 5, 8)), "as many as the items"),
    ],
)
def test_attention_says_what_does_not_fit(node: Attention, given: Any, words: str) -> None:
    with pytest.raises(InputRefused, match=words):
        node(*given)


def test_attention_is_called_as_it_was_built() -> None:
    x, more = torch.randn(2, 5, 8), torch.randn(2, 9, 8)
    alone, crossed = Attention(rotary=True), Attention()
    alone(x), crossed(x, more)
    for node, wrong, words in [
        (alone, (x, more), "must have no wire"),
        (alone, (more,), "at most 5 rows"),
        (crossed, (x,), "needs a wire"),
    ]:
        with pytest.raises(InputRefused, match=words):
            node(*wrong)
    with pytest.raises(ParamRefused, match="goes without a context"):
        Attention(causal=True)(x, more)


# --- embeddings ---


def test_an_embedding_is_torchs() -> None:
    node, tokens = Embedding(vocabulary=9, size=4), torch.randint(0, 9, (3, 5))
    y = node(tokens)
    assert torch.equal(y, node.net.weight[tokens])
    assert node.weight_count() == 36
    with pytest.raises(InputRefused, match="it must be 10"):
        node(tokens + 1 + (tokens == tokens.max()) * (8 - tokens))
    with pytest.raises(InputRefused, match="whole numbers; it is real"):
        node(tokens.float())


def test_no_class_is_the_last_row() -> None:
    node, like = ClassEmbedding(classes=3, size=4), torch.randn(5, 1, 2, 2)
    y = node(like)
    assert torch.equal(y, node.net.weight[3].expand(5, 4))
    assert torch.equal(node(like, torch.full((5,), 3)), y)
    labels = torch.tensor([0, 1, 2, 1, 0])
    assert torch.equal(node(like, labels), node.net.weight[labels])
    with pytest.raises(InputRefused, match="label for each item"):
        node(like, labels[:2])


def test_times_are_those_of_the_shipped_networks() -> None:
    t = torch.rand(5)
    node = TimeEmbedding(frequencies=8, highest=64.0)
    assert torch.equal(node(t), TimeFeatures(8, 64.0)(t))


@pytest.mark.parametrize("kind", ["learned", "sine"])
def test_positions_tell_equal_rows_apart(kind: str) -> None:
    node, x = Positions(kind=kind), torch.zeros(2, 6, 5)
    y = node(x)
    assert y.shape == x.shape
    assert torch.pdist(y[0].detach()).min() > 1e-3
    assert torch.equal(node(x[:, :3]), y[:, :3])
    if kind == "learned":
        with pytest.raises(InputRefused, match="at most 6 rows") as refused:
            node(torch.zeros(2, 8, 5))
        assert "Set longest to 8" in refused.value.fix


# --- patches and orders ---


@few
@given(
    c=st.integers(1, 3), n=st.lists(st.integers(1, 4), min_size=1, max_size=2), f=st.integers(1, 3)
)
def test_patches_are_put_together_again(c: int, n: list[int], f: int) -> None:
    x = torch.randn(2, c, *(f * side for side in n))
    rows = Patches(side=f)(x)
    assert rows.shape == (2, torch.Size(n).numel(), c * f ** len(n))
    back = Unpatch(side=f, into="sound") if len(n) == 1 else Unpatch(side=f, rows=n[0])
    assert torch.equal(back(rows), x)


def test_a_patch_is_a_piece_of_the_picture() -> None:
    x = torch.randn(2, 3, 8, 12)
    assert torch.equal(Patches(side=4)(x)[1, 4].view(3, 4, 4), x[1, :, 4:8, 4:8])
    wanted = Rearrange(pattern="b c (h p) (w q) -> b (h w) (c p q)", sizes="p=4 q=4")(x)
    assert torch.equal(Patches(side=4)(x), wanted)


def test_patches_that_fill_nothing_are_told() -> None:
    with pytest.raises(InputRefused, match="6 patches fill no rectangle"):
        Unpatch(side=1)(torch.randn(2, 6, 3))
    with pytest.raises(InputRefused, match="multiples of 3; one is 8"):
        Patches(side=3)(torch.randn(2, 3, 8, 9))


def test_two_parts_are_the_whole() -> None:
    x = torch.randn(2, 6, 4)
    assert torch.equal(torch.cat(SplitChannels()(x), 1), x)
    first, second = SplitChannels(size=3, along="features")(x)
    assert torch.equal(first, x[..., :3]) and torch.equal(second, x[..., 3:])
    assert torch.equal(Transpose()(x), x.transpose(1, 2))
    with pytest.raises(InputRefused, match="even number"):
        SplitChannels()(torch.randn(2, 5))


@st.composite
def patterns(draw: st.DrawFn) -> tuple[str, str, Tensor]:
    """Draw a pattern with its sizes, and what it fits."""
    names = draw(st.permutations("abcde"))[: draw(st.integers(1, 4))]
    size = {name: draw(st.integers(1, 3)) for name in names}

    def side(order: list[str]) -> list[list[str]]:
        groups: list[list[str]] = []
        for name in order:
            if groups and draw(st.booleans()):
                groups[-1].append(name)
            else:
                groups.append([name])
        return groups

    left, right = side(list(names)), side(draw(st.permutations(list(names))))
    spelled = [" ".join(["n", *("(" + " ".join(g) + ")" for g in s)]) for s in (left, right)]
    shape = [torch.Size(size[name] for name in group).numel() for group in left]
    sizes = " ".join(f"{name}={number}" for name, number in size.items())
    return " -> ".join(spelled), sizes, torch.randn(2, *shape)


@settings(max_examples=40)
@given(patterns())
def test_a_pattern_read_backwards_brings_all_back(drawn: tuple[str, str, Tensor]) -> None:
    pattern, sizes, x = drawn
    y = Rearrange(pattern=pattern, sizes=sizes)(x)
    left, _, right = pattern.partition(" -> ")
    assert torch.equal(Rearrange(pattern=f"{right} -> {left}", sizes=sizes)(y), x)


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("b c h w -> b h w c", lambda x: x.permute(0, 2, 3, 1)),
        ("b ... w -> b w ...", lambda x: x.permute(0, 3, 1, 2)),
        ("b c h w -> b 1 (w c h)", lambda x: x.permute(0, 3, 1, 2).reshape(2, 1, -1)),
        ("b (c one) h w->b c (h w) one", lambda x: x.reshape(2, 6, 20, 1)),
    ],
)
def test_rearranged_as_by_hand(pattern: str, wanted: Callable[[Tensor], Tensor]) -> None:
    x = torch.randn(2, 6, 4, 5)
    assert torch.equal(Rearrange(pattern=pattern, sizes="one=1")(x), wanted(x))


@pytest.mark.parametrize(
    ("pattern", "sentence", "seen"),
    [
        ("b c", "one arrow", "b c▸"),
        ("b c -> b -> c", "one arrow", "b c -> b ▸-> c"),
        ("b c; -> b c", "no name of an axis", "b c▸; -> b c"),
        ("b (c (h)) -> b c h", "cannot hold others", "b (c ▸(h)) -> b c h"),
        ("b c) -> b c", "was not opened", "b c▸) -> b c"),
        ("b (c -> b c", "open at the end", "b (▸c -> b c"),
        ("b c c -> b c", "once on each side", "b ▸c c -> b c"),
        ("b c -> b d", "name the same axes", "b ▸c -> b d"),
        ("b c -> c b", "stay first and alone", "▸b c -> c b"),
        ("b (c ...) -> b c ...", "outside of parentheses", "b (c ▸...) -> b c ..."),
        ("->", "stay first and alone", "▸->"),
    ],
)
def test_a_bad_pattern_is_told_with_its_place(pattern: str, sentence: str, seen: str) -> None:
    with pytest.raises(ParamRefused, match=sentence) as refused:
        pattern_of(pattern)
    assert seen in refused.value.fix


@settings(max_examples=100)
@given(st.text(max_size=30) | st.text("abc ()->.1", max_size=30), st.text("ab=1, ", max_size=12))
def test_any_text_is_a_pattern_or_is_answered(text: str, sizes: str) -> None:
    for read in (lambda: pattern_of(text), lambda: sizes_of(sizes)):
        try:
            found = read()
        except Refusal as refusal:
            assert "▸" in refusal.fix
        else:
            assert isinstance(found, (Pattern, dict))


def test_a_pattern_is_short() -> None:
    with pytest.raises(ParamRefused, match="at most 200 signs"):
        pattern_of("b " * 10**6)


def test_sizes_that_are_not_known_are_asked_for() -> None:
    node = Rearrange(pattern="b (c p) -> b c p")
    with pytest.raises(ParamRefused, match="all sizes but one"):
        node(torch.randn(2, 6))
    node.set("sizes", "p=4")
    with pytest.raises(InputRefused, match="multiple of 4; it is 6"):
        node(torch.randn(2, 6))


# --- heads ---


def test_heads_end_a_network() -> None:
    x = torch.randn(4, 6)
    q = GaussianHead()(x)
    assert torch.equal(torch.cat([q.mean, q.log_var], 1), x)
    assert torch.equal(ScoreHead()(x[:, :1]), x[:, 0])
    pictures = torch.randn(4, 1, 3, 3)
    x_hat = ImageHead()(pictures)
    torch.testing.assert_close(x_hat, pictures.sigmoid())
    assert torch.equal(x_hat.logits, pictures)
    assert ImageHead().ranges()["x_hat"] == UNIT
    assert ImageHead(output="signed").ranges()["x_hat"] == SIGNED
    head = TokenHead(vocabulary=5, bias=False)
    rows = torch.randn(2, 3, 4)
    assert torch.equal(head(rows), rows @ head.net.weight.T)
    assert matrices([head]) == [head.net.weight]


def test_a_tied_head_reads_with_the_vectors_of_an_embedding() -> None:
    written, head, tokens = Embedding(vocabulary=5, size=6), TiedHead(), torch.tensor([[1, 4]])
    with pytest.raises(Unbuilt):
        head(torch.randn(1, 2, 6), written)
    logits = head(written(tokens), written)
    assert torch.equal(logits, written(tokens) @ written.net.weight.T)
    assert list(head.parameters()) == []
    logits.sum().backward()
    assert written.net.weight.grad is not None
    with pytest.raises(InputRefused, match="have 6 numbers"):
        head(torch.randn(1, 2, 3), written)
    other = Positions()
    other(torch.randn(1, 2, 6))
    with pytest.raises(InputRefused, match="model of an Embedding"):
        head(torch.randn(1, 2, 6), other)


def test_heads_say_what_would_fit() -> None:
    with pytest.raises(InputRefused, match="even number of features") as refused:
        GaussianHead()(torch.randn(4, 5))
    assert "6 outputs" in refused.value.fix
    with pytest.raises(InputRefused, match="one number an item"):
        ScoreHead()(torch.randn(4, 2))
