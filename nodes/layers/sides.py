"""Layers that change the sides of sound and pictures without weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from torch import Tensor
from torch.nn import functional as F

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.layers.base import must_be_maps, must_be_real
from nodes.sentences import Part, Word, listed
from nodes.types import Audio, Batch, Images, Range

SMOOTH = {3: "linear", 4: "bilinear"}
MEANS = {3: F.avg_pool1d, 4: F.avg_pool2d}
LARGEST = {3: F.max_pool1d, 4: F.max_pool2d}


class Upsample(Node):
    """Make sound or pictures larger: repeat each place, or draw lines between them.

    Deconvolution and Checkerboard Artifacts (Odena, Dumoulin & Olah, 2016),
    https://distill.pub/2016/deconv-checkerboard.

    `x` (b, c, t) or (b, c, h, w): each side becomes side · factor; with `like` it becomes that of
    `like`, which may be odd: beside a U-Net's way down, 4 becomes 7 again.
    """

    synonyms = (
        "interpolate, enlarge, unpool, u-net, nearest, bilinear, suréchantillonner, agrandir, "
        "interpolation"
    )
    formula = r"y_{c i} = x_{c,\, \lfloor i / f \rfloor}"
    icon = "maximize"
    returns = "y"

    factor: int = param(
        default=2,
        settles="sizes",
        low=1,
        high=64,
        help="How many places each becomes, in a row; not used with `like`.",
        larger="larger pictures, slower layers behind it",
        smaller="fewer places",
    )
    mode: Literal["nearest", "linear"] = param(
        default="nearest", help="Nearest repeats each place; linear draws lines between them."
    )
    odd: bool = param(
        default=False,
        title="Odd sides",
        help="Each side is one less, as 7 from 4; not with `like`.",
    )

    def forward(self, x: Images | Audio, like: Batch | None = None) -> Batch:
        """Return x (b, c, …) with sides · factor, or with the sides of `like`.

        Raise `InputRefused` where x is neither sound nor pictures, or `like` has other axes.
        """
        must_be_maps(x)
        must_be_real(x)
        if like is not None:
            must_be_alike(x, like)
            sides = list(like.shape[2:])
        else:
            sides = [max(1, side * self.factor - self.odd) for side in x.shape[2:]]
        if self.mode == "nearest":
            return F.interpolate(x, sides)
        return F.interpolate(x, sides, mode=SMOOTH[x.dim()], align_corners=False)

    def reached(self, output: str) -> frozenset[str]:
        return frozenset({"x"})

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> Part:
        return listed([Word(self.mode), f"×{self.factor}"])


class Pool(Node):
    """Make sound or pictures smaller: the mean or the largest of places side by side.

    Gradient-based learning applied to document recognition (LeCun et al., 1998),
    doi:10.1109/5.726791.

    `x` (b, c, t) or (b, c, h, w): each side becomes ⌈side / factor⌉; at the end of an odd side
    fewer places are taken together. With an empty factor all places are, and `y` is (b, c).
    """

    synonyms = (
        "max pooling, average pooling, global pooling, downsample, shrink, sous-échantillonner, "
        "agrégation, réduire"
    )
    formula = r"y_{c i} = \max_{j < f} x_{c,\, f i + j}"
    icon = "minimize"
    returns = "y"

    kind: Literal["mean", "max"] = param(default="mean", help="What is taken of several places.")
    factor: int | None = param(
        default=2,
        settles="sizes",
        low=1,
        high=4096,
        help="How many places in a row become one; empty: all of them.",
        larger="coarser, quicker layers behind it",
        smaller="more places are kept",
    )

    def forward(self, x: Images | Audio) -> Batch:
        """Return x (b, c, …) with sides ⌈side / factor⌉, or (b, c) without a factor.

        Raise `InputRefused` where x is neither sound nor pictures.
        """
        must_be_maps(x)
        must_be_real(x)
        if self.factor is None:
            places = x.flatten(2)
            return places.mean(2) if self.kind == "mean" else places.amax(2)
        if self.kind == "mean":
            return MEANS[x.dim()](x, self.factor, ceil_mode=True)
        return LARGEST[x.dim()](x, self.factor, ceil_mode=True)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> Part:
        return listed([Word(self.kind), f"÷{self.factor}"]) if self.factor else Word(self.kind)


class PixelShuffle(Node):
    """Write channels as places, or places as channels: no number is lost.

    Real-Time Single Image and Video Super-Resolution (Shi et al., 2016), arXiv:1609.05158.

    `x` (b, c f², h, w) gives `y` (b, c, h f, w f); of sound (b, c f, t) gives (b, c, t f). Back, it
    is the inverse: places become channels, and sides must be multiples of f.
    """

    synonyms = (
        "sub-pixel convolution, depth to space, space to depth, unshuffle, super-resolution, "
        "profondeur en espace, pixels"
    )
    title = "Pixel shuffle"
    formula = r"y_{c,\, f i + k} = x_{(c f + k),\, i}"
    icon = "layout-grid"
    returns = "y"

    factor: int = param(
        default=2,
        settles="sizes",
        low=1,
        high=64,
        help="How many places in a row one place becomes.",
        larger="larger sides of fewer channels",
        smaller="more channels are kept",
    )
    back: bool = param(default=False, help="Whether places become channels instead.")

    def forward(self, x: Images | Audio) -> Batch:
        """Return the numbers of x (b, c, …) in other places.

        Raise `InputRefused` where x is neither sound nor pictures, its channels are no multiple of
        what one place becomes, or, back, a side is no multiple of the factor.
        """
        must_be_maps(x)
        if self.back:
            must_divide_sides(x, self.factor)
            return gathered(x, self.factor)
        self._must_divide_channels(x)
        return spread(x, self.factor)

    def _must_divide_channels(self, x: Tensor) -> None:
        step = self.factor ** (x.dim() - 2)
        if x.shape[1] % step:
            raise InputRefused(
                "{x} must have channels in multiples of {must}; it has {found}.",
                "Put a Convolution with {more} channels before it.",
                must=step,
                found=x.shape[1],
                more=step * -(-x.shape[1] // step),
            )

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> str:
        return f"÷{self.factor}" if self.back else f"×{self.factor}"


def spread(x: Tensor, f: int) -> Tensor:
    """Write channels as places: (b, c f, t) → (b, c, t f), (b, c f², h, w) → (b, c, h f, w f)."""
    if x.dim() == 4:
        return F.pixel_shuffle(x, f)
    return x.unflatten(1, (-1, f)).transpose(2, 3).flatten(2)


def gathered(x: Tensor, f: int) -> Tensor:
    """Write places as channels, the inverse of `spread`."""
    if x.dim() == 4:
        return F.pixel_unshuffle(x, f)
    return x.unflatten(2, (-1, f)).transpose(2, 3).flatten(1, 2)


def must_divide_sides(x: Tensor, f: int) -> None:
    """Raise `InputRefused` where a side of x (b, c, …) is no multiple of f."""
    if odd := [side for side in x.shape[2:] if side % f]:
        raise InputRefused(
            "{x} must have sides in multiples of {must}; one is {found}.",
            "Resize pictures to multiples of {must}, or take a smaller number.",
            must=f,
            found=odd[0],
        )


def must_be_alike(x: Tensor, like: Tensor) -> None:
    """Raise `InputRefused` where `like` has another number of axes than x."""
    if like.dim() != x.dim():
        raise InputRefused(
            "{like} must have as many axes as {x}, {must}; it has {found}.",
            "Wire both pictures, or both sound.",
            place="like",
            must=x.dim(),
            found=like.dim(),
        )
