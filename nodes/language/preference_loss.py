"""The loss of a language model on preferences (DPO)."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, must_be_built, param
from nodes.errors import InputRefused
from nodes.language.base import LanguageModel
from nodes.language.next_token_loss import token_nll
from nodes.sentences import Part, say
from nodes.types import Loss, Scalar, Tokens


class Preferred(NamedTuple):
    """The loss, the share of pairs in the right order, and their mean difference: scalars.

    The loss is in nats per pair, and so is the difference: beta times a log-ratio.
    """

    loss: Loss
    right: Scalar
    margin: Scalar


class PreferenceLoss(Node):
    """Teach a language model to prefer one text of each pair, without leaving its reference (DPO).

    Direct Preference Optimization (Rafailov et al., 2023), arXiv:2305.18290.

    The reward of a text is beta log(p / p_ref), its likelihood under `model` over that under the
    `reference`, whose weights are fixed. The loss is -log sigmoid, in nats, of the reward of
    `chosen` (b, t) minus that of `rejected`. `right` is the share of pairs in this order, `margin`
    the mean difference. The lower beta, the further the model moves from the reference.
    """

    synonyms = (
        "dpo, direct preference optimization, alignment, rlhf, human feedback, reward, "
        "alignement, préférences, récompense"
    )
    title = "Preference loss"
    formula = (
        r"-\log \sigma\!\left(\beta \log \frac{p_\theta(x^+)}{p_0(x^+)} "
        r"- \beta \log \frac{p_\theta(x^-)}{p_0(x^-)}\right)"
    )
    icon = "scale"
    measured_in = "nats per pair"
    unreached = frozenset({"reference"})

    beta: float = param(
        default=0.1,
        low=1e-4,
        high=100.0,
        title="β",
        help="How closely the model is held to the reference.",
    )

    def forward(
        self, model: LanguageModel, reference: LanguageModel, chosen: Tokens, rejected: Tokens
    ) -> Preferred:
        """Return the loss of pairs of texts (b, t); `reference` gets no gradient.

        Raise `Unbuilt` where a model has no weights yet, `InputRefused` where pairs differ in
        shape.
        """
        for each in (model, reference):
            must_be_built(each)
        _must_pair(chosen, rejected)
        texts = torch.cat([chosen, rejected])
        with torch.no_grad():
            known = log_likelihood(reference, texts)
        worth = self.beta * (log_likelihood(model, texts) - known)
        difference = worth[: len(chosen)] - worth[len(chosen) :]
        seen = difference.detach()
        return Preferred(
            -F.logsigmoid(difference).mean(), (seen > 0).to(torch.float32).mean(), seen.mean()
        )

    def sign(self) -> Part:
        return say("β {beta}", beta=self.beta)


def log_likelihood(model: Any, tokens: Tensor) -> Tensor:
    """Return log p of tokens (b, t) behind their first one in nats, (b,)."""
    return -token_nll(model(tokens), tokens).sum(1)


def _must_pair(chosen: Tensor, rejected: Tensor) -> None:
    if chosen.shape != rejected.shape:
        raise InputRefused(
            "There must be a text in {rejected} for each in {chosen}, as long: {must}; it has "
            "{found}.",
            must=" ".join(map(str, chosen.shape)),
            found=" ".join(map(str, rejected.shape)),
        )
