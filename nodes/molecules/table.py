"""Bonds from distances, by the table of Equivariant Diffusion (arXiv:2203.17003)."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.molecules.atoms import ATOMS, HYDROGENS
from nodes.molecules.base import distances
from nodes.types import Molecules

SINGLE = """H H 74 C 109 N 101 O 96 F 92 B 119 Si 148 P 144 S 134 Cl 127 Br 141 I 161
C C 154 N 147 O 143 F 135 Si 185 P 184 S 182 Cl 177 Br 194 I 214
N N 145 O 140 F 136 P 177 S 168 Cl 175 Br 214 I 222
O O 148 F 142 Si 163 P 163 S 151 Cl 164 Br 172 I 194
F F 142 Si 160 P 156 S 158 Cl 166 Br 178 I 187
B Cl 175
Si Si 233 S 200 Cl 202 Br 215 I 243
P P 221 S 210 Cl 203 Br 222
S S 204 Cl 207 Br 225 I 234
Cl Cl 199 Br 214
Br Br 228
I I 266"""
DOUBLE = "C C 134 N 129 O 120 S 160\nN N 125 O 121\nO O 121 P 150\nP S 186"
TRIPLE = "C C 120 N 116 O 113\nN N 110"
"""Lengths in pm of the elements of a row with the first of it."""
LONGER = (10, 5, 3)
"""How many pm longer single, double and triple bonds may be."""
VALENCES = {
    "H": (1,),
    "B": (3,),
    "C": (4,),
    "N": (3,),
    "O": (2,),
    "F": (1,),
    "Si": (4,),
    "P": (3, 5),
    "S": (2, 4, 6),
    "Cl": (1,),
    "Br": (1,),
    "I": (1,),
}
"""Sums of the orders of an atom's bonds at which it is stable."""
MOST_VALENCE = 6


def lengths(rows: str) -> dict[frozenset[str], int]:
    """Return the lengths of a table in pm by the two elements."""
    found: dict[frozenset[str], int] = {}
    for row in rows.splitlines():
        first, *rest = row.split()
        for other, length in zip(rest[::2], rest[1::2], strict=True):
            found[frozenset((first, other))] = int(length)
    return found


def _reach(rows: str, longer: int) -> Tensor:
    """Return how long a bond of each two types may be, in ångström; 0 where there is none."""
    known = lengths(rows)
    table = [
        [known.get(frozenset((a.element, b.element)), -longer) + longer for b in ATOMS]
        for a in ATOMS
    ]
    return torch.tensor(table) / 100


REACHES = torch.stack([_reach(r, m) for r, m in zip((SINGLE, DOUBLE, TRIPLE), LONGER, strict=True)])
STABLE = torch.tensor(
    [[v in VALENCES.get(atom.element, ()) for v in range(MOST_VALENCE + 1)] for atom in ATOMS]
)
COUNTED_IN = torch.tensor(HYDROGENS)


def bonded(molecules: Molecules) -> Molecules:
    """Return molecules (b, n) with the bonds computed from their distances."""
    types = molecules.types
    reach = REACHES.to(types.device)[:, types[:, :, None], types[:, None]]  # (3, b, n, n)
    orders = (distances(molecules.positions) < reach).sum(0) * molecules.pairs
    return molecules._replace(bonds=orders)


def stable_atoms(molecules: Molecules) -> Tensor:
    """Return which atoms (b, n) have a valence of the table, hydrogens counted in among them."""
    types = molecules.types
    valence = molecules.bonds.sum(2) + COUNTED_IN.to(types.device)[types]
    fits = STABLE.to(types.device)[types, valence.clamp(max=MOST_VALENCE)]
    return fits & (valence <= MOST_VALENCE) & molecules.mask


def connected(molecules: Molecules) -> Tensor:
    """Return which molecules are connected by their bonds, bool (b,)."""
    joined = (molecules.bonds > 0).float() + torch.eye(
        molecules.shape[1], device=molecules.types.device
    )
    reached = joined[:, 0]
    for _ in range(molecules.shape[1]):
        reached = ((reached[:, None] @ joined)[:, 0] > 0).float()
    return (reached.bool() | ~molecules.mask).all(1)
