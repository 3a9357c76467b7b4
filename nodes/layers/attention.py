"""Attention as a layer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused, ParamRefused
from nodes.language.attention import Rotary, causal_mask, key_mask
from nodes.layers.base import (
    bias_param,
    first_param,
    must_be_as_built,
    must_be_real,
    must_be_rows,
    must_have_axes,
    started,
)
from nodes.sentences import PortName, Word
from nodes.types import Batch, Images, Rows, Shape, TextVectors, Tokens


class Attention(Node):
    """Let each row look at all others, or at a context, and take what it needs.

    Attention Is All You Need (Vaswani et al., 2017), arXiv:1706.03762.

    `x` (b, n, d), or pictures (b, c, h, w) whose places are rows of c numbers, keeps its shape; d
    must be divisible by `heads`. With a `context` (b, m, e), or texts, the rows of x look at that
    instead of themselves. A `mask` of whole numbers, (b, n) or (b, m), hides rows where it is 0, as
    token 0 fills texts up: nobody looks at them.
    """

    synonyms = (
        "self-attention, cross-attention, multi-head, transformer, query key value, causal, "
        "attention croisée, têtes, requête, clé, valeur"
    )
    formula = r"y = \mathrm{softmax}\left(\frac{Q K^\top}{\sqrt{d / h}}\right) V"
    icon = "scan-eye"
    returns = "y"

    heads: int = param(
        default=4,
        low=1,
        high=1024,
        unit="heads",
        help="In how many parts of d / heads numbers rows are compared, each in its own way.",
        larger="looks at more things at once, each in less detail",
        smaller="one finer comparison",
    )
    causal: bool = param(default=False, help="Whether a row sees only itself and those before it.")
    rotary: bool = param(
        default=False,
        help="Whether queries and keys are turned by their place (arXiv:2104.09864): then rows "
        "know how far apart they stand.",
    )
    normed: bool = param(
        default=False,
        title="QK-norm",
        help="Bring queries and keys to unit mean square, so that attention does not run away.",
    )
    bias: bool = bias_param()
    dropout: float = param(
        default=0.0,
        low=0.0,
        high=0.9,
        help="Share of what is looked at that is hidden while the network learns.",
    )
    rest: bool = param(
        default=False,
        title="Row for nothing",
        help="Whether a row of zeros is put before a context: a row may look at that, and takes "
        "nothing from texts.",
    )
    first: float = first_param()

    def build(self, x: Shape, context: Shape | None = None) -> None:
        if len(x) != 3:
            must_be_rows(x)
        if context is not None:
            must_be_rows(context, "context")
        d = x[-1] if len(x) == 2 else x[0]
        self._must_divide(d)
        self.width = d
        self.net = nn.Linear(d, d if context else 3 * d, bias=self.bias)
        self.told = nn.Linear(context[-1], 2 * d, bias=self.bias) if context else None
        self.give = nn.Linear(d, d, bias=self.bias)
        self.places = Shape(x[1:]).numel if len(x) == 3 else x[0]
        self.turn = Rotary(d // self.heads, self.places) if self.rotary else None
        self.start()

    def start(self) -> None:
        """Scale the first weights of the last layer."""
        started(self.give, first=self.first)

    def forward(
        self,
        x: Rows | Images,
        context: Batch | TextVectors | None = None,
        mask: Tokens | None = None,
    ) -> Batch:
        """Return x (b, n, d) or (b, c, h, w) after a look around, in its shape.

        Raise `InputRefused` where shapes are not those that the weights were made for, a mask has
        another number of rows, or there are more rows than a rotary layer was built for.
        """
        must_be_real(x)
        must_have_axes(x, self.built)
        must_be_as_built(x.shape[-1 if x.dim() == 3 else 1], self.width)
        rows = x if x.dim() == 3 else x.flatten(2).mT  # (b, n, d)
        q, k, v, seen = self._asked(rows, context)
        seen = self._seen(seen, mask, k)
        rate = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(
            *self._turned(q, k), v, seen, rate, is_causal=self.causal and seen is None
        )
        y = self.give(y.transpose(1, 2).flatten(2))
        return y if x.dim() == 3 else y.mT.reshape(x.shape)

    def weights(
        self, x: Tensor, context: Batch | TextVectors | None = None, mask: Tokens | None = None
    ) -> Tensor:
        """Return how much each row takes from each other, (b, heads, n, n or m): rows sum to 1.

        The inputs are those of `forward`; the layer must be built.
        """
        rows = x if x.dim() == 3 else x.flatten(2).mT
        q, k, _, seen = self._asked(rows, context)
        seen = self._seen(seen, mask, k)
        q, k = self._turned(q, k)
        scores = q @ k.mT / q.shape[-1] ** 0.5
        if seen is None and self.causal:
            seen = causal_mask(q.shape[2], k.shape[2], x.device)
        return (scores if seen is None else scores.masked_fill(~seen, -torch.inf)).softmax(-1)

    def _asked(
        self, rows: Tensor, context: Tensor | TextVectors | None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Return queries, keys and values, (b, heads, n, d / heads), and which keys count."""
        if self.told is None:
            self._must_be_alone(context)
            q, k, v = self.net(rows).chunk(3, -1)
            return self._by_head(q), self._by_head(k), self._by_head(v), None
        texts, mask = self._context(rows, context)
        k, v = self.told(texts).chunk(2, -1)
        return self._by_head(self.net(rows)), self._by_head(k), self._by_head(v), mask

    def _by_head(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _context(
        self, rows: Tensor, context: Tensor | TextVectors | None
    ) -> tuple[Tensor, Tensor | None]:
        if context is None:
            raise InputRefused(
                "{context} needs a wire: the layer was built with one.",
                "Wire it wherever these weights are used, or nowhere.",
                place="context",
            )
        given, mask = context[:2] if isinstance(context, TextVectors) else (context, None)
        must_have_axes(given, self.built, "context")
        assert self.told is not None
        must_be_as_built(given.shape[-1], self.told.in_features, "context")
        self._must_be_as_many(given, rows)
        if self.rest:
            given = F.pad(given, (0, 0, 1, 0))
            mask = None if mask is None else F.pad(mask, (1, 0), value=True)
        return given, mask

    def _seen(self, texts: Tensor | None, mask: Tensor | None, keys: Tensor) -> Tensor | None:
        """Return where queries may look, (b, 1, 1 or n, m), or None for anywhere."""
        if self.causal and self.told is not None:
            raise ParamRefused(
                "{param} goes without a context: its rows stand in another order.",
                "Switch {causal} off, or remove the wire.",
                place="causal",
                param=Word("Causal"),
            )
        if mask is not None:
            more = int(self.rest and self.told is not None)
            self._must_mask(mask, keys, more)
            mask = F.pad(mask, (more, 0), value=1)
            texts = mask != 0 if texts is None else texts & (mask != 0)
        if texts is None or self.told is not None:
            return key_mask(texts)
        itself = torch.eye(keys.shape[2], dtype=torch.bool, device=keys.device)
        seen = texts[:, None] | itself  # so that no row sees nothing
        return (seen.tril() if self.causal else seen)[:, None]

    def _turned(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        if self.normed:
            q, k = (F.rms_norm(part, part.shape[-1:]) for part in (q, k))
        if self.turn is None:
            return q, k
        self._must_reach(max(q.shape[2], k.shape[2]))
        return self.turn(q, 0), self.turn(k, 0)

    def _must_divide(self, d: int) -> None:
        step = self.heads * (2 if self.rotary else 1)
        if d % step:
            raise InputRefused(
                "{x} must have rows of a multiple of {must} numbers, for {count} heads; they have "
                "{found}.",
                "Set {heads} to a divisor, or put a Linear before it.",
                place="x",
                must=step,
                count=self.heads,
                found=d,
            )

    def _must_reach(self, places: int) -> None:
        if places > self.places:
            raise InputRefused(
                "{x} must have at most {must} rows, for which the layer was built; there are "
                "{found}.",
                "Build it with the longest rows, or use Positions instead of {rotary}.",
                place="x",
                must=self.places,
                found=places,
            )

    def _must_be_alone(self, context: object) -> None:
        if context is not None:
            raise InputRefused(
                "{context} must have no wire: the layer was built without one.",
                "Wire it wherever these weights are used, or nowhere.",
                place="context",
            )

    def _must_be_as_many(self, given: Tensor, rows: Tensor) -> None:
        if given.shape[0] != rows.shape[0]:
            raise InputRefused(
                "{context} must be as many as the items of {x}, {must}; there are {found}.",
                "Wire what belongs to the same batch.",
                place="context",
                must=rows.shape[0],
                found=given.shape[0],
            )

    def _must_mask(self, mask: Tensor, keys: Tensor, more: int) -> None:
        wanted = Shape((keys.shape[0], keys.shape[2] - more))
        if tuple(mask.shape) != wanted:
            raise InputRefused(
                "{mask} must have a number for each row of {rows}, {must}; it has {found}.",
                "Wire the tokens that the rows were made of.",
                place="mask",
                rows=PortName("x" if self.told is None else "context"),
                must=wanted,
                found=Shape(mask.shape),
            )

    def sign(self) -> str:
        return f"{self.width}, {self.heads} ×" if self.built else ""
