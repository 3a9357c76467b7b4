"""The U-Net of image diffusion."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import param
from nodes.diffusion.base import Predictor
from nodes.diffusion.conditioning import ClassEmbedding, TimeFeatures, classes_param, must_have
from nodes.diffusion.contexts import Context, as_texts
from nodes.diffusion.unet_blocks import Stage, Up, norm, scale_weights
from nodes.diffusion.unet_drawn import Drawn
from nodes.drawing import Drawing
from nodes.errors import InputRefused
from nodes.networks.blocks import arrows, halvings, lay_channels_last
from nodes.networks.parts import in_parts
from nodes.types import Batch, Images, Labels, Shape, TextVectors, Values

Preset = Literal["small", "medium", "own"]


class Plan(NamedTuple):
    """What a preset sets: channels at each level, and the side of a patch."""

    channels: tuple[int, ...]
    patch: int


PRESETS = {"small": Plan((64, 96), 2), "medium": Plan((64, 128, 128), 1)}
FREQUENCIES, HIGHEST = 32, 1000.0


class UNet(Predictor):
    """Predict from noisy images and a time what was added to them.

    U-Net: Convolutional Networks for Biomedical Image Segmentation (Ronneberger, Fischer & Brox,
    2015), arXiv:1505.04597, with the residual blocks, attention and time embedding of DDPM
    (arXiv:2006.11239).

    Images (b, c, h, w) of any size: sides are halved, rounded up, at each further level, and what
    patches lack is padded. `t` (b,) lies in [0, 1]. `labels` (b,) name classes; the number of
    classes itself, or no wire, means none. `context` is texts as vectors, or rows (b, n, d): it
    enters by cross-attention in each block with attention, and as one vector (the pooled vector,
    the mean of rows) beside the time's. Pictures `beside`, resized to the size of `x`, are further
    channels of the input (Image Super-Resolution via Iterative Refinement: Saharia et al., 2021,
    arXiv:2104.07636).
    """

    synonyms = (
        "unet, diffusion network, ddpm, convolutional, skip connections, noise predictor, "
        "réseau débruiteur, convolution, bruit"
    )
    formula = r"\epsilon_\theta(x_t, t, c)"
    title = "U-Net"
    icon = "brain"

    preset: Preset = param(
        default="small",
        help="For images of 28 x 28 or 32 x 32: small, channels 64 96 and patches of 2, learns "
        "digits on a CPU; medium, 64 128 128 without patches; own, as set below.",
    )
    channels: list[int] = param(
        default=[64, 128, 128],
        low=1,
        high=4096,
        unit="channels",
        help="Own: channels at each level; images have half the sides at each further one.",
    )
    blocks: int = param(
        default=1, low=1, high=8, unit="blocks", help="Residual blocks a level, each way."
    )
    attention: list[int] = param(
        default=[7, 8],
        low=0,
        high=4096,
        unit="pixels",
        help="Sides of images at which places look at each other; 0: nowhere.",
    )
    patch: int = param(
        default=1,
        low=1,
        high=16,
        unit="pixels",
        help="Own: side of the squares of pixels that are taken as one; more is quicker "
        "(arXiv:2301.11093).",
    )
    groups: int = param(
        default=8, low=1, high=256, unit="groups", help="Groups of normalisation, at most."
    )
    dropout: float = param(
        default=0.0,
        low=0.0,
        high=0.9,
        help="Share of activations dropped.",
        larger="less overfitting, slower learning",
        smaller="fits the data more closely",
    )
    classes: int = classes_param()

    def build(self, x: Shape, context: Shape | None = None, beside: Shape | None = None) -> None:
        _must_be_images(x)
        _must_be_rows(context)
        widths = self._plan.channels
        told = 4 * widths[0]
        self.time = TimeFeatures(FREQUENCIES, HIGHEST)
        self.tell = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, told), nn.SiLU(), nn.Linear(told, told)
        )
        self.told_class = ClassEmbedding(self.classes, told)
        self.told_text = None if context is None else nn.Linear(context[-1], told)
        pixels = x[0] * self._plan.patch**2
        seen = pixels + (beside[0] if beside else 0) * self._plan.patch**2
        self.first = nn.Conv2d(seen, widths[0], 3, padding=1)
        self._build_levels(x, None if context is None else context[-1], told)
        self.last_norm = norm(widths[0], self.groups)
        self.last = scale_weights(nn.Conv2d(widths[0], pixels, 3, padding=1), 0.01)
        lay_channels_last(self)

    def _build_levels(self, x: Shape, context: int | None, told: int) -> None:
        widths, patch = self._plan
        rows = halvings(-(-x[1] // patch), len(widths) - 1)
        attends = [side in self.attention for side in rows]
        stage = partial(Stage, told=told, groups=self.groups, dropout=self.dropout, context=context)

        def stages(level: int, inputs: int) -> nn.ModuleList:
            outputs = widths[level]
            row = (stage(inputs, outputs, attends=attends[level]) for _ in range(self.blocks))
            return nn.ModuleList(row)

        self.down = nn.ModuleList(stages(n, width) for n, width in enumerate(widths))
        self.halving = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        inside = attends[-1] or context is not None
        self.middle = stage(widths[-1], widths[-1], attends=inside)
        self.up = nn.ModuleList(stages(n, 2 * width) for n, width in enumerate(widths))
        self.doubling = nn.ModuleList(Up(b, a) for a, b in pairwise(widths))

    def forward(
        self,
        x: Batch,
        t: Values,
        labels: Labels | None = None,
        context: Context | None = None,
        beside: Images | None = None,
    ) -> Batch:
        """Return the prediction, shaped as images x (b, c, h, w), at times t (b,).

        Raise `InputRefused` where `context` or `beside` come or stay away against what was built,
        where there are not as many pictures beside as images, and where labels are not one an item.
        """
        must_have(self.built, "context", context)
        must_have(self.built, "beside", beside)
        texts = () if context is None else as_texts(context)
        if self.training and self.dropout:
            return self._answer(x, t, labels, beside, *texts)
        return in_parts(self, self._answer, x, t, labels, beside, *texts)

    def _answer(
        self,
        x: Tensor,
        t: Tensor,
        labels: Tensor | None = None,
        beside: Tensor | None = None,
        *parts: Tensor,
    ) -> Tensor:
        texts = TextVectors(*parts) if parts else None
        told = self.told_class(self.tell(self.time(t)), labels, x)
        if texts is not None and self.told_text is not None:
            told = told + self.told_text(texts.pooled)
        seen = x if beside is None else _with_pictures(x, beside)
        h = self.first(self._patched(seen))
        h = self._down_and_up(h, F.silu(told), texts)
        h = self.last(F.silu(self.last_norm(h)))
        return self._pixels(h, x.shape[2:]).float()

    def _down_and_up(self, h: Tensor, told: Tensor, texts: TextVectors | None) -> Tensor:
        beside: list[list[Tensor]] = []
        for level, stages in enumerate(self.down):
            h = self.halving[level - 1](h) if level else h
            beside.append([])
            for stage in stages:  # type: ignore[attr-defined]
                h = stage(h, told, texts)
                beside[-1].append(h)
        h = self.middle(h, told, texts)
        for level, stages in reversed(list(enumerate(self.up))):
            if level < len(self.doubling):
                h = self.doubling[level](h, beside[level][0].shape[2:])
            for stage in stages:  # type: ignore[attr-defined]
                h = stage(torch.cat([h, beside[level].pop()], 1), told, texts)
        return h

    def _patched(self, x: Tensor) -> Tensor:
        """Return squares of pixels as channels, the images padded where they do not fit."""
        patch = self._plan.patch
        if patch > 1:
            below, right = -x.shape[2] % patch, -x.shape[3] % patch
            x = F.pad(x, (0, right, 0, below), mode="replicate") if below or right else x
            x = F.pixel_unshuffle(x, patch)
        return x.contiguous(memory_format=torch.channels_last)

    def _pixels(self, h: Tensor, size: torch.Size) -> Tensor:
        patch = self._plan.patch
        h = F.pixel_shuffle(h, patch) if patch > 1 else h
        return h[..., : size[0], : size[1]].contiguous()

    def as_layers(self) -> Drawing:
        assert self.built is not None
        _must_be_drawn(self.built, self._plan.patch)
        return Drawn(self, FREQUENCIES, HIGHEST).drawing

    def sign(self) -> str:
        return arrows(*self._plan.channels)

    @property
    def _plan(self) -> Plan:
        return PRESETS.get(self.preset, Plan(tuple(self.channels), self.patch))


def _with_pictures(x: Tensor, beside: Tensor) -> Tensor:
    """Return x (b, c, h, w) with the pictures, stretched, as more channels."""
    if len(beside) != len(x):
        raise InputRefused(
            "{beside} must be as many as the pictures, {must}; they are {found}.",
            "Wire pictures of the same batch.",
            must=len(x),
            found=len(beside),
        )
    return torch.cat([x, F.interpolate(beside, x.shape[2:], mode="nearest")], 1)


def _must_be_drawn(built: Mapping[str, Shape], patch: int) -> None:
    """Raise `InputRefused` for what no layer node does: padded sides."""
    if any(side % patch for side in built["x"][1:]):
        raise InputRefused(
            "The sides of these pictures, {found}, are no multiples of the patch, {patch}: the "
            "U-Net pads them, no layer node does.",
            "Resize the pictures.",
            found=built["x"],
            patch=patch,
        )


def _must_be_images(x: Shape) -> None:
    if len(x) != 3:
        raise InputRefused(
            "A U-Net needs pictures: channels, rows, columns; an item here has the shape {found}.",
            "Take a denoiser MLP for points.",
            found=x,
        )


def _must_be_rows(context: Shape | None) -> None:
    if context is not None and len(context) != 2:
        raise InputRefused(
            "A U-Net looks at a context of rows of numbers; an item has the shape {found}.",
            "Take it away, or give rows of numbers.",
            place="context",
            found=context,
        )
