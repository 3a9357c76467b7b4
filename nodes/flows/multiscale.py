"""The multi-scale architecture: pixels become channels, and channels are factored out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.base import param
from nodes.errors import InputRefused
from nodes.flows.base import Bijection, FlowStep, Layer, State, must_be_images
from nodes.types import Shape


class SqueezeMap(Bijection):
    """Write blocks of 2 x 2 pixels as four channels. Nothing is scaled: log|det| is 0."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return (b, c, h, w) as (b, 4 c, h / 2, w / 2), and log|det| = 0, ()."""
        return F.pixel_unshuffle(x, 2), x.new_zeros(())

    def inverse(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return (b, 4 c, h, w) as (b, c, 2 h, 2 w), and log|det| = 0, ()."""
        return F.pixel_shuffle(z, 2), z.new_zeros(())


class Squeeze(Layer):
    """Make four channels of each pixel's 2 x 2 block: seen from noise, images double their sides.

    Density estimation using Real NVP (Dinh, Sohl-Dickstein & Bengio, 2017), section 3.6,
    arXiv:1605.08803.

    On the way from noise to data (c, h, w) becomes (c / 4, 2 h, 2 w); layers before it see many
    channels and few pixels. c must be a multiple of 4.
    """

    synonyms = "space to depth, multiscale, glow, multi-échelle"
    formula = r"(c, h, w) \leftarrow \left(\tfrac{c}{4}, 2h, 2w\right)"
    icon = "grid-2x2"

    def steps(self, shape: Shape) -> Sequence[FlowStep]:
        """Return the one step, which has no weights."""
        return [SqueezeMap()]

    def shape_after(self, shape: Shape) -> Shape:
        """Return (c / 4, 2 h, 2 w) for (c, h, w).

        Raise `InputRefused` where items are no images, or c is no multiple of 4.
        """
        must_be_images(shape, "Squeeze")
        channels, height, width = shape
        if channels % 4:
            raise InputRefused(
                "Squeeze needs a multiple of four channels; there are {channels}.",
                "Give the base four times the channels that the images shall have.",
                channels=channels,
            )
        return Shape((channels // 4, 2 * height, 2 * width))

    def sign(self) -> str:
        return "c h w → c/4 2h 2w"


class SplitStep(FlowStep):
    """Set half of the channels aside, standardised by what a convolution foretells of them."""

    def __init__(self, shape: Shape, learned: bool) -> None:
        super().__init__()
        self.shape, self.parks = shape, shape.numel
        self.foretell = nn.Conv2d(shape[0], 2 * shape[0], 3, padding=1) if learned else None
        if self.foretell is not None:
            nn.init.zeros_(self.foretell.weight)
            nn.init.zeros_(self.foretell.bias)  # type: ignore[arg-type]

    def to_noise(self, state: State) -> State:
        """Keep the first half of the channels, (b, c, h, w) → (b, c / 2, h, w), and park the other.

        log|det| grows by minus the sum of the log-deviations that the first half foretells.
        """
        kept, aside = state.h.chunk(2, 1)
        mean, log_sd = self._law(kept)
        z = ((aside - mean) * (-log_sd).exp()).flatten(1)
        return State(kept, state.log_det - log_sd.flatten(1).sum(1), (z, *state.parked))

    def to_data(self, state: State) -> State:
        """Undo `to_noise`: (b, c, h, w) → (b, 2 c, h, w), with the first of what is parked."""
        first, *rest = state.parked
        mean, log_sd = self._law(state.h)
        aside = mean + first.reshape(-1, *self.shape) * log_sd.exp()
        log_det = state.log_det + log_sd.flatten(1).sum(1)
        return State(torch.cat([state.h, aside], 1), log_det, tuple(rest))

    def _law(self, kept: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-sd of what leaves, given what stays."""
        if self.foretell is None:
            return torch.zeros_like(kept), torch.zeros_like(kept)
        mean, log_sd = self.foretell(kept).chunk(2, 1)
        return mean, 2 * torch.tanh(log_sd / 2)


class Split(Layer):
    """Let half of the channels go to noise here: seen from noise, as many fresh ones join.

    Glow: Generative Flow with Invertible 1x1 Convolutions (Kingma & Dhariwal, 2018),
    arXiv:1807.03039.

    On the way from noise to data (c, h, w) becomes (2 c, h, w). What leaves is no further worked
    on, which makes deep flows on images affordable; its law may depend on what stays. In z its
    numbers follow those of the base.
    """

    synonyms = "multiscale, multi-scale, glow, factor out, multi-échelle"
    formula = r"p(x) = p(h)\; \mathcal{N}\left(v;\, \mu(h), \sigma^2(h)\right),\quad x = (h, v)"
    icon = "split"

    learned: bool = param(
        default=True,
        title="Learned law",
        help="Let a convolution foretell mean and deviation of what leaves; else N(0, I).",
    )

    def build(self, flow: Shape) -> None:
        must_be_images(flow, "Split")
        self.step_aside = SplitStep(flow, self.learned)

    def steps(self, shape: Shape) -> Sequence[FlowStep]:
        """Return the step that `build` made."""
        return [self.step_aside]

    def shape_after(self, shape: Shape) -> Shape:
        """Return (2 c, h, w) for (c, h, w)."""
        channels, height, width = shape
        return Shape((2 * channels, height, width))
