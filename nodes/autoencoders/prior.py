"""The prior over the latent space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from torch import Tensor

from nodes.base import EVERY, Source, param
from nodes.sentences import Part, Word, listed, say
from nodes.types import SIGNED, Batch, Labels, Points, Range


class Prior(Source):
    """Draw latent points from a simple law: what a decoder or a generator starts from.

    Auto-Encoding Variational Bayes (Kingma & Welling, 2014), arXiv:1312.6114.

    `z` (count, latent): standard normal, or uniform on [-1, 1]. Where a batch is wired to
    `as_many_as`, the count is that batch's. With a seed it is the same at each pull, so that
    pictures of different steps compare.
    """

    synonyms = (
        "noise, latent noise, gaussian noise, normal, random z, latent, bruit, bruit gaussien, "
        "normale, aléatoire, hasard, a priori"
    )
    formula = r"z \sim \mathcal{N}(0, I)"
    icon = "dices"
    unreached = EVERY
    returns = "z"

    latent: int = param(
        default=2,
        settles="sizes",
        low=1,
        high=65536,
        unit="dims",
        title="Latent size",
        help="Size of one z.",
    )
    count: int = param(
        default=64,
        low=1,
        high=1_000_000,
        unit="points",
        help="How many at once.",
        larger="more samples to see, more to compute",
        smaller="fewer, quicker",
    )
    law: Literal["normal", "uniform"] = param(
        default="normal", help="Standard normal, or uniform on [-1, 1]."
    )
    seed: int | None = param(
        default=None, low=0, high=2**31 - 1, help="Fix the points; empty draws fresh ones."
    )
    alike: bool = param(
        default=False,
        title="Same noise",
        help="Draw one point and give it each time, so that pictures differ by what is told alone.",
    )

    def forward(self, as_many_as: Batch | Labels | None = None) -> Points:
        """Return points (count, latent); `as_many_as` (b, ...) makes the count its b."""
        count = self.count if as_many_as is None else as_many_as.shape[0]
        if self.seed is None:
            return self._draw(count, None, self.device)
        generator = torch.Generator().manual_seed(self.seed)
        return self._draw(count, generator, torch.device("cpu")).to(self.device)

    def _draw(self, count: int, generator: torch.Generator | None, device: torch.device) -> Tensor:
        size = (min(count, 1) if self.alike else count, self.latent)
        if self.law == "normal":
            z = torch.randn(size, generator=generator, device=device)
        else:
            z = 2 * torch.rand(size, generator=generator, device=device) - 1
        return z.expand(count, -1).contiguous() if self.alike else z

    def sketch(self, as_many_as: Tensor | None = None) -> Tensor:
        count = self.count if as_many_as is None else as_many_as.shape[0]
        return torch.empty(count, self.latent, device=self.device)

    def ranges(self, **_: Range | None) -> Mapping[str, Range]:
        return {"z": SIGNED} if self.law == "uniform" else {}

    def sign(self) -> Part:
        seed = [] if self.seed is None else [say("seed {seed}", seed=str(self.seed))]
        return listed([Word(self.law), *seed])
