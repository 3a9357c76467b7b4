"""Contexts for cross-attention: rows of numbers, or texts as vectors.

Both are cut, joined and hidden part by part. Zeros all over tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.errors import InputRefused
from nodes.types import Batch, TextVectors

Context = Batch | TextVectors
C = TypeVar("C", Tensor, TextVectors)


def part_by_part(change: Callable[..., Tensor], *contexts: C) -> C:
    """Return `change` of tensors (b, ...), or of each part of texts."""
    first = contexts[0]
    if isinstance(first, Tensor):
        return change(*contexts)
    return TextVectors(*map(change, *contexts))


def rows_of(context: Any, which: Tensor | slice) -> Any:
    """Return some items of labels (b,) or of a context (b, ...), chosen by index or slice."""
    return part_by_part(lambda part: part[which], context)


def as_texts(context: Tensor | TextVectors) -> TextVectors:
    """Return rows (b, n, d) as texts whose tokens are all there; in one, they are their mean."""
    if isinstance(context, TextVectors):
        return context
    mask = context.new_ones(context.shape[:2], dtype=torch.bool)
    return TextVectors(context, mask, context.mean(1))


def joined(one: Any, other: Any) -> Any:
    """Return both, labels or contexts, as one batch; shorter texts are filled up with no token."""
    if isinstance(one, TextVectors):
        length = max(one.tokens.shape[1], other.tokens.shape[1])
        one, other = lengthened(one, length), lengthened(other, length)
    return part_by_part(lambda a, b: torch.cat([a, b]), one, other)


def lengthened(texts: TextVectors, length: int) -> TextVectors:
    """Return texts with room for so many tokens."""
    lacking = length - texts.tokens.shape[1]
    tokens = F.pad(texts.tokens, (0, 0, 0, lacking))
    return TextVectors(tokens, F.pad(texts.mask, (0, lacking)), texts.pooled)


def must_be_alike(negative: Any, context: Any) -> None:
    """Raise `InputRefused` where the negative condition is of another kind than the context."""
    if negative is not None and type(negative) is not type(context):
        raise InputRefused(
            "{negative} must be of the kind that {context} is.",
            "Wire what the same encoder says, or take the wire away.",
        )
