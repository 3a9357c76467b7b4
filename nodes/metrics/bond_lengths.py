"""The error of distances in molecules against known ones."""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.metrics.gathering import count_param, rewind
from nodes.molecules.base import distances
from nodes.sentences import Part, Word
from nodes.types import Measured, Molecules, Shape, Stream

Measure = Literal["bonds", "1-3 distances"]


class BondLengths(Node):
    """Count the distances of a molecule's atoms that are as in the molecule it was made for.

    GeoDiff (Xu et al., 2022), arXiv:2203.02923, for the task.

    `made` and `target` are the same molecules, atom by atom, in two shapes. Compared are the
    lengths of the target's bonds and the distances of atoms that share a neighbour, which determine
    the angles. Both hardly differ between the shapes that a molecule can take; longer distances do.
    `items` counts distances.
    """

    title = "Bond lengths"
    formula = r"\frac{1}{n} \sum_{ij} 1\!\left[\left| d_{ij} - d^*_{ij} \right| < \delta\right]"
    icon = "ruler"
    role = "metric"
    better = "more"
    synonyms = "conformer quality, geometry, angles, rmsd, longueurs de liaison, conformère"

    measure: Measure = param(default="bonds", help="Which distances are the value.")
    within: float = param(
        default=0.1, low=1e-4, high=10.0, unit="Å", help="How far a distance may be off."
    )
    count: int = count_param(1000, help="Molecules that are compared, at most.")

    def forward(self, made: Stream[Molecules], target: Stream[Molecules]) -> Measured:
        """Return the share of distances that are off by less than `within` ångström.

        Raise `InputRefused` where both streams do not hold the same molecules.
        """
        rewind(made, self.count)
        rewind(target, self.count)
        errors: dict[str, list[Tensor]] = {"bonds": [], "1-3 distances": []}
        seen = 0
        for found, wanted in zip(made, target, strict=False):
            must_be_alike(found, wanted)
            for name, values in distance_errors(found, wanted).items():
                errors[name].append(values)
            seen += wanted.shape[0]
            if seen >= self.count:
                break
        return self._told({name: torch.cat(parts) for name, parts in errors.items()})

    def _told(self, errors: dict[str, Tensor]) -> Measured:
        shares = {n: float((e < self.within).double().mean()) for n, e in errors.items() if len(e)}
        value, count = shares.pop(self.measure, 0.0), len(errors[self.measure])
        error = math.sqrt(value * (1 - value) / max(1, count))
        closer = float((errors["bonds"] < self.within / 2).double().mean())
        others = {"error": error, **shares, "bonds within half": closer, "items": float(count)}
        return Measured(value, others)

    def sketch(self, made: Stream[Any], target: Stream[Any]) -> None:
        """Refuse molecules with different numbers of places."""
        for found, wanted in zip(made, target, strict=False):
            must_be_alike(found, wanted)

    def sign(self) -> Part:
        return Word(self.measure)


def distance_errors(found: Molecules, wanted: Molecules) -> dict[str, Tensor]:
    """Return how far distances are off in ångström: of bonds, (k,), and of 1-3 pairs, (l,).

    A 1-3 pair are two atoms that share a neighbour.

    Both molecules are (b, n) with the same atoms.
    """
    error = (distances(found.positions) - distances(wanted.positions)).abs()
    bonds = (wanted.bonds > 0) & wanted.pairs
    two = (bonds.float() @ bonds.float() > 0) & ~bonds & wanted.pairs
    upper = torch.ones_like(bonds).triu(1)
    return {"bonds": error[bonds & upper], "1-3 distances": error[two & upper]}


def must_be_alike(found: Molecules, wanted: Molecules) -> None:
    """Raise `InputRefused` where molecules are not the same ones."""
    if found.shape != wanted.shape:
        raise InputRefused(
            "{made} must be the molecules of {target}, {must}; they are {found}.",
            "Wire the molecules from which these were made.",
            must=Shape(wanted.shape),
            found=Shape(found.shape),
        )
