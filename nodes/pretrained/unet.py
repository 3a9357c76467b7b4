"""The U-Net of a pipeline of the user, with texts as condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import is_fake

from nodes.base import param
from nodes.diffusion.base import Predicts
from nodes.diffusion.contexts import as_texts
from nodes.errors import DataMissing, InputRefused
from nodes.pretrained.base import Pretrained
from nodes.pretrained.folders import ModelFolder, read_config
from nodes.pretrained.loading import diffusers_load, library
from nodes.pretrained.schedule import FILE, STEPS
from nodes.sentences import Text, Word, say
from nodes.types import Batch, Denoiser, Shape, TextVectors, Values

READINGS: Mapping[str, Predicts] = {"epsilon": "noise", "v_prediction": "v", "sample": "data"}
"""What a prediction is called in descriptions, and here."""


class PretrainedUNet(Pretrained):
    """Predict from noisy latents, a time and texts what was added, with weights that you have.

    High-Resolution Image Synthesis with Latent Diffusion Models (Rombach et al., 2022),
    arXiv:2112.10752.

    The folder is that of a pipeline, as Stable Diffusion 1 or 2, or of its U-Net. Latents
    (b, c, h, w) are as its VAE makes them; `t` (b,) lies in [0, 1]. `context` comes from the text
    encoder of the same pipeline. What it predicts is read beside it, or set.
    """

    synonyms = (
        "stable diffusion, latent diffusion, diffusers, text to image, unet, pretrained, "
        "texte vers image, préentraîné, débruiteur"
    )
    formula = r"\epsilon_\theta(x_t, t, c)"
    title = "Pretrained U-Net"
    returns = "prediction"
    handle = Denoiser
    part = "unet"
    stem = "diffusion_pytorch_model"
    ends = ("UNet2DConditionModel",)
    classes = 0

    prediction: Literal["as published", "noise", "v", "data"] = param(
        default="as published",
        help="What it was trained to predict; as published: what the scheduler beside it says, "
        "else the noise.",
    )
    size: int = param(
        default=0,
        low=0,
        high=1024,
        unit="latents",
        help="Sides of the latents that samplers make; 0: as it was trained.",
    )

    def build_for(self, shapes: Mapping[str, Shape]) -> None:
        if self.built is None:
            super().build_for({})
            side = self.size or int(self.config.sample_size or 64)
            self.built = {"x": Shape((self.config.in_channels, side, side))}

    def forward(self, x: Batch, t: Values, context: TextVectors) -> Batch:
        """Return the prediction, float32 and shaped as x (b, c, h, w), at times t (b,).

        Raise `InputRefused` where x has other channels than the network, or the context other
        numbers.
        """
        rows = self._must_fit_in(x, context)
        if is_fake(x):
            return x.new_empty(x.shape, dtype=torch.float32)
        steps = (t * self.steps - 1).clamp(min=0)  # the library counts its steps from 0
        said = self.net(x.to(self.dtype), steps, encoder_hidden_states=rows.to(self.dtype))
        prediction: Tensor = said.sample.float()
        return prediction

    def bare(self, found: ModelFolder) -> nn.Module:
        """Return the network that config.json describes, with random weights."""
        kind = library("diffusers").UNet2DConditionModel
        net: nn.Module = kind.from_config(dict(found.config))
        return net

    def load(self, found: ModelFolder) -> tuple[nn.Module, list[str]]:
        """Return the network with its weights, and the names of the weights that the file lacks."""
        return diffusers_load("UNet2DConditionModel", found, self.dtype)

    def opened(self) -> ModelFolder:
        """Return what the folder holds.

        Raise `DataMissing` where it is none of a U-Net, or of one that needs more than a text and a
        time.
        """
        found = super().opened()
        if found.config.get("addition_embed_type") or found.config.get("class_embed_type"):
            raise DataMissing(
                "The U-Net of {folder} must be told more than a text and a time.",
                "Choose a pipeline as Stable Diffusion 1 or 2.",
                place="folder",
                folder=found.name,
            )
        return found

    @property
    def predicts(self) -> Predicts:
        """What it predicts, in the words of losses and samplers."""
        told = self._scheduler.get("prediction_type", "epsilon")
        chosen = READINGS.get(str(told), "noise")
        return chosen if self.prediction == "as published" else self.prediction

    @property
    def steps(self) -> int:
        """How many steps of noise it was trained with."""
        return int(self._scheduler.get("num_train_timesteps", STEPS))

    @property
    def _scheduler(self) -> Mapping[str, Any]:
        if self.found is None:
            return {}
        file = self.found.path.parent / "scheduler" / FILE
        return read_config(file, self.found.name) if file.is_file() else {}

    def _must_fit_in(self, x: Tensor, context: Any) -> Tensor:
        """Return the rows that the network looks at, or raise `InputRefused`."""
        rows = as_texts(context).tokens
        if rows.shape[-1] != self.config.cross_attention_dim:
            raise InputRefused(
                "{context} must have {must} numbers a token; they have {found}.",
                "Wire the vectors of a CLIP text encoder of the same pipeline.",
                place="context",
                must=self.config.cross_attention_dim,
                found=rows.shape[-1],
            )
        if x.dim() != 4 or x.shape[1] != self.config.in_channels:
            raise InputRefused(
                "{x} must be latents of {must} channels; an item has the shape {found}.",
                "Wire what the VAE of the same pipeline makes.",
                place="x",
                must=self.config.in_channels,
                found=Shape(x.shape[1:]),
            )
        return rows

    def notes(self) -> list[Text]:
        told = super().notes()
        return [*told, say("predicts {what}", what=Word(self.predicts))] if self.found else told
