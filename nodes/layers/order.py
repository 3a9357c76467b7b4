"""Layers that write the same numbers in another order, or in two parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.layers.base import AXES, Along, along_param, must_be_maps, must_have_rows
from nodes.layers.notation import Pattern, must_have_lengths, pattern_of, sizes_of
from nodes.layers.sides import gathered, must_divide_sides, spread
from nodes.networks.blocks import arrows
from nodes.sentences import Part
from nodes.types import Audio, Batch, Images, Range, Rows, Shape


class Parts(NamedTuple):
    """The first and the second part of a batch."""

    first: Batch
    second: Batch


class SplitChannels(Node):
    """Cut channels or features into two parts.

    `x` (b, c, …) gives `first` with `size` channels, and `second` with the rest: a gate and what it
    lets through, a mean and a spread.
    """

    synonyms = "split, chunk, slice, halves, gate, glu, couper, moitiés, découper, partager"
    title = "Split channels"
    formula = r"(x_1, \dots, x_s),\ (x_{s + 1}, \dots, x_c)"
    icon = "scissors"

    along: Along = along_param("What is cut.")
    size: int | None = param(
        default=None,
        settles="sizes",
        low=1,
        high=1_000_000,
        help="Channels of the first part; empty: half of them.",
        larger="more goes into the first part",
        smaller="more goes into the second part",
    )

    def forward(self, x: Batch) -> Parts:
        """Return both parts of x (b, c, …).

        Raise `InputRefused` where the first would be all, or halves are asked of an odd number.
        """
        must_have_rows(Shape(x.shape[1:]))
        axis = AXES[self.along]
        all_ = x.shape[axis]
        size = self.size or self._half(all_)
        self._must_leave(size, all_)
        return Parts(x.narrow(axis, 0, size), x.narrow(axis, size, all_ - size))

    def _half(self, all_: int) -> int:
        if all_ % 2:
            raise InputRefused(
                "{x} must have an even number of channels to be cut in halves; it has {found}.",
                "Set {size} to that of the first part.",
                place="x",
                found=all_,
            )
        return all_ // 2

    def _must_leave(self, size: int, all_: int) -> None:
        if size >= all_:
            raise InputRefused(
                "{x} must have more than the {must} channels of the first part; it has {found}.",
                "Set {size} to fewer.",
                place="x",
                must=size,
                found=all_,
            )

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"first": x, "second": x} if x else {}


class Transpose(Node):
    """Exchange the last two axes: channels of sound for rows of vectors, or back.

    `x` (b, c, t) gives `y` (b, t, c). Attention and Linear take rows b t c, Convolution channels
    b c t.
    """

    synonyms = "swap axes, permute, mT, channels last, transposer, permuter, échanger les axes"
    formula = r"y_{t c} = x_{c t}"
    icon = "arrow-left-right"
    returns = "y"

    def forward(self, x: Rows | Audio) -> Batch:
        """Return x (b, c, t) as (b, t, c), a view."""
        must_have_three(x)
        return x.mT

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}


class Pack(Node):
    """Put neighbours of a batch together as one item, so that a critic judges several at once.

    PacGAN: The power of two samples in generative adversarial networks (Lin et al., 2018),
    arXiv:1712.04086.

    `x` (b, c, …) gives `y` (b / pack, pack c, …): their channels in a row. What is left over of a
    batch is not seen.
    """

    synonyms = "pacgan, packing, group items, mode collapse, paquet, empaqueter, regrouper"
    title = "Pack items"
    formula = r"y_i = (x_{m i}, \dots, x_{m i + m - 1})"
    icon = "package"
    returns = "y"

    pack: int = param(
        default=2,
        low=2,
        high=64,
        unit="items",
        help="Items put together.",
        larger="a generator that repeats itself is found out sooner; fewer scores a batch",
        smaller="nearer to a judgement of each item alone",
    )

    def forward(self, x: Batch) -> Batch:
        """Return the packs (b // pack, pack c, …) of x (b, c, …). Refuse fewer items than one."""
        must_have_rows(Shape(x.shape[1:]))
        return packs(x, self.pack)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> str:
        return f"{self.pack} ×"


class ShiftSamples(Node):
    """Move sound by a few samples at random while the network learns: a critic's phase shuffle.

    Adversarial Audio Synthesis (Donahue, McAuley & Puckette, 2019), arXiv:1802.04208.

    `x` (b, c, t) keeps its shape; all of a batch is moved alike, and mirrored at the ends. In tests
    it goes through as it is. Transposed convolutions leave a tone of constant phase, which alone
    would reveal generated sounds.
    """

    synonyms = "phase shuffle, wavegan, jitter, shift, translate, décalage, décaler, phase"
    title = "Phase shuffle"
    formula = r"y_i = x_{i - s}, \qquad s \in \{-n, \dots, n\}"
    icon = "shuffle"
    returns = "y"
    drawn = True

    most: int = param(
        default=2,
        low=1,
        high=1000,
        unit="samples",
        title="At most n",
        help="How far it is moved at most.",
        larger="the phase says less; the critic sees less sharply",
        smaller="nearer to no shuffle",
    )

    def forward(self, x: Audio) -> Audio:
        """Return x (b, c, t), while training moved by one random number of samples for all."""
        must_have_three(x)
        if not self.training:
            return x
        by = torch.randint(-self.most, self.most + 1, (1,), device=x.device)
        return shift_mirrored(x, by)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> str:
        return f"± {self.most}"


class Patches(Node):
    """Cut pictures into square patches, or sound into pieces, each a row of numbers.

    An Image is Worth 16x16 Words (Dosovitskiy et al., 2021), arXiv:2010.11929.

    `x` (b, c, h, w) gives `y` (b, n, d) with n = h w / side² patches of d = c side² numbers, row by
    row; sound (b, c, t) gives t / side pieces of c side numbers. A Linear behind it makes tokens.
    """

    synonyms = "patchify, vision transformer, vit, dit, tokens, unfold, découper, morceaux, pavés"
    formula = r"y_{(i, j)} = (x_{c,\, s i + k,\, s j + l})_{c, k, l}"
    icon = "grid-3x3"
    returns = "y"

    side: int = param(
        default=4,
        settles="sizes",
        low=1,
        high=4096,
        help="Rows and columns of a patch, or samples of a piece.",
        larger="fewer rows: quicker, with less detail",
        smaller="more rows: attention takes the square of their number",
    )

    def forward(self, x: Images | Audio) -> Rows:
        """Return the patches (b, n, d) of x. Refuse sides that are no multiples of `side`."""
        must_be_maps(x)
        must_divide_sides(x, self.side)
        return gathered(x, self.side).flatten(2).mT

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> str:
        return f"{self.side} × {self.side}"


class Unpatch(Node):
    """Put patches together to pictures, or pieces to sound: the inverse of Patches.

    An Image is Worth 16x16 Words (Dosovitskiy et al., 2021), arXiv:2010.11929.

    `x` (b, n, c side²) gives `y` (b, c, h, w), patches row by row; of sound (b, n, c side) gives
    (b, c, n side).
    """

    synonyms = "unpatchify, fold, vision transformer, assembler, recoller, recomposer"
    formula = r"y_{c,\, s i + k,\, s j + l} = x_{(i, j),\, (c, k, l)}"
    icon = "grid-2x2"
    returns = "y"

    side: int = param(
        default=4,
        settles="sizes",
        low=1,
        high=4096,
        help="Rows and columns of a patch, or samples of a piece.",
    )
    into: Literal["pictures", "sound"] = param(default="pictures", help="What is put together.")
    rows: int | None = param(
        default=None,
        settles="sizes",
        low=1,
        high=65_536,
        help="Patches from top to bottom; empty: as many as from left to right.",
    )

    def forward(self, x: Rows) -> Batch:
        """Return the pictures (b, c, h, w), or sound (b, c, t), of patches x (b, n, d).

        Raise `InputRefused` where patches fill no rectangle, or have no whole number of channels.
        """
        must_have_three(x)
        places = self.side ** (1 if self.into == "sound" else 2)
        self._must_have_channels(x, places)
        if self.into == "sound":
            return spread(x.mT, self.side)
        rows = self.rows or round(x.shape[1] ** 0.5)
        self._must_fill(x, rows)
        return spread(x.mT.unflatten(2, (rows, -1)), self.side)

    def _must_have_channels(self, x: Tensor, places: int) -> None:
        if x.shape[-1] % places:
            raise InputRefused(
                "{x} must have rows of a multiple of {must} numbers, one a pixel of a patch; they "
                "have {found}.",
                "Put a Linear before it, with as many outputs as a patch has numbers.",
                place="x",
                must=places,
                found=x.shape[-1],
            )

    def _must_fill(self, x: Tensor, rows: int) -> None:
        n = x.shape[1]
        if n % rows or (self.rows is None and rows * rows != n):
            raise InputRefused(
                "{found} patches fill no rectangle of {must} rows.",
                "Set {rows} to a divisor of {found}.",
                place="x",
                must=rows,
                found=n,
            )

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> str:
        return f"{self.side} × {self.side}"


class Rearrange(Node):
    """Name the axes, and write them in another order, joined or taken apart.

    Einops: Clear and Reliable Tensor Manipulations with Einstein-like Notation (Rogozhnikov, 2022),
    https://openreview.net/forum?id=oapKSVM2bcj.

    `b c (h p) (w q) -> b (h w) (p q c)` cuts pictures into patches of p × q, with the sizes
    `p=4 q=4`; `...` stands for any axes. The first axis is the batch and stays.
    """

    synonyms = "einops, permute, reshape, transpose, view, einsum, réarranger, permuter, axes"
    formula = r"y_{b\,(h w)\,c} = x_{b\,c\,h\,w}"
    icon = "shuffle"
    returns = "y"

    pattern: str = param(
        default="b c h w -> b (h w) c",
        help="The axes of x, an arrow, and the axes of y; those in parentheses are joined.",
    )
    sizes: str = param(default="", help="Sizes of axes that x does not tell, as p=4 q=4.")

    def forward(self, x: Batch) -> Batch:
        """Return the numbers of x in the order of the pattern.

        Raise `ParamRefused` where the pattern cannot be read, `InputRefused` where x does not have
        its axes.
        """
        pattern = pattern_of(self.pattern)
        lengths = must_have_lengths(pattern, sizes_of(self.sizes), Shape(x.shape))
        return rearranged(x, pattern, lengths)

    def ranges(self, x: Range | None = None, **_: Range | None) -> Mapping[str, Range]:
        return {"y": x} if x else {}

    def sign(self) -> Part:
        before, _, after = self.pattern.partition("->")
        return arrows(before.strip(), after.strip())


def rearranged(x: Tensor, pattern: Pattern, lengths: Mapping[str, int]) -> Tensor:
    """Return x with its axes taken apart, ordered and joined."""
    left, right = (pattern.spelled(side, x.dim()) for side in (pattern.left, pattern.right))
    single = [name for group in left for name in group]
    target = [name for group in right for name in group]
    apart = x.reshape([lengths[name] for name in single])
    ordered = apart.permute([single.index(name) for name in target])
    joined = [Shape(lengths[name] for name in group).numel for group in right]
    return ordered.reshape(joined)


def must_have_three(x: Tensor) -> None:
    """Raise `InputRefused` where x is no batch of rows of vectors."""
    if x.dim() != 3:
        raise InputRefused(
            "{x} must have three axes, as rows of vectors b n d have; it has {found}.",
            "Patches or Rearrange make rows of pictures.",
            place="x",
            found=x.dim(),
        )


def packs(x: Tensor, size: int) -> Tensor:
    """Return x (b, c, ...) as (b // size, size c, ...), neighbours together, without the rest.

    Raise `InputRefused` where there are fewer than `size` items.
    """
    count = len(x) // size
    if not count:
        raise InputRefused(
            "{x} must hold at least {size} items to make a pack; it holds {count}.",
            "Raise the batch of the data, or lower {pack}.",
            size=size,
            count=len(x),
        )
    return x[: count * size].reshape(count, size * x.shape[1], *x.shape[2:])


def shift_mirrored(x: Tensor, by: Tensor) -> Tensor:
    """Return x (b, c, t) with sample n - by in the place of n; ends are mirrored."""
    last = x.shape[2] - 1
    place = (torch.arange(last + 1, device=x.device) - by).abs()
    return x.index_select(2, (last - (last - place).abs()).clamp_min(0))
