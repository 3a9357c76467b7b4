"""Sample texts from a language model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from nodes.base import EVERY, Source, must_be_built, param
from nodes.errors import InputRefused
from nodes.language.base import LanguageModel, Vocabulary
from nodes.language.writing import generate, token_sampler
from nodes.params import seed_param
from nodes.sentences import Part, say
from nodes.types import Frame, Tokens


class TextSampler(Source):
    """Write texts with a language model, token by token, behind a prompt.

    Hierarchical Neural Story Generation (Fan, Lewis & Dauphin, 2018), arXiv:1805.04833, for top k;
    arXiv:1904.09751 for top p.

    `tokens` (count, prompt + length). The prompt is cut as the `vocabulary` cuts texts; where
    tokens are wired to `prompts` (b, t), these are continued instead, one text each.
    """

    synonyms = (
        "generate text, write, prompt, temperature, nucleus, "
        "top k, top p, chat, générer du texte, écrire, température"
    )
    title = "Text sampler"
    formula = r"x_{t+1} \sim \mathrm{softmax}(s_t / \tau)"
    icon = "pencil"
    returns = "tokens"
    unreached = EVERY

    prompt: str = param(default="\n", multiline=True, help="What each text begins with.")
    length: int = param(
        default=300, low=1, high=1_000_000, unit="tokens", help="Tokens written behind the prompt."
    )
    count: int = param(default=1, low=1, high=10_000, unit="texts", help="Texts at once.")
    temperature: float = param(
        default=1.0,
        low=0.0,
        high=10.0,
        help="Below 1 likely tokens become likelier, above 1 all become alike; 0: the likeliest.",
        larger="more varied, more mistakes",
        smaller="more likely, more repetition",
    )
    top_k: int = param(
        default=0,
        low=0,
        high=1_000_000,
        title="Top k",
        unit="tokens",
        help="Draw among so many of the likeliest; 0: among all.",
    )
    top_p: float = param(
        default=1.0,
        low=0.01,
        high=1.0,
        title="Top p",
        help="Draw among the likeliest tokens that together have this probability.",
    )
    seed: int | None = seed_param()

    def forward(
        self, model: LanguageModel, vocabulary: Vocabulary, prompts: Tokens | None = None
    ) -> Iterator[Frame[Tokens]]:
        """Yield the texts after each token, (count, prompt + 1) at first.

        Raise `Unbuilt` where the model has no weights yet, `InputRefused` where the prompt is empty
        or has a sign that the vocabulary lacks.
        """
        must_be_built(model)
        begun = prompts if prompts is not None else self._prompt(vocabulary)
        stream = None if self.seed is None else torch.Generator().manual_seed(self.seed)
        drawn, known = (
            token_sampler(self.temperature, self.top_k, self.top_p, stream),
            len(vocabulary.pieces),
        )

        def choose(logits: Tensor) -> Tensor:
            return drawn(logits[:, :known])  # a network may have room for more

        texts = generate(model, begun, self.length, choose)
        for number, text in enumerate(texts):
            yield Frame(number + 1, self.length, text)

    def sketch(self, model: Any, vocabulary: Any, prompts: Tensor | None = None) -> Tensor:
        must_be_built(model)
        if prompts is None:
            prompts = torch.zeros(self.count, 1, dtype=torch.int64, device=self.device)
        model(prompts[:, : model.context])
        return prompts.new_zeros(prompts.shape[0], prompts.shape[1] + self.length)

    def _prompt(self, vocabulary: Vocabulary) -> Tensor:
        tokens = vocabulary.encode(self.prompt)
        if not len(tokens):
            raise InputRefused(
                "The prompt is empty: a text must begin with something.", place="prompt"
            )
        return tokens.to(self.device).repeat(self.count, 1)

    def sign(self) -> Part:
        return say("{n} tokens, τ {temperature}", n=self.length, temperature=self.temperature)
