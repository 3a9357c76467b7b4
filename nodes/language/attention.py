"""The blocks of a transformer: attention, causal or not, and a perceptron."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Activation = Literal["GELU", "ReLU²"]
Positions = Literal["rotary", "learned"]
ROTARY_BASE = 10_000.0


class SquaredReLU(nn.Module):
    """max(x, 0)^2: Primer (So et al., 2021), arXiv:2109.08668."""

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0)^2, shaped as x."""
        return F.relu(x).square()


ACTIVATIONS: Mapping[str, type[nn.Module]] = {"GELU": nn.GELU, "ReLU²": SquaredReLU}


class Rotary(nn.Module):
    """Turn pairs of features by an angle that grows with the place: (..., t, d) → (..., t, d).

    RoFormer (Su et al., 2021), arXiv:2104.09864. Products of two turned vectors depend on how far
    apart they stand alone.
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, size: int, places: int) -> None:
        super().__init__()
        rates = ROTARY_BASE ** -(torch.arange(0, size, 2) / size)
        angles = torch.arange(places)[:, None] * rates
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, x: Tensor, start: int) -> Tensor:
        """Return x (..., t, d) rotated by the angles of places start, ..., start + t - 1."""
        places = slice(start, start + x.shape[-2])
        cos, sin = self.cos[places].to(x.dtype), self.sin[places].to(x.dtype)
        one, two = x.chunk(2, -1)
        return torch.cat([one * cos - two * sin, one * sin + two * cos], -1)


class Past(NamedTuple):
    """Keys and values of the places that were read already, both (b, heads, t, d)."""

    keys: Tensor
    values: Tensor


class Attention(nn.Module):
    """Attention of each place to itself and those before it: (b, t, width) → (b, t, width).

    If not `causal`, attention to all places of the mask `seen` (b, t). Attention Is All You Need
    (Vaswani et al., 2017), arXiv:1706.03762; queries and keys of unit mean square
    (arXiv:2010.04245) where `normed`.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        rotary: Rotary | None,
        normed: bool,
        dropout: float,
        causal: bool = True,
    ) -> None:
        super().__init__()
        self.heads, self.normed, self.dropout, self.causal = heads, normed, dropout, causal
        self.ask = nn.Linear(width, 3 * width, bias=False)
        self.give = nn.Linear(width, width, bias=False)
        self.rotary = rotary

    def forward(
        self, x: Tensor, past: Past | None = None, seen: Tensor | None = None
    ) -> tuple[Tensor, Past]:
        """Return the result for x (b, t, width), and keys and values from the first place on.

        `past` (b, heads, s, d) are those of earlier places; `seen` (b, t) is used where it is not
        causal.
        """
        q, now = self._asked(x, past)
        rate = self.dropout if self.training else 0.0
        if not self.causal:
            mask = key_mask(seen)
        else:
            mask = None if past is None else causal_mask(q.shape[2], now.keys.shape[2], x.device)
        y = F.scaled_dot_product_attention(
            q,
            now.keys,
            now.values,
            attn_mask=mask,
            dropout_p=rate,
            is_causal=self.causal and past is None,
        )
        return self.give(y.transpose(1, 2).flatten(2)), now

    def weights(self, x: Tensor) -> Tensor:
        """Return how much each place takes from each other, (b, heads, t, t): rows sum to 1."""
        q, now = self._asked(x, None)
        scores = q @ now.keys.mT / q.shape[-1] ** 0.5
        behind = scores.new_ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        return scores.masked_fill(behind, -torch.inf).softmax(-1)

    def _asked(self, x: Tensor, past: Past | None) -> tuple[Tensor, Past]:
        """Return the queries, and keys and values from the first place on."""
        q, k, v = self.ask(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        if self.normed:
            q, k = (F.rms_norm(part, part.shape[-1:]) for part in (q, k))
        if self.rotary is not None:
            start = 0 if past is None else past.keys.shape[2]
            q, k = self.rotary(q, start), self.rotary(k, start)
        if past is not None:
            k, v = torch.cat([past.keys, k], 2), torch.cat([past.values, v], 2)
        return q, Past(k, v)


class Block(nn.Module):
    """Attention and a perceptron, each added to its input, with normalisation before."""

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        rotary: Rotary | None,
        normed: bool,
        activation: str,
        dropout: float,
        causal: bool = True,
    ) -> None:
        super().__init__()
        self.norm_1 = nn.RMSNorm(width)
        self.attention = Attention(
            width, heads, rotary=rotary, normed=normed, dropout=dropout, causal=causal
        )
        self.norm_2 = nn.RMSNorm(width)
        self.think = nn.Sequential(
            nn.Linear(width, 4 * width, bias=False),
            ACTIVATIONS[activation](),
            nn.Linear(4 * width, width, bias=False),
        )
        self.drop = nn.Dropout(dropout)

    def forward(
        self, x: Tensor, past: Past | None = None, seen: Tensor | None = None
    ) -> tuple[Tensor, Past]:
        """Return x (b, t, width) after the block, and keys and values for the next call."""
        y, now = self.attention(self.norm_1(x), past, seen)
        x = x + self.drop(y)
        return x + self.drop(self.think(self.norm_2(x))), now

    def weights(self, x: Tensor) -> Tensor:
        """Return the weights of attention, (b, heads, t, t), for x (b, t, width)."""
        return self.attention.weights(self.norm_1(x))


def key_mask(seen: Tensor | None) -> Tensor | None:
    """Return the mask (b, 1, 1, t) of the places that attention uses; None: all.

    A text without any place uses all: the result is dropped later, and must be finite.
    """
    if seen is None:
        return None
    return (seen | ~seen.any(1, keepdim=True))[:, None, None]


def causal_mask(asked: int, known: int, device: torch.device) -> Tensor | None:
    """Return which of `known` places the last `asked` may attend to, bool (asked, known).

    None stands for all.
    """
    if asked == 1:
        return None
    return torch.ones(asked, known, dtype=torch.bool, device=device).tril(known - asked)
