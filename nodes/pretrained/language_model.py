"""Language models of the user, such as GPT-2."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import is_fake

from nodes.language.base import LanguageModel, must_look_back
from nodes.pretrained.base import Pretrained, must_know
from nodes.pretrained.folders import ModelFolder
from nodes.pretrained.loading import LOCAL, library, with_linear_layers
from nodes.types import Batch, Tokens

USUAL_CONTEXT = 2048
"""Tokens that a network looks back on where its folder does not say."""


class PretrainedLanguageModel(Pretrained):
    """Say of each token how likely any other follows, with weights that you have.

    Language Models are Unsupervised Multitask Learners (Radford et al., 2019),
    https://cdn.openai.com/better-language-models/language-models.pdf, for GPT-2.

    The folder holds a causal language model of the library transformers, GPT-2 or one of its kind.
    `tokens` (b, t) are cut by its own vocabulary; `logits` (b, t, K) at a place predict the next
    token. Nothing is downloaded, and no program of the folder runs.
    """

    synonyms = (
        "gpt-2, llama, transformers, hugging face, llm, pretrained, load weights, safetensors, "
        "préentraîné, charger des poids, modèle de langue"
    )
    formula = r"p_\theta(x_{t+1} \mid x_1, \dots, x_t)"
    title = "Pretrained GPT"
    returns = "logits"
    handle = LanguageModel
    part = "model"
    ends = ("ForCausalLM", "LMHeadModel")

    def forward(self, tokens: Tokens) -> Batch:
        """Return the logits (b, t, K) of tokens (b, t), float32.

        Raise `InputRefused` where a token is none that the network knows, or there are too many.
        """
        return self.read(tokens)[0]

    def read(self, tokens: Tensor, past: Any = None) -> tuple[Tensor, Any]:
        """Return the logits of tokens (b, t) that follow the `past`, and the past for the next."""
        must_look_back(tokens, self.context, 0 if past is None else past.get_seq_length())
        if is_fake(tokens):
            shape = (*tokens.shape, self.config.vocab_size)
            return tokens.new_empty(shape, dtype=torch.float32), None
        must_know(tokens, self.config.vocab_size)
        said = self.net(tokens, use_cache=not self.training, **self._given(past))
        return said.logits.float(), said.get("past_key_values")

    def attention(self, tokens: Tensor) -> Tensor:
        """Return how much each place takes from each other: (layers, b, heads, t, t)."""
        kind = self.config._attn_implementation
        self.config._attn_implementation = "eager"  # the others do not show it
        try:
            return torch.stack(self.net(tokens, output_attentions=True).attentions)
        finally:
            self.config._attn_implementation = kind

    def bare(self, found: ModelFolder) -> nn.Module:
        """Return the network that config.json describes, with random weights."""
        auto = library("transformers")
        config = auto.AutoConfig.from_pretrained(
            found.path, local_files_only=True, trust_remote_code=False
        )
        return with_linear_layers(
            auto.AutoModelForCausalLM.from_config(config, trust_remote_code=False)
        )

    def load(self, found: ModelFolder) -> tuple[nn.Module, list[str]]:
        """Return the network with its weights, and the names of the weights that the file lacks."""
        net, told = library("transformers").AutoModelForCausalLM.from_pretrained(
            found.path,
            trust_remote_code=False,
            output_loading_info=True,
            dtype=self.dtype,
            variant=found.variant or None,
            **LOCAL,
        )
        return with_linear_layers(net), [*told["missing_keys"]]

    @property
    def context(self) -> int:
        """How many tokens it looks back on; it must be built."""
        return int(getattr(self.config, "max_position_embeddings", None) or USUAL_CONTEXT)

    @property
    def embedding(self) -> nn.Module:
        """The vectors that tokens are written in."""
        rows: nn.Module = self.net.get_input_embeddings()
        return rows

    def _given(self, past: Any) -> dict[str, Any]:
        return {} if past is None else {_name_of_past(type(self.net)): past}


def _name_of_past(kind: type[nn.Module]) -> str:
    """Return what the library calls what was read already: it has changed with its versions."""
    names = inspect.signature(kind.forward).parameters
    return "cache" if "cache" in names else "past_key_values"
