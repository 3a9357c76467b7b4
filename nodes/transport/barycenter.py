"""The Wasserstein barycentre of several laws."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from nodes.base import param
from nodes.errors import InputRefused
from nodes.transport.base import _Entropic, barycentric, rows_of
from nodes.types import Batch, Frame, Many


class WassersteinBarycenter(_Entropic):
    """Find points that lie in the middle of several laws, by the cost of transport to each.

    Fast Computation of Wasserstein Barycenters (Cuturi & Doucet, 2014), arXiv:1310.4375, algorithm
    2 with free points of equal weight.

    `laws`: several sets of items, each (n_k, ...). `barycenter` (count, ...) begins as items taken
    from all of them; each round maps it to every law by an entropic plan and takes the weighted
    mean of the images. The cost is |x - y|^2; epsilon draws the points together a little.
    """

    synonyms = (
        "average of distributions, optimal transport, mean shape, moyenne de lois, transport "
        "optimal"
    )
    title = "Barycenter"
    formula = (
        r"\min_x \sum_k \lambda_k\, W_2^2(x, y_k), \qquad x \leftarrow \sum_k \lambda_k T_k(x)"
    )
    icon = "target"
    returns = "barycenter"

    count: int = param(
        default=256, low=2, high=100_000, unit="items", help="Points of the barycenter."
    )
    rounds: int = param(default=20, low=1, high=10_000, unit="rounds", help="Moves of all points.")
    weights: list[int] | None = param(
        default=None, low=0, high=1_000_000, help="Shares of the laws in proportion; empty: equal."
    )

    def forward(self, laws: Many[Batch]) -> Iterator[Frame[Batch]]:
        """Yield the points (count, ...) after each round.

        Raise `InputRefused` where items of the laws differ in shape, or weights are not one for
        each law.
        """
        shares = self._shares(len(laws))
        shape = laws[0].shape[1:]
        flat = [rows_of(laws[0], law)[1] for law in laws]
        x = _begun(flat, self.count)
        for number in range(1, self.rounds + 1):
            images = (barycentric(self.solve(x, law).plan, law) for law in flat)
            x = torch.stack([s * image for s, image in zip(shares, images, strict=True)]).sum(0)
            yield Frame(number, self.rounds, x.view(-1, *shape))

    def sketch(self, laws: Many[Tensor]) -> Tensor:
        self._shares(len(laws))
        for law in laws:
            rows_of(laws[0], law)
        return laws[0].new_empty(self.count, *laws[0].shape[1:])

    def _shares(self, count: int) -> list[float]:
        given = self.weights or [1] * count
        if len(given) != count or not sum(given):
            raise InputRefused(
                "{weights} must be one for each law, {must}, and not all 0; they are {found}.",
                "Give as many weights as laws are wired, or none.",
                must=count,
                found=" ".join(map(str, given)),
            )
        return [w / sum(given) for w in given]


def _begun(laws: list[Tensor], count: int) -> Tensor:
    """Return items taken evenly from all laws together, (count, d)."""
    pooled = torch.cat(laws)
    return pooled[torch.linspace(0, len(pooled) - 1, count, device=pooled.device).long()].clone()
