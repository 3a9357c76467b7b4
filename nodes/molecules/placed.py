"""Atoms at given points, and torsion angles."""

from __future__ import annotations

import math

import torch

from nodes.base import Node, param
from nodes.errors import InputRefused
from nodes.molecules.chains import torsion
from nodes.types import Molecules, Points


class AtomsAtPoints(Node):
    """Put the atoms of molecules where points say: what a sampler of points has made, to be seen.

    `points` (b, 3 n) are the positions of atom after atom. Types and bonds are those of `like`, of
    n atoms, which begin anew where there are fewer of them.
    """

    synonyms = "positions to molecules, coordinates, conformer, atomes, coordonnées, positions"
    title = "Atoms at points"
    formula = r"x_i = (p_{3i+1}, p_{3i+2}, p_{3i+3})"
    icon = "map-pinned"
    returns = "molecules"

    def forward(self, points: Points, like: Molecules) -> Molecules:
        """Return molecules (b, n) with their atoms at points (b, 3 n), in ångström.

        Raise `InputRefused` where points are not three numbers for each atom.
        """
        n = like.shape[1]
        if points.shape[1:] != (3 * n,):
            raise InputRefused(
                "{points} must have three numbers for each of the {n} atoms of {like}; they have "
                "{found}.",
                "Wire points that were learned from the positions of these molecules.",
                n=n,
                found=" ".join(map(str, points.shape[1:])),
            )
        which = torch.arange(points.shape[0], device=like.types.device) % like.shape[0]
        return Molecules(points.view(-1, n, 3), like.types[which], like.bonds[which])


class TorsionAngle(Node):
    """Measure how far molecules are turned about a bond: the angle of four atoms in a row.

    Basic Terminology of Stereochemistry (Moss, 1996), doi:10.1351/pac199668122193.

    `angles` (b, 1) lie in [0, 360) degrees, 180 where the outer two of the four atoms are farthest
    apart (anti), about 60 and 300 where they are near (gauche).
    """

    synonyms = "dihedral, torsion, conformation, gauche, anti, angle dièdre, conformère"
    title = "Torsion angle"
    formula = r"\phi = \angle(b_1 \times b_2,\; b_2 \times b_3)"
    icon = "rotate-3d"
    returns = "angles"

    first: int = param(
        default=1, low=1, high=253, title="First atom", help="The first of the four, from 1 on."
    )

    def forward(self, molecules: Molecules) -> Points:
        """Return the torsion of each molecule in degrees, (b, 1).

        Raise `InputRefused` where molecules have no four atoms from `first` on.
        """
        four = molecules.positions[:, self.first - 1 : self.first + 3]
        if four.shape[1] < 4:
            raise InputRefused(
                "{molecules} have {found} places; four atoms from number {first} on are wanted.",
                "Begin at an earlier atom, or wire larger molecules.",
                found=molecules.shape[1],
                first=self.first,
            )
        return (torsion(four) * (180 / math.pi) % 360)[:, None]
