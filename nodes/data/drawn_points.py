"""Points that the user draws by hand, as data."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from nodes.base import param
from nodes.data.toys import Mixture, Toy, spread
from nodes.errors import ParamRefused

MANY = 40
"""Modes from which the entropy is summed on one grid, no longer around each of them."""
WAVE = [n for x in range(-20, 21) for n in (x / 10, round((x / 10) * (abs(x) / 10 - 1.2), 3))]
"""A curve of 41 points, to begin with: x1 y1 x2 y2 and so on."""


class DrawnPoints(Mixture):
    """Draw from narrow Gaussians around points drawn by hand.

    Points (b, 2), labels all 0 (b,). The drawing is a part of the graph: its numbers are kept in
    the file. As each point is the centre of a Gaussian, the density is known.
    """

    synonyms = (
        "draw, sketch, own data, hand, custom points, toy data, dataset, dessiner, dessin, "
        "propres données, à la main, jeu de données"
    )
    title = "Drawn points"
    icon = "pencil"
    formula = r"p(x) = \tfrac{1}{n} \sum_{i=1}^{n} \mathcal{N}(x;\, c_i, \sigma^2 I)"

    points: list[float] = param(
        default=WAVE,
        low=-1e3,
        high=1e3,
        help="The two coordinates of one point after another. In Play they are drawn with the "
        "mouse.",
    )
    sd: float = spread(0.05, title="SD", help="Standard deviation around each point.")

    def centres(self) -> Tensor:
        """Return the points that were drawn, (n, 2).

        Raise `ParamRefused` where a point lacks its second number.
        """
        if len(self.points) % 2:
            raise ParamRefused(
                "{points} must hold two numbers for each point; it holds {count}.",
                "Add a number, or remove one.",
                place="points",
                count=len(self.points),
            )
        return torch.tensor(self.points).view(-1, 2)

    def item_shape(self) -> tuple[int, ...]:
        """Return (2,); raise `ParamRefused` where a point lacks its second number."""
        return tuple(self.centres().shape[1:])

    def draw(self, count: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Return points (count, 2) and labels (count,), all 0."""
        points, which = super().draw(count, generator)
        return points, torch.zeros_like(which)

    def peek_classes(self) -> list[str]:
        return []

    def entropy(self) -> float:
        """Return the entropy in nats, by quadrature on a grid where there are many points."""
        return super().entropy() if len(self.points) <= 2 * MANY else Toy.entropy(self)
