"""Place the hydrogens that are counted in, by a rule."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from nodes.molecules.atoms import ATOMS, HYDROGENS, TYPES, Atom
from nodes.molecules.table import SINGLE, lengths
from nodes.types import Molecules

LONE_PAIRS = {"N": 1, "O": 2, "P": 1, "S": 2}
"""Pairs of electrons that keep hydrogens away, as another hydrogen would."""
TURNS, STEP = 40, 0.3
_KNOWN = lengths(SINGLE)
LENGTHS = torch.tensor([_KNOWN.get(frozenset((a.element, "H")), 100) / 100 for a in ATOMS])
COUNTS = torch.tensor(HYDROGENS)
PAIRS = torch.tensor([LONE_PAIRS.get(a.element, 0) if a.hydrogens else 0 for a in ATOMS])
BARE = torch.tensor([TYPES.get(Atom(a.element, 0), 0) for a in ATOMS])
CORNERS = F.normalize(
    torch.tensor(
        [[1.0, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1], [0.3, 0.9, -0.5], [-0.2, 0.1, 1]]
    ),
    dim=1,
)


def with_hydrogens(molecules: Molecules) -> Molecules:
    """Return molecules with their hydrogens as atoms, as far from each other as they can be.

    Behind the n atoms come as many places for hydrogens of each.
    """
    x, types = molecules.positions, molecules.types
    counts, pairs, length = (part.to(types.device)[types] for part in (COUNTS, PAIRS, LENGTHS))
    place = torch.arange(int((counts + pairs).max()), device=types.device)
    ways = _separated_directions(x, molecules.mask, length, place < (counts + pairs)[..., None])
    most = int(counts.max())
    kept = (place[:most] < counts[..., None]).flatten(1)  # (b, n most)
    y = x[:, :, None] + length[..., None, None] * ways[:, :, :most]
    return Molecules(
        torch.cat([x, y.flatten(1, 2) * kept[..., None]], 1),
        torch.cat([BARE.to(types.device)[types], kept * TYPES[Atom("H", 0)]], 1),
        _joined(molecules.bonds, kept, most),
    )


def _joined(bonds: Tensor, kept: Tensor, most: int) -> Tensor:
    """Return bonds (b, n + m, n + m) in which hydrogens are bonded to the atoms they are of."""
    n, m = bonds.shape[1], kept.shape[1]
    of = torch.eye(n, dtype=bonds.dtype, device=bonds.device).repeat_interleave(most, 0)
    to = of * kept[..., None]  # (b, m, n)
    above = torch.cat([bonds, to.transpose(1, 2)], 2)
    return torch.cat([above, torch.cat([to, bonds.new_zeros(bonds.shape[0], m, m)], 2)], 1)


def _separated_directions(x: Tensor, mask: Tensor, length: Tensor, here: Tensor) -> Tensor:
    """Return directions (b, n, most, 3) in which points at these lengths keep apart."""
    b, n, most = here.shape
    middle = (x * mask[..., None]).sum(1, keepdim=True) / mask.sum(1)[:, None, None].clamp(min=1)
    away = F.normalize(x - middle, dim=2)[:, :, None]
    ways = F.normalize(CORNERS[:most].to(x) + 0.5 * away, dim=3)
    present = torch.cat([mask, here.flatten(1)], 1)  # (b, n + n most)
    itself = torch.eye(n * most, dtype=torch.bool, device=x.device)
    parent = torch.arange(n, device=x.device).repeat_interleave(most)
    own = parent[:, None] == torch.arange(n, device=x.device)
    skip = torch.cat([own, itself], 1) | ~present[:, None]
    for turn in range(TURNS):
        y = (x[:, :, None] + length[..., None, None] * ways).flatten(1, 2)
        between = y[:, :, None] - torch.cat([x, y], 1)[:, None]
        far = between.square().sum(-1).clamp(min=0.04)
        push = (between / far[..., None] ** 3).masked_fill(skip[..., None], 0).sum(2)
        push = push.view(b, n, most, 3)
        push = push - (push * ways).sum(-1, keepdim=True) * ways
        size = STEP * (1 - turn / TURNS)
        ways = F.normalize(ways + size * push / (push.norm(dim=-1, keepdim=True) + 0.1), dim=3)
    return ways
