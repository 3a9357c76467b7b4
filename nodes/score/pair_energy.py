"""The energy of particles, and their distances."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from nodes.base import Node
from nodes.data.particles import Potential, distances, energy, potential_param
from nodes.errors import InputRefused
from nodes.types import Points


class OfPairs(NamedTuple):
    """The energy of each state, (b, 1), and the distances of all pairs, (b n (n - 1) / 2, 1)."""

    energies: Points
    distances: Points


class PairEnergy(Node):
    """Compute the energy of states of particles in the plane, and the distances of their pairs.

    Equivariant Flows: Exact Likelihood Generative Learning for Symmetric Densities (Köhler, Klein &
    Noé, 2020), arXiv:2006.02425: four particles in the double well.

    `energies` (b, 1) and `distances` (b n (n - 1) / 2, 1) are points of one dimension, so that
    measures of laws take them. `states` (b, 2 n) are as the set of particles gives them.
    """

    synonyms = "potential, hamiltonian, force field, physics, énergie, potentiel, physique"
    title = "Pair energy"
    icon = "atom"
    formula = r"U(x) = \sum_{i < j} u(|x_i - x_j|)"

    potential: Potential = potential_param()

    def forward(self, states: Points) -> OfPairs:
        """Return the energies and the pair distances of states (b, 2 n).

        Raise `InputRefused` where states are not two or more particles in the plane.
        """
        _must_be_in_the_plane(states)
        x = states.view(states.shape[0], -1, 2)
        return OfPairs(energy(x, self.potential)[:, None], distances(x).reshape(-1, 1))


def _must_be_in_the_plane(states: Tensor) -> None:
    if states.dim() != 2 or states.shape[1] % 2 or states.shape[1] < 4:
        raise InputRefused(
            "{states} must be two or more particles in the plane, 2 numbers each; it has {found}.",
            "Wire states of particles.",
            found=" ".join(map(str, states.shape[1:])),
        )
