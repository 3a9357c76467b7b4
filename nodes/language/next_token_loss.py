"""The loss of a language model on the next token."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node
from nodes.errors import InputRefused
from nodes.language.base import Vocabulary, must_be_tokens_of, must_follow
from nodes.types import Batch, Loss, Scalar, Tokens, Values


class Surprised(NamedTuple):
    """The loss, and other counts of it.

    `loss` (), `nll` (b,) and `surprise` (b, t - 1) in nats per token, `per_character` () in nats
    per character, `perplexity` (b,) without a unit.
    """

    loss: Loss
    nll: Values
    surprise: Batch
    per_character: Scalar
    perplexity: Values


class NextTokenLoss(Node):
    """Measure how surprised a language model is by each token that follows, in nats.

    A Neural Probabilistic Language Model (Bengio et al., 2003),
    https://www.jmlr.org/papers/v3/bengio03a.html.

    The `logits` (b, t, K) at a place predict the next token, so the first of the `tokens` (b, t)
    and the last logits do not count. `loss` is the mean over all that count, `nll` (b,) the mean of
    each item; `surprise` (b, t - 1) is that of each token. `per_character` spreads the loss over
    the characters of these tokens, so that vocabularies compare, and `perplexity` (b,) is exp(nll):
    among how many equally likely tokens one would be as unsure.
    """

    synonyms = (
        "perplexity, language model loss, cross-entropy, nll, "
        "autoregressive loss, perplexité, entropie croisée, perte"
    )
    title = "Next-token loss"
    formula = r"\mathcal{L} = -\frac{1}{n} \sum_t \log p_\theta(x_{t+1} \mid x_{\le t})"
    icon = "sigma"
    measured_in = "nats per token"

    def forward(self, logits: Batch, tokens: Tokens, vocabulary: Vocabulary) -> Surprised:
        """Return the loss of logits (b, t, K) on tokens (b, t).

        Raise `InputRefused` where logits and tokens differ in shape, where there are fewer than two
        tokens, or where a token is none of the vocabulary.
        """
        must_be_tokens_of(tokens, vocabulary)
        surprise = token_nll(logits, tokens)
        lengths = vocabulary.lengths.to(tokens.device, non_blocking=True)
        characters = lengths[tokens[:, 1:]].sum() if vocabulary.pieces else surprise.numel()
        return self._told(surprise, surprise.detach().sum() / characters)

    def sketch(self, logits: Tensor, tokens: Tensor, vocabulary: Vocabulary) -> Surprised:
        surprise = token_nll(logits, tokens)
        return self._told(surprise, surprise.detach().mean())

    def _told(self, surprise: Tensor, per_character: Tensor) -> Surprised:
        nll = surprise.mean(1)
        return Surprised(surprise.mean(), nll, surprise, per_character, nll.exp())


def token_nll(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return -log p of each token but the first in nats, (b, t - 1).

    `logits` (b, t, K), `tokens` (b, t). Raise `InputRefused` where they do not fit each other.
    """
    must_follow(logits, tokens)
    _must_be_two(tokens)
    flat = F.cross_entropy(
        logits[:, :-1].float().flatten(0, 1), tokens[:, 1:].flatten(), reduction="none"
    )
    return flat.view(tokens.shape[0], -1)


def _must_be_two(tokens: Tensor) -> None:
    if tokens.shape[1] < 2:
        raise InputRefused("{tokens} must be two or more in a row.", "Lengthen the window.")
