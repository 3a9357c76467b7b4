"""CLIP's text encoder, from a folder of the user."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import is_fake

from nodes.language.words import PADDING
from nodes.pretrained.base import Pretrained, must_know
from nodes.pretrained.folders import ModelFolder, read_config
from nodes.pretrained.loading import LOCAL, library
from nodes.types import TextVectors, Tokens

TOKENIZER = "tokenizer"
"""The sub-folder of a pipeline beside that of the encoder, which says what fills texts up."""


class PretrainedTextEncoder(Pretrained):
    """Turn texts into vectors by CLIP: one for each token, and one in all.

    Learning Transferable Visual Models From Natural Language Supervision (Radford et al., 2021),
    arXiv:2103.00020.

    `tokens` (b, t) are cut by the vocabulary of the same folder, where token 0 fills shorter texts
    up. CLIP's marks of beginning and end are put around them, and what is longer than CLIP reads is
    cut off. `vectors` hold (b, n, width), which of these are tokens or marks, and (b, width),
    CLIP's own vector of the whole text.
    """

    synonyms = (
        "clip, prompt, conditioning, text to image, stable diffusion, embedding, pretrained, "
        "encodeur de texte, préentraîné, plongement"
    )
    formula = r"c = \tau_\theta(x_1, \dots, x_t)"
    title = "CLIP text encoder"
    returns = "vectors"
    part = "text_encoder"
    ends = ("CLIPTextModel", "CLIPTextModelWithProjection", "CLIPModel")

    def build(self) -> None:
        super().build()
        assert self.found is not None
        self.filling = _filling(self.found, self.config.vocab_size)

    def forward(self, tokens: Tokens) -> TextVectors:
        """Return the vectors of texts (b, t), with CLIP's marks around them.

        Raise `InputRefused` where a token is none that the network knows.
        """
        if is_fake(tokens):
            return self._empty(tokens)
        must_know(tokens, self.config.vocab_size + 1)
        marked, mask = self.marked(tokens)
        said = self.net(marked)
        pooled = said.get("text_embeds", said.get("pooler_output"))
        return TextVectors(said.last_hidden_state.float(), mask, pooled.float())

    def marked(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return what CLIP reads, (b, n): with its marks, filled up; and where the text is."""
        length, known = self.config.max_position_embeddings, self.config.vocab_size
        counts = (tokens != PADDING).sum(1, keepdim=True).clamp(max=length - 2)
        places = torch.arange(length, device=tokens.device).expand(len(tokens), -1)
        read = tokens.new_full((len(tokens), length), self.filling)
        kept = (tokens[:, : length - 2] - 1).clamp(min=0)  # token 0 is no piece of CLIP's
        read[:, 1 : 1 + kept.shape[1]] = kept
        read = torch.where(places > counts + 1, self.filling, read)
        read = torch.where(places == counts + 1, known - 1, read)
        read[:, 0] = known - 2
        return read, places <= counts + 1

    def bare(self, found: ModelFolder) -> nn.Module:
        """Return the network that config.json describes, with random weights."""
        kind, config = self._kinds(found)
        return kind(config.from_pretrained(found.path, local_files_only=True))

    def load(self, found: ModelFolder) -> tuple[nn.Module, list[str]]:
        """Return the network with its weights, and the names of the weights that the file lacks."""
        kind, config = self._kinds(found)
        net, told = kind.from_pretrained(
            found.path,
            config=config.from_pretrained(found.path, local_files_only=True),
            output_loading_info=True,
            dtype=self.dtype,
            variant=found.variant or None,
            **LOCAL,
        )
        return net, [*told["missing_keys"]]

    def _kinds(self, found: ModelFolder) -> tuple[Any, Any]:
        """Return the library's class of the network, and that of its description."""
        clip = library("transformers")
        whole = found.kind.endswith(("WithProjection", "CLIPModel"))
        kind = clip.CLIPTextModelWithProjection if whole else clip.CLIPTextModel
        return kind, clip.CLIPTextConfig

    def _empty(self, tokens: Tensor) -> TextVectors:
        """Return what comes out, without any numbers."""
        projected = hasattr(self.net, "text_projection")
        count, width = self.config.max_position_embeddings, self.config.hidden_size
        rows = tokens.new_empty((len(tokens), count, width), dtype=torch.float32)
        mask = tokens.new_empty((len(tokens), count), dtype=torch.bool)
        size = self.config.projection_dim if projected else width
        return TextVectors(rows, mask, rows.new_empty(len(tokens), size))


def _filling(found: ModelFolder, known: int) -> int:
    """Return the token that CLIP's texts are filled up with: the mark of the end, or another."""
    for folder in (found.path, found.path.parent / TOKENIZER):
        if (told := folder / "tokenizer_config.json").is_file():
            named = read_config(told, found.name).get("pad_token")
            word = named.get("content") if isinstance(named, dict) else named
            number = _numbers(folder, found.name).get(str(word))
            return number if isinstance(number, int) and 0 <= number < known else known - 1
    return known - 1


def _numbers(folder: Path, name: str) -> Mapping[str, Any]:
    """Return the numbers of the words of a vocabulary, by the first file that tells them."""
    if (file := folder / "vocab.json").is_file():
        return read_config(file, name)
    file = folder / "tokenizer.json"
    model = read_config(file, name).get("model") if file.is_file() else None
    words = model.get("vocab") if isinstance(model, dict) else None
    return words if isinstance(words, dict) else {}
