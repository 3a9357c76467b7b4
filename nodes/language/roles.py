"""Groups that act as a language model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from nodes.errors import InputRefused
from nodes.language.base import LanguageModel
from nodes.roles import GroupRole
from nodes.types import Batch, Tokens


class LanguageModelRole(GroupRole):
    """Say of each of the tokens how likely any other follows, from it and those before."""

    title = "Language model"
    icon = "brain"
    handle = LanguageModel
    returns = "logits"

    @property
    def context(self) -> int:
        """How many tokens it looks back on; it must be built."""
        assert self.built is not None
        return self.built["tokens"][0]

    @property
    def embedding(self) -> nn.Module:
        """What writes tokens as vectors; there is no such attribute where nothing in it does."""
        return _first(self, "embedding")

    @property
    def attention(self) -> Callable[[Tensor], Tensor]:
        """What shows where it looks; there is no such attribute where nothing in it looks back."""
        _first(self, "weights")
        return partial(_looks, self)

    def forward(self, tokens: Tokens) -> Batch:
        """Return the logits, tokens (b, t) → (b, t, K)."""
        raise NotImplementedError

    def must_answer(self, answer: Any, given: Mapping[str, Any]) -> None:
        tokens = given["tokens"]
        if not isinstance(answer, Tensor) or answer.dim() != 3 or answer.shape[:2] != tokens.shape:
            raise InputRefused(
                "A language model must answer with logits for each token, b t K; this one answers "
                "with {found}.",
                "End it with a Token head.",
                found=" ".join(map(str, getattr(answer, "shape", ()))),
            )


def _first(model: GroupRole, name: str) -> Any:
    """Return an attribute of the first node in a model that has it."""
    for part in model.parts():
        if hasattr(part, name):
            return getattr(part, name)
    raise AttributeError(name)


def _looks(model: GroupRole, tokens: Tensor) -> Tensor:
    """Return how much each place takes from each other: (layers, b, heads, t, t).

    Raise `InputRefused` where layers have other numbers of heads.
    """
    found: list[Tensor] = []

    def look(layer: Any, args: Any, given: Any) -> None:
        found.append(layer.weights(*args, **given))

    looking = [part for part in model.parts() if hasattr(part, "weights")]
    hooks = [part.register_forward_pre_hook(look, with_kwargs=True) for part in looking]
    try:
        model(tokens)
    finally:
        for hook in hooks:
            hook.remove()
    shapes = {maps.shape for maps in found}
    if len(shapes) > 1:
        raise InputRefused(
            "The layers of attention have different numbers of heads, or look at other places.",
            "Give all of them the same number of heads.",
        )
    return torch.stack(found)
