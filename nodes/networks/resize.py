"""Resize pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import Part, Word, listed, say
from nodes.types import Images, Range, Shape

Method = Literal["area", "nearest", "bilinear", "bicubic"]
SMOOTH = {"bilinear", "bicubic"}


class Resize(Node):
    """Write pictures in other numbers of rows and columns: (b, c, h, w) → (b, c, rows, columns).

    Cubic Convolution Interpolation for Digital Image Processing (Keys, 1981),
    doi:10.1109/TASSP.1981.1163711.

    Area: each pixel is the mean of those that it covers, which is what a coarser camera sees.
    Nearest repeats or leaves out pixels. Bilinear and bicubic draw smooth curves through them, and
    where pictures shrink, through their means; bicubic overshoots the range at edges.
    """

    synonyms = (
        "shrink, enlarge, upsample, downsample, scale, interpolate, super-resolution, thumbnail, "
        "redimensionner, agrandir, rétrécir, réduire, suréchantillonner"
    )
    formula = r"y_{ij} = \sum_{kl} w_{ik}\, w_{jl}\, x_{kl}"
    icon = "scale-3d"
    returns = "x"

    size: list[int] = param(default=[28, 28], low=1, high=4096, help="Rows and columns.")
    method: Method = param(
        default="area", help="How new pixels are made of the old: means for small pictures."
    )

    def forward(self, images: Images) -> Images:
        """Return images (b, c, h, w) as (b, c, rows, columns).

        Raise `InputRefused` where `size` is not two numbers.
        """
        must_be_rows_and_columns(self.size)
        size = self.size[0], self.size[1]
        if self.method in SMOOTH:
            return F.interpolate(
                images, size, mode=self.method, align_corners=False, antialias=True
            )
        return F.interpolate(images, size, mode=self.method)

    def ranges(self, images: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"x": images} if images and self.method != "bicubic" else {}

    def sign(self) -> Part:
        size = say("{rows} × {columns}", rows=self.size[0], columns=self.size[-1])
        return listed([Word(self.method), size])


def must_be_rows_and_columns(size: list[int]) -> None:
    """Raise `InputRefused` where a size is not two numbers."""
    if len(size) != 2:
        raise InputRefused(
            "{size} must be two numbers, rows and columns; it is {found}.",
            "Write 7 7 for pictures of 7 by 7.",
            place="size",
            found=Shape(size),
        )
