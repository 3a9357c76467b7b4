"""Hashes of molecular graphs, to count different molecules."""

from __future__ import annotations

from torch import Tensor

from nodes.types import Molecules

_FACTORS = (-7046029254386353131, -4658895280553007687, -7723592293110705685)
"""Odd numbers that mix the bits of others (Steele, Lea & Flood, 2014)."""
ROUNDS = 16
"""Rounds of telling: how far apart atoms may be that tell two molecules apart."""


def identities(molecules: Molecules) -> Tensor:
    """Return a number for each molecule, (b,), whatever the order and places of its atoms.

    Weisfeiler and Lehman's refinement: an atom's label is hashed again and again with those of its
    neighbours and with their bonds. Some graphs of equal atoms in rings share a number and count as
    one molecule.
    """
    bonds = molecules.bonds
    told = mix64(molecules.types)
    for _ in range(ROUNDS):
        around = mix64(told[:, None] + bonds * _FACTORS[1]) * (bonds > 0)
        told = mix64(told * _FACTORS[0] + around.sum(2))
    return (mix64(told) * molecules.mask).sum(1)


def mix64(x: Tensor) -> Tensor:
    """Return int64 numbers, shaped as x, whose bits all depend on all bits of x.

    Fast Splittable Pseudorandom Number Generators (Steele, Lea & Flood, 2014),
    doi:10.1145/2660193.2660195.
    """
    x = x.long() * _FACTORS[0]
    x = (x ^ (x >> 30)) * _FACTORS[1]
    x = (x ^ (x >> 27)) * _FACTORS[2]
    return x ^ (x >> 31)
