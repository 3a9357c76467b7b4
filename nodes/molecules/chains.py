"""Cartesian coordinates of chains from lengths, angles and torsions, and torsions from places."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def chain(lengths: Tensor, angles: Tensor, torsions: Tensor) -> Tensor:
    """Return the places of chains (b, n, 3), in radians, with the frame of `framed`.

    Practical Conversion from Torsion Space to Cartesian Space (Parsons et al., 2005),
    doi:10.1002/jcc.20237.

    `lengths` (b, n - 1) of bonds, `angles` (b, n - 2) between two of them, `torsions` (b, n - 3).
    """
    zero = torch.zeros_like(lengths[:, 0])
    first = torch.stack([zero, zero, zero], 1)
    second = torch.stack([lengths[:, 0], zero, zero], 1)
    turned = torch.stack([-angles[:, 0].cos(), angles[:, 0].sin(), zero], 1)
    x = [first, second, second + lengths[:, 1:2] * turned]
    for number in range(torsions.shape[1]):
        way = turned_by(*x[-3:], angle=angles[:, number + 1], torsion=torsions[:, number])
        x.append(x[-1] + lengths[:, number + 2, None] * way)
    return framed(torch.stack(x, 1))


def turned_by(a: Tensor, b: Tensor, c: Tensor, *, angle: Tensor, torsion: Tensor) -> Tensor:
    """Return the direction (b, 3) in which the atom behind a, b and c lies."""
    along, across, up = axes(a, b, c)
    part = torch.stack([-angle.cos(), angle.sin() * torsion.cos(), angle.sin() * torsion.sin()], 1)
    return part[:, :1] * along + part[:, 1:2] * across + part[:, 2:] * up


def axes(a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return an orthonormal frame (..., 3) of places a, b, c (..., 3).

    The directions are from b to c, to the side of a, and normal to both.
    """
    along = F.normalize(c - b, dim=-1)
    up = F.normalize(torch.linalg.cross(b - a, along), dim=-1)
    return along, torch.linalg.cross(up, along), up


def framed(x: Tensor) -> Tensor:
    """Return chains (b, n, 3) with their middle bond on the first axis, its middle at 0.

    The atom before that bond lies in the plane of the first two axes, so that a chain that is
    turned as a whole has the same places.
    """
    at = x.shape[1] // 2 - 1
    a, b, c = x[:, at - 1], x[:, at], x[:, at + 1]
    along, across, up = axes(a, b, c)
    turn = torch.stack([along, across, up], 2)  # (b, 3, 3)
    return (x - ((b + c) / 2)[:, None]) @ turn


def torsion(x: Tensor) -> Tensor:
    """Return the angle of four places (..., 4, 3) about the bond in their middle, in radians.

    It lies in (-pi, pi]: pi where the ends are farthest apart.
    """
    one, two, three = x.diff(dim=-2).unbind(-2)
    before, behind = torch.linalg.cross(one, two), torch.linalg.cross(two, three)
    sine = two.norm(dim=-1) * (one * behind).sum(-1)
    return torch.atan2(sine, (before * behind).sum(-1))
