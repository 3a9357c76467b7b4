"""Shapes of a chain molecule at a temperature, by rotation about its bonds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import product
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from nodes.base import param
from nodes.data.base import Dataset, Split
from nodes.molecules.atoms import TYPES, Atom
from nodes.molecules.chains import chain
from nodes.sentences import Part, say
from nodes.types import Labels, Molecules, Points

LENGTH, STIFF = 1.54, 268 / 0.0019872
"""Length of a bond in ångström, and its stiffness in kelvin by square ångström (OPLS)."""
ANGLE, BENDING = math.radians(114), 62_500.0
TURNING = (355.03, -68.19, 791.32)
"""Kelvin: of 1 + cos, 1 - cos of the double and 1 + cos of the triple angle (TraPPE)."""
GRID = 7200
FORMS = ("anti", "gauche +", "gauche −")
TEST = 2


class Shaped(NamedTuple):
    """Where the atoms are, (b, 3 n) in ångström, the form of each, (b,), and both as molecules."""

    points: Points
    labels: Labels
    molecules: Molecules


class ChainMolecule(Dataset):
    """Draw the shapes of butane, or of a longer chain, as often as heat gives them.

    Transferable Potentials for Phase Equilibria (Martin & Siepmann, 1998), doi:10.1021/jp972543+,
    for angles and torsions; lengths of bonds vibrate as in OPLS.

    A chain CH3-CH2-...-CH3, hydrogens counted in, can be turned about each inner bond: *anti* it is
    straight, *gauche* bent to one side or the other. Lengths, angles and torsions are drawn each by
    itself from exp(-U / T). `points` (b, 3 n) are positions in ångström in a frame of the molecule:
    the middle bond on the first axis, the atom before it in the plane of the first two. Labels are
    the forms of all torsions, the first changing slowest.
    """

    synonyms = (
        "butane, conformers, boltzmann, torsion, dihedral, gauche, alkane, conformères, alcane, "
        "angle dièdre"
    )
    title = "Chain molecule"
    icon = "hexagon"
    formula = r"p(\phi) \propto e^{-U(\phi) / T}"

    atoms: int = param(default=4, low=4, high=9, unit="atoms", help="Carbons of the chain.")
    temperature: float = param(
        default=300.0, low=10.0, high=10_000.0, unit="K", help="The hotter, the more are bent."
    )
    size: int = param(
        default=16_384, low=2, high=1_000_000, unit="shapes", help="Shapes to train on."
    )
    test_size: int = param(
        default=4096,
        low=2,
        high=1_000_000,
        unit="shapes",
        title="Test shapes",
        help="Shapes that views and measures see.",
    )

    def load(self) -> Split:
        """Draw training and test shapes, (size, 3 n) and (test_size, 3 n), with their forms."""
        parts = [
            self._shapes(count, self.generator(TEST, number, self.seed or 0))
            for number, count in enumerate((self.size, self.test_size))
        ]
        (items, labels), (tests, test_labels) = parts
        return Split(items, labels, tests, test_labels)

    def _shapes(self, count: int, stream: Generator) -> tuple[Tensor, Tensor]:
        """Return places (count, 3 n) and forms (count,)."""
        n, heat = self.atoms, self.temperature

        def around(middle: float, spread: float, many: int) -> Tensor:
            return middle + spread * torch.randn(count, many, generator=stream)

        lengths = around(LENGTH, math.sqrt(heat / (2 * STIFF)), n - 1)
        angles = around(ANGLE, math.sqrt(heat / BENDING), n - 2)
        torsions = turned(torch.rand(count, n - 3, generator=stream), heat)
        x = chain(lengths, angles, torsions)
        return x.flatten(1), self._forms(torsions)

    def _forms(self, torsions: Tensor) -> Tensor:
        gauche = torch.where(torsions > 0, 1, 2)
        each = torch.where(torsions.abs() > math.radians(120), 0, gauche)
        place = 3 ** torch.arange(self.atoms - 4, -1, -1)
        return (each * place).sum(1)

    def item_shape(self) -> tuple[int, ...]:
        """Return (3 n,): three coordinates of each atom."""
        return (3 * self.atoms,)

    def peek(self) -> int:
        return self.size

    def peek_classes(self) -> list[str]:
        return [", ".join(forms) for forms in product(FORMS, repeat=self.atoms - 3)]

    def pack(self, items: Tensor, labels: Tensor) -> Shaped:
        """Return points (b, 3 n), labels (b,), and molecules (b, n) with their bonds."""
        types, bonds = self._graph(items)
        return Shaped(items, labels, Molecules(items.view(-1, self.atoms, 3), types, bonds))

    def _graph(self, items: Tensor) -> tuple[Tensor, Tensor]:
        ends = [TYPES[Atom("C", 3)]]
        row = torch.tensor([*ends, *[TYPES[Atom("C", 2)]] * (self.atoms - 2), *ends])
        one = torch.ones(self.atoms - 1, dtype=torch.int64)
        bonds = one.diag(1) + one.diag(-1)
        count = items.shape[0]
        return row.to(items.device).repeat(count, 1), bonds.to(items.device).repeat(count, 1, 1)

    def forward(self) -> Shaped:
        """Return the next batch of shapes."""
        return self.next_batch()

    def named(self, **_: object) -> Mapping[str, list[str]]:
        return {"labels": self.known_classes()}

    def sign(self) -> Part:
        return say("{n} atoms, T {t}", n=self.atoms, t=self.temperature)


def turning(torsions: Tensor) -> Tensor:
    """Return the energy of torsions (...) in kelvin."""
    one, two, three = TURNING
    return (
        one * (1 + torsions.cos()) + two * (1 - (2 * torsions).cos())
        + three * (1 + (3 * torsions).cos())
    )  # fmt: skip


def turned(u: Tensor, heat: float) -> Tensor:
    """Return the torsions, in radians, below which a share u (...) of the law lies, shaped as u.

    `heat` is the temperature in kelvin. The density is summed on a grid and inverted.
    """
    grid = (torch.arange(GRID + 1, dtype=torch.float64) / GRID * 2 - 1) * math.pi
    middles = (grid[1:] + grid[:-1]) / 2
    cdf = torch.exp(-turning(middles) / heat).cumsum(0)
    cdf = torch.cat([cdf.new_zeros(1), cdf / cdf[-1]])
    at = torch.searchsorted(cdf, u.double(), right=True).clamp(1, GRID)
    share = (u.double() - cdf[at - 1]) / (cdf[at] - cdf[at - 1])
    return torch.lerp(grid[at - 1], grid[at], share).float()
