"""The base of sets of molecules: arrays of one size, with or without hydrogens as atoms."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from nodes.base import param
from nodes.data.base import Dataset, Loading, held_out, hold_out
from nodes.data.molecule_records import Record, records
from nodes.errors import DataMissing
from nodes.molecules.atoms import ELEMENTS, TYPES, Atom
from nodes.molecules.table import bonded
from nodes.sentences import Text, say
from nodes.types import Frame, Molecules

BETWEEN_FRAMES = 200
COLUMNS = 4
"""Numbers of an atom before its bonds: where it is, and its type."""
Bond = tuple[int, int, int]
Array = np.ndarray[Any, np.dtype[np.float32]]


class MoleculeSet(Dataset):
    """Draw molecules that are read once.

    In memory an atom is one row of numbers: its place, its type and its bonds to all others.
    """

    icon = "hexagon"

    hydrogens: Literal["counted in", "atoms"] = param(
        default="counted in",
        help="Are hydrogens counted in the types of the atoms they hang on (CH3 is one atom), or "
        "atoms of their own?",
    )
    room: int = param(
        default=9,
        low=1,
        high=256,
        unit="atoms",
        help="Most atoms of a molecule, counted as above; larger ones are left out.",
    )
    test_share: float = held_out()

    def __init__(self, **given: Any) -> None:
        self.left_out = 0
        super().__init__(**given)

    @abstractmethod
    def path(self) -> Path:
        """Return the file to read, or raise `DataMissing`."""

    def loading(self) -> Loading:
        """Read all molecules that have room: items (n, room, 4 + room).

        Raise `DataMissing` where a line is faulty, or no molecule has room.
        """
        path = self.path()
        rows: list[Array] = []
        self.left_out = 0
        for number, record in enumerate(records(path)):
            row = packed(record, self.room, counted_in=self.hydrogens == "counted in")
            rows += [] if row is None else [row]
            self.left_out += row is None
            if not number % BETWEEN_FRAMES:
                yield Frame(number, 0)
        if not rows:
            raise DataMissing(
                "All molecules of {file} have more than {most} atoms.",
                "Make more room.",
                place="room",
                file=path.name,
                most=self.room,
            )
        items = torch.from_numpy(np.stack(rows))
        return hold_out(items, torch.zeros(len(items), dtype=torch.int64), self.test_share)

    def item_shape(self) -> tuple[int, ...]:
        """Return (room, 4 + room): of each atom its place, its type and its bonds to others."""
        return self.room, COLUMNS + self.room

    def forward(self) -> Molecules:
        """Return the next batch of molecules (b, room)."""
        found: Molecules = self.next_batch()
        return found

    def pack(self, items: Tensor, labels: Tensor) -> Molecules:
        """Return molecules (b, room) of items (b, room, 4 + room), positions in ångström."""
        types = items[:, :, COLUMNS - 1].long()
        return Molecules(items[:, :, :3], types, items[:, :, COLUMNS:].long())

    def notes(self) -> list[Text]:
        return [say("{n} left out: too large", n=self.left_out)] if self.left_out else []


def packed(record: Record, room: int, *, counted_in: bool) -> Array | None:
    """Return a molecule as rows of numbers, or None where there is no room for it."""
    bonds = told_bonds(record) if record.bonds is None else record.bonds
    elements = record.elements
    kept, hydrogens = heavy(elements, bonds) if counted_in else (list(range(len(elements))), {})
    if len(kept) > room or not kept:
        return None
    row = np.zeros((room, COLUMNS + room), np.float32)
    places = np.array(record.positions)[kept]
    row[: len(kept), :3] = places - places.mean(0)
    for number, atom in enumerate(kept):
        row[number, 3] = TYPES[Atom(elements[atom], hydrogens.get(atom, 0))]
    place = {atom: number for number, atom in enumerate(kept)}
    for a, b, order in bonds:
        if a in place and b in place:
            row[place[a], COLUMNS + place[b]] = row[place[b], COLUMNS + place[a]] = order
    return row


def heavy(elements: Sequence[str], bonds: Sequence[Bond]) -> tuple[list[int], dict[int, int]]:
    """Return the atoms that stay, and how many hydrogens each counts in."""
    counted: dict[int, int] = {}
    gone: set[int] = set()
    for bond in bonds:
        for a, h in (bond[:2], bond[1::-1]):
            room = ELEMENTS[elements[a]].hydrogens > counted.get(a, 0)
            if elements[h] == "H" != elements[a] and h not in gone and room:
                counted[a] = counted.get(a, 0) + 1
                gone.add(h)
    return [atom for atom in range(len(elements)) if atom not in gone], counted


def told_bonds(record: Record) -> list[Bond]:
    """Return the bonds of a molecule that follow from distances."""
    positions = torch.tensor([record.positions])
    types = torch.tensor([[TYPES[Atom(element, 0)] for element in record.elements]])
    orders = bonded(Molecules(positions, types, torch.zeros(1, *[len(types[0])] * 2).long())).bonds
    first, second = orders[0].triu(1).nonzero(as_tuple=True)
    return [
        (a, b, int(orders[0, a, b])) for a, b in zip(first.tolist(), second.tolist(), strict=True)
    ]
