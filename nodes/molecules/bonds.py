"""Bonds from distances, and hydrogens as atoms."""

from __future__ import annotations

from nodes.base import EVERY, Node
from nodes.molecules.atoms import HYDROGENS
from nodes.molecules.base import pad_atoms
from nodes.molecules.hydrogens import with_hydrogens
from nodes.molecules.table import bonded
from nodes.types import Molecules


class Bonds(Node):
    """Find the bonds of molecules from the distances of their atoms.

    Equivariant Diffusion for Molecule Generation in 3D (Hoogeboom et al., 2022), arXiv:2203.17003:
    its table of usual lengths by element.

    Two atoms are bonded where they are nearer than the usual length of a bond plus 0.10 Å; doubly
    or triply where nearer than that of such a bond plus 0.05 or 0.03 Å. Bonds that came with the
    molecules are replaced. Hydrogens that are counted in stay so.
    """

    synonyms = "bond orders, connectivity, valence, edm table, liaisons, table de longueurs"
    formula = r"|x_i - x_j| < \ell_{ij} + \delta"
    icon = "link"
    unreached = EVERY
    returns = "molecules"

    def forward(self, molecules: Molecules) -> Molecules:
        """Return molecules with bonds computed from distances in ångström."""
        return bonded(molecules)


class Hydrogens(Node):
    """Put the hydrogens that are counted in into space, as far from all else as they can be.

    The Electron-Pair Repulsion Model for Molecular Geometry (Gillespie, 1970),
    doi:10.1021/ed047p18. Free pairs of electrons of nitrogen and oxygen keep hydrogens away too.

    Each comes as an atom of its own, at the usual length of its bond and bonded to its atom.
    """

    synonyms = "add hydrogens, explicit hydrogens, united atoms, hydrogènes, ajouter"
    formula = r"\min \sum_{i < j} |y_i - y_j|^{-4}"
    icon = "atom"
    unreached = EVERY
    returns = "molecules"

    def forward(self, molecules: Molecules) -> Molecules:
        """Return molecules (b, n) in rooms of n times 1 + the most hydrogens of an atom."""
        return pad_atoms(with_hydrogens(molecules), room_of(molecules))

    def sketch(self, molecules: Molecules) -> Molecules:
        return pad_atoms(molecules, room_of(molecules))


def room_of(molecules: Molecules) -> int:
    """Return how many atoms there may be with hydrogens."""
    return molecules.shape[1] * (1 + max(HYDROGENS))
