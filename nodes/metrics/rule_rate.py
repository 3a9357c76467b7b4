"""The share of texts that satisfy a rule, and the divergence from a reference model."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, must_be_built
from nodes.language.base import LanguageModel, Vocabulary
from nodes.language.rule import Rule
from nodes.metrics.gathering import count_param
from nodes.types import Measured

CHUNK = 250
"""Texts that are judged at once."""


class RuleRate(Node):
    """Count the texts of a language model that obey a rule, and what that cost its language.

    Direct Preference Optimization (Rafailov et al., 2023), arXiv:2305.18290.

    `value` is the share of fresh texts that obey, the error that of a share. Beside it stands how
    often the `reference` obeys, and the divergence KL(model, reference) in nats a text: the mean
    over texts of `model` of the sum, over their tokens, of the divergence at each. Who always
    obeys and changes nothing else needs -log of the reference's rate.
    """

    synonyms = (
        "alignment, reward, kl to the reference, preference rate, win rate, taux, règle, alignement"
    )
    title = "Rule rate"
    formula = r"\mathbb{E}_{p_\theta}\, r(x), \qquad \mathrm{KL}(p_\theta \,\|\, p_0)"
    icon = "percent"
    role = "metric"
    better = "more"

    count: int = count_param(1000, help="Texts that are written, by each of the two.")

    def forward(
        self, model: LanguageModel, reference: LanguageModel, vocabulary: Vocabulary, rule: Rule
    ) -> Measured:
        """Return the share of fresh texts that obey, with the divergence in nats per text.

        Raise `Unbuilt` where a model has no weights yet.
        """
        for each in (model, reference):
            must_be_built(each)
        obeyed, kl = self._judged(model, reference, vocabulary, rule)
        before, _ = self._judged(reference, None, vocabulary, rule)
        rate, count = obeyed.mean().item(), len(obeyed)
        others = {
            "error": math.sqrt(rate * (1 - rate) / count),
            "reference": before.mean().item(),
            "KL to reference": kl.mean().item(),
            "KL error": kl.std().item() / math.sqrt(count),
            "items": float(count),
        }
        return Measured(rate, others)

    def _judged(
        self, model: Any, reference: Any, vocabulary: Vocabulary, rule: Rule
    ) -> tuple[Tensor, Tensor]:
        """Return which fresh texts obey, and the divergence along each, both (count,)."""
        obeyed, kl = [], []
        for first in range(0, self.count, CHUNK):
            texts = rule.texts(model, vocabulary, min(CHUNK, self.count - first), None)
            obeyed.append(rule.obeyed(texts, vocabulary).double())
            if reference is not None:
                kl.append(divergence(model, reference, texts, rule.length))
        return torch.cat(obeyed), torch.cat(kl) if kl else torch.zeros(0)

    def sketch(self, model: Any, reference: Any, vocabulary: Any, rule: Any) -> None:
        for each in (model, reference):
            must_be_built(each)


@torch.no_grad()
def divergence(model: Any, reference: Any, texts: Tensor, length: int) -> Tensor:
    """Return the divergence from a reference along the last `length` tokens of texts (b, t), (b,).

    In nats a text, the sum over tokens of KL(model || reference) at each.
    """
    p, q = (each(texts)[:, -length - 1 : -1].float().log_softmax(-1) for each in (model, reference))
    return (p.exp() * (p - q)).sum((1, 2)).double().cpu()
