"""Molecules in space."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.molecules.atoms import NUMBERS
from nodes.molecules.table import bonded
from nodes.sentences import Part, say
from nodes.types import Figure, Molecules, Path, Shape
from nodes.views.base import state_at


class MoleculeView(Node):
    """Show molecules in space: drag to turn them; with a path, on their way from noise.

    Atomic Models (Corey & Pauling, 1953), doi:10.1063/1.1770803, for atoms as coloured balls.

    Atoms are coloured by element: oxygen red, nitrogen blue, fluorine green, carbon grey. Bonds are
    those of the molecules where they are known. With a `path` of their atoms (s, b, n, 3), or of
    points (s, b, 3 n), `at` goes through it, 0 the start and 1 the end, and bonds on the way are
    found from distances.
    """

    synonyms = "3d structure, ball and stick, conformer, atoms, structure 3d, molécule, atomes"
    title = "Molecule"
    formula = r"x \in \mathbb{R}^{n \times 3}"
    icon = "hexagon"
    role = "view"
    figure = "molecules"

    count: int = param(
        default=6, low=1, high=100, unit="molecules", help="Molecules shown at most."
    )
    at: float = param(
        default=1.0,
        low=0.0,
        high=1.0,
        slider=True,
        help="How far on the path: 0 the start, 1 the end.",
    )
    caption: str = param(default="", help="Words beside the title; empty says what is shown.")

    def forward(self, molecules: Molecules, path: Path | None = None) -> Figure:
        """Return a figure `molecules`: atoms of all molecules in one list, sizes, and bonds.

        Positions (atoms, 3) in ångström. Raise `InputRefused` where the path is of other atoms.
        """
        shown = Molecules(*(part[: self.count].detach() for part in molecules))
        if path is not None:
            path = of_atoms(path, molecules)
            must_be_of(path, molecules)
            x = state_at(path[:, : self.count], self.at)
            shown = bonded(shown._replace(positions=x)) if self.at < 1 else shown
        mask = shown.mask
        numbers = torch.tensor(NUMBERS, device=mask.device)[shown.types]
        arrays = {
            "positions": shown.positions[mask],
            "numbers": numbers[mask],
            "sizes": mask.sum(1),
            "bonds": listed_bonds(shown),
        }
        facts: dict[str, Any] = {"subtitle": self.caption}
        if path is not None and not self.caption:
            facts["subtitle"] = say("t = {t}", t=round(self.at, 2))
        return Figure("molecules", arrays, facts)

    def sketch(self, molecules: Molecules, path: Tensor | None = None) -> None:
        """Refuse a path that does not match the molecules."""
        if path is not None:
            must_be_of(of_atoms(path, molecules), molecules)

    def sign(self) -> Part:
        return say("at {at}", at=self.at)


def listed_bonds(molecules: Molecules) -> Tensor:
    """Return known bonds as rows (k, 3): two atoms, counted over all molecules, and an order."""
    mask = molecules.mask
    place = (mask.flatten().cumsum(0) - 1).view(mask.shape)
    orders = molecules.bonds.triu(1) * molecules.pairs
    known = orders * (orders < 5)
    item, a, b = known.nonzero(as_tuple=True)
    return torch.stack([place[item, a], place[item, b], known[item, a, b]], 1)


def of_atoms(path: Tensor, molecules: Molecules) -> Tensor:
    """Return a path of points (s, b, 3 n) as one of atoms (s, b, n, 3), others as they are."""
    flat = path.dim() == 3 and path.shape[2] == 3 * molecules.shape[1]
    return path.unflatten(2, (molecules.shape[1], 3)) if flat else path


def must_be_of(path: Tensor, molecules: Molecules) -> None:
    """Raise `InputRefused` where a path (s, b, n, 3) is not that of these molecules' atoms."""
    must = (*molecules.positions.shape,)
    if tuple(path.shape[1:]) != must:
        raise InputRefused(
            "{path} must be of the atoms of {molecules}, {must}; it is of {found}.",
            "Wire both from one sampler.",
            must=Shape(must),
            found=Shape(path.shape[1:]),
        )
