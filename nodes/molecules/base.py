"""Port types, centring and distances that the nodes of molecules share."""

from __future__ import annotations

from typing import Annotated

from torch import Tensor, nn
from torch.nn import functional as F

from nodes.types import Molecules, PortType

MoleculeModel = Annotated[
    nn.Module,
    PortType(
        "MoleculeModel",
        ("Model",),
        "model",
        "diamond",
        None,
        "Says of noisy molecules where atoms go and what they are.",
        "a network of molecules",
    ),
]


def centred(x: Tensor, mask: Tensor) -> Tensor:
    """Return x (b, n, 3) with no mean over the atoms of each molecule, 0 where there is none."""
    here = mask[..., None].to(x.dtype)
    mean = (x * here).sum(1, keepdim=True) / here.sum(1, keepdim=True).clamp(min=1)
    return (x - mean) * here


def distances(x: Tensor) -> Tensor:
    """Return the distance of each pair of places x (b, n, 3), (b, n, n).

    It has a gradient at 0 too.
    """
    return ((x[:, :, None] - x[:, None]).square().sum(-1) + 1e-8).sqrt()


def pad_atoms(molecules: Molecules, room: int) -> Molecules:
    """Return molecules in rooms of `room` atoms, at least as many as they have.

    The new places at the end are empty: type and bonds 0.
    """
    more = room - molecules.shape[1]
    x, types, bonds = molecules
    return Molecules(
        F.pad(x, (0, 0, 0, more)), F.pad(types, (0, more)), F.pad(bonds, (0, more, 0, more))
    )
