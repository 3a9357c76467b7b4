"""Groups that act as a language model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

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
