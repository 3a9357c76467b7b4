"""A bag of words: a text as counts of its words."""

from __future__ import annotations

from torch import nn
from torch.nn import functional as F

from nodes.base import Node
from nodes.language.transformer import must_be_windows, must_name_tokens
from nodes.language.words import PADDING, vocabulary_param
from nodes.sentences import Part, say
from nodes.types import Shape, TextVectors, Tokens


class BagOfWords(Node):
    """Count how often each word comes in a text, and weigh rare words more.

    A Vector Space Model for Automatic Indexing (Salton, Wong & Yang, 1975),
    doi:10.1145/361219.361220.

    `tokens` (b, t), where token 0 fills shorter texts up and is not counted. `vectors` hold (b, t,
    vocabulary), 1 at a token's own number and 0 elsewhere; which of them are tokens; and (b,
    vocabulary), the counts, each less its mean over the batch and divided by its deviation (later
    by those of all batches: arXiv:1502.03167). So a word of all texts carries no information. No
    weight is learned: adversarial networks cannot change the encoding. The order of words is lost:
    where it matters, take a text encoder.
    """

    synonyms = (
        "count words, one-hot, multi-hot, term frequency, text encoder, prompt, sac de mots, "
        "compter les mots, encodeur de texte"
    )
    title = "Bag of words"
    formula = (
        r"c_v = \frac{n_v - \mu_v}{\sigma_v}, \qquad"
        r" n_v = \sum_t \mathbf{1}\left[x_t = v\right]"
    )
    icon = "hash"
    returns = "vectors"

    vocabulary: int = vocabulary_param(64)

    def build(self, tokens: Shape) -> None:
        must_be_windows(tokens)
        self.norm = nn.BatchNorm1d(self.vocabulary, affine=False, momentum=None)

    def forward(self, tokens: Tokens) -> TextVectors:
        """Return the words of texts (b, t) as vectors.

        Raise `InputRefused` where a token is none of the vocabulary.
        """
        must_name_tokens(tokens, self.vocabulary)
        mask = tokens != PADDING
        words = (F.one_hot(tokens, self.vocabulary) * mask[:, :, None]).float()
        return TextVectors(words, mask, self.norm(words.sum(1)))

    def sign(self) -> Part:
        return say("{n} pieces", n=self.vocabulary)
