"""The autoencoder of a pipeline of the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import is_fake

from nodes.errors import InputRefused
from nodes.pretrained.base import Pretrained
from nodes.pretrained.folders import ModelFolder
from nodes.pretrained.loading import diffusers_load, library
from nodes.types import UNIT, Batch, Images, Shape

PIXELS = 1 << 18
"""Pixels that are worked on at once, so that memory stays bounded: a picture of 512 x 512."""


class _Half(Pretrained):
    """One half of an AutoencoderKL; the other is dropped."""

    part = "vae"
    stem = "diffusion_pytorch_model"
    ends = ("AutoencoderKL",)
    others: ClassVar[tuple[str, ...]]

    def bare(self, found: ModelFolder) -> nn.Module:
        """Return the half that config.json describes, with random weights."""
        kind = library("diffusers").AutoencoderKL
        return self._halved(kind.from_config(dict(found.config)))

    def load(self, found: ModelFolder) -> tuple[nn.Module, list[str]]:
        """Return the half with its weights, and the names of the weights that the file lacks."""
        net, missing = diffusers_load("AutoencoderKL", found, self.dtype)
        return self._halved(net), missing

    def _halved(self, net: Any) -> nn.Module:
        for name in self.others:
            setattr(net, name, None)
        halved: nn.Module = net
        return halved

    @property
    def factor(self) -> int:
        """How many pixels a latent is wide."""
        return 1 << (len(self.config.block_out_channels) - 1)

    @property
    def shift(self) -> float:
        """What is taken off the VAE's latents before they are scaled."""
        return float(getattr(self.config, "shift_factor", None) or 0.0)

    @property
    def scaling(self) -> float:
        """The factor that brings the VAE's latents to unit spread."""
        return float(self.config.scaling_factor)

    def _must_have_channels(self, x: Tensor, count: int) -> None:
        if x.dim() != 4 or x.shape[1] != count:
            raise InputRefused(
                "An item must have {must} channels, rows and columns; it has the shape {found}.",
                must=count,
                found=Shape(x.shape[1:]),
            )


class PretrainedImageEncoder(_Half):
    """Map pictures to the latents of a pipeline, with weights that you have.

    High-Resolution Image Synthesis with Latent Diffusion Models (Rombach et al., 2022),
    arXiv:2112.10752.

    Pictures (b, 3, h, w) in [0, 1] become latents (b, c, h / f, w / f): the mean of the VAE, times
    the factor that brings latents to unit spread. The folder is that of a pipeline, or of its VAE.
    """

    synonyms = (
        "stable diffusion, latent, vae, autoencoder, diffusers, encode images, pretrained, "
        "auto-encodeur, préentraîné, latents"
    )
    formula = r"z = s\,\mathcal{E}(x)"
    title = "VAE encoder"
    returns = "latents"
    others = ("decoder", "post_quant_conv")

    def forward(self, images: Annotated[Images, UNIT]) -> Batch:
        """Return latents (b, c, h / f, w / f), float32, of images (b, 3, h, w) in [0, 1].

        Raise `InputRefused` where images have other channels than the VAE.
        """
        self._must_have_channels(images, self.config.in_channels)
        rows, columns = (side // self.factor for side in images.shape[2:])
        if is_fake(images):
            shape = (images.shape[0], self.config.latent_channels, rows, columns)
            return images.new_empty(shape, dtype=torch.float32)
        return in_turn(self._encoded, images, images.shape[2] * images.shape[3])

    def _encoded(self, images: Tensor) -> Tensor:
        mean = self.net.encode(2 * images.to(self.dtype) - 1).latent_dist.mean.float()
        return self.scaling * (mean - self.shift)


class PretrainedImageDecoder(_Half):
    """Map the latents of a pipeline to pictures, with weights that you have.

    High-Resolution Image Synthesis with Latent Diffusion Models (Rombach et al., 2022),
    arXiv:2112.10752.

    Latents (b, c, h, w) of unit spread become pictures (b, 3, f h, f w) in [0, 1]. The folder is
    that of a pipeline, or of its VAE.
    """

    synonyms = (
        "stable diffusion, latent, vae, autoencoder, diffusers, decode images, pretrained, "
        "auto-encodeur, préentraîné, décodeur"
    )
    formula = r"x = \mathcal{D}(z / s)"
    title = "VAE decoder"
    returns = "images"
    others = ("encoder", "quant_conv")

    def forward(self, latents: Batch) -> Annotated[Images, UNIT]:
        """Return images (b, 3, f h, f w) in [0, 1], float32, of latents (b, c, h, w).

        Raise `InputRefused` where latents have other channels than the VAE.
        """
        self._must_have_channels(latents, self.config.latent_channels)
        rows, columns = (side * self.factor for side in latents.shape[2:])
        if is_fake(latents):
            shape = (latents.shape[0], self.config.out_channels, rows, columns)
            return latents.new_empty(shape, dtype=torch.float32)
        return in_turn(self._decoded, latents, rows * columns)

    def _decoded(self, latents: Tensor) -> Tensor:
        z = latents.to(self.dtype) / self.scaling + self.shift
        images: Tensor = self.net.decode(z).sample.float()
        return (images / 2 + 0.5).clamp(0, 1)


def in_turn(work: Callable[[Tensor], Tensor], items: Tensor, pixels: int) -> Tensor:
    """Return `work` of items (b, ...), computed for parts of at most 2^18 pixels."""
    parts = items.split(max(1, PIXELS // max(1, pixels)))
    return torch.cat([work(part) for part in parts])
