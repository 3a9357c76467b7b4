"""Generate text with a language model, token by token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

Choose = Callable[[Tensor], Tensor]
"""Takes logits (b, K) and returns a token for each, (b,)."""


def generate(
    model: Any, begun: Tensor, count: int, choose: Choose, *, cached: bool = True
) -> Iterator[Tensor]:
    """Write `count` tokens behind those `begun` (b, t); yield all so far, (b, t + 1) at first.

    What the model has read is kept, unless it cannot (`read`) or is not to; the tokens are the
    same. Where the text is longer than the model looks back, it reads on from the middle of that.
    """
    text, start = begun, _start(begun.shape[1], model.context)
    past: Any = None
    for _ in range(count):
        wanted = _start(text.shape[1], model.context)
        if not cached or not hasattr(model, "read"):
            logits = model(text[:, wanted:])
        elif past is None or wanted != start:
            logits, past = model.read(text[:, wanted:])
        else:
            logits, past = model.read(text[:, -1:], past)
        start = wanted
        text = torch.cat([text, choose(logits[:, -1].float())[:, None]], 1)
        yield text


def _start(length: int, context: int) -> int:
    """Return from where a text of this length is read: in leaps of half the context."""
    leap = max(1, context // 2)
    return -(-max(0, length - context) // leap) * leap


def token_sampler(
    temperature: float, top_k: int, top_p: float, stream: torch.Generator | None
) -> Choose:
    """Return how a token is chosen: drawn among those that are kept, or the likeliest at 0."""

    def choose(logits: Tensor) -> Tensor:
        if temperature == 0:
            return logits.argmax(1)
        p = nucleus(keep_top_k(logits, top_k).div(temperature).softmax(1), top_p)
        where = p.device if stream is None else stream.device
        return torch.multinomial(p.to(where), 1, generator=stream).squeeze(1).to(p.device)

    return choose


def keep_top_k(logits: Tensor, count: int) -> Tensor:
    """Return logits (b, K) with all but the `count` highest at -inf; 0 keeps all."""
    if not 0 < count < logits.shape[1]:
        return logits
    least = logits.topk(count, 1).values[:, -1:]
    return logits.masked_fill(logits < least, -torch.inf)


def nucleus(p: Tensor, mass: float) -> Tensor:
    """Return probabilities (b, K) of the likeliest tokens which together reach `mass`, renewed.

    The Curious Case of Neural Text Degeneration (Holtzman et al., 2020), arXiv:1904.09751.
    """
    if mass >= 1:
        return p
    falling, order = p.sort(1, descending=True)
    kept = falling.cumsum(1) - falling < mass  # the first always
    p = torch.zeros_like(p).scatter(1, order, falling * kept)
    return p / p.sum(1, keepdim=True)
