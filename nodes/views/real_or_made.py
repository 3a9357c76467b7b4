"""A blind test of real and generated pictures."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.types import Figure, Images
from nodes.views.image_grid import Scale, limits_of, scale_param, to_bytes


class RealOrMade(Node):
    """Show real and made pictures mixed, for a person to sort: quality judged by eye.

    Half of the pictures of a test are of each. Press R or click the left half of a picture that
    seems real, M or the right half of one that seems made; when all are sorted, the share right and
    its standard error are shown and kept in the run. A share of one half is that of guessing: the
    made pictures then cannot be distinguished from the data.
    """

    synonyms = (
        "blind test, turing test, subjective quality, human evaluation, real or fake, guess, "
        "test à l'aveugle, qualité subjective, vrai ou faux"
    )
    title = "Real or made?"
    icon = "scan-eye"
    role = "view"
    figure = "blind"

    count: int = param(
        default=24, low=2, high=96, unit="images", help="Pictures of a test, half of them real."
    )
    tests: int = param(default=4, low=1, high=16, help="Tests that one figure holds, at most.")
    seed: int = param(default=0, low=0, help="Seed of which pictures are taken, and their order.")
    scale: Scale = scale_param()

    def forward(self, real: Images, made: Images) -> Figure:
        """Return a figure `blind`: bytes (n, c, h, w) in mixed order, and which are real, (n,).

        Raise `InputRefused` where both kinds differ in shape.
        """
        self.sketch(real, made)
        half = min(max(self.count // 2, 1), len(real), len(made))
        tests = min(self.tests, len(real) // half, len(made) // half)
        generator = torch.Generator().manual_seed(self.seed)
        both = torch.cat([_drawn(v, half * tests, generator) for v in (real, made)])
        low, high = limits_of(both, self.scale)
        order = torch.cat([_mixed(test, half, tests, generator) for test in range(tests)])
        arrays = {"images": to_bytes(both, low, high)[order], "real": order < half * tests}
        return Figure("blind", arrays, {"count": 2 * half})

    def sketch(self, real: Tensor, made: Tensor) -> None:
        """Refuse pictures of two shapes: they could be told apart by it."""
        if real.shape[1:] != made.shape[1:]:
            must, found = (" ".join(map(str, v.shape[1:])) for v in (real, made))
            raise InputRefused(
                "{made} must have the shape of {real}, {must}; it has {found}.",
                "Wire pictures of one size to both.",
                must=must,
                found=found,
            )


def _drawn(images: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Return so many of the images, drawn without putting back."""
    places = torch.randperm(len(images), generator=generator)[:count]
    return images[places.to(images.device)].float().cpu()


def _mixed(test: int, half: int, tests: int, generator: torch.Generator) -> Tensor:
    """Return the places of a test's pictures, real ones first in `half * tests`, in their order."""
    real = torch.arange(half) + test * half
    return torch.cat([real, real + half * tests])[torch.randperm(2 * half, generator=generator)]
