"""Types of atoms: elements, with the hydrogens that are counted in."""

from __future__ import annotations

from typing import NamedTuple

NOTHING, UNKNOWN = 0, 1
"""Types that are no sort of atom."""
UNKNOWN_BOND = 5
ORDERS = 6
"""Codes of bonds: 0 none, 1 to 3 their order, 4 aromatic, 5 not known."""


class Element(NamedTuple):
    """An element: its atomic number, and how many hydrogens an atom of it may have counted in."""

    number: int
    hydrogens: int


ELEMENTS = {
    "H": Element(1, 0),
    "B": Element(5, 3),
    "C": Element(6, 4),
    "N": Element(7, 4),
    "O": Element(8, 3),
    "F": Element(9, 1),
    "Si": Element(14, 4),
    "P": Element(15, 3),
    "S": Element(16, 2),
    "Cl": Element(17, 1),
    "Br": Element(35, 1),
    "I": Element(53, 1),
}


class Atom(NamedTuple):
    """A sort of atom: an element and the hydrogens counted in, CH2 as one."""

    element: str
    hydrogens: int


ATOMS = (
    Atom("", 0),
    Atom("?", 0),
    *(Atom(sign, n) for sign, e in ELEMENTS.items() for n in range(e.hydrogens + 1)),
)
"""All sorts, in the order of their types."""
TYPES = {atom: number for number, atom in enumerate(ATOMS)}
NUMBERS = tuple(ELEMENTS[a.element].number if a.element in ELEMENTS else 0 for a in ATOMS)
"""The atomic number of each type, 0 where there is none."""
HYDROGENS = tuple(atom.hydrogens for atom in ATOMS)
