"""Positions from the molecular graph alone, by distance geometry."""

from __future__ import annotations

import torch
from torch import Tensor

from nodes.base import EVERY, Node
from nodes.molecules.atoms import ORDERS
from nodes.molecules.base import centred
from nodes.molecules.table import LONGER, REACHES
from nodes.types import Molecules

FAR = 1e3
ANGLED = 0.8
"""How long a way of several bonds is, in ways that are straight."""


class DistanceGeometry(Node):
    """Place the atoms of molecules so that distances are as near as can be to the ways by bonds.

    Distance Geometry and Molecular Conformation (Crippen & Havel, 1988); its last step is
    classical scaling (Torgerson, 1952), doi:10.1007/BF02288916.

    The distance of two atoms is taken for the length of the shortest way along bonds, each as long
    as is usual; ways of more than one bond are shortened by a fifth, as usual angles ask. Of rings
    and double bonds it knows nothing: what learns shapes should do better. Positions on the wire
    are not looked at.
    """

    synonyms = "conformer, baseline, classical scaling, mds, embedding, conformère, référence"
    title = "Distance geometry"
    formula = r"x = V \sqrt{\Lambda},\quad V \Lambda V^\top = -\tfrac{1}{2} J D^{\circ 2} J"
    icon = "ruler"
    unreached = EVERY
    returns = "molecules"

    def forward(self, molecules: Molecules) -> Molecules:
        """Return molecules with new positions (b, n, 3) in ångström; types and bonds stay."""
        ways = shortest(usual(molecules), molecules.pairs)
        ways = torch.where(molecules.bonds > 0, ways, ANGLED * ways)
        return molecules._replace(positions=scaled(ways, molecules.mask))


def usual(molecules: Molecules) -> Tensor:
    """Return the usual length of each bond in ångström, (b, n, n), FAR where there is none."""
    types, orders = molecules.types, molecules.bonds
    longer = torch.tensor(LONGER, device=types.device).view(-1, 1, 1, 1) / 100
    reach = REACHES.to(types.device)[:, types[:, :, None], types[:, None]] - longer
    kind = torch.tensor([0, 0, 1, 2, 0, 0], device=types.device)[orders.clamp(max=ORDERS - 1)]
    length = reach.gather(0, kind[None])[0]
    length = torch.where(length > 0, length, 1.5)
    return length.masked_fill((orders == 0) | ~molecules.pairs, FAR)


def shortest(ways: Tensor, pairs: Tensor) -> Tensor:
    """Return the length of the shortest way between each two atoms, (b, n, n).

    Algorithm 97: Shortest Path (Floyd, 1962), doi:10.1145/367766.368168. `ways` (b, n, n) are the
    lengths of bonds, `pairs` (b, n, n) says where there are two atoms.
    """
    ways = ways.clone()
    ways.diagonal(dim1=1, dim2=2).zero_()
    for through in range(ways.shape[1]):
        ways = torch.minimum(ways, ways[:, :, through, None] + ways[:, through, None])
    return ways.clamp(max=10.0) * pairs


def scaled(ways: Tensor, mask: Tensor) -> Tensor:
    """Return positions (b, n, 3) whose distances are the nearest to `ways` (b, n, n)."""
    here = mask.to(ways.dtype)
    count = here.sum(1).clamp(min=1)[:, None, None]
    centre = torch.diag_embed(here) - here[:, :, None] * here[:, None] / count
    values, vectors = torch.linalg.eigh(-0.5 * centre @ ways.square() @ centre)
    x = vectors[..., -3:] * values[:, None, -3:].clamp(min=0).sqrt()
    return centred(x, mask)
