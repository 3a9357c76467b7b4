"""The blocks of a U-Net: residual blocks with a time, attention, down- and upsampling.

Plain torch modules, not nodes. Images are (b, c, h, w), what they are told is `told` (b, e).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from nodes.types import TextVectors

LARGEST_HEAD = 32
"""Channels of one head of attention, at most."""


def norm(channels: int, groups: int) -> nn.GroupNorm:
    """Return group normalisation with as many groups as divide the channels, `groups` at most.

    Group Normalization (Wu & He, 2018), arXiv:1803.08494.
    """
    while channels % groups:
        groups -= 1
    return nn.GroupNorm(groups, channels)


def scale_weights(layer: nn.Conv2d, share: float = 0.0) -> nn.Conv2d:
    """Return the layer with this share of its usual first weights: at 0 it adds nothing yet."""
    for weight in layer.parameters():
        weight.detach().mul_(share)
    return layer


class ResidualBlock(nn.Module):
    """Add two convolutions to their input; time and class set a scale and a shift between them.

    Diffusion Models Beat GANs on Image Synthesis (Dhariwal & Nichol, 2021), arXiv:2105.05233.
    """

    def __init__(
        self, inputs: int, outputs: int, told: int, *, groups: int, dropout: float
    ) -> None:
        super().__init__()
        self.first_norm = norm(inputs, groups)
        self.first = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.modulation = nn.Linear(told, 2 * outputs)
        self.second_norm = norm(outputs, groups)
        self.dropout = nn.Dropout(dropout)
        self.second = scale_weights(nn.Conv2d(outputs, outputs, 3, padding=1))
        self.past = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        """Return (b, outputs, h, w) for x (b, inputs, h, w) and told (b, e)."""
        h = self.first(F.silu(self.first_norm(x)))
        scale, shift = self.modulation(told)[:, :, None, None].chunk(2, dim=1)
        h = torch.addcmul(shift, self.second_norm(h), 1 + scale)
        return self.past(x) + self.second(self.dropout(F.silu(h)))


class Attention(nn.Module):
    """Attention of every place of an image to every other, or to the tokens of texts (b, n, d).

    Keys are the tokens in the mask (b, n) and always one row of zeros, which stands for no text.
    Attention Is All You Need (Vaswani et al., 2017), arXiv:1706.03762; on a context as in
    High-Resolution Image Synthesis with Latent Diffusion Models (Rombach et al., 2022),
    arXiv:2112.10752.
    """

    def __init__(self, channels: int, *, groups: int, context: int | None = None) -> None:
        super().__init__()
        self.heads = max(1, channels // LARGEST_HEAD)
        while channels % self.heads:
            self.heads -= 1
        self.norm = norm(channels, groups)
        self.query = nn.Linear(channels, channels)
        self.key_value = nn.Linear(context or channels, 2 * channels)
        self.out = scale_weights(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor, texts: TextVectors | None = None) -> Tensor:
        """Return x (b, c, h, w) plus what its places find, in x itself or in texts of n tokens."""
        places = self.norm(x).flatten(2).transpose(1, 2)  # (b, h w, c)
        q = self._by_head(self.query(places))
        seen = places if texts is None else F.pad(texts.tokens, (0, 0, 1, 0))
        mask = None if texts is None else F.pad(texts.mask, (1, 0), value=True)[:, None, None]
        k, v = map(self._by_head, self.key_value(seen).chunk(2, dim=2))
        found = attended(q, k, v, mask)  # (b, heads, h w, c / heads)
        return x + self.out(found.transpose(2, 3).reshape(x.shape))

    def _by_head(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


def attended(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
    """Return what each query finds, (b, heads, n, d), where the mask is True or there is none.

    In float32 at least where a CPU computes it: torch's own backward in bfloat16 takes five times
    as long there.
    """
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, mask)
    wide = torch.promote_types(q.dtype, torch.float32)
    with torch.autocast("cpu", enabled=False):
        return F.scaled_dot_product_attention(q.to(wide), k.to(wide), v.to(wide), mask)


class Stage(nn.Module):
    """A residual block, followed by attention where there is some, and by a look at a context."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        *,
        told: int,
        groups: int,
        dropout: float,
        attends: bool,
        context: int | None,
    ) -> None:
        super().__init__()
        self.block = ResidualBlock(inputs, outputs, told, groups=groups, dropout=dropout)
        self.attention = Attention(outputs, groups=groups) if attends else None
        looks = attends and context is not None
        self.look = Attention(outputs, groups=groups, context=context) if looks else None

    def forward(self, x: Tensor, told: Tensor, texts: TextVectors | None) -> Tensor:
        """Return (b, outputs, h, w) for x (b, inputs, h, w), told (b, e) and perhaps texts."""
        x = self.block(x, told)
        if self.attention is not None:
            x = self.attention(x)
        return x if self.look is None else self.look(x, texts)


class Up(nn.Module):
    """Double rows and columns to those of `beside`, which may be odd, and join both."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.change = nn.Conv2d(inputs, outputs, 3, padding=1)  # before: a quarter of the work

    def forward(self, x: Tensor, size: torch.Size) -> Tensor:
        """Return (b, outputs, *size) for x (b, inputs, h, w), each pixel repeated 2 x 2 times."""
        h = F.interpolate(self.change(x), scale_factor=2.0, mode="nearest")
        return h[..., : size[0], : size[1]]
