"""The score and the gradient of a critic over the plane."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.sentences import say
from nodes.types import Critic, Figure, Points, Stream
from nodes.views.base import FEW, plane_of
from nodes.views.density import first_of

MARGIN = 0.15
"""Room around the points, as a share of their range."""


class CriticField(Node):
    """Show a critic's scores over the plane, real and fake points, and where fakes are pushed.

    The Numerics of GANs (Mescheder, Nowozin & Geiger, 2017), arXiv:1705.10461.

    The background is the score minus the mean score of real and fake points: above zero, a point is
    judged real. Arrows show its gradient, the way in which a generator moves its points, their
    lengths relative to each other. A critic that judges packs sees each place packed with real
    points.
    """

    synonyms = (
        "discriminator view, decision boundary, gan, gradient, frontière de décision, "
        "discriminateur"
    )
    title = "Critic field"
    formula = r"\dot{x} \propto \nabla_x s_\phi(x), \quad x = G_\theta(z)"
    icon = "wind"
    role = "view"
    figure = "field"

    count: int = param(
        default=600, low=0, high=20_000, unit="points", help="Most real and fake points drawn."
    )
    arrows: int = param(default=22, low=2, high=100, unit="arrows", help="Arrows along one side.")
    cells: int = param(default=110, low=2, high=512, unit="cells", help="Cells along one side.")
    span: float | None = param(
        default=None,
        low=1e-3,
        high=1e4,
        help="The map reaches from -span to span; empty: as far as the real points do, "
        "farther where they are few.",
    )

    def forward(self, critic: Critic, real: Stream[Points], fake: Stream[Points]) -> Figure:
        """Return a figure `field`: scores over the plane, their gradients, real and fake points.

        Raise `InputRefused` where points do not lie in the plane.
        """
        x, y = first_of(real, max(self.count, FEW)), first_of(fake, max(self.count, FEW))
        middle, gap = _middle(critic, x, y)
        low, high = self._extent(x)
        scores = _scores(critic, _grid(low, high, self.cells), x)
        at = _grid(low, high, self.arrows)
        gradient = _gradient(critic, at, x)
        u, v = gradient.view(self.arrows, self.arrows, 2).unbind(2)
        lines = at.view(self.arrows, self.arrows, 2)
        arrays: dict[str, Any] = {"x": lines[0, :, 0], "y": lines[:, 0, 1], "u": u, "v": v}
        arrays["density"] = (scores - middle).view(self.cells, self.cells)
        arrays |= {"points": x[: self.count], "generated": y[: self.count]}
        subtitle = say("real {gap} above fake", gap=round(gap, 2)) if self.count else ""
        return Figure("field", arrays, {"map": "diverging", "equal": True, "subtitle": subtitle})

    def sketch(self, critic: Critic, real: Stream[Tensor], fake: Stream[Tensor]) -> None:
        """Refuse what does not lie in a plane."""
        for points in (*real, *fake):
            if points.shape[1] != 2:
                raise InputRefused(
                    "{points} must lie in the plane; they have {found} dimensions.",
                    "Look at samples as pictures instead.",
                    found=points.shape[1],
                )

    def _extent(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if self.span is not None:
            return x.new_full((2,), -self.span), x.new_full((2,), self.span)
        return plane_of(x, MARGIN)


def _middle(critic: Critic, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Return the score halfway between real and fake points, and how far apart these are."""
    real, fake = critic(x).mean().item(), critic(y).mean().item()
    return (real + fake) / 2, real - fake


def _grid(low: Tensor, high: Tensor, side: int) -> Tensor:
    """Return the middles of side x side cells, row by row from the lowest, (side^2, 2)."""
    share = (torch.arange(side, device=low.device) + 0.5) / side
    x, y = (low + (high - low) * share[:, None]).unbind(1)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), 2).view(-1, 2)


def _scores(critic: Critic, at: Tensor, real: Tensor) -> Tensor:
    """Return the score of each place, with real points to fill packs."""
    companions = getattr(critic, "pack", 1) - 1
    drawn = torch.randint(len(real), (len(at), companions), device=at.device)
    packs = torch.cat([at[:, None], real[drawn]], 1)  # (n, pack, 2)
    return critic(packs.view(-1, 2))


def _gradient(critic: Critic, at: Tensor, real: Tensor) -> Tensor:
    """Return the gradient of the score at each place, with real points to fill packs."""
    with torch.enable_grad():
        x = at.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(_scores(critic, x, real).sum(), x)
    return gradient
