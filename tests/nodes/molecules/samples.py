"""Molecules that are known."""

from __future__ import annotations

import torch

from nodes.molecules.atoms import TYPES, Atom
from nodes.types import Molecules

ETHANOL = (("C", 3), ("C", 2), ("O", 1))
AMMONIA = (("N", 3),)


def molecule(atoms: tuple[tuple[str, int], ...], places: list[list[float]], room: int) -> Molecules:
    """Return one molecule in a room, without bonds."""
    x, types = torch.zeros(1, room, 3), torch.zeros(1, room, dtype=torch.int64)
    x[0, : len(atoms)] = torch.tensor(places)
    types[0, : len(atoms)] = torch.tensor([TYPES[Atom(*atom)] for atom in atoms])
    return Molecules(x, types, torch.zeros(1, room, room, dtype=torch.int64))


def ethanol(room: int = 5) -> Molecules:
    return molecule(ETHANOL, [[0.0, 0, 0], [1.52, 0, 0], [2.0, 1.34, 0]], room)


def random_molecules(count: int = 4, room: int = 6) -> Molecules:
    """Return atoms anywhere, of any types and bonds; the rooms are not all full."""
    here = torch.arange(room) < torch.arange(count)[:, None] % 3 + room - 2
    bonds = torch.randint(0, 6, (count, room, room)).triu(1)
    pairs = here[:, None] & here[:, :, None]
    return Molecules(
        2 * torch.randn(count, room, 3) * here[..., None],
        torch.randint(1, len(TYPES), (count, room)) * here,
        (bonds + bonds.transpose(1, 2)) * pairs,
    )


def rotation() -> torch.Tensor:
    """Return a turn of space, without a mirror."""
    turn, _ = torch.linalg.qr(torch.randn(3, 3).double())
    return turn * torch.det(turn)
