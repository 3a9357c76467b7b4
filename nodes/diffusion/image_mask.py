"""Masks for inpainting: which part of an image is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import Source, param
from nodes.sentences import Part, Word, say
from nodes.types import Images

Hidden = Literal["bottom", "right", "centre", "pixels"]


class Masked(NamedTuple):
    """The mask, 1 where a pixel is kept, and the images with the rest hidden; both (b, c, h, w)."""

    mask: Images
    shown: Images


class ImageMask(Source):
    """Hide a part of each image, for a sampler to fill in.

    RePaint: Inpainting using Denoising Diffusion Probabilistic Models (Lugmayr et al., 2022),
    arXiv:2201.09865.

    `mask` is shaped as `images`, 1 where they are kept and 0 where they are hidden; `shown` are the
    images with 0 there: grey, where they lie in [-1, 1].
    """

    synonyms = (
        "inpainting, hide, missing pixels, occlusion, repaint, cacher, pixels manquants, compléter"
    )
    title = "Image mask"
    formula = r"x_{\mathrm{shown}} = m \odot x"
    icon = "eraser"

    hidden: Hidden = param(default="bottom", help="What is hidden.")
    share: float = param(
        default=0.5,
        low=0.0,
        high=1.0,
        help="How much is hidden: of the rows or columns, of the centre's sides, of the pixels.",
    )

    def forward(self, images: Images) -> Masked:
        """Return a mask and masked images, shaped as images (b, c, h, w)."""
        hidden = HIDDEN[self.hidden](images, self.share)
        mask = 1 - hidden.expand_as(images).to(images.dtype)
        return Masked(mask, images * mask)

    def reached(self, output: str) -> frozenset[str]:
        return frozenset() if output == "mask" else super().reached(output)

    def sign(self) -> Part:
        return say("{part} {share} %", part=Word(self.hidden), share=round(100 * self.share))


def _last(size: int, share: float, x: Tensor) -> Tensor:
    """Return which of so many places are the last, (size,)."""
    return torch.arange(size, device=x.device) >= size - round(share * size)


def _middle(size: int, share: float, x: Tensor) -> Tensor:
    places = torch.arange(size, device=x.device) + 0.5 - size / 2
    return places.abs() < share * size / 2


def _bottom(x: Tensor, share: float) -> Tensor:
    return _last(x.shape[2], share, x)[:, None]


def _right(x: Tensor, share: float) -> Tensor:
    return _last(x.shape[3], share, x)


def _centre(x: Tensor, share: float) -> Tensor:
    return _middle(x.shape[2], share, x)[:, None] & _middle(x.shape[3], share, x)


def _pixels(x: Tensor, share: float) -> Tensor:
    return torch.rand_like(x[:, :1]) < share


HIDDEN: dict[str, Callable[[Tensor, float], Tensor]] = {
    "bottom": _bottom,
    "right": _right,
    "centre": _centre,
    "pixels": _pixels,
}
